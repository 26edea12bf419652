"""`/interactions`: a video as the answer of a model."""

import base64
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter

from video_gen.exceptions import JobStateError
from video_gen.server.access import Generates, Reads
from video_gen.server.dialects.gemini.asked import IdempotencyKey, InteractionBody
from video_gen.server.dialects.gemini.callbacks import notice
from video_gen.server.dialects.gemini.files import file_uri
from video_gen.server.dialects.gemini.problem import refused
from video_gen.server.errors import policy_said
from video_gen.server.gateway import Gateway
from video_gen.spec import Artifact, Job, Status

router = APIRouter()

_PREFIX: Final = {"inline": "interaction_", "uri": "interaction_uri_"}
"""How an id begins, which says how its caller wants the video: in the answer, or by its address."""
NAMES: Final = {delivery: f"gemini-{delivery}" for delivery in _PREFIX}
"""In whose words callbacks are told."""
_PLACES: Final = ("/{version}", "/{version}/projects/{project}/locations/{location}")
_WORDS: Final = {
    Status.QUEUED: "in_progress",
    Status.RUNNING: "in_progress",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}


async def create(
    gateway: Generates, version: str, body: InteractionBody, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Take a video in; without `background` the answer waits for its end."""
    callback = body.webhook_config.callback(gateway, NAMES[body.response_format.delivery])
    before = None if body.previous_interaction_id is None else await _made(gateway, body.previous_interaction_id)
    job = await gateway.create(body.prompt, body.words(before), idempotency_key=idempotency_key, callback=callback)
    if not body.background:
        async for _ in gateway.watch(job.id):
            pass
        job = await gateway.job(job.id)
    return await _shown(job, gateway, version, f"{_PREFIX[body.response_format.delivery]}{job.id}")


async def get(gateway: Reads, version: str, interaction_id: str) -> dict[str, Any]:
    """Say how an interaction stands; a completed one holds its video, or says where it is."""
    return await _shown(await gateway.job(interaction_id), gateway, version, interaction_id)


async def cancel(gateway: Generates, version: str, interaction_id: str) -> dict[str, Any]:
    """Ask an interaction to stop."""
    return await _shown(await gateway.cancel(interaction_id), gateway, version, interaction_id)


async def delete(gateway: Generates, interaction_id: str) -> dict[str, Any]:
    """Forget an interaction that has ended, with its video."""
    await gateway.delete(interaction_id, files=True)
    return {}


def told(delivery: str, job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return what a callback is posted of an interaction whose caller wants the video so."""
    kind = "failed" if job.status is not Status.COMPLETED and not _blocked(job) else "completed"
    return notice(f"interaction.{kind}", f"{_PREFIX[delivery]}{job.id}", job, gateway)


for place in _PLACES:
    one = f"{place}/interactions/{{interaction_id}}"
    listed = place == _PLACES[0]
    router.add_api_route(
        f"{place}/interactions", create, methods=["POST"], summary="Make a video", include_in_schema=listed
    )
    router.add_api_route(one, get, methods=["GET"], summary="Look at an interaction", include_in_schema=listed)
    router.add_api_route(
        f"{one}/cancel", cancel, methods=["POST"], summary="Stop an interaction", include_in_schema=listed
    )
    router.add_api_route(one, delete, methods=["DELETE"], summary="Forget an interaction", include_in_schema=listed)


async def _made(gateway: Gateway, interaction_id: str) -> str:
    job = await gateway.job(interaction_id)
    if job.status is not Status.COMPLETED:
        raise JobStateError(f"interaction `{interaction_id}` is {job.status}: only a completed one can be gone on from")
    return gateway.video_url(job.artifacts[0])


async def _shown(job: Job, gateway: Gateway, version: str, interaction_id: str) -> dict[str, Any]:
    blocked = _blocked(job)
    steps: list[dict[str, Any]] = [
        {"type": "user_input", "content": [{"type": "text", "text": job.request.prompt}]},
    ]
    shown: dict[str, Any] = {
        "id": interaction_id,
        "object": "interaction",
        "model": (job.model_used or job.plan.model),
        "status": "completed" if blocked else _WORDS[job.status],
        "created": _stamp(job.created_at),
        "updated": _stamp(job.updated_at),
    }
    if job.status is Status.COMPLETED:
        by_uri = interaction_id.startswith(_PREFIX["uri"])
        content = [await _video(each, gateway, version if by_uri else None) for each in job.artifacts]
        steps.append({"type": "model_output", "content": content})
    elif job.error is not None and blocked:
        text = {"type": "text", "text": policy_said(job.error.message)}
        steps.append({"type": "model_output", "content": [text]})
    elif job.error is not None and job.status is Status.FAILED:
        shown["errors"] = [{"code": job.error.code, "message": job.error.message}]
    return {**shown, "steps": steps}


def _blocked(job: Job) -> bool:
    return job.error is not None and refused(job.error)


async def _video(artifact: Artifact, gateway: Gateway, version: str | None) -> dict[str, str]:
    """Return a video: its address in a version of the API, or its bytes."""
    part = {"type": "video", "mime_type": artifact.media_type}
    if version is not None:
        return part | {"uri": file_uri(gateway, version, artifact)}
    return part | {"data": base64.b64encode(await gateway.content(artifact)).decode()}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
