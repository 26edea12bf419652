"""How each model has been doing lately, read from the attempts: every process that opens the store sees the same."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

import sqlalchemy as sa

from video_gen.engine.breaker import FAILURES, REST_CAP
from video_gen.engine.faults import class_of
from video_gen.engine.schema import attempts
from video_gen.exceptions import ApiRequestError, ContentPolicyError, ServiceUnavailableError
from video_gen.spec.health import Health
from video_gen.spec.job import AttemptState, ErrorFacts

RECENT: Final = timedelta(hours=1)
"""How far back failures count: an outage of this morning says nothing of now."""
ENOUGH: Final = 5
"""Jobs of a model that say how long the next will take."""
LOOKED_AT: Final = 2000
"""Attempts that are read, the newest: the same few milliseconds however many there were."""
_OF_A_MODEL: Final = ENOUGH * 4

_NEWEST: Final = (
    sa.select(attempts.c.model, attempts.c.state, attempts.c.submitted_at, attempts.c.ended_at, attempts.c.error)
    .where(attempts.c.ended_at.is_not(None))
    .order_by(attempts.c.ended_at.desc())
    .limit(LOOKED_AT)
)


def health(connection: sa.Connection, now: datetime) -> dict[str, Health]:
    """Return how each model has been doing that was used lately, by its id."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(_NEWEST):
        found[row.model].append(row)
    known: dict[str, Health] = {}
    for model, ended in found.items():
        recent = [row for row in ended if row.ended_at >= now - RECENT and row.state != AttemptState.CANCELLED.value]
        took = [
            (row.ended_at - row.submitted_at).total_seconds()
            for row in ended
            if row.state == AttemptState.SUCCEEDED.value and row.submitted_at is not None
        ]
        known[model] = Health(
            state="down" if _seems_down(recent, now) else "up",
            submits=len(recent),
            failed=sum(_is_trouble(row.error) for row in recent),
            usual_seconds=_usual(took[:_OF_A_MODEL]),
        )
    return known


def _seems_down(newest: Sequence[Any], now: datetime) -> bool:
    """Whether the process that runs the jobs holds submits back: its breaker opens by the same failures in a row."""
    last = newest[:FAILURES]
    if len(last) < FAILURES or last[0].ended_at < now - timedelta(seconds=REST_CAP):
        return False
    return all(row.error is not None and row.error.code == ServiceUnavailableError.code for row in last)


def usual_seconds(connection: sa.Connection, model: str) -> float | None:
    """Return how long the last jobs of a model took at its provider, by their median; None where too few did."""
    ended = (
        sa.select(attempts.c.submitted_at, attempts.c.ended_at)
        .where(attempts.c.model == model, attempts.c.state == AttemptState.SUCCEEDED.value)
        .order_by(attempts.c.ended_at.desc())
        .limit(_OF_A_MODEL)
    )
    return _usual([(row.ended_at - row.submitted_at).total_seconds() for row in connection.execute(ended)])


def _usual(took: Sequence[float]) -> float | None:
    return median(took) if len(took) >= ENOUGH else None


def with_breaker(known: Mapping[str, Health], wait: Callable[[str], float]) -> dict[str, Health]:
    """Return the same with the models said to be down to which submits are held back just now."""
    return {
        model: each.model_copy(update={"state": "down"}) if wait(model) > 0 else each for model, each in known.items()
    }


def _is_trouble(error: ErrorFacts | None) -> bool:
    """Whether an attempt ended by the provider's fault: a refused prompt or a wrong request is none."""
    if error is None:
        return False
    kind = class_of(error.code)
    return issubclass(kind, ApiRequestError) and not issubclass(kind, ContentPolicyError)
