"""What workers are handed next: decided for the whole installation at once, whichever worker asks.

The functions run inside a transaction of the store, in which deliveries are added too. One process at a time decides,
so limits hold over all machines; who finds another one deciding goes away, and is told by its commit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from video_gen.engine import lifecycle, waitlist
from video_gen.engine.admission import Lane, Limits, admit
from video_gen.engine.record import job_for_update, set_job
from video_gen.engine.schema import attempts, jobs
from video_gen.spec.job import Status

Defer = Callable[[sa.Connection, Sequence[str]], None]
"""Adds deliveries of jobs, in order."""

_DISPATCHING: Final = 0x64_69_73_70  # "disp": one number for one purpose among the database's advisory locks
_RUNNING: Final = jobs.c.status == Status.RUNNING.value
_UNDER_WAY: Final = (
    sa.select(
        jobs.c.provider, jobs.c.owner, sa.func.count().label("jobs"), sa.func.max(jobs.c.started_at).label("last")
    )
    .where(_RUNNING)
    .group_by(jobs.c.provider, jobs.c.owner)
)
_HELD: Final = sa.table("procrastinate_jobs", sa.column("lock"), sa.column("queueing_lock"), sa.column("status"))
_WORKERS: Final = sa.table("procrastinate_workers", sa.column("last_heartbeat"))


def _deciding(connection: sa.Connection) -> bool:
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_DISPATCHING))).scalar())


def start_next(
    connection: sa.Connection, limits: Limits, served: Mapping[Lane, datetime], *, now: datetime, defer: Defer
) -> Sequence[Lane]:
    """Choose queued jobs that start now, and add their deliveries; return their lanes.

    They are running from here on, so that they count against the limits wherever they are. Those whose time is over
    start whatever the limits.
    """
    if not _deciding(connection):
        return ()
    rows = connection.execute(_UNDER_WAY).all()
    running = {Lane(row.provider, row.owner): row.jobs for row in rows}
    last = {Lane(row.provider, row.owner): row.last for row in rows if row.last is not None}
    used = _by_provider(running)

    def free(provider: str) -> int:
        limit = limits.provider(provider)
        return limits.room if limit is None else limit - used.get(provider, 0)

    waiting = waitlist.heads(connection, free, frozenset())
    of_owner = waitlist.owner_limits(connection, waiting)
    limits = replace(limits, owner=lambda owner: of_owner.get(owner or ""))
    chosen = admit(waiting, running=running, served={**last, **served}, limits=limits, now=now)
    late = waitlist.overdue(connection, now)  # each ends itself, and sends nothing
    started = [
        (job_id, lane)
        for job_id, lane in (*late, *((each.job_id, each.lane) for each in chosen))
        if _mark_started(connection, job_id, now)
    ]
    waiting_already = _delivered(connection, [job_id for job_id, _ in started])
    defer(connection, [job_id for job_id, _ in started if job_id not in waiting_already])
    return [lane for _, lane in started]


def _delivered(connection: sa.Connection, job_ids: Sequence[str]) -> frozenset[str]:
    """Return which jobs have a delivery left that nobody has taken: they ended before, and were opened again."""
    query = sa.select(_HELD.c.queueing_lock).where(_HELD.c.queueing_lock.in_(job_ids), _status("todo"))
    return frozenset(connection.execute(query).scalars()) if job_ids else frozenset()


def _by_provider(running: Mapping[Lane, int]) -> Mapping[str, int]:
    used: dict[str, int] = {}
    for lane, count in running.items():
        used[lane.provider] = used.get(lane.provider, 0) + count
    return used


def _mark_started(connection: sa.Connection, job_id: str, now: datetime) -> bool:
    job = job_for_update(connection, job_id)
    if job.status is not Status.QUEUED:  # cancelled since it was read
        return False
    set_job(connection, lifecycle.admitted(job, now))
    return True


def undelivered(connection: sa.Connection) -> Sequence[str]:
    """Return the running jobs that nobody delivers: those with an open attempt first, they may be paid."""
    opened = sa.select(attempts.c.job_id).where(attempts.c.state.in_([state.value for state in lifecycle.OPEN]))
    waits = sa.select(1).where(_HELD.c.queueing_lock == jobs.c.id, _status("todo")).exists()
    held = sa.select(1).where(_HELD.c.lock == jobs.c.id, _status("doing")).exists()
    query = (
        sa.select(jobs.c.id)
        .where(_RUNNING, ~waits, ~held)
        .order_by(jobs.c.id.in_(opened).desc(), jobs.c.priority.desc(), jobs.c.seq)
    )
    return connection.execute(query).scalars().all()


def deliver_again(connection: sa.Connection, defer: Defer) -> Sequence[str]:
    """Add a delivery for each running job that has none; return the jobs."""
    if not _deciding(connection):
        return ()
    found = undelivered(connection)
    defer(connection, found)
    return found


def workers(connection: sa.Connection, seconds: float) -> int:
    """Return how many workers have given a sign of life within so many seconds."""
    if not sa.inspect(connection).has_table("procrastinate_workers"):
        return 0
    since = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return connection.execute(sa.select(sa.func.count()).where(_WORKERS.c.last_heartbeat > since)).scalar_one()


def _status(name: str) -> sa.ColumnElement[bool]:
    return _HELD.c.status == sa.literal_column(f"'{name}'")
