"""Where files are kept that every process of an installation can open: on disk, or in an object store.

A file has a name below the vault ("videos/9f86d081884c7d65/4355a46b.mp4") and a location, which rows hold: the absolute
path of a file on disk, or the URL of an object ("s3://bucket/prefix/videos/..."). A location says by itself where it
leads, so an installation that moves to an object store still opens what it has on disk.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from typing import Protocol as TypingProtocol

from video_gen.engine.files import changed_at, copy_whole, disk_errors, flush_folder, intact, sha256_of
from video_gen.exceptions import MediaNotFoundError, StorageError

PIECE: Final = 1 << 20
"""Bytes read at once."""


class Kept(NamedTuple):
    """A file in a vault."""

    name: str
    modified: datetime


class Vault(TypingProtocol):
    """A place for files. The methods block; call them from a thread.

    Each may raise `StorageError` when the disk or the object store refuses.
    """

    @property
    def where(self) -> str:
        """The folder or URL, for people."""
        ...

    def at(self, name: str) -> str:
        """Return the location of a name."""
        ...

    def keep(self, file: Path, name: str, *, sha256: str, media_type: str) -> str:
        """Keep a copy of a file under a name; return its location once it is there whole, by length and hash.

        Doing it again changes nothing, so whoever was killed in the middle just does.
        """
        ...

    def size(self, location: str) -> int:
        """Return how many bytes a location holds, or raise `MediaNotFoundError`."""
        ...

    def read(self, location: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return a location's bytes piece by piece: `length` of them from `offset` on, as far as there are any.

        Raises:
            MediaNotFoundError: it holds nothing.
        """
        ...

    def link(self, location: str, *, seconds: int) -> str | None:
        """Return a URL that opens the location to anybody for a while; None where there is no such thing."""
        ...

    def discard(self, location: str) -> None:
        """Remove a location, if it is there."""
        ...

    def listed(self, below: str) -> Iterator[Kept]:
        """Yield what is kept under names that begin with the folder `below`."""
        ...


def bring(vault: Vault, location: str, dest: Path, *, sha256: str) -> None:
    """Copy a location to a file, which appears complete and as it was kept, or not at all.

    Raises:
        MediaNotFoundError: the location holds nothing.
        StorageError: the disk or the store refused, or what came is not what was kept.
    """
    part = dest.with_name(f".{dest.name}.part")
    pieces = vault.read(location)
    with disk_errors(dest):
        dest.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.writelines(pieces)
            if sha256_of(part) != sha256:
                raise StorageError(f"`{location}` is not what was kept there: its sha256 is no longer {sha256}")
            part.replace(dest)
        finally:
            part.unlink(missing_ok=True)


class DiskVault:
    """A folder, which every process must see under the same path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder)

    def at(self, name: str) -> str:
        """Return the path of a name."""
        return str(self.folder / name)

    def keep(self, file: Path, name: str, *, sha256: str, media_type: str) -> str:  # noqa: ARG002 (names say the type)
        """Keep a copy of a file; see `Vault`."""
        path = self.folder / name
        with disk_errors(path):
            if not intact(path, file.stat().st_size, sha256):
                path.parent.mkdir(parents=True, exist_ok=True)
                copy_whole(file, path)
                flush_folder(path.parent)
        return str(path)

    def size(self, location: str) -> int:
        """Return a file's length; see `Vault`."""
        return on_disk(location).stat().st_size

    def read(self, location: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return a file's bytes; see `Vault`."""
        return read_disk(location, offset, length)

    def link(self, location: str, *, seconds: int) -> str | None:  # noqa: ARG002 (a vault's contract)
        """Return None: a disk hands nothing out."""
        return None

    def discard(self, location: str) -> None:
        """Remove a file; see `Vault`."""
        with disk_errors(Path(location)):
            Path(location).unlink(missing_ok=True)

    def listed(self, below: str) -> Iterator[Kept]:
        """Yield files; see `Vault`."""
        for path in (self.folder / below).rglob("*"):
            changed = changed_at(path) if path.is_file() else None
            if changed is not None:
                yield Kept(str(path.relative_to(self.folder)), datetime.fromtimestamp(changed).astimezone())


def on_disk(location: str) -> Path:
    """Return the file of a location on disk.

    Raises:
        MediaNotFoundError: it is gone, or in an object store that is not the one in use.
    """
    path = Path(location)
    if "://" in location:
        raise MediaNotFoundError(
            f"`{location}` is in another object store: set VIDEO_GEN_OBJECT_STORE to the one it was kept in"
        )
    if not path.is_file():
        raise MediaNotFoundError(f"`{location}` is gone: it was moved or removed after it was delivered")
    return path


def read_disk(location: str, offset: int, length: int | None) -> Iterator[bytes]:
    """Return the bytes of a location on disk; see `Vault.read`."""
    path = on_disk(location)
    with disk_errors(path):
        left = max(0, path.stat().st_size - offset)
    return _pieces(path, offset, left if length is None else min(left, length))


def _pieces(path: Path, offset: int, left: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
