"""What one run of a job may do to its rows. Every write is fenced: a run that was displaced changes nothing.

The functions here run inside a transaction; `store.py` opens it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from video_gen.engine import lifecycle, rows
from video_gen.engine.ledger import Entry
from video_gen.engine.rows import Note
from video_gen.engine.schema import artifacts, attempts, events, jobs, ledger
from video_gen.exceptions import JobNotFoundError
from video_gen.spec.job import Artifact, Attempt, Job, Status


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


def store_record(connection: sa.Connection, record: Record) -> bool:
    """Store a step; return whether the caller has asked the job to stop.

    Raises:
        DisplacedError: the job's epoch is another one.
    """
    job = record.job
    wish = connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job.id, jobs.c.epoch == job.epoch, jobs.c.status == Status.RUNNING)
        .values(rows.job_row(job) | ({"provider": record.attempt.plan.provider} if record.attempt else {}))
        .returning(jobs.c.cancel_requested)
    ).scalar_one_or_none()
    if wish is None:
        raise DisplacedError(job.id)
    if record.attempt is not None:
        put_attempt(connection, record.attempt)
    if record.artifacts:
        connection.execute(sa.insert(artifacts), [rows.artifact_row(each) for each in record.artifacts])
    for entry in record.entries:
        book(connection, entry)
    append(connection, job.id, record.notes, record.at)
    return bool(wish)


def claim(connection: sa.Connection, job_id: str, at: datetime) -> tuple[Job, list[Attempt]] | None:
    """Begin a new run of a job; None when it has ended or is gone. Older runs can write no more."""
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id).with_for_update()).mappings().one_or_none()
    if row is None:
        return None
    job, tried = rows.job_of(row), attempts_of(connection, job_id)
    if job.status.terminal:
        return None
    job = lifecycle.claimed(job, tried, at)
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(rows.job_row(job) | {"epoch": job.epoch}))
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
    for job in steps:
        connection.execute(
            sa.update(jobs)
            .where(jobs.c.id == job.id, jobs.c.epoch == job.epoch, jobs.c.status == Status.RUNNING)
            .values(progress=job.progress, phase=job.phase.value if job.phase else None, updated_at=job.updated_at)
        )


def put_attempt(connection: sa.Connection, attempt: Attempt) -> None:
    """Store an attempt, new or changed."""
    columns = rows.attempt_row(attempt)
    changed = connection.execute(sa.update(attempts).where(attempts.c.id == attempt.id).values(columns))
    if not changed.rowcount:
        connection.execute(sa.insert(attempts).values(columns))


def attempts_of(connection: sa.Connection, job_id: str) -> list[Attempt]:
    """Return a job's attempts, oldest first."""
    query = sa.select(attempts).where(attempts.c.job_id == job_id).order_by(attempts.c.number)
    return [rows.attempt_of(row) for row in rows.mappings(connection, query)]


def book(connection: sa.Connection, entry: Entry) -> bool:
    """Book an entry; False when its leg stands already, which changes nothing."""
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(ledger).values(rows.entry_row(entry)))
    except IntegrityError:
        return False
    return True


def append(connection: sa.Connection, job_id: str, notes: Sequence[Note], at: datetime) -> None:
    """Append events to a job's history."""
    if notes:
        connection.execute(sa.insert(events), [rows.event_row(job_id, note, at) for note in notes])


def job_for_update(connection: sa.Connection, job_id: str) -> Job:
    """Return a job, its row kept from other writers until the transaction ends.

    Raises:
        JobNotFoundError: there is none.
    """
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id).with_for_update()).mappings().one_or_none()
    if row is None:
        raise JobNotFoundError(f"there is no job `{job_id}`: `video-gen jobs list` shows all")
    return rows.job_of(row)
