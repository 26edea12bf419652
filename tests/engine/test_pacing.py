"""A provider gets no more submits in any minute than it takes, whoever sends them and whatever is killed meanwhile."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from paid_world import FAST, PaidWorld, make_plan
from test_store import AT, claimed, new_attempt, new_job

from video_gen.engine import ledger, pacing
from video_gen.engine.pacing import Pace, PacedError
from video_gen.engine.record import Record
from video_gen.engine.store import Store
from video_gen.spec import Phase, Status

PACE = Pace("paid-none", 2)


async def intend(store: Store, seconds: float, pace: Pace = PACE) -> None:
    job, _ = await claimed(store, await store.create(new_job(), "h", []))
    at = AT + timedelta(seconds=seconds)
    attempt = new_attempt(job)
    await store.record(Record(job=job, at=at, attempt=attempt, entries=[ledger.reserve(attempt, at)], pace=pace))


async def test_any_minute_has_at_most_so_many(store: Store):
    await intend(store, 0)
    await intend(store, 10)
    with pytest.raises(PacedError) as paced:
        await intend(store, 20)
    assert paced.value.seconds == 40
    assert len(await store.running()) == 3, "refused, and otherwise as it was"
    await intend(store, 60)
    with pytest.raises(PacedError) as paced:
        await intend(store, 69)
    assert paced.value.seconds == 1
    await intend(store, 20, Pace("another", 1))


async def test_processes_that_send_at_once_share_the_minute(opening):
    stores = [await opening(), await opening()]
    sent = await asyncio.gather(*(intend(stores[n % 2], n / 10) for n in range(8)), return_exceptions=True)
    assert sent.count(None) == 2
    assert {type(each) for each in sent} == {type(None), PacedError}
    for each in stores:
        await each.close()


async def test_jobs_wait_for_their_turn_and_may_be_cancelled_there(
    world: PaidWorld, home: Path, outputs: Path, monkeypatch
):
    monkeypatch.setattr("paid_world.SUBMITS_PER_MINUTE", 2)
    monkeypatch.setattr(pacing, "MINUTE", timedelta(seconds=3))
    jobs = await world.jobs(home, outputs, policy=FAST)
    made = [await jobs.create(make_plan(prompt=str(n))) for n in range(5)]
    jobs.run()

    async def paced() -> set[str]:
        events = {job.id: [event.kind for event in await jobs.events(job.id)] for job in made}
        return {job_id for job_id, seen in events.items() if "submit.paced" in seen}

    async with asyncio.timeout(20):
        while len(waiting := await paced()) < 3:
            await asyncio.sleep(0.01)
    patient = next(job for job in reversed(made) if job.id in waiting)
    assert (await jobs.get(patient.id)).phase is Phase.SUBMITTING
    await jobs.cancel(patient.id)
    ended = [await jobs.wait(job.id, timeout_s=20) for job in made]
    attempts = [attempt for job in made for attempt in await jobs.attempts(job.id)]
    await jobs.close()
    times = sorted(attempt.intent_at for attempt in attempts)
    assert [job.status for job in ended].count(Status.COMPLETED) == 4
    assert [job.cost for job in ended if job.status is Status.CANCELLED] == [0]
    assert all(later - earlier >= timedelta(seconds=3) for earlier, later in zip(times, times[2:], strict=False))
