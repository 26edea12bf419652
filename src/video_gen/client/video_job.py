"""What `client.video` answers: a video that is being made or was, what it is, and what it would cost.

The fields are those that venice-sdk 0.3.3 gives its `VideoJob`, `VideoQuote` and `VideoMetadata` (read 2026-11-21).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from video_gen.spec import Artifact, Job, Plan, Status
from video_gen.spec.money import MICRO

Word = Literal["queued", "processing", "completed", "failed"]
_WORDS: Final[dict[Status, Word]] = {
    Status.QUEUED: "queued",
    Status.RUNNING: "processing",
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}
_BASE: Final = ("base_cost", "duration_cost")


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoMetadata:
    """What a finished video is."""

    duration: float
    """Seconds."""
    resolution: str
    """Pixels, "1920x1080"."""
    fps: int
    format: str
    """"mp4"."""
    file_size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoFacts:
    """A video that is being made, or was, as it stood when it was looked at."""

    job_id: str
    status: Word
    """A cancelled one is "failed", with the error code "cancelled"."""
    progress: float
    """Percent, 0 to 100."""
    video_url: str | None = None
    """A link to the video: it lives as long as the client, or for a day at a server. `download` needs none."""
    video_id: str | None = None
    created_at: str | None = None
    """ISO 8601, UTC; so are the next two."""
    started_at: str | None = None
    completed_at: str | None = None
    error: str | None = None
    error_code: str | None = None
    """The `code` of the error."""
    model: str | None = None
    """The model that makes it, by its id."""
    metadata: VideoMetadata | None = None

    def is_completed(self) -> bool:
        """Whether the video is there."""
        return self.status == "completed"

    def is_failed(self) -> bool:
        """Whether there will be none."""
        return self.status == "failed"

    def is_processing(self) -> bool:
        """Whether it waits or is being made."""
        return self.status in {"queued", "processing"}


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoJob(VideoFacts):
    """A video of a `Client`."""

    fetch: Callable[[str, Path], Path] = field(repr=False, compare=False)
    """Brings the video of a job to a path."""

    def download(self, output_path: str | Path) -> Path:
        """Copy the video to a file, replacing what stands there; return where it is.

        Raises:
            JobStateError: the job has no video (yet).
            InvalidRequestError: nothing can be written there.
        """
        return self.fetch(self.job_id, Path(output_path))

    def get_video_data(self) -> bytes:
        """Return the video; errors as of `download`."""
        with TemporaryDirectory(prefix="video-gen-") as folder:
            return self.download(Path(folder) / "video.mp4").read_bytes()


@dataclass(frozen=True, kw_only=True, slots=True)
class AsyncVideoJob(VideoFacts):
    """A video of an `AsyncClient`."""

    fetch: Callable[[str, Path], Awaitable[Path]] = field(repr=False, compare=False)
    """Brings the video of a job to a path."""

    async def download(self, output_path: str | Path) -> Path:
        """Copy the video to a file; see `VideoJob.download`."""
        return await self.fetch(self.job_id, Path(output_path))

    async def get_video_data(self) -> bytes:
        """Return the video; errors as of `VideoJob.download`."""
        with TemporaryDirectory(prefix="video-gen-") as folder:
            return (await self.download(Path(folder) / "video.mp4")).read_bytes()


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoQuote:
    """What a video would cost."""

    estimated_cost: float
    """The likely price; where only a range is known, its upper end."""
    currency: str
    estimated_duration: int | None
    """Seconds it usually takes; None where nobody knows."""
    pricing_breakdown: dict[str, float]
    """`base_cost`, what any length costs, and `duration_cost`, what goes by the second."""
    cost_components: list[dict[str, Any]]
    """The lines of the quote."""
    pricing_model: str
    """In words."""
    minimum_cost: float
    maximum_cost: float | None
    """None where no upper bound is known."""


def facts_of(job: Job, link: str | None) -> dict[str, Any]:
    """Return a job as the fields of `VideoFacts`; `link` is where its video is to be had."""
    done = job.status is Status.COMPLETED
    error = job.error
    shown: dict[str, Any] = {
        "job_id": job.id,
        "status": _WORDS[job.status],
        "progress": 100.0 if done else round(min(0.99, job.progress) * 100, 1),
        "created_at": iso(job.created_at),
        "started_at": None if job.started_at is None else iso(job.started_at),
        "error": None if error is None else error.message,
        "error_code": None if error is None else error.code,
        "model": job.model_used or job.plan.model,
    }
    if done:
        first = job.artifacts[0]
        made_at = iso(job.ended_at or job.updated_at)
        shown |= {"video_url": link, "video_id": first.id, "metadata": _metadata(first), "completed_at": made_at}
    return shown


def quote_of(plan: Plan) -> VideoQuote:
    """Return what a plan would cost."""
    known = plan.quote
    by_length = sum(line.amount for line in known.breakdown if line.unit.startswith("second"))
    whole = known.low if known.high is None else known.high
    parts = (whole - by_length, by_length)
    return VideoQuote(
        estimated_cost=whole / MICRO,
        currency="USD",
        estimated_duration=None if plan.usual_seconds is None else round(plan.usual_seconds),
        pricing_breakdown={name: amount / MICRO for name, amount in zip(_BASE, parts, strict=True)},
        cost_components=[
            {
                "label": line.label,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_price": line.unit_price / MICRO,
                "amount": line.amount / MICRO,
            }
            for line in known.breakdown
        ],
        pricing_model=known.note or "as listed",
        minimum_cost=known.low / MICRO,
        maximum_cost=None if known.high is None else known.high / MICRO,
    )


def iso(at: datetime) -> str:
    """Return a time as "2026-01-15T10:30:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _metadata(artifact: Artifact) -> VideoMetadata:
    info = artifact.info
    return VideoMetadata(
        duration=info.seconds,
        resolution=f"{info.width}x{info.height}",
        fps=round(info.fps),
        format=Path(artifact.path).suffix.removeprefix("."),
        file_size=info.bytes,
    )
