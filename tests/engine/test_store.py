"""The store's promises, on each database it runs on."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from paid_world import PRICE, make_plan

from video_gen.engine import ledger, lifecycle
from video_gen.engine.health import with_breaker
from video_gen.engine.listing import selected
from video_gen.engine.policy import Bounds
from video_gen.engine.record import DisplacedError, Record
from video_gen.engine.rows import Note
from video_gen.engine.schema import metadata
from video_gen.engine.store import Store
from video_gen.engine.waitlist import HEADS
from video_gen.exceptions import InvalidRequestError, JobNotFoundError, JobStateError, QueueFullError
from video_gen.spec import (
    Artifact,
    Attempt,
    AttemptState,
    CameraMotion,
    Done,
    ErrorFacts,
    Health,
    Job,
    MediaInfo,
    MediaRef,
    Operation,
    Output,
    Phase,
    Request,
    Status,
)

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
ERROR = ErrorFacts(code="job_failed", message="it failed", provider="paid-none")
_numbers = count(1)


def new_job(prompt: str = "a calm ocean", **fields) -> Job:
    plan = fields.pop("plan", None) or make_plan(prompt=prompt)
    known = {
        "id": f"job-{next(_numbers):04d}",
        "status": Status.QUEUED,
        "request": plan.request,
        "plan": plan,
        "created_at": AT,
        "updated_at": AT,
    }
    return Job(**(known | fields))


def new_attempt(job: Job, **fields) -> Attempt:
    number = fields.get("number", 1)
    known = {
        "id": f"{job.id}-{number}",
        "job_id": job.id,
        "number": 1,
        "model": job.plan.model,
        "plan": job.plan,
        "state": AttemptState.INTENT,
        "idempotency_key": f"{job.id}-key-{number}",
        "intent_at": AT,
        "reserved": PRICE,
    }
    return Attempt(**(known | fields))


def new_artifact(job: Job, index: int = 0, path: str = "/videos/a.mp4") -> Artifact:
    info = MediaInfo(
        container="mp4", bytes=9, seconds=1, width=2, height=2, fps=24, codec="h264", pixel_format="yuv420p"
    )
    return Artifact(
        id=f"{job.id}-{index}", job_id=job.id, index=index, path=path, sha256="ab" * 32, info=info, created_at=AT
    )


async def claimed(store: Store, job: Job) -> tuple[Job, list[Attempt]]:
    found = await store.claim(job.id, AT)
    assert found is not None
    return found


async def finish(store: Store, job: Job, path: str = "/videos/a.mp4") -> Job:
    """Bring a stored job to its end."""
    job, _ = await claimed(store, job)
    attempt = new_attempt(job, state=AttemptState.SUCCEEDED, cost=PRICE)
    job = lifecycle.completed(job, [new_artifact(job, path=path)], "none/m", AT)
    entries = [ledger.reserve(attempt, AT), ledger.settle(attempt, AT)]
    await store.record(Record(job=job, at=AT, attempt=attempt, entries=entries, artifacts=job.artifacts))
    return job


async def test_every_value_comes_back_as_it_was(store: Store):
    picture = MediaRef(sha256="cd" * 32, media_type="image/png", bytes=7, width=3, height=2, label="cat.png")
    asked = Request(
        prompt='Ω "quoted" %_\\ \U0001f30a\nnew line',
        seed=0,
        camera=CameraMotion(kind="pan", direction="left"),
        extra={"nested": {"none": None, "list": [1, 2.5, "x"]}},
        max_cost=PRICE,
    )
    plan = make_plan().model_copy(update={"request": asked})
    plan = plan.model_copy(update={"settings": plan.settings.model_copy(update={"first_frame": picture, "seed": 0})})
    job = new_job(plan=plan, tags={"a": "b"}, out="/x/y.mp4", overwrite=True, priority=-3, idempotency_key="key")
    await store.create(job, "hash", [])
    assert await store.get(job.id) == job
    running, attempts = await claimed(store, job)
    assert attempts == []
    operation = Operation(provider="p", protocol="q", id="op", data={"n": [1]}, retry_after=0.5)
    outcome = Done(outputs=(Output(url="https://example.com/a.mp4", bytes=3),), cost=1)
    attempt = new_attempt(
        running, state=AttemptState.SUBMITTED, operation=operation, outcome=outcome, submitted_at=AT, error=ERROR
    )
    await store.record(Record(job=running, at=AT, attempt=attempt))
    assert await store.attempts(job.id) == [attempt]
    assert await store.get(job.id) == running
    assert running.started_at == AT


async def test_an_unknown_job_says_where_to_look(store: Store):
    for ask in (store.get, store.delete, lambda job_id: store.cancel(job_id, AT)):
        with pytest.raises(JobNotFoundError, match=r"`nope`.*jobs list"):
            await ask("nope")
    assert await store.claim("nope", AT) is None


# --- idempotent creation -------------------------------------------------------------------------------------------


async def test_a_key_makes_one_job_however_many_ask_at_once(store: Store):
    made = await asyncio.gather(
        *(store.create(new_job(idempotency_key="once"), "same", [Note("job.queued", "Queued.")]) for _ in range(50))
    )
    assert len({job.id for job in made}) == 1
    assert len((await store.page()).jobs) == 1
    assert len(await store.events(made[0].id)) == 1


async def test_a_key_is_refused_for_another_request(store: Store):
    first = await store.create(new_job(idempotency_key="once"), "one", [])
    with pytest.raises(JobStateError, match=rf"`once` was used for another request \(job `{first.id}`\)"):
        await store.create(new_job(idempotency_key="once"), "another", [])
    with pytest.raises(JobStateError, match="another request"):
        await store.of_key("once", "another")
    assert await store.of_key("once", "one") == first
    assert await store.of_key("other", "one") is None


# --- fencing -------------------------------------------------------------------------------------------------------


async def test_a_displaced_run_writes_nothing(store: Store):
    job = await store.create(new_job(), "h", [])
    old, _ = await claimed(store, job)
    new, _ = await claimed(store, job)
    assert (old.epoch, new.epoch) == (1, 2)
    before = await store.events(job.id)
    attempt = new_attempt(old)
    stale = Record(
        job=lifecycle.failed(old, ERROR, AT),
        at=AT,
        attempt=attempt,
        notes=[Note("job.failed", "no")],
        entries=[ledger.reserve(attempt, AT)],
        artifacts=[new_artifact(old)],
    )
    with pytest.raises(DisplacedError):
        await store.record(stale)
    assert await store.get(job.id) == new
    assert await store.attempts(job.id) == []
    assert await store.events(job.id) == before
    assert (await store.balance()).held == 0
    await store.show_progress([lifecycle.progressed(old, 0.9, AT)])
    assert (await store.get(job.id)).progress == 0
    await store.show_progress([lifecycle.progressed(new, 0.4, AT)])
    assert (await store.get(job.id)).progress == 0.4


async def test_what_has_ended_is_not_claimed_and_not_written(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    await store.record(Record(job=lifecycle.failed(running, ERROR, AT), at=AT))
    assert await store.claim(job.id, AT) is None
    with pytest.raises(DisplacedError):
        await store.record(Record(job=running, at=AT))
    assert (await store.get(job.id)).status is Status.FAILED


async def test_a_step_is_stored_whole_or_not_at_all(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    attempt = new_attempt(running)
    twice = [new_artifact(running), new_artifact(running)]
    events = await store.events(job.id)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.record(
            Record(
                job=lifecycle.progressed(running, 0.5, AT),
                at=AT,
                attempt=attempt,
                notes=[Note("x", "x")],
                entries=[ledger.reserve(attempt, AT)],
                artifacts=twice,
            )
        )
    assert await store.get(job.id) == running
    assert await store.attempts(job.id) == []
    assert await store.events(job.id) == events
    assert await store.entries(job.id) == []


async def test_a_leg_of_the_ledger_is_booked_once(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    attempt = new_attempt(running, state=AttemptState.SUCCEEDED, cost=PRICE)
    legs = [ledger.reserve(attempt, AT), ledger.settle(attempt, AT)]
    for _ in range(3):
        await store.record(Record(job=running, at=AT, attempt=attempt, entries=legs))
    assert await store.entries(job.id) == legs
    assert await store.balance(job.id) == ledger.Balance(held=0, spent=PRICE)


# --- callers -------------------------------------------------------------------------------------------------------


async def test_a_wish_to_cancel_reaches_the_run_and_survives_it(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    asked = await store.cancel(job.id, AT)
    assert (asked.status, asked.cancel_requested) == (Status.RUNNING, True)
    assert await store.record(Record(job=running, at=AT)), "the run hears of it with its next write"
    assert (await store.get(job.id)).cancel_requested, "and does not write it away"
    again, _ = await claimed(store, job)
    assert again.cancel_requested


async def test_a_queued_job_is_cancelled_at_once(store: Store):
    job = await store.create(new_job(), "h", [])
    cancelled = await store.cancel(job.id, AT)
    assert cancelled.status is Status.CANCELLED
    assert cancelled.error is not None
    assert (cancelled.error.code, cancelled.ended_at) == ("cancelled", AT)
    assert await store.get(job.id) == cancelled
    with pytest.raises(JobStateError, match="can no longer be cancelled"):
        await store.cancel(job.id, AT)


async def test_pages_are_newest_first_and_lose_nothing(store: Store):
    made = [await store.create(new_job(), "h", []) for _ in range(7)]
    seen, after = [], None
    while True:
        page = await store.page(limit=3, after=after)
        seen += page.jobs
        if (after := page.next) is None:
            break
        await store.create(new_job(), "h", [])  # newer ones do not shift the pages
    assert [job.id for job in seen] == [job.id for job in reversed(made)]


async def test_pages_are_filtered(store: Store):
    ocean = await store.create(new_job("A calm OCEAN"), "h", [])
    odd = await store.create(new_job("100%_sure"), "h", [])
    other = make_plan().model_copy(update={"model": "other/m"})
    third = await store.create(new_job(plan=other), "h", [])
    keyed = [await store.create(new_job("forest", idempotency_key=key), "h", []) for key in ("one", "two")]
    done = await finish(store, await store.create(new_job("forest"), "h", []))

    async def ids(**filters) -> list[str]:
        return [job.id for job in (await store.page(**filters)).jobs]

    assert await ids(text="ocean") == [third.id, ocean.id]
    assert await ids(text="%_") == [odd.id], "wildcards are letters here"
    assert await ids(text=odd.id) == [odd.id]
    assert await ids(model="other/m") == [third.id]
    assert await ids(status=Status.COMPLETED) == [done.id]
    assert await ids(status=Status.COMPLETED, text="ocean") == []
    assert await ids(keys=["two", "one", "none"]) == [keyed[1].id, keyed[0].id]
    assert await ids(keys=[]) == []
    [listed] = (await store.page(status=Status.COMPLETED)).jobs
    assert listed == done, "with its artifacts"


def test_keys_are_looked_up_and_not_sought_among_all_jobs():
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        query = selected(connection, {"keys": [str(number) for number in range(500)], "owner": None, "limit": 500})
        text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    engine.dispose()
    assert "idempotency_key=?" in plan, plan


async def test_a_page_may_begin_after_a_job_and_run_either_way(store: Store):
    a, b, c = [(await store.create(new_job(), "h", [])).id for _ in range(3)]

    async def ids(**which) -> list[str]:
        return [job.id for job in (await store.page(**which)).jobs]

    assert await ids(after=b) == [a]
    assert await ids(after=b, oldest_first=True) == [c]
    assert await ids(oldest_first=True) == [a, b, c]
    first = await store.page(oldest_first=True, limit=2)
    assert await ids(oldest_first=True, after=first.next) == [c]


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"limit": 1001}, {"after": "x"}, {"after": "-1"}, {"after": "²"}])
async def test_a_page_that_makes_no_sense_is_refused(store: Store, arguments: dict):
    with pytest.raises(InvalidRequestError, match=r"out of range|no page's end"):
        await store.page(**arguments)


async def test_an_id_may_be_cut_short(store: Store):
    first = await store.create(new_job(id="abc1"), "h", [])
    second = await store.create(new_job(id="abc22"), "h", [])
    third = await store.create(new_job(id="abc2"), "h", [])
    assert await store.id_of("abc1") == first.id
    assert await store.id_of("abc22") == second.id
    assert await store.id_of("abc2") == third.id, "a whole id is no beginning of another"
    with pytest.raises(InvalidRequestError, match=r"`abc` could be .*abc1"):
        await store.id_of("abc")
    for unknown in ("x", "", "%"):
        with pytest.raises(JobNotFoundError, match="there is no job"):
            await store.id_of(unknown)


async def test_events_come_in_order_and_from_where_one_left_off(store: Store):
    one, two = [await store.create(new_job(), "h", [Note("job.queued", "Queued.", {"n": 1})]) for _ in range(2)]
    running, _ = await claimed(store, one)
    await store.record(Record(job=running, at=AT, notes=[Note("a", "A."), Note("b", "B.")]))
    events = await store.events(one.id)
    assert [event.kind for event in events] == ["job.queued", "job.started", "a", "b"]
    assert (events[0].data, events[0].at, events[0].job_id) == ({"n": 1}, AT, one.id)
    assert await store.events(one.id, after=events[1].seq) == events[2:]
    assert await store.events(one.id, limit=1) == events[:1]
    everything = await store.events()
    assert [event.seq for event in everything] == sorted(event.seq for event in everything)
    assert {event.job_id for event in everything} == {one.id, two.id}


async def test_a_deleted_job_is_gone_and_its_cost_is_not(store: Store):
    job = await finish(store, await store.create(new_job(idempotency_key="k"), "h", [Note("x", "X.")]))
    deleted = await store.delete(job.id)
    assert deleted.job == job
    assert [attempt.idempotency_key for attempt in deleted.attempts] == [f"{job.id}-key-1"]
    with pytest.raises(JobNotFoundError):
        await store.get(job.id)
    assert await store.attempts(job.id) == []
    assert await store.events(job.id) == []
    assert await store.delivered("/videos") == frozenset()
    assert (await store.balance()).spent == PRICE
    assert len(await store.entries(job.id)) == 2
    assert await store.of_key("k", "h") is None, "its key is free again"


async def test_only_what_has_ended_is_deleted(store: Store):
    job = await store.create(new_job(), "h", [])
    with pytest.raises(JobStateError, match="is queued: cancel it"):
        await store.delete(job.id)
    running, _ = await claimed(store, job)
    with pytest.raises(JobStateError, match="is running: cancel it"):
        await store.delete(job.id)
    unknown = new_attempt(running, state=AttemptState.UNKNOWN)
    await store.record(Record(job=lifecycle.failed(running, ERROR, AT), at=AT, attempt=unknown))
    with pytest.raises(JobStateError, match="may be paid"):
        await store.delete(job.id)


async def test_inputs_are_dropped_with_the_last_job_that_uses_them(store: Store):
    def with_picture(sha256: str) -> Job:
        picture = MediaRef(sha256=sha256, media_type="image/png", bytes=1)
        plan = make_plan()
        settings = plan.settings.model_copy(update={"first_frame": picture, "references": (picture,)})
        return new_job(plan=plan.model_copy(update={"settings": settings}))

    one, two = [await store.create(with_picture("ab" * 32), "h", []) for _ in range(2)]
    for job in (one, two):
        await store.cancel(job.id, AT)
    assert (await store.delete(one.id)).unused == ()
    assert (await store.delete(two.id)).unused == ("ab" * 32,)


async def test_a_reopened_job_goes_on_and_is_not_charged_again(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    attempt = new_attempt(
        running,
        state=AttemptState.FAILED,
        cost=PRICE,
        operation=Operation(provider="p", protocol="q", id="op"),
        outcome=Done(outputs=(Output(url="/a"),)),
        error=ERROR,
    )
    failed = lifecycle.failed(lifecycle.charged(running, [attempt]), ERROR, AT)
    await store.record(Record(job=failed, at=AT, attempt=attempt))
    reopened = await store.reopen(job.id, AT)
    assert (reopened.status, reopened.error, reopened.cost) == (Status.QUEUED, None, PRICE)
    again, attempts = await claimed(store, job)
    assert (again.phase, again.epoch) == (Phase.COLLECTING, 2)
    assert (attempts[0].state, attempts[0].cost, attempts[0].error) == (AttemptState.SUBMITTED, PRICE, None)
    with pytest.raises(JobStateError, match="nothing to go on with"):
        await store.reopen(job.id, AT)


async def test_a_reopened_job_that_is_cancelled_while_queued_is_left_to_its_run(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    attempt = new_attempt(
        running,
        state=AttemptState.CANCELLED,
        cost=PRICE,
        operation=Operation(provider="p", protocol="q", id="op"),
        error=ERROR,
    )
    await store.record(Record(job=lifecycle.cancelled(running, ERROR, AT), at=AT, attempt=attempt))
    await store.reopen(job.id, AT)
    asked = await store.cancel(job.id, AT)
    assert (asked.status, asked.cancel_requested) == (Status.QUEUED, True)


# --- the engine ----------------------------------------------------------------------------------------------------


async def test_the_heads_of_the_lines_are_read_where_there_is_room(store: Store):
    def at(provider: str, priority: int = 0) -> Job:
        return new_job(plan=make_plan().model_copy(update={"provider": provider}), priority=priority)

    a1, a2, a3 = [await store.create(at("a"), "h", []) for _ in range(3)]
    b1 = await store.create(at("b"), "h", [])
    urgent = await store.create(at("a", priority=5), "h", [])

    async def waiting(free: dict[str, int], besides: frozenset[str] = frozenset()) -> set[str]:
        found = await store.attention(lambda provider: free[provider], now=AT, besides=besides)
        assert all(job.since == AT for job in found.queued)
        return {job.job_id for job in found.queued}

    assert await waiting({"a": 9, "b": 9}) == {urgent.id, a1.id, a2.id, a3.id, b1.id}
    assert await waiting({"a": 2, "b": 1}) == {urgent.id, a1.id, a2.id, b1.id}, "two of each priority"
    assert await waiting({"a": 0, "b": 1}) == {b1.id}
    assert await waiting({"a": -1, "b": 0}) == set()
    assert await waiting({"a": 1, "b": 0}, besides=frozenset({urgent.id, a1.id})) == {a2.id, a3.id}
    await store.cancel(a1.id, AT)
    assert await waiting({"a": 1, "b": 0}) == {urgent.id, a2.id}


async def test_however_many_jobs_wait_only_the_heads_are_read(store: Store):
    for number in range(HEADS + 5):
        await store.create(new_job(priority=number % 2), "h", [])
    assert len((await store.attention(lambda _: 10_000, now=AT)).queued) == HEADS + 5
    found = await store.attention(lambda _: 3, now=AT)
    assert sorted(job.priority for job in found.queued) == [0, 0, 0, 1, 1, 1]


async def test_the_queue_has_an_end_for_all_and_for_each_key(store: Store):
    bounds = Bounds(total=4, per_owner=2)

    async def hand_in(owner: str | None, **more) -> Job:
        return await store.create(new_job(owner=owner, **more), "h", [], bounds=bounds)

    first = await hand_in("key", idempotency_key="once")
    await hand_in("key")
    with pytest.raises(QueueFullError, match=r"^2 jobs of this key wait already.*MAX_QUEUED_PER_KEY=2.*about 300 s"):
        await hand_in("key")
    assert (await hand_in("key", idempotency_key="once")).id == first.id, "it waits already"
    await hand_in(None)
    await hand_in(None)
    with pytest.raises(QueueFullError, match=r"^4 jobs wait already.*MAX_QUEUED=4.*raise the limit") as refused:
        await hand_in("other")
    assert refused.value.retry_after == 300
    await claimed(store, first)
    await hand_in("other")
    with pytest.raises(QueueFullError, match="about 30 s") as refused:
        await hand_in("other", created_at=AT + timedelta(seconds=30))
    assert refused.value.retry_after == 30, "one job began 30 s ago"
    assert len((await store.page()).jobs) == 5


async def test_many_at_once_do_not_pass_the_end_of_the_queue(opening):
    """Two processes hand in at the same time."""
    stores = [await opening(), await opening()]
    bounds = Bounds(total=5, per_owner=5)
    made = await asyncio.gather(
        *(stores[n % 2].create(new_job(), "h", [], bounds=bounds) for n in range(20)), return_exceptions=True
    )
    assert [isinstance(each, Job) for each in made].count(True) == 5
    assert {type(each) for each in made} == {Job, QueueFullError}
    for each in stores:
        await each.close()


async def test_what_runs_is_found_again_paid_jobs_first(store: Store):
    plain, paid, done = [await store.create(new_job(priority=n), "h", []) for n in (9, 0, 0)]
    await finish(store, done)
    await claimed(store, plain)
    running, _ = await claimed(store, paid)
    await store.record(Record(job=running, at=AT, attempt=new_attempt(running, state=AttemptState.SUBMITTED)))
    assert [job_id for job_id, _ in await store.running()] == [paid.id, plain.id]


async def test_wishes_to_cancel_are_found(store: Store):
    one, two = [await store.create(new_job(), "h", []) for _ in range(2)]
    await claimed(store, one)
    await claimed(store, two)
    await store.cancel(two.id, AT)
    assert (await store.attention(lambda _: 1, now=AT)).cancels == [two.id]


async def test_queued_jobs_whose_time_is_over_are_found(store: Store):
    late, soon, later = [
        await store.create(new_job(deadline=AT + timedelta(seconds=seconds)), "h", []) for seconds in (1, 60, 90)
    ]
    found = await store.attention(lambda _: 0, now=AT + timedelta(seconds=1))
    assert [job_id for job_id, _ in found.overdue] == [late.id]
    assert found.deadline == soon.deadline
    found = await store.attention(lambda _: 0, now=AT + timedelta(seconds=61), besides=frozenset({late.id}))
    assert [job_id for job_id, _ in found.overdue] == [soon.id]
    await claimed(store, later)
    assert (await store.attention(lambda _: 0, now=AT)).deadline == late.deadline


async def test_paths_of_artifacts_are_found_by_their_beginning(store: Store):
    await finish(store, await store.create(new_job(), "h", []), path="/out/a_1%.mp4")
    await finish(store, await store.create(new_job(), "h", []), path="/out/aX1.mp4")
    assert await store.delivered("/out/a_1%") == {"/out/a_1%.mp4"}
    assert await store.delivered("/out/a_") == {"/out/a_1%.mp4"}, "an underscore is no wildcard"


# --- commits -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def heard(store: Store):
    with store.changes.listen() as changed:
        await asyncio.sleep(0.25)
        changed.clear()
        yield changed


async def test_commits_are_announced(store: Store):
    async with heard(store) as changed:
        await store.create(new_job(), "h", [])
        async with asyncio.timeout(5):
            await changed.wait()


async def test_order_of_writes_is_kept(store: Store):
    job = await store.create(new_job(), "h", [])
    running, _ = await claimed(store, job)
    notes = [Note("n", str(number)) for number in range(300)]
    await asyncio.gather(*(store.record(Record(job=running, at=AT, notes=[note])) for note in notes))
    written = [event.message for event in await store.events(job.id) if event.kind == "n"]
    assert written == [note.message for note in notes]


async def test_one_failing_write_spoils_no_other(store: Store):
    job = await store.create(new_job(), "h", [])
    old, _ = await claimed(store, job)
    new, _ = await claimed(store, job)
    writes = [store.record(Record(job=(old, new)[n % 2], at=AT, notes=[Note("n", str(n))])) for n in range(100)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results] == [DisplacedError, bool] * 50
    assert [event.message for event in await store.events(job.id) if event.kind == "n"] == [
        str(number) for number in range(1, 100, 2)
    ]


async def test_a_write_happens_though_its_caller_is_cancelled(store: Store):
    job = new_job()
    writing = asyncio.create_task(store.create(job, "h", []))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await store.create(new_job(), "h", [])  # the one thread writes in order
    assert await store.get(job.id) == job


async def test_times_are_exact_and_in_utc(store: Store):
    from zoneinfo import ZoneInfo

    there = AT.astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(microseconds=1)
    job = await store.create(new_job(created_at=there), "h", [])
    got = (await store.get(job.id)).created_at
    assert got == there
    assert got.utcoffset() == timedelta(0)


async def test_how_long_a_model_takes_is_learned_from_the_last_jobs_that_succeeded(store: Store):
    assert await store.usual_seconds("none/m") is None
    for number, seconds in enumerate([50, 60, 900, 40], start=1):
        job, _ = await claimed(store, await store.create(new_job(id=f"took-{number}"), "h", []))
        times = {"submitted_at": AT, "ended_at": AT + timedelta(seconds=seconds)}
        attempt = new_attempt(job, state=AttemptState.SUCCEEDED, cost=PRICE, **times)
        await store.record(Record(job=job, at=AT, attempt=attempt))
    assert await store.usual_seconds("none/m") is None, "four are too few"
    job, _ = await claimed(store, await store.create(new_job(id="took-5"), "h", []))
    failed = new_attempt(job, state=AttemptState.FAILED, submitted_at=AT, ended_at=AT, cost=0)
    await store.record(Record(job=job, at=AT, attempt=failed))
    assert await store.usual_seconds("none/m") is None, "a failure says nothing"
    last = new_attempt(
        job, number=2, state=AttemptState.SUCCEEDED, submitted_at=AT, ended_at=AT + timedelta(seconds=70)
    )
    await store.record(Record(job=job, at=AT, attempt=last))
    assert await store.usual_seconds("none/m") == 60
    assert await store.usual_seconds("other/m") is None


async def test_how_a_model_has_been_doing_is_read_from_its_last_attempts(store: Store):
    async def put(number, error=None, **fields):
        job, _ = await claimed(store, await store.create(new_job(id=f"did-{number}"), "h", []))
        known = {"state": AttemptState.SUCCEEDED, "submitted_at": AT, "ended_at": AT + timedelta(seconds=10 * number)}
        attempt = new_attempt(job, cost=0, error=error and ERROR.model_copy(update={"code": error}), **known | fields)
        await store.record(Record(job=job, at=AT, attempt=attempt))

    assert await store.health(AT) == {}
    for number in range(1, 6):
        await put(number)
    await put(6, "service_unavailable", state=AttemptState.REJECTED)
    await put(7, "content_policy_violation", state=AttemptState.FAILED)
    await put(8, "cancelled", state=AttemptState.CANCELLED)
    await put(9, "job_failed", state=AttemptState.FAILED, model="other/m")
    await put(10, state=AttemptState.SUBMITTED, ended_at=None)
    now = AT + timedelta(minutes=5)
    known = await store.health(now)
    assert known["none/m"] == Health(submits=7, failed=1, usual_seconds=30)
    assert known["other/m"] == Health(submits=1, failed=1)
    later = await store.health(now + timedelta(hours=2))
    assert later["none/m"] == Health(usual_seconds=30), "an old failure says nothing of now"


async def test_a_model_that_could_not_be_had_several_times_in_a_row_is_seen_to_be_down_by_every_process(store: Store):
    job, _ = await claimed(store, await store.create(new_job(), "h", []))

    async def refused(number: int, code: str) -> None:
        ended = AT + timedelta(seconds=number)
        error = ERROR.model_copy(update={"code": code})
        attempt = new_attempt(job, number=number, state=AttemptState.REJECTED, cost=0, error=error, ended_at=ended)
        await store.record(Record(job=job, at=AT, attempt=attempt))

    now = AT + timedelta(minutes=1)
    for number in range(1, 5):
        await refused(number, "service_unavailable")
    assert (await store.health(now))["none/m"].state == "up", "four are too few"
    await refused(5, "service_unavailable")
    assert (await store.health(now))["none/m"].state == "down"
    assert (await store.health(AT + timedelta(minutes=6)))["none/m"].state == "up", "a probe is sent by then"
    await refused(6, "rate_limited")
    assert (await store.health(now))["none/m"].state == "up", "its provider answers"


def test_a_model_to_which_submits_are_held_back_is_down():
    known = {"a/m": Health(submits=5, failed=5), "b/m": Health()}
    assert with_breaker(known, lambda model: 3.0 if model == "a/m" else 0.0)["a/m"].state == "down"
    assert with_breaker(known, lambda model: 3.0 if model == "a/m" else 0.0)["b/m"] == Health()


async def test_neighbours_are_what_others_hold_and_whether_one_alike_is_being_sent(store: Store):
    async def put(name, **fields):
        job, _ = await claimed(store, await store.create(new_job(id=name), "h", []))
        attempt = new_attempt(job, **fields)
        await store.record(Record(job=job, at=AT, attempt=attempt))
        return attempt

    lost = await put("lost")
    assert await store.neighbours(lost) == (frozenset(), False)
    operation = Operation(provider="paid-none", protocol="paid-none", id="op-7")
    await put("known", state=AttemptState.SUBMITTED, operation=operation)
    await put("old", state=AttemptState.SUBMITTED, operation=operation.model_copy(update={"id": "op-1"}),
              intent_at=AT - timedelta(days=3))  # fmt: skip
    assert await store.neighbours(lost) == (frozenset({"op-7"}), False)
    await put("alike")
    assert await store.neighbours(lost) == (frozenset({"op-7"}), True)
