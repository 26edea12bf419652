"""Jobs as Runway shows tasks."""

from datetime import UTC
from typing import Any, Final

from video_gen.server.dialects.runway.problem import failure_code
from video_gen.server.errors import policy_said
from video_gen.server.gateway import Gateway
from video_gen.spec import Job, Plan, Status

CREDIT: Final = 10_000
"""Micro-USD of one credit (docs.dev.runwayml.com, guides/pricing)."""


def credits_of(micro: int) -> float:
    """Return an amount in credits."""
    found = micro / CREDIT
    return int(found) if found == int(found) else round(found, 4)


def estimated(plan: Plan) -> dict[str, float]:
    """Return what a task is likely to cost; where only a range is known, its upper end."""
    quote = plan.quote
    return {"credits": credits_of(quote.low if quote.high is None else quote.high)}


def task(job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return a job as a task."""
    created = job.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shown: dict[str, Any] = {"id": job.id, "createdAt": created}
    match job.status:
        case Status.QUEUED:
            return shown | {"status": "PENDING", "estimatedCost": estimated(job.plan)}
        case Status.RUNNING:
            progress = round(min(0.99, job.progress), 4)
            return shown | {"status": "RUNNING", "progress": progress, "estimatedCost": estimated(job.plan)}
        case Status.COMPLETED:
            links = [gateway.video_url(artifact) for artifact in job.artifacts]
            return shown | {"status": "SUCCEEDED", "output": links, "cost": _cost(job)}
        case Status.CANCELLED:
            return shown | {"status": "CANCELLED", "cost": _cost(job)}
    return shown | {"status": "FAILED", "cost": _cost(job), **_failure(job)}


def _cost(job: Job) -> dict[str, int]:
    return {"credits": round(job.cost / CREDIT)}


def _failure(job: Job) -> dict[str, str]:
    if job.error is None:
        return {"failure": "it failed"}
    code = failure_code(job.error)
    words = policy_said(job.error.message) if code.startswith("SAFETY") else job.error.message
    return {"failure": words, "failureCode": code}
