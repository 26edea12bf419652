"""The public API as a typed program uses it. No test runs this: both type checkers read it, in `make lint`."""

from pathlib import Path
from typing import assert_type

from video_gen import AsyncClient, CameraMotion, Client, Decision, Event, Job, Plan, Quote, Status, VideoGenerationError


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
