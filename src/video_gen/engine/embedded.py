"""The embedded engine: asyncio over the store of one machine.

One process runs a store's jobs; others hand jobs in by storing them, and watch the rows. When the runner ends or dies,
a waiting process takes over at once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from video_gen.engine.admission import Lane, Limits, Queued, admit
from video_gen.engine.crew import Crew
from video_gen.engine.lock import RunnerLock
from video_gen.engine.poller import Poller
from video_gen.engine.ports import MAX_RUNNING, Handler
from video_gen.engine.store import Store
from video_gen.engine.waitlist import Attention
from video_gen.exceptions import StorageError

LOCK_EVERY: Final = 0.1
"""Seconds between tries for the lock, while another process has it."""
SCAN_GAP: Final = 0.05
"""Seconds at least between two looks at the rows."""
LOOK_ANYWAY: Final = 30.0
"""Seconds after which the rows are looked at though nobody announced a change."""

_log = logging.getLogger(__name__)


class EmbeddedEngine:
    """Runs the jobs of one store in this process, while it has the store's lock.

    Args:
        store: Where the jobs are.
        lock: Held while running.
        limit: How many jobs of a provider may be under way at once; None: as many as there are.
        poller: Has waiting jobs asked for.
        troubled: Told of a job that met trouble on our side; `faults` says which.
        tidy: Called each time the lock was taken, before any job runs: nobody else touches the home's files then.
        now: The time.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        store: Store,
        lock: RunnerLock,
        *,
        limit: Callable[[str], int | None],
        poller: Poller,
        troubled: Callable[[str], None],
        tidy: Callable[[], Awaitable[None]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._lock = lock
        self._limit = limit
        self._poller = poller
        self._tidy = tidy
        self._now = now
        self._sleep = sleep
        self._served: dict[Lane, datetime] = {}
        """When a job of each lane was last started; forgotten with this process, which only begins the round anew."""
        self._look = asyncio.Event()
        self._crew: Crew[Lane] = Crew(self._look, troubled=troubled)
        self._most = MAX_RUNNING
        self._stopping = False

    @property
    def faults(self) -> dict[str, Exception]:
        """What last went wrong on our side with a job that goes on later."""
        return self._crew.faults

    async def attended(self) -> bool:
        """Whether a process runs the store's jobs."""
        return await asyncio.to_thread(self._lock.holder) is not None

    @property
    def runs(self) -> bool:
        """This process runs the store's jobs."""
        return self._lock.held

    def enqueue(self, job_id: str) -> None:
        """Have a stored job delivered; see `Engine`."""
        self._crew.hurry(job_id)
        self._look.set()

    def wake(self, job_id: str) -> None:
        """Have a running job look again at once; see `Engine`."""
        self._poller.wake(job_id)
        self._look.set()

    async def run(self, handler: Handler, *, concurrency: int = MAX_RUNNING) -> None:
        """Wait for the lock, then run jobs until stopped; see `Engine`.

        Raises:
            StorageError: the store cannot be read, or the lock file not be made.
        """
        self._most = concurrency
        try:
            while not self._lock.take():
                if self._stopping:
                    return
                await self._sleep(LOCK_EVERY)
            await self._tidy()
            # The provider may be working on these: they come first, and no limit holds them back.
            self._crew.take_up(await self._store.running())
            await self._serve(handler)
        finally:
            await self._crew.break_off()
            self._lock.release()

    async def stop(self, *, drain: bool = False) -> None:
        """Stop running jobs; see `Engine`. `run` returns when they have come to a safe point."""
        self._stopping = True
        if not drain:
            self._crew.stop()
        self._look.set()

    async def _serve(self, handler: Handler) -> None:
        with self._store.changes.listen(self._look):
            while self._crew.running or not self._stopping:
                self._look.clear()
                patience = await self._scan(handler)
                await self._sleep(SCAN_GAP)
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await self._look.wait()

    async def _scan(self, handler: Handler) -> float:
        """Start what may start, and tell jobs that their callers want them stopped; return when to look again."""
        if not self._stopping:
            self._crew.start_rested(handler)
        used = Counter(lane.provider for lane in self._crew.running)
        try:
            found = await self._store.attention(
                lambda provider: self._free(provider, used), now=self._now(), besides=self._crew.taken_care_of
            )
        except StorageError as error:
            _log.warning("the rows cannot be read just now: %s", error)
            return LOOK_ANYWAY
        for job_id in found.cancels:
            self._crew.cancel(job_id)
        await self._heed(found.heard)
        if not self._stopping:
            self._begin(found, handler)
        return LOOK_ANYWAY if found.deadline is None else min(LOOK_ANYWAY, self._until(found.deadline))

    def _begin(self, found: Attention, handler: Handler) -> None:
        for job_id, lane in found.overdue:
            self._crew.start(job_id, lane, handler)
        for job in self._admitted(found):
            self._served[job.lane] = self._now()
            self._crew.start(job.job_id, job.lane, handler)

    def _until(self, moment: datetime) -> float:
        return (moment - self._now()).total_seconds()

    def _free(self, provider: str, used: Counter[str]) -> int:
        limit = self._limit(provider)
        return 0 if self._stopping else (MAX_RUNNING if limit is None else limit) - used[provider]

    def _admitted(self, found: Attention) -> Sequence[Queued]:
        limits = Limits(
            provider=self._limit,
            owner=lambda owner: found.owner_limits.get(owner or ""),
            room=self._most - len(self._crew.running),
        )
        running = Counter(self._crew.running)
        queued = [job for job in found.queued if not self._crew.has(job.job_id)]
        return admit(queued, running=running, served=self._served, limits=limits, now=self._now())

    async def _heed(self, heard: frozenset[str]) -> None:
        """Have jobs asked for that there may be news of."""
        if not heard:
            return
        with suppress(StorageError):  # they are heeded again at the next look
            await self._store.heeded(heard)
        for job_id in heard:
            self._poller.hint(job_id)
