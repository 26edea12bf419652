"""What a native request says of a video, and what that is in the client's words."""

import re
from typing import Annotated, Any, Final, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from video_gen.client.words import Words, seconds_of
from video_gen.engine.kinds import ENDS
from video_gen.engine.webhook import MOST_KINDS, MOST_URL
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Geometry, parse_size, parse_tier

DEFAULT_FPS: Final = 30.0
DEFAULT_RESOLUTION: Final = "1920x1080"
DEFAULT_MOTION: Final = 0.5
_LARGEST: Final = Geometry(width=1920, height=1080)
_SIZE: Final = re.compile(r"\s*\d+\s*[xX×*:]\s*\d+\s*")
_PASSED_ON: Final = (
    "image", "last_frame", "references", "video", "extend", "duration", "aspect_ratio", "audio", "seed",
    "negative_prompt", "camera_motion", "count", "max_cost", "fallback", "fallback_on_policy", "queue_timeout",
    "strict", "extra",
)  # fmt: skip

Media = Annotated[str, Field(min_length=1, examples=["https://example.com/image.jpg"])]


class VideoRequest(BaseModel):
    """What the video shows, and how. Only a prompt or a picture is needed."""

    model_config = ConfigDict(extra="forbid")

    image: Media | None = Field(
        default=None, description="The first frame: a URL, a data URI, or base64. Without it the prompt alone decides."
    )
    prompt: str = Field(
        default="",
        description="What the video shows.",
        max_length=100_000,
        examples=["Gentle camera pan across the scene"],
    )
    duration: float | str | None = Field(
        default=None,
        description='Seconds: 5, "5" or "5s". 1 to 10, unless a `model` is named that makes longer ones. Not said: the '
        "model decides.",
        examples=[5],
    )
    fps: float = Field(
        default=DEFAULT_FPS,
        gt=0,
        le=240,
        description="Frames a second, 24 to 60, unless a `model` is named that has others.",
        examples=[30],
    )
    resolution: str = Field(
        default=DEFAULT_RESOLUTION,
        description="Pixels (`1920x1080`) or a tier (`720p`). Up to 1920x1080, unless a `model` is named that makes "
        "larger ones. With an `aspect_ratio` or a `model`, what is not said is left to the model.",
        examples=["1920x1080"],
    )
    motion_strength: float = Field(
        default=DEFAULT_MOTION, ge=0, le=1, description="How much moves, 0 to 1.", examples=[0.5]
    )
    camera_motion: str | None = Field(
        default=None,
        description="`pan`, `tilt`, `zoom`, `static`, also `dolly`, `orbit`, `handheld`, with a direction: `pan left`.",
        examples=["pan"],
    )
    optimize_prompt: bool = Field(default=False, description="Have the prompt rewritten in more detail first.")
    model: str | None = Field(
        default=None, description="A model's id or alias; not said: the server's default.", examples=["local"]
    )
    last_frame: Media | None = Field(default=None, description="The last frame: a URL, a data URI, or base64.")
    references: list[Media] = Field(default_factory=list, max_length=16, description="Pictures for style or subject.")
    video: Media | None = Field(default=None, description="A source video, for models that change or extend one.")
    extend: Media | None = Field(
        default=None, description="A video to go on from: the result begins with it. A URL, a data URI, or base64."
    )
    aspect_ratio: str | None = Field(default=None, description="`16:9`, `9:16`, `1:1` ...", examples=["16:9"])
    audio: bool | None = Field(default=None, description="With or without sound; not said: the model decides.")
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2**63 - 1,
        description="The same seed, the same video, where the model allows.",
        examples=[0],
    )
    negative_prompt: str | None = Field(default=None, max_length=100_000, description="What it must not show.")
    count: int = Field(default=1, ge=1, le=16, description="Videos in one call.")
    max_cost: float | str | None = Field(
        default=None, description="Refuse to spend more than this, in US dollars.", examples=["0.50"]
    )
    fallback: list[str] = Field(
        default_factory=list, max_length=16, description="Models to try, in order, when the first cannot be had."
    )
    fallback_on_policy: bool = Field(default=False, description="Try them also when the content is refused.")
    queue_timeout: float | None = Field(
        default=None, gt=0, description="Seconds in a provider's queue before the next model is tried."
    )
    strict: bool = Field(default=False, description="Refuse instead of adjusting what the model does not take.")
    extra: dict[str, Any] = Field(default_factory=dict, description="Provider options by their own names.")
    callback_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_URL,
        description="Where to post what becomes of this task, signed with the secret of `/api/v1/webhooks/secret`.",
        examples=["https://example.com/hook"],
    )
    callback_kinds: list[str] = Field(
        default_factory=list,
        max_length=MOST_KINDS,
        description="What to post there: kinds of events, or patterns like `job.*`. Not said: what ends the task.",
        examples=[list(ENDS)],
    )

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if not (self.prompt.strip() or self.image or self.references or self.video or self.extend):
            raise ValueError("say what the video shows: give a `prompt` or an `image`")
        return self

    @model_validator(mode="after")
    def _names_where_to_post(self) -> Self:
        if self.callback_kinds and self.callback_url is None:
            raise ValueError("`callback_kinds` says what to post: say where, as `callback_url`, or leave it out")
        return self

    def words(self) -> Words:
        """Return the client's words.

        Raises:
            InvalidRequestError: a limit of this API is exceeded.
        """
        given = {name: getattr(self, name) for name in _PASSED_ON}
        words = cast("Words", {name: value for name, value in given.items() if value not in (None, [], {})})
        if self.model is None:
            self._check_limits()
        else:
            words["model"] = self.model
        if self._counts("fps"):
            words["fps"] = self.fps
        if self._counts("motion_strength"):
            words["motion_strength"] = self.motion_strength
        if self._counts("resolution") and ("resolution" in self.model_fields_set or self.aspect_ratio is None):
            words["size" if _SIZE.fullmatch(self.resolution) else "resolution"] = self.resolution
        return words

    def _counts(self, name: str) -> bool:
        """Whether a field counts that has a default: not when the model is named and can decide."""
        return self.model is None or name in self.model_fields_set

    def _check_limits(self) -> None:
        way_out = "name a `model` that offers it"
        if not 24 <= self.fps <= 60:
            raise InvalidRequestError(f"`fps={self.fps:g}` is out of range: 24 to 60; or {way_out}")
        seconds = seconds_of(self.duration)
        if seconds is not None and not 1 <= seconds <= 10:
            raise InvalidRequestError(f"`duration={self.duration}` is out of range: 1 to 10 s; or {way_out}")
        if self._is_large():
            raise InvalidRequestError(f"`resolution={self.resolution}` is out of range: up to 1920x1080; or {way_out}")

    def _is_large(self) -> bool:
        if not _SIZE.fullmatch(self.resolution):
            return parse_tier(self.resolution) > _LARGEST.short_side
        size = parse_size(self.resolution)
        return size.short_side > _LARGEST.short_side or max(size.width, size.height) > _LARGEST.width
