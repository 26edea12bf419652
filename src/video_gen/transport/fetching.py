"""Fetches what a caller's URL names, behind the guard."""

import asyncio
from typing import Final
from urllib.parse import urljoin

import aiohttp

from video_gen.exceptions import MediaInputError
from video_gen.transport.address import UnsafeUrlError, check_url, exact, leads_inside, shown_url
from video_gen.transport.connections import Connections, DroppedError, RefusedAddressError, Resolve, look_up

MAX_REDIRECTS: Final = 5
_CHUNK: Final = 1 << 16


async def fetch(
    url: str, *, max_bytes: int, allow_private: bool = False, timeout_s: float = 60.0, resolve: Resolve = look_up
) -> bytes:
    """Return the body behind a caller's URL.

    Args:
        url: http or https; user and password are refused.
        max_bytes: More than this is refused, whether announced or not.
        allow_private: Let the URL reach loopback and private networks.
        timeout_s: Seconds for the whole fetch.
        resolve: Looks names up.

    Raises:
        MediaInputError: the address is refused, does not answer, answers an error, or sends too much.
    """
    shown = shown_url(url)
    connections = Connections(resolve, connect=timeout_s, allow_private=allow_private)
    try:
        async with asyncio.timeout(timeout_s):
            return await _follow(connections.session("guarded"), url, max_bytes, allow_private=allow_private)
    except UnsafeUrlError as error:
        raise MediaInputError(str(error)) from None
    except TimeoutError:
        raise MediaInputError(f"`{shown}` did not answer in {timeout_s:g} s") from None
    except (aiohttp.ClientError, DroppedError) as error:
        if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, RefusedAddressError):
            raise MediaInputError(leads_inside(url)) from None
        raise MediaInputError(f"`{shown}` could not be fetched: {type(error).__name__}") from None
    finally:
        await connections.close()


async def _follow(http: aiohttp.ClientSession, url: str, max_bytes: int, *, allow_private: bool) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        check_url(url, allow_private=allow_private)
        async with http.get(exact(url), allow_redirects=False) as reply:
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
