"""A job can be cancelled whatever it is doing; what could not be stopped is settled, and never lost."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import paid_world
import pytest
from paid_world import FAST, PRICE, PaidWorld, make_plan

from video_gen.engine.ledger import EntryKind
from video_gen.engine.service import Jobs
from video_gen.engine.signal import Signal, unbroken
from video_gen.exceptions import JobCancelledError, JobStateError, SubmissionUnknownError
from video_gen.spec import AttemptState, Guarantee, Job, Phase, Status


@pytest.fixture
async def jobs(world: PaidWorld, home: Path, outputs: Path) -> AsyncIterator[Jobs]:
    opened = await world.jobs(home, outputs)
    opened.run()
    yield opened
    await opened.close()


async def until(jobs: Jobs, job_id: str, phase: Phase, events: str = "") -> None:
    async with asyncio.timeout(20):
        while (await jobs.get(job_id)).phase is not phase or (
            events and events not in [event.kind for event in await jobs.events(job_id)]
        ):
            await asyncio.sleep(0.01)


async def cancelled(jobs: Jobs, job_id: str) -> Job:
    await jobs.cancel(job_id)
    job = await jobs.wait(job_id, timeout_s=20)
    assert job.status is Status.CANCELLED
    assert job.error is not None
    assert job.error.code == "cancelled"
    return job


async def test_before_anything_is_sent(world: PaidWorld, home: Path, outputs: Path):
    jobs = await world.jobs(home, outputs)  # nobody carries the jobs out
    job = await jobs.create(make_plan())
    assert (await jobs.cancel(job.id)).status is Status.CANCELLED
    await jobs.close()
    assert world.calls == []


async def test_while_it_waits_for_its_turn(world: PaidWorld, home: Path, outputs: Path):
    world.polls = 10_000
    jobs = await world.jobs(home, outputs, limit=1)
    jobs.run()
    first = await jobs.create(make_plan())
    second = await jobs.create(make_plan())
    await until(jobs, first.id, Phase.GENERATING)
    await cancelled(jobs, second.id)
    assert len(world.accepted()) == 1
    await cancelled(jobs, first.id)
    await jobs.close()


async def test_while_it_is_being_made(jobs: Jobs, world: PaidWorld):
    world.polls = 10_000
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.GENERATING)
    job = await cancelled(jobs, job.id)
    entries = await jobs._store.entries(job.id)
    assert world.stopped() == {"stopped-op-1"}
    assert (job.cost, [entry.kind for entry in entries]) == (0, [EntryKind.RESERVE, EntryKind.REFUND])
    with pytest.raises(JobStateError, match="is cancelled"):
        await jobs.resume(job.id)


async def test_a_wish_is_heard_at_once_though_the_next_poll_is_far(world: PaidWorld, home: Path, outputs: Path):
    world.polls = 10_000
    jobs = await world.jobs(home, outputs, policy=replace(FAST, poll_first=3600, poll_cap=3600))
    jobs.run()
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.GENERATING)
    asked = asyncio.get_running_loop().time()
    await cancelled(jobs, job.id)
    assert asyncio.get_running_loop().time() - asked < 3
    await jobs.close()


async def test_what_cannot_be_stopped_is_paid_and_can_be_fetched_later(jobs: Jobs, world: PaidWorld):
    world.polls, world.stoppable = 10_000, False
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.GENERATING)
    job = await cancelled(jobs, job.id)
    assert job.cost == PRICE
    assert (await jobs.balance()).held == 0
    world.polls = 0
    again, resumed = await jobs.retry(job.id)
    assert resumed
    done = await jobs.wait(again.id, timeout_s=20)
    assert (done.status, done.cost, len(world.accepted())) == (Status.COMPLETED, PRICE, 1)
    assert (await jobs.balance()).spent == PRICE


async def test_a_provider_that_does_not_answer_the_wish_is_asked_a_few_times(jobs: Jobs, world: PaidWorld):
    world.polls = 10_000
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.GENERATING)
    plain = world._answer

    def deaf(call, provider):
        if call.method == "DELETE":
            raise SubmissionUnknownError("no answer")
        return plain(call, provider)

    world._answer = deaf
    job = await cancelled(jobs, job.id)
    assert world.calls.count("DELETE /jobs/OP") == FAST.cancel_tries
    assert job.cost == PRICE


async def test_while_it_is_fetched(jobs: Jobs, world: PaidWorld, outputs: Path):
    world.hold.clear()
    world.cost = 200_000
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.COLLECTING)
    job = await cancelled(jobs, job.id)
    assert job.cost == 200_000
    assert world.stopped() == set(), "what is finished is not thrown away at the provider"
    assert not outputs.exists() or not list(outputs.iterdir())
    world.hold.set()
    done = await jobs.wait((await jobs.resume(job.id)).id, timeout_s=20)
    assert (done.status, done.cost) == (Status.COMPLETED, 200_000)


async def test_while_it_waits_to_be_sent_again(world: PaidWorld, home: Path, outputs: Path):
    world.refusals = 99
    jobs = await world.jobs(home, outputs, policy=replace(FAST, retry_first=3600, retry_cap=3600))
    jobs.run()
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.SUBMITTING, "attempt.rejected")
    job = await cancelled(jobs, job.id)
    assert (job.cost, len(world.calls)) == (0, 1)
    await jobs.close()


async def test_while_its_submit_is_on_the_way(jobs: Jobs, world: PaidWorld):
    """The submit is not broken off: its answer says what there is to stop."""
    world.polls = 10_000
    plain, answer = world.drive, asyncio.Event()

    async def slow(flow, provider):
        if "POST /jobs" not in world.calls:
            world.calls.append("on the way")
            await answer.wait()
        return await plain(flow, provider)

    world.drive = slow
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.SUBMITTING, "attempt.intent")
    await jobs.cancel(job.id)
    await asyncio.sleep(0.1)
    assert (await jobs.get(job.id)).status is Status.RUNNING
    answer.set()
    job = await jobs.wait(job.id, timeout_s=20)
    assert (job.status, job.cost) == (Status.CANCELLED, 0)
    assert (len(world.accepted()), world.stopped()) == (1, {"stopped-op-1"})


@pytest.mark.parametrize("guarantee", [Guarantee.FINDABLE, Guarantee.IDEMPOTENT])
async def test_while_it_is_found_out_whether_it_was_accepted(
    world: PaidWorld, home: Path, outputs: Path, guarantee: Guarantee
):
    world.lose, world.polls = 1, 10_000
    jobs = await world.jobs(home, outputs, policy=replace(FAST, retry_first=3600, retry_cap=3600))
    jobs.run()
    plain, asked = world._answer, []

    def unsure(call, provider):
        if (call.path == "/find" or (call.method == "POST" and world.accepted())) and not asked:
            asked.append(call)
            raise ConnectionError("no answer")
        return plain(call, provider)

    world._answer = unsure
    job = await jobs.create(make_plan(guarantee))
    await until(jobs, job.id, Phase.RECONCILING, "attempt.unanswered")
    async with asyncio.timeout(20):
        while not asked:
            await asyncio.sleep(0.01)
    job = await cancelled(jobs, job.id)
    held = (await jobs.balance()).held
    await jobs.close()
    assert (job.cost, held) == (0, 0)
    assert (len(world.accepted()), world.stopped()) == (1, {"stopped-op-1"})


async def test_while_it_is_verified(world: PaidWorld, home: Path, outputs: Path, monkeypatch: pytest.MonkeyPatch):
    begun, go_on, plain = threading.Event(), threading.Event(), paid_world.check

    def slow(path, plan):
        begun.set()
        go_on.wait(20)
        return plain(path, plan)

    monkeypatch.setattr(paid_world, "check", slow)
    jobs = await world.jobs(home, outputs)
    jobs.run()
    job = await jobs.create(make_plan())
    await asyncio.to_thread(begun.wait, 20)
    assert (await jobs.get(job.id)).phase is Phase.VERIFYING
    job = await cancelled(jobs, job.id)
    go_on.set()
    assert job.cost == PRICE, "the provider had finished it"
    done = await jobs.wait((await jobs.resume(job.id)).id, timeout_s=20)
    await jobs.close()
    assert (done.status, done.cost, len(world.accepted())) == (Status.COMPLETED, PRICE, 1)


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("guarantee", list(Guarantee))
async def test_while_nobody_knows_whether_it_was_accepted(
    world: PaidWorld,
    home: Path,
    outputs: Path,
    guarantee: Guarantee,
    arrived: bool,  # noqa: FBT001
):
    """The process dies between submit and note of the answer; the wish comes before the next start."""
    world.polls = 10_000
    jobs = await world.jobs(home, outputs)

    def die(name: str) -> None:
        if name == ("after POST /jobs" if arrived else "before POST /jobs"):
            raise asyncio.CancelledError

    world.point = die
    jobs.run()
    job = await jobs.create(make_plan(guarantee))
    async with asyncio.timeout(20):
        while not world.calls:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
    await jobs.close()
    world.point = lambda name: None
    posts = world.calls.count("POST /jobs")
    jobs = await world.jobs(home, outputs)
    await jobs.cancel(job.id)
    jobs.run()
    job = await jobs.wait(job.id, timeout_s=20)
    [attempt] = await jobs.attempts(job.id)
    held = (await jobs.balance()).held
    await jobs.close()
    assert job.status is Status.CANCELLED
    assert world.calls.count("POST /jobs") == posts, "nothing is sent that could make it begin"
    if guarantee is Guarantee.NONE:
        assert (attempt.state, held) == (AttemptState.UNKNOWN, PRICE)
    elif arrived:
        assert (attempt.state, held, world.stopped()) == (AttemptState.CANCELLED, 0, {"stopped-op-1"})
    else:
        assert (attempt.state, held, world.accepted()) == (AttemptState.REJECTED, 0, [])


async def test_a_wish_from_another_process_reaches_the_runner(jobs: Jobs, world: PaidWorld, home: Path, outputs: Path):
    world.polls = 10_000
    job = await jobs.create(make_plan())
    await until(jobs, job.id, Phase.GENERATING)
    other = await world.jobs(home, outputs)
    await other.cancel(job.id)
    job = await other.wait(job.id, timeout_s=5)
    await other.close()
    assert job.status is Status.CANCELLED


async def test_what_has_ended_is_not_cancelled(jobs: Jobs):
    job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    with pytest.raises(JobStateError, match="is completed: it can no longer be cancelled"):
        await jobs.cancel(job.id)


# --- the signal ----------------------------------------------------------------------------------------------------


async def test_a_signal_breaks_off_only_where_it_may():
    signal, steps = Signal(), []

    async def run():
        with signal.stoppable():
            await asyncio.sleep(0)
        steps.append("closed")
        await asyncio.sleep(0.05)
        steps.append("not broken off")
        with signal.stoppable():
            steps.append("never")

    task = asyncio.create_task(run())
    async with asyncio.timeout(5):
        while not steps:
            await asyncio.sleep(0)
    signal.cancel()
    with pytest.raises(JobCancelledError):
        await task
    assert steps == ["closed", "not broken off"]
    assert task.cancelling() == 0


async def test_a_signal_is_no_cancellation_of_the_task():
    signal = Signal()

    async def run():
        try:
            with signal.stoppable():
                await asyncio.sleep(60)
        except JobCancelledError:
            await asyncio.sleep(0.01)  # what has to be done still can be
            return "tidied"

    task = asyncio.create_task(run())
    await asyncio.sleep(0.01)
    signal.cancel()
    signal.cancel()
    assert await task == "tidied"


async def test_a_cancelled_task_is_cancelled_also_inside():
    signal = Signal()

    async def run():
        with signal.stoppable():
            await asyncio.sleep(60)

    for both in (False, True):
        task = asyncio.create_task(run())
        await asyncio.sleep(0.01)
        task.cancel()
        if both:
            signal.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_unbroken_work_is_finished_first():
    steps = []

    async def work():
        await asyncio.sleep(0.05)
        steps.append("stored")

    task = asyncio.create_task(unbroken(work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["stored"]
    assert await unbroken(asyncio.sleep(0, "value")) == "value"
    with pytest.raises(ZeroDivisionError):
        await unbroken(_fail())


async def _fail():
    raise ZeroDivisionError
