"""Steps on files that survive a power cut."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from video_gen.exceptions import StorageError

NO_LINKS: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})
"""What `link` says on another file system, or on one that knows no links."""


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Raise what the disk says as a `StorageError` that names `path`."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        hint = "free some space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "check the path and its rights"
        raise StorageError(f"`{path}` cannot be written: {error.strerror or error}; {hint}") from error


def flush_file(path: Path) -> None:
    """Return when the file's content is on the disk."""
    _flush(path, os.O_RDONLY)


def flush_folder(path: Path) -> None:
    """Return when the folder's list of names is on the disk."""
    _flush(path, os.O_RDONLY | os.O_DIRECTORY)


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the file's sha256, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def intact(path: Path, size: int, sha256: str) -> bool:
    """Return whether a file is there, and is what it was."""
    return path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256


def changed_at(path: Path) -> float | None:
    """Return when a file was last written to (seconds since the epoch); None where it is gone, or was never there."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Make a file that is there complete or not at all, also after a power cut; an existing one is replaced."""
    partial = _partial(path)
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    flush_folder(path.parent)


def copy_whole(source: Path, path: Path) -> None:
    """Copy a file, to another file system too; the copy is complete and on the disk when this returns."""
    partial = _partial(path)
    try:
        shutil.copyfile(source, partial)
        flush_file(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
