"""What a person may decide about a submit that may be paid though nobody knows."""

import pytest
from paid_world import PRICE, PaidWorld, make_plan

from video_gen.engine.resolving import Resubmit, WriteOff
from video_gen.exceptions import JobStateError, SubmissionUnknownError
from video_gen.spec import AttemptState, Guarantee, Status


@pytest.fixture
def start(world: PaidWorld, tmp_path):
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def start():
        jobs = await world.jobs(tmp_path / "home", tmp_path / "out")
        jobs.run()
        try:
            yield jobs
        finally:
            await jobs.close()

    return start


async def lost(jobs, world):
    world.lose = 1
    job = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    assert job.error is not None
    assert job.error.code == "submission_unknown"
    return job


async def test_adopted_it_goes_on_with_what_was_paid(start, world):
    async with start() as jobs:
        job = await lost(jobs, world)
        [accepted] = world.accepted()
        await jobs.adopt(job.id, accepted["id"])
        job = await jobs.wait(job.id, timeout_s=20)
        balance = await jobs.balance()
        [attempt] = await jobs.attempts(job.id)
    assert job.status is Status.COMPLETED
    assert len(world.accepted()) == 1
    assert (balance.held, balance.spent) == (0, PRICE)
    assert attempt.operation is not None
    assert attempt.operation.id == accepted["id"]


async def test_sent_again_it_is_a_new_attempt_and_the_lost_one_cost_nothing(start, world):
    async with start() as jobs:
        job = await lost(jobs, world)
        await jobs.resolve(job.id, Resubmit())
        job = await jobs.wait(job.id, timeout_s=20)
        first, second = await jobs.attempts(job.id)
        balance = await jobs.balance()
    assert job.status is Status.COMPLETED
    assert (first.state, first.cost) == (AttemptState.REJECTED, 0)
    assert (second.state, second.cost) == (AttemptState.SUCCEEDED, PRICE)
    assert first.idempotency_key != second.idempotency_key
    assert (balance.held, balance.spent) == (0, PRICE)


@pytest.mark.parametrize(("cost", "spent"), [(None, PRICE), (0, 0), (70_000, 70_000)])
async def test_written_off_its_price_is_booked_as_said(start, world, cost, spent):
    async with start() as jobs:
        job = await lost(jobs, world)
        job = await jobs.resolve(job.id, WriteOff(cost))
        balance = await jobs.balance()
        assert (job.status, job.cost) == (Status.FAILED, spent)
        assert (balance.held, balance.spent) == (0, spent)
        await jobs.delete(job.id)  # now it may be forgotten
    assert len(world.accepted()) == 1


async def test_a_job_is_resolved_once_and_only_where_there_is_something_to_resolve(start, world):
    async with start() as jobs:
        job = await lost(jobs, world)
        await jobs.resolve(job.id, WriteOff())
        with pytest.raises(JobStateError, match="nothing to resolve"):
            await jobs.resolve(job.id, WriteOff(0))
        fine = await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
        with pytest.raises(JobStateError, match="nothing to resolve"):
            await jobs.resolve(fine.id, Resubmit())
        assert (await jobs.balance()).spent == 2 * PRICE


async def test_what_another_attempt_holds_is_not_taken_over(start, world, monkeypatch):
    """Two jobs that ask for the same: one is known, the other never arrived. It is sent, not shared."""

    def any_of_them(self, key):
        return world.accepted()[0]["id"] if world.accepted() else None

    async with start() as jobs:
        first = await jobs.wait((await jobs.create(make_plan(Guarantee.FINDABLE))).id, timeout_s=20)
        monkeypatch.setattr(PaidWorld, "_of_key", any_of_them)
        plain = PaidWorld._submitted

        def never_arrives(self, call, provider):
            monkeypatch.setattr(PaidWorld, "_submitted", plain)
            raise SubmissionUnknownError("the connection broke before it was there")

        monkeypatch.setattr(PaidWorld, "_submitted", never_arrives)
        second = await jobs.wait((await jobs.create(make_plan(Guarantee.FINDABLE))).id, timeout_s=20)
        operations = [(await jobs.attempts(job.id))[-1].operation.id for job in (first, second)]
    assert (first.status, second.status) == (Status.COMPLETED, Status.COMPLETED)
    assert len(set(operations)) == len(world.accepted()) == 2


async def test_what_may_be_another_jobs_is_left_alone_while_that_is_being_sent(start, world, monkeypatch):
    async with start() as jobs:
        store = jobs._store
        plain, asked = store.neighbours, []

        async def alike_at_first(attempt):
            asked.append(attempt.id)
            taken, _ = await plain(attempt)
            return taken, len(asked) < 3

        monkeypatch.setattr(store, "neighbours", alike_at_first)
        world.lose = 1
        job = await jobs.wait((await jobs.create(make_plan(Guarantee.FINDABLE))).id, timeout_s=20)
    assert job.status is Status.COMPLETED
    assert len(asked) == 3
    assert len(world.accepted()) == 1
