"""Messages to webhooks are rows beside the events they tell of, and are taken by one sender at a time."""

import asyncio
from datetime import timedelta

import pytest
from test_store import AT, new_job

from video_gen.engine.callback import Callback, callback_row, secret_of
from video_gen.engine.intake import hash_of
from video_gen.engine.keyring import Keyring
from video_gen.engine.postbag import LEASE, Postbag
from video_gen.engine.rows import Note, Row
from video_gen.engine.store import Store
from video_gen.engine.webhook import MOST_WEBHOOKS, WAITS, Try, wait_after
from video_gen.exceptions import InvalidRequestError, WebhookNotFoundError
from video_gen.spec import Job


@pytest.fixture
def keyring(tmp_path) -> Keyring:
    return Keyring(tmp_path / "secret.key")


class Clock:
    now = AT

    def __call__(self):
        return self.now


def bag(store: Store, keyring: Keyring, clock: Clock) -> Postbag:
    return store.webhooks(keyring, clock).postbag


async def queue(store: Store, owner: str | None, prompt: str = "a calm ocean") -> str:
    job = new_job(prompt, owner=owner)
    await store.create(job, job.id, [Note("job.queued", "Queued."), Note("plan.warning", "Beware.")])
    return job.id


async def test_each_owner_is_told_of_its_own_jobs_what_it_asked_for(store: Store, keyring: Keyring):
    hooks = store.webhooks(keyring)
    annas, _ = await hooks.add("https://anna.example/hook", kinds=["job.*"], owner="anna")
    house, _ = await hooks.add("https://house.example/hook", kinds=["*"])
    ends, _ = await hooks.add("https://house.example/ends")
    job_id = await queue(store, "anna")
    await queue(store, "bob")
    own = await queue(store, None)
    assert [(each.job_id, each.kind) for each in await hooks.messages(annas.id, "anna")] == [(job_id, "job.queued")]
    assert {(each.job_id, each.kind) for each in await hooks.messages(house.id)} == {
        (own, "job.queued"),
        (own, "plan.warning"),
    }
    assert await hooks.messages(ends.id) == []
    for stranger in ("bob", None):
        with pytest.raises(WebhookNotFoundError):
            await hooks.messages(annas.id, stranger)
    with pytest.raises(InvalidRequestError, match="no kind of event"):
        await hooks.add("https://anna.example", kinds=["Job Queued"])


async def test_a_message_is_one_senders_until_its_lease_ends_and_is_then_sent_again(opening, store, keyring):
    other, clock = await opening(), Clock()
    webhook, _ = await store.webhooks(keyring).add("https://a.example/hook", kinds=["job.queued"])
    await queue(store, None)
    bags = [bag(store, keyring, clock), bag(other, keyring, clock)]
    both = await asyncio.gather(*(each.take(8, {}, 4) for each in bags))
    assert sorted(len(taken) for taken in both) == [0, 1]
    (died,) = [each for taken in both for each in taken]
    assert await bags[1].take(8, {}, 4) == ()
    clock.now = AT + LEASE
    (again,) = await bags[1].take(8, {}, 4)
    assert (again.message.id, again.message.tries) == (died.message.id, 2)
    went = Try(at=AT, ms=3, status=200, error=None)
    await bags[1].note(again, went, random=0)
    await bags[0].note(died, Try(at=AT, ms=9, status=500, error="late word"), random=0)
    (kept,) = await other.webhooks(keyring).messages(webhook.id)
    assert kept.state == "delivered", "who was too late decides nothing"
    await other.close()


async def test_a_host_is_sent_a_few_at_a_time_and_holds_nobody_else_up(store: Store, keyring: Keyring):
    hooks, clock = store.webhooks(keyring), Clock()
    for host in ("a.example", "b.example"):
        await hooks.add(f"https://{host}/hook", kinds=["job.queued"])
    for number in range(4):
        await queue(store, None, f"number {number}")
    postbag = bag(store, keyring, clock)
    taken = await postbag.take(32, {"a.example": 2}, 3)
    assert sorted(each.host for each in taken) == ["a.example", "b.example", "b.example", "b.example"]


