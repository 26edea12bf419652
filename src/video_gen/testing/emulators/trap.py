"""Another host: what a redirect leads to. It serves the file it was given, and records every header it is sent."""

from pathlib import Path

from aiohttp import web


class Trap:
    """A host that is none of the provider's: no credential belongs here."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[dict[str, str]] = []
        self._files: dict[str, Path] = {}

    def lure(self, path: Path) -> str:
        """Return the URL under which this host serves a file."""
        self._files[path.name] = path
        return f"{self.url}/{path.name}"

    def application(self) -> web.Application:
        """Return the host as an application."""
        app = web.Application()
        app.router.add_route("*", "/{name}", self._serve)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append({name.lower(): value for name, value in request.headers.items()} | {"url": str(request.url)})
        path = self._files.get(request.match_info["name"])
        return (
            web.Response(status=404) if path is None else web.FileResponse(path, headers={"Content-Type": "video/mp4"})
        )
