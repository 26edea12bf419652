"""What may happen to a job and to an attempt, as pure functions of frozen values.

    job       queued ──> running ──> completed | failed | cancelled      (failed, cancelled ──> queued: reopened)
    attempt   intent ──> submitted ──> succeeded | failed | cancelled    (failed, cancelled ──> submitted: reopened)
                └──> rejected | unknown                     (unknown ──> submitted | rejected | failed: resolved)

Each function returns the value that follows, or raises `JobStateError` where the state does not allow it. Nothing else
in the project changes a status.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any, TypeVar

from video_gen.engine.ledger import price_to_hold
from video_gen.exceptions import JobStateError
from video_gen.spec.job import Artifact, Attempt, AttemptState, ErrorFacts, Job, Phase, Status
from video_gen.spec.operation import Done, Operation
from video_gen.spec.plan import Plan

T = TypeVar("T", Job, Attempt)

OPEN = frozenset({AttemptState.INTENT, AttemptState.SUBMITTED})
"""States of an attempt that the workflow still has to bring to an end."""


class Step(Enum):
    """What a job needs next, read from its rows alone."""

    INTEND = auto()
    """No attempt is open: choose a candidate, store the intent, submit."""
    RECONCILE = auto()
    """An intent is stored and nobody noted an answer: the submit may have been sent."""
    AWAIT = auto()
    """The provider has it: wait for the outcome."""
    COLLECT = auto()
    """The provider finished it: fetch, verify, deliver."""
    END = auto()
    """Nothing is left to do."""


def next_step(job: Job, attempts: Sequence[Attempt]) -> Step:
    """Say where a job's workflow goes on."""
    if job.status.terminal:
        return Step.END
    attempt = open_attempt(attempts)
    if attempt is None:
        return Step.INTEND
    if attempt.state is AttemptState.INTENT:
        return Step.RECONCILE
    return Step.AWAIT if attempt.outcome is None else Step.COLLECT


