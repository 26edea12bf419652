from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from paid_world import PRICE, PaidWorld, make_plan

from video_gen.engine.schema import ledger
from video_gen.engine.store import Store
from video_gen.spec import Guarantee

AT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def leg(attempt, leg="open", *, at=AT, provider="a", model="a/m", held=0, spent=0, owner=None):
    return {"attempt_id": attempt, "leg": leg, "job_id": attempt, "at": at, "provider": provider, "model": model,
            "kind": "reserve", "held": held, "spent": spent, "owner": owner}  # fmt: skip


LEGS = [
    leg("1", held=500, owner="k"),
    leg("1", "close", at=AT + timedelta(hours=1), held=-500, spent=400, owner="k"),
    leg("2", at=AT + timedelta(hours=2), provider="b", model="b/m", held=900),
    leg("0", at=AT - timedelta(microseconds=1), spent=7),
]


@pytest.fixture
async def booked(store: Store) -> Store:
    await store._database.write(lambda db: db.execute(sa.insert(ledger), LEGS).close())
    return store


async def test_a_day_is_a_utc_day_wherever_the_reader_is(booked: Store):
    east = AT.astimezone(timezone(timedelta(hours=9)))
    found = await booked.spending(east, "day")
    assert [(each.name, each.attempts, each.spent, each.held) for each in found] == [
        ("2026-11-20", 1, 0, 500),
        ("2026-11-21", 2, 400, 400),
    ]


async def test_days_are_told_apart_to_the_microsecond(booked: Store):
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    late = [leg("3", at=midnight - timedelta(microseconds=1), spent=1), leg("4", at=midnight, spent=2)]
    await booked._database.write(lambda db: db.execute(sa.insert(ledger), late).close())
    found = await booked.spending(AT + timedelta(days=1), "day")
    assert [(each.name, each.spent) for each in found] == [("2026-11-21", 1), ("2026-11-22", 2)]


async def test_the_dearest_comes_first(booked: Store):
    found = {by: await booked.spending(AT, by) for by in ("provider", "model", "key")}
    assert [each.name for each in found["provider"]] == ["a", "b"]
    assert [(each.name, each.held) for each in found["model"]] == [("a/m", 0), ("b/m", 900)]
    assert [(each.name, each.spent) for each in found["key"]] == [("k", 400), ("", 0)]


@pytest.mark.parametrize(("lose", "spent", "held"), [(0, PRICE, 0), (1, 0, PRICE)])
async def test_what_a_job_cost_is_found_under_its_model(world: PaidWorld, tmp_path, lose, spent, held):
    world.lose = lose
    jobs = await world.jobs(tmp_path / "home", tmp_path / "out")
    jobs.run()
    await jobs.wait((await jobs.create(make_plan(Guarantee.NONE))).id, timeout_s=20)
    now = datetime.now(UTC)
    [found] = await jobs.spending(now - timedelta(minutes=5), "model")
    later = await jobs.spending(now + timedelta(minutes=5), "model")
    await jobs.close()
    assert (found.name, found.attempts, found.spent, found.held) == ("none/m", 1, spent, held)
    assert later == []
