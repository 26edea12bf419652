"""How a run is told to stop, and what it finishes first."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from video_gen.exceptions import JobCancelledError

T = TypeVar("T")


class Signal:
    """Tells one run that its caller wants the job stopped; it is heard only where the run says it may be."""

    def __init__(self) -> None:
        self.cancelled = False
        """The caller wants the job stopped."""
        self.claimed = False
        """The run has begun: the rows say that the job is running."""
        self._task: asyncio.Task[Any] | None = None
        self._interrupted = False

    def cancel(self) -> None:
        """Ask the run to stop: at once inside `stoppable`, otherwise when it gets there."""
        self.cancelled = True
        if self._task is not None and not self._interrupted:
            self._interrupted = True
            self._task.cancel()

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Mark a stretch that may be broken off.

        Raises:
            JobCancelledError: the caller wants the job stopped.
        """
        self.check()
        task = asyncio.current_task()
        assert task is not None
        self._task, self._interrupted, before = task, False, task.cancelling()
        try:
            yield
        except asyncio.CancelledError:
            # Whoever else cancels this task (the engine, when it stops) must still be heard.
            if self._interrupted and task.uncancel() <= before:
                raise JobCancelledError from None
            raise
        finally:
            self._task = None

    def check(self) -> None:
        """Raise `JobCancelledError` when the caller wants the job stopped."""
        if self.cancelled:
            raise JobCancelledError


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end even when the caller is cancelled meanwhile, who hears of that afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, though the cancellation is what is raised
        raise
