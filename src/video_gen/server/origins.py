"""Keeps web pages of strangers from using this server through a visitor's browser.

A browser sends a page's requests with the visitor's reach, this machine included, and some without asking first. So
what changes something is refused to pages of other origins, and where no key is asked for, a name that somebody made
lead to this machine is not served at all. Programs are not concerned: they send no `Origin`.
"""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from video_gen.server.dialect import Dialect, refusal
from video_gen.server.faults import ForbiddenError
from video_gen.server.loopback import is_loopback

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginGuard:
    """Middleware that refuses requests of foreign pages."""

    def __init__(
        self, app: ASGIApp, *, dialects: Sequence[Dialect], allowed: Collection[str], only_hosts: Collection[str] | None
    ) -> None:
        """Serve pages of `allowed` origins; and by other names than `only_hosts` and loopback's own nobody.

        Args:
            app: What is guarded.
            dialects: They tell the refusal.
            allowed: Origins like "https://app.example.com", or "*".
            only_hosts: Names besides loopback's by which this server may be called; None: any.
        """
        self._app = app
        self._dialects = dialects
        self._allowed = allowed
        self._only_hosts = only_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "http":
            connection = HTTPConnection(scope)
            error = self._objection(connection)
            if error is not None:
                await refusal(connection, error, self._dialects)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _objection(self, connection: HTTPConnection) -> ForbiddenError | None:
        host = connection.headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self._only_hosts is not None and not is_loopback(name) and name not in self._only_hosts:
            return ForbiddenError(
                f"`{host}` is not a name of this server, which is open to this machine alone: call it as localhost, "
                "or set VIDEO_GEN_PUBLIC_URL"
            )
        origin = connection.headers.get("origin")
        if origin is None or connection.scope["method"] in SAFE or self._known(origin, host):
            return None
        return ForbiddenError(
            f"a page of `{origin}` may not change anything here: add that origin to VIDEO_GEN_CORS_ORIGINS"
        )

    def _known(self, origin: str, host: str) -> bool:
        return urlsplit(origin).netloc == host or origin in self._allowed or "*" in self._allowed
