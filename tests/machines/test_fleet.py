"""Many workers killed, frozen and stopped at random, for minutes: every job is paid once and delivered once."""

import asyncio
import random
import signal
import sys
import time
from pathlib import Path

import pytest
from fleet import LEASE, Worker, client_of, ended, fleet, jobs_of

from video_gen.spec import Status
from video_gen.testing.emulators.sandbox import sandbox

JOBS = 60
WORKERS = 3
SECONDS = 240
FAULTS = (
    ("cut_after", 4),
    ("hang_after", 3),
    ("cut_before", 3),
    ("error_after", 3),
    ("rate_limited", 6),
    ("unavailable", 4),
)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_fleet_under_fire_pays_once_for_each_job(database_url: str, s3: dict[str, str], tmp_path: Path):
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    with sandbox(port=0, only=("openai",), size="small", queue_s=0.05, render_s=4.0) as provider:
        emulator = provider.emulators["openai"]
        settings = {
            **provider.environment,
            **s3,
            "VIDEO_GEN_DATABASE_URL": database_url,
            "VIDEO_GEN_OBJECT_STORE": "s3://films/soak",
            "VIDEO_GEN_LEASE_SECONDS": str(LEASE),
            "VIDEO_MAX_CONCURRENT": "12",
        }
        for name, times in FAULTS:
            emulator.faults.inject(name, times=times)
        emulator.faults.inject("drip", value=20_000, times=10)
        emulator.faults.inject("truncated", times=4)
        with fleet(settings, tmp_path) as start:
            async with client_of(settings, tmp_path / "client") as client:
                for number in range(JOBS):
                    plan = await client.plan(
                        f"boat number {number}", model="openai/sora-2", duration=4, size="1280x720"
                    )
                    await client.submit(plan)
                workers, blows, begun = [start() for _ in range(WORKERS)], [0, 0, 0], time.monotonic()
                while not ended(await jobs_of(client)):
                    assert time.monotonic() - begun < 4 * SECONDS, "they do not end"
                    await asyncio.sleep(dice.uniform(1, 3))
                    if time.monotonic() - begun < SECONDS:
                        await strike(dice, workers, start, blows)
                done = await jobs_of(client)
                balance = await client.jobs.balance()
        accepted = len(emulator.world.accepted())
        completed = [job for job in done if job.status is Status.COMPLETED]
        attempts = accepted - len(completed)
        sys.stdout.write(
            f"\nseed {seed}; jobs: {JOBS}; workers: {WORKERS} at a time; killed {blows[0]}, frozen for longer than the "
            f"lease {blows[1]}, told to stop {blows[2]}\ncompleted: {len(completed)}; accepted submits: {accepted}; "
            f"submitted twice: {attempts}; lost: {JOBS - len(completed)}; {time.monotonic() - begun:.0f} s\n"
        )
        assert [job.error for job in done if job.status is not Status.COMPLETED] == []
        assert accepted == JOBS
        assert (balance.held, balance.spent) == (0, sum(job.cost for job in done))


async def strike(dice: random.Random, workers: list[Worker], start, blows: list[int]) -> None:
    """Hit one worker, and put another into its place."""
    index = dice.randrange(len(workers))
    kind = dice.randrange(3)
    blows[kind] += 1
    worker = workers[index]
    if kind == 0:
        worker.end(signal.SIGKILL)
    elif kind == 1:
        worker.send(signal.SIGSTOP)
        await asyncio.sleep(LEASE + dice.uniform(0.5, 2))
        worker.send(signal.SIGCONT)
        return
    else:
        how = await asyncio.to_thread(worker.end, signal.SIGTERM)
        assert how in {0, -signal.SIGTERM}, "in order, or before it had begun"
    workers[index] = start()
