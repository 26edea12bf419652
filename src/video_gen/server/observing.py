"""Sees every request go by: counts it, writes a line of the log, and gives its answer an id to ask about."""

import logging
import secrets
import time
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from video_gen.server.metrics import Metrics

REQUEST_ID: Final = "X-Request-ID"
_ELSEWHERE: Final = "(no route)"
_CUT_OFF: Final = 499
"""The status of a request that never got its answer, as others count it."""
_log = logging.getLogger("video_gen.access")


class Observer:
    """Middleware around everything."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, request_id = time.monotonic(), _CUT_OFF, secrets.token_hex(8)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers.update(scope.get("state", {}).get("headers", {}))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._note(scope, status, time.monotonic() - began, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method, route = scope["method"], _route(scope)
        self._metrics.count(method, route, status, seconds)
        facts: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": status,
            "seconds": round(seconds, 4),
            "request_id": request_id,
            "caller": scope.get("state", {}).get("caller"),
        }
        _log.info("%s %s %s in %.3f s", method, route, status, seconds, extra={"facts": facts})


def _route(scope: Scope) -> str:
    """Return a request's path with names instead of ids, which links to files would tell to whoever reads the log."""
    route = scope.get("route")
    return str(getattr(route, "path", _ELSEWHERE))
