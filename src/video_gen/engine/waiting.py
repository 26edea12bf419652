"""Waiting for a provider, as long as it takes."""

import logging

from video_gen.engine import lifecycle
from video_gen.engine.faults import facts, words_of
from video_gen.engine.poller import Verdict
from video_gen.engine.rows import Note
from video_gen.engine.run import Run
from video_gen.exceptions import DeadlineExceededError, ServiceUnavailableError, VideoGenerationError
from video_gen.spec import Attempt, Done, Failed, Operation, Outcome, Pending, Phase, usd

_log = logging.getLogger(__name__)
_NEARLY = 0.8
"""Share of the usual time before which asking is mostly in vain."""


async def wait(run: Run) -> None:
    """Wait for the outcome of the attempt under way, and store it."""
    asking = _Asking(run, await _usual(run))
    try:
        async with run.stoppable():
            verdict = await run.ports.poller.wait(run.job.id, run.provider.id, asking.ask, first=asking.first())
    except DeadlineExceededError:
        last = await asking.ask()  # it may be finished: then nothing needs to be given up
        if not isinstance(last, Done | Failed):
            raise
        verdict = last
    if isinstance(verdict, Done):
        await _finished(run, verdict)
    else:
        await _failed(run, verdict)


async def _usual(run: Run) -> float | None:
    """Return how long jobs of this model take: as measured here, or else as the catalog says."""
    plan = run.attempt.plan
    return await run.ports.store.usual_seconds(plan.model) or plan.usual_seconds


class _Asking:
    """Asks for one attempt, and decides how soon to ask again."""

    def __init__(self, run: Run, usual: float | None) -> None:
        self._run = run
        self._usual = usual
        self._interval: float | None = None
        self._trouble = False
        self._said_late = False
        self._refused_to_stop = False

    @property
    def _operation(self) -> Operation:
        operation = self._run.attempt.operation
        assert operation is not None
        return operation

    def first(self) -> float:
        """Return the wait before the first question: none when the provider had the job before this run began."""
        if self._run.sends == 0:
            return 0.0
        return self._wait(self._operation.retry_after)

    async def ask(self) -> Verdict | float:
        """Ask once. No error here is the job's: it only means that nothing was learned."""
        run = self._run
        try:
            outcome: Outcome = await run.drive(run.protocol.poll(self._operation, run.context))
        except VideoGenerationError as error:
            return await self._troubled(words_of(error), error.retry_after)
        except Exception as error:  # noqa: BLE001 (a fault of ours is no reason to lose a paid job)
            _log.exception("job %s: asking for it failed", run.job.id)
            return await self._troubled(words_of(error), None)
        if self._trouble:
            self._trouble = False
            await run.record(Note("poll.recovered", f"{run.provider.title} answers again."))
        if isinstance(outcome, Pending):
            if outcome.progress is not None:
                run.show(progress=outcome.progress)
            if outcome.queued and self._waited_too_long() and await self._taken_back():
                return self._too_long
            return await self._again(outcome.retry_after)
        return outcome

    async def _troubled(self, message: str, hint: float | None) -> float:
        if not self._trouble:
            self._trouble = True
            note = Note("poll.troubled", f"Asking how it stands failed; it goes on being asked for: {message}")
            await self._run.record(note)
        return await self._again(hint)

    async def _again(self, hint: float | None) -> float:
        if self._late() and not self._said_late:
            self._said_late = True
            after = self._run.ports.policy.late_after
            note = Note("job.late", f"Takes longer than {after / 60:g} min; it is still waited for, more patiently.")
            await self._run.record(note)
        return self._wait(hint)

    def _waited_too_long(self) -> bool:
        """Whether it has stood in the queue longer than its caller allows, and another model may be tried."""
        patience = self._run.job.request.queue_timeout
        if patience is None or self._refused_to_stop or self._age() <= patience:
            return False
        return any(plan.model != self._run.attempt.model for plan in self._run.next_candidates())

    async def _taken_back(self) -> bool:
        run = self._run
        try:
            stopped = await run.drive(run.protocol.cancel(self._operation, run.context))
        except VideoGenerationError as error:
            _log.warning("job %s: it could not be taken out of the queue: %s", run.job.id, error)
            stopped = False
        if not stopped:
            self._refused_to_stop = True
            words = f"{run.provider.title} does not let it out of its queue: it is waited for."
            await run.record(Note("queue.kept", words))
        return stopped

    @property
    def _too_long(self) -> Failed:
        waited = f"waited more than {self._run.job.request.queue_timeout:g} s in its queue and was taken back."
        return Failed(code=ServiceUnavailableError.code, message=waited, charged=False, cost=0)

    def _wait(self, hint: float | None) -> float:
        ports = self._run.ports
        due = None if self._usual is None else _NEARLY * self._usual - self._age()
        wait_s = ports.policy.poll_after(self._interval, hint=hint, late=self._late(), due=due)
        self._interval = None if due is not None and due > 0 else wait_s
        return wait_s * (1 + ports.policy.poll_jitter * ports.random())

    def _late(self) -> bool:
        return self._age() > self._run.ports.policy.late_after

    def _age(self) -> float:
        since = self._run.attempt.submitted_at
        assert since is not None
        return (self._run.ports.now() - since).total_seconds()


async def _finished(run: Run, done: Done) -> None:
    count = len(done.outputs)
    note = Note(
        "attempt.finished",
        f"{run.provider.title} has finished {'it' if count == 1 else f'{count} videos'}: fetching.",
        {"outputs": count, "cost": done.cost},
    )
    await run.record(
        note,
        job=lifecycle.moved(run.job, Phase.COLLECTING, run.ports.now()),
        attempt=lifecycle.finished(run.attempt, done),
    )


async def _failed(run: Run, verdict: Failed) -> None:
    cost, why = _price_of_failure(verdict, run.attempt)
    error = facts(verdict.code, verdict.message, run.provider.id)
    attempt = lifecycle.attempt_failed(run.attempt, error, cost, run.ports.now())
    note = Note(
        "attempt.failed",
        f"{run.provider.title} failed it: {verdict.message} Cost: {usd(cost)}{why}.",
        {"code": error.code, "cost": cost},
    )
    await run.end_attempt(attempt, note)


def _price_of_failure(verdict: Failed, attempt: Attempt) -> tuple[int, str]:
    if verdict.cost is not None:
        return verdict.cost, ""
    if verdict.charged is False:
        return 0, ""
    unsure = "" if verdict.charged else ", booked in full as it does not say whether it charges"
    return attempt.reserved, unsure if attempt.reserved else ""
