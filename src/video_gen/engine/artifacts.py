"""Where finished videos and images go: named, never over a file that stands there, on the disk before a job is done.

A file is placed under its final name in one step, by a link to the verified download, so nobody ever sees half of it
and two jobs never get the same name. Where the process is killed right after that step, the next run finds the file by
its content and takes it as its own.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from video_gen.engine.files import NO_LINKS, copy_whole, disk_errors, flush_file, flush_folder, sha256_of
from video_gen.exceptions import InvalidRequestError
from video_gen.spec.job import Job
from video_gen.spec.request import Kind

SUFFIXES: Final[dict[Kind, tuple[str, ...]]] = {
    "video": (".mp4", ".m4v"),
    "image": (".png", ".jpg", ".jpeg", ".webp"),
}
"""How files may be named; the usual one first."""
_WRITTEN: Final[dict[Kind, str]] = {
    "video": "videos are written as MP4",
    "image": "images are written as they come, PNG, JPEG or WebP",
}
_OF_TYPE: Final = {"image/jpeg": ".jpg", "image/webp": ".webp"}


def file_name(provider: str, at: datetime, suffix: str = ".mp4") -> str:
    """Return the name of a file by the project's rule: provider and local time, "local_20261121_143022.mp4"."""
    return f"{provider}_{at.astimezone():%Y%m%d_%H%M%S}{suffix}"


def misnamed(path: str, media_type: str) -> bool:
    """Whether a file's name says another format than it has; the caller chose the name, the provider the format."""
    said = Path(path).suffix.lower().replace(".jpeg", ".jpg")
    return media_type.startswith("image/") and said != _OF_TYPE.get(media_type, ".png")


def suffix_of(kind: Kind, media_type: str) -> str:
    """Return how the name of a file ends whose caller named none."""
    return _OF_TYPE.get(media_type, SUFFIXES[kind][0])


def destination(out: str | os.PathLike[str] | None, outputs: Path, *, overwrite: bool, kind: Kind = "video") -> str:
    """Return the absolute path a job keeps as its `out`; a folder ends in a slash.

    Args:
        out: What the caller said: a file, a folder (one that exists, or a path that ends in a slash), or nothing.
        outputs: The folder for callers who say nothing.
        overwrite: A file that stands at `out` may be replaced.
        kind: What the file will be.

    Raises:
        InvalidRequestError: a file stands there, nothing may be written there, or the name is no such file's.
    """
    if out is None:
        return f"{outputs.absolute()}{os.sep}"
    text = os.fspath(out)
    path = Path(text).absolute()
    _check_place(text, path)
    if text.endswith(os.sep) or path.is_dir():
        return f"{path}{os.sep}" if path != path.parent else str(path)
    usual = SUFFIXES[kind][0]
    if not path.suffix:
        path = path.with_name(f"{path.name}{usual}")
    if path.suffix.lower() not in SUFFIXES[kind]:
        raise InvalidRequestError(f"`{text}`: {_WRITTEN[kind]}; name it `{path.with_suffix(usual).name}`")
    if not overwrite and path.exists():
        raise InvalidRequestError(f"`{path}` already exists: choose another name, or allow it to be overwritten")
    return str(path)


def _check_place(text: str, path: Path) -> None:
    """Refuse before the video is paid what the disk would refuse after it."""
    there = next(place for place in (path, *path.parents) if os.access(place, os.F_OK))
    if there == path and not (there.is_dir() or text.endswith(os.sep)):
        there = path.parent
    if not there.is_dir():
        raise InvalidRequestError(f"`{text}` cannot be written: `{there}` is a file, not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InvalidRequestError(
            f"`{text}` cannot be written: you may not write in `{there}`; choose another folder, or change its rights"
        )


def target_of(job: Job, provider: str, outputs: Path, media_type: str = "video/mp4") -> Path:
    """Return the path a job's first file gets when nothing stands there."""
    if job.out is not None and not job.out.endswith(os.sep):
        return Path(job.out)
    folder = outputs.absolute() if job.out is None else Path(job.out)
    return folder / file_name(provider, job.created_at, suffix_of(job.request.kind, media_type))


class Shelf:
    """Places files under their final names."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def place_for(self, target: Path) -> AsyncIterator[None]:
        """Keep other jobs from names like `target` until the caller has stored which one it took."""
        lock = self._locks.setdefault(str(target), asyncio.Lock())
        async with lock:
            yield

    @staticmethod
    def place(ready: Path, target: Path, sha256: str, *, taken: Collection[str], overwrite: bool = False) -> Path:
        """Make a finished file appear under its final name; `ready` stays. Blocks; call it from a thread.

        Args:
            ready: The verified file.
            target: The name wanted; where it is taken, `_2`, `_3` ... is added.
            sha256: Of `ready`: a file of the same content that no job owns is taken as placed by an earlier run.
            taken: Paths that jobs own.
            overwrite: Replace what stands at `target`.

        Returns:
            The path it has.

        Raises:
            StorageError: the disk refused.
        """
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            flush_file(ready)
            placed = _replace(ready, target) if overwrite else _place_free(ready, target, sha256, taken)
            flush_folder(target.parent)
            return placed


def _replace(ready: Path, target: Path) -> Path:
    near = _near(ready, target)
    copy_whole(ready, near)
    near.replace(target)
    return target


def _place_free(ready: Path, target: Path, sha256: str, taken: Collection[str]) -> Path:
    near = _near(ready, target)
    try:
        for candidate in numbered(target):
            if _link(ready, near, candidate):
                return candidate
            if str(candidate) not in taken and _same(candidate, ready, sha256):
                return candidate
    finally:
        near.unlink(missing_ok=True)
    raise AssertionError("names do not run out")


def numbered(target: Path) -> Iterator[Path]:
    """Yield the name, then `_2`, `_3` ..."""
    yield target
    for number in count(2):
        yield target.with_name(f"{target.stem}_{number}{target.suffix}")


def _near(ready: Path, target: Path) -> Path:
    return target.with_name(f".{ready.name}.part")


def _link(ready: Path, near: Path, candidate: Path) -> bool:
    """Place the file under a free name; False when the name is taken."""
    for source in (ready, near):
        if source is near and not near.exists():
            copy_whole(ready, near)
        try:
            os.link(source, candidate)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
        else:
            return True
    return _claim(near, candidate)


def _claim(near: Path, candidate: Path) -> bool:
    """Place the file where no links exist: hold the name with an empty file, then replace that at once."""
    try:
        os.close(os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        return False
    near.replace(candidate)
    return True


def _same(candidate: Path, ready: Path, sha256: str) -> bool:
    try:
        return candidate.stat().st_size == ready.stat().st_size and sha256_of(candidate) == sha256
    except OSError:  # a folder, or a file that may not be read: not ours in any case
        return False
