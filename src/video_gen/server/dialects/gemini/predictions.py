"""`:predictLongRunning`, and its operations, on both of Google's hosts."""

import base64
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel

from video_gen.exceptions import JobNotFoundError
from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.gemini.asked import IdempotencyKey, PredictBody
from video_gen.server.dialects.gemini.callbacks import notice
from video_gen.server.dialects.gemini.files import file_uri
from video_gen.server.dialects.gemini.problem import failure, refused
from video_gen.server.errors import policy_said
from video_gen.server.gateway import Gateway
from video_gen.spec import Job, Status

router = APIRouter()

NAME: Final = "gemini-operations"
"""In whose words callbacks are told."""
_CLOUD: Final = ("/{version}/projects/{project}/locations/{location}", "/{version}")
"""Where models are on Google Cloud; with an API key, a request names no project."""
_KINDS: Final = {
    "gemini": "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse",
    "cloud": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse",
}


class OperationBody(BaseModel):
    """Which operation."""

    operationName: str  # noqa: N815


@router.post("/{version}/models/{model:path}:predictLongRunning", summary="Make a video")
async def predict(
    gateway: Generates,
    version: str,  # noqa: ARG001 - any version
    model: str,
    body: PredictBody,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Take a video in; ask for its operation until that is done."""
    job = await _made(gateway, model, body, idempotency_key)
    return {"name": f"models/{model}/operations/{job.id}"}


@router.get("/{version}/models/{model:path}/operations/{operation_id}", summary="Look at an operation")
async def operation(gateway: Reads, version: str, model: str, operation_id: str) -> dict[str, Any]:
    """Say whether a video is done, and where it is."""
    job = await gateway.job(operation_id)
    name = f"models/{model}/operations/{operation_id}"
    samples = [{"video": {"uri": file_uri(gateway, version, each)}} for each in job.artifacts]
    made = {"generateVideoResponse": {"generatedSamples": samples}}
    return _operation(name, job, "gemini", made, {"generateVideoResponse": _filtered(job)})


async def _predict_on_cloud(
    gateway: Generates, publisher: str, model: str, body: PredictBody, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Take a video in; ask for its operation until that is done."""
    named = model if publisher == "google" else f"{publisher}/{model}"
    job = await _made(gateway, named, body, idempotency_key)
    return {"name": f"publishers/{publisher}/models/{model}/operations/{job.id}"}


async def _fetch_on_cloud(gateway: Reads, body: OperationBody) -> dict[str, Any]:
    """Say whether a video is done; a finished one is in the answer."""
    operation_id = body.operationName.rpartition("/operations/")[2]
    job = await gateway.job(operation_id)
    videos = [await _inline(gateway, job, index) for index in range(len(job.artifacts))]
    return _operation(body.operationName, job, "cloud", {"videos": videos}, _filtered(job))


async def _made(gateway: Gateway, model: str, body: PredictBody, idempotency_key: str | None) -> Job:
    callback = body.webhookConfig.callback(gateway, NAME)
    return await gateway.create(body.prompt, body.words(model), idempotency_key=idempotency_key, callback=callback)


def told(job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return what a callback is posted."""
    return notice("video.generated", f"models/{job.request.model}/operations/{job.id}", job, gateway)


for place in _CLOUD:
    at = f"{place}/publishers/{{publisher}}/models/{{model:path}}"
    options: dict[str, Any] = {"methods": ["POST"], "include_in_schema": place != _CLOUD[0]}
    router.add_api_route(f"{at}:predictLongRunning", _predict_on_cloud, summary="Make a video", **options)
    router.add_api_route(f"{at}:fetchPredictOperation", _fetch_on_cloud, summary="Look at an operation", **options)


async def _inline(gateway: Gateway, job: Job, index: int) -> dict[str, str]:
    artifact = job.artifacts[index]
    data = base64.b64encode(await gateway.content(artifact)).decode()
    return {"bytesBase64Encoded": data, "mimeType": artifact.media_type}


def _operation(name: str, job: Job, surface: str, made: dict[str, Any], filtered: dict[str, Any]) -> dict[str, Any]:
    if not job.status.terminal:
        return {"name": name}
    kind = {"@type": _KINDS[surface]}
    if job.status is Status.COMPLETED:
        return {"name": name, "done": True, "response": kind | made}
    if job.error is None:
        raise JobNotFoundError(f"operation `{name}` ended without a word")
    if refused(job.error):
        return {"name": name, "done": True, "response": kind | filtered}
    return {"name": name, "done": True, "error": failure(job.error)}


def _filtered(job: Job) -> dict[str, Any]:
    reasons = [policy_said(job.error.message)] if job.error else []
    return {"raiMediaFilteredCount": job.request.count, "raiMediaFilteredReasons": reasons}
