"""Jobs as fal shows requests."""

from collections.abc import Sequence
from typing import Any, Final

from video_gen.server.dialects.fal.problem import error_type, failed
from video_gen.server.files import file_name
from video_gen.server.gateway import Gateway
from video_gen.spec import Artifact, Event, Job, Status

NAME: Final = "fal"
_APP: Final = 2
"""Steps of a model's path that name its app; what is asked about a request leaves the others out."""
_NAMESPACES: Final = frozenset({"workflows", "comfy"})
_WORDS: Final[dict[Status, str]] = {Status.QUEUED: "IN_QUEUE", Status.RUNNING: "IN_PROGRESS"}


def queued(job: Job, model: str, gateway: Gateway) -> dict[str, Any]:
    """Return the answer to a submit."""
    steps = model.split("/")
    app = "/".join(steps[: _APP + (steps[0] in _NAMESPACES)])
    return {"status": "IN_QUEUE", "queue_position": 0, **_links(job, app, gateway)}


def status(job: Job, app: str, gateway: Gateway, told: Sequence[Event] | None) -> dict[str, Any]:
    """Return where a job stands; with its logs, where they are given."""
    body: dict[str, Any] = {"status": _WORDS.get(job.status, "COMPLETED"), **_links(job, app, gateway)}
    if job.status is Status.QUEUED:
        return body | {"queue_position": 0}
    body["logs"] = None if told is None else [_log(event) for event in told]
    if not job.status.terminal:
        return body
    began = job.started_at or job.created_at
    body["metrics"] = {"inference_time": max(0.0, ((job.ended_at or job.updated_at) - began).total_seconds())}
    if job.error is not None:
        body |= {"error": job.error.message, "error_type": error_type(job.error)}
    return body


def result(job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return what was made."""
    files = [_file(artifact, gateway) for artifact in job.artifacts]
    made: dict[str, Any] = {"images": files} if job.request.kind == "image" else {"video": files[0] if files else None}
    if job.request.kind != "image" and len(files) > 1:
        made["videos"] = files
    return made if job.request.seed is None else made | {"seed": job.request.seed}


def told(job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return what a callback is posted (docs.fal.ai, Webhooks, read 2026-11-21)."""
    ids = {"request_id": job.id, "gateway_request_id": job.id}
    if job.status is Status.COMPLETED:
        return ids | {"status": "OK", "payload": result(job, gateway)}
    if job.error is None:  # it had ended, and was taken up again before this could be told
        return ids | {"status": "ERROR", "error": "it goes on again: ask for its status", "payload": None}
    return ids | {"status": "ERROR", "error": job.error.message, "payload": failed(job.error)}


def _links(job: Job, app: str, gateway: Gateway) -> dict[str, str]:
    link = f"{gateway.base_url}/fal/queue/{app}/requests/{job.id}"
    return {
        "request_id": job.id,
        "response_url": link,
        "status_url": f"{link}/status",
        "cancel_url": f"{link}/cancel",
    }


def _file(artifact: Artifact, gateway: Gateway) -> dict[str, Any]:
    info = artifact.info
    return {
        "url": gateway.video_url(artifact),
        "content_type": artifact.media_type,
        "file_name": file_name(artifact),
        "file_size": info.bytes,
        "width": info.width,
        "height": info.height,
    }


def _log(event: Event) -> dict[str, str]:
    return {"timestamp": event.at.isoformat(), "source": "USER", "level": "INFO", "message": event.message}
