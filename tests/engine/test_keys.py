"""Keys: shown once, kept as a hash, refused when revoked or expired. On each database."""

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from test_store import AT

from video_gen.engine import api_key
from video_gen.engine.api_key import ApiKey, Scope
from video_gen.engine.keys import TRUSTED_S, Keys
from video_gen.engine.schema import api_keys
from video_gen.engine.store import Store
from video_gen.exceptions import InvalidRequestError, KeyNotFoundError, StorageError
from video_gen.spec import Plan


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(store: Store, clock: Clock) -> Keys:
    return Keys(store._database, now=clock.now, monotonic=clock.monotonic)


async def stored(store: Store) -> list[dict]:
    return await store._database.read(lambda db: [dict(row) for row in db.execute(sa.select(api_keys)).mappings()])


async def test_a_secret_is_told_once_and_kept_as_a_hash(store: Store, keys: Keys):
    key, secret = await keys.create("bob")
    text = secret.get_secret_value()
    assert text.startswith(key.prefix)
    assert len(text) == 43
    [row] = await stored(store)
    assert text not in repr(row)
    assert text[len(key.prefix) :] not in repr(row)
    assert text not in repr((key, secret))
    found = await keys.verify(secret)
    assert found is not None
    assert (
        found.model_copy(update={"last_used_at": None})
        == key
        == (await keys.get("bob")).model_copy(update={"last_used_at": None})
    )


async def test_nothing_else_opens(keys: Keys):
    _, secret = await keys.create("bob")
    text = secret.get_secret_value()
    last = "a" if text[-1] != "a" else "b"
    for wrong in ("", "vg_", text[:-1], text + "a", text[:-1] + last, text.swapcase(), "vg_" + "é" * 40, "\ud800" * 43):
        assert await keys.verify(wrong) is None, wrong


async def test_what_a_key_may_do_comes_back_as_it_was_said(keys: Keys, clock: Clock):
    said = {
        "scopes": frozenset({Scope.READ}),
        "models": ("openai/*", "local/draft"),
        "max_cost_per_day": 5_000_000_000_000,
        "max_jobs_per_day": 0,
        "max_concurrent": 2,
        "requests_per_minute": 60,
        "expires_at": AT + timedelta(days=1),
    }
    key, _ = await keys.create("Zoë's laptop", **said)
    assert {name: getattr(key, name) for name in said} == said
    assert await keys.get(key.id) == key == await keys.get(key.prefix) == await keys.get("Zoë's laptop")
    assert await keys.list() == [key]


async def test_limits_are_changed_one_by_one(keys: Keys):
    key, secret = await keys.create("bob", max_cost_per_day=1, max_jobs_per_day=2)
    await keys.verify(secret)
    changed = await keys.limit("bob", max_jobs_per_day=None, models=("local/*",))
    assert (changed.max_cost_per_day, changed.max_jobs_per_day, changed.models) == (1, None, ("local/*",))
    found = await keys.verify(secret)
    assert found is not None
    assert found.models == ("local/*",), "at once, in this process"
    renamed = await keys.rename(key.id, "alice")
    assert (renamed.name, renamed.id, renamed.max_cost_per_day) == ("alice", key.id, 1)
    with pytest.raises(KeyNotFoundError, match=r"no key `bob`.*keys list"):
        await keys.get("bob")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"max_cost_per_day": -1}, r"`max_cost_per_day=-1`: give 0 or more"),
        ({"max_concurrent": 0}, r"`max_concurrent=0`: give 1 or more"),
        ({"requests_per_minute": 10**9}, r"`requests_per_minute=1000000000`"),
        ({"scopes": frozenset()}, "a key is for something: give one or more of generate, read, admin"),
        ({"scopes": frozenset({"root"})}, "'generate', 'read' or 'admin'"),
        ({"models": ("",)}, "1 to 200 characters"),
        ({"expires_at": AT}, r"`expires_at=2026-11-21 12:00` is over already"),
    ],
)
async def test_what_does_not_fit_is_refused_and_changes_nothing(keys: Keys, words: dict, problem: str):
    with pytest.raises(InvalidRequestError, match=problem):
        await keys.create("bob", **words)
    assert await keys.list() == []
    key, _ = await keys.create("bob")
    with pytest.raises(InvalidRequestError, match=problem):
        await keys.limit("bob", **words)
    assert await keys.list() == [key]


@pytest.mark.parametrize("name", ["", " bob", "b\nob", "b" * 101])
async def test_a_name_that_cannot_be_shown_is_refused(keys: Keys, name: str):
    with pytest.raises(InvalidRequestError, match="name"):
        await keys.create(name)


# --- names ---------------------------------------------------------------------------------------------------------


async def test_a_name_is_given_once_however_many_ask(opening):
    stores = [await opening() for _ in range(2)]
    made = await asyncio.gather(*(stores[n % 2].keys.create("bob") for n in range(8)), return_exceptions=True)
    refused = [each for each in made if isinstance(each, Exception)]
    assert len(refused) == 7
    assert {str(each) for each in refused} == {
        "there is a key named `bob` already: choose another name, or revoke that one first"
    }
    assert len(await stores[0].keys.list()) == 1
    await asyncio.gather(*(each.close() for each in stores))


