"""What one run of a job may do to its rows. Every write is fenced: a run that was displaced changes nothing.

The functions here run inside a transaction; `store.py` opens it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from video_gen.engine import lifecycle, outbox, rows
from video_gen.engine.budget import check_reserve
from video_gen.engine.ceilings import Ceilings
from video_gen.engine.ledger import Entry, EntryKind
from video_gen.engine.pacing import Pace, check_pace
from video_gen.engine.rows import Note
from video_gen.engine.schema import artifacts, attempts, events, job_keys, jobs, ledger
from video_gen.exceptions import JobNotFoundError
from video_gen.spec.job import Artifact, Attempt, Job, Status

# Built once: with new ones for each write, building them costs more than SQLite does.
_ADD_ATTEMPT: Final = sa.insert(attempts)
_ADD_EVENT: Final = sa.insert(events)
_ADD_ARTIFACT: Final = sa.insert(artifacts)
_ADD_ENTRY: Final = sa.insert(ledger).values(
    owner=sa.select(jobs.c.owner).where(jobs.c.id == sa.bindparam("of_id")).scalar_subquery(),
    own_key=sa.exists().where(
        job_keys.c.job_id == sa.bindparam("of_id"), job_keys.c.provider == sa.bindparam("of_provider")
    ),
)
_SET_ATTEMPT: Final = sa.update(attempts).where(attempts.c.id == sa.bindparam("of_id"))
_OF_JOB: Final = jobs.c.id == sa.bindparam("of_id")
_SET_JOB: Final = sa.update(jobs).where(_OF_JOB)
_OF_RUN: Final = sa.and_(_OF_JOB, jobs.c.epoch == sa.bindparam("of_epoch"), jobs.c.status == Status.RUNNING.value)
_STEP_JOB: Final = sa.update(jobs).where(_OF_RUN).returning(jobs.c.cancel_requested)
_SHOW_JOB: Final = sa.update(jobs).where(_OF_RUN)
_DROP_KEYS: Final = sa.delete(job_keys).where(job_keys.c.job_id == sa.bindparam("of_id"))
_LOCK_JOB: Final = sa.select(jobs).where(_OF_JOB).with_for_update()
_ATTEMPTS: Final = sa.select(attempts).where(attempts.c.job_id == sa.bindparam("of_id")).order_by(attempts.c.number)


class DisplacedError(Exception):
    """A newer run of the same job has begun; this one may write no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One step of a run: stored whole, or not at all."""

    job: Job
    at: datetime
    attempt: Attempt | None = None
    notes: Sequence[Note] = ()
    entries: Sequence[Entry] = ()
    artifacts: Sequence[Artifact] = ()
    pace: Pace | None = None
    """What the provider takes, where the step is about to send it a submit."""
    drop_keys: bool = False
    """The job needs the keys its caller brought no more."""


def store_record(connection: sa.Connection, record: Record, ceilings: Ceilings) -> bool:
    """Store a step; return whether the caller has asked the job to stop.

    Raises:
        DisplacedError: the job's epoch is another one.
        PacedError: the provider takes no more just now.
        SpendLimitError: it reserves more than is left of the day.
    """
    job = record.job
    if record.pace is not None:
        check_pace(connection, record.pace, record.at)
    if record.attempt is not None and any(entry.kind is EntryKind.RESERVE for entry in record.entries):
        check_reserve(connection, record.attempt, job.owner, record.at, ceilings)
    columns = rows.job_row(job) | {"of_id": job.id, "of_epoch": job.epoch}
    if record.attempt is not None:
        columns["provider"] = record.attempt.plan.provider
    wish = connection.execute(_STEP_JOB, columns).scalar_one_or_none()
    if wish is None:
        raise DisplacedError(job.id)
    if record.attempt is not None:
        put_attempt(connection, record.attempt)
    if record.artifacts:
        connection.execute(_ADD_ARTIFACT, [rows.artifact_row(each) for each in record.artifacts])
    for entry in record.entries:
        book(connection, entry)
    if record.drop_keys:
        drop_keys(connection, job.id)
    append(connection, job.id, record.notes, record.at)
    return bool(wish)


def drop_keys(connection: sa.Connection, job_id: str) -> None:
    """Forget the keys that a job's caller brought."""
    connection.execute(_DROP_KEYS, {"of_id": job_id})


