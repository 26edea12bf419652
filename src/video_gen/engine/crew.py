"""The jobs that this process carries out: begun, told to stop, resting after trouble on our side, broken off."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from video_gen.engine.ports import Handler
from video_gen.engine.signal import Signal
from video_gen.exceptions import StorageError

REST_FIRST: Final = 1.0
REST_CAP: Final = 60.0
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Running(Generic[T]):
    ticket: T
    signal: Signal
    task: asyncio.Task[None]


@dataclass(slots=True, eq=False)
class _Resting(Generic[T]):
    ticket: T
    timer: asyncio.TimerHandle


class Crew(Generic[T]):
    """The jobs under way here, each with a ticket: what its engine has to know of it.

    Args:
        look: Set when a job has ended or rested enough: its engine has to look.
        troubled: Told of a job that met trouble on our side; `faults` says which.
        ended: Told of a job whose handler has done all it could, with its ticket.
    """

    def __init__(
        self,
        look: asyncio.Event,
        *,
        troubled: Callable[[str], None],
        ended: Callable[[str, T], None] = lambda _job_id, _ticket: None,
    ) -> None:
        self._look = look
        self._troubled = troubled
        self._ended = ended
        self._running: dict[str, _Running[T]] = {}
        self._resting: dict[str, _Resting[T]] = {}
        self._rested: list[tuple[str, T]] = []
        self._failures: Counter[str] = Counter()
        self.faults: dict[str, Exception] = {}
        """What last went wrong on our side with a job that goes on later."""

    @property
    def running(self) -> Collection[T]:
        """The tickets of the jobs under way."""
        return [running.ticket for running in self._running.values()]

    def has(self, job_id: str) -> bool:
        """Whether a job is under way or resting here."""
        return job_id in self._running or job_id in self._resting

    @property
    def taken_care_of(self) -> frozenset[str]:
        """The jobs that are not to be begun though their rows may still say they wait."""
        beginning = (job_id for job_id, running in self._running.items() if not running.signal.claimed)
        return frozenset(self._resting).union(beginning)

    def take_up(self, jobs: Iterable[tuple[str, T]]) -> None:
        """Have jobs begun that were under way before, as if they had rested enough."""
        self._rested += jobs
        self._look.set()

    def start(self, job_id: str, ticket: T, handler: Handler) -> None:
        """Begin a job, unless it is under way."""
        if job_id in self._running:
            return
        signal = Signal()
        task = asyncio.create_task(self._carry_out(job_id, ticket, signal, handler), name=f"video-gen {job_id}")
        self._running[job_id] = _Running(ticket, signal, task)
        task.add_done_callback(lambda _: self._left(job_id))

    def start_rested(self, handler: Handler) -> None:
        """Begin again what has rested enough."""
        while self._rested:
            self.start(*self._rested.pop(0), handler)

    def cancel(self, job_id: str) -> None:
        """Tell a job that its caller wants it stopped; one that is elsewhere does not hear it."""
        if job_id in self._running:
            self._running[job_id].signal.cancel()
        else:
            self.hurry(job_id)

    def hurry(self, job_id: str) -> None:
        """Let a resting job go on at once."""
        resting = self._resting.pop(job_id, None)
        if resting is not None:
            resting.timer.cancel()
            self._rested.append((job_id, resting.ticket))
            self._look.set()

    def stop(self) -> None:
        """Have every job come to a safe point and leave."""
        for running in self._running.values():
            running.task.cancel()

    async def break_off(self) -> None:
        """Stop, and return when nothing is under way any more."""
        for resting in self._resting.values():
            resting.timer.cancel()
        self._resting.clear()
        self._rested.clear()
        tasks = [running.task for running in self._running.values()]
        self.stop()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry_out(self, job_id: str, ticket: T, signal: Signal, handler: Handler) -> None:
        try:
            await handler(job_id, signal)
        except Exception as error:  # noqa: BLE001 (the job's rows are whole; it is delivered again)
            self._rest(job_id, ticket, error)
        else:
            self.faults.pop(job_id, None)
            self._failures.pop(job_id, None)
            self._ended(job_id, ticket)

    def _rest(self, job_id: str, ticket: T, error: Exception) -> None:
        self._failures[job_id] += 1
        after = min(REST_CAP, REST_FIRST * 2 ** (self._failures[job_id] - 1))
        ours = isinstance(error, StorageError)
        level = logging.WARNING if ours else logging.ERROR
        _log.log(level, "job %s: goes on in %g s: %s", job_id, after, error, exc_info=None if ours else error)
        self.faults[job_id] = error
        timer = asyncio.get_running_loop().call_later(after, self.hurry, job_id)
        self._resting[job_id] = _Resting(ticket, timer)
        self._troubled(job_id)

    def _left(self, job_id: str) -> None:
        del self._running[job_id]
        self._look.set()