async def test_a_key_is_replaced_under_its_name(keys: Keys, clock: Clock):
    old, _ = await keys.create("bob")
    await keys.revoke("bob")
    clock.seconds = 60
    new, _ = await keys.create("bob")
    clock.seconds = 61
    other, _ = await keys.create("alice")
    assert (await keys.get("bob")).id == new.id
    assert (await keys.get(old.id)).revoked_at == AT
    assert [key.id for key in await keys.list()] == [new.id, other.id]
    assert [key.id for key in await keys.list(revoked=True)] == [old.id, new.id, other.id]
    with pytest.raises(InvalidRequestError, match="already"):
        await keys.rename("alice", "bob")


async def test_a_pasted_secret_finds_its_key_and_is_not_repeated(keys: Keys):
    key, secret = await keys.create("bob")
    text = secret.get_secret_value()
    assert await keys.get(text) == key
    stranger = api_key.new_secret().get_secret_value()
    with pytest.raises(KeyNotFoundError) as failure:
        await keys.get(stranger)
    assert stranger not in str(failure.value)
    assert stranger[:11] in str(failure.value)


# --- no longer -----------------------------------------------------------------------------------------------------


async def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_soon(store: Store, keys: Keys, clock: Clock):
    elsewhere = Keys(store._database, now=clock.now, monotonic=clock.monotonic)
    _, secret = await keys.create("bob")
    assert await keys.verify(secret) is not None
    assert await elsewhere.verify(secret) is not None
    await keys.revoke("bob")
    assert await keys.verify(secret) is None
    clock.seconds = TRUSTED_S
    assert await elsewhere.verify(secret) is None
    for change in (keys.revoke, keys.limit):
        with pytest.raises(InvalidRequestError, match=r"the key `bob` was revoked on 2026-11-21: make another"):
            await change("bob")


async def test_a_key_ends_when_it_was_said_also_while_it_is_trusted(keys: Keys, clock: Clock):
    _, secret = await keys.create("bob", expires_at=AT + timedelta(seconds=1))
    assert await keys.verify(secret) is not None
    clock.seconds = 0.999
    assert await keys.verify(secret) is not None
    clock.seconds = 1
    assert await keys.verify(secret) is None
    await keys.limit("bob", expires_at=None)
    assert await keys.verify(secret) is not None


async def test_the_last_use_is_noted_to_the_minute(store: Store, keys: Keys, clock: Clock):
    _, secret = await keys.create("bob")
    seen = []
    for seconds in (0, 1, 59, 60, 61):
        clock.seconds = seconds
        await asyncio.gather(*(keys.verify(secret) for _ in range(5)))
        seen.append(((await keys.get("bob")).last_used_at - AT).seconds)
    assert seen == [0, 0, 0, 60, 60]


async def test_a_busy_key_asks_the_database_now_and_then(store: Store, keys: Keys, clock: Clock):
    _, secret = await keys.create("bob")
    await keys.verify(secret)
    await store.close()
    assert await keys.verify(secret) is not None, "known, and no use to note"
    clock.seconds = TRUSTED_S
    with pytest.raises((StorageError, RuntimeError)):
        await keys.verify(secret)


async def test_a_use_that_cannot_be_noted_turns_nobody_away(store: Store, keys: Keys, monkeypatch):
    _, secret = await keys.create("bob")

    async def full(work):
        raise StorageError("the disk is full")

    monkeypatch.setattr(store._database, "write", full)
    assert await keys.verify(secret) is not None


# --- what it may do ------------------------------------------------------------------------------------------------


def of(**fields) -> ApiKey:
    return ApiKey.of(**({"id": "k", "name": "n", "prefix": "vg_12345678", "created_at": AT} | fields))


def test_an_admin_may_do_everything():
    assert all(of(scopes={Scope.ADMIN}).allows(scope) for scope in Scope)
    assert [scope for scope in Scope if of(scopes={Scope.READ}).allows(scope)] == [Scope.READ]
    assert not of().allows(Scope.ADMIN), "unless said"


@pytest.mark.parametrize(
    ("models", "model", "allowed"),
    [
        ((), "openai/sora-2", True),
        (("openai/*",), "openai/sora-2", True),
        (("openai/*",), "openai-relay/sora-2", False),
        (("local/*", "openai/sora-2"), "openai/sora-2", True),
        (("openai/sora-2",), "openai/sora-2-pro", False),
        (("OPENAI/*",), "openai/sora-2", False),
    ],
)
def test_models_are_allowed_by_pattern(models, model, allowed):
    assert of(models=models).allows_model(model) is allowed


def test_a_plan_is_allowed_with_all_it_falls_back_to():
    from paid_world import make_plan

    plan: Plan = make_plan()
    chain = plan.model_copy(update={"alternatives": (plan.model_copy(update={"model": "other/m"}),)})
    assert of(models=("none/*",)).allows_plan(plan)
    assert not of(models=("none/*",)).allows_plan(chain)
    assert of(models=("none/*", "other/m")).allows_plan(chain)


def test_secrets_differ_and_have_the_promised_length():
    made = {api_key.new_secret().get_secret_value() for _ in range(200)}
    assert len({each[:11] for each in made}) == 200
    assert all(api_key.shown_part(each) == each[:11] for each in made)
    assert isinstance(api_key.new_secret(), SecretStr)
