"""The loop every renderer here runs: frame after frame, telling how far it is, stopping when asked."""

from collections.abc import Callable, Iterator

from video_gen.exceptions import JobCancelledError

Progress = Callable[[float], None]
"""Told the share that is done; it grows to 1."""

Cancelled = Callable[[], bool]
"""Asked before each frame whether to stop."""


def each_frame(count: int, *, progress: Progress, cancelled: Cancelled) -> Iterator[int]:
    """Yield the index of each of `count` frames; it counts as done when the next one is asked for.

    Raises:
        JobCancelledError: `cancelled` said so.
    """
    for index in range(count):
        stop_if(cancelled)
        yield index
        progress((index + 1) / count)


def stop_if(cancelled: Cancelled) -> None:
    """Raise JobCancelledError when `cancelled` says so."""
    if cancelled():
        raise JobCancelledError("rendering was cancelled: no file was written")
