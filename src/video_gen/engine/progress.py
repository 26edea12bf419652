"""How far running jobs have come: known at once in this process, written now and then for the others.

Progress is no fact that anything is decided by, so it does not go to the disk each time it changes: all jobs' latest
steps are written together, at most once in a while.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from video_gen.engine.store import Store
from video_gen.exceptions import StorageError
from video_gen.spec.job import Job

EVERY: Final = 1.0
_log = logging.getLogger(__name__)


class ProgressBoard:
    """The latest step of each running job.

    Args:
        store: Where steps are written for other processes.
        sleep: Waits so many seconds.
        every: Seconds between writes.
    """

    def __init__(
        self, store: Store, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, every: float = EVERY
    ) -> None:
        self._store = store
        self._sleep = sleep
        self._every = every
        self._latest: dict[str, Job] = {}
        self._unwritten: dict[str, Job] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, job: Job) -> None:
        """Take a step of a running job."""
        self._latest[job.id] = self._unwritten[job.id] = job
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    def forget(self, job_id: str) -> None:
        """The job's rows say more than its last step."""
        self._latest.pop(job_id, None)
        self._unwritten.pop(job_id, None)

    def shown(self, job: Job) -> Job:
        """Return a job as far as this process knows it has come."""
        latest = self._latest.get(job.id)
        if latest is None or job.status.terminal or latest.epoch != job.epoch:
            return job
        return job.model_copy(update={"progress": max(job.progress, latest.progress), "phase": latest.phase})

    async def close(self) -> None:
        """Write no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _write(self) -> None:
        while self._unwritten:
            steps, self._unwritten = self._unwritten, {}
            try:
                await self._store.show_progress(steps.values())
            except StorageError as error:
                _log.warning("progress could not be stored: %s", error)
            await self._sleep(self._every)
