"""Jobs as OpenAI shows videos.

Two sets of words are spoken here: OpenAI's own (`queued`, `in_progress`) to its clients and to whoever adds
`?dialect=openai`, and those of the seed documentation (`pending`, `processing`) to everybody else.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from video_gen.server.dialects.openai.problem import VideoProblem, of_job
from video_gen.server.gateway import Gateway
from video_gen.spec import Job, Status

NAME: Final = "openai"
PREFIX: Final = "video_"
REMIXED: Final = "remixed_from"
"""The tag that holds which job a remix came from."""
OPENAI: Final[dict[Status, str]] = {
    Status.QUEUED: "queued",
    Status.RUNNING: "in_progress",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}
DOCUMENTED: Final[dict[Status, str]] = {
    Status.QUEUED: "pending",
    Status.RUNNING: "processing",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}


def _words_of(request: Request, dialect: Literal["openai", "native"] | None = None) -> dict[Status, str]:
    """Return the words that a client understands, by its name or by what it asks for."""
    own = "x-stainless-lang" in request.headers or "openai/" in request.headers.get("user-agent", "").lower()
    return OPENAI if dialect == "openai" or (dialect is None and own) else DOCUMENTED


Vocabulary = Annotated[dict[Status, str], Depends(_words_of)]


class Video(BaseModel):
    """A video that is being made, or was."""

    id: str = Field(description="Its id.", examples=["video_9f86d081884c7d65"])
    object: Literal["video"] = "video"
    model: str = Field(description="The model that makes it.", examples=["local/draft"])
    status: str = Field(description="`queued`, `in_progress`, `completed` or `failed`; or as documented elsewhere.")
    progress: int = Field(description="Percent.", ge=0, le=100)
    created_at: int = Field(description="When it was handed in, in seconds since 1970.")
    created: int = Field(description="The same.")
    completed_at: int | None = Field(description="When it was completed.")
    expires_at: int | None = Field(description="Always null: finished videos are kept.")
    prompt: str | None = Field(description="What it shows.")
    size: str = Field(description="Pixels; `auto` until the model has decided.", examples=["1280x720"])
    seconds: str = Field(description="Length; `auto` until the model has decided.", examples=["8"])
    remixed_from_video_id: str | None = Field(description="The video that it is another version of.")
    error: VideoProblem | None = Field(description="What ended it.")
    video_url: str | None = Field(description="Where the finished video is; needs no key, and expires.")


class VideoList(BaseModel):
    """Some of many videos."""

    object: Literal["list"] = "list"
    data: list[Video]
    first_id: str | None
    last_id: str | None
    has_more: bool


class Deleted(BaseModel):
    """A video was deleted."""

    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: Literal[True] = True


def video_id(job_id: str) -> str:
    """Return a job's id as this API shows it."""
    return f"{PREFIX}{job_id}"


def video(job: Job, gateway: Gateway, words: dict[Status, str]) -> Video:
    """Return a job as a video."""
    created, done = int(job.created_at.timestamp()), job.status is Status.COMPLETED
    source = job.tags.get(REMIXED)
    return Video(
        id=video_id(job.id),
        model=job.model_used or job.plan.model,
        status=words[job.status],
        progress=100 if done else min(99, int(job.progress * 100)),
        created_at=created,
        created=created,
        completed_at=int(job.ended_at.timestamp()) if done and job.ended_at else None,
        expires_at=None,
        prompt=job.request.prompt or None,
        size=_size(job),
        seconds=_seconds(job),
        remixed_from_video_id=video_id(source) if source else None,
        error=of_job(job.error) if job.error else None,
        video_url=gateway.video_url(job.artifacts[0]) if done else None,
    )


def told(job: Job, gateway: Gateway) -> dict[str, Any]:  # noqa: ARG001 - OpenAI's notices hold no links
    """Return what a callback is posted: who wants to know more asks (OpenAI's webhooks guide, read 2026-11-21)."""
    at = job.ended_at or job.updated_at
    return {
        "id": f"evt_{job.id}",
        "object": "event",
        "created_at": int(at.timestamp()),
        "type": f"video.{OPENAI[job.status]}",
        "data": {"id": video_id(job.id)},
    }


def _size(job: Job) -> str:
    made = job.artifacts[0].info if job.artifacts else job.plan.settings
    return f"{made.width}x{made.height}" if made.width and made.height else "auto"


def _seconds(job: Job) -> str:
    before = 0.0 if job.request.extends is None else job.request.extends.seconds or 0.0
    if job.plan.settings.seconds is not None:
        return f"{round(before + job.plan.settings.seconds, 3):g}"
    return f"{round(job.artifacts[0].info.seconds):d}" if job.artifacts else "auto"
