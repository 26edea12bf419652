"""Workers over one database: who carries out what, whose limits hold, what one that fell silent may still do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from paid_world import FAST, PRICE, PaidWorld, make_plan
from pydantic import SecretStr

from video_gen.engine.dispatch import undelivered
from video_gen.engine.places import Shared
from video_gen.engine.service import Jobs
from video_gen.engine.vault import bring
from video_gen.exceptions import ConfigurationError
from video_gen.spec import Guarantee, Job, Phase, Status

FOREVER = 10**9
LEASE = 3.0


@pytest.fixture
def worker(world: PaidWorld, database_url: str, tmp_path: Path) -> Callable:
    """Opens the jobs of the one database as another process of another machine would."""
    shared = Shared(url=SecretStr(database_url), lease_seconds=LEASE)
    machines = iter(range(100))

    @asynccontextmanager
    async def one(limit: int | None = None, *, runs: bool = True, **more) -> AsyncIterator[Jobs]:
        home = tmp_path / f"machine-{next(machines)}"
        jobs = await world.jobs(home, home / "outputs", limit=limit, shared=shared, **more)
        if runs:
            jobs.run()
            await until(lambda: jobs.runs)
        try:
            yield jobs
        finally:
            await jobs.close()

    return one


async def until(check: Callable, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.02)


async def in_phase(jobs: Jobs, phase: Phase, count: int) -> list[Job]:
    async with asyncio.timeout(20):
        while True:
            found = [job for job in (await jobs.page(limit=1000)).jobs if job.phase is phase]
            if len(found) == count:
                return found
            await asyncio.sleep(0.02)


async def finished(jobs: Jobs, made: list[Job]) -> list[Job]:
    return [await jobs.wait(job.id, timeout_s=30) for job in made]


def freeze(jobs: Jobs) -> Callable[[], None]:
    """Stop a worker's signs of life, as when its process is stopped while its jobs go on; returns what thaws it."""
    deliveries = jobs._engine._deliveries
    plain, thawed = deliveries.beat, asyncio.Event()

    async def frozen(worker: int) -> bool:
        await thawed.wait()
        return await plain(worker)

    deliveries.beat = frozen
    return thawed.set


# --- who carries out what --------------------------------------------------------------------------------------------


async def test_one_hands_in_two_carry_out_and_any_answers(worker, world: PaidWorld, tmp_path: Path):
    async with worker(runs=False) as client:
        assert not await client.attended()
        made = [await client.create(make_plan(prompt=str(n))) for n in range(12)]
        async with worker() as one, worker() as two:
            assert await client.attended()
            done = await finished(client, made)
            assert {job.status for job in done} == {Status.COMPLETED}
            assert await finished(one, made) == await finished(two, made) == done
            assert len(world.accepted()) == 12
            assert (await two.balance()).spent == 12 * PRICE
        assert not await client.attended()
        left = [path for home in tmp_path.glob("machine-*") for path in (home / "work").glob("*")]
        assert not left, "no work files"


async def test_a_limit_holds_over_all_workers(worker, world: PaidWorld):
    world.hold.clear()
    async with worker(3) as one, worker(3) as two:
        made = [await one.create(make_plan()) for _ in range(9)]
        for jobs in (two, one, two):
            await in_phase(jobs, Phase.COLLECTING, 3)
            await asyncio.sleep(0.2)
        assert len(world.accepted()) == 3
        world.hold.set()
        assert {job.status for job in await finished(two, made)} == {Status.COMPLETED}


