"""The OpenAI wire through the real driver and the real engine: whole, and in short for each of its dialects."""

from collections.abc import AsyncIterator

import pytest

from video_gen.spec import AttemptState, Status
from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.house import House, at_home
from video_gen.testing.conformance.suite import REFUSALS, assert_delivered, photo
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import AzureEmulator, OpenAIEmulator
from video_gen.testing.emulators.serve import serving

pytestmark = pytest.mark.slow

NO_SIGN = {"no_video": "a completed job has no field that says whether there is a video: /content answers 404"}


def openai_at(path: str, **more: str):
    return lambda emulator: {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{emulator.url}{path}", **more}


def kuai(emulator) -> dict[str, str]:
    return {"KUAI_API_KEY": KEY, "VEO3_BASE_URL": emulator.url}


def task_relay(emulator) -> dict[str, str]:
    return {**kuai(emulator), "VEO3_ENDPOINT": "/v1/video/generations"}


def azure(emulator) -> dict[str, str]:
    return {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": emulator.url}


def wire(dialect: str, environment, model: str = "openai/sora-2", **more) -> Wire:
    return Wire(
        emulator=lambda: OpenAIEmulator(dialect=dialect),
        environment=environment,
        text=model,
        image=model,
        cancels=False,
        **more,
    )


class TestOpenAI(ProtocolConformance):
    wire = wire("openai", openai_at("/v1"), without=NO_SIGN)


class TestAzureJobs(ProtocolConformance):
    model = "azure-jobs/sora"
    wire = Wire(emulator=AzureEmulator, environment=azure, text=model, image=model, cancels=False)


AS_JSON = {"OPENAI_VIDEOS_ENCODING": "json"}
DIALECTS = {
    "azure": Wire(emulator=AzureEmulator, environment=azure, text="azure/sora-2", image="azure/sora-2"),
    "kuai": wire("kuai", kuai, "kuai/veo_3_1"),
    "kuai-json": wire("kuai-json", kuai, "kuai/veo_3_1"),
    "kuai-redirect": wire("kuai-redirect", kuai, "kuai/veo_3_1"),
    "new-api": wire("new-api", task_relay, "kuai/veo_3_1"),
    "litellm": wire("litellm", openai_at("/v1")),
    "vllm-omni": wire("vllm-omni", openai_at("/v1", OPENAI_VIDEOS_CANCEL="delete")),
    "sglang": wire("sglang", openai_at("/v1")),
    "sglang-s3": wire("sglang-s3", openai_at("/v1")),
    "deepinfra": wire("deepinfra", openai_at("/v1/openai", **AS_JSON)),
    "openrouter": wire("openrouter", openai_at("/api/v1", **AS_JSON)),
}
FINDS = {"azure", "vllm-omni"}
"""Whose lists say enough to know a job again."""
FORMS = DIALECTS.keys() - {"deepinfra", "openrouter"}
"""Who take a picture as a part of a form."""
TELLS = {"kuai", "kuai-json", "kuai-redirect", "new-api", "deepinfra", "openrouter"}
"""Who show that a finished job has no video."""


@pytest.fixture
async def house(dialect, tmp_path) -> AsyncIterator[House]:
    chosen = DIALECTS[dialect]
    with serving(chosen.emulator()) as (emulator,):
        async with at_home(chosen, emulator, tmp_path / "home", allow_private=True) as one:
            yield one


def each_of(names):
    return pytest.mark.parametrize("dialect", sorted(names))


class TestDialects:
    @each_of(DIALECTS)
    async def test_a_prompt_becomes_a_verified_video(self, house):
        await assert_delivered(house, await house.make())

    @each_of(FORMS)
    async def test_a_picture_arrives(self, house, tmp_path):
        picture = tmp_path / "picture.jpg"
        picture.write_bytes(photo())
        await assert_delivered(house, await house.make(picture=picture))
        assert any(photo() in call.body for call in house.emulator.world.calls)

    @each_of(DIALECTS)
    async def test_a_filtered_job_says_so(self, house):
        house.emulator.faults.inject("policy")
        job = await house.make()
        assert (job.status, job.error.code) == (Status.FAILED, "content_policy_violation"), await house.story(job)

    @each_of(DIALECTS)
    async def test_a_broken_job_is_no_filtered_one(self, house):
        house.emulator.faults.inject("broken")
        job = await house.make()
        assert (job.status, job.error.code) == (Status.FAILED, "job_failed"), await house.story(job)

    @each_of(TELLS)
    async def test_done_without_a_video_is_a_failure(self, house):
        house.emulator.faults.inject("no_video")
        job = await house.make()
        assert (job.status, job.error.code) == (Status.FAILED, "no_video"), await house.story(job)

    @each_of(DIALECTS)
    @pytest.mark.parametrize("fault", ["cut_after", "error_after", "garbage"])
    async def test_a_lost_answer_is_never_paid_twice(self, house, dialect, fault):
        house.emulator.faults.inject(fault)
        job = await house.make()
        assert house.accepted() == 1
        if dialect in FINDS:
            await assert_delivered(house, job)
        else:
            (attempt,) = await house.attempts(job)
            assert attempt.state is AttemptState.UNKNOWN, await house.story(job)

    @each_of({"vllm-omni", "sglang"})
    async def test_a_job_is_stopped_where_that_is_said_to_work(self, house, dialect):
        house.emulator.faults.inject("stuck")
        job = await house.start(await house.plan())
        await house.until(job, "attempt.submitted")
        await house.jobs.cancel(job.id)
        ended = await house.end_of(job)
        (render,) = house.emulator.world.accepted()
        stopped = dialect == "vllm-omni"
        assert (ended.status, render.cancelled_at is not None) == (Status.CANCELLED, stopped)
        assert ended.cost == (0 if stopped else 400_000), await house.story(job)

    @each_of({"kuai", "new-api"})
    @pytest.mark.parametrize("fault", ["unauthorized", "no_credit", "refused"])
    async def test_a_refusal_costs_nothing(self, house, fault):
        house.emulator.faults.inject(fault)
        job = await house.make()
        assert (job.status, job.cost, house.accepted()) == (Status.FAILED, 0, 0)
        assert job.error.code == REFUSALS[fault], await house.story(job)

    @each_of({"litellm", "openrouter"})
    async def test_the_price_is_what_the_service_says(self, house):
        job = await house.make(seconds=8)
        (render,) = house.emulator.world.accepted()
        assert job.cost == round(render.film.seconds * 100_000), await house.story(job)

    @each_of({"deepinfra", "kuai", "new-api", "openrouter", "sglang-s3"})
    async def test_a_link_that_has_ended_is_asked_for_again(self, house):
        house.emulator.faults.inject("expired", step="download", times=2)
        await assert_delivered(house, await house.make())
