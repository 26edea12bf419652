"""The public API as a typed program uses it. No test runs this: both type checkers read it, in `make lint`."""

from datetime import date
from pathlib import Path
from typing import Any, assert_type

from video_gen import (
    AsyncClient,
    AsyncVideoJob,
    BatchResult,
    CameraMotion,
    Client,
    Comparison,
    Decision,
    Event,
    Film,
    FilmPlan,
    ImageResult,
    Job,
    Plan,
    Quote,
    SoraConfig,
    Status,
    Usage,
    Veo3APIClient,
    Veo3Config,
    VideoGenerationError,
    VideoJob,
    VideoMetadata,
    VideoQuote,
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
        assert_type(client.sequence.plan("film.yaml", draft=True), FilmPlan)
        assert_type(client.sequence(["a", "b"], out="film.mp4", max_cost=1), Film)
        return job.artifacts[0].path


def moved_program(picture: Path) -> bytes:
    client = Client(api_key="k")
    assert_type(client.video.quote("local", "a calm ocean", duration="5s", audio=True), VideoQuote)
    job = client.video.queue(model="local", image=picture, duration=5, seed=0, guidance_scale=7.5)
    assert_type(job, VideoJob)
    done = client.video.wait_for_completion(job.job_id, poll_interval=3, callback=VideoJob.is_failed)
    assert_type(done.metadata, VideoMetadata | None)
    assert_type(done.download("ocean.mp4"), Path)
    assert_type(client.videos("a calm ocean", model="local")["data"]["job_id"], Any)
    assert_type(client.jobs(job.job_id)["status"], Any)
    return done.get_video_data()


def remote_program(picture: bytes) -> list[str]:
    with Client(base_url="http://localhost:8000", api_key="k") as client:
        assert_type(client.plan("drift", image=picture, duration=5), Plan)
        assert_type(client.usage(date(2026, 11, 25)), Usage)
        assert_type(client.images.plan("a harbour"), Plan)
        assert_type(client.batch([{"prompt": "a calm ocean"}], out="films"), BatchResult)
        assert_type(client.sequence(["a", "b"], out="film.mp4"), Film)
        assert_type(client.compare("a calm ocean", ["veo", "gen4.5"]), Comparison)
        return [row["id"] for row in client.models.list(retired=True)]


async def async_program() -> int:
    async with AsyncClient(base_url="http://localhost:8000") as client:
        assert_type(await client.usage(), Usage)
        assert_type(await client.models.list(), list[dict[str, Any]])
        assert_type(await client.video.complete("local", "a calm ocean", timeout=60), AsyncVideoJob)
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
