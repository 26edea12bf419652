"""`/v1/text_to_video` and its like: a new task."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from video_gen.server.access import Generates
from video_gen.server.dialects.runway.asked import TaskBody
from video_gen.server.dialects.runway.shown import estimated

router = APIRouter()

VideoKind = Literal["text_to_video", "image_to_video", "video_to_video"]
KINDS: Final = ("text_to_video", "image_to_video", "video_to_video", "text_to_image")

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same task, however often they are sent.", max_length=255),
]


class Created(BaseModel):
    """A task was taken in."""

    id: str
    estimatedCost: dict[str, float] = Field(description="In credits of one US cent.")  # noqa: N815


@router.post("/text_to_image", summary="Make an image")
async def image(gateway: Generates, body: TaskBody, idempotency_key: IdempotencyKey = None) -> Created:
    """Take an image in as a task."""
    plan = gateway.plan_image(body.promptText, **body.image_words())
    job = await gateway.submit(plan, idempotency_key=idempotency_key)
    return Created(id=job.id, estimatedCost=estimated(job.plan))


async def _video(gateway: Generates, body: TaskBody, idempotency_key: IdempotencyKey = None) -> Created:
    """Take a video in as a task; what it is made from decides, and not the path."""
    plan = await gateway.plan(body.promptText, **body.words(gateway.upload_url))
    job = await gateway.submit(plan, idempotency_key=idempotency_key)
    return Created(id=job.id, estimatedCost=estimated(job.plan))


for kind in KINDS[:3]:
    options: dict[str, Any] = {"methods": ["POST"], "summary": f"Make a video ({kind})", "name": kind}
    router.add_api_route(f"/{kind}", _video, **options)
