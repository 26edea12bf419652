"""`/v1/videos/{id}/content`: the bytes of a video, or of a picture of it."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from video_gen.exceptions import JobStateError
from video_gen.server.access import Reads
from video_gen.server.gateway import Gateway
from video_gen.server.sending import sent
from video_gen.spec import Artifact, Status

router = APIRouter(prefix="/v1/videos", tags=["openai"])

Variant = Literal["video", "thumbnail", "spritesheet"]
_KINDS: Final[dict[Variant, str]] = {
    "video": "video.mp4",
    "thumbnail": "thumbnail.webp",
    "spritesheet": "spritesheet.jpg",
}
_KEPT_S: Final = 3600.0
"""Seconds for which a receiver may keep what it was sent."""


@router.api_route("/{video_id}/content", methods=["GET", "HEAD"], response_class=Response, summary="Download a video")
async def content(
    request: Request,
    gateway: Reads,
    video_id: str,
    variant: Annotated[Variant, Query(description="The MP4, a WebP picture of it, or a JPEG of many.")] = "video",
) -> Response:
    """Lead to the bytes (307), or send them, as the server is set up."""
    artifact = await _finished(gateway, video_id)
    if gateway.sends_content:
        return sent(request, await gateway.file(artifact, _KINDS[variant]), seconds=_KEPT_S)
    return RedirectResponse(gateway.file_url(artifact, _KINDS[variant]), status_code=307)


async def _finished(gateway: Gateway, video_id: str) -> Artifact:
    job = await gateway.job(video_id)
    if job.status is not Status.COMPLETED:
        raise JobStateError(f"video `{video_id}` is {job.status}, not completed: it has no content to download")
    return job.artifacts[0]
