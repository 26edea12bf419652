"""Where results may be written."""

from pathlib import Path

from video_gen.exceptions import InvalidRequestError


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to replace a file unless told to.

    Raises:
        InvalidRequestError: the file exists, or is a folder.
    """
    if path.is_dir():
        raise InvalidRequestError(f"`{path}` is a folder: name a file in it")
    if path.exists() and not force:
        raise InvalidRequestError(f"`{path}` exists: choose another name, or add --force to replace it")
