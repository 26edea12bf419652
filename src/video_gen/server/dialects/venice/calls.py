"""`/video/...`: queue, retrieve, quote, complete."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from video_gen.exceptions import UnsupportedOptionError
from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.venice import shown
from video_gen.server.dialects.venice.asked import JobBody, VideoBody
from video_gen.server.sending import sent
from video_gen.spec import Plan, Status

router = APIRouter()

_FIXED: Final = frozenset({"seconds", "aspect_ratio"})
"""What a quote is asked for to learn whether a model offers it."""
_KEPT_S: Final = 3600.0

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same video, however often they are sent.", max_length=255),
]


class Queued(BaseModel):
    """A video was taken in."""

    model: str
    queue_id: str = Field(description="Hand it in to `retrieve`.")


class Success(BaseModel):
    """It was done."""

    success: Literal[True] = True


@router.post("/video/queue", summary="Make a video")
async def queue(gateway: Generates, body: VideoBody, idempotency_key: IdempotencyKey = None) -> Queued:
    """Take a video in; ask `retrieve` for it until it is completed."""
    job = await gateway.create(body.prompt, body.words(), idempotency_key=idempotency_key)
    return Queued(model=job.plan.model, queue_id=job.id)


@router.post(
    "/video/retrieve",
    summary="Look at a video",
    response_model=shown.VideoShown,
    response_model_exclude_none=True,
    responses={200: {"content": {"video/mp4": {}}}},
)
async def retrieve(request: Request, gateway: Reads, body: JobBody, accept: Annotated[str, Header()] = "") -> Any:
    """Say where a video stands; a finished one is sent itself to who accepts `video/mp4`."""
    job = await gateway.job(body.queue_id)
    if job.status is not Status.COMPLETED or "video/mp4" not in accept:
        return shown.video(job, gateway, datetime.now(UTC))
    video = sent(request, await gateway.file(job.artifacts[0], "video.mp4"), seconds=_KEPT_S)
    if body.delete_media_on_completion:
        video.background = BackgroundTask(gateway.delete, job.id, files=True)
    return video


@router.post("/video/quote", summary="See what a video would cost", response_model_exclude_none=True)
async def quote(gateway: Reads, body: VideoBody) -> shown.QuoteShown:
    """Say what a video would cost. A length or a shape that the model does not offer is an error here."""
    plan = await gateway.plan(body.prompt, **body.words())
    _check_offered(plan)
    return shown.quote(plan)


@router.post("/video/complete", summary="Forget a video")
async def complete(gateway: Generates, body: JobBody) -> Success:
    """Delete a video that has ended, with its file; what it cost stays on the books."""
    await gateway.delete(body.queue_id, files=True)
    return Success()


def _check_offered(plan: Plan) -> None:
    for change in plan.adjustments:
        if change.option in _FIXED:
            raise UnsupportedOptionError(change.reason)
