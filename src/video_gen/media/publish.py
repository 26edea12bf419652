"""Write a file so that it appears whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from video_gen.exceptions import StorageError, VideoGenerationError, VideoProcessingError


@contextmanager
def publishing(path: Path) -> Iterator[Path]:
    """Yield a hidden name beside `path` to write to; it becomes `path` when the block ends well, else it is removed.

    Raises:
        StorageError: the folder is missing, full or not writable.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with writing(path):
            if not path.parent.is_dir():
                raise StorageError(f"`{path}` cannot be written: the folder `{path.parent}` does not exist")
            partial.touch(exist_ok=False)
        yield partial
        with writing(path):
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file at once.

    Raises:
        StorageError: the folder is missing, full or not writable.
    """
    with publishing(path) as partial, writing(path):
        partial.write_bytes(data)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise what the disk or an encoder says as an error of ours that names `path`.

    Raises:
        StorageError: the disk refused.
        VideoProcessingError: the encoder refused.
    """
    try:
        yield
    except VideoGenerationError:
        raise
    except OSError as error:
        raise StorageError(f"`{path}` cannot be written: {error.strerror or error}") from error
    except (FFmpegError, ValueError) as error:
        raise VideoProcessingError(f"`{path}` cannot be encoded: {error}") from error
