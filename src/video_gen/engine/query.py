"""Questions to the rows. The functions run inside a transaction and change nothing."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from video_gen.engine import lifecycle, rows
from video_gen.engine.admission import Lane
from video_gen.engine.ledger import Balance, Entry
from video_gen.engine.listing import Listing, limit_of, selected
from video_gen.engine.ownership import EVERYONE, Whose, belongs_to
from video_gen.engine.schema import artifacts, attempts, events, inputs, job_keys, jobs, ledger
from video_gen.exceptions import InvalidRequestError, JobNotFoundError
from video_gen.spec.job import Artifact, Attempt, AttemptState, Event, Job, Status
from video_gen.spec.value import Value

_NEARBY: Final = timedelta(days=1)
"""How much earlier another submit may have been for its operation to be taken for this one's."""

# Asked so often that building them anew each time would cost more than the answers.
_JOB: Final = sa.select(jobs).where(jobs.c.id == sa.bindparam("of_id"))
_OWNER: Final = sa.select(jobs.c.owner).where(jobs.c.id == sa.bindparam("of_id"))
_STATUS: Final = sa.select(jobs.c.status).where(jobs.c.id == sa.bindparam("of_id"))

_KEY: Final = sa.select(job_keys.c.sealed).where(
    job_keys.c.job_id == sa.bindparam("of_id"), job_keys.c.provider == sa.bindparam("of_provider")
)


class Page(Value):
    """Some of many jobs."""

    jobs: tuple[Job, ...]
    next: str | None = None
    """Hand it in as `after` to see more; None at the end."""


def job(connection: sa.Connection, job_id: str) -> Job:
    """Return a job with its artifacts, or raise `JobNotFoundError`."""
    row = connection.execute(_JOB, {"of_id": job_id}).mappings().one_or_none()
    if row is None:
        raise no_job(job_id)
    return rows.job_of(row, _artifacts(connection, [job_id]).get(job_id, ()))


def ended(connection: sa.Connection, job_id: str) -> bool:
    """Whether a job has ended, or raise `JobNotFoundError`."""
    status = connection.execute(_STATUS, {"of_id": job_id}).scalar_one_or_none()
    if status is None:
        raise no_job(job_id)
    return Status(status).terminal


def owner_of(connection: sa.Connection, job_id: str) -> str | None:
    """Return whose a job is, or raise `JobNotFoundError`."""
    row = connection.execute(_OWNER, {"of_id": job_id}).one_or_none()
    if row is None:
        raise no_job(job_id)
    owner: str | None = row.owner
    return owner


def id_of(connection: sa.Connection, beginning: str) -> str:
    """Return the whole id of the one job whose id begins so."""
    query = sa.select(jobs.c.id).where(jobs.c.id.startswith(beginning, autoescape=True)).order_by(jobs.c.id).limit(5)
    found: list[str] = list(connection.execute(query).scalars()) if beginning else []
    if not found:
        raise no_job(beginning)
    if beginning in found or len(found) == 1:
        return found[0]
    raise InvalidRequestError(f"`{beginning}` could be any of {', '.join(found)} ...: give more of the id")


def no_job(job_id: str) -> JobNotFoundError:
    """Return the one answer for a job that does not exist and for one that is somebody else's."""
    return JobNotFoundError(f"there is no job `{job_id}`: `video-gen jobs list` shows all")


def page(connection: sa.Connection, which: Listing) -> Page:
    """Return jobs, newest first or the other way round."""
    listed, limit = rows.mappings(connection, selected(connection, which)), limit_of(which)
    stored = _artifacts(connection, [row["id"] for row in listed[:limit]])
    return Page(
        jobs=tuple(rows.job_of(row, stored.get(row["id"], ())) for row in listed[:limit]),
        next=str(listed[limit - 1]["seq"]) if len(listed) > limit else None,
    )


def _artifacts(connection: sa.Connection, job_ids: Sequence[str]) -> dict[str, list[Artifact]]:
    query = sa.select(artifacts).where(artifacts.c.job_id.in_(job_ids)).order_by(artifacts.c.index)
    found: dict[str, list[Artifact]] = {}
    for row in rows.mappings(connection, query) if job_ids else ():
        found.setdefault(row["job_id"], []).append(rows.artifact_of(row))
    return found


