"""Tells who follows a job when something happened to it, with one question to the rows for all followers.

Every change of a job's state is stored together with an event, so new events say which followers have to look.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

from video_gen.engine.store import Store
from video_gen.exceptions import StorageError

GAP: Final = 0.02
"""Seconds at least between two looks."""
_ANY: Final = ""
"""Stands for every job; no job has this id."""
_log = logging.getLogger(__name__)


class Feed:
    """The followers of this process; its one task lives while there are any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._followers: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def follow(self, job_id: str) -> Iterator[asyncio.Event]:
        """Give an event that is set when something happened to a job; it is set at first."""
        nudge = asyncio.Event()
        nudge.set()
        self._followers.setdefault(job_id, set()).add(nudge)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="video-gen feed")
        try:
            yield nudge
        finally:
            followers = self._followers[job_id]
            followers.discard(nudge)
            if not followers:
                del self._followers[job_id]

    def follow_all(self) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set when something happened to any job; it is set at first."""
        return self.follow(_ANY)

    def nudge(self, job_id: str) -> None:
        """Have a job's followers look: something happened that the rows do not say."""
        for nudge in self._followers.get(job_id, ()):
            nudge.set()

    def nudge_all(self) -> None:
        """Have everybody look."""
        for job_id in self._followers:
            self.nudge(job_id)

    async def close(self) -> None:
        """End the task."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        seen: int | None = None  # none yet: what happened before the first look may concern anybody
        with self._store.changes.listen() as changed:
            while self._followers:
                changed.clear()
                try:
                    last, touched = await self._store.touched(after=seen)
                except StorageError as error:
                    _log.warning("the rows cannot be read just now: %s", error)
                else:
                    for job_id in list(self._followers) if seen is None else touched:
                        self.nudge(job_id)
                    if touched:
                        self.nudge(_ANY)
                    seen = last
                await asyncio.sleep(GAP)
                await changed.wait()
