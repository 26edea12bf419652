"""A day's ceilings of an installation and of its keys: kept however many ask at once, on each database."""

import asyncio
import re
from datetime import timedelta

import pytest
from paid_world import PRICE, PaidWorld, make_plan
from pydantic import SecretStr
from test_store import AT, ERROR, claimed, new_attempt, new_job

from video_gen.engine import ledger, lifecycle
from video_gen.engine.ceilings import Ceilings, Standing, day_start
from video_gen.engine.record import Record
from video_gen.engine.store import Store
from video_gen.exceptions import DailyLimitError, SpendLimitError
from video_gen.spec import AttemptState, Guarantee, Job, Operation, Status

NEXT_DAY = day_start(AT) + timedelta(days=1)


@pytest.fixture
async def open_store(opening, monkeypatch):
    """Opens the same store under ceilings, as often as it is called."""
    opened: list[Store] = []

    async def open_store(**ceilings) -> Store:
        store = await opening()
        store._ceilings = Ceilings(**ceilings)
        opened.append(store)
        return store

    yield open_store
    await asyncio.gather(*(store.close() for store in opened))


def job(owner: str | None = None, *, price: int | None = PRICE, **fields) -> Job:
    return lifecycle.charged(new_job(owner=owner, plan=make_plan(price=price), **fields), [])


async def made(store: Store, asked: Job) -> bool:
    try:
        await store.create(asked, "h", [])
    except DailyLimitError:
        return False
    return True


async def reserve(store: Store, stored: Job, at=AT, **fields) -> tuple[Job, object]:
    running, tried = await claimed(store, stored)
    attempt = new_attempt(running, number=len(tried) + 1, intent_at=at, **fields)
    running = lifecycle.charged(running, [*tried, attempt])
    await store.record(Record(job=running, at=at, attempt=attempt, entries=[ledger.reserve(attempt, at)]))
    return running, attempt


async def settle(store: Store, running: Job, attempt, cost: int, at=AT, **fields) -> None:
    ended = attempt.model_copy(update={"state": AttemptState.FAILED, "cost": cost, "ended_at": at, **fields})
    job = lifecycle.failed(lifecycle.charged(running, [ended]), ERROR, at)
    await store.record(Record(job=job, at=at, attempt=ended, entries=[ledger.settle(ended, at)]))


def numbers(standing: Standing) -> tuple[int, int, int, int | None]:
    return standing.spent, standing.held, standing.planned, standing.left


# --- however many ask ----------------------------------------------------------------------------------------------


async def test_no_more_is_promised_than_the_installation_allows_however_many_ask_at_once(open_store):
    stores = [await open_store(max_cost_per_day=8 * PRICE) for _ in range(2)]
    answers = await asyncio.gather(*(made(stores[n % 2], job("ab"[n % 3 % 2])) for n in range(40)))
    assert sum(answers) == 8
    assert numbers(await stores[0].standing(None, AT)) == (0, 0, 8 * PRICE, 0)


async def test_no_more_is_promised_than_a_key_allows_however_many_ask_at_once(open_store):
    stores = [await open_store() for _ in range(2)]
    bob, _ = await stores[0].keys.create("bob", max_cost_per_day=3 * PRICE + 1)
    eve, _ = await stores[0].keys.create("eve", max_jobs_per_day=4)
    asked = [job(owner) for _ in range(10) for owner in (bob.id, eve.id, None)]
    answers = await asyncio.gather(*(made(stores[n % 2], each) for n, each in enumerate(asked)))
    counted = {owner: sum(answers[n] for n, each in enumerate(asked) if each.owner == owner) for owner in
               (bob.id, eve.id, None)}  # fmt: skip
    assert counted == {bob.id: 3, eve.id: 4, None: 10}


async def test_no_more_is_reserved_than_a_day_allows_however_many_start_at_once(open_store):
    """The limit was lowered while jobs waited: who comes first is served."""
    free = await open_store()
    waiting = [await free.create(job(), "h", []) for _ in range(12)]
    stores = [await open_store(max_cost_per_day=5 * PRICE) for _ in range(2)]

    async def started(store: Store, each: Job) -> bool:
        try:
            await reserve(store, each)
        except DailyLimitError:
            return False
        return True

    answers = await asyncio.gather(*(started(stores[n % 2], each) for n, each in enumerate(waiting)))
    assert sum(answers) == 5
    assert (await free.balance()).held == 5 * PRICE


# --- what counts ---------------------------------------------------------------------------------------------------