def history(
    connection: sa.Connection, job_id: str | None, *, after: int, limit: int, whose: Whose = EVERYONE
) -> list[Event]:
    """Return events after a number, oldest first: of one job, or of all of an owner's."""
    query = sa.select(events).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
    if job_id is not None:
        query = query.where(events.c.job_id == job_id)
    if whose is not EVERYONE:
        query = query.join(jobs, jobs.c.id == events.c.job_id).where(belongs_to(jobs, whose))
    return [rows.event_of(row) for row in rows.mappings(connection, query)]


def touched(connection: sa.Connection, after: int | None) -> tuple[int, frozenset[str]]:
    """Return the last event's number, and the jobs of the events after a number (None: of none)."""
    last = connection.execute(sa.select(sa.func.max(events.c.seq))).scalar() or 0
    if after is None or after >= last:
        return last, frozenset()
    query = sa.select(events.c.job_id).where(events.c.seq > after, events.c.seq <= last).distinct()
    return last, frozenset(connection.execute(query).scalars())


def balance(connection: sa.Connection, job_id: str | None, whose: Whose) -> Balance:
    """Return what is held and spent."""
    query = sa.select(sa.func.sum(ledger.c.held), sa.func.sum(ledger.c.spent)).where(belongs_to(ledger, whose))
    if job_id is not None:
        query = query.where(ledger.c.job_id == job_id)
    held, spent = connection.execute(query).one()
    return Balance(held=int(held or 0), spent=int(spent or 0))


def entries(connection: sa.Connection, job_id: str) -> list[Entry]:
    """Return a job's ledger entries, oldest first."""
    query = sa.select(ledger).where(ledger.c.job_id == job_id).order_by(ledger.c.seq)
    return [rows.entry_of(row) for row in rows.mappings(connection, query)]


def delivered(connection: sa.Connection, below: str) -> frozenset[str]:
    """Return the paths of artifacts that begin with `below`."""
    query = sa.select(artifacts.c.path).where(artifacts.c.path.startswith(below, autoescape=True))
    return frozenset(connection.execute(query).scalars())


def running(connection: sa.Connection) -> list[tuple[str, Lane]]:
    """Return the running jobs with their lanes: those with an open attempt first, they may be paid."""
    opened = sa.select(attempts.c.job_id).where(attempts.c.state.in_([state.value for state in lifecycle.OPEN]))
    query = (
        sa.select(jobs.c.id, jobs.c.provider)
        .where(jobs.c.status == Status.RUNNING)
        .order_by(jobs.c.id.in_(opened).desc(), jobs.c.priority.desc(), jobs.c.seq)
    )
    return [(row["id"], Lane(row["provider"])) for row in rows.mappings(connection, query)]


def needed(connection: sa.Connection, keys: Collection[str]) -> frozenset[str]:
    """Return which idempotency keys belong to attempts that may still need their files."""
    fetchable = attempts.c.outcome.is_not(None) & attempts.c.state.in_([AttemptState.FAILED, AttemptState.CANCELLED])
    query = sa.select(attempts.c.idempotency_key).where(
        attempts.c.idempotency_key.in_(keys),
        attempts.c.state.in_([state.value for state in lifecycle.OPEN]) | fetchable,
    )
    return frozenset(connection.execute(query).scalars())


def inputs_used(connection: sa.Connection) -> frozenset[str]:
    """Return the sha256 of every media input that a job uses."""
    return frozenset(connection.execute(sa.select(inputs.c.sha256).distinct()).scalars())


def sealed_key(connection: sa.Connection, job_id: str, provider: str) -> str | None:
    """Return the sealed key that a job's caller brought for a provider; None where there is none."""
    key: str | None = connection.execute(_KEY, {"of_id": job_id, "of_provider": provider}).scalar_one_or_none()
    return key


def holds_keys(connection: sa.Connection) -> bool:
    """Whether a job has a key that its caller brought."""
    return connection.execute(sa.select(job_keys.c.job_id).limit(1)).first() is not None


def neighbours(connection: sa.Connection, attempt: Attempt) -> tuple[frozenset[str], bool]:
    """Return the ids of operations that other attempts hold, and whether one that is being sent asks for the same.

    Where one does, what the provider lists may be the other's.
    """
    others = connection.execute(
        sa.select(attempts.c.operation, attempts.c.state, attempts.c.plan).where(
            attempts.c.id != attempt.id, attempts.c.model == attempt.model, attempts.c.intent_at >= _nearby(attempt)
        )
    ).all()
    taken = frozenset(row.operation.id for row in others if row.operation is not None)
    alike = any(row.state == AttemptState.INTENT.value and row.plan.settings == attempt.plan.settings for row in others)
    return taken, alike


def _nearby(attempt: Attempt) -> datetime:
    return attempt.intent_at - _NEARBY
