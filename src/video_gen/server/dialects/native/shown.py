"""Jobs as the native API shows them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, PlainSerializer

from video_gen.server.dialects.native.problem import Problem, of_job
from video_gen.server.gateway import Gateway
from video_gen.spec import Artifact, Event, Job, Plan, Status
from video_gen.spec import QuoteLine as PlannedLine
from video_gen.spec.money import MICRO

Word = Literal["pending", "processing", "completed", "failed", "cancelled"]
WORDS: Final[dict[Status, Word]] = {
    Status.QUEUED: "pending",
    Status.RUNNING: "processing",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}
PREFIX: Final = "vid_"
_EXAMPLE_ID: Final = "vid_9f86d081884c7d65"


def _zulu(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_zulu, return_type=str)]
"""A time as "2026-01-11T10:30:00.000Z"."""


class Video(BaseModel):
    """One finished video."""

    video_url: str = Field(description="Where it is; needs no key, and expires.")
    thumbnail_url: str = Field(description="A picture of it (WebP).")
    spritesheet_url: str = Field(description="Frames spread over it, in one picture (JPEG).")
    duration: float = Field(description="Seconds it is shown.", examples=[5.0])
    width: int = Field(description="Pixels.", examples=[1920])
    height: int = Field(description="Pixels.", examples=[1080])
    fps: float = Field(description="Frames a second.", examples=[30.0])
    audio: bool = Field(description="Whether it has sound.")
    bytes: int = Field(description="Size of the file.", examples=[5242880])
    sha256: str = Field(description="Of the file.")


class VideoResult(BaseModel):
    """What a completed task made."""

    video_url: str = Field(description="The first video.")
    videos: list[Video] = Field(description="All of them.")


class Result(BaseModel):
    """Wraps the result, as clients of this API expect: `result.result.video_url`."""

    result: VideoResult


class Task(BaseModel):
    """A video that is being made, or was."""

    task_id: str = Field(description="Its id.", examples=[_EXAMPLE_ID])
    status: Word = Field(description="Where it stands; `completed`, `failed` and `cancelled` are final.")
    progress: int = Field(description="Percent.", ge=0, le=100, examples=[45])
    phase: str | None = Field(
        description="What a processing task is doing: `submitting`, `generating`, `collecting`, `verifying`, "
        "`reconciling`."
    )
    video_url: str | None = Field(description="The first video, once completed.")
    result: Result | None = Field(description="What it made, once completed.")
    image_url: str | None = Field(description="The first image, once completed, of a task that makes images.")
    error: Problem | None = Field(description="What ended it, once failed or cancelled.")
    prompt: str = Field(description="What it shows, as it was sent.")
    model: str = Field(description="The model that makes it.", examples=["local/draft"])
    cost_usd: float = Field(description="What it has cost so far, in US dollars.", examples=[0.0])
    adjustments: list[str] = Field(description="What is done differently from what was asked, and why.")
    created_at: Moment = Field(description="When it was handed in (UTC).")
    started_at: Moment | None = Field(description="When work on it began (UTC); null while it waits.")
    ended_at: Moment | None = Field(description="When it ended (UTC); null until then.")
    updated_at: Moment = Field(description="When it last changed (UTC).")


class Submitted(BaseModel):
    """A task was taken in."""

    task_id: str = Field(description="Ask for it at `/api/v1/tasks/{task_id}`.", examples=[_EXAMPLE_ID])
    status: Word = Field(description="Usually `pending`.", examples=["pending"])
    message: str = Field(
        description="For a person.",
        examples=[f"Video generation task submitted. Poll /api/v1/tasks/{_EXAMPLE_ID} for status."],
    )


class TaskPage(BaseModel):
    """Some of many tasks, newest first."""

    tasks: list[Task] = Field(description="At most as many as were asked for.")
    next: str | None = Field(description="Hand it in as `after` to see more; null at the end.")


class TaskEvent(BaseModel):
    """One line of a task's history."""

    task_id: str = Field(description="Whose it is.", examples=[_EXAMPLE_ID])
    seq: int = Field(description="Rises; hand it in as `after` to see what came later.")
    at: Moment = Field(description="When (UTC).")
    kind: str = Field(description="For programs.", examples=["job.queued"])
    message: str = Field(description="A sentence for a person.")
    data: dict[str, Any] = Field(description="Facts that go with it.")


class TaskEvents(BaseModel):
    """What happened, oldest first."""

    events: list[TaskEvent] = Field(description="What happened, one line each.")


