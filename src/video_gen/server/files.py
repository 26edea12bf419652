"""The files that links lead to: finished videos and images, and pictures of a video."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from video_gen.client import AsyncClient
from video_gen.engine.vault import Vault
from video_gen.exceptions import JobNotFoundError, MediaNotFoundError
from video_gen.media.sniff import HEAD_BYTES, sniff
from video_gen.server.faults import GoneError
from video_gen.server.previews import KINDS, Previews
from video_gen.server.uploads import FOLDER as UPLOADS
from video_gen.server.uploads import Uploads
from video_gen.spec import Artifact, Job

_OF_JOB: Final = re.compile(r"(?:(?P<number>[1-9]\d?)-)?(?P<kind>[a-z]+\.[a-z0-9]+)")
_TYPES: Final = {"mp4": "video/mp4", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


class Found(NamedTuple):
    """A file that can be sent."""

    vault: Vault
    location: str
    size: int
    media_type: str
    tag: str
    """Names its content: the same tag, the same bytes."""
    name: str
    """What a person's download is called."""

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return its bytes piece by piece. Blocks; read it from a thread."""
        return self.vault.read(self.location, offset=offset, length=length)

    def link(self, seconds: float) -> str | None:
        """Return a URL of the object store it is in; None where it is in none. Blocks."""
        return self.vault.link(self.location, seconds=max(1, int(seconds)))


class Files:
    """Finds what a link leads to, and makes what can be made of it."""

    def __init__(self, client: AsyncClient, uploads: Uploads, previews: Previews) -> None:
        self._client = client
        self._uploads = uploads
        self._previews = previews

    async def find(self, of: str, name: str) -> Found:
        """Return the file of a link whose signature was right.

        Raises:
            GoneError: it was deleted, or changed since it was delivered.
        """
        if of == UPLOADS:
            return await asyncio.to_thread(self._upload, name)
        try:
            job = await self._client.engine.get(of)
        except JobNotFoundError:
            raise GoneError(f"the job of `{name}` was deleted") from None
        named = _OF_JOB.fullmatch(name)
        artifact = _artifact(job, int(named["number"] or 1) - 1) if named else None
        if named is None or artifact is None:
            raise GoneError(f"the job has no file `{name}`")
        found = await asyncio.to_thread(_unchanged, artifact, self._client.engine.files)
        if named["kind"] == file_name(artifact):
            return found
        if named["kind"] not in KINDS or not artifact.media_type.startswith("video/"):
            raise GoneError(f"the job has no file `{name}`")
        return await self._made(found, artifact, named["kind"])

    async def forget(self, job: Job) -> None:
        """Remove what was made of a job's files, which are gone."""
        await self._previews.discard(job.artifacts)

    async def data(self, of: str, name: str) -> bytes:
        """Return the bytes of a file; errors as of `find`."""
        found = await self.find(of, name)
        return await asyncio.to_thread(lambda: b"".join(found.read()))

    def _upload(self, upload_id: str) -> Found:
        vault, location = self._uploads.vault, self._uploads.location(upload_id)
        head = b"".join(vault.read(location, length=HEAD_BYTES))
        return Found(vault, location, vault.size(location), sniff(head).media_type, upload_id, upload_id)

    async def _made(self, video: Found, artifact: Artifact, kind: str) -> Found:
        """Return a thumbnail or sheet of a video; it is made when it is first asked for."""
        path = await self._previews.path(artifact, kind, video.vault)
        media_type = _TYPES[kind.rpartition(".")[2]]
        name = f"{Path(video.name).stem}-{kind}"
        size = path.stat().st_size
        return Found(self._previews.vault, str(path), size, media_type, f"{artifact.sha256}-{kind}", name)


def file_name(artifact: Artifact) -> str:
    """Return what a job's file is called in links: "video.mp4", "image.png"."""
    kind = artifact.media_type.partition("/")[0]
    suffix = next((suffix for suffix, of in _TYPES.items() if of == artifact.media_type), "mp4")
    return f"{kind}.{suffix}"


def _artifact(job: Job, index: int) -> Artifact | None:
    return next((each for each in job.artifacts if each.index == index), None)


def _unchanged(artifact: Artifact, vault: Vault) -> Found:
    name = Path(artifact.path).name
    try:
        size = vault.size(artifact.path)
    except MediaNotFoundError:
        size = -1
    if size != artifact.info.bytes:
        raise GoneError(f"`{name}` is no longer where it was delivered, or was changed since")
    return Found(vault, artifact.path, size, artifact.media_type, artifact.sha256, name)
