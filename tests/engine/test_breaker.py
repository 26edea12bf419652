from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paid_world import PaidWorld, make_plan

from video_gen.engine.breaker import Breaker, State
from video_gen.exceptions import ServiceUnavailableError
from video_gen.spec import Guarantee, Status


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(failures=3, rest=10, cap=60, monotonic=clock)


def fail(breaker, times, model="m", provider="p"):
    for _ in range(times):
        breaker.sending(provider, model)
        breaker.failed(provider, model)


def test_a_few_failures_change_nothing(breaker):
    fail(breaker, 2)
    assert breaker.wait("p", "m") == 0
    breaker.answered("p", "m")
    fail(breaker, 2)
    assert breaker.wait("p", "m") == 0, "only failures in a row count"


def test_it_opens_for_one_model_alone(breaker, clock):
    fail(breaker, 3)
    assert breaker.wait("p", "m") == 10
    assert breaker.wait("p", "other") == 0
    clock.now += 4
    assert breaker.wait("p", "m") == 6


def test_one_probe_is_let_through_and_the_others_wait_for_it(breaker, clock):
    fail(breaker, 3)
    clock.now += 10
    assert breaker.wait("p", "m") == 0
    breaker.sending("p", "m")
    assert breaker.wait("p", "m") == 10
    clock.now += 10
    assert breaker.wait("p", "m") == 0, "a probe nobody heard of again is followed by another"
    breaker.answered("p", "m")
    assert breaker.wait("p", "m") == 0


def test_failed_probes_are_spread_up_to_a_cap(breaker, clock):
    fail(breaker, 3)
    waits = []
    for _ in range(5):
        clock.now += breaker.wait("p", "m")
        breaker.sending("p", "m")
        breaker.failed("p", "m")
        waits.append(breaker.wait("p", "m"))
    assert waits == [20, 40, 60, 60, 60]


def test_a_provider_is_down_when_several_of_its_models_fail_in_a_row(breaker, clock):
    fail(breaker, 2, "one")
    fail(breaker, 1, "two")
    assert breaker.wait("p", "one") == breaker.wait("p", "third") == 10
    assert breaker.wait("q", "elsewhere") == 0
    assert breaker.state("p", "third") is State.OPEN
    clock.now += 10
    assert breaker.state("p", "third") is State.HALF_OPEN
    breaker.sending("p", "third")
    assert breaker.state("p", "third") is State.HALF_OPEN
    assert breaker.wait("p", "one") == 10, "one probe for the whole provider"
    breaker.answered("p", "third")
    assert breaker.wait("p", "one") == 0
    assert breaker.state("p", "one") is State.CLOSED


def test_one_model_that_is_down_holds_no_other_back(breaker):
    fail(breaker, 9, "one")
    assert breaker.wait("p", "one") > 0
    assert breaker.wait("p", "two") == 0
    fail(breaker, 1, "two")
    breaker.answered("p", "three")
    assert breaker.wait("p", "two") == 0, "one of its models answers: the provider is there"
    assert breaker.wait("p", "one") > 0


def test_an_outage_of_a_provider_opens_once_for_all_its_models(breaker, clock):
    """However many models fail, one pause holds for all, and one probe ends it."""
    for model in "abcdef":
        fail(breaker, 1, model)
    waits = {breaker.wait("p", model) for model in "abcdef"}
    assert len(waits) == 1
    clock.now += waits.pop()
    sent = []
    for model in "abcdef":
        if not breaker.wait("p", model):
            breaker.sending("p", model)
            sent.append(model)
    assert sent == ["a"]


def test_a_provider_that_asks_for_patience_has_it_from_all(breaker, clock):
    breaker.hold("p", 30)
    breaker.hold("p", 5)
    assert breaker.wait("p", "any") == 30
    assert breaker.wait("q", "any") == 0
    assert breaker.down("p", "any") == 0, "it is there: nobody has to go elsewhere"
    breaker.answered("p", "any")
    assert breaker.wait("p", "any") == 30
    clock.now += 31
    assert breaker.wait("p", "any") == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.sampled_from([0, 4, 12]), st.sampled_from(["failed", "silent", "answered"])
        ),
        max_size=40,
    )
)
def test_probes_are_single_whatever_happens(steps):
    """While a model, or its provider, is down, two submits to it are a pause apart unless the first was answered."""
    clock = Clock()
    breaker = Breaker(failures=2, rest=10, cap=60, monotonic=clock)
    probed: dict[str, float] = {}
    for model, seconds, outcome in steps:
        clock.now += seconds
        down = breaker.state("p", model) is not State.CLOSED
        if breaker.wait("p", model):
            assert down
            continue
        if down:
            assert clock.now - probed.get(model, -10.0) >= 10
            probed[model] = clock.now
        breaker.sending("p", model)
        if outcome == "failed":
            breaker.failed("p", model)
        elif outcome == "answered":
            breaker.answered("p", model)
            probed.pop(model, None)


@asynccontextmanager
async def running(world, tmp_path):
    jobs = await world.jobs(tmp_path / "home", tmp_path / "out")
    jobs.run()
    try:
        yield jobs
    finally:
        await jobs.close()


async def test_jobs_go_elsewhere_while_a_model_is_down(world: PaidWorld, tmp_path):
    second = make_plan(Guarantee.FINDABLE)
    plan = make_plan(Guarantee.NONE).model_copy(update={"alternatives": (second,)})
    async with running(world, tmp_path) as jobs:
        fail(jobs._ports.breaker, 5, plan.model, plan.provider)
        job = await jobs.wait((await jobs.create(plan)).id, timeout_s=20)
        [attempt] = await jobs.attempts(job.id)
    assert (job.status, attempt.model, job.fallback_from) == (Status.COMPLETED, second.model, plan.model)


async def test_a_job_without_an_alternative_waits_until_a_probe_may_be_sent(world: PaidWorld, tmp_path):
    plan = make_plan(Guarantee.NONE)
    async with running(world, tmp_path) as jobs:
        breaker = jobs._ports.breaker
        breaker._rest = 0.3
        fail(breaker, 5, plan.model, plan.provider)
        job = await jobs.wait((await jobs.create(plan)).id, timeout_s=20)
        seen = [event.kind for event in await jobs.events(job.id)]
    assert job.status is Status.COMPLETED
    assert seen.count("breaker.open") == 1
    assert breaker.wait(plan.provider, plan.model) == 0, "the probe was accepted: all is well again"


async def test_what_the_provider_answers_is_what_counts(world: PaidWorld, tmp_path, monkeypatch):
    """A provider that refuses for a reason of its own is there; one that cannot be reached is not."""
    plan = make_plan(Guarantee.NONE)
    async with running(world, tmp_path) as jobs:
        breaker = jobs._ports.breaker
        world.status = 402
        for _ in range(6):
            await jobs.wait((await jobs.create(plan)).id, timeout_s=20)
        assert breaker.wait(plan.provider, plan.model) == 0
        world.status = 0

        async def unreachable(flow, provider):
            next(flow)
            raise ServiceUnavailableError("cannot be reached")

        monkeypatch.setattr(world, "drive", unreachable)
        breaker._failures = 4
        await jobs.wait((await jobs.create(plan)).id, timeout_s=20)
        assert breaker.wait(plan.provider, plan.model) > 0
