"""Reads a long answer, and notices when too little of it comes."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp

from video_gen.transport.limits import Limits

PIECE = 1 << 19
_LOOK_EVERY = 1.0


class TooSlowError(Exception):
    """Less came than the floor allows; says how much in how long."""


async def paced(response: aiohttp.ClientResponse, limits: Limits) -> AsyncIterator[bytes]:
    """Yield an answer piece by piece; an empty piece now and then says that nothing has come for a moment.

    Only waiting counts, not what is done with a piece.

    Raises:
        TooSlowError: it came slower than `limits.floor` for `limits.idle` seconds.
    """
    loop = asyncio.get_running_loop()
    waited, came = 0.0, 0
    while True:
        start = loop.time()
        try:
            async with asyncio.timeout(min(_LOOK_EVERY, limits.idle - waited)):
                piece = await response.content.read(PIECE)
        except aiohttp.ClientError:
            if left := _left(response.content):
                yield left
            raise
        except TimeoutError:
            piece = None
        waited += loop.time() - start
        if piece == b"":
            return
        came += len(piece or b"")
        if came >= limits.floor * limits.idle:
            waited, came = 0.0, 0
        elif waited >= limits.idle:
            raise TooSlowError(f"only {came} bytes came in {waited:.0f} s")
        yield piece or b""


def _left(content: aiohttp.StreamReader) -> bytes:
    """Return what had come when the connection broke: the client keeps it behind the error, and it is paid for."""
    content.set_exception(None)  # type: ignore[arg-type]  # it only stores what it is given
    return content.read_nowait()
