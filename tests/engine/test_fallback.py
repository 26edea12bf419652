"""What is tried when a model cannot be had, and what is not."""

from contextlib import asynccontextmanager

import pytest
from paid_world import PRICE, PaidWorld, make_plan

from video_gen.engine.policy import allows_fallback
from video_gen.exceptions import VideoGenerationError
from video_gen.spec import AttemptState, ErrorFacts, Guarantee, Status


@pytest.fixture
def start(world: PaidWorld, tmp_path):
    @asynccontextmanager
    async def start():
        jobs = await world.jobs(tmp_path / "home", tmp_path / "out")
        jobs.run()
        try:
            yield jobs
        finally:
            await jobs.close()

    return start


def chain(**request):
    second = make_plan(Guarantee.FINDABLE)
    first = make_plan(Guarantee.NONE, fallback=(second.model,), **request)
    return first.model_copy(update={"alternatives": (second,)})


async def made(jobs, plan):
    return await jobs.wait((await jobs.create(plan)).id, timeout_s=20)


async def kinds(jobs, job):
    return [event.kind for event in await jobs.events(job.id)]


async def test_the_next_model_is_tried_and_the_job_says_which_and_why(start, world):
    async with start() as jobs:
        plain = world._answer
        world._answer = lambda call, provider: (
            setattr(world, "status", 402 if provider.id == "paid-none" and call.method == "POST" else 0)
            or plain(call, provider)
        )
        job = await made(jobs, chain())
        first, second = await jobs.attempts(job.id)
    assert (job.status, job.model_used, job.fallback_from) == (Status.COMPLETED, "findable/m", "none/m")
    assert (first.state, first.cost, second.cost) == (AttemptState.REJECTED, 0, PRICE)
    assert first.plan.alternatives == ()


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_refusal_of_the_content_ends_it_unless_the_caller_says_otherwise(start, world, allowed):
    world.verdict = "failed"
    async with start() as jobs:
        job = await made(jobs, chain(fallback_on_policy=allowed))
        tried = await jobs.attempts(job.id)
    assert job.error is not None
    assert job.error.code == "content_policy_violation"
    assert len(tried) == (2 if allowed else 1)


async def test_a_lost_submit_is_never_replaced_by_another_model(start, world):
    world.lose = 1
    async with start() as jobs:
        job = await made(jobs, chain())
    assert job.error is not None
    assert job.error.code == "submission_unknown"
    assert len(world.accepted()) == 1


async def test_a_job_that_waits_too_long_in_a_queue_is_taken_back(start, world):
    world.queued, world.polls = True, 10**9
    async with start() as jobs:
        job = await jobs.create(chain(queue_timeout=0.1))
        async for item in jobs.watch(job.id):
            if getattr(item, "kind", "") == "routing.fallback":
                world.polls = 0
        job = await jobs.get(job.id)
        first, _ = await jobs.attempts(job.id)
        balance = await jobs.balance()
    assert (job.status, job.model_used) == (Status.COMPLETED, "findable/m")
    assert (first.state, first.cost) == (AttemptState.FAILED, 0)
    assert len(world.stopped()) == 1
    assert (balance.held, balance.spent) == (0, PRICE)


async def test_a_job_that_the_queue_does_not_let_go_is_waited_for(start, world):
    world.queued, world.polls, world.stoppable = True, 20, False
    async with start() as jobs:
        job = await made(jobs, chain(queue_timeout=0.02))
        seen = await kinds(jobs, job)
    assert (job.status, job.model_used) == (Status.COMPLETED, "none/m")
    assert seen.count("queue.kept") == 1
    assert len(world.accepted()) == 1


async def test_an_alternative_above_the_ceiling_is_passed_over(start, world):
    world.status = 402
    dear = make_plan(Guarantee.FINDABLE, price=9 * PRICE)
    plan = make_plan(Guarantee.NONE, max_cost=PRICE).model_copy(update={"alternatives": (dear,)})
    dear_too = plan.model_copy(update={"alternatives": (dear.model_copy(update={"request": plan.request}),)})
    async with start() as jobs:
        job = await made(jobs, dear_too)
        seen = await kinds(jobs, job)
    assert "routing.excluded" in seen
    assert job.error is not None
    assert job.error.code == "spend_limit"
    assert world.accepted() == []


@pytest.mark.parametrize(("ceiling", "sent"), [(2 * PRICE - 1, 1), (2 * PRICE, 2)])
async def test_the_ceiling_is_the_whole_jobs_also_after_a_failure_that_cost(start, world, ceiling, sent):
    world.verdict = "failed-at-a-price"
    second = make_plan(Guarantee.FINDABLE, max_cost=ceiling)
    plan = make_plan(Guarantee.NONE, max_cost=ceiling).model_copy(update={"alternatives": (second,)})
    async with start() as jobs:
        job = await made(jobs, plan)
    assert len(world.accepted()) == sent
    assert job.cost == sent * PRICE
    assert job.error is not None
    assert job.error.code == ("spend_limit" if sent == 1 else "job_failed")


def codes(kind=VideoGenerationError):
    yield kind.code
    for child in kind.__subclasses__():
        yield from codes(child)


def test_every_error_is_a_reason_to_try_another_model_or_none():
    reasons = {code for code in codes() if allows_fallback(ErrorFacts(code=code, message=""), on_policy=False)}
    assert reasons >= {"model_retired", "service_unavailable", "insufficient_credits", "rate_limited", "job_failed"}
    assert reasons >= {"authentication_error", "configuration_error", "no_video"}
    never = {"invalid_request", "invalid_media", "submission_unknown", "cancelled", "spend_limit", "unsupported_option"}
    assert not reasons & (never | {"content_policy_violation", "audio_filtered"})
    for code in ("content_policy_violation", "audio_filtered"):
        assert allows_fallback(ErrorFacts(code=code, message=""), on_policy=True)
