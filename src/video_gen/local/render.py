"""The loop every renderer here runs: frame after frame, telling how far it is, stopping when asked."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from video_gen.exceptions import JobCancelledError

T = TypeVar("T")
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


@contextmanager
def drawn_ahead(count: int, draw: Callable[[int], T]) -> Iterator[Iterator[T]]:
    """Give the results of `draw` for each of `count` frames, in order; the next one is drawn while one is used.

    At most one is drawn ahead, in a thread of its own, so a pool of two pictures is enough to draw in.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="video-gen-draw") as hand:

        def frames() -> Iterator[T]:
            coming = hand.submit(draw, 0)
            for index in range(1, count + 1):
                ready = coming.result()
                if index < count:
                    coming = hand.submit(draw, index)
                yield ready

        yield frames()


def stop_if(cancelled: Cancelled) -> None:
    """Raise JobCancelledError when `cancelled` says so."""
    if cancelled():
        raise JobCancelledError("rendering was cancelled: no file was written")
