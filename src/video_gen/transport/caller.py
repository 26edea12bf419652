"""Sends one request to one provider and follows its redirects, by this room's two rules.

A credential goes to the provider's own origin (the scheme, host and port of its base URL) and nowhere else: at the
first redirect that leaves it, everything that was added for the provider is left behind for good. An address at any
other origin came from outside, and is reached through the guard.

Redirects of a request that may buy something: 307 and 308 say that nothing was done here and where to send it instead
(RFC 9110, 15.4.8), so they are followed within the origin. 301 says the same in practice, but not how to send it on,
and another origin would need the key: both are errors that name the new address. 302 and 303 may be the answer to a
request that was carried out: nobody can tell.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from typing import Final

import aiohttp
from yarl import URL

from video_gen.exceptions import ConfigurationError
from video_gen.spec import Provider
from video_gen.transport.address import (
    UnsafeUrlError,
    check_url,
    exact,
    leads_inside,
    redirected,
    same_origin,
    shown_url,
)
from video_gen.transport.body import Body
from video_gen.transport.connections import Connections, DroppedError, Kind, RefusedAddressError
from video_gen.transport.limits import Limits, Timeouts
from video_gen.transport.unsigned import Signer, Unsigned

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEPT: Final = frozenset({"accept", "accept-encoding", "range", "if-range"})
"""Headers that say nothing of the caller."""
_CONTROL: Final = re.compile(r"[\r\n\0]")


class NotSentError(Exception):
    """The request certainly did not reach anybody; says why."""


class LostAnswerError(Exception):
    """The request may have arrived, and there is no answer; says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One request."""

    method: str = "GET"
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    signed: bool = False
    """Prove who sends it, where it goes to the provider's own origin."""
    buys: bool = False
    """Something may be charged for it: it is given a connection of its own, and time."""


