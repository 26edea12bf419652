"""What was spent and is held, by UTC day, provider, model or key; added up by the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from video_gen.engine.ownership import EVERYONE, Whose, belongs_to
from video_gen.engine.schema import ledger
from video_gen.spec.value import Value

Grouping = Literal["day", "provider", "model", "key"]


class _UtcDay(GenericFunction[str]):
    """The UTC day of a moment, like 2026-11-21."""

    name = "utc_day"
    inherit_cache = True
    type = sa.String()


@compiles(_UtcDay, "sqlite")
def _in_sqlite(element: _UtcDay, compiler: SQLCompiler, **words: Any) -> str:
    # Moments rest there as texts in UTC; its functions for dates would round the last half millisecond up.
    return f"substr({compiler.process(element.clauses, **words)}, 1, 10)"


@compiles(_UtcDay, "postgresql")
def _in_postgresql(element: _UtcDay, compiler: SQLCompiler, **words: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **words)} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


_GROUPS: Final[Mapping[Grouping, sa.ColumnElement[Any]]] = {
    "day": _UtcDay(ledger.c.at),
    "provider": ledger.c.provider,
    "model": ledger.c.model,
    "key": sa.func.coalesce(ledger.c.owner, ""),
}


class Spending(Value):
    """What belongs together, in micro-USD."""

    name: str
    """The UTC day (ISO), the provider, the model, or the key's id; empty where the installation itself asked."""
    attempts: int
    """Submits that were intended."""
    spent: int
    held: int
    """Reserved for what has not ended, or whose outcome nobody knows."""


def spending(connection: sa.Connection, since: datetime, by: Grouping, whose: Whose = EVERYONE) -> list[Spending]:
    """Return what was booked from a moment on; days in order, the others with the dearest first."""
    group = _GROUPS[by].label("name")
    query = (
        sa.select(
            group,
            sa.func.count(ledger.c.attempt_id.distinct()).label("attempts"),
            sa.func.sum(ledger.c.spent).label("spent"),
            sa.func.sum(ledger.c.held).label("held"),
        )
        .where(ledger.c.at >= since, belongs_to(ledger, whose))
        .group_by(group)
    )
    found = [
        Spending(name=row.name, attempts=row.attempts, spent=int(row.spent), held=int(row.held))
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda each: each.name if by == "day" else (-each.spent, -each.held, each.name))
