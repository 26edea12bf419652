"""Whatever a provider, a caller and a person do, the books say what was promised, and each amount is closed once."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paid_world import PRICE, PaidWorld, make_plan
from test_store import AT, ERROR, claimed, new_attempt, new_job

from video_gen.engine import ledger, lifecycle
from video_gen.engine.ceilings import Ceilings
from video_gen.engine.record import Record
from video_gen.engine.resolving import Adopt, Resubmit, WriteOff
from video_gen.engine.service import Jobs
from video_gen.exceptions import JobStateError, VideoGenerationError
from video_gen.spec import Attempt, AttemptState, Guarantee, Job, Operation, Plan, Status

WORLDS = st.fixed_dictionaries(
    {
        "refusals": st.integers(0, 4),
        "lose": st.integers(0, 2),
        "verdict": st.sampled_from(["done", "done", "failed", "failed-at-a-price"]),
        "cost": st.sampled_from([None, 0, PRICE // 3, PRICE]),
        "bad": st.integers(0, 3),
        "missing": st.integers(0, 5),
        "stoppable": st.booleans(),
        "status": st.sampled_from([0, 0, 0, 402]),
    }
)
CHAINS = st.lists(st.sampled_from(list(Guarantee)), min_size=1, max_size=2, unique=True)
CEILINGS = st.sampled_from([None, PRICE, 2 * PRICE])
DECISIONS = [WriteOff(), WriteOff(0), Resubmit(), Adopt(lambda attempt: Operation(
    provider=attempt.plan.provider, protocol=attempt.plan.protocol, id="op-1"))]  # fmt: skip


def chain(guarantees: list[Guarantee], ceiling: int | None) -> Plan:
    first, *rest = [make_plan(each, max_cost=ceiling) for each in guarantees]
    return first.model_copy(update={"alternatives": tuple(rest)})


async def ended(jobs: Jobs, made: list[Job]) -> list[Job]:
    return list(await asyncio.gather(*(jobs.wait(job.id, timeout_s=30) for job in made)))


async def live(world: PaidWorld, folder: Path, plans: list[Plan], cancel_at: int, decisions: list) -> None:
    """Let jobs live side by side, one of them cancelled on the way; then have two people settle what nobody knows."""
    jobs = await world.jobs(folder / "home", folder / "out", ceilings=Ceilings(max_cost_per_day=5 * PRICE))
    try:
        made = [await jobs.create(plan) for plan in plans]
        cancels: list[asyncio.Task] = []

        def step(name: str) -> None:
            if len(world.calls) == cancel_at and not cancels:
                cancels.append(asyncio.create_task(jobs.cancel(made[0].id)))

        world.point = step
        jobs.run()
        await ended(jobs, made)
        await asyncio.gather(*cancels, return_exceptions=True)
        await check_books(jobs, made)
        for job in made:
            asked = [jobs.resolve(job.id, decision) for decision in decisions]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(answer, Job | VideoGenerationError) for answer in answers), answers
        await ended(jobs, made)
        await check_books(jobs, made)
        for job in await ended(jobs, made):
            if lifecycle.resumable(job, await jobs.attempts(job.id)):
                await jobs.resume(job.id)
        await ended(jobs, made)
        await check_books(jobs, made)
    finally:
        await jobs.close()


async def check_books(jobs: Jobs, made: list[Job]) -> None:
    whole = ledger.Balance()
    for each in made:
        job, tried = await jobs.get(each.id), await jobs.attempts(each.id)
        entries = await jobs._store.entries(each.id)
        check_legs(tried, entries)
        booked = ledger.balance(entries)
        assert booked.spent == job.cost == sum(attempt.cost or 0 for attempt in tried)
        assert booked.held == sum(attempt.reserved for attempt in tried if attempt.cost is None)
        assert job.request.max_cost is None or booked.spent + booked.held <= job.request.max_cost
        whole = ledger.Balance(held=whole.held + booked.held, spent=whole.spent + booked.spent)
    assert await jobs.balance() == whole
    standing = await jobs.standing(None)
    assert (standing.spent, standing.held, standing.planned) == (whole.spent, whole.held, 0)
    assert standing.left is not None
    assert standing.left >= 0


def check_legs(tried: list[Attempt], entries: list[ledger.Entry]) -> None:
    legs = Counter((entry.attempt_id, entry.leg) for entry in entries)
    assert set(legs.values()) <= {1}, "no leg twice"
    for attempt in tried:
        closed = attempt.state is not AttemptState.UNKNOWN
        assert legs[attempt.id, "open"] == 1
        assert legs[attempt.id, "close"] == closed == (attempt.cost is not None)
        if attempt.state is AttemptState.REJECTED:
            assert attempt.cost == 0, "what was not accepted is paid back"
    assert {entry.attempt_id for entry in entries} == {attempt.id for attempt in tried}


def check_scenario(video: Path, facts: dict, guarantees, ceiling, cancel_at, decisions) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = PaidWorld(folder / "elsewhere", video)
        for fact, value in facts.items():
            setattr(world, fact, value)
        plans = [chain(guarantees, ceiling), chain([guarantees[-1]], ceiling)]
        asyncio.run(live(world, folder, plans, cancel_at, decisions))


SCENARIO = {
    "facts": WORLDS,
    "guarantees": CHAINS,
    "ceiling": CEILINGS,
    "cancel_at": st.integers(0, 12),
    "decisions": st.lists(st.sampled_from(DECISIONS), min_size=2, max_size=2),
}


@given(**SCENARIO)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_the_books_balance_whatever_happens(video: Path, facts, guarantees, ceiling, cancel_at, decisions):
    check_scenario(video, facts, guarantees, ceiling, cancel_at, decisions)


@pytest.mark.soak
@given(**SCENARIO)
@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
def test_the_books_balance_whatever_happens_for_long(video: Path, facts, guarantees, ceiling, cancel_at, decisions):
    check_scenario(video, facts, guarantees, ceiling, cancel_at, decisions)


async def test_a_lost_submit_is_settled_once_though_many_decide_at_once(opening):
    stores = [await opening() for _ in range(2)]
    running, _ = await claimed(stores[0], await stores[0].create(new_job(), "h", []))
    lost = new_attempt(running, state=AttemptState.UNKNOWN)
    job = lifecycle.failed(lifecycle.charged(running, [lost]), ERROR, AT)
    await stores[0].record(Record(job=job, at=AT, attempt=lost, entries=[ledger.reserve(lost, AT)]))
    decisions = [WriteOff(0), WriteOff(PRICE), Resubmit(), *DECISIONS]
    answers = await asyncio.gather(
        *(stores[n % 2].resolve(job.id, decision, AT) for n, decision in enumerate(decisions)), return_exceptions=True
    )
    [settled] = [answer for answer in answers if isinstance(answer, Job)]
    assert all(isinstance(answer, Job | JobStateError) for answer in answers)
    check = await stores[0].attempts(job.id)
    booked = await stores[0].balance(job.id)
    adopted = settled.status is Status.QUEUED and check[0].state is AttemptState.SUBMITTED
    assert booked == ledger.Balance(held=PRICE if adopted else 0, spent=check[0].cost or 0)
    await asyncio.gather(*(store.close() for store in stores))
