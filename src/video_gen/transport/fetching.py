"""The one importer of the HTTP client: fetches what a caller's URL names, behind a guard.

A URL from outside may not reach this machine or a private network: every address a name resolves to is checked, and
the connection is made to the checked address itself, so a name that changes its answer between check and use gains
nothing. Redirects are followed by hand and checked the same way.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from video_gen.exceptions import MediaInputError

MAX_REDIRECTS: Final = 5
_CHUNK: Final = 1 << 16


class _RefusedAddressError(OSError):
    """An address outside the allowed range."""


class _GuardedResolver(AbstractResolver):
    """Resolves names and keeps back every address that is not public."""

    def __init__(self, *, allow_private: bool) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [entry for entry in found if self._allow_private or is_public(entry["host"])]
        if not public:
            raise _RefusedAddressError(host)
        return public

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether a stranger's URL may reach an IP address: globally routable, and no tunnel into a private one."""
    ip = ip_address(address.partition("%")[0])
    return all(candidate.is_global and not candidate.is_multicast for candidate in (ip, *_embedded(ip)))


def _embedded(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses an IPv6 address stands for (mapped, 6to4, NAT64)."""
    if isinstance(ip, IPv4Address):
        return []
    found = [mapped for mapped in (ip.ipv4_mapped, ip.sixtofour) if mapped is not None]
    if ip.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
        found.append(IPv4Address(ip.packed[12:]))
    return found


def _check(url: str, *, allow_private: bool) -> None:
    parts = urlsplit(url)
    shown = shown_url(url)
    if parts.scheme not in {"http", "https"}:
        raise MediaInputError(f"`{shown}` is not an http or https address")
    if not parts.hostname:
        raise MediaInputError(f"`{shown}` names no host")
    if parts.username is not None or parts.password is not None:
        raise MediaInputError(f"`{shown}` carries a user name or password: leave it out")
    try:
        public = is_public(parts.hostname)
    except ValueError:
        return
    if not public and not allow_private:
        raise _private(shown)


def _private(shown: str) -> MediaInputError:
    return MediaInputError(
        f"`{shown}` leads to this machine or a private network: set VIDEO_GEN_ALLOW_PRIVATE_URLS=1 if that is meant"
    )


def shown_url(url: str) -> str:
    """Return a URL fit for a message: without user, password, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"[:200]


async def fetch(url: str, *, max_bytes: int, allow_private: bool = False, timeout_s: float = 60.0) -> bytes:
    """Return the body behind a caller's URL.

    Args:
        url: http or https; user and password are refused.
        max_bytes: More than this is refused, whether announced or not.
        allow_private: Let the URL reach loopback and private networks.
        timeout_s: Seconds for the whole fetch.

    Raises:
        MediaInputError: the address is refused, does not answer, answers an error, or sends too much.
    """
    shown = shown_url(url)
    try:
        async with asyncio.timeout(timeout_s):
            return await _follow(url, max_bytes=max_bytes, allow_private=allow_private)
    except TimeoutError:
        raise MediaInputError(f"`{shown}` did not answer in {timeout_s:g} s") from None
    except aiohttp.ClientError as error:
        if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, _RefusedAddressError):
            raise _private(shown) from None
        raise MediaInputError(f"`{shown}` could not be fetched: {type(error).__name__}") from None


async def _follow(url: str, *, max_bytes: int, allow_private: bool) -> bytes:
    connector = aiohttp.TCPConnector(resolver=_GuardedResolver(allow_private=allow_private), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for _ in range(MAX_REDIRECTS + 1):
            _check(url, allow_private=allow_private)
            async with http.get(url, allow_redirects=False) as reply:
                if reply.status in {301, 302, 303, 307, 308} and "Location" in reply.headers:
                    url = urljoin(url, reply.headers["Location"])
                    continue
                return await _body(reply, shown_url(url), max_bytes)
    raise MediaInputError(f"`{shown_url(url)}` redirects more than {MAX_REDIRECTS} times")


async def _body(reply: aiohttp.ClientResponse, shown: str, max_bytes: int) -> bytes:
    if reply.status != 200:
        raise MediaInputError(f"`{shown}` answered {reply.status} instead of a file")
    if (reply.content_length or 0) > max_bytes:
        raise _too_large(shown, max_bytes)
    data = bytearray()
    async for chunk in reply.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > max_bytes:
            raise _too_large(shown, max_bytes)
    return bytes(data)


def _too_large(shown: str, max_bytes: int) -> MediaInputError:
    return MediaInputError(f"`{shown}` is larger than {max_bytes / 1e6:g} MB, the limit for an input")
