"""Word from a provider makes its job be asked for sooner, and can do nothing else whoever sends it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paid_world import FAST, PRICE, PaidProtocol, PaidWorld, make_plan

from video_gen.engine.hooks import Hooks
from video_gen.engine.poller import HINT_GAP
from video_gen.engine.service import Jobs
from video_gen.spec import Attempt, Job, Phase, Status

PUBLIC = "https://videos.example.com/"
PATIENT = replace(FAST, poll_first=3600, poll_cap=3600)
HOOKS = Hooks(lambda: b"a secret", PUBLIC)


# --- tokens --------------------------------------------------------------------------------------------------------


def test_a_token_names_one_attempt_of_one_provider():
    token = HOOKS.token("fal", "9f86d081884c7d65")
    assert HOOKS.attempt_of("fal", token) == "9f86d081884c7d65"
    assert HOOKS.attempt_of("kling", token) is None
    assert Hooks(lambda: b"another secret", PUBLIC).attempt_of("fal", token) is None
    assert HOOKS.attempt_of("fal", "9f86d081884c7d65") is None


@given(st.text(max_size=80))
def test_nothing_made_up_is_a_token(text: str):
    assert HOOKS.attempt_of("fal", text) is None


# --- jobs ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The addresses that the provider is told."""
    addresses: list[str | None] = []
    plain = PaidProtocol.submit

    def submit(self, context):
        addresses.append(context.callback_url)
        return plain(self, context)

    monkeypatch.setattr(PaidProtocol, "submit", submit)
    return addresses


@pytest.fixture
async def jobs(world: PaidWorld, home: Path, outputs: Path) -> AsyncIterator[Jobs]:
    """Jobs whose next question is an hour away, until somebody says that there is news."""
    opened = await world.jobs(home, outputs, policy=PATIENT, public_url=PUBLIC)
    opened.run()
    yield opened
    await opened.close()


async def made(jobs: Jobs) -> tuple[Job, Attempt]:
    """Return a job that its provider is at work on."""
    job = await jobs.create(make_plan())
    async with asyncio.timeout(20):
        while (await jobs.get(job.id)).phase is not Phase.GENERATING:
            await asyncio.sleep(0.01)
    [attempt] = await jobs.attempts(job.id)
    return job, attempt


def token_of(address: str | None) -> tuple[str, str]:
    assert address is not None
    provider, token = address.removeprefix("https://videos.example.com/hooks/").split("/")
    return provider, token


async def test_a_job_is_asked_for_when_its_provider_says_so(jobs: Jobs, world: PaidWorld, told: list[str | None]):
    world.polls = 0
    job, _ = await made(jobs)
    assert await jobs.heard(*token_of(told[0]))
    done = await jobs.wait(job.id, timeout_s=20)
    assert (done.status, done.cost) == (Status.COMPLETED, PRICE)
    assert not await jobs.heard(*token_of(told[0])), "nobody waits for it any more"


async def test_a_process_that_does_not_run_the_job_passes_the_word_on(
    jobs: Jobs, world: PaidWorld, told: list[str | None], home: Path, outputs: Path
):
    world.polls = 0
    job, _ = await made(jobs)
    server = await world.jobs(home, outputs, public_url=PUBLIC)
    assert await server.heard(*token_of(told[0]))
    assert (await server.wait(job.id, timeout_s=20)).status is Status.COMPLETED
    await server.close()


async def test_a_flood_of_words_causes_one_question(jobs: Jobs, world: PaidWorld, told: list[str | None]):
    world.polls = 10**9
    job, _ = await made(jobs)
    where = token_of(told[0])
    begun = asyncio.get_running_loop().time()
    for _ in range(40):
        await jobs.heard(*where)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    took = asyncio.get_running_loop().time() - begun
    asked = world.calls.count("GET /jobs/OP")
    assert 1 <= asked <= 1 + took // HINT_GAP
    assert (await jobs.get(job.id)).phase is Phase.GENERATING, "a word is no verdict"
    await jobs.cancel(job.id)
    await jobs.wait(job.id, timeout_s=20)


async def test_words_of_strangers_are_nothing(jobs: Jobs, world: PaidWorld, told: list[str | None]):
    world.polls = 10**9
    job, attempt = await made(jobs)
    provider, token = token_of(told[0])
    for stranger in ("", attempt.id, f"{attempt.id}.{'0' * 32}", token[:-1], token + "0", "ö.x"):
        assert not await jobs.heard(provider, stranger)
    assert not await jobs.heard("another", token)
    await asyncio.sleep(0.2)
    assert "GET /jobs/OP" not in world.calls
    await jobs.cancel(job.id)
    await jobs.wait(job.id, timeout_s=20)


async def test_no_address_is_told_without_a_public_one(
    world: PaidWorld, home: Path, outputs: Path, told: list[str | None]
):
    jobs = await world.jobs(home, outputs)
    jobs.run()
    await jobs.wait((await jobs.create(make_plan())).id, timeout_s=20)
    await jobs.close()
    assert told == [None]