async def test_what_is_promised_is_counted_once_from_the_queue_to_the_end(open_store):
    store = await open_store(max_cost_per_day=4 * PRICE)
    stored = await store.create(job(), "h", [])
    seen = [numbers(await store.standing(None, AT))]
    running, attempt = await reserve(store, stored)
    seen.append(numbers(await store.standing(None, AT)))
    await settle(store, running, attempt, PRICE // 5)
    seen.append(numbers(await store.standing(None, AT)))
    assert seen == [(0, 0, PRICE, 3 * PRICE), (0, PRICE, 0, 3 * PRICE), (PRICE // 5, 0, 0, 4 * PRICE - PRICE // 5)]


async def test_what_is_cancelled_while_it_waits_is_promised_nothing(open_store):
    store = await open_store(max_cost_per_day=PRICE)
    first = await store.create(job(), "h", [])
    assert not await made(store, job())
    await store.cancel(first.id, AT)
    assert await made(store, job())


async def test_between_two_attempts_the_price_stays_promised(open_store):
    store = await open_store(max_cost_per_day=PRICE)
    running, attempt = await reserve(store, await store.create(job(), "h", []))
    refused = attempt.model_copy(update={"state": AttemptState.REJECTED, "cost": 0})
    running = lifecycle.charged(running, [refused])
    await store.record(Record(job=running, at=AT, attempt=refused, entries=[ledger.settle(refused, AT)]))
    assert numbers(await store.standing(None, AT)) == (0, 0, PRICE, 0)
    assert not await made(store, job())


async def test_an_attempt_counts_on_the_day_its_price_was_reserved(open_store):
    store = await open_store(max_cost_per_day=2 * PRICE)
    running, attempt = await reserve(store, await store.create(job(), "h", []))
    lost, unknown = await reserve(store, await store.create(job(), "h", []))
    unknown = unknown.model_copy(update={"state": AttemptState.UNKNOWN})
    ended = lifecycle.failed(lifecycle.charged(lost, [unknown]), ERROR, AT)
    await store.record(Record(job=ended, at=AT, attempt=unknown))
    assert numbers(await store.standing(None, AT)) == (0, 2 * PRICE, 0, 0)
    assert numbers(await store.standing(None, NEXT_DAY - timedelta(microseconds=1)))[3] == 0
    await settle(store, running, attempt, PRICE, at=NEXT_DAY)
    assert numbers(await store.standing(None, NEXT_DAY)) == (0, 0, 0, 2 * PRICE), "settled for the day before"
    assert (await store.balance()).held == PRICE, "and what nobody knows stays held"
    assert await made(store, job(created_at=NEXT_DAY))
    assert await made(store, job(created_at=NEXT_DAY))
    assert not await made(store, job(created_at=NEXT_DAY))


async def test_what_still_waits_at_midnight_counts_on_the_new_day(open_store):
    store = await open_store(max_cost_per_day=PRICE)
    await store.create(job(), "h", [])
    assert not await made(store, job(created_at=NEXT_DAY))


async def test_more_than_was_reserved_counts_in_full(open_store):
    store = await open_store(max_cost_per_day=4 * PRICE)
    running, attempt = await reserve(store, await store.create(job(), "h", []))
    await settle(store, running, attempt, 3 * PRICE + 1)
    assert not await made(store, job())


async def test_the_upper_end_of_a_range_counts(open_store):
    store = await open_store(max_cost_per_day=PRICE)
    plan = make_plan()
    ranged = plan.model_copy(update={"quote": plan.quote.model_copy(update={"high": PRICE + 1})})
    assert not await made(store, lifecycle.charged(new_job(plan=ranged), []))
    assert await made(store, job())


async def test_jobs_are_counted_once_and_also_after_they_are_deleted(open_store):
    store = await open_store(max_jobs_per_day=3)
    running, attempt = await reserve(store, await store.create(job(), "h", []))
    await settle(store, running, attempt, 0)
    await store.delete(running.id)
    keyed = job(idempotency_key="k")
    for _ in range(3):
        assert (await store.create(keyed, "h", [])).id == keyed.id
    assert (await store.standing(None, AT)).jobs == 2
    assert await made(store, job())
    assert not await made(store, job(price=0))
    assert (await store.create(keyed, "h", [])).id == keyed.id, "what is there already is no new job"
    assert await made(store, job(created_at=NEXT_DAY))


async def test_a_callers_own_key_spends_nobody_elses_money(open_store):
    store = await open_store(max_cost_per_day=PRICE)
    plan = make_plan(price=None)
    theirs = lifecycle.charged(new_job(plan=plan, own_key=True), [])
    stored = await store.create(theirs, "h", [], sealed={plan.provider: "sealed"})
    running, attempt = await reserve(store, stored)
    await settle(store, running, attempt, 9 * PRICE)
    assert numbers(await store.standing(None, AT)) == (0, 0, 0, PRICE)
    assert (await store.balance()).spent == 9 * PRICE, "it is on the books all the same"


async def test_an_unknown_price_runs_under_no_ceiling_unless_allowed(open_store):
    store = await open_store(max_cost_per_day=9 * PRICE)
    with pytest.raises(SpendLimitError, match=r"price of `none/m` is not known.*VIDEO_GEN_ALLOW_UNKNOWN_PRICES"):
        await store.create(job(price=None), "h", [])
    allowing = await open_store(max_cost_per_day=PRICE, unknown_prices=True)
    stored = await allowing.create(job(price=None), "h", [])
    await reserve(allowing, stored)
    assert not await made(allowing, job(price=None)), "what is known of it counts"
    assert await made(await open_store(), job(price=None)), "without a ceiling, all runs"


# --- what is said --------------------------------------------------------------------------------------------------


async def test_the_numbers_are_in_the_message(open_store):
    store = await open_store()
    bob, _ = await store.keys.create("bob", max_cost_per_day=1_000_000)
    running, attempt = await reserve(store, await store.create(job(bob.id), "h", []))
    await settle(store, running, attempt, PRICE)
    await reserve(store, await store.create(job(bob.id), "h", []))
    await store.create(job(bob.id), "h", [])
    with pytest.raises(DailyLimitError) as refusal:
        await store.create(job(bob.id, price=300_000), "h", [])
    assert str(refusal.value) == (
        "the ceiling of the key `bob` is reached: `none/m` costs up to $0.30, and of $1.00 a day $0.25 are spent, "
        "$0.25 held and $0.25 promised to jobs that wait. The day ends at 00:00 UTC, in 12 h 00 min; until then ask "
        f"for less, or have it raised with `video-gen keys limit {bob.id} --max-cost-per-day`"
    )
    assert refusal.value.retry_after == pytest.approx(12 * 3600, abs=1)
    assert (refusal.value.http_status, refusal.value.exit_code, refusal.value.retryable) == (429, 7, True)


async def test_the_installations_ceiling_names_its_setting(open_store):
    store = await open_store(max_jobs_per_day=0)
    words = "this installation's ceiling is reached: 0 of 0 jobs a day are made"
    with pytest.raises(DailyLimitError, match=rf"{words}.*raised with VIDEO_GEN_MAX_JOBS_PER_DAY$"):
        await store.create(job(), "h", [])


async def test_standings_are_the_installations_and_of_each_key_with_a_ceiling(open_store):
    store = await open_store(max_cost_per_day=10 * PRICE)
    bob, _ = await store.keys.create("bob", max_cost_per_day=4 * PRICE, max_jobs_per_day=9)
    await store.keys.create("free")
    gone, _ = await store.keys.create("gone", max_jobs_per_day=1)
    await store.keys.revoke(gone.id)
    for owner in (bob.id, None):
        await store.create(job(owner), "h", [])
    whole, of_bob = await store.standings(AT)
    assert (whole.owner, whole.planned, whole.left, whole.jobs, whole.jobs_left) == (
        None, 2 * PRICE, 8 * PRICE, 2, None)  # fmt: skip
    assert (of_bob.name, of_bob.planned, of_bob.left, of_bob.jobs, of_bob.jobs_left) == (
        "bob", PRICE, 3 * PRICE, 1, 8)  # fmt: skip
    assert whole.day_ends == NEXT_DAY


# --- a whole life --------------------------------------------------------------------------------------------------


async def test_a_fallback_that_no_longer_fits_into_the_day_is_not_sent(world: PaidWorld, tmp_path):
    world.verdict = "failed-at-a-price"
    dear = make_plan(Guarantee.FINDABLE, price=2 * PRICE)
    plan = make_plan(fallback=(dear.model,)).model_copy(update={"alternatives": (dear,)})
    jobs = await world.jobs(tmp_path / "home", tmp_path / "out", ceilings=Ceilings(max_cost_per_day=3 * PRICE - 1))
    jobs.run()
    ended = await jobs.wait((await jobs.create(plan)).id, timeout_s=20)
    events = [event.message for event in await jobs.events(ended.id) if event.kind == "routing.excluded"]
    standing = await jobs.standing(None)
    await jobs.close()
    assert ended.error is not None
    assert (ended.status, ended.error.code, ended.cost) == (Status.FAILED, "daily_limit", PRICE)
    assert len(world.accepted()) == 1
    assert re.search(r"findable/m is passed over: this installation's ceiling.*\$0\.50, and of \$0\.749999", events[0])
    assert (standing.spent, standing.held, standing.planned) == (PRICE, 0, 0)


async def test_a_job_over_the_day_is_refused_before_anything_is_stored(world: PaidWorld, tmp_path):
    jobs = await world.jobs(tmp_path / "home", tmp_path / "out", ceilings=Ceilings(max_cost_per_day=PRICE - 1))
    with pytest.raises(DailyLimitError):
        await jobs.create(make_plan())
    theirs = await jobs.create(make_plan(), key=SecretStr("sk-their-own"))
    assert (theirs.own_key, theirs.planned) == (True, 0)
    assert [job.id for job in (await jobs.page()).jobs] == [theirs.id]
    await jobs.close()


async def test_what_goes_on_by_hand_is_promised_what_it_still_needs(open_store):
    store = await open_store(max_cost_per_day=PRICE)
    lost, attempt = await reserve(store, await store.create(job(), "h", []))
    unknown = attempt.model_copy(update={"state": AttemptState.UNKNOWN})
    ended = lifecycle.failed(lifecycle.charged(lost, [unknown]), ERROR, AT)
    adopted, _ = lifecycle.found_by_hand(ended, [unknown], Operation(provider="p", protocol="q", id="op"), AT)
    again, _ = lifecycle.never_arrived(ended, [unknown], ERROR, AT)
    written_off, _ = lifecycle.written_off(ended, [unknown], 0, AT)
    assert (adopted.planned, again.planned) == (0, PRICE)
    assert written_off.status.terminal, "void"
