"""Jobs and quotes as Venice's client reads them."""

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, Field

from video_gen.engine.faults import class_of
from video_gen.exceptions import ContentPolicyError
from video_gen.server.errors import policy_said
from video_gen.server.gateway import Gateway
from video_gen.spec import Job, Plan, Status
from video_gen.spec.money import MICRO

Word = Literal["queued", "processing", "completed", "failed"]
_WORDS: Final[dict[Status, Word]] = {
    Status.QUEUED: "queued",
    Status.RUNNING: "processing",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}


class Metadata(BaseModel):
    """What a finished video is."""

    duration: float = Field(description="Seconds.")
    resolution: str = Field(description="Pixels, width x height.")
    fps: int
    format: Literal["mp4"] = "mp4"
    file_size: int = Field(description="Bytes.")


class VideoShown(BaseModel):
    """A video that is being made, or was. What is not known yet is left out."""

    queue_id: str
    job_id: str = Field(description="The same.")
    model: str
    status: Word
    progress: float = Field(description="Percent.")
    created_at: str
    started_at: str | None = None
    completed_at: str | None = None
    execution_duration: int = Field(description="Milliseconds since it was handed in, or until it ended.")
    average_execution_time: int | None = Field(default=None, description="Milliseconds it usually takes.")
    video_url: str | None = Field(default=None, description="Where it is; needs no key, and expires.")
    video_id: str | None = None
    metadata: Metadata | None = None
    error: str | None = None
    error_code: str | None = None


class QuoteShown(BaseModel):
    """What a video would cost, in US dollars."""

    quote: float = Field(description="The likely price; where only a range is known, its upper end.")
    estimated_cost: float = Field(description="The same.")
    currency: Literal["USD"] = "USD"
    minimum_cost: float
    maximum_cost: float | None = Field(default=None, description="Left out where no upper bound is known.")
    pricing_breakdown: dict[str, float] = Field(description="What it is made of.")
    pricing_model: str = Field(description="In words.")
    estimated_duration: int | None = Field(default=None, description="Seconds it usually takes.")


def video(job: Job, gateway: Gateway, now: datetime) -> VideoShown:
    """Return a job as a video."""
    shown = VideoShown(
        queue_id=job.id,
        job_id=job.id,
        model=job.model_used or job.plan.model,
        status=_WORDS[job.status],
        progress=100.0 if job.status is Status.COMPLETED else round(min(0.99, job.progress) * 100, 1),
        created_at=_iso(job.created_at),
        started_at=None if job.started_at is None else _iso(job.started_at),
        execution_duration=max(0, round(((job.ended_at or now) - job.created_at).total_seconds() * 1000)),
        average_execution_time=None if job.plan.usual_seconds is None else round(job.plan.usual_seconds * 1000),
    )
    if job.status is Status.COMPLETED:
        return shown.model_copy(update=_made(job, gateway))
    return shown.model_copy(update=_ended(job))


def quote(plan: Plan) -> QuoteShown:
    """Return what a plan would cost."""
    known = plan.quote
    likely = known.low if known.high is None else known.high
    return QuoteShown(
        quote=likely / MICRO,
        estimated_cost=likely / MICRO,
        minimum_cost=known.low / MICRO,
        maximum_cost=None if known.high is None else known.high / MICRO,
        pricing_breakdown={each.label: each.amount / MICRO for each in known.breakdown},
        pricing_model=known.note or "as listed",
        estimated_duration=None if plan.usual_seconds is None else round(plan.usual_seconds),
    )


def _made(job: Job, gateway: Gateway) -> dict[str, object]:
    first = job.artifacts[0]
    info = first.info
    metadata = Metadata(
        duration=info.seconds,
        resolution=f"{info.width}x{info.height}",
        fps=round(info.fps),
        file_size=info.bytes,
    )
    return {
        "video_url": gateway.video_url(first),
        "video_id": first.id,
        "metadata": metadata,
        "completed_at": _iso(job.ended_at or job.updated_at),
    }


def _ended(job: Job) -> dict[str, object]:
    if job.error is None:
        return {}
    refused = issubclass(class_of(job.error.code), ContentPolicyError)
    words = policy_said(job.error.message) if refused else job.error.message
    return {"error": words, "error_code": job.error.code.upper()}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
