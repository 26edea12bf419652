"""The files that links lead to: finished videos, what is made of them, and pictures handed in or drawn."""

import asyncio
import re
from pathlib import Path
from typing import Final, NamedTuple

from video_gen.client import AsyncClient
from video_gen.exceptions import JobNotFoundError
from video_gen.server.faults import GoneError
from video_gen.spec import Artifact, Job

PICTURES: Final = "pictures"
"""What links to pictures that belong to no job are made for."""
PREVIEWS: Final = "previews"
"""The folder of the home that thumbnails are kept in."""
_OF_JOB: Final = re.compile(r"(?:(?P<number>[1-9]\d?)-)?(?P<kind>video\.mp4|thumbnail\.webp|spritesheet\.jpg)")
_PICTURE: Final = re.compile(r"(?P<sha256>[0-9a-f]{64})\.(?P<suffix>png|jpg|webp)")
_TYPES: Final = {"mp4": "video/mp4", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


class Found(NamedTuple):
    """A file that can be sent."""

    path: Path
    media_type: str
    tag: str
    """Names its content: the same tag, the same bytes."""
    name: str
    """What a person's download is called."""


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
        if of == PICTURES:
            return await self._picture(name)
        try:
            job = await self._client.engine.get(of)
        except JobNotFoundError:
            raise GoneError(f"the job of `{name}` was deleted") from None
        found = _OF_JOB.fullmatch(name)
        artifact = _artifact(job, int(found["number"] or 1) - 1) if found else None
        if found is None or artifact is None:
            raise GoneError(f"the job has no file `{name}`")
        path = await asyncio.to_thread(_unchanged, artifact)
        if found["kind"] == "video.mp4":
            return Found(path, artifact.media_type, artifact.sha256, path.name)
        return await self._made(path, artifact, found["kind"])

    async def data(self, of: str, name: str) -> bytes:
        """Return the bytes of a file; errors as of `find`."""
        found = await self.find(of, name)
        return await asyncio.to_thread(found.path.read_bytes)

    async def _picture(self, name: str) -> Found:
        found = _PICTURE.fullmatch(name)
        path = self._client.engine.blobs.path(found["sha256"]) if found else None
        if found is None or path is None or not await asyncio.to_thread(path.is_file):
            raise GoneError(
                f"the picture `{name}` is no longer kept: pictures that no job uses are dropped after a day"
            )
        return Found(path, _TYPES[found["suffix"]], found["sha256"], f"{found['sha256'][:12]}.{found['suffix']}")

    async def _made(self, video: Path, artifact: Artifact, kind: str) -> Found:
        """Return a thumbnail or sheet of a video; it is made when it is first asked for."""
        path = self._previews / f"{artifact.sha256}.{kind}"
        async with self._making.setdefault(path, asyncio.Lock()):
            await asyncio.to_thread(_make, video, path, kind)
        self._making.pop(path, None)
        suffix = kind.rpartition(".")[2]
        return Found(path, _TYPES[suffix], f"{artifact.sha256}-{kind}", f"{Path(artifact.path).stem}-{kind}")


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
