"""How many jobs start before one that waits: told by the same rule that starts them, as far as it can be told.

Who was served last, and who comes in later with a higher priority, is not in the rows: so it is about so many.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from video_gen.engine import waitlist
from video_gen.engine.admission import Lane, Limits, admit
from video_gen.engine.schema import jobs
from video_gen.spec.job import Status

_UNDER_WAY: Final = (
    sa.select(jobs.c.provider, jobs.c.owner, sa.func.count())
    .where(jobs.c.status == Status.RUNNING.value)
    .group_by(jobs.c.provider, jobs.c.owner)
)


def ahead(connection: sa.Connection, now: datetime) -> Mapping[str, int]:
    """Return how many jobs of its provider start before each one that waits; those far behind are not among them."""
    queued = waitlist.heads(connection, lambda _: waitlist.HEADS, frozenset())
    running = {Lane(provider, owner): count for provider, owner, count in connection.execute(_UNDER_WAY)}
    before: dict[str, int] = {}
    found: dict[str, int] = {}
    for job in admit(queued, running=running, served={}, limits=Limits(room=len(queued)), now=now):
        provider = job.lane.provider
        found[job.job_id] = before.get(provider, 0)
        before[provider] = found[job.job_id] + 1
    return found