@dataclass(slots=True)
class Caller:
    """Carries requests to one provider, in one name."""

    provider: Provider
    base: str
    """Its base URL; what has the same origin is its own."""
    signer: Signer
    connections: Connections
    timeouts: Timeouts
    limits: Limits
    allow_private: bool = False
    secrets: set[str] = field(default_factory=set)
    """Whatever proved who sends a request so far: not to be read by people."""

    @asynccontextmanager
    async def open(self, request: Outgoing) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and yield the answer that is no redirect; its body is still to be read.

        Raises:
            NotSentError: nothing arrived.
            LostAnswerError: it may have arrived.
            UnsafeUrlError: the address, or one it redirects to, is not followed.
            ConfigurationError: the provider redirects what must not be redirected.
        """
        step, own = request, same_origin(request.url, self.base)
        for _ in range(self.limits.redirects + 1):
            response = await self._send(step, own=own)
            try:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    yield response
                    return
                location = response.headers["Location"]
            finally:
                response.release()
            step, own = self._next(step, response.status, location, own=own)
        raise UnsafeUrlError(f"`{shown_url(request.url)}` redirects more than {self.limits.redirects} times")

    def _next(self, step: Outgoing, status: int, location: str, *, own: bool) -> tuple[Outgoing, bool]:
        writes = step.method not in {"GET", "HEAD"}
        turns = writes and not step.buys and status in {301, 302, 303}
        if step.buys and status in {302, 303}:
            raise LostAnswerError(f"it is redirected ({status}), which does not say whether it was carried out")
        target = redirected(step.url, location)
        stays = own and same_origin(target, self.base)
        if turns:
            step = replace(step, method="GET", body=None)
        elif writes and (status == 301 or own != stays):
            raise self._sent_away(step, status, target)
        if not stays:
            headers = {name: value for name, value in step.headers.items() if name.lower() in _KEPT}
            step = replace(step, headers=headers)
        return replace(step, url=target), stays

    def _sent_away(self, step: Outgoing, status: int, target: str) -> ConfigurationError:
        variables = " or ".join(self.provider.base_url_env)
        way_out = f"set {variables}" if variables else "change its base URL"
        return ConfigurationError(
            f"`{self.provider.id}` redirects `{shown_url(step.url)}` to `{shown_url(target)}` ({status}), and what is "
            f"sent there is not sent on: {way_out} to the new address",
            provider=self.provider.id,
            status_code=status,
        )

    async def _send(self, step: Outgoing, *, own: bool) -> aiohttp.ClientResponse:
        if not own:
            check_url(step.url, allow_private=self.allow_private)
        kind: Kind = "guarded" if not own else "fresh" if step.buys else "kept"
        headers = await self._headers(step, own=own)
        url = _writable(step.url, headers)
        try:
            return await self._exchange(self.connections.session(kind), step, url, headers)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, RefusedAddressError):
                raise UnsafeUrlError(leads_inside(step.url)) from None
            raise NotSentError(_why(step, error)) from None
        except (aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotSentError(_why(step, error)) from None
        except (DroppedError, aiohttp.ClientError, OSError, ValueError) as error:
            raise LostAnswerError(_why(step, error)) from None

    async def _headers(self, step: Outgoing, *, own: bool) -> dict[str, str]:
        headers = {"User-Agent": _name()}
        if own:
            headers |= self.provider.headers
        headers |= step.headers
        if step.body is not None:
            headers |= {"Content-Type": step.body.media_type, "Content-Length": str(step.body.length)}
        if own and step.signed:
            headers |= await self._proof(step)
        return headers

    async def _proof(self, step: Outgoing) -> dict[str, str]:
        whole = step.body.whole if step.body else bytes
        proof = await self.signer.sign(Unsigned(step.method, step.url, whole))
        self.secrets.update(proof.values(), (value.rpartition(" ")[2] for value in proof.values()))
        return proof

    async def _exchange(
        self, session: aiohttp.ClientSession, step: Outgoing, url: URL, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        """Send, and wait for the head of the answer. The client watches both ends of that; sending is watched here."""
        first_byte = self.timeouts.verdict if step.buys else self.timeouts.first_byte
        async with asyncio.timeout(None) as clock:
            return await session.request(
                step.method,
                url,
                headers=headers,
                data=_watched(step.body, clock, self.timeouts.send) if step.body and step.body.length else None,
                skip_auto_headers=() if step.body else ("Content-Type",),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect, sock_read=first_byte),
            )


@cache
def _name() -> str:
    return f"video-gen/{version('video-gen')}"


def _writable(url: str, headers: dict[str, str]) -> URL:
    """Return the URL as the client takes it, once it is sure that it and the headers can be written."""
    if not any(_CONTROL.search(name) or _CONTROL.search(value) for name, value in headers.items()):
        with suppress(ValueError):
            return exact(url)
    raise NotSentError("it holds an address or a header that cannot be written")


async def _watched(body: Body, clock: asyncio.Timeout, seconds: float) -> AsyncIterator[bytes]:
    """Yield a body, and let the clock run while a piece of it does not get away."""
    loop = asyncio.get_running_loop()
    async with aclosing(body.stream()) as pieces:
        async for piece in pieces:
            _set(clock, loop.time() + seconds)
            yield piece
    _set(clock, None)


def _set(clock: asyncio.Timeout, when: float | None) -> None:
    with suppress(RuntimeError):  # stopped: the answer came before the whole body was sent
        clock.reschedule(when)


def _why(step: Outgoing, error: Exception) -> str:
    """Say what went wrong in words that hold no secret: the client's own may quote anything."""
    host = shown_url(step.url).partition("://")[2].partition("/")[0]
    match error:
        case aiohttp.ClientConnectorDNSError():
            why = f"the name of {host} is not known"
        case aiohttp.ClientSSLError():
            why = f"no encrypted connection to {host}: {type(error.os_error).__name__}"
        case aiohttp.ClientConnectorError():
            why = f"no connection to {host}: {error.os_error.strerror or type(error.os_error).__name__}"
        case aiohttp.ConnectionTimeoutError():
            why = f"no connection to {host} in time"
        case TimeoutError():
            why = f"{host} did not answer in time"
        case DroppedError():
            why = f"{host} closed the connection without an answer"
        case _:
            why = f"the answer of {host} broke off: {type(error).__name__}"
    return why
