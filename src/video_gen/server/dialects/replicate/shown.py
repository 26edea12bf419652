"""Jobs as Replicate shows predictions."""

from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from video_gen.engine.faults import class_of
from video_gen.engine.query import Page
from video_gen.exceptions import ContentPolicyError
from video_gen.server.dialects.replicate.names import version_of
from video_gen.server.errors import policy_said
from video_gen.server.gateway import Gateway
from video_gen.spec import Job, Status

NAME: Final = "replicate"
Word = Literal["starting", "processing", "succeeded", "failed", "canceled"]
_WORDS: Final[dict[Status, Word]] = {
    Status.QUEUED: "starting",
    Status.RUNNING: "processing",
    Status.COMPLETED: "succeeded",
    Status.FAILED: "failed",
    Status.CANCELLED: "canceled",
}
_INPUT: Final = {
    "prompt": "prompt",
    "seconds": "duration",
    "aspect_ratio": "aspect_ratio",
    "resolution": "resolution",
    "fps": "fps",
    "audio": "generate_audio",
    "seed": "seed",
    "negative_prompt": "negative_prompt",
}
"""Fields of a request, and what they are called in an input."""
_STEPS: Final = 20
"""Into how many the bar is divided that clients read progress from."""


class Prediction(BaseModel):
    """A video or image that is being made, or was."""

    id: str
    model: str = Field(description="OWNER/NAME.")
    version: str
    input: dict[str, Any] = Field(description="What was asked, without pictures and videos.")
    logs: str = Field(description="What was changed in what was asked, and a bar that tells the progress.")
    output: str | list[str] | None = Field(description="Links that need no key and expire; one, or several.")
    error: str | None
    status: Word
    source: Literal["api"] = "api"
    data_removed: Literal[False] = False
    created_at: str
    started_at: str | None
    completed_at: str | None
    metrics: dict[str, float] = Field(description="Seconds: `predict_time` of work, `total_time` with the queue.")
    urls: dict[str, str]


class Predictions(BaseModel):
    """A page of predictions."""

    previous: None = None
    next: str | None = Field(description="Where the next page is; null on the last.")
    results: list[Prediction]


def prediction(job: Job, gateway: Gateway) -> Prediction:
    """Return a job as a prediction."""
    model = job.model_used or job.plan.model
    place = f"{_below(gateway)}/{job.id}"
    return Prediction(
        id=job.id,
        model=model,
        version=version_of(model),
        input=_input(job),
        logs=_logs(job),
        output=_output(job, gateway),
        error=_error(job),
        status=_WORDS[job.status],
        created_at=_iso(job.created_at),
        started_at=None if job.started_at is None else _iso(job.started_at),
        completed_at=None if job.ended_at is None else _iso(job.ended_at),
        metrics=_metrics(job),
        urls={"get": place, "cancel": f"{place}/cancel"},
    )


def after_wait(job: Job, gateway: Gateway) -> Prediction:
    """Return a job as a prediction that was waited for.

    One that goes on is `starting` then: its client takes `processing` for an end without an output (replicate 1.0.7).
    """
    found = prediction(job, gateway)
    return found if job.status.terminal else found.model_copy(update={"status": "starting"})


def predictions(page: Page, gateway: Gateway) -> Predictions:
    """Return a page of jobs."""
    more = None if page.next is None else f"{_below(gateway)}?{urlencode({'cursor': page.next})}"
    return Predictions(next=more, results=[prediction(job, gateway) for job in page.jobs])


def told(job: Job, gateway: Gateway) -> dict[str, Any]:
    """Return what a callback is posted: the prediction."""
    return prediction(job, gateway).model_dump(mode="json")


def _below(gateway: Gateway) -> str:
    return f"{gateway.base_url}/replicate/v1/predictions"


def _input(job: Job) -> dict[str, Any]:
    said = {name: getattr(job.request, field) for field, name in _INPUT.items()}
    return {name: value for name, value in said.items() if value not in (None, "")} | dict(job.request.extra)


def _output(job: Job, gateway: Gateway) -> str | list[str] | None:
    if job.status is not Status.COMPLETED:
        return None
    links = [gateway.video_url(artifact) for artifact in job.artifacts]
    return links[0] if len(links) == 1 else links


def _logs(job: Job) -> str:
    lines = [each.reason for each in job.plan.adjustments]
    if job.started_at is not None:
        done = int(job.progress * _STEPS)
        bar = "#" * done + " " * (_STEPS - done)
        lines.append(f"{int(job.progress * 100)}%|{bar}| {done}/{_STEPS}")
    return "".join(f"{line}\n" for line in lines)


def _error(job: Job) -> str | None:
    if job.status is not Status.FAILED:
        return None
    if job.error is None:
        return "it failed"
    refused = issubclass(class_of(job.error.code), ContentPolicyError)
    return policy_said(job.error.message) if refused else job.error.message


def _metrics(job: Job) -> dict[str, float]:
    if job.ended_at is None or job.started_at is None:
        return {}
    return {
        "predict_time": max(0.0, (job.ended_at - job.started_at).total_seconds()),
        "total_time": max(0.0, (job.ended_at - job.created_at).total_seconds()),
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