def open_attempt(attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the attempt that is under way; there is at most one."""
    return next((attempt for attempt in reversed(attempts) if attempt.state in OPEN), None)


def candidates_left(candidates: Sequence[Plan], attempts: Sequence[Attempt], *, retries: int) -> Sequence[Plan]:
    """Return the candidates that may still be tried, in order.

    A candidate is used up by any attempt that the provider took (accepted, failed, cancelled or of unknown outcome),
    by a final refusal, and by `retries` + 1 refusals that were worth repeating. While nobody knows what became of an
    attempt, nothing else is tried: it may be paid.
    """
    if any(attempt.state is AttemptState.UNKNOWN for attempt in attempts):
        return ()
    return [plan for plan in candidates if not _used_up(plan, attempts, retries)]


def _used_up(plan: Plan, attempts: Sequence[Attempt], retries: int) -> bool:
    own = [attempt for attempt in attempts if attempt.model == plan.model]
    refused = [attempt for attempt in own if attempt.state is AttemptState.REJECTED]
    final = any(attempt.error is None or not attempt.error.retryable for attempt in refused)
    return final or len(refused) > retries or len(refused) < len(own)


def resumable(job: Job, attempts: Sequence[Attempt]) -> bool:
    """Whether an ended job's last attempt can go on without a new submit: its video may still be had."""
    if job.status not in {Status.FAILED, Status.CANCELLED} or not attempts:
        return False
    last = attempts[-1]
    ended = last.state in {AttemptState.FAILED, AttemptState.CANCELLED}
    paid_and_unstopped = last.state is AttemptState.CANCELLED and bool(last.cost)
    return ended and last.operation is not None and (last.outcome is not None or paid_and_unstopped)


def check_retry(job: Job, attempts: Sequence[Attempt]) -> None:
    """Raise JobStateError unless the job can be tried again: it came to nothing, and certainly is not paid unseen."""
    if job.status not in {Status.FAILED, Status.CANCELLED}:
        raise JobStateError(f"job `{job.id}` is {job.status}: only a failed or cancelled job can be tried again")
    if any(attempt.state is AttemptState.UNKNOWN for attempt in attempts):
        raise JobStateError(
            f"job `{job.id}` may have been accepted and charged, so it is not sent again by itself: look it up at "
            f"`{job.plan.provider}`, then settle it with `video-gen jobs resolve {job.id}`"
        )


def needs_keys(job: Job, attempts: Sequence[Attempt]) -> bool:
    """Whether a job may still have to speak to a provider: while it runs, and where it may be reopened or resolved."""
    unknown = any(attempt.state is AttemptState.UNKNOWN for attempt in attempts)
    return not job.status.terminal or unknown or resumable(job, attempts)


# --- jobs ----------------------------------------------------------------------------------------------------------


def admitted(job: Job, at: datetime) -> Job:
    """The queued job is handed to a worker, and counts as running from here on; its first run follows."""
    if job.status is not Status.QUEUED:
        raise JobStateError(f"job `{job.id}` is {job.status}: only a queued job can be admitted")
    return _evolve(job, status=Status.RUNNING, phase=Phase.SUBMITTING, updated_at=at)


def claimed(job: Job, attempts: Sequence[Attempt], at: datetime) -> Job:
    """A new run of the job begins: its epoch rises, and writes of older runs are refused from now on."""
    _unless_ended(job, "run")
    phase = {
        Step.INTEND: Phase.SUBMITTING,
        Step.RECONCILE: Phase.RECONCILING,
        Step.AWAIT: Phase.GENERATING,
        Step.COLLECT: Phase.COLLECTING,
    }[next_step(job, attempts)]
    return _evolve(
        job,
        status=Status.RUNNING,
        phase=phase,
        epoch=job.epoch + 1,
        started_at=job.started_at or at,
        updated_at=at,
    )


def moved(job: Job, phase: Phase, at: datetime) -> Job:
    """The running job is in another phase."""
    _if_running(job, "enter a phase")
    return _evolve(job, phase=phase, updated_at=at)


def progressed(job: Job, progress: float, at: datetime) -> Job:
    """The running job came further; a step back is not shown."""
    _if_running(job, "progress")
    return _evolve(job, progress=min(1.0, max(job.progress, progress)), updated_at=at)


def charged(job: Job, attempts: Sequence[Attempt]) -> Job:
    """The job's cost is what its attempts were settled for; while none is open, its plan's price is promised."""
    waits = not any(attempt.state in {*OPEN, AttemptState.UNKNOWN} for attempt in attempts)
    planned = price_to_hold(job.plan.quote) if waits and not job.own_key else 0
    return _evolve(job, cost=sum(attempt.cost or 0 for attempt in attempts), planned=planned)


def completed(job: Job, artifacts: Sequence[Artifact], model: str, at: datetime) -> Job:
    """The job's videos are verified and stored."""
    _if_running(job, "complete")
    if not artifacts:
        raise JobStateError(f"job `{job.id}` cannot complete without a stored video")
    return _evolve(
        job,
        status=Status.COMPLETED,
        phase=None,
        progress=1.0,
        artifacts=tuple(artifacts),
        model_used=model,
        fallback_from=job.plan.instead_of or (None if model == job.plan.model else job.plan.model),
        error=None,
        ended_at=at,
        updated_at=at,
    )


def failed(job: Job, error: ErrorFacts, at: datetime) -> Job:
    """The job ends without a video."""
    _unless_ended(job, "fail")
    return _evolve(job, status=Status.FAILED, phase=None, error=error, ended_at=at, updated_at=at)


def cancelled(job: Job, error: ErrorFacts, at: datetime) -> Job:
    """The job ends because its caller asked for it."""
    _unless_ended(job, "be cancelled")
    return _evolve(
        job,
        status=Status.CANCELLED,
        phase=None,
        error=error,
        cancel_requested=True,
        ended_at=at,
        updated_at=at,
    )


def cancel_asked(job: Job, at: datetime) -> Job:
    """The caller asks the job to stop; its run does so at the next safe point."""
    _unless_ended(job, "be cancelled")
    return _evolve(job, cancel_requested=True, updated_at=at)


def reopened(job: Job, attempts: Sequence[Attempt], at: datetime) -> tuple[Job, Attempt]:
    """An ended job goes on with the attempt it ended with; nothing is submitted or charged again."""
    if not resumable(job, attempts):
        raise JobStateError(f"job `{job.id}` is {job.status} and holds nothing to go on with: retry it as a new job")
    attempt = _evolve(attempts[-1], state=AttemptState.SUBMITTED, ended_at=None, error=None)
    return _queued_again(job, [*attempts[:-1], attempt], at), attempt


def found_by_hand(job: Job, attempts: Sequence[Attempt], operation: Operation, at: datetime) -> tuple[Job, Attempt]:
    """A person found at the provider what became of a lost submit: the job goes on with it."""
    attempt = of_unknown_outcome(job, attempts)
    found = _evolve(
        attempt, state=AttemptState.SUBMITTED, operation=operation, submitted_at=at, ended_at=None, error=None
    )
    return _queued_again(job, _with(attempts, found), at), found


def never_arrived(job: Job, attempts: Sequence[Attempt], error: ErrorFacts, at: datetime) -> tuple[Job, Attempt]:
    """A person found that the provider has no such job: it cost nothing, and may be sent again."""
    attempt = of_unknown_outcome(job, attempts)
    refused = _evolve(attempt, state=AttemptState.REJECTED, error=error, cost=0, ended_at=at)
    return _queued_again(job, _with(attempts, refused), at), refused


def written_off(job: Job, attempts: Sequence[Attempt], cost: int, at: datetime) -> tuple[Job, Attempt]:
    """A person gives a lost submit up, and says what it cost; the job stays ended."""
    attempt = _evolve(of_unknown_outcome(job, attempts), state=AttemptState.FAILED, cost=cost, ended_at=at)
    return _evolve(charged(job, _with(attempts, attempt)), updated_at=at), attempt


def of_unknown_outcome(job: Job, attempts: Sequence[Attempt]) -> Attempt:
    """Return the ended job's attempt that may be paid though nobody knows."""
    found = next((attempt for attempt in attempts if attempt.state is AttemptState.UNKNOWN), None)
    if found is None or not job.status.terminal:
        raise JobStateError(f"job `{job.id}` is {job.status} and has no submit of unknown outcome: nothing to resolve")
    return found


def _with(attempts: Sequence[Attempt], changed: Attempt) -> Sequence[Attempt]:
    return [changed if each.id == changed.id else each for each in attempts]


def _queued_again(job: Job, attempts: Sequence[Attempt], at: datetime) -> Job:
    return _evolve(
        charged(job, attempts),
        status=Status.QUEUED,
        phase=None,
        error=None,
        cancel_requested=False,
        ended_at=None,
        deadline=None,  # whoever lets it go on has more patience
        updated_at=at,
    )


# --- attempts ------------------------------------------------------------------------------------------------------


def intended_again(attempt: Attempt, at: datetime) -> Attempt:
    """The submit certainly never arrived, and is about to be sent again."""
    _if_state(attempt, AttemptState.INTENT)
    return _evolve(attempt, intent_at=at)


def submitted(attempt: Attempt, operation: Operation, at: datetime) -> Attempt:
    """The provider accepted the submit."""
    _if_state(attempt, AttemptState.INTENT)
    return _evolve(attempt, state=AttemptState.SUBMITTED, operation=operation, submitted_at=at)


def rejected(attempt: Attempt, error: ErrorFacts, at: datetime) -> Attempt:
    """The provider certainly did not accept the submit; it cost nothing."""
    _if_state(attempt, AttemptState.INTENT)
    return _evolve(attempt, state=AttemptState.REJECTED, error=error, cost=0, ended_at=at)


def lost(attempt: Attempt, error: ErrorFacts, at: datetime) -> Attempt:
    """The submit was sent and nobody can tell what became of it; its cost stays open."""
    _if_state(attempt, AttemptState.INTENT)
    return _evolve(attempt, state=AttemptState.UNKNOWN, error=error, ended_at=at)


def finished(attempt: Attempt, outcome: Done) -> Attempt:
    """The provider has made the videos, or offers them at new addresses; they are still to be fetched."""
    _if_state(attempt, AttemptState.SUBMITTED)
    return _evolve(attempt, outcome=outcome)


def succeeded(attempt: Attempt, cost: int, at: datetime) -> Attempt:
    """The attempt's videos are stored."""
    _if_state(attempt, AttemptState.SUBMITTED)
    return _evolve(attempt, state=AttemptState.SUCCEEDED, cost=_settled(attempt, cost), ended_at=at)


def attempt_failed(attempt: Attempt, error: ErrorFacts, cost: int, at: datetime) -> Attempt:
    """The accepted attempt brought no usable video."""
    _if_state(attempt, AttemptState.SUBMITTED)
    return _evolve(attempt, state=AttemptState.FAILED, error=error, cost=_settled(attempt, cost), ended_at=at)


def attempt_cancelled(attempt: Attempt, error: ErrorFacts, cost: int, at: datetime) -> Attempt:
    """The accepted attempt was stopped; `cost` is what could not be saved."""
    _if_state(attempt, AttemptState.SUBMITTED)
    return _evolve(attempt, state=AttemptState.CANCELLED, error=error, cost=_settled(attempt, cost), ended_at=at)


def _settled(attempt: Attempt, cost: int) -> int:
    """Money is settled once: a reopened attempt keeps the amount it was settled for."""
    return cost if attempt.cost is None else attempt.cost


def _evolve(value: T, **changes: Any) -> T:
    return value.model_copy(update=changes)


def _unless_ended(job: Job, action: str) -> None:
    if job.status.terminal:
        raise JobStateError(f"job `{job.id}` is {job.status}: it can no longer {action}")


def _if_running(job: Job, action: str) -> None:
    if job.status is not Status.RUNNING:
        raise JobStateError(f"job `{job.id}` is {job.status}: only a running job can {action}")


def _if_state(attempt: Attempt, expected: AttemptState) -> None:
    if attempt.state is not expected:
        raise JobStateError(f"attempt `{attempt.id}` is {attempt.state}, not {expected}")
