"""The queue as the rows hold it. Only the heads of the lines are read, however many jobs wait behind them."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from video_gen.engine.admission import Lane, Queued
from video_gen.engine.schema import jobs
from video_gen.spec.job import Status

HEADS: Final = 100
"""Jobs of one owner, provider and priority that are read at once; more are found at the next look."""

_QUEUED: Final = jobs.c.status == Status.QUEUED.value
_OWNER: Final = sa.null().label("owner")
_PROVIDERS: Final = sa.select(jobs.c.provider).where(_QUEUED).distinct()


def heads(connection: sa.Connection, free: Callable[[str], int], besides: frozenset[str]) -> Sequence[Queued]:
    """Return the jobs from which `admission.admit` chooses: the first of each owner, provider and priority.

    Args:
        connection: Inside a transaction.
        free: How many more jobs of a provider may start; one that has no room is not asked about.
        besides: Jobs that are taken care of though their rows still say they wait.
    """
    found: list[Queued] = []
    for provider in connection.execute(_PROVIDERS).scalars().all():
        count = min(free(provider), HEADS)
        if count > 0:
            found += _heads(connection, provider, count + len(besides))
    return [job for job in found if job.job_id not in besides]


def _heads(connection: sa.Connection, provider: str, count: int) -> list[Queued]:
    lined_up = (
        sa.select(
            jobs.c.id,
            _OWNER,
            jobs.c.priority,
            jobs.c.seq,
            jobs.c.created_at,
            sa.func.row_number().over(partition_by=[_OWNER, jobs.c.priority], order_by=jobs.c.seq).label("place"),
        )
        .where(_QUEUED, jobs.c.provider == provider)
        .subquery()
    )
    rows = connection.execute(sa.select(lined_up).where(lined_up.c.place <= count)).mappings()
    return [_queued(row, provider) for row in rows]


def _queued(row: Any, provider: str) -> Queued:
    return Queued(
        job_id=row["id"],
        lane=Lane(provider, row["owner"]),
        priority=row["priority"],
        seq=row["seq"],
        since=row["created_at"],
    )
