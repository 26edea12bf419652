from datetime import UTC, datetime, timedelta, timezone

import pytest
from paid_world import PRICE, PaidWorld, make_plan

from video_gen.engine.spending import Leg, grouped
from video_gen.spec import Guarantee

AT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def leg(attempt, *, hours=0, provider="a", model="a/m", held=0, spent=0):
    return Leg(
        at=AT + timedelta(hours=hours), provider=provider, model=model, attempt_id=attempt, held=held, spent=spent
    )


LEGS = [
    leg("1", held=500),
    leg("1", hours=1, held=-500, spent=400),
    leg("2", hours=2, provider="b", model="b/m", held=900),
]


def test_a_day_begins_where_the_reader_is():
    utc = grouped(LEGS, "day", zone=UTC)
    assert [(each.name, each.attempts, each.spent, each.held) for each in utc] == [
        ("2026-11-20", 1, 0, 500),
        ("2026-11-21", 2, 400, 400),
    ]
    east = grouped(LEGS, "day", zone=timezone(timedelta(hours=9)))
    assert [(each.name, each.spent, each.held) for each in east] == [("2026-11-21", 400, 900)]


def test_the_dearest_comes_first():
    assert [each.name for each in grouped(LEGS, "provider")] == ["a", "b"]
    assert [(each.name, each.held) for each in grouped(LEGS, "model")] == [("a/m", 0), ("b/m", 900)]


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
