"""`/api/v1/videos/generations` and `/api/v1/jobs`: hand a video in, and look at it."""

from typing import Annotated

from fastapi import APIRouter, Header

from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.indox import shown
from video_gen.server.dialects.indox.asked import VideoBody

router = APIRouter(prefix="/api/v1", tags=["indoxrouter"])

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same job, however often they are sent.", max_length=255),
]


@router.post("/videos/generations", summary="Make a video")
async def generate(gateway: Generates, body: VideoBody, idempotency_key: IdempotencyKey = None) -> shown.AcceptedBody:
    """Take a video in; ask for `/api/v1/jobs/{job_id}` until it is completed."""
    own = body.byok_api_key
    job = await gateway.create(body.prompt, body.words(), idempotency_key=idempotency_key, api_key=own)
    return shown.accepted(job)


@router.get("/jobs/{job_id}", summary="Look at a job")
async def job(gateway: Reads, job_id: str) -> shown.JobShown:
    """Say where a job stands, and where its videos are once it is completed."""
    return shown.job(await gateway.job(job_id), gateway)


@router.post("/jobs/{job_id}/cancel", summary="Stop a job")
async def cancel(gateway: Generates, job_id: str) -> shown.JobShown:
    """Ask a job to stop."""
    return shown.job(await gateway.cancel(job_id), gateway)
