"""Following a job from any process: its events as they are stored, and the job as it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from video_gen.engine.progress import ProgressBoard
from video_gen.engine.store import Store
from video_gen.exceptions import WaitTimeoutError
from video_gen.spec.job import Event, Job

GLANCE: Final = 0.1
"""Seconds between looks at this process's own progress board."""


async def watch(store: Store, board: ProgressBoard, job_id: str, *, after: int = 0) -> AsyncIterator[Event | Job]:
    """Yield each event once, in order, and the job whenever it looks different; end with the ended job.

    Args:
        store: Where the job is.
        board: What this process knows beyond the store.
        job_id: Which job.
        after: Number of the last event seen.

    Raises:
        JobNotFoundError: there is no such job, or it was deleted meanwhile.
    """
    shown: Job | None = None
    with store.changes.listen() as changed:
        while True:
            changed.clear()
            # The job is read first: whatever its state says has happened is then among the events.
            stored = await store.get(job_id)
            while events := await store.events(job_id, after=after):
                for event in events:
                    yield event
                after = events[-1].seq
            while True:
                job = board.shown(stored)
                if job != shown:
                    shown = job
                    yield job
                if stored.status.terminal:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(GLANCE):
                        await changed.wait()
                    break


async def wait(store: Store, job_id: str, *, timeout_s: float | None, trouble: Callable[[], Exception | None]) -> Job:
    """Return the ended job.

    Args:
        store: Where the job is.
        job_id: Which job.
        timeout_s: Seconds to wait at most; None waits as long as it takes.
        trouble: Says what keeps this process from carrying the job on, if anything; it is raised.

    Raises:
        WaitTimeoutError: the time is over; the job goes on.
        JobNotFoundError: there is no such job, or it was deleted meanwhile.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _ended(store, job_id, trouble)
    except TimeoutError:
        raise WaitTimeoutError(
            f"job `{job_id}` did not end within {timeout_s:g} s; it goes on: `video-gen jobs watch {job_id}`"
        ) from None


async def _ended(store: Store, job_id: str, trouble: Callable[[], Exception | None]) -> Job:
    with store.changes.listen() as changed:
        while True:
            changed.clear()
            job = await store.get(job_id)
            if job.status.terminal:
                return job
            found = trouble()
            if found is not None:
                raise found
            await changed.wait()
