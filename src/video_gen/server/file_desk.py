"""The files of a server: uploads, finished videos and images, pictures of them, and the links that lead there."""

import asyncio
from datetime import datetime
from typing import Any, Final, cast

from video_gen.client import Words
from video_gen.server.files import Found, file_name
from video_gen.server.services import Services
from video_gen.server.uploads import FOLDER as UPLOADS
from video_gen.spec import UNMADE, Artifact, MediaRef, Request

_MEDIA: Final = ("image", "last_frame", "video", "extend")


class FileDesk:
    """The half of a gateway that is about files."""

    def __init__(self, services: Services, base_url: str) -> None:
        self._services = services
        self._client = services.client
        self.base_url = base_url
        """How the caller reaches this server: "http://localhost:8000"."""

    async def with_own_files(self, words: Words) -> Words:
        """Replace this server's own links by the bytes they lead to: it does not call itself."""
        found = {name: await self._own(value) for name, value in words.items() if name in _MEDIA}
        if references := words.get("references"):
            found["references"] = [await self._own(each) for each in references]
        return cast("Words", {**words, **found})

    async def _own(self, source: Any) -> Any:
        if not isinstance(source, str):
            return source
        link = self._services.links.read(source, self.base_url)
        return source if link is None else await self._services.files.data(*link)

    async def keep_input(self, source: bytes | str, label: str = "") -> MediaRef:
        """Take a picture or video in that requests will name by what is returned: bytes, or a URL to fetch it from.

        Raises:
            MediaInputError: it is no picture or video, is damaged, or cannot be fetched.
        """
        return await self._client.embedded.keep(await self._own(source), label)

    async def kept_input(self, ref: MediaRef) -> MediaRef:
        """Return what is true of an input that was taken in; a caller may say anything, and prices hang on it.

        Raises:
            MediaNotFoundError: its bytes are not kept here.
        """
        path = await asyncio.to_thread(self._client.engine.blobs.file_of, ref)
        return await self._client.embedded.keep(await asyncio.to_thread(path.read_bytes), ref.label)

    async def with_kept_inputs(self, request: Request, *, unmade: bool = False) -> Request:
        """Return a request with what is true of its inputs; errors as of `kept_input`.

        Args:
            request: Names inputs that were taken in.
            unmade: Some may be stand-ins for what is not made yet, of which is true what is said.
        """
        refs = {ref.sha256: ref for ref in request.media}
        known = {name: ref if unmade and name == UNMADE else await self.kept_input(ref) for name, ref in refs.items()}
        return request.with_media(known)

    async def last_frame(self, video: MediaRef) -> MediaRef:
        """Take in the last frame of a video that was taken in; errors as of `kept_input`."""
        return await self._client.embedded.last_frame(video)

    # --- uploads ---------------------------------------------------------------------------------------------------

    def new_upload(self) -> str:
        """Return the name of a new upload, whose file is sent to its `upload_url`."""
        return self._services.uploads.new_id()

    def upload_url(self, upload_id: str) -> str:
        """Return the link at which an upload is taken in (PUT, or POST of a form) and found again, for a while."""
        return f"{self.base_url}{self._services.links.path(UPLOADS, upload_id)}"

    async def upload(self, upload_id: str) -> Found:
        """Return an upload, or raise `GoneError`."""
        return await self._services.files.find(UPLOADS, upload_id)

    async def keep_upload(self, data: bytes) -> str:
        """Keep a file that came with a request; return the name of its upload."""
        upload_id = self.new_upload()
        await self._services.uploads.store(upload_id, data)
        return upload_id

    async def upload_kept_at(self, upload_id: str) -> datetime:
        """Return when an upload was taken in; errors as of `upload`."""
        return await self._services.uploads.kept_at(upload_id)

    async def discard_upload(self, upload_id: str) -> None:
        """Forget an upload; errors as of `upload`."""
        await self._services.uploads.discard(upload_id)

    # --- files -----------------------------------------------------------------------------------------------------

    def video_url(self, artifact: Artifact) -> str:
        """Return a link to a finished video that needs no key and expires."""
        return self.file_url(artifact, file_name(artifact))

    def image_url(self, artifact: Artifact) -> str:
        """Return a link to a finished image that needs no key and expires."""
        return self.file_url(artifact, file_name(artifact))

    def thumbnail_url(self, artifact: Artifact) -> str:
        """Return a link to a picture of a finished video (WebP)."""
        return self.file_url(artifact, "thumbnail.webp")

    def spritesheet_url(self, artifact: Artifact) -> str:
        """Return a link to frames spread over a finished video, in one picture (JPEG)."""
        return self.file_url(artifact, "spritesheet.jpg")

    @property
    def sends_content(self) -> bool:
        """Whether whoever asks for a video's content is sent it, and not led to a link."""
        return self._client.config.content_mode == "stream"

    async def file(self, artifact: Artifact, kind: str) -> Found:
        """Return a finished video, or a picture of it: "video.mp4", "thumbnail.webp", "spritesheet.jpg".

        Raises:
            GoneError: it was deleted, or changed since it was delivered.
        """
        return await self._services.files.find(artifact.job_id, _name(artifact, kind))

    async def content(self, artifact: Artifact) -> bytes:
        """Return the bytes of a finished video or image; errors as of `file`."""
        return await self._services.files.data(artifact.job_id, _name(artifact, file_name(artifact)))

    def file_url(self, artifact: Artifact, kind: str) -> str:
        """Return a link to a file of a finished video, named as in `file`."""
        return f"{self.base_url}{self._services.links.path(artifact.job_id, _name(artifact, kind))}"


def _name(artifact: Artifact, kind: str) -> str:
    return kind if artifact.index == 0 else f"{artifact.index + 1}-{kind}"
