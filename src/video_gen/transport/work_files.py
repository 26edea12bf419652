"""Files of answers: kept in the work folder until their video is fetched, and swept when nobody does.

A protocol that is answered with a video itself names `Reply.file` in its `Output`; one that is answered with a video as
text (base64) names a `data:` URL, which is put into such a file, so that no row has to hold it.
"""

import base64
import binascii
import secrets
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from video_gen.exceptions import NoVideoError, ServiceUnavailableError, StorageError

PREFIX: Final = "reply_"
KEPT_FOR: Final = 30 * 24 * 3600.0
"""Seconds after which a file that nobody fetched is removed. Only a program that died leaves one, and what an image's
answer held cannot be asked for again."""


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return what the disk said, with a way out."""
    return StorageError(f"`{path}` cannot be written: {error.strerror or error}; free some space or check its rights")


class WorkFiles:
    """The files of answers in one folder. The methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> tuple[Path, BinaryIO]:
        """Return a new, open file.

        Raises:
            StorageError: the disk refused.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{PREFIX}{secrets.token_hex(8)}"  # tempfile's would be its owner's alone for ever
            return path, path.open("xb")
        except OSError as error:
            raise storage_error(self._folder, error) from None

    def keep_data(self, url: str) -> str:
        """Put the video of a `data:` URL into a file; return its `file:` URL.

        Raises:
            NoVideoError: it holds none.
            StorageError: the disk refused.
        """
        data = decoded(url)
        path, file = self.new()
        try:
            with file:
                file.write(data)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise storage_error(path, error) from None
        return path.resolve().as_uri()

    def own(self, url: str) -> Path:
        """Return the file that a `file:` URL names.

        Raises:
            ServiceUnavailableError: it is none of these files, or it is gone; the provider is to be asked again.
        """
        path = Path(url2pathname(urlsplit(url).path))
        if path.parent != self._folder.resolve() or not path.name.startswith(PREFIX):
            raise ServiceUnavailableError("a file of this machine was named as the video's place")
        if not path.is_file():
            raise ServiceUnavailableError("the answer that held the video is no longer kept")
        return path

    def discard(self, paths: Collection[Path]) -> None:
        """Remove some files."""
        for path in paths:
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what nobody has fetched for a month."""
        before = time.time() - KEPT_FOR
        for path in self._folder.glob(f"{PREFIX}*"):
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
            except FileNotFoundError:
                continue


def decoded(url: str) -> bytes:
    """Return the bytes of a `data:` URL (RFC 2397).

    Raises:
        NoVideoError: it holds none.
    """
    head, comma, data = url.partition(",")
    try:
        found = (
            base64.b64decode(unquote_to_bytes(data), validate=False)
            if head.endswith(";base64")
            else unquote_to_bytes(data)
        )
    except (binascii.Error, ValueError):
        found = b""
    if not comma or not found:
        raise NoVideoError("the video was sent as text that cannot be decoded")
    return found
