"""Hands files out over HTTP to programs on this machine: the links that a client in this process gives."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

Find = Callable[[str], Awaitable[Path | None]]
"""Returns the file of a name; None where there is none."""
_HOST = "127.0.0.1"


class FileServer:
    """Serves files on a free port of the loopback address, to whoever has their link, until it is closed.

    A link holds a secret of this server's own, so no other program or web page of this machine can guess it.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._secret = secrets.token_urlsafe(16)
        self._runner: web.AppRunner | None = None
        self._origin = ""

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get(f"/{self._secret}/{{name}}", self._send)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, 0)
        await site.start()
        _, port, *_ = self._runner.addresses[0]
        self._origin = f"http://{_HOST}:{port}"

    async def close(self) -> None:
        """Listen no more; every link is dead."""
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, name: str) -> str:
        """Return the link of a name."""
        return f"{self._origin}/{self._secret}/{name}"

    async def _send(self, request: web.Request) -> web.StreamResponse:
        path = await self._find(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound(text="there is no such file, or no longer")
        return web.FileResponse(path)
