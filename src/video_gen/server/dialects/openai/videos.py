"""`/v1/videos`: create, look, list, delete."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from video_gen.server.access import Generates, Reads
from video_gen.server.callbacks import callback_at
from video_gen.server.dialects.openai import shown
from video_gen.server.dialects.openai.asked import VideoBody
from video_gen.server.dialects.openai.body import read
from video_gen.server.dialects.openai.shown import Vocabulary

router = APIRouter(prefix="/v1/videos", tags=["openai"])

ASK_AFTER: Final = "openai-poll-after-ms"
ASK_AFTER_MS: Final = 500
"""How soon a client may ask again; asking this server costs nothing."""

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same video, however often they are sent.", max_length=255),
]


def body_of(kind: type) -> dict[str, Any]:
    """Describe a body that is read as JSON or as a form."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")  # type: ignore[attr-defined]
    schema.pop("$defs", None)
    content = {"application/json": {"schema": schema}, "multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("", summary="Make a video", openapi_extra=body_of(VideoBody))
async def create(
    gateway: Generates, request: Request, words: Vocabulary, idempotency_key: IdempotencyKey = None
) -> shown.Video:
    """Take a video in. It is made in the background: ask for it until it is completed."""
    body = await read(request, VideoBody)
    callback = callback_at(gateway, body.callback_url, dialect=shown.NAME)
    job = await gateway.create(body.prompt, body.words(), idempotency_key=idempotency_key, callback=callback)
    return shown.video(job, gateway, words)


@router.get("", summary="List videos")
async def videos(
    gateway: Reads,
    words: Vocabulary,
    *,
    after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=0, le=100, description="How many at most.")] = 20,
    order: Annotated[Literal["asc", "desc"], Query(description="`desc`: newest first.")] = "desc",
) -> shown.VideoList:
    """List the caller's videos."""
    last = None if after is None else (await gateway.job(after)).id
    page = await gateway.jobs(limit=max(1, limit), after=last, oldest_first=order == "asc")
    data = [shown.video(job, gateway, words) for job in page.jobs[:limit]]
    return shown.VideoList(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=page.next is not None or len(page.jobs) > limit,
    )


@router.get("/{video_id}", summary="Look at a video")
async def retrieve(gateway: Reads, words: Vocabulary, video_id: str, response: Response) -> shown.Video:
    """Say where a video stands, and where it is once it is completed."""
    job = await gateway.job(video_id)
    if not job.status.terminal:
        response.headers[ASK_AFTER] = str(ASK_AFTER_MS)
    return shown.video(job, gateway, words)


@router.delete("/{video_id}", summary="Delete a video")
async def delete(gateway: Generates, video_id: str) -> shown.Deleted:
    """Delete a video that has ended, with its file; what it cost stays on the books."""
    job = await gateway.delete(video_id, files=True)
    return shown.Deleted(id=shown.video_id(job.id))
