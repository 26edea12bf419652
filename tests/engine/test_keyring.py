"""Keys that callers bring for single jobs: used, sealed, and forgotten in time."""

import asyncio
import stat
from contextlib import asynccontextmanager

import pytest
from paid_world import PaidWorld, make_plan
from pydantic import SecretStr

from video_gen.engine.keyring import SECRET, Keyring
from video_gen.engine.resolving import WriteOff
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Guarantee, Status

KEY = SecretStr("the-callers-own")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def start(world: PaidWorld, home, tmp_path):
    @asynccontextmanager
    async def start():
        jobs = await world.jobs(home, tmp_path / "out")
        jobs.run()
        try:
            yield jobs
        finally:
            await jobs.close()

    return start


async def kept(jobs, job):
    return await jobs._store.sealed_key(job.id, job.plan.provider)


def test_what_is_sealed_is_opened_by_the_same_home_alone(home, tmp_path):
    sealed = Keyring(home / SECRET).seal(KEY)
    assert KEY.get_secret_value() not in sealed
    assert Keyring(home / SECRET).open(sealed) == KEY
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Keyring(tmp_path / "other" / SECRET).open(sealed)


def test_the_secret_is_its_owners_alone_and_made_once(home):
    first = Keyring(home / SECRET).seal(KEY)
    Keyring(home / SECRET).seal(KEY)
    assert stat.S_IMODE((home / SECRET).stat().st_mode) == 0o600
    assert Keyring(home / SECRET).open(first) == KEY
    assert [path.name for path in home.iterdir()] == [SECRET]


async def test_a_callers_key_is_used_for_each_call_and_forgotten_with_the_end(start, world):
    async with start() as jobs:
        job = await jobs.create(make_plan(), key=KEY)
        assert KEY.get_secret_value() not in (await kept(jobs, job) or "")
        job = await jobs.wait(job.id, timeout_s=20)
        assert await kept(jobs, job) is None
    assert job.status is Status.COMPLETED
    assert len(world.keys) >= 3
    assert set(world.keys) == {KEY}


async def test_other_jobs_and_other_providers_do_not_see_it(start, world):
    second = make_plan(Guarantee.FINDABLE)
    plan = make_plan(Guarantee.NONE).model_copy(update={"alternatives": (second,)})
    world.status = 402
    async with start() as jobs:
        await jobs.wait((await jobs.create(plan, key=KEY)).id, timeout_s=20)
        used, world.keys = world.keys, []
        await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    assert used == [KEY, None], "the alternative is another provider's"
    assert set(world.keys) == {None}


async def test_it_is_kept_while_a_submit_may_be_paid_and_nobody_knows(start, world):
    world.lose = 1
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan(), key=KEY)).id, timeout_s=20)
        assert await kept(jobs, job) is not None
        world.keys = []
        await jobs.adopt(job.id, world.accepted()[0]["id"])
        job = await jobs.wait(job.id, timeout_s=20)
        assert job.status is Status.COMPLETED
        assert set(world.keys) == {KEY}
        assert await kept(jobs, job) is None


async def test_it_is_forgotten_when_a_lost_submit_is_written_off_or_a_job_cancelled(start, world):
    world.lose = 1
    async with start() as jobs:
        job = await jobs.wait((await jobs.create(make_plan(), key=KEY)).id, timeout_s=20)
        await jobs.resolve(job.id, WriteOff())
        assert await kept(jobs, job) is None
        world.polls = 10**9
        job = await jobs.create(make_plan(), key=KEY)
        await jobs.cancel(job.id)
        await jobs.wait(job.id, timeout_s=20)
        assert await kept(jobs, job) is None


async def test_a_job_that_is_cancelled_before_it_starts_leaves_none(world, home, tmp_path):
    jobs = await world.jobs(home, tmp_path / "out")
    job = await jobs.create(make_plan(), key=KEY)
    await jobs.cancel(job.id)
    assert await kept(jobs, job) is None
    await jobs.close()
    rows = await asyncio.to_thread((home / "store.db").read_bytes)
    assert KEY.get_secret_value().encode() not in rows


async def test_a_job_outlives_its_process_with_its_key(world, home, tmp_path):
    world.polls = 10**9
    first = await world.jobs(home, tmp_path / "out")
    first.run()
    job = await first.create(make_plan(), key=KEY)
    async for item in first.watch(job.id):
        if getattr(item, "kind", "") == "attempt.submitted":
            break
    await first.close()
    world.polls, world.keys = 0, []
    second = await world.jobs(home, tmp_path / "out")
    second.run()
    assert (await second.wait(job.id, timeout_s=20)).status is Status.COMPLETED
    assert set(world.keys) == {KEY}
    await second.close()
