"""Says of which shot an error is."""

from collections.abc import Iterator
from contextlib import contextmanager

from video_gen.exceptions import VideoGenerationError


@contextmanager
def about(label: str) -> Iterator[None]:
    """Raise an error of the block as one of the same kind whose message begins with the shot's label."""
    try:
        yield
    except VideoGenerationError as error:
        raise type(error)(f"{label}: {error.message}", **error.facts()) from error
