"""Following a job from any process: its events as they are stored, and the job as it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from video_gen.engine.feed import Feed
from video_gen.engine.progress import ProgressBoard
from video_gen.engine.store import Store
from video_gen.exceptions import WaitTimeoutError
from video_gen.spec.job import Event, Job

Trouble = Callable[[], Exception | None]
"""Says what keeps this process from carrying a job on, if anything."""

GLANCE: Final = 0.1
"""Seconds between looks at this process's own progress board."""
GLANCES: Final = 5
"""Looks at the board for one at the row, where another process runs the job."""

LOOK_ANYWAY: Final = 5.0
"""Seconds after which the row is looked at though nobody said a word: a deleted job has no events left."""


async def watch(
    store: Store,
    feed: Feed,
    board: ProgressBoard,
    job_id: str,
    *,
    after: int,
    trouble: Trouble,
) -> AsyncIterator[Event | Job]:
    """Yield each event once, in order, and the job whenever it looks different; end with the ended job.

    Args:
        store: Where the job is.
        feed: Says when something happened to it.
        board: What this process knows of its progress.
        job_id: Which job.
        after: Number of the last event seen.
        trouble: Says what keeps this process from carrying the job on; it is raised.

    Raises:
        JobNotFoundError: there is no such job, or it was deleted meanwhile.
    """
    shown: Job | None = None
    with feed.follow(job_id) as nudge:
        while True:
            nudge.clear()
            # The job is read first: whatever its state says has happened is then among the events.
            stored = await store.get(job_id)
            while events := await store.events(job_id, after=after):
                for event in events:
                    yield event
                after = events[-1].seq
            for _ in range(GLANCES):
                job = board.shown(stored)
                if job != shown:
                    shown = job
                    yield job
                if stored.status.terminal:
                    return
                if (found := trouble()) is not None:
                    raise found
                if await _set_within(nudge, GLANCE):
                    break


async def _set_within(nudge: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await nudge.wait()
    return False


async def wait(store: Store, feed: Feed, job_id: str, *, timeout_s: float | None, trouble: Trouble) -> Job:
    """Return the ended job.

    Args:
        store: Where the job is.
        feed: Says when something happened to it.
        job_id: Which job.
        timeout_s: Seconds to wait at most; None waits as long as it takes.
        trouble: Says what keeps this process from carrying the job on; it is raised.

    Raises:
        WaitTimeoutError: the time is over; the job goes on.
        JobNotFoundError: there is no such job, or it was deleted meanwhile.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _ended(store, feed, job_id, trouble)
    except TimeoutError:
        raise WaitTimeoutError(
            f"job `{job_id}` did not end within {timeout_s:g} s; it goes on: `video-gen jobs watch {job_id}`"
        ) from None


async def _ended(store: Store, feed: Feed, job_id: str, trouble: Trouble) -> Job:
    with feed.follow(job_id) as nudge:
        while True:
            await _set_within(nudge, LOOK_ANYWAY)
            nudge.clear()
            if await store.ended(job_id):
                return await store.get(job_id)
            if (found := trouble()) is not None:
                raise found
