"""Veo passes the suite at both of its places; on Google Cloud it also delivers without a bucket."""

from dataclasses import replace

import pytest
from google_settings import cloud, cloud_with_bucket, gemini, house_of

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.suite import assert_delivered
from video_gen.testing.emulators.google.gemini import GeminiEmulator
from video_gen.testing.emulators.google.vertex import BUCKET, VertexEmulator


class TestVeoAtTheGeminiApi(ProtocolConformance):
    wire = Wire(
        emulator=GeminiEmulator,
        environment=gemini,
        text="google/veo-3.1-generate-preview",
        image="google/veo-3.1-lite-generate-preview",
        cancels=False,
    )


class TestVeoOnGoogleCloud(ProtocolConformance):
    wire = Wire(
        emulator=VertexEmulator,
        environment=cloud_with_bucket,
        text="vertex/veo-3.1-generate-001",
        image="vertex/veo-3.1-fast-generate-001",
        words={"seed": 7},
        cancels=False,
    )

    async def test_several_videos_of_one_prediction_are_all_delivered(self, house):
        job = await house.make(count=2)
        assert len(job.artifacts) == 2, await house.story(job)
        assert job.cost == job.plan.quote.high

    async def test_a_lost_video_can_be_found_in_the_bucket_by_its_key(self, house):
        job = await house.make()
        (attempt,) = await house.attempts(job)
        (place,) = house.emulator.objects
        assert place.startswith(f"videos/{attempt.idempotency_key}/")
        assert attempt.outcome.outputs[0].url == f"gs://{BUCKET}/{place}"


async def test_the_next_model_is_tried_when_one_is_gone(tmp_path):
    """The try-order people write for Veo by hand; each answers 404 in its own words."""
    order = ("veo-3.1-generate-preview", "veo-3.1-fast-generate-preview", "veo-2")
    wire = replace(TestVeoAtTheGeminiApi.wire, emulator=lambda: GeminiEmulator(retired=order[:2]))
    async with house_of(wire, tmp_path / "home") as house:
        first, *others = [await house.plan(model=model) for model in order]
        job = await house.end_of(await house.start(first.model_copy(update={"alternatives": tuple(others)})))
        await assert_delivered(house, job)
        assert job.model_used == "google/veo-2.0-generate-001"
        assert [attempt.error and attempt.error.code for attempt in await house.attempts(job)] == [
            "model_retired", "model_retired", None,
        ]  # fmt: skip
        assert job.cost == (await house.attempts(job))[-1].cost


@pytest.mark.parametrize("fault", ["unavailable", "backwards", "cut_after"])
async def test_without_a_bucket_the_video_comes_in_the_answer(tmp_path, fault):
    wire = Wire(emulator=VertexEmulator, environment=cloud, text="vertex/veo-3.1-generate-001")
    async with house_of(wire, tmp_path / "home") as house:
        house.emulator.faults.inject(fault)
        job = await house.make()
        if fault == "cut_after":
            assert job.error.code == "submission_unknown"
        else:
            await assert_delivered(house, job)
        assert house.accepted() == 1


async def test_a_person_finds_the_lost_operation_and_it_is_delivered(tmp_path):
    """The wire lists nothing; whoever reads the operation's id in the console hands it in."""
    async with house_of(TestVeoAtTheGeminiApi.wire, tmp_path / "home") as house:
        house.emulator.faults.inject("cut_after")
        job = await house.make()
        assert job.error.code == "submission_unknown"
        (render,) = house.emulator.world.accepted()
        await house.jobs.adopt(job.id, render.id)
        await assert_delivered(house, await house.end_of(job))
