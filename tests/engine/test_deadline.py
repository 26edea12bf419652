"""A job is given up by an explicit limit alone; what could not be stopped is paid, and can still be had."""

from dataclasses import replace
from pathlib import Path

import pytest
from paid_world import FAST, PRICE, PaidWorld, make_plan

from video_gen.engine.ledger import EntryKind
from video_gen.engine.service import Jobs
from video_gen.exceptions import DeadlineExceededError, InvalidRequestError
from video_gen.spec import AttemptState, Guarantee, Job, Request, Status

SOON = 2.0
"""Long enough for a busy machine to have sent the job by then."""
FOREVER = 10**9


@pytest.fixture
def opened(world: PaidWorld, home: Path, outputs: Path):
    """Open the jobs of the home and carry them out."""

    async def opening(**options) -> Jobs:
        jobs = await world.jobs(home, outputs, **options)
        jobs.run()
        return jobs

    return opening


async def given_up(jobs: Jobs, job: Job) -> Job:
    job = await jobs.wait(job.id, timeout_s=20)
    assert job.status is Status.FAILED
    assert job.error is not None
    assert job.error.code == DeadlineExceededError.code
    assert "was not finished within 2 s and was given up" in job.error.message
    return job


async def test_it_is_stopped_at_the_provider_and_costs_nothing(opened, world: PaidWorld):
    world.polls = FOREVER
    jobs = await opened()
    job = await given_up(jobs, await jobs.create(make_plan(give_up_after=SOON)))
    entries = await jobs._store.entries(job.id)
    await jobs.close()
    assert world.stopped() == {"stopped-op-1"}
    assert (job.cost, [entry.kind for entry in entries]) == (0, [EntryKind.RESERVE, EntryKind.REFUND])


async def test_what_cannot_be_stopped_is_paid_and_fetched_by_resume(opened, world: PaidWorld):
    world.polls, world.stoppable = FOREVER, False
    jobs = await opened()
    job = await given_up(jobs, await jobs.create(make_plan(give_up_after=SOON)))
    assert job.cost == PRICE
    assert job.error is not None
    assert f"video-gen jobs resume {job.id}" in job.error.message
    world.polls = 100  # longer than it was allowed at first: whoever resumes it waits
    resumed = await jobs.resume(job.id)
    assert resumed.deadline is None
    done = await jobs.wait(job.id, timeout_s=20)
    await jobs.close()
    assert (done.status, done.cost, len(world.accepted())) == (Status.COMPLETED, PRICE, 1)


async def test_it_is_asked_once_more_before_it_is_given_up(opened, world: PaidWorld):
    """The last answer is older than the deadline: the video may have been finished since."""
    world.polls = 0
    jobs = await opened(policy=replace(FAST, poll_first=3600, poll_cap=3600))
    job = await jobs.wait((await jobs.create(make_plan(give_up_after=SOON))).id, timeout_s=20)
    await jobs.close()
    assert (job.status, job.cost) == (Status.COMPLETED, PRICE)


async def test_what_is_finished_is_fetched_whatever_the_limit(opened, world: PaidWorld):
    world.hold.clear()
    jobs = await opened()
    job = await jobs.create(make_plan(give_up_after=SOON))
    with pytest.raises(TimeoutError):
        await jobs.wait(job.id, timeout_s=1.5 * SOON)
    world.hold.set()
    assert (await jobs.wait(job.id, timeout_s=20)).status is Status.COMPLETED
    await jobs.close()


async def test_a_queued_job_is_given_up_though_there_is_no_room_for_it(opened, world: PaidWorld):
    world.polls = FOREVER
    jobs = await opened(limit=1)
    first = await jobs.create(make_plan())
    job = await given_up(jobs, await jobs.create(make_plan(give_up_after=SOON)))
    assert job.cost == 0
    await jobs.cancel(first.id)
    await jobs.wait(first.id, timeout_s=20)
    await jobs.close()
    assert len(world.accepted()) == 1


async def test_while_it_waits_to_be_sent_again(opened, world: PaidWorld):
    world.refusals = FOREVER
    jobs = await opened(policy=replace(FAST, retry_first=3600, retry_cap=3600))
    job = await given_up(jobs, await jobs.create(make_plan(give_up_after=SOON)))
    await jobs.close()
    assert (job.cost, world.accepted(), world.calls.count("POST /jobs")) == (0, [], 1)


async def test_while_nobody_knows_whether_it_was_accepted(opened, world: PaidWorld):
    """It is looked up before it is given up, and stopped when it is there."""
    world.lose, world.polls = 1, FOREVER
    jobs = await opened(policy=replace(FAST, retry_first=3600, retry_cap=3600))
    plain, asked = world._answer, []

    def unsure(call, provider):
        if call.path == "/find" and not asked:
            asked.append(call)
            raise ConnectionError("no answer")
        return plain(call, provider)

    world._answer = unsure
    job = await given_up(jobs, await jobs.create(make_plan(Guarantee.FINDABLE, give_up_after=SOON)))
    [attempt] = await jobs.attempts(job.id)
    held = (await jobs.balance()).held
    await jobs.close()
    assert (attempt.state, held, world.stopped()) == (AttemptState.CANCELLED, 0, {"stopped-op-1"})


async def test_no_other_model_is_tried_after_the_deadline(opened, world: PaidWorld):
    world.polls = FOREVER
    jobs = await opened()
    plan = make_plan(give_up_after=SOON)
    chain = plan.model_copy(update={"alternatives": (make_plan(Guarantee.FINDABLE),)})
    job = await given_up(jobs, await jobs.create(chain))
    await jobs.close()
    assert (len(world.accepted()), job.model_used) == (1, None)


async def test_a_limit_outlives_the_process(world: PaidWorld, home: Path, outputs: Path, opened):
    world.polls = FOREVER
    jobs = await opened()
    job = await jobs.create(make_plan(give_up_after=SOON))
    await jobs.close()
    again = await opened()
    await given_up(again, job)
    await again.close()


@pytest.mark.parametrize("patience", [0, -1, float("nan")])
def test_a_limit_is_more_than_nothing(patience: float):
    with pytest.raises(InvalidRequestError, match="give_up_after"):
        Request.of(prompt="x", give_up_after=patience)
