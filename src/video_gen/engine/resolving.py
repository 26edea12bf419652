"""What a person decides about a job that has ended: what became of a lost submit, and to try again.

The functions run inside a transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from video_gen.engine import ledger, lifecycle
from video_gen.engine.faults import facts_of
from video_gen.engine.record import append, attempts_of, book, drop_keys, job_for_update, put_attempt, set_job
from video_gen.engine.rows import Note
from video_gen.exceptions import ServiceUnavailableError
from video_gen.spec import Attempt, Job, Operation, usd


@dataclass(frozen=True, slots=True)
class Adopt:
    """The provider has the job: go on with it."""

    operation_of: Callable[[Attempt], Operation]
    """Makes the handle by which the provider knows the lost attempt."""


@dataclass(frozen=True, slots=True)
class Resubmit:
    """The provider does not have it: send it again."""


@dataclass(frozen=True, slots=True)
class WriteOff:
    """Give it up."""

    cost: int | None = None
    """What it cost, in micro-USD; None: all that is held for it."""


Decision = Adopt | Resubmit | WriteOff


class Retry(NamedTuple):
    """What became of a retry."""

    job: Job
    resumed: bool
    """The same job goes on with what the provider already made. False: a new job was made, and costs anew."""


def resolve(connection: sa.Connection, job_id: str, decision: Decision, at: datetime) -> Job:
    """Settle an attempt of unknown outcome as a person decided.

    Raises:
        JobNotFoundError: there is no such job.
        JobStateError: it has no such attempt.
    """
    job, tried = job_for_update(connection, job_id), attempts_of(connection, job_id)
    job, attempt, note = _decided(job, tried, decision, at)
    put_attempt(connection, attempt)
    if attempt.cost is not None:
        book(connection, ledger.settle(attempt, at))
    set_job(connection, job, cancel_requested=job.cancel_requested)
    if job.status.terminal:
        drop_keys(connection, job_id)
    append(connection, job_id, [note], at)
    return job


def _decided(job: Job, tried: list[Attempt], decision: Decision, at: datetime) -> tuple[Job, Attempt, Note]:
    lost = lifecycle.of_unknown_outcome(job, tried)
    data = {"attempt": lost.id}
    match decision:
        case Adopt(operation_of):
            operation = operation_of(lost)
            job, attempt = lifecycle.found_by_hand(job, tried, operation, at)
            return job, attempt, Note("attempt.adopted", f"Found at the provider by hand: {operation.id}.", data)
        case Resubmit():
            words = f"`{lost.plan.provider}` never received it, as was found by hand"
            error = facts_of(ServiceUnavailableError(words, provider=lost.plan.provider))
            job, attempt = lifecycle.never_arrived(job, tried, error, at)
            return job, attempt, Note("attempt.not_found", f"Not at the provider, as was found by hand: {_FREE}", data)
        case WriteOff(cost):
            spent = lost.reserved if cost is None else cost
            job, attempt = lifecycle.written_off(job, tried, spent, at)
            return (
                job,
                attempt,
                Note("attempt.written_off", f"Given up by hand: {usd(spent)} are booked as spent.", data),
            )


_FREE = "nothing is booked for it, and it is sent again."
