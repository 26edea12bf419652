"""Answers that go on: events told as they happen (server-sent events, WHATWG HTML, section 9.2, read 2026-11-25)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Final

from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse
from starlette.requests import Request

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a sign of life is sent, which keeps proxies from hanging up."""
MEDIA_TYPE: Final = "text/event-stream"


def wants_stream(request: Request) -> bool:
    """Whether a caller asks to be told as things happen."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(each.partition(";")[0].strip() == MEDIA_TYPE for each in accepted)


def streamed(pieces: AsyncGenerator[bytes, None], closing: asyncio.Event) -> EventSourceResponse:
    """Return the answer that sends pieces as they come, until there are no more or the server is asked to stop."""
    # A proxy that collects answers before it hands them on would keep events back.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return EventSourceResponse(alive(pieces, closing), headers=headers)


async def alive(
    pieces: AsyncGenerator[bytes, None], closing: asyncio.Event, *, heartbeat: float = HEARTBEAT
) -> AsyncGenerator[bytes, None]:
    """Yield pieces as they come, and signs of life between them.

    The next piece is asked for when the one before was taken, so a slow reader costs no memory.
    """
    ending: asyncio.Future[Any] = asyncio.ensure_future(closing.wait())
    coming: asyncio.Future[Any] = _next(pieces)
    try:
        while True:
            done, _ = await asyncio.wait({coming, ending}, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if ending in done:
                return
            if not done:
                yield KEEPALIVE_COMMENT
                continue
            piece: bytes | None = coming.result()
            if piece is None:
                return
            yield piece
            coming = _next(pieces)
    finally:
        await _dropped(ending)
        await _dropped(coming)
        await pieces.aclose()


def _next(pieces: AsyncGenerator[bytes, None]) -> asyncio.Future[Any]:
    return asyncio.ensure_future(anext(pieces, None))


async def _dropped(future: asyncio.Future[Any]) -> None:
    future.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await future
