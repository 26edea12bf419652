"""What a model made of a prompt: the video, its cost and time, and how it differs from what was asked for."""

from collections.abc import Iterator
from typing import Final

from video_gen.spec import MediaInfo, Plan, Request, Status, Value, parse_ratio, parse_tier
from video_gen.spec.job import ErrorFacts, Job

_SLACK_S: Final = 0.1
"""How much longer or shorter a video is than asked without a word: less than three frames."""
_SLACK_RATIO: Final = 0.02
"""Share by which a picture's shape may be off: sides are whole numbers, often multiples of 16."""


class ComparedVideo(Value):
    """One model's video, or why there is none."""

    asked: str
    """The model that was asked for, as it was written."""
    plan: Plan
    job: Job | None = None
    """None: it did not come to a job."""
    files: tuple[str, ...] = ()
    cost: int = 0
    """Micro-USD."""
    error: ErrorFacts | None = None

    @property
    def model(self) -> str:
        """The model that made it, or should have, by its id."""
        return self.plan.model if self.job is None or self.job.model_used is None else self.job.model_used

    @property
    def made(self) -> bool:
        """Whether there is a video."""
        return self.job is not None and self.job.status is Status.COMPLETED

    @property
    def info(self) -> MediaInfo | None:
        """What was delivered."""
        return self.job.artifacts[0].info if self.job is not None and self.job.artifacts else None

    @property
    def took(self) -> float | None:
        """Seconds from its start to its end."""
        if self.job is None or self.job.started_at is None or self.job.ended_at is None:
            return None
        return (self.job.ended_at - self.job.started_at).total_seconds()

    @property
    def delivered(self) -> tuple[str, ...]:
        """What was delivered, each fact as a few words."""
        if self.info is None:
            return ()
        sound = ("sound",) if self.info.audio else ()
        return (
            f"{self.info.seconds:.3g} s",
            f"{self.info.width}x{self.info.height}",
            f"{self.info.fps:.3g} fps",
            *sound,
        )

    @property
    def differences(self) -> tuple[str, ...]:
        """How what was delivered differs from what was asked for, each as a few words."""
        return () if self.info is None else tuple(differences(self.plan.request, self.info))


class Comparison(Value):
    """What became of each model, in the order in which they were named."""

    prompt: str
    videos: tuple[ComparedVideo, ...]
    sheet: str | None = None
    """The picture that shows them side by side; None where no video was made."""

    @property
    def cost(self) -> int:
        """Micro-USD of all."""
        return sum(each.cost for each in self.videos)


def differences(request: Request, info: MediaInfo) -> Iterator[str]:
    """Yield how a video differs from what was asked for; what was not said, nothing differs from."""
    if request.seconds is not None and abs(info.seconds - request.seconds) > _SLACK_S:
        yield f"{info.seconds:.3g} s for {request.seconds:g} s"
    yield from _size(request, info)
    if request.fps is not None and abs(info.fps - request.fps) > _SLACK_S:
        yield f"{info.fps:.3g} fps for {request.fps:g} fps"
    if request.audio is not None and request.audio != (info.audio is not None):
        yield "no sound" if request.audio else "sound, though none was asked for"


def _size(request: Request, info: MediaInfo) -> Iterator[str]:
    delivered, shorter = f"{info.width}x{info.height}", min(info.width, info.height)
    if request.width is not None:
        if (request.width, request.height) != (info.width, info.height):
            yield f"{delivered} for {request.width}x{request.height}"
        return
    if request.resolution is not None and parse_tier(request.resolution) != shorter:
        yield f"{delivered} for {request.resolution}"
    if request.aspect_ratio is not None:
        wanted = float(parse_ratio(request.aspect_ratio))
        if abs(info.width / info.height / wanted - 1) > _SLACK_RATIO:
            yield f"{delivered} for {request.aspect_ratio}"
