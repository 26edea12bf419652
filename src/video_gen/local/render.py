"""The loop every renderer here runs: frame after frame, telling how far it is, stopping when asked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from video_gen.exceptions import JobCancelledError

G = TypeVar("G")
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
def drawn_ahead(groups: Iterable[G], draw: Callable[[G], Sequence[T]]) -> Iterator[Iterator[T]]:
    """Give the frames that `draw` makes of each group, in order; the next group is drawn while one is used.

    At most one group is drawn ahead, in a thread of its own, so a pool of pictures for two groups is enough.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="video-gen-draw") as hand:

        def frames() -> Iterator[T]:
            coming: Future[Sequence[T]] | None = None
            for group in groups:
                ready, coming = coming, hand.submit(draw, group)
                yield from ready.result() if ready else ()
            yield from coming.result() if coming else ()

        yield frames()


def stop_if(cancelled: Cancelled) -> None:
    """Raise JobCancelledError when `cancelled` says so."""
    if cancelled():
        raise JobCancelledError("rendering was cancelled: no file was written")
