"""Links to finished files, for programs that want a URL: they lead to this process, and live as long as its client."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from video_gen.engine.service import Jobs
from video_gen.engine.vault import bring
from video_gen.exceptions import MediaNotFoundError
from video_gen.spec import Artifact

if TYPE_CHECKING:
    from video_gen.transport.handing import FileServer


class Links:
    """Gives finished files a link, and serves them; it listens from the first link on."""

    def __init__(self, engine: Jobs) -> None:
        self._engine = engine
        self._known: dict[str, Artifact] = {}
        self._brought: TemporaryDirectory[str] | None = None
        """What was brought from an object store; on disk a file is served where it is."""
        self._starting = asyncio.Lock()
        self._server: FileServer | None = None

    async def url(self, artifact: Artifact) -> str:
        """Return a file's link; any program of this machine may open it until the client closes."""
        async with self._starting:
            if self._server is None:
                from video_gen.transport.handing import FileServer

                server = FileServer(self._find)
                await server.start()
                self._server = server
        name = f"{artifact.id}{Path(artifact.path).suffix}"
        self._known[name] = artifact
        return self._server.url(name)

    async def close(self) -> None:
        """Serve nothing more."""
        if self._server is not None:
            await self._server.close()
        if self._brought is not None:
            self._brought.cleanup()

    async def _find(self, name: str) -> Path | None:
        artifact = self._known.get(name)
        if artifact is None:
            return None
        if "://" not in artifact.path:
            path = Path(artifact.path)
            return path if await asyncio.to_thread(path.is_file) else None
        try:
            if self._brought is None:
                self._brought = TemporaryDirectory(prefix="video-gen-links-")
            return await asyncio.to_thread(self._bring, artifact, Path(self._brought.name) / name)
        except MediaNotFoundError:
            return None

    def _bring(self, artifact: Artifact, copy: Path) -> Path:
        if not copy.exists():
            bring(self._engine.files, artifact.path, copy, sha256=artifact.sha256)
        return copy
