"""Posts to addresses that callers name: guarded, once, without following redirects, and with little patience."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from video_gen.transport.address import UnsafeUrlError, check_url, exact, leads_inside
from video_gen.transport.connections import Connections, DroppedError, RefusedAddressError, Resolve, look_up

PATIENCE: Final = 15.0
"""Seconds for a whole call, from the look-up of the name to the answer."""
CONNECT: Final = 5.0
_SAID: Final = 200
"""Bytes of an answer that are read: enough to say what went wrong."""


@dataclass(frozen=True, slots=True)
class Posted:
    """How a call went."""

    ms: int
    status: int | None = None
    """None: there was no answer."""
    error: str | None = None
    """Why it does not count as arrived; None: it was answered with 2xx."""


class Poster:
    """Posts to whatever address it is given."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = look_up, patience: float = PATIENCE) -> None:
        """Refuse addresses of private networks, unless `allow_private`; give a call up after `patience` seconds."""
        self._connections = Connections(resolve, connect=CONNECT, allow_private=allow_private)
        self._allow_private = allow_private
        self._patience = patience

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Post a body; return how it went."""
        began = time.monotonic()
        status, error = None, None
        try:
            async with asyncio.timeout(self._patience):
                status, error = await self._answer(url, body, headers)
        except TimeoutError:
            error = f"no answer within {self._patience:g} s"
        except (UnsafeUrlError, DroppedError) as raised:
            error = str(raised)
        except RefusedAddressError:
            error = leads_inside(url)
        except (aiohttp.ClientError, OSError, ValueError) as raised:
            refused = isinstance(raised.__cause__ or getattr(raised, "os_error", None), RefusedAddressError)
            error = leads_inside(url) if refused else f"it cannot be reached ({type(raised).__name__})"
        return Posted(ms=round((time.monotonic() - began) * 1000), status=status, error=error)

    async def _answer(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str | None]:
        check_url(url, allow_private=self._allow_private)
        session = self._connections.session("guarded")
        async with session.post(exact(url), data=body, headers=headers, allow_redirects=False) as response:
            if 200 <= response.status < 300:
                return response.status, None
            if 300 <= response.status < 400:
                return (
                    response.status,
                    f"it answered {response.status}: redirects are not followed, name where it leads",
                )
            said = " ".join((await response.content.read(_SAID)).decode("utf-8", "replace").split())
            return response.status, f"it answered {response.status}{f': {said}' if said else ''}"

    async def close(self) -> None:
        """Close what is open."""
        await self._connections.close()
