"""`/predictions`: make, look, list, stop."""

import time
from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query

from video_gen.exceptions import InvalidRequestError, JobStateError, VideoGenerationError
from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.inputs import planned
from video_gen.server.dialects.replicate import shown
from video_gen.server.dialects.replicate.asked import PredictionBody, deadline_of, wait_of
from video_gen.server.dialects.replicate.names import card_of, model_of
from video_gen.server.gateway import Gateway

router = APIRouter()

PAGE: Final = 100
ON_THE_WAY_S: Final = 0.25
"""Seconds of a wait that are left to its answer: replicate 1.0.7 gives up half a second after what it asked for."""
Prefer = Annotated[str | None, Header(description="`wait` or `wait=20`: answer when it has ended, or then.")]
CancelAfter = Annotated[str | None, Header(description="Give it up after this: `90`, `30s`, `5m`, `1h`.")]
IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key and request give the same prediction.", max_length=255),
]


@router.post("/predictions", status_code=201, summary="Make a video or an image")
async def create(
    gateway: Generates,
    body: PredictionBody,
    prefer: Prefer = None,
    cancel_after: CancelAfter = None,
    idempotency_key: IdempotencyKey = None,
) -> shown.Prediction:
    """Take a prediction in, by a version's id or a model's name."""
    if body.version is None:
        raise InvalidRequestError("`version` is missing in the body: name a model, like `local/draft`")
    model = model_of(gateway, body.version)
    return await _made(gateway, model, body, (prefer, cancel_after, idempotency_key))


@router.post("/models/{owner}/{name:path}/predictions", status_code=201, summary="Make a video or an image by a model")
async def create_by_model(
    gateway: Generates,
    owner: str,
    name: str,
    body: PredictionBody,
    *,
    prefer: Prefer = None,
    cancel_after: CancelAfter = None,
    idempotency_key: IdempotencyKey = None,
) -> shown.Prediction:
    """Take a prediction of a model in."""
    model = card_of(gateway, owner, name).id
    return await _made(gateway, model, body, (prefer, cancel_after, idempotency_key))


@router.get("/predictions", summary="List predictions")
async def predictions(
    gateway: Reads, cursor: Annotated[str | None, Query(description="From `next` of the page before.")] = None
) -> shown.Predictions:
    """List the caller's predictions, newest first, a hundred on a page."""
    page = await gateway.jobs(limit=PAGE, after=cursor)
    return shown.predictions(page, gateway)


@router.get("/predictions/{prediction_id}", summary="Look at a prediction")
async def prediction(gateway: Reads, prediction_id: str) -> shown.Prediction:
    """Say where a prediction stands, and where its video is once it has succeeded."""
    return shown.prediction(await gateway.job(prediction_id), gateway)


@router.post("/predictions/{prediction_id}/cancel", summary="Stop a prediction")
async def cancel(gateway: Generates, prediction_id: str) -> shown.Prediction:
    """Ask a prediction to stop; one that has ended stays as it is."""
    with suppress(JobStateError):
        await gateway.cancel(prediction_id)
    return shown.prediction(await gateway.job(prediction_id), gateway)


async def _made(
    gateway: Gateway, model: str, body: PredictionBody, headers: tuple[str | None, str | None, str | None]
) -> shown.Prediction:
    prefer, cancel_after, idempotency_key = headers
    arrived = time.monotonic()
    callback = body.callback(gateway)
    wait_s, deadline_s = wait_of(prefer), deadline_of(cancel_after)
    more = {} if deadline_s is None else {"give_up_after": deadline_s}
    plan = await planned(gateway, model, body.input, **more)
    job = await gateway.submit(plan, idempotency_key=idempotency_key, callback=callback)
    if wait_s is None:
        return shown.prediction(job, gateway)
    left = max(0.0, wait_s - ON_THE_WAY_S - (time.monotonic() - arrived))
    with suppress(VideoGenerationError):  # the prediction tells what ended it, or that it goes on
        await gateway.completed(job.id, timeout_s=left)
    return shown.after_wait(await gateway.job(job.id), gateway)
