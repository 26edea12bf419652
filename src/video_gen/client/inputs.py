"""A caller's pictures and videos: which of them a request names, and how they are taken into a store."""

import asyncio
from pathlib import Path
from typing import Any, Final, Literal
from typing import Protocol as TypingProtocol

from video_gen.client.words import Inputs, MediaSource, Words
from video_gen.engine.blobs import Blobs
from video_gen.exceptions import InvalidRequestError, MediaInputError
from video_gen.spec import MediaRef

_A: Final = {"image": "a picture", "video": "a video", "audio": "sound"}


class Keeper(TypingProtocol):
    """Takes media in: a `MediaKeeper`, or an `Installation`."""

    async def keep(self, source: MediaSource) -> MediaRef:
        """Take a picture or video in."""
        ...

    async def last_frame(self, video: MediaRef) -> MediaRef:
        """Take in the last frame of a video that was taken in."""
        ...


async def read_inputs(keeper: Keeper, words: Words) -> Inputs:
    """Take in every picture and video that `words` names, once each.

    Raises:
        MediaInputError: names the input, what is wrong with it, and the way out.
        InvalidRequestError: two of them exclude each other.
    """

    async def optional(source: MediaSource | None) -> MediaRef | None:
        return None if source is None else await keeper.keep(source)

    extends = _of_kind(await optional(words.get("extend")), "video", "extend")
    if extends is not None and words.get("image") is not None:
        raise InvalidRequestError("`extend` begins with that video's last frame: give either `image` or `extend`")
    image = await optional(words.get("image"))
    first = image if extends is None else await keeper.last_frame(extends)
    return Inputs(
        extends=extends,
        first_frame=_of_kind(first, "image", "image"),
        last_frame=_of_kind(await optional(words.get("last_frame")), "image", "last_frame"),
        references=tuple([await keeper.keep(source) for source in words.get("references") or ()]),
        source_video=_of_kind(await optional(words.get("video")), "video", "video"),
    )


class MediaKeeper:
    """Reads media and stores them by content."""

    def __init__(self, blobs: Blobs, *, allow_private_urls: bool, local_files: bool = True) -> None:
        self._blobs = blobs
        self._local_files = local_files
        self._allow_private = allow_private_urls

    async def keep(self, source: MediaSource, label: str = "") -> MediaRef:
        """Store a picture or video; `label` is what messages call it.

        Raises:
            MediaInputError: names it, what is wrong with it, and the way out.
        """
        return await asyncio.to_thread(self._store, source, label)

    async def last_frame(self, video: MediaRef) -> MediaRef:
        """Store the last frame of a stored video."""
        return await asyncio.to_thread(self._last_frame, video)

    def _store(self, source: Any, label: str = "") -> MediaRef:
        from video_gen.media.inputs import read_input

        media = read_input(source, fetch=self._fetch, local_files=self._local_files, label=label)
        self._blobs.put(media.data)
        return media.ref()

    def _last_frame(self, video: MediaRef) -> MediaRef:
        from tempfile import TemporaryDirectory

        from video_gen.media.frames import last_frame

        with TemporaryDirectory(prefix="video-gen-") as folder:
            return self._store(last_frame(self._blobs.file_of(video), Path(folder) / "last.png").read_bytes())

    def _fetch(self, url: str) -> bytes:
        from video_gen.media.inputs import DEFAULT_INPUT_LIMITS
        from video_gen.transport import fetch

        return asyncio.run(fetch(url, max_bytes=DEFAULT_INPUT_LIMITS.bytes, allow_private=self._allow_private))


def _of_kind(media: MediaRef | None, kind: Literal["image", "video"], word: str) -> MediaRef | None:
    if media is not None and media.kind != kind:
        raise MediaInputError(
            f"`{word}` takes {_A[kind]}, and `{media.label}` is {_A[media.kind]} ({media.media_type}): give another, "
            f"or hand it in as `{'video' if media.kind == 'video' else 'image'}`"
        )
    return media
