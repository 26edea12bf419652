"""`/queue/MODEL` and what is asked about a request there; `/run/MODEL`, which waits for the result."""

from typing import Annotated, Any, Final, Literal, Unpack

from fastapi import APIRouter, Header, Query
from starlette.responses import JSONResponse, Response

from video_gen.engine.webhook import MOST_URL
from video_gen.exceptions import JobStateError, UnknownModelError
from video_gen.server.access import Generates, Reads
from video_gen.server.callbacks import callback_at
from video_gen.server.dialects.fal import shown
from video_gen.server.dialects.fal.asked import Input
from video_gen.server.dialects.fal.problem import failure
from video_gen.server.dialects.inputs import card_named, planned
from video_gen.server.gateway import Gateway, Terms
from video_gen.spec import AUTO, Job, Status

router = APIRouter()

_REQUEST: Final = "/queue/{app:path}/requests/{request_id}"
_PATIENCE_S: Final = 3600.0
"""How long `run` waits; its client sets no limit of its own."""
_PRIORITIES: Final = {"normal": 0, "low": -10}

Callback = Annotated[
    str | None,
    Query(description="Where to post the result.", max_length=MOST_URL, examples=["https://example.com/hook"]),
]
Priority = Annotated[Literal["normal", "low"], Header(alias="X-Fal-Queue-Priority", description="`low` starts later.")]
IdempotencyKey = Annotated[
    str | None, Header(description="The same key and request give the same result.", max_length=255)
]


@router.get(f"{_REQUEST}/status", summary="Ask for a request's status")
async def status(
    gateway: Reads,
    app: str,
    request_id: str,
    logs: Annotated[bool, Query(description="With what happened so far.")] = False,  # noqa: FBT002 - a query's name
) -> JSONResponse:
    """Say where a request stands: `IN_QUEUE`, `IN_PROGRESS` or `COMPLETED`, with its error where it failed."""
    job = await gateway.job(request_id)
    told = await gateway.events(job.id) if logs else None
    body = shown.status(job, app, gateway, told)
    return JSONResponse(body, status_code=200 if job.status.terminal else 202)


@router.get(_REQUEST, summary="Get a request's result")
async def result(gateway: Reads, app: str, request_id: str) -> Response:  # noqa: ARG001 - the id tells enough
    """Return what was made; what failed is told as an error."""
    return _result(await gateway.job(request_id), gateway)


@router.put(f"{_REQUEST}/cancel", summary="Stop a request")
async def cancel(gateway: Generates, app: str, request_id: str) -> JSONResponse:  # noqa: ARG001 - the id tells enough
    """Ask a request to stop."""
    try:
        await gateway.cancel(request_id)
    except JobStateError:
        return JSONResponse({"status": "ALREADY_COMPLETED"}, status_code=400)
    return JSONResponse({"status": "CANCELLATION_REQUESTED"}, status_code=202)


@router.post("/queue/{model:path}", summary="Put a request into the queue")
async def submit(
    gateway: Generates,
    model: str,
    body: Input,
    *,
    fal_webhook: Callback = None,
    priority: Priority = "normal",
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Take a request of a model in; the answer says where to ask about it."""
    callback = callback_at(gateway, fal_webhook, dialect=shown.NAME)
    terms = Terms(idempotency_key=idempotency_key, priority=_PRIORITIES[priority], callback=callback)
    job = await _made(gateway, model, body, **terms)
    return shown.queued(job, model, gateway)


@router.post("/run/{model:path}", summary="Make it and wait")
async def run(gateway: Generates, model: str, body: Input, idempotency_key: IdempotencyKey = None) -> Response:
    """Answer with the result when it is there."""
    job = await _made(gateway, model, body, idempotency_key=idempotency_key)
    await gateway.completed(job.id, timeout_s=_PATIENCE_S)
    return _result(await gateway.job(job.id), gateway)


async def _made(gateway: Gateway, model: str, body: Input, **terms: Unpack[Terms]) -> Job:
    plan = await planned(gateway, _named(gateway, model), body)
    return await gateway.submit(plan, **terms)


def _named(gateway: Gateway, model: str) -> str:
    if model.lower() == AUTO:
        return model
    try:
        return card_named(gateway, model, "fal").id
    except UnknownModelError:
        return model  # a try-order, or what planning refuses


def _result(job: Job, gateway: Gateway) -> Response:
    if not job.status.terminal:
        return JSONResponse({"detail": "Request is still in progress"}, status_code=400)
    if job.status is Status.COMPLETED or job.error is None:
        return JSONResponse(shown.result(job, gateway), headers={"x-fal-request-id": job.id})
    return failure(job.error)
