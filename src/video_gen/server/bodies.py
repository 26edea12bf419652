"""How large a request's body may be, and how slowly it may come."""

import asyncio
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from video_gen.server.faults import BodyTimeoutError, BodyTooLargeError

START_SECONDS: Final = 20.0
"""For a small body; each further byte gives it more time."""
BYTES_PER_SECOND: Final = 16 * 1024
"""How fast a large one has to come on the whole."""


class BodyLimits:
    """Middleware that raises from `receive` when a limit is passed, so that the route's dialect answers."""

    def __init__(self, app: ASGIApp, *, most: int, start_seconds: float = START_SECONDS) -> None:
        """Take bodies of up to `most` bytes, whose beginning comes within `start_seconds`."""
        self._app = app
        self._most = most
        self._start_seconds = start_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._app(scope, self._limited(Headers(scope=scope), receive), send)

    def _limited(self, headers: Headers, receive: Receive) -> Receive:
        began, received, complete = time.monotonic(), 0, False
        announced = headers.get("content-length", "")

        async def limited() -> Message:
            nonlocal received, complete
            if complete:
                return await receive()  # no body any more: a disconnect, however late
            if announced.isdigit() and int(announced) > self._most:
                raise self._too_large(f"{int(announced):,} bytes")
            left = began + self._start_seconds + received / BYTES_PER_SECOND - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError:
                raise BodyTimeoutError(
                    f"after {received:,} bytes the body came too slowly: send at least {BYTES_PER_SECOND:,} bytes a "
                    "second, or give a URL instead of the content"
                ) from None
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > self._most:
                raise self._too_large(f"more than {self._most:,} bytes")
            return message

        return limited

    def _too_large(self, size: str) -> BodyTooLargeError:
        return BodyTooLargeError(
            f"the body has {size}, the limit is {self._most:,}: give a URL instead of the content, or have "
            "VIDEO_GEN_MAX_BODY_BYTES raised"
        )
