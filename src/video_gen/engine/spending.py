"""What was spent and is held, by day, provider and model."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Final, Literal

import sqlalchemy as sa

from video_gen.engine.ownership import EVERYONE, Whose, belongs_to
from video_gen.engine.schema import ledger
from video_gen.spec.value import Value

Grouping = Literal["day", "provider", "model"]


class Leg(Value):
    """One line of the ledger, as far as it matters here."""

    at: datetime
    provider: str
    model: str
    owner: str | None = None
    attempt_id: str
    held: int
    spent: int


_SINCE: Final = (
    sa.select(*(ledger.c[name] for name in Leg.model_fields))
    .where(ledger.c.at >= sa.bindparam("since"))
    .order_by(ledger.c.seq)
)


class Spending(Value):
    """What belongs together, in micro-USD."""

    name: str
    """The day (ISO), the provider or the model."""
    attempts: int
    """Submits that were intended."""
    spent: int
    held: int
    """Reserved for what has not ended, or whose outcome nobody knows."""


def legs_since(connection: sa.Connection, since: datetime, whose: Whose = EVERYONE) -> list[Leg]:
    """Return the ledger's lines from a moment on, oldest first."""
    query = _SINCE.where(belongs_to(ledger, whose))
    return [Leg(**row) for row in connection.execute(query, {"since": since}).mappings()]


def grouped(legs: Iterable[Leg], by: Grouping, *, zone: tzinfo | None = None) -> Sequence[Spending]:
    """Add lines up; days in order, the others with the dearest first.

    Args:
        legs: The lines.
        by: What belongs together.
        zone: Where a day begins; None: the machine's own.
    """
    groups: dict[str, list[Leg]] = defaultdict(list)
    for leg in legs:
        groups[_name(leg, by, zone)].append(leg)
    found = [
        Spending(
            name=name,
            attempts=len({leg.attempt_id for leg in group}),
            spent=sum(leg.spent for leg in group),
            held=sum(leg.held for leg in group),
        )
        for name, group in groups.items()
    ]
    return sorted(found, key=lambda each: each.name if by == "day" else (-each.spent, each.name))


def _name(leg: Leg, by: Grouping, zone: tzinfo | None) -> str:
    if by == "day":
        day: date = leg.at.astimezone(zone).date()
        return day.isoformat()
    return leg.provider if by == "provider" else leg.model
