"""The public API as a typed program uses it. No test runs this: both type checkers read it, in `make lint`."""

from pathlib import Path
from typing import assert_type

from video_gen import (
    AsyncClient,
    CameraMotion,
    Client,
    Decision,
    Event,
    ImageResult,
    Job,
    Plan,
    Quote,
    SoraConfig,
    Status,
    Veo3APIClient,
    Veo3Config,
    VideoGenerationError,
    create_config_for_backend,
    generate_video,
    generate_video_sequence_with_veo3_stitching,
    generate_video_with_veo3,
)


def sync_program(picture: Path) -> str:
    with Client() as client:
        plan = client.plan("a calm ocean", model="local", duration=5, size="1280x720", audio=False, seed=0)
        assert_type(plan, Plan)
        assert_type(plan.quote, Quote)
        assert_type(client.route("a calm ocean", policy="cheapest", deny=["veo*"], max_cost="1"), Decision)
        job = client.generate("drift", image=picture, camera_motion=CameraMotion(kind="pan"), out=Path("drift.mp4"))
        assert_type(job, Job)
        assert_type(job.status, Status)
        assert_type(client.jobs.get(job.id), Job)
        assert_type(client.jobs.list(status=Status.COMPLETED), list[Job])
        assert_type(client.jobs.events(job.id), list[Event])
        return job.artifacts[0].path


async def async_program() -> int:
    async with AsyncClient() as client:
        try:
            job = await client.generate("a calm ocean", max_cost="0.50", strict=True, on_progress=print)
        except VideoGenerationError as error:
            return error.exit_code
        assert_type(job, Job)
        return job.cost


def functions_program(prompts: list[str], picture: Path) -> list[str]:
    config = Veo3Config(api_key="k")
    assert_type(create_config_for_backend("veo3").default_model, str)
    assert_type(SoraConfig.from_environment(), SoraConfig)
    assert_type(generate_video("waves", [picture], backend="sora2", seed=0), str)
    assert_type(generate_video_with_veo3("waves", source_frame=picture, config=config), str)
    with Veo3APIClient(config) as veo:
        assert_type(veo.poll_task(veo.create_task("waves", duration_seconds=4)), Job)
    with Client() as client:
        image = client.images.generate("a harbour", model="dall-e-3", size="1024x1024")
        assert_type(image, ImageResult)
        assert_type(image.url, str)
    return generate_video_sequence_with_veo3_stitching(prompts, out_paths=None, backend="runway")
