"""One run of one job: its rows as this run knows them, and the only way it changes them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

from video_gen.engine import ledger, lifecycle
from video_gen.engine.ledger import Entry
from video_gen.engine.lifecycle import Step
from video_gen.engine.pacing import Pace
from video_gen.engine.policy import allows_fallback
from video_gen.engine.ports import Driver, Ports
from video_gen.engine.record import Record
from video_gen.engine.rows import Note
from video_gen.engine.signal import Signal, unbroken
from video_gen.exceptions import DeadlineExceededError, SpendLimitError, StorageError
from video_gen.spec import Artifact, Attempt, Context, Flow, Job, Phase, Plan, Protocol, Provider

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Run:
    """What the steps of the workflow share: the job, its attempts, and the world.

    `job` and `attempts` are always what the rows say; `record` changes both together.
    """

    def __init__(self, job: Job, attempts: Sequence[Attempt], ports: Ports, signal: Signal) -> None:
        self.job = job
        self.attempts = list(attempts)
        self.ports = ports
        self.signal = signal
        self.sends = 0
        """Submits sent by this run for the open attempt."""
        self.over_the_day: dict[str, SpendLimitError] = {}
        """The models whose price did not fit into what is left of the day."""
        signal.cancelled = signal.cancelled or job.cancel_requested

    @classmethod
    async def claim(cls, job_id: str, ports: Ports, signal: Signal) -> Self | None:
        """Begin a new run, which displaces older ones; None when the job has ended."""
        claimed = await ports.store.claim(job_id, ports.now())
        signal.claimed = True
        return None if claimed is None else cls(*claimed, ports, signal)

    # --- what the rows say -----------------------------------------------------------------------------------------

    @property
    def step(self) -> Step:
        """What the job needs next."""
        return lifecycle.next_step(self.job, self.attempts)

    @property
    def attempt(self) -> Attempt:
        """The attempt under way."""
        attempt = lifecycle.open_attempt(self.attempts)
        assert attempt is not None
        return attempt

    @property
    def in_flight(self) -> bool:
        """An attempt is under way: it may be paid, so the job must not be given up for trouble on our side."""
        return lifecycle.open_attempt(self.attempts) is not None

    def next_candidates(self) -> Sequence[Plan]:
        """Return the plans that may still be tried, in order: none after an error that leaves no way on."""
        left = lifecycle.candidates_left(
            self.ports.candidates(self.job), self.attempts, retries=self.ports.policy.retries
        )
        last = self.attempts[-1] if self.attempts else None
        if last is None or allows_fallback(last.error, on_policy=self.job.request.fallback_on_policy):
            return left
        return [plan for plan in left if plan.model == last.model]

    def check_day(self, plan: Plan) -> None:
        """Raise what the day's ceiling said of a plan, if it was asked."""
        if (error := self.over_the_day.get(plan.model)) is not None:
            raise error

    # --- who is spoken to ------------------------------------------------------------------------------------------

    @property
    def provider(self) -> Provider:
        """Whom the attempt under way was sent to."""
        return self.ports.provider_of(self.attempt.plan.provider)

    @property
    def protocol(self) -> Protocol:
        """How that provider is spoken to."""
        return self.ports.protocol_of(self.attempt.plan.protocol)

    @property
    def context(self) -> Context:
        """What the protocol may know."""
        return self.ports.context_of(self.attempt)

    async def drive(self, flow: Flow[T]) -> T:
        """Carry a protocol's calls to the provider."""
        driver = await self.driver()
        return await driver.drive(flow, self.provider)

    async def driver(self) -> Driver:
        """Return who carries calls to the provider: with the key that the job's caller brought, if one did."""
        sealed = await self.ports.store.sealed_key(self.job.id, self.provider.id)
        key = None if sealed is None else await asyncio.to_thread(self.ports.keyring.open, sealed)
        return self.ports.driver_of(self.provider, key)

    def staged(self, index: int) -> Path:
        """Return where a download of the attempt under way rests until it is delivered."""
        return self.ports.work / f"{self.attempt.idempotency_key}_{index}.mp4"

    # --- what this run changes -------------------------------------------------------------------------------------

    async def record(
        self,
        *notes: Note,
        job: Job | None = None,
        attempt: Attempt | None = None,
        entries: Sequence[Entry] = (),
        artifacts: Sequence[Artifact] = (),
        pace: Pace | None = None,
    ) -> None:
        """Store one step, whole or not at all; it is done also when the run is being stopped.

        Raises:
            PacedError: the provider takes no more just now; nothing changed.
            DisplacedError: a newer run of the job has begun.
            StorageError: the store refused; nothing changed.
        """
        await unbroken(self._record(notes, job or self.job, attempt, entries, artifacts, pace))

    async def _record(
        self,
        notes: Sequence[Note],
        job: Job,
        attempt: Attempt | None,
        entries: Sequence[Entry],
        artifacts: Sequence[Artifact],
        pace: Pace | None,
    ) -> None:
        attempts = self.attempts
        if attempt is not None:
            attempts = [*(each for each in attempts if each.id != attempt.id), attempt]
            job = lifecycle.charged(job, attempts)
        step = Record(
            job=job,
            at=self.ports.now(),
            attempt=attempt,
            notes=notes,
            entries=entries,
            artifacts=artifacts,
            pace=pace,
            drop_keys=not lifecycle.needs_keys(job, attempts),
        )
        wish = await self.ports.store.record(step)
        self.job, self.attempts = job, attempts
        self.ports.board.forget(job.id)
        self.signal.cancelled = self.signal.cancelled or wish

    async def keep(self, *notes: Note, job: Job, attempt: Attempt, entries: Sequence[Entry] = ()) -> None:
        """Store what the provider said, however long the disk refuses: it is known nowhere else."""
        tries = 0
        while True:
            try:
                return await self.record(*notes, job=job, attempt=attempt, entries=entries)
            except StorageError as error:
                tries += 1
                _log.error("job %s: the provider's answer cannot be stored yet: %s", self.job.id, error)
                await self.ports.sleep(min(30.0, 0.5 * 2**tries))

    async def end_attempt(self, attempt: Attempt, *notes: Note, job: Job | None = None) -> None:
        """Store that the attempt under way has ended, and settle it."""
        await self.record(*notes, job=job, attempt=attempt, entries=[ledger.settle(attempt, self.ports.now())])

    def show(self, *, progress: float | None = None, phase: Phase | None = None) -> None:
        """Show how far the job has come, without storing it as a fact."""
        job, at = self.job, self.ports.now()
        if progress is not None:
            job = lifecycle.progressed(job, progress, at)
        if phase is not None:
            job = lifecycle.moved(job, phase, at)
        self.job = job
        self.ports.board.note(job)

    # --- what may break it off -------------------------------------------------------------------------------------

    async def pause(self, seconds: float) -> None:
        """Wait, unless the job is broken off; see `stoppable`."""
        async with self.stoppable():
            await self.ports.sleep(seconds)

    @asynccontextmanager
    async def stoppable(self) -> AsyncIterator[None]:
        """Mark a stretch that may be broken off.

        Raises:
            JobCancelledError: the caller wants the job stopped.
            DeadlineExceededError: the job's time is over.
        """
        self.check()
        clock = asyncio.timeout(self._time_left())
        try:
            async with clock:
                with self.signal.stoppable():
                    yield
        except TimeoutError:
            if clock.expired():
                raise DeadlineExceededError from None
            raise

    def check(self) -> None:
        """Raise what breaks the job off, as `stoppable` does."""
        self.signal.check()
        left = self._time_left()
        if left is not None and left <= 0:
            raise DeadlineExceededError

    def _time_left(self) -> float | None:
        """Return the seconds until the job is given up; None: it is not, also once its provider has finished it."""
        if self.job.deadline is None or self.step is Step.COLLECT:
            return None
        return (self.job.deadline - self.ports.now()).total_seconds()
