"""One key never sees another's jobs; the installation itself sees all. On each database."""

import asyncio
from datetime import timedelta

import pytest
from paid_world import PRICE, PaidWorld, make_plan
from test_store import AT, ERROR, claimed, finish, new_job

from video_gen.engine import lifecycle
from video_gen.engine.owned import OwnedJobs
from video_gen.engine.ownership import EVERYONE
from video_gen.engine.record import Record
from video_gen.engine.resolving import WriteOff
from video_gen.engine.store import Store
from video_gen.exceptions import InvalidRequestError, JobNotFoundError, JobStateError
from video_gen.spec import Job

WINDOW = AT - timedelta(seconds=60)


async def test_each_owner_has_idempotency_keys_of_its_own(store: Store):
    made = [
        await store.create(new_job(idempotency_key="once", owner=owner), owner or "", []) for owner in ("a", "b", None)
    ]
    assert len({job.id for job in made}) == 3
    for job in made:
        assert await store.of_key("once", job.owner or "", owner=job.owner) == job
        with pytest.raises(JobStateError, match=job.id):
            await store.create(new_job(idempotency_key="once", owner=job.owner), "another", [])


@pytest.mark.parametrize("owner", ["a", None])
async def test_a_key_used_by_two_processes_at_once_makes_one_job(opening, owner):
    stores = [await opening() for _ in range(2)]
    made = await asyncio.gather(
        *(stores[n % 2].create(new_job(idempotency_key="once", owner=owner), "h", []) for n in range(20))
    )
    assert len({job.id for job in made}) == 1
    await asyncio.gather(*(each.close() for each in stores))


async def test_pages_and_sums_are_an_owners(store: Store):
    mine, other, own = [await store.create(new_job(owner=owner), "h", []) for owner in ("a", "b", None)]
    await finish(store, mine)
    await finish(store, own)

    async def ids(whose) -> list[str]:
        return [job.id for job in (await store.page(owner=whose)).jobs]

    assert await ids("a") == [mine.id]
    assert await ids("b") == [other.id]
    assert await ids(None) == [own.id]
    assert await ids(EVERYONE) == [own.id, other.id, mine.id]
    assert [(await store.balance(whose=whose)).spent for whose in ("a", "b", None)] == [PRICE, 0, PRICE]
    assert [each.name for each in await store.spending(AT, "key", whose="a")] == ["a"]
    assert {each.name: each.spent for each in await store.spending(AT, "key")} == {"a": PRICE, "": PRICE}
    await store.delete(mine.id)
    assert (await store.balance(whose="a")).spent == PRICE, "what a deleted job cost is still its owner's"


# --- the same again ------------------------------------------------------------------------------------------------


async def test_identical_requests_within_a_window_make_one_job_however_many_ask_at_once(opening):
    stores = [await opening() for _ in range(2)]
    made = await asyncio.gather(
        *(stores[n % 2].create(new_job(owner="a"), "same", [], same_since=WINDOW) for n in range(30))
    )
    assert len({job.id for job in made}) == 1
    assert len((await stores[0].page()).jobs) == 1
    await asyncio.gather(*(each.close() for each in stores))


async def test_what_is_not_the_same_makes_a_job_of_its_own(store: Store):
    first = await store.create(new_job(owner="a"), "h", [])

    async def again(request_hash: str = "h", since=WINDOW, **fields) -> bool:
        job = await store.create(new_job(**({"owner": "a"} | fields)), request_hash, [], same_since=since)
        return job.id == first.id

    assert not await again(owner="b")
    assert not await again(owner=None)
    assert not await again("other")
    assert not await again(idempotency_key="k"), "who sends a key means another one"
    assert await again()
    assert not await again(since=AT + timedelta(microseconds=1))
    assert not await again(since=None)


