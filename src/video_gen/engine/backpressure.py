"""A bound on the jobs that wait: whoever would pass it hears so at once, and not after hours in a queue."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from video_gen.engine.exclusion import one_at_a_time
from video_gen.engine.policy import Bounds
from video_gen.engine.schema import jobs
from video_gen.exceptions import QueueFullError
from video_gen.spec.job import Status

SOONEST: Final = 1.0
LATEST: Final = 300.0
"""Bounds of the wait that a caller is told, in seconds."""

_QUEUED: Final = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.status == Status.QUEUED.value)
_RUNNING: Final = sa.select(sa.func.count(), sa.func.min(jobs.c.started_at)).where(
    jobs.c.status == Status.RUNNING.value
)


def check_queue(connection: sa.Connection, owner: str | None, bounds: Bounds, now: datetime) -> None:
    """Refuse a further job where too many wait; nobody else adds one until the transaction ends.

    Raises:
        QueueFullError: says how many wait, and when to try again.
    """
    one_at_a_time(connection, "queue")
    waiting = connection.execute(_QUEUED).scalar_one()
    if waiting >= bounds.total:
        raise _full(connection, now, f"{waiting} jobs wait already", f"VIDEO_GEN_MAX_QUEUED={bounds.total}")
    if owner is None:
        return
    own = connection.execute(_QUEUED.where(jobs.c.owner == owner)).scalar_one()
    if own >= bounds.per_owner:
        limit = f"VIDEO_GEN_MAX_QUEUED_PER_KEY={bounds.per_owner}"
        raise _full(connection, now, f"{own} jobs of this key wait already", limit)


def _full(connection: sa.Connection, now: datetime, waiting: str, limit: str) -> QueueFullError:
    seconds = _until_one_starts(connection, now)
    return QueueFullError(
        f"{waiting}, and no more may ({limit}): try again in about {seconds:.0f} s, cancel some, or raise the limit",
        retry_after=seconds,
    )


def _until_one_starts(connection: sa.Connection, now: datetime) -> float:
    """Return about how often a job starts, told from those that run: so many began since the oldest did."""
    running, oldest = connection.execute(_RUNNING).one()
    if not running:
        return LATEST
    spacing: float = (now - oldest).total_seconds() / running
    return min(LATEST, max(SOONEST, spacing))
