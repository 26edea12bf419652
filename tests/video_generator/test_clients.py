"""The clients of the backends on their own: a task handed in, waited for, and brought to its place."""

from pathlib import Path

import pytest

from video_gen.config import RunwayConfig, SoraConfig
from video_gen.exceptions import ConfigurationError, JobNotFoundError, MediaNotFoundError
from video_gen.media.probe import probe
from video_gen.providers import AzureSoraAPIClient, RunwayGen4Client, RunwayVeoClient, SoraAPIClient, Veo3APIClient
from video_gen.testing.emulators.emulator import KEY


def accepted(emulator) -> list[dict]:
    return [dict(render.request) for render in emulator.world.accepted()]


@pytest.mark.parametrize(("kind", "emulator"), [(SoraAPIClient, "openai"), (AzureSoraAPIClient, "azure")])
def test_sora_step_by_step(emulators, picture, kind, emulator):
    with kind() as sora:
        job = sora.create_video_request("waves", [picture()], duration_seconds=4)
        assert not job.status.terminal
        assert sora.poll_async_job(job).status.value == "completed"
        assert sora.download_video(job, "films/waves.mp4") == "films/waves.mp4"
    assert probe(Path("films/waves.mp4")).seconds > 0
    assert len(accepted(emulators[emulator])) == 1


def test_a_task_outlives_the_client_that_made_it(emulators):
    job = Veo3APIClient().create_task("waves", duration_seconds=4)
    assert Veo3APIClient().download_video(job.id, "waves.mp4") == "waves.mp4"
    assert len(accepted(emulators["gemini"])) == 1


def test_veo_takes_references_or_a_frame(emulators, picture):
    with Veo3APIClient() as veo:
        veo.generate_video("waves", reference_images=[picture("a.jpg")], output_path="a.mp4")
        veo.generate_video("waves", source_frame=picture("b.jpg"), output_path="b.mp4", duration_seconds=4)
    first, second = (body["instances"][0] for body in accepted(emulators["gemini"]))
    assert ("referenceImages" in first, "image" in first) == (True, False)
    assert ("referenceImages" in second, "image" in second) == (False, True)


def test_runways_models_by_their_own_clients(emulators, picture):
    with RunwayGen4Client() as gen4:
        gen4.poll_task(gen4.create_image_to_video_task("waves", picture()))
    with RunwayVeoClient() as veo:
        veo.poll_task(veo.create_image_to_video_task("waves", first_frame=picture("b.jpg"), model="veo3.1"))
    assert [body["model"] for body in accepted(emulators["runway"])] == ["gen4_turbo", "veo3.1"]


def test_what_is_left_out_is_as_the_configuration_says(emulators, services):
    config = SoraConfig(
        api_key=KEY,
        base_url=services.environment["OPENAI_BASE_URL"],
        default_model="sora-2-pro",
        default_width=720,
        default_height=1280,
        default_duration=4,
    )
    SoraAPIClient(config).generate_video("waves", output_path="waves.mp4")
    (asked,) = accepted(emulators["openai"])
    assert (asked["model"], asked["size"], asked["seconds"]) == ("sora-2-pro", "720x1280", "4")


@pytest.mark.parametrize("kind", [SoraAPIClient, AzureSoraAPIClient, Veo3APIClient, RunwayGen4Client, RunwayVeoClient])
def test_without_a_key_none_is_made(kind):
    with pytest.raises(ConfigurationError, match="needs an API key"):
        kind()


def test_another_backends_configuration_is_refused():
    with pytest.raises(ConfigurationError, match="SoraAPIClient takes a SoraConfig, not a RunwayConfig"):
        SoraAPIClient(RunwayConfig(api_key="k"))


def test_what_is_not_there_is_said(emulators):
    with SoraAPIClient() as sora:
        with pytest.raises(MediaNotFoundError):
            sora.create_video_request("waves", ["nowhere.jpg"])
        with pytest.raises(JobNotFoundError):
            sora.poll_task("0123456789abcdef")
