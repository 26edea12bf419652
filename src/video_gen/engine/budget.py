"""Keeps the ceilings of a day where rows are written. The functions run inside the transaction that they guard."""

from datetime import datetime
from functools import cache
from typing import Final, NamedTuple

import sqlalchemy as sa

from video_gen.engine.ceilings import Ceilings, Standing, check_count, check_money, day_start
from video_gen.engine.exclusion import one_at_a_time
from video_gen.engine.schema import UtcTime, api_keys, job_keys, jobs, ledger
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
    asked = _questions(of_one=ceiling.owner is not None)
    words = {"of_owner": ceiling.owner, "since": day_start(ceiling.at)}
    booked = connection.execute(asked.booked, words).one()
    numbers = (connection.execute(each, words).scalar() for each in (asked.planned, asked.there, asked.gone))
    planned, there, gone = (int(each or 0) for each in numbers)
    return ceiling.model_copy(
        update={
            "held": int(booked.held or 0),
            "spent": int(booked.spent or 0),
            "planned": planned,
            "jobs": there + gone,
        }
    )


class _Questions(NamedTuple):
    booked: sa.Executable
    """What is held and spent for attempts whose price was reserved since a moment."""
    planned: sa.Executable
    """What jobs are promised that are not reserved yet."""
    there: sa.Executable
    """How many jobs were made since then."""
    gone: sa.Executable
    """How many have begun since then and were deleted."""


@cache
def _questions(*, of_one: bool) -> _Questions:
    """Return the questions about one owner, or about everyone; built once, since building costs more than asking."""

    def own(table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.owner == sa.bindparam("of_owner") if of_one else sa.true()

    since, opening = sa.bindparam("since", type_=UtcTime), ledger.alias()
    opened = sa.exists().where(
        opening.c.attempt_id == ledger.c.attempt_id, opening.c.leg == "open", opening.c.at >= since
    )
    sums = sa.select(sa.func.sum(ledger.c.held).label("held"), sa.func.sum(ledger.c.spent).label("spent"))
    return _Questions(
        booked=sums.where(
            own(ledger),
            ledger.c.at >= since,
            (ledger.c.leg == "open") | opened,
            ledger.c.own_key.is_(sa.false()),
        ),
        planned=sa.select(sa.func.sum(jobs.c.planned)).where(own(jobs), jobs.c.status.in_(_UNFINISHED)),
        there=sa.select(sa.func.count()).where(own(jobs), jobs.c.created_at >= since),
        gone=sa.select(sa.func.count(ledger.c.job_id.distinct())).where(
            own(ledger),
            ledger.c.at >= since,
            ledger.c.leg == "open",
            ~sa.exists().where(jobs.c.id == ledger.c.job_id),
        ),
    )