async def test_what_failed_or_was_cancelled_is_made_again(store: Store):
    first = await store.create(new_job(), "h", [], same_since=WINDOW)
    running, _ = await claimed(store, first)
    await store.record(Record(job=lifecycle.failed(running, ERROR, AT), at=AT))
    second = await store.create(new_job(), "h", [], same_since=WINDOW)
    await store.cancel(second.id, AT)
    third = await store.create(new_job(), "h", [], same_since=WINDOW)
    assert len({first.id, second.id, third.id}) == 3
    await finish(store, third)
    assert (await store.create(new_job(), "h", [], same_since=WINDOW)).id == third.id


# --- an owner's view -----------------------------------------------------------------------------------------------


@pytest.fixture
async def jobs(world: PaidWorld, tmp_path):
    jobs = await world.jobs(tmp_path / "home", tmp_path / "out")
    yield jobs
    await jobs.close()


async def answers(view: OwnedJobs, job: Job) -> dict[str, object]:
    """Ask everything that can be asked about a job; return what came back, or which error."""

    async def watched() -> list[object]:
        return [news async for news in view.watch(job.id)]

    found: dict[str, object] = {}
    for name, asked in {
        "get": view.get(job.id),
        "attempts": view.attempts(job.id),
        "events": view.events(job.id),
        "balance": view.balance(job.id),
        "watch": watched(),
        "wait": view.wait(job.id, timeout_s=0.01),
        "cancel": view.cancel(job.id),
        "resume": view.resume(job.id),
        "retry": view.retry(job.id),
        "adopt": view.adopt(job.id, "found-there"),
        "resolve": view.resolve(job.id, WriteOff()),
        "delete": view.delete(job.id),
    }.items():
        try:
            found[name] = await asked
        except Exception as error:  # noqa: BLE001 (which one is the question)
            found[name] = error
    return found


async def test_another_owners_job_is_one_that_never_was(jobs):
    mine = await OwnedJobs(jobs, "a").create(make_plan(), owner="b")
    assert mine.owner == "a", "whatever the terms say"
    for other in ("b", None):
        found = await answers(OwnedJobs(jobs, other), mine)
        never = await answers(OwnedJobs(jobs, other), mine.model_copy(update={"id": "0" * 16}))
        for name, error in found.items():
            assert isinstance(error, JobNotFoundError), name
            assert str(error) == str(never[name]).replace("0" * 16, mine.id), name
        assert (await OwnedJobs(jobs, other).page()).jobs == ()
    asked = {name for name in vars(OwnedJobs) if not name.startswith("_")}
    assert asked == set(found) | {"create", "page", "spending", "standing"}, "each is asked above"
    assert await jobs.get(mine.id) == mine, "and nothing happened to it"


async def test_an_owner_does_with_its_jobs_as_it_likes(jobs):
    jobs.run()
    view = OwnedJobs(jobs, "a")
    job = await view.create(make_plan(), idempotency_key="k")
    assert (await view.wait(job.id, timeout_s=20)).status == "completed"
    assert [each.id for each in (await view.page()).jobs] == [job.id]
    assert (await view.balance()).spent == PRICE
    assert [each.spent for each in await view.spending(job.created_at, "model")] == [PRICE]
    again = await OwnedJobs(jobs, "b").create(make_plan(), idempotency_key="k")
    assert again.id != job.id
    await view.delete(job.id)
    assert (await view.page()).jobs == ()


async def test_a_retry_is_its_owners(jobs, world):
    world.status = 400
    jobs.run()
    job = await OwnedJobs(jobs, "a").create(make_plan())
    await jobs.wait(job.id, timeout_s=20)
    assert (await jobs.retry(job.id)).job.owner == "a"


async def test_the_window_counts_from_now(jobs):
    first = await jobs.create(make_plan(), same_within_s=60)
    assert (await jobs.create(make_plan(), same_within_s=60)).id == first.id
    assert (await jobs.create(make_plan(), same_within_s=0)).id != first.id
    assert (await jobs.create(make_plan())).id != first.id


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_that_cannot_be_stored_is_refused(jobs, key):
    with pytest.raises(InvalidRequestError, match=rf"has {len(key)} characters: give 1 to 255"):
        await jobs.create(make_plan(), idempotency_key=key)
    assert (await jobs.create(make_plan(), idempotency_key="k" * 255)).idempotency_key == "k" * 255