class QuoteLine(BaseModel):
    """One line of a price: a quantity at a price makes an amount, in US dollars."""

    label: str = Field(description="For what.", examples=["video"])
    quantity: float = Field(description="How many units.", examples=[4.0])
    unit: str = Field(description="Of what.", examples=["second"])
    unit_price: float = Field(description="For one, in US dollars.", examples=[0.1])
    amount: float = Field(description="For all, in US dollars.", examples=[0.4])


class Quote(BaseModel):
    """What it will cost, in US dollars."""

    low: float = Field(description="At least.", examples=[0.0])
    high: float | None = Field(description="At most; null where no upper bound is known.", examples=[0.0])
    note: str = Field(description="Why it is a range, or what is unknown.")
    lines: list[QuoteLine] = Field(description="How `high` (or, without one, `low`) comes about.")


class Planned(BaseModel):
    """What exactly would be sent; nothing was spent."""

    model: str = Field(description="The model that would make it.", examples=["local/draft"])
    settings: dict[str, Any] = Field(description="What would be sent; what is missing is left to the model.")
    adjustments: list[str] = Field(description="What would be done differently from what was asked, and why.")
    warnings: list[str] = Field(description="What a person should know.")
    quote: Quote
    usual_seconds: float | None = Field(description="How long it usually takes.")
    alternatives: list[str] = Field(description="Models that would be tried next.")


def task_id(job: Job) -> str:
    """Return a job's id as this API shows it."""
    return f"{PREFIX}{job.id}"


def submitted(job: Job) -> Submitted:
    """Return the answer to a request that was taken in."""
    name = task_id(job)
    message = f"Video generation task submitted. Poll /api/v1/tasks/{name} for status."
    return Submitted(task_id=name, status=WORDS[job.status], message=message)


def task(job: Job, gateway: Gateway) -> Task:
    """Return a job as a task."""
    made = job.artifacts if job.status is Status.COMPLETED else ()
    videos = [_video(each, gateway) for each in made] if job.request.kind == "video" else []
    url = videos[0].video_url if videos else None
    image = gateway.image_url(made[0]) if made and job.request.kind == "image" else None
    return Task(
        task_id=task_id(job),
        status=WORDS[job.status],
        progress=100 if job.status is Status.COMPLETED else min(99, int(job.progress * 100)),
        phase=job.phase.value if job.phase and job.status is Status.RUNNING else None,
        video_url=url,
        result=Result(result=VideoResult(video_url=url, videos=videos)) if url else None,
        image_url=image,
        error=of_job(job.error) if job.error else None,
        prompt=job.request.prompt,
        model=job.model_used or job.plan.model,
        cost_usd=job.cost / MICRO,
        adjustments=[change.reason for change in job.plan.adjustments],
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        updated_at=job.updated_at,
    )


def _video(artifact: Artifact, gateway: Gateway) -> Video:
    info = artifact.info
    return Video(
        video_url=gateway.video_url(artifact),
        thumbnail_url=gateway.thumbnail_url(artifact),
        spritesheet_url=gateway.spritesheet_url(artifact),
        duration=info.seconds,
        width=info.width,
        height=info.height,
        fps=info.fps,
        audio=info.audio is not None,
        bytes=info.bytes,
        sha256=artifact.sha256,
    )


def event(each: Event) -> TaskEvent:
    """Return an event as this API shows it."""
    return TaskEvent(
        task_id=f"{PREFIX}{each.job_id}", seq=each.seq, at=each.at, kind=each.kind, message=each.message, data=each.data
    )


def planned(plan: Plan) -> Planned:
    """Return a plan as this API shows it."""
    quote = plan.quote
    return Planned(
        model=plan.model,
        settings=plan.settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
        adjustments=[change.reason for change in plan.adjustments],
        warnings=list(plan.warnings),
        quote=Quote(
            low=quote.low / MICRO,
            high=dollars(quote.high),
            note=quote.note,
            lines=[_line(each) for each in quote.breakdown],
        ),
        usual_seconds=plan.usual_seconds,
        alternatives=[each.model for each in plan.alternatives],
    )


def dollars(micro: int | None) -> float | None:
    """Return an amount of micro-USD as this API shows it."""
    return None if micro is None else micro / MICRO


def _line(line: PlannedLine) -> QuoteLine:
    return QuoteLine(
        label=line.label,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price / MICRO,
        amount=line.amount / MICRO,
    )
