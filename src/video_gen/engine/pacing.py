"""How many submits a minute a provider takes, held by the ledger: its lines are the submits of every process.

A submit is counted when its price is reserved, in the same transaction. So the count survives a restart, holds over
machines, and any minute has at most so many. A submit that is sent again is not counted twice.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa

from video_gen.engine.exclusion import one_at_a_time
from video_gen.engine.schema import ledger

MINUTE: Final = timedelta(minutes=1)


class Pace(NamedTuple):
    """What a provider takes."""

    provider: str
    submits_per_minute: int


class PacedError(Exception):
    """The provider takes no more just now; says for how many seconds."""

    def __init__(self, seconds: float) -> None:
        """Keep the seconds."""
        super().__init__(seconds)
        self.seconds = seconds


def check_pace(connection: sa.Connection, pace: Pace, now: datetime) -> None:
    """Refuse a submit that would be one too many in a minute; nobody else counts until the transaction ends.

    Raises:
        PacedError: says how long to wait.
    """
    one_at_a_time(connection, "pace", pace.provider)
    first_of_them = (
        sa.select(ledger.c.at)
        .where(ledger.c.at > now - MINUTE, ledger.c.provider == pace.provider, ledger.c.leg == "open")
        .order_by(ledger.c.at.desc())
        .offset(pace.submits_per_minute - 1)
        .limit(1)
    )
    at: datetime | None = connection.execute(first_of_them).scalar()
    if at is not None:
        raise PacedError((at + MINUTE - now).total_seconds())
