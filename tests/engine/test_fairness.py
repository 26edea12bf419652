"""Several owners over one store, from handing in to the verified videos: nobody is held back, no limit is passed."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from paid_world import FAST, PaidWorld, make_plan

from video_gen.engine.policy import Bounds
from video_gen.engine.service import Jobs
from video_gen.exceptions import QueueFullError
from video_gen.spec import Phase, Status


async def hand_in(jobs: Jobs, owner: str | None, count: int, **more) -> list[str]:
    made = [await jobs.create(make_plan(prompt=owner or "own", **more), owner=owner) for _ in range(count)]
    return [job.id for job in made]


async def all_ended(jobs: Jobs, job_ids: list[str]) -> None:
    for job_id in job_ids:
        assert (await jobs.wait(job_id, timeout_s=60)).status is Status.COMPLETED


async def test_owners_take_turns_while_one_of_them_has_a_crowd_of_jobs(world: PaidWorld, home: Path, outputs: Path):
    jobs = await world.jobs(home, outputs, limit=1)
    made = await hand_in(jobs, "crowd", 12)
    made += await hand_in(jobs, "pair", 2)
    made += await hand_in(jobs, None, 1)
    jobs.run()
    await all_ended(jobs, made)
    await jobs.close()
    sent = [line["prompt"] for line in world.accepted()]
    assert sorted(sent[:3]) == ["crowd", "own", "pair"]
    assert sent.index("own") < 3
    assert [number for number, each in enumerate(sent) if each == "pair"][-1] < 5
    assert len(sent) == 15


async def test_a_key_keeps_to_its_own_number_of_jobs_at_once(world: PaidWorld, home: Path, outputs: Path):
    world.hold.clear()
    jobs = await world.jobs(home, outputs, limit=10)
    key, _ = await jobs.keys.create("held", max_concurrent=2)
    jobs.run()
    made = await hand_in(jobs, key.id, 5) + await hand_in(jobs, None, 3)

    async def fetching() -> list[str | None]:
        return [job.owner for job in (await jobs.page(limit=100)).jobs if job.phase is Phase.COLLECTING]

    async with asyncio.timeout(30):
        while len(await fetching()) < 5:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert sorted(await fetching(), key=str) == sorted([None, None, None, key.id, key.id], key=str)
    world.hold.set()
    await all_ended(jobs, made)
    await jobs.close()


async def test_a_full_queue_refuses_before_anything_is_spent(world: PaidWorld, home: Path, outputs: Path):
    jobs = await world.jobs(home, outputs, policy=replace(FAST, queue=Bounds(total=3)))
    await hand_in(jobs, None, 3)
    with pytest.raises(QueueFullError, match="3 jobs wait already"):
        await hand_in(jobs, None, 1)
    assert (await jobs.balance()).held == 0
    await jobs.close()


async def test_a_job_that_waits_knows_about_how_many_start_before_it(world: PaidWorld, home: Path, outputs: Path):
    jobs = await world.jobs(home, outputs)
    crowd = await hand_in(jobs, "crowd", 4)
    [late] = await hand_in(jobs, "late", 1)
    [urgent] = await hand_in(jobs, "crowd", 1, priority=9)
    ahead = await jobs.ahead()
    assert [ahead[job_id] for job_id in (urgent, late)] == [0, 1]
    assert sorted(ahead[job_id] for job_id in crowd) == [2, 3, 4, 5]
    await jobs.close()
