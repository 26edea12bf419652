"""Keeps the ceilings of a day where rows are written. The functions run inside the transaction that they guard."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from video_gen.engine.ceilings import Ceilings, Standing, check_count, check_money, day_start
from video_gen.engine.exclusion import one_at_a_time
from video_gen.engine.ownership import EVERYONE, Whose, belongs_to
from video_gen.engine.schema import api_keys, job_keys, jobs, ledger
from video_gen.spec import Attempt, Job, Status

_UNFINISHED: Final = (Status.QUEUED.value, Status.RUNNING.value)
_LIMITS: Final = sa.select(api_keys.c.name, api_keys.c.max_cost_per_day, api_keys.c.max_jobs_per_day).where(
    api_keys.c.id == sa.bindparam("of_id")
)


def check_new(connection: sa.Connection, job: Job, ceilings: Ceilings) -> None:
    """Refuse a job that is about to be stored, where a day's ceiling forbids it.

    Raises:
        SpendLimitError: `DailyLimitError` where the day's ceiling is reached.
    """
    for standing in _limited(connection, job.owner, job.created_at, ceilings):
        check_count(standing)
        if not job.own_key:
            check_money(standing, job.plan, job.planned, unknown_prices=ceilings.unknown_prices)


def check_reserve(
    connection: sa.Connection, attempt: Attempt, owner: str | None, at: datetime, ceilings: Ceilings
) -> None:
    """Refuse an attempt whose price is about to be reserved, where it does not fit into the day.

    What is planned for other jobs is left out: each is asked in its turn, and whoever comes first is served.

    Raises:
        SpendLimitError: `DailyLimitError` where the day's ceiling is reached.
    """
    if not attempt.reserved and attempt.plan.quote.high is not None:
        return
    paid_by_caller = sa.exists().where(
        job_keys.c.job_id == attempt.job_id, job_keys.c.provider == attempt.plan.provider
    )
    if connection.execute(sa.select(paid_by_caller)).scalar():
        return
    for standing in _limited(connection, owner, at, ceilings):
        alone = standing.model_copy(update={"planned": 0})
        check_money(alone, attempt.plan, attempt.reserved, unknown_prices=ceilings.unknown_prices)


def standing(connection: sa.Connection, owner: str | None, at: datetime, ceilings: Ceilings) -> Standing:
    """Return where the installation stands today, or the key of that id."""
    return _filled(connection, _ceiling(connection, owner, at, ceilings))


def standings(connection: sa.Connection, at: datetime, ceilings: Ceilings) -> list[Standing]:
    """Return where the installation stands today, and each key that opens something and has a ceiling."""
    limited = api_keys.c.max_cost_per_day.is_not(None) | api_keys.c.max_jobs_per_day.is_not(None)
    query = sa.select(api_keys.c.id).where(limited, api_keys.c.revoked_at.is_(None)).order_by(api_keys.c.name)
    owners = [None, *connection.execute(query).scalars()]
    return [standing(connection, owner, at, ceilings) for owner in owners]


def _limited(connection: sa.Connection, owner: str | None, at: datetime, ceilings: Ceilings) -> list[Standing]:
    """Return where those stand who have a ceiling; nobody else changes that until the transaction ends."""
    found = [_ceiling(connection, each, at, ceilings) for each in ([None] if owner is None else [None, owner])]
    found = [each for each in found if each.max_cost is not None or each.max_jobs is not None]
    if found:
        one_at_a_time(connection, "ceilings")  # one for all: two locks could be taken in two orders
    return [_filled(connection, each) for each in found]


def _ceiling(connection: sa.Connection, owner: str | None, at: datetime, ceilings: Ceilings) -> Standing:
    if owner is None:
        return Standing(max_cost=ceilings.max_cost_per_day, max_jobs=ceilings.max_jobs_per_day, at=at)
    row = connection.execute(_LIMITS, {"of_id": owner}).one_or_none()
    if row is None:
        return Standing(owner=owner, at=at)
    return Standing(owner=owner, name=row.name, max_cost=row.max_cost_per_day, max_jobs=row.max_jobs_per_day, at=at)


def _filled(connection: sa.Connection, ceiling: Standing) -> Standing:
    whose: Whose = EVERYONE if ceiling.owner is None else ceiling.owner
    since = day_start(ceiling.at)
    booked = connection.execute(_booked(whose, since)).one()
    planned = sa.select(sa.func.sum(jobs.c.planned)).where(jobs.c.status.in_(_UNFINISHED), belongs_to(jobs, whose))
    return ceiling.model_copy(
        update={
            "held": int(booked.held or 0),
            "spent": int(booked.spent or 0),
            "planned": int(connection.execute(planned).scalar() or 0),
            "jobs": _made(connection, whose, since),
        }
    )


def _booked(whose: Whose, since: datetime) -> sa.Select[Any]:
    """Select what is held and spent for attempts whose price was reserved since then."""
    opening = ledger.alias()
    opened = sa.exists().where(
        opening.c.attempt_id == ledger.c.attempt_id, opening.c.leg == "open", opening.c.at >= since
    )
    sums = sa.select(sa.func.sum(ledger.c.held).label("held"), sa.func.sum(ledger.c.spent).label("spent"))
    return sums.where(
        ledger.c.at >= since,
        (ledger.c.leg == "open") | opened,
        ledger.c.own_key.is_(sa.false()),
        belongs_to(ledger, whose),
    )


def _made(connection: sa.Connection, whose: Whose, since: datetime) -> int:
    """Return how many jobs were made since then: those that are there, and those deleted since that had begun."""
    there = sa.select(sa.func.count()).where(jobs.c.created_at >= since, belongs_to(jobs, whose))
    gone = sa.select(sa.func.count(ledger.c.job_id.distinct())).where(
        ledger.c.at >= since,
        ledger.c.leg == "open",
        belongs_to(ledger, whose),
        ~sa.exists().where(jobs.c.id == ledger.c.job_id),
    )
    return sum(connection.execute(each).scalar() or 0 for each in (there, gone))