async def test_tries_come_later_and_later_and_end(store: Store, keyring: Keyring):
    hooks, clock = store.webhooks(keyring), Clock()
    webhook, _ = await hooks.add("https://a.example/hook", kinds=["job.queued"])
    await queue(store, None)
    postbag, waited = bag(store, keyring, clock), []
    while taken := await postbag.take(1, {}, 1):
        await postbag.note(taken[0], Try(at=clock.now, ms=1, status=500, error="it answered 500"), random=0)
        (message,) = await hooks.messages(webhook.id)
        waited.append((message.due_at - clock.now).total_seconds())
        clock.now = max(message.due_at, clock.now)
    assert waited == [*WAITS, 0]
    assert message.state == "failed"
    assert len(await hooks.tries(message.id)) == len(WAITS) + 1
    assert wait_after(1, 1.0) > wait_after(1, 0.0)
    clock.now += timedelta(days=31)
    await postbag.prune()
    assert await hooks.messages(webhook.id) == []


def called_back(job: Job, keyring: Keyring, *kinds: str) -> Row:
    return callback_row(Callback(url=f"https://{job.id}.example/hook", kinds=kinds), job, keyring)


async def test_a_callback_is_told_of_its_own_job_alone_and_goes_with_it(store: Store, keyring: Keyring):
    hooks, notes = store.webhooks(keyring), [Note("job.queued", "Queued.")]
    mine, other = (new_job(prompt, owner="anna") for prompt in ("mine", "another"))
    bound = called_back(mine, keyring, "job.*")
    assert await store.create(mine, mine.id, notes, callback=bound) == mine
    again = mine.model_copy(update={"id": "again"})
    assert (await store.create(again, mine.id, notes, callback=bound, same_since=AT)).id == mine.id
    await store.create(other, other.id, notes)
    await store.cancel(mine.id, AT)
    [callback] = await hooks.list("anna", job_id=mine.id)
    assert callback.id == bound["id"]
    told = [(each.job_id, each.kind) for each in await hooks.messages(callback.id, "anna")]
    assert told == [(mine.id, "job.cancelled"), (mine.id, "job.queued")]
    assert await hooks.list("anna") == []
    for _ in range(MOST_WEBHOOKS):  # a callback takes the place of none
        await hooks.add("https://anna.example/hook", owner="anna")
    (taken, _) = await bag(store, keyring, Clock()).take(8, {}, 4)
    assert keyring.open(taken.sealed) == secret_of(keyring, "anna") != secret_of(keyring, None)
    await store.delete(mine.id)
    assert await hooks.list("anna", job_id=mine.id) == []
    with pytest.raises(WebhookNotFoundError):
        await hooks.messages(callback.id, "anna")


async def test_a_callback_is_forgotten_a_month_after_its_job_ended(store: Store, keyring: Keyring):
    hooks, clock, ended, waiting = store.webhooks(keyring), Clock(), new_job("ended"), new_job("waiting")
    for job in (ended, waiting):
        await store.create(job, job.id, [Note("job.queued", "Queued.")], callback=called_back(job, keyring))
    await store.cancel(ended.id, AT)
    postbag = bag(store, keyring, clock)
    (taken,) = await postbag.take(8, {}, 4)
    await postbag.note(taken, Try(at=AT, ms=1, status=200, error=None), random=0)
    clock.now = AT + timedelta(days=29)
    await postbag.prune()
    assert len(await hooks.list(job_id=ended.id)) == 1
    clock.now = AT + timedelta(days=31)
    await postbag.prune()
    assert await hooks.list(job_id=ended.id) == []
    assert len(await hooks.list(job_id=waiting.id)) == 1, "its job has not ended yet"


def test_with_another_callback_it_is_another_request(keyring: Keyring):
    request = new_job("the same").request
    plain, one, two = (
        hash_of(request, callback)
        for callback in (None, Callback(url="https://a.example"), Callback(url="https://b.example"))
    )
    assert len({plain, one, two}) == 3
    assert plain == hash_of(request)
