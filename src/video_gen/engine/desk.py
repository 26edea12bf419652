"""What callers change: jobs made, cancelled, reopened and forgotten. The functions run inside a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from video_gen.engine import lifecycle, query, rows
from video_gen.engine.backpressure import check_queue
from video_gen.engine.budget import check_new
from video_gen.engine.ceilings import Ceilings
from video_gen.engine.exclusion import one_at_a_time
from video_gen.engine.faults import facts_of
from video_gen.engine.ownership import belongs_to
from video_gen.engine.policy import Bounds
from video_gen.engine.record import append, attempts_of, drop_keys, job_for_update, put_attempt, set_job
from video_gen.engine.rows import Note, Row
from video_gen.engine.schema import inputs, job_keys, jobs
from video_gen.engine.webhook_tables import webhooks
from video_gen.exceptions import JobCancelledError, JobStateError
from video_gen.spec.job import Attempt, AttemptState, Job, Status
from video_gen.spec.value import Value

_ADD_JOB: Final = sa.insert(jobs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What a new job has to meet."""

    same_since: datetime | None = None
    """Nobody has asked for the same since then, where neither request has an idempotency key; None: it is no matter."""
    bounds: Bounds | None = None
    """There is room in the queue; None: there always is."""
    ceilings: Ceilings
    """What is left of the day."""


class Deleted(Value):
    """A job that is forgotten, and what it leaves behind."""

    job: Job
    attempts: tuple[Attempt, ...]
    unused: tuple[str, ...]
    """The sha256 of each media input that no other job uses."""


def create(
    connection: sa.Connection,
    job: Job,
    request_hash: str,
    notes: Sequence[Note],
    *,
    sealed: Mapping[str, str],
    callback: Row | None,
    conditions: Conditions,
) -> Job:
    """Store a new job, or return the one that was made for the same.

    That is the one its idempotency key made; without a key, one that an identical request made lately. With the job are
    stored its caller's sealed keys, by provider, and its callback's columns.
    """
    known = _of_own_key(connection, job, request_hash) or _same(connection, job, request_hash, conditions.same_since)
    if known is not None:
        return known
    if conditions.bounds is not None:
        check_queue(connection, job.owner, conditions.bounds, job.created_at)
    check_new(connection, job, conditions.ceilings)
    try:
        with connection.begin_nested():
            connection.execute(_ADD_JOB, rows.new_job_row(job, request_hash))
    except IntegrityError:  # another process was faster, on a database that lets two write at once
        if known := _of_own_key(connection, job, request_hash):
            return known
        raise
    media = {ref.sha256 for plan in (job.plan, *job.plan.alternatives) for ref in plan.media}
    if media:
        connection.execute(sa.insert(inputs), [{"job_id": job.id, "sha256": sha256} for sha256 in sorted(media)])
    if sealed:
        keys = [{"job_id": job.id, "provider": provider, "sealed": key} for provider, key in sealed.items()]
        connection.execute(sa.insert(job_keys), keys)
    if callback is not None:  # before the first events, which it may want to be told of
        connection.execute(sa.insert(webhooks).values(callback))
    append(connection, job.id, notes, job.created_at)
    return job


def _of_own_key(connection: sa.Connection, job: Job, request_hash: str) -> Job | None:
    key = job.idempotency_key
    return None if key is None else of_key(connection, job.owner, key, request_hash)


def _same(connection: sa.Connection, job: Job, request_hash: str, since: datetime | None) -> Job | None:
    """Return the job that an identical request of the same owner made, both without an idempotency key."""
    if since is None or job.idempotency_key is not None:
        return None
    one_at_a_time(connection, "same request", job.owner, request_hash)
    found = (
        sa.select(jobs.c.id)
        .where(belongs_to(jobs, job.owner), jobs.c.request_hash == request_hash, jobs.c.idempotency_key.is_(None))
        .where(jobs.c.created_at >= since, jobs.c.status.not_in([Status.FAILED.value, Status.CANCELLED.value]))
        .order_by(jobs.c.seq.desc())
        .limit(1)
    )
    job_id = connection.execute(found).scalar_one_or_none()
    return None if job_id is None else query.job(connection, job_id)


def of_key(connection: sa.Connection, owner: str | None, key: str, request_hash: str | None) -> Job | None:
    """Return the job an owner's idempotency key made; without a hash, whatever it asks for."""
    found = sa.select(jobs.c.id, jobs.c.request_hash).where(belongs_to(jobs, owner), jobs.c.idempotency_key == key)
    row = connection.execute(found).one_or_none()
    if row is None:
        return None
    if request_hash is not None and row.request_hash != request_hash:
        raise JobStateError(
            f"the idempotency key `{key}` was used for another request (job `{row.id}`): "
            "send the same request again, or take a new key"
        )
    return query.job(connection, row.id)


def cancel(connection: sa.Connection, job_id: str, at: datetime) -> Job:
    """Cancel a queued job at once; ask a running one to stop."""
    job = job_for_update(connection, job_id)
    tried = attempts_of(connection, job_id)
    if job.status is Status.QUEUED and lifecycle.open_attempt(tried) is None:
        message = f"job `{job_id}` was cancelled before anything was sent; nothing was spent"
        job = lifecycle.cancelled(job, facts_of(JobCancelledError(message)), at)
        note = Note("job.cancelled", "Cancelled before anything was sent.")
        drop_keys(connection, job_id)
    else:
        job = lifecycle.cancel_asked(job, at)
        note = Note("cancel.requested", "Asked to stop.")
    set_job(connection, job, cancel_requested=True)
    append(connection, job_id, [note], at)
    return job


def reopen(connection: sa.Connection, job_id: str, at: datetime) -> Job:
    """Queue an ended job again, with the attempt it ended with."""
    job, attempt = lifecycle.reopened(job_for_update(connection, job_id), attempts_of(connection, job_id), at)
    put_attempt(connection, attempt)
    set_job(connection, job, cancel_requested=False)
    note = Note("job.reopened", "Goes on with what the provider already made; nothing is submitted or charged again.")
    append(connection, job_id, [note], at)
    return job


def move(connection: sa.Connection, job_id: str, out: str, at: datetime) -> Job:
    """Have the video of a job that is not completed go elsewhere; nothing that stands there is replaced."""
    job = job_for_update(connection, job_id)
    if job.status is Status.COMPLETED:
        raise JobStateError(f"job `{job_id}` is completed: `video-gen jobs fetch {job_id} --out FILE` copies its video")
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(out=out, overwrite=False))
    append(connection, job_id, [Note("job.moved", f"Its video goes to {out}.")], at)
    return query.job(connection, job_id)


def delete(connection: sa.Connection, job_id: str) -> Deleted:
    """Remove an ended job and what hangs on it; the ledger stays."""
    job_for_update(connection, job_id)
    job, tried = query.job(connection, job_id), attempts_of(connection, job_id)
    if not job.status.terminal:
        raise JobStateError(f"job `{job_id}` is {job.status}: cancel it before deleting it")
    if any(attempt.state is AttemptState.UNKNOWN for attempt in tried):
        raise JobStateError(
            f"job `{job_id}` may be paid: its submit was sent and the answer lost. It is kept, with the money held "
            f"for it, until that is settled: `video-gen jobs resolve {job_id}`"
        )
    used = connection.execute(sa.select(inputs.c.sha256).where(inputs.c.job_id == job_id)).scalars().all()
    connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))
    shared = connection.execute(sa.select(inputs.c.sha256).where(inputs.c.sha256.in_(used))).scalars().all()
    return Deleted(job=job, attempts=tuple(tried), unused=tuple(sorted(set(used) - set(shared))))
