"""Jobs as IndoxRouter shows them."""

from datetime import UTC
from pathlib import PurePath
from typing import Final, Literal

from pydantic import BaseModel, Field

from video_gen.client.generations import told
from video_gen.engine.faults import class_of
from video_gen.exceptions import ContentPolicyError
from video_gen.server.errors import policy_said
from video_gen.server.gateway import Gateway
from video_gen.spec import Artifact, Job, Status
from video_gen.spec.money import MICRO

Word = Literal["queued", "processing", "completed", "failed"]
_WORDS: Final[dict[Status, Word]] = {
    Status.QUEUED: "queued",
    Status.RUNNING: "processing",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}
_PREFIX: Final = "video_job_"
_CANCELLED: Final = "cancelled"


class Video(BaseModel):
    """A finished video."""

    url: str = Field(description="Where it is; needs no key, and expires.")
    s3_key: str = Field(description="Its name among this caller's files.")
    file_size: int = Field(description="Bytes.")
    content_type: str = Field(examples=["video/mp4"])
    file_name: str


class Result(BaseModel):
    """What a completed job made."""

    data: list[Video]
    model: str
    created: int = Field(description="When it was completed, in seconds since 1970.")


class Told(BaseModel):
    """What differs from what was asked."""

    adjustments: list[str] = Field(description="What is done differently from what was asked, and why.")
    warnings: list[str] = Field(description="What else one should know.")


class JobShown(Told):
    """A job."""

    job_id: str = Field(examples=["video_job_9f86d081884c7d65"])
    status: Word
    progress: int = Field(description="Percent.")
    created_at: str = Field(description="ISO 8601, UTC.", examples=["2026-01-15T10:30:00Z"])
    model: str
    cost: float = Field(description="US dollars so far.")
    result: Result | None = Field(description="What it made, once completed.")
    error: str | None = Field(description="What ended it.")


class Accepted(Told):
    """A job that was taken in."""

    job_id: str = Field(examples=["video_job_9f86d081884c7d65"])
    status: Word
    model: str


class AcceptedBody(BaseModel):
    """The answer to a new video."""

    data: Accepted


def accepted(job: Job) -> AcceptedBody:
    """Return the answer to a job that was taken in."""
    taken = Accepted(job_id=f"{_PREFIX}{job.id}", status=_WORDS[job.status], model=job.plan.model, **told(job))
    return AcceptedBody(data=taken)


def job(job: Job, gateway: Gateway) -> JobShown:
    """Return a job."""
    done = job.status is Status.COMPLETED
    return JobShown(
        job_id=f"{_PREFIX}{job.id}",
        status=_WORDS[job.status],
        progress=100 if done else min(99, int(job.progress * 100)),
        created_at=job.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        model=job.model_used or job.plan.model,
        cost=job.cost / MICRO,
        result=_result(job, gateway) if done else None,
        error=_error(job),
        **told(job),
    )


def _error(job: Job) -> str | None:
    if job.status is Status.CANCELLED:
        return _CANCELLED
    if job.error is None:
        return None
    refused = issubclass(class_of(job.error.code), ContentPolicyError)
    return policy_said(job.error.message) if refused else job.error.message


def _result(job: Job, gateway: Gateway) -> Result:
    created = job.ended_at or job.updated_at
    videos = [_video(each, gateway) for each in job.artifacts]
    return Result(data=videos, model=job.model_used or job.plan.model, created=int(created.timestamp()))


def _video(artifact: Artifact, gateway: Gateway) -> Video:
    name = PurePath(artifact.path).name
    return Video(
        url=gateway.video_url(artifact),
        s3_key=f"{gateway.caller.id or 'local'}/video/{artifact.job_id}/{name}",
        file_size=artifact.info.bytes,
        content_type=artifact.media_type,
        file_name=name,
    )
