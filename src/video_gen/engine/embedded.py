"""The embedded engine: asyncio over the store of one machine.

One process runs a store's jobs; others hand jobs in by storing them, and watch the rows. When the runner ends or dies,
a waiting process takes over at once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from video_gen.engine.admission import Lane, Limits, Queued, admit
from video_gen.engine.lock import RunnerLock
from video_gen.engine.poller import Poller
from video_gen.engine.ports import MAX_RUNNING, Handler
from video_gen.engine.signal import Signal
from video_gen.engine.store import Store
from video_gen.engine.waitlist import Attention
from video_gen.exceptions import StorageError

REST_FIRST: Final = 1.0
REST_CAP: Final = 60.0
LOCK_EVERY: Final = 0.1
"""Seconds between tries for the lock, while another process has it."""
SCAN_GAP: Final = 0.05
"""Seconds at least between two looks at the rows."""
LOOK_ANYWAY: Final = 30.0
"""Seconds after which the rows are looked at though nobody announced a change."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Running:
    lane: Lane
    signal: Signal
    task: asyncio.Task[None]


@dataclass(slots=True, eq=False)
class _Resting:
    lane: Lane | None
    """None: the job is queued, and starts when there is room for it."""
    timer: asyncio.TimerHandle


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
        self._troubled = troubled
        self._tidy = tidy
        self._now = now
        self._sleep = sleep
        self._running: dict[str, _Running] = {}
        self._resting: dict[str, _Resting] = {}
        self._rested: list[tuple[str, Lane]] = []
        self._served: dict[Lane, datetime] = {}
        """When a job of each lane was last started; forgotten with this process, which only begins the round anew."""
        self._failures: Counter[str] = Counter()
        self._look = asyncio.Event()
        self._most = MAX_RUNNING
        self._stopping = False
        self.faults: dict[str, Exception] = {}
        """What last went wrong on our side with a job that goes on later."""

    async def attended(self) -> bool:
        """Whether a process runs the store's jobs."""
        return await asyncio.to_thread(self._lock.holder) is not None

    @property
    def runs(self) -> bool:
        """This process runs the store's jobs."""
        return self._lock.held

    def enqueue(self, job_id: str, *, after: float = 0.0) -> None:
        """Have a stored job delivered; see `Engine`."""
        if after > 0:
            self._rest(job_id, None, after)
        elif job_id in self._resting:
            self._wake_up(job_id)
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
            self._rested += await self._store.running()
            await self._serve(handler)
        finally:
            await self._break_off()
            self._lock.release()

    async def stop(self, *, drain: bool = False) -> None:
        """Stop running jobs; see `Engine`. `run` returns when they have come to a safe point."""
        self._stopping = True
        if not drain:
            for running in self._running.values():
                running.task.cancel()
        self._look.set()

    async def _serve(self, handler: Handler) -> None:
        with self._store.changes.listen(self._look):
            while self._running or not self._stopping:
                self._look.clear()
                patience = await self._scan(handler)
                await self._sleep(SCAN_GAP)
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await self._look.wait()

    async def _scan(self, handler: Handler) -> float:
        """Start what may start, and tell jobs that their callers want them stopped; return when to look again."""
        while self._rested and not self._stopping:
            self._start(*self._rested.pop(0), handler)
        used = Counter(running.lane.provider for running in self._running.values())
        try:
            found = await self._store.attention(
                lambda provider: self._free(provider, used), now=self._now(), besides=self._taken_care_of()
            )
        except StorageError as error:
            _log.warning("the rows cannot be read just now: %s", error)
            return LOOK_ANYWAY
        for job_id in found.cancels:
            self._cancel(job_id)
        await self._heed(found.heard)
        if not self._stopping:
            self._begin(found, handler)
        return LOOK_ANYWAY if found.deadline is None else min(LOOK_ANYWAY, self._until(found.deadline))

    def _begin(self, found: Attention, handler: Handler) -> None:
        for job_id, lane in found.overdue:
            self._start(job_id, lane, handler)
        for job in self._admitted(found):
            self._served[job.lane] = self._now()
            self._start(job.job_id, job.lane, handler)

    def _until(self, moment: datetime) -> float:
        return (moment - self._now()).total_seconds()

    def _free(self, provider: str, used: Counter[str]) -> int:
        limit = self._limit(provider)
        return 0 if self._stopping else (MAX_RUNNING if limit is None else limit) - used[provider]

    def _taken_care_of(self) -> frozenset[str]:
        """Return the jobs that are not to be started though their rows still say they wait."""
        beginning = (job_id for job_id, running in self._running.items() if not running.signal.claimed)
        return frozenset(self._resting).union(beginning)

    def _admitted(self, found: Attention) -> Sequence[Queued]:
        limits = Limits(
            provider=self._limit,
            owner=lambda owner: found.owner_limits.get(owner or ""),
            room=self._most - len(self._running),
        )
        running = Counter(running.lane for running in self._running.values())
        queued = [job for job in found.queued if job.job_id not in self._running]
        return admit(queued, running=running, served=self._served, limits=limits, now=self._now())

    async def _heed(self, heard: frozenset[str]) -> None:
        """Have jobs asked for that there may be news of."""
        if not heard:
            return
        with suppress(StorageError):  # they are heeded again at the next look
            await self._store.heeded(heard)
        for job_id in heard:
            self._poller.hint(job_id)

    def _cancel(self, job_id: str) -> None:
        if job_id in self._running:
            self._running[job_id].signal.cancel()
        elif job_id in self._resting:
            self._wake_up(job_id)

    def _start(self, job_id: str, lane: Lane, handler: Handler) -> None:
        if job_id in self._running:
            return
        signal = Signal()
        task = asyncio.create_task(self._deliver(job_id, lane, signal, handler), name=f"video-gen {job_id}")
        self._running[job_id] = _Running(lane, signal, task)
        task.add_done_callback(lambda _: self._ended(job_id))

    async def _deliver(self, job_id: str, lane: Lane, signal: Signal, handler: Handler) -> None:
        try:
            await handler(job_id, signal)
        except Exception as error:  # noqa: BLE001 (the job's rows are whole; it is delivered again)
            self._failures[job_id] += 1
            after = min(REST_CAP, REST_FIRST * 2 ** (self._failures[job_id] - 1))
            _log.log(
                logging.WARNING if isinstance(error, StorageError) else logging.ERROR,
                "job %s: goes on in %g s: %s",
                job_id,
                after,
                error,
                exc_info=not isinstance(error, StorageError),
            )
            self.faults[job_id] = error
            self._rest(job_id, lane, after)
            self._troubled(job_id)
        else:
            self.faults.pop(job_id, None)
            self._failures.pop(job_id, None)

    def _ended(self, job_id: str) -> None:
        del self._running[job_id]
        self._look.set()

    def _rest(self, job_id: str, lane: Lane | None, after: float) -> None:
        timer = asyncio.get_running_loop().call_later(after, self._wake_up, job_id)
        self._resting[job_id] = _Resting(lane, timer)

    def _wake_up(self, job_id: str) -> None:
        resting = self._resting.pop(job_id)
        resting.timer.cancel()
        if resting.lane is not None:
            self._rested.append((job_id, resting.lane))
        self._look.set()

    async def _break_off(self) -> None:
        for resting in self._resting.values():
            resting.timer.cancel()
        self._resting.clear()
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