async def test_priorities_and_turns_hold_over_all_workers(worker, world: PaidWorld):
    async with worker(1, runs=False) as client:
        made = [await client.create(make_plan(prompt=str(n)), priority=n // 2) for n in range(6)]
        async with worker(1), worker(1):
            await finished(client, made)
    assert [line["prompt"] for line in world.accepted()] == ["4", "5", "2", "3", "0", "1"]


async def test_a_worker_begins_no_more_new_jobs_than_it_was_told(worker, world: PaidWorld):
    world.hold.clear()
    async with worker(runs=False) as one:
        one.run(concurrency=2)
        made = [await one.create(make_plan()) for _ in range(5)]
        await in_phase(one, Phase.COLLECTING, 2)
        await asyncio.sleep(0.3)
        assert len(world.accepted()) == 2
        async with worker():
            await in_phase(one, Phase.COLLECTING, 5)
            world.hold.set()
            await finished(one, made)


async def test_a_key_keeps_to_its_own_number_over_all_workers(worker, world: PaidWorld):
    world.hold.clear()
    async with worker(10) as one, worker(10) as two:
        key, _ = await one.keys.create("held", max_concurrent=2)
        made = [await jobs.create(make_plan(), owner=key.id) for jobs in (one, two, one, two)]
        made += [await one.create(make_plan())]
        assert len({job.owner for job in await in_phase(two, Phase.COLLECTING, 3)}) == 2
        await asyncio.sleep(0.3)
        assert len(world.accepted()) == 3
        world.hold.set()
        await finished(two, made)


async def test_a_deadline_ends_a_job_that_no_worker_has_room_for(worker, world: PaidWorld):
    world.polls = FOREVER
    async with worker(1) as one:
        first = await one.create(make_plan())
        late = await one.wait((await one.create(make_plan(prompt="late", give_up_after=0.5))).id, timeout_s=20)
        assert (late.status, late.error and late.error.code) == (Status.FAILED, "deadline_exceeded")
        await one.cancel(first.id)
        await one.wait(first.id, timeout_s=20)
    assert "late" not in [line["prompt"] for line in world.accepted()]


async def test_word_of_a_provider_reaches_the_worker_that_has_the_job(worker, world: PaidWorld):
    world.polls = 0
    told = {"secret": SecretStr("s" * 32), "public_url": "https://videos.example.com"}
    patient = replace(FAST, poll_first=3600, poll_cap=3600)
    async with worker(runs=False, **told) as server, worker(policy=patient, **told), worker(policy=patient, **told):
        job = await server.create(make_plan())
        await in_phase(server, Phase.GENERATING, 1)
        [attempt] = await server.attempts(job.id)
        assert await server.heard("paid-none", server._hooks.token("paid-none", attempt.id))
        assert (await server.wait(job.id, timeout_s=20)).status is Status.COMPLETED


async def test_a_cancel_reaches_the_worker_that_has_the_job(worker, world: PaidWorld):
    world.polls = FOREVER
    async with worker(runs=False) as client, worker():
        job = await client.create(make_plan())
        await in_phase(client, Phase.GENERATING, 1)
        await client.cancel(job.id)
        done = await client.wait(job.id, timeout_s=10)
    assert done.status is Status.CANCELLED
    assert world.stopped() == {"stopped-op-1"}


async def test_a_job_that_waits_is_cancelled_at_once_without_any_worker(worker, world: PaidWorld):
    async with worker(runs=False) as client:
        job = await client.create(make_plan())
        assert (await client.cancel(job.id)).status is Status.CANCELLED
    assert world.accepted() == []


# --- stopping and dying ----------------------------------------------------------------------------------------------


async def test_what_a_worker_leaves_goes_on_elsewhere_at_once(worker, world: PaidWorld):
    world.polls = FOREVER
    async with worker() as one, worker(runs=False) as client:
        made = [await client.create(make_plan()) for _ in range(4)]
        await in_phase(client, Phase.GENERATING, 4)
        async with worker():
            loop = asyncio.get_running_loop()
            world.asked.clear()
            await one.close()
            left = loop.time()
            await until(lambda: len(world.asked) == 4, LEASE)
            assert loop.time() - left < LEASE / 2, "nobody waits for a lease to end"
            world.polls = 0
            done = await finished(client, made)
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len(world.accepted()) == 4


async def test_draining_finishes_what_is_under_way_and_begins_nothing(worker, world: PaidWorld):
    world.hold.clear()
    async with worker(1) as one, worker(1, runs=False) as client:
        first, second = [await client.create(make_plan()) for _ in range(2)]
        await in_phase(client, Phase.COLLECTING, 1)
        closing = asyncio.create_task(one.close(drain=True))
        await asyncio.sleep(0.2)
        assert not closing.done()
        world.hold.set()
        await closing
        assert (await client.get(first.id)).status is Status.COMPLETED
        assert (await client.get(second.id)).status is Status.QUEUED


async def test_jobs_of_a_silent_worker_are_taken_over_and_come_before_new_ones(worker, world: PaidWorld):
    world.polls = FOREVER
    async with worker(4) as one:
        paid = [await one.create(make_plan()) for _ in range(4)]
        await in_phase(one, Phase.GENERATING, 4)
        freeze(one)
        async with worker(4) as two:
            urgent = await two.create(make_plan(), priority=100)
            await asyncio.sleep(0.5)
            assert (await two.get(urgent.id)).status is Status.QUEUED, "the silent worker's jobs still count"
            async with asyncio.timeout(3 * LEASE):
                while not all([(await two.get(job.id)).epoch == 2 for job in paid]):
                    await asyncio.sleep(0.05)
            assert (await two.get(urgent.id)).status is Status.QUEUED, "and still do when they were taken over"
            world.polls = 0
            done = await finished(two, [*paid, urgent])
    assert {job.status for job in done} == {Status.COMPLETED}
    assert len(world.accepted()) == 5


@pytest.mark.parametrize("guarantee", list(Guarantee))
async def test_a_worker_that_was_silent_submits_nothing(worker, world: PaidWorld, guarantee: Guarantee):
    """Frozen right after it stored its intent; nobody has taken the job over when it wakes up."""
    async with worker() as one:
        plain, thaws = one._store.record, []

        async def freezing(step):
            if step.attempt is not None and not thaws:
                thaws.append(freeze(one))
                one._engine._lease.renew(one._engine._lease.clock() - LEASE)
            return await plain(step)

        one._store.record = freezing
        job = await one.create(make_plan(guarantee))
        async with asyncio.timeout(20):
            while [attempt.state for attempt in await one.attempts(job.id)] != ["rejected"]:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        assert world.calls == []
        assert len(await one.attempts(job.id)) == 1, "it waits for a sign of life before it intends anything"
        thaws[0]()
        done = await one.wait(job.id, timeout_s=20)
    assert done.status is Status.COMPLETED, "nothing was sent, so nothing is in doubt"
    assert len(world.accepted()) == 1


async def test_a_displaced_worker_begins_anew(worker, world: PaidWorld):
    """It was given up while it was frozen: what it had is others', and it takes part again."""
    world.polls = FOREVER
    async with worker() as one:
        made = [await one.create(make_plan()) for _ in range(3)]
        await in_phase(one, Phase.GENERATING, 3)
        before, thaw = one._engine._worker, freeze(one)
        async with worker() as two:
            async with asyncio.timeout(3 * LEASE):
                while not all([(await two.get(job.id)).epoch == 2 for job in made]):
                    await asyncio.sleep(0.05)
            thaw()
            await until(lambda: one._engine._worker not in {None, before})
            assert one._engine._crew.running == []
            await two.close()
            world.polls = 0
            done = await finished(one, made)
    assert {(job.status, job.epoch) for job in done} == {(Status.COMPLETED, 3)}
    assert len(world.accepted()) == 3


async def test_a_running_job_that_nobody_delivers_is_found(worker, world: PaidWorld):
    world.polls = FOREVER
    async with worker(runs=False) as client:
        async with worker():
            job = await client.create(make_plan())
            await in_phase(client, Phase.GENERATING, 1)
            await client._store._database.write(
                lambda db: db.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE").close()
            )
            assert await client._store._database.read(undelivered) == [job.id]
        world.polls = 0
        async with worker():
            assert (await client.wait(job.id, timeout_s=20)).status is Status.COMPLETED
    assert len(world.accepted()) == 1


# --- files and keys --------------------------------------------------------------------------------------------------


async def test_a_video_is_kept_where_every_machine_opens_it(worker, s3, tmp_path: Path, video: Path):
    from video_gen.engine.vaults import open_vault

    async with (
        worker(vault=open_vault("s3://films/x", s3)),
        worker(runs=False, vault=open_vault("s3://films/x", s3)) as client,
    ):
        job = await client.wait((await client.create(make_plan())).id, timeout_s=20)
        [artifact] = job.artifacts
        assert artifact.path == f"s3://films/x/videos/{job.id}/{artifact.sha256}.mp4"
        await asyncio.to_thread(bring, client.files, artifact.path, tmp_path / "here.mp4", sha256=artifact.sha256)
        assert (tmp_path / "here.mp4").read_bytes() == video.read_bytes()
        await client.delete(job.id, files=True)
        assert list(client.files.listed("videos")) == []


async def test_a_key_needs_a_secret_that_every_machine_has(worker, world: PaidWorld):
    async with worker(runs=False) as client:
        with pytest.raises(ConfigurationError, match="VIDEO_GEN_SECRET is not set"):
            await client.create(make_plan(), key=SecretStr("sk-1"))
    secret = SecretStr("a secret of at least 32 characters")
    async with worker(runs=False, secret=secret) as client:
        job = await client.create(make_plan(), key=SecretStr("sk-1"))
        async with worker(runs=False) as other:
            other.run()
            with pytest.raises(ConfigurationError, match="VIDEO_GEN_SECRET is not set"):
                await other.stopped()
        async with worker(secret=secret):
            assert (await client.wait(job.id, timeout_s=20)).status is Status.COMPLETED
    assert {key.get_secret_value() for key in world.keys} == {"sk-1"}
