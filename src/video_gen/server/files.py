"""The files that links lead to: finished videos and images, and pictures of a video."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from video_gen.client import AsyncClient
from video_gen.engine.vault import read_disk
from video_gen.exceptions import JobNotFoundError
from video_gen.server.faults import GoneError
from video_gen.spec import Artifact, Job

PREVIEWS: Final = "previews"
"""The folder of the home that thumbnails are kept in."""
_OF_JOB: Final = re.compile(r"(?:(?P<number>[1-9]\d?)-)?(?P<kind>[a-z]+\.[a-z0-9]+)")
_MADE: Final = frozenset({"thumbnail.webp", "spritesheet.jpg"})
_TYPES: Final = {"mp4": "video/mp4", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


class Found(NamedTuple):
    """A file that can be sent."""

    path: Path
    size: int
    media_type: str
    tag: str
    """Names its content: the same tag, the same bytes."""
    name: str
    """What a person's download is called."""

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return its bytes piece by piece. Blocks; read it from a thread."""
        return read_disk(str(self.path), offset, length)


class Files:
    """Finds what a link leads to, and makes what can be made of it."""

    def __init__(self, client: AsyncClient, home: Path) -> None:
        self._client = client
        self._previews = home / PREVIEWS
        self._making: dict[Path, asyncio.Lock] = {}

    async def find(self, of: str, name: str) -> Found:
        """Return the file of a link whose signature was right.

        Raises:
            GoneError: it was deleted, or changed since it was delivered.
        """
        try:
            job = await self._client.engine.get(of)
        except JobNotFoundError:
            raise GoneError(f"the job of `{name}` was deleted") from None
        found = _OF_JOB.fullmatch(name)
        artifact = _artifact(job, int(found["number"] or 1) - 1) if found else None
        if found is None or artifact is None:
            raise GoneError(f"the job has no file `{name}`")
        path = await asyncio.to_thread(_unchanged, artifact)
        if found["kind"] == file_name(artifact):
            return _found(path, artifact.media_type, artifact.sha256, path.name)
        if found["kind"] not in _MADE or not artifact.media_type.startswith("video/"):
            raise GoneError(f"the job has no file `{name}`")
        return await self._made(path, artifact, found["kind"])

    async def data(self, of: str, name: str) -> bytes:
        """Return the bytes of a file; errors as of `find`."""
        found = await self.find(of, name)
        return await asyncio.to_thread(lambda: b"".join(found.read()))

    async def _made(self, video: Path, artifact: Artifact, kind: str) -> Found:
        """Return a thumbnail or sheet of a video; it is made when it is first asked for."""
        path = self._previews / f"{artifact.sha256}.{kind}"
        async with self._making.setdefault(path, asyncio.Lock()):
            await asyncio.to_thread(_make, video, path, kind)
        self._making.pop(path, None)
        suffix = kind.rpartition(".")[2]
        return _found(path, _TYPES[suffix], f"{artifact.sha256}-{kind}", f"{Path(artifact.path).stem}-{kind}")


def _found(path: Path, media_type: str, tag: str, name: str) -> Found:
    return Found(path, path.stat().st_size, media_type, tag, name)


def file_name(artifact: Artifact) -> str:
    """Return what a job's file is called in links: "video.mp4", "image.png"."""
    kind = artifact.media_type.partition("/")[0]
    suffix = next((suffix for suffix, of in _TYPES.items() if of == artifact.media_type), "mp4")
    return f"{kind}.{suffix}"


def _artifact(job: Job, index: int) -> Artifact | None:
    return next((each for each in job.artifacts if each.index == index), None)


def _unchanged(artifact: Artifact) -> Path:
    path = Path(artifact.path)
    try:
        same = path.stat().st_size == artifact.info.bytes
    except OSError:
        same = False
    if not same:
        raise GoneError(f"`{path.name}` is no longer where it was delivered, or was changed since")
    return path


def _make(video: Path, path: Path, kind: str) -> None:
    from video_gen.media.frames import thumbnail
    from video_gen.media.sheet import contact_sheet

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "thumbnail.webp":
        thumbnail(video, path)
    else:
        contact_sheet(video, path)
