"""`/api/v1/videos`: hand a video in, or see first what it would be and cost."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from video_gen.engine.webhook import NATIVE
from video_gen.server.access import Generates, Reads
from video_gen.server.callbacks import callback_at
from video_gen.server.dialects.native import shown
from video_gen.server.dialects.native.asked import VideoRequest
from video_gen.server.gateway import Gateway
from video_gen.spec import Plan

router = APIRouter(prefix="/api/v1/videos", tags=["videos"])

IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same task, however often they are sent.", max_length=255),
]


@router.post("/generate", summary="Make a video")
async def generate(gateway: Generates, body: VideoRequest, idempotency_key: IdempotencyKey = None) -> shown.Submitted:
    """Take a video in. It is made in the background: ask for `/api/v1/tasks/{task_id}` until it is done."""
    callback = callback_at(gateway, body.callback_url, body.callback_kinds, dialect=NATIVE)
    plan = await _plan(gateway, body)
    return shown.submitted(await gateway.submit(plan, idempotency_key=idempotency_key, callback=callback))


@router.post("/plan", summary="See what a video would be and cost")
async def plan(gateway: Reads, body: VideoRequest) -> shown.Planned:
    """Say what exactly would be sent, how it differs from what is asked, and what it would cost. Spends nothing."""
    return shown.planned(await _plan(gateway, body))


async def _plan(gateway: Gateway, body: VideoRequest) -> Plan:
    words = body.words()
    prompt = await gateway.optimized(body.prompt) if body.optimize_prompt else body.prompt
    return await gateway.plan(prompt, **words)


@router.get("/{video_id}", summary="Look at a task (old path)", deprecated=True)
async def status(gateway: Reads, video_id: str, response: Response) -> shown.Task:
    """Look at a task; use `/api/v1/tasks/{task_id}` instead."""
    job = await gateway.job(video_id)
    response.headers["Deprecation"] = "true"
    response.headers["Link"] = f'</api/v1/tasks/{shown.task_id(job)}>; rel="successor-version"'
    return shown.task(job, gateway)
