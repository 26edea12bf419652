"""Pictures and videos handed in, kept by content: the same bytes are kept once, under their sha256.

<home>/inputs/9f/9f86d081884c7d65...

Where files are kept for many machines, they are in the vault too, and the folder holds copies of what was needed here.
"""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from video_gen.engine.files import changed_at, copy_whole, disk_errors, flush_folder, sha256_of, write_whole
from video_gen.engine.vault import Vault, bring
from video_gen.exceptions import MediaNotFoundError
from video_gen.spec.media import MediaRef

FOLDER: Final = "inputs"
"""Where they are in a vault."""
_ANY: Final = "application/octet-stream"


class Blobs:
    """A folder of files named by their content. Its methods block; call them from a thread."""

    def __init__(self, folder: Path, vault: Vault | None = None) -> None:
        """Keep files in `folder`, and in the vault of many machines where there is one."""
        self.folder = folder
        self._vault = vault

    def put(self, content: bytes | Path) -> str:
        """Keep some bytes, or a copy of a file; return their sha256.

        Raises:
            StorageError: the disk refused.
        """
        with disk_errors(self.folder):
            sha256 = self._put_bytes(content) if isinstance(content, bytes) else self._put_file(content)
        if self._vault is not None:
            self._vault.keep(self.path(sha256), _name(sha256), sha256=sha256, media_type=_ANY)
        return sha256

    def path(self, sha256: str) -> Path:
        """Return where the bytes of a sha256 are, or would be."""
        return self.folder / sha256[:2] / sha256

    def file_of(self, ref: MediaRef) -> Path:
        """Return the file of a media input, brought here where another machine took it in.

        Raises:
            MediaNotFoundError: its bytes are not kept.
            StorageError: they could not be brought.
        """
        path = self.path(ref.sha256)
        if not path.is_file() and not self._brought(ref.sha256):
            name = f"`{ref.label}`" if ref.label else "a media input"
            raise MediaNotFoundError(f"{name} is no longer kept in {self.folder}: hand it in again with a new job")
        return path

    def discard(self, sha256: str) -> None:
        """Drop bytes that nobody uses any more."""
        with disk_errors(self.folder):
            self.path(sha256).unlink(missing_ok=True)
        if self._vault is not None:
            self._vault.discard(self._vault.at(_name(sha256)))

    def sweep(self, used: Collection[str], *, before: float) -> None:
        """Drop bytes that no job uses and that nobody has handed in since a moment (seconds since the epoch).

        Raises:
            StorageError: the disk refused.
        """
        with disk_errors(self.folder):
            for path in self.folder.glob("??/*"):
                changed = changed_at(path)  # None: a part that was just given its name, or another process swept first
                if path.name not in used and changed is not None and changed < before:
                    path.unlink(missing_ok=True)
        if self._vault is not None:
            for kept in self._vault.listed(FOLDER):
                if kept.name.rpartition("/")[2] not in used and kept.modified.timestamp() < before:
                    self._vault.discard(self._vault.at(kept.name))

    def _brought(self, sha256: str) -> bool:
        if self._vault is None:
            return False
        try:
            bring(self._vault, self._vault.at(_name(sha256)), self.path(sha256), sha256=sha256)
        except MediaNotFoundError:
            return False
        return True

    def _put_bytes(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._place(sha256)
        if not self._keeps(path, len(data)):
            write_whole(path, data)
        return sha256

    def _put_file(self, source: Path) -> str:
        sha256 = sha256_of(source)
        path = self._place(sha256)
        if not self._keeps(path, source.stat().st_size):
            copy_whole(source, path)
            flush_folder(path.parent)
        return sha256

    def _place(self, sha256: str) -> Path:
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    @staticmethod
    def _keeps(path: Path, size: int) -> bool:
        """Whether the bytes are there already; a file of another size is damaged and written again."""
        if not path.is_file() or path.stat().st_size != size:
            return False
        os.utime(path)  # wanted again: not to be swept before its new job is stored
        return True


def _name(sha256: str) -> str:
    return f"{FOLDER}/{sha256[:2]}/{sha256}"
