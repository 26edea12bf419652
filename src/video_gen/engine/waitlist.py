"""What the rows ask an engine to look after. Of the queue only the heads are read, however many jobs wait behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from video_gen.engine.admission import Lane, Queued
from video_gen.engine.schema import api_keys, jobs
from video_gen.spec.job import Status

HEADS: Final = 100
"""Jobs of one owner, provider and priority that are read at once; more are found at the next look."""

_QUEUED: Final = jobs.c.status == Status.QUEUED.value
_CANCELS: Final = sa.select(jobs.c.id).where(
    jobs.c.status == Status.RUNNING.value, jobs.c.cancel_requested.is_(sa.true())
)
_HEARD: Final = sa.select(jobs.c.id).where(jobs.c.status == Status.RUNNING.value, jobs.c.heard.is_(sa.true()))
_OVERDUE: Final = sa.select(jobs.c.id, jobs.c.provider, jobs.c.owner).where(
    _QUEUED, jobs.c.deadline <= sa.bindparam("now")
)
_DEADLINE: Final = sa.select(sa.func.min(jobs.c.deadline)).where(_QUEUED, jobs.c.deadline > sa.bindparam("now"))
_PROVIDERS: Final = sa.select(jobs.c.provider).where(_QUEUED).distinct()


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """What an engine has to look after."""

    cancels: Sequence[str]
    """Running jobs whose callers want them stopped."""
    heard: frozenset[str]
    """Running jobs whose providers, or somebody who knows their addresses, say that there is news."""
    overdue: Sequence[tuple[str, Lane]]
    """Queued jobs whose time is over: each is started, limits or not, and ends itself."""
    deadline: datetime | None
    """When the next queued job's time will be over."""
    owner_limits: Mapping[str, int]
    """How many jobs of an owner may be under way, for those who have a limit and jobs that wait."""
    queued: Sequence[Queued]
    """Jobs from which `admission.admit` chooses: the first of each owner, provider and priority."""


def attention(
    connection: sa.Connection, free: Callable[[str], int], *, now: datetime, besides: frozenset[str]
) -> Attention:
    """Return what an engine has to look after.

    Args:
        connection: Inside a transaction.
        free: How many more jobs of a provider may start; one that has no room is not asked about.
        now: The time.
        besides: Jobs that are taken care of though their rows still say they wait.
    """
    queued = heads(connection, free, besides)
    return Attention(
        cancels=cancels(connection),
        heard=heard(connection),
        overdue=[(job_id, lane) for job_id, lane in overdue(connection, now) if job_id not in besides],
        deadline=connection.execute(_DEADLINE, {"now": now}).scalar(),
        owner_limits=owner_limits(connection, queued),
        queued=queued,
    )


def cancels(connection: sa.Connection) -> Sequence[str]:
    """Return the running jobs whose callers want them stopped."""
    return connection.execute(_CANCELS).scalars().all()


def heard(connection: sa.Connection) -> frozenset[str]:
    """Return the running jobs that there may be news of."""
    return frozenset(connection.execute(_HEARD).scalars())


def overdue(connection: sa.Connection, now: datetime) -> Sequence[tuple[str, Lane]]:
    """Return the queued jobs whose time is over."""
    rows = connection.execute(_OVERDUE, {"now": now})
    return [(job_id, Lane(provider, owner)) for job_id, provider, owner in rows]


def owner_limits(connection: sa.Connection, queued: Sequence[Queued]) -> Mapping[str, int]:
    """Return how many jobs may be under way at once of each owner who has jobs that wait, and a limit."""
    owners = {job.lane.owner for job in queued} - {None}
    found = sa.select(api_keys.c.id, api_keys.c.max_concurrent).where(
        api_keys.c.id.in_(owners), api_keys.c.max_concurrent.is_not(None)
    )
    return {row.id: row.max_concurrent for row in connection.execute(found)} if owners else {}


def heads(connection: sa.Connection, free: Callable[[str], int], besides: frozenset[str]) -> Sequence[Queued]:
    """Return the jobs from which `admission.admit` chooses; see `attention`."""
    found: list[Queued] = []
    for provider in connection.execute(_PROVIDERS).scalars().all():
        count = min(free(provider), HEADS)
        if count > 0:
            found += _heads_at(connection, provider, count + len(besides))
    return [job for job in found if job.job_id not in besides]


def _heads_at(connection: sa.Connection, provider: str, count: int) -> list[Queued]:
    # All that the inner part needs is in an index; the rows themselves are long, and only those of the heads are read.
    place = sa.func.row_number().over(partition_by=[jobs.c.owner, jobs.c.priority], order_by=jobs.c.seq)
    lined_up = sa.select(jobs.c.seq, place.label("place")).where(_QUEUED, jobs.c.provider == provider).subquery()
    first = sa.select(lined_up.c.seq).where(lined_up.c.place <= count)
    columns = (jobs.c.id, jobs.c.owner, jobs.c.priority, jobs.c.seq, jobs.c.created_at)
    rows = connection.execute(sa.select(*columns).where(jobs.c.seq.in_(first))).mappings()
    return [_queued(row, provider) for row in rows]


def _queued(row: Any, provider: str) -> Queued:
    return Queued(
        job_id=row["id"],
        lane=Lane(provider, row["owner"]),
        priority=row["priority"],
        seq=row["seq"],
        since=row["created_at"],
    )
