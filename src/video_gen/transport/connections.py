"""Connections: a pool of its own for each provider, so that a slow one never holds another's calls."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from video_gen.transport.address import is_public

Resolve = Callable[[str, int], list[str]]
"""Looks a name up: (host, port) to IP addresses. Blocks; raises OSError when there are none."""
Kind = Literal["kept", "fresh", "guarded"]
"""A connection that is kept from call to call, a new one, a new one to an address from outside."""

_LIMIT: Final = 100
_KEPT_FOR: Final = 30.0
_LOOKUPS: Final = 4
_BUFFER: Final = 1 << 19


class RefusedAddressError(OSError):
    """An address outside the allowed range."""


class DroppedError(Exception):
    """The connection broke after it was made: what was sent may have arrived."""


def look_up(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Resolver(AbstractResolver):
    """Resolves names in threads of its own; a guarded one keeps back every address that is not public.

    The connection is made to the checked address itself, so a name that changes its answer between check and use gains
    nothing.
    """

    def __init__(self, look_up: Resolve, *, guarded: bool) -> None:
        self._look_up = look_up
        self._guarded = guarded
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="video-gen-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host, port)
        allowed = [address for address in found if not self._guarded or is_public(address)]
        if not allowed:
            raise RefusedAddressError(f"{host} has no address that may be reached")
        return [_result(host, address, port) for address in allowed if _fits(address, family)]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _fits(address: str, family: socket.AddressFamily) -> bool:
    return family in {socket.AF_UNSPEC, _family(address)}


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=_family(address),
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


async def _never_again(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep the client from repeating a GET, PUT or DELETE by itself, as it does when a connection drops."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise DroppedError(type(error).__name__) from None


class Connections:
    """The connections to one provider."""

    def __init__(self, look_up: Resolve, *, connect: float, allow_private: bool) -> None:
        self._look_up = look_up
        self._connect = connect
        self._allow_private = allow_private
        self._sessions: dict[Kind, aiohttp.ClientSession] = {}

    def session(self, kind: Kind) -> aiohttp.ClientSession:
        """Return the session of a kind; it is made when first asked for, in the running loop."""
        if kind not in self._sessions:
            self._sessions[kind] = self._open(kind)
        return self._sessions[kind]

    def _open(self, kind: Kind) -> aiohttp.ClientSession:
        guarded = kind == "guarded" and not self._allow_private
        reuse: dict[str, Any] = {"force_close": True} if kind != "kept" else {"keepalive_timeout": _KEPT_FOR}
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(self._look_up, guarded=guarded),
            use_dns_cache=kind != "guarded",
            limit=_LIMIT,
            **reuse,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            middlewares=(_never_again,),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect),
            read_bufsize=_BUFFER,
        )

    async def close(self) -> None:
        """Close them all."""
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()