def claim(connection: sa.Connection, job_id: str, at: datetime) -> tuple[Job, list[Attempt]] | None:
    """Begin a new run of a job; None when it has ended or is gone. Older runs can write no more."""
    row = connection.execute(_LOCK_JOB, {"of_id": job_id}).mappings().one_or_none()
    if row is None:
        return None
    job, tried = rows.job_of(row), attempts_of(connection, job_id)
    if job.status.terminal:
        return None
    job = lifecycle.claimed(job, tried, at)
    set_job(connection, job, epoch=job.epoch)
    append(connection, job_id, [_beginning(job, tried)], at)
    return job, tried


_GOES_ON = {
    lifecycle.Step.INTEND: "nothing was under way at the provider",
    lifecycle.Step.RECONCILE: "a submit may have been sent, and its answer was never noted",
    lifecycle.Step.AWAIT: "the provider has it",
    lifecycle.Step.COLLECT: "the provider has finished it",
}


def _beginning(job: Job, tried: Sequence[Attempt]) -> Note:
    if job.epoch == 1:
        return Note("job.started", "Started.")
    step = lifecycle.next_step(job, tried)
    return Note("job.resumed", f"Picked up again: {_GOES_ON[step]}.", {"step": step.name.lower(), "run": job.epoch})


def show_progress(connection: sa.Connection, steps: Iterable[Job]) -> None:
    """Store how far jobs have come; a displaced run's word is passed over."""
    shown = [
        {
            "of_id": job.id,
            "of_epoch": job.epoch,
            "progress": job.progress,
            "phase": job.phase.value if job.phase else None,
            "updated_at": job.updated_at,
        }
        for job in steps
    ]
    if shown:
        connection.execute(_SHOW_JOB, shown)


def set_job(connection: sa.Connection, job: Job, **more: Any) -> None:
    """Store what may change of a job; the caller keeps other writers out."""
    connection.execute(_SET_JOB, rows.job_row(job) | more | {"of_id": job.id})


def put_attempt(connection: sa.Connection, attempt: Attempt) -> None:
    """Store an attempt, new or changed."""
    columns = rows.attempt_row(attempt)
    changed = connection.execute(_SET_ATTEMPT, columns | {"of_id": attempt.id})
    if not changed.rowcount:
        connection.execute(_ADD_ATTEMPT, columns)


def attempts_of(connection: sa.Connection, job_id: str) -> list[Attempt]:
    """Return a job's attempts, oldest first."""
    found = connection.execute(_ATTEMPTS, {"of_id": job_id}).mappings()
    return [rows.attempt_of(row) for row in found]


def book(connection: sa.Connection, entry: Entry) -> bool:
    """Book an entry; False when its leg stands already, which changes nothing."""
    try:
        with connection.begin_nested():
            connection.execute(
                _ADD_ENTRY, rows.entry_row(entry) | {"of_id": entry.job_id, "of_provider": entry.provider}
            )
    except IntegrityError:
        return False
    return True


def append(connection: sa.Connection, job_id: str, notes: Sequence[Note], at: datetime) -> None:
    """Append events to a job's history, and note who is to be told of them."""
    if notes:
        connection.execute(_ADD_EVENT, [rows.event_row(job_id, note, at) for note in notes])
        outbox.post(connection, job_id, notes, at)


def job_for_update(connection: sa.Connection, job_id: str) -> Job:
    """Return a job, its row kept from other writers until the transaction ends.

    Raises:
        JobNotFoundError: there is none.
    """
    row = connection.execute(_LOCK_JOB, {"of_id": job_id}).mappings().one_or_none()
    if row is None:
        raise JobNotFoundError(f"there is no job `{job_id}`: `video-gen jobs list` shows all")
    return rows.job_of(row)
