"""Real workers on one PostgreSQL database: killed, frozen and told to stop, with an emulated provider that counts."""

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fleet import LEASE, Worker, client_of, ended, fleet, until

from video_gen.client import AsyncClient
from video_gen.media.verify import verify
from video_gen.spec import Phase, Status
from video_gen.testing.emulators.sandbox import Sandbox, sandbox

MODEL = "openai/sora-2"
SMALL = {"duration": 4, "size": "1280x720"}


@pytest.fixture(scope="module")
def provider():
    with sandbox(port=0, only=("openai",), size="small", queue_s=0.05, render_s=3.0) as opened:
        yield opened


@pytest.fixture
def installation(provider: Sandbox, database_url: str, s3: dict[str, str], tmp_path: Path) -> Callable:
    """Opens an installation of many machines: a client, and a function that starts workers."""

    @asynccontextmanager
    async def opened(limit: int, lease: int = LEASE) -> AsyncIterator[tuple[AsyncClient, Callable[..., Worker]]]:
        settings = {
            **provider.environment,
            **s3,
            "VIDEO_GEN_DATABASE_URL": database_url,
            "VIDEO_GEN_OBJECT_STORE": "s3://films/x",
            "VIDEO_GEN_LEASE_SECONDS": str(lease),
            "VIDEO_MAX_CONCURRENT": str(limit),
        }
        with fleet(settings, tmp_path) as start:
            async with client_of(settings, tmp_path / "client") as client:
                yield client, start

    emulator = provider.emulators["openai"]
    emulator.world.renders.clear()
    emulator.faults.clear()
    return opened


def accepted(provider: Sandbox) -> int:
    return len(provider.emulators["openai"].world.accepted())


async def hand_in(client: AsyncClient, count: int, model: str = MODEL, **words) -> list[str]:
    plans = [
        await client.plan(f"a paper boat {time.monotonic_ns()}", model=model, **(SMALL | words)) for _ in range(count)
    ]
    return [(await client.submit(plan)).id for plan in plans]


def in_phase(phase: Phase, count: int) -> Callable:
    return lambda jobs: Counter(job.phase for job in jobs)[phase] == count


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


async def test_a_killed_worker_is_replaced_and_nothing_is_paid_twice(installation, provider: Sandbox):
    faults = provider.emulators["openai"].faults
    async with installation(limit=8) as (client, start):
        first = start()
        faults.inject("drip", value=200, times=2)
        await hand_in(client, 2)
        await until(client, in_phase(Phase.COLLECTING, 2))
        faults.inject("hang_after", times=2)
        await hand_in(client, 2)
        await until(client, in_phase(Phase.SUBMITTING, 2))
        while accepted(provider) < 4:
            await asyncio.sleep(0.02)
        await hand_in(client, 4)
        await until(client, in_phase(Phase.GENERATING, 4))
        second = start()
        urgent = await hand_in(client, 1)
        async with asyncio.timeout(30):
            while "working for" not in second.said():
                await asyncio.sleep(0.05)
        phases = Counter(str(job.phase) for job in await client.jobs.list(status=Status.RUNNING))
        killed = time.monotonic()
        first.end(signal.SIGKILL)
        taken = await until(client, lambda jobs: sum(job.epoch >= 2 for job in jobs) == 8, 30)
        seconds = time.monotonic() - killed
        assert [job.status for job in taken if job.id in urgent] == [Status.QUEUED], "paid jobs hold their places"
        done = await until(client, ended, 90)
        submits = accepted(provider)
        lost = [job for job in done if job.status is not Status.COMPLETED]
        say(f"\njobs handed in: 9; at the kill: {dict(phases)}, and 1 queued")
        say(f"kill -9 of one worker of two; its 8 jobs taken over in {seconds:.1f} s at a lease of {LEASE} s")
        say(f"accepted submits: {submits}; submitted twice: {submits - 9}; lost: {len(lost)}")
        assert (lost, submits) == ([], 9)
        balance = await client.jobs.balance()
        assert (balance.held, balance.spent) == (0, sum(job.cost for job in done))
        here = await client.fetch(done[0].id)
        assert verify(Path(here.artifacts[0].path)).info.seconds > 0
        assert done[0].artifacts[0].path.startswith("s3://films/x/videos/")


async def test_a_frozen_worker_that_wakes_up_submits_nothing_and_writes_nothing(installation, provider: Sandbox):
    faults = provider.emulators["openai"].faults
    async with installation(limit=2) as (client, start):
        frozen = start()
        [waits] = await hand_in(client, 1)
        await until(client, in_phase(Phase.GENERATING, 1))
        faults.inject("rate_limited", times=1)
        [refused] = await hand_in(client, 1)  # it will be sent again after a pause
        async with asyncio.timeout(20):
            while not await client.engine.attempts(refused):
                await asyncio.sleep(0.02)
        while (await client.engine.attempts(refused))[0].state != "rejected":
            await asyncio.sleep(0.02)
        frozen.send(signal.SIGSTOP)
        other = start()
        done = await until(client, ended)
        assert {job.status for job in done} == {Status.COMPLETED}
        assert accepted(provider) == 2
        events = [await client.jobs.events(job_id) for job_id in (waits, refused)]
        frozen.send(signal.SIGCONT)
        async with asyncio.timeout(20):
            while "its jobs went to others" not in frozen.said():
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        assert accepted(provider) == 2, "nothing was submitted"
        assert [await client.jobs.events(job_id) for job_id in (waits, refused)] == events, "and nothing written"
        assert other.end(signal.SIGTERM) == 0
        await hand_in(client, 1)
        await until(client, ended)
        assert accepted(provider) == 3, "it is a worker again"
        assert "Traceback" not in frozen.said() + other.said()


async def test_a_lost_answer_is_no_second_submit_and_a_cancel_reaches_the_worker(installation, provider: Sandbox):
    async with installation(limit=2) as (client, start):
        worker = start()
        provider.emulators["openai"].faults.inject("cut_after", times=1)
        [job_id] = await hand_in(client, 1)
        await until(client, in_phase(Phase.GENERATING, 1))
        assert [event.kind for event in await client.jobs.events(job_id)][-1] == "attempt.adopted"
        assert accepted(provider) == 1
        await client.jobs.cancel(job_id)
        [job] = await until(client, ended, 20)
        assert job.status is Status.CANCELLED
        assert worker.end(signal.SIGTERM) == 0
        assert "stopping" in worker.said()


async def test_a_limit_of_one_holds_over_two_workers_and_both_work(installation):
    """The embedded renderer draws one at a time, in the whole installation."""
    async with installation(limit=8, lease=60) as (client, start):  # a slow machine is no dead worker
        workers = [start(), start()]
        await hand_in(client, 5, model="local", duration=1, size="160x90")
        most = 0

        def check(jobs) -> bool:
            nonlocal most
            most = max(most, sum(job.status is Status.RUNNING for job in jobs))
            return ended(jobs)

        done = await until(client, check)
        assert {job.status for job in done} == {Status.COMPLETED}
        assert most == 1
        for job in done:
            assert sum(job.id in worker.said() for worker in workers) == 1
