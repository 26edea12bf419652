"""What is made of a finished video: another version, or a change."""

from typing import Final

from fastapi import APIRouter, Request

from video_gen.catalog import ModelCard
from video_gen.client.words import Words, seconds_of
from video_gen.exceptions import JobStateError, UnsupportedOptionError
from video_gen.server.access import Generates
from video_gen.server.dialects.openai import shown
from video_gen.server.dialects.openai.asked import EditBody, ExtendBody, Finished, RemixBody
from video_gen.server.dialects.openai.body import read
from video_gen.server.dialects.openai.shown import Vocabulary
from video_gen.server.dialects.openai.videos import IdempotencyKey, body_of
from video_gen.server.gateway import Gateway
from video_gen.spec import Job, Status

router = APIRouter(prefix="/v1/videos", tags=["openai"])

_NAMED: Final = 5
"""Models that an error names as a way out."""


@router.post("/edits", summary="Change a video", openapi_extra=body_of(EditBody))
async def edit(
    gateway: Generates, request: Request, words: Vocabulary, idempotency_key: IdempotencyKey = None
) -> shown.Video:
    """Make a new video from a finished one, or from one that is sent along, as the prompt says."""
    body = await read(request, EditBody)
    source = await _finished(gateway, body.video.id) if isinstance(body.video, Finished) else None
    film = body.video if not isinstance(body.video, Finished) else _link(gateway, source)
    said = Words(video=film)
    card = gateway.model(body.model or (source.plan.model if source else gateway.default_model))
    _check_takes_video(gateway, card)
    said["model"] = card.id
    tags = {shown.REMIXED: source.id} if source else {}
    job = await gateway.create(body.prompt, said, idempotency_key=idempotency_key, tags=tags)
    return shown.video(job, gateway, words)


@router.post("/extensions", summary="Make a video longer", openapi_extra=body_of(ExtendBody))
async def extend(
    gateway: Generates, request: Request, words: Vocabulary, idempotency_key: IdempotencyKey = None
) -> shown.Video:
    """Go on from the last frame of a finished video, or of one that is sent along; the new video is both, joined."""
    body = await read(request, ExtendBody)
    source = await _finished(gateway, body.video.id) if isinstance(body.video, Finished) else None
    film = body.video if not isinstance(body.video, Finished) else _link(gateway, source)
    model = body.model or (source.plan.model if source else gateway.default_model)
    tags = {shown.REMIXED: source.id} if source else {}
    said = Words(extend=film, duration=seconds_of(body.seconds, name="seconds"), model=model)
    job = await gateway.create(body.prompt, said, idempotency_key=idempotency_key, tags=tags)
    return shown.video(job, gateway, words)


@router.post("/{video_id}/remix", summary="Make another version of a video", openapi_extra=body_of(RemixBody))
async def remix(
    gateway: Generates, request: Request, words: Vocabulary, video_id: str, idempotency_key: IdempotencyKey = None
) -> shown.Video:
    """Make a finished video again with another prompt.

    A model that takes a video is given the finished one. Any other is given the same pictures, settings and seed.
    """
    body = await read(request, RemixBody)
    source = await _finished(gateway, video_id)
    card = gateway.model(body.model or source.plan.model)
    if _takes_video(card):
        plan = await gateway.plan(body.prompt, model=card.id, video=_link(gateway, source))
    else:
        plan = gateway.plan_again(source, body.prompt, card.id)
    job = await gateway.submit(plan, idempotency_key=idempotency_key, tags={shown.REMIXED: source.id})
    return shown.video(job, gateway, words)


async def _finished(gateway: Gateway, video_id: str) -> Job:
    job = await gateway.job(video_id)
    if job.status is not Status.COMPLETED:
        raise JobStateError(f"video `{video_id}` is {job.status}, not completed: wait for it, or name another one")
    return job


def _link(gateway: Gateway, source: Job | None) -> str:
    assert source is not None
    return gateway.video_url(source.artifacts[0])


def _takes_video(card: ModelCard) -> bool:
    return card.source_video in {"optional", "required"}


def _check_takes_video(gateway: Gateway, card: ModelCard) -> None:
    if _takes_video(card):
        return
    able = [each.id for each in gateway.models() if _takes_video(each) and each.lifecycle.status != "retired"]
    ways = f"name one that does as `model`: {', '.join(able[:_NAMED])}" if able else "no model here does"
    raise UnsupportedOptionError(f"`{card.id}` takes no video to change: {ways}")
