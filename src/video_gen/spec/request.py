"""What the caller wants, in one normal form."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from video_gen.exceptions import InvalidRequestError
from video_gen.spec.choice import AUTO, Choice
from video_gen.spec.geometry import parse_ratio, parse_tier
from video_gen.spec.media import MediaRef
from video_gen.spec.value import Value

CameraKind = Literal["static", "pan", "tilt", "zoom", "dolly", "orbit", "handheld"]
CameraDirection = Literal["left", "right", "up", "down", "in", "out"]

Kind = Literal["video", "image"]
"""What a job makes."""
DIRECTIONS: Final[dict[str, tuple[CameraDirection, ...]]] = {
    "static": (),
    "pan": ("right", "left"),
    "tilt": ("up", "down"),
    "zoom": ("in", "out"),
    "dolly": ("in", "out"),
    "orbit": ("right", "left"),
    "handheld": (),
}
"""Each camera move's directions, the default first."""

_LINE: Final = 120
"""Characters of a value in a message."""
_IN_WORDS: Final = {
    "greater_than": "give more than {gt:g}",
    "greater_than_equal": "give {ge:g} or more",
    "less_than_equal": "give {le:g} or less",
    "too_short": "give {min_length} or more of them",
    "too_long": "give at most {max_length} of them",
    "string_too_short": "give a text of length {min_length} or more",
    "string_too_long": "give at most {max_length} characters",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "decimal_parsing": "give a number",
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "string_type": "give a text",
    "list_type": "give a list",
    "literal_error": "choose {expected}",
    "extra_forbidden": "there is no such option",
    "string_unicode": "it holds half of a character",
    "finite_number": "give a finite number",
}
"""What the kinds of validation errors mean to a person, where their own words would not do."""


class CameraMotion(Value):
    """A camera move: its kind and, where it has one, its direction."""

    kind: CameraKind
    direction: CameraDirection | None = None

    @model_validator(mode="after")
    def _direction_fits(self) -> Self:
        if self.direction is not None and self.direction not in DIRECTIONS[self.kind]:
            choices = " or ".join(DIRECTIONS[self.kind]) or "no direction"
            raise ValueError(f"camera motion `{self.kind}` takes {choices}, not `{self.direction}`")
        return self

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "pan", "pan left", "zoom-in", "dolly_out" or "orbit:right".

        Raises:
            InvalidRequestError: unknown move, or a direction the move does not have.
        """
        words = [word for word in re.split(r"[\s_:\-]+", text.strip().lower()) if word]
        kind, rest = (words[0], words[1:]) if words else ("", [])
        if kind not in DIRECTIONS or len(rest) > 1:
            raise InvalidRequestError(
                f"camera motion `{text}` is unknown: choose {', '.join(DIRECTIONS)}, with a direction like `pan left`"
            )
        if rest and rest[0] not in DIRECTIONS[kind]:
            choices = " or ".join(DIRECTIONS[kind]) or "no direction"
            raise InvalidRequestError(f"camera motion `{kind}` takes {choices}, not `{rest[0]}`")
        return cls.model_validate({"kind": kind, "direction": rest[0] if rest else None})

    def __str__(self) -> str:
        """Return "pan left"."""
        return f"{self.kind} {self.direction}" if self.direction else self.kind


class Request(Value):
    """What the caller wants. None means "not said": the model's default applies."""

    prompt: str = Field(default="", max_length=100_000)
    model: str = AUTO
    """A catalog id, an alias, or "auto"."""
    kind: Kind = "video"
    """What is to be made."""
    seconds: float | None = Field(default=None, gt=0, le=3600)
    width: int | None = Field(default=None, ge=1, le=16_384)
    height: int | None = Field(default=None, ge=1, le=16_384)
    aspect_ratio: str | None = None
    """Like "16:9"; says nothing of the pixels."""
    resolution: str | None = None
    """A tier like "720p" or "4k": the pixels of the shorter side."""
    fps: float | None = Field(default=None, gt=0, le=240)
    audio: bool | None = None
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)
    negative_prompt: str | None = None
    count: int = Field(default=1, ge=1, le=16)
    first_frame: MediaRef | None = None
    last_frame: MediaRef | None = None
    references: tuple[MediaRef, ...] = ()
    source_video: MediaRef | None = None
    extends: MediaRef | None = None
    """A video that the result goes on from: made from its last frame (`first_frame`), and delivered joined to it."""
    camera: CameraMotion | None = None
    motion_strength: float | None = Field(default=None, ge=0, le=1)
    extra: dict[str, Any] = Field(default_factory=dict)
    """Provider options by their wire names; passed through unchanged."""
    fallback: tuple[str, ...] = ()
    """Models to try, in order, when the first cannot be had."""
    choice: Choice = Choice()
    """How a model is chosen where `model` is "auto"."""
    fallback_on_policy: bool = False
    """Also when it refuses the content."""
    queue_timeout: float | None = Field(default=None, gt=0)
    """Seconds a job may wait in a provider's queue before the next model is tried."""
    give_up_after: float | None = Field(default=None, gt=0)
    """Seconds from handing it in after which a job that its provider has not finished is given up; None: never."""
    priority: int = Field(default=0, ge=-100, le=100)
    """Higher starts earlier."""
    strict: bool = False
    """An adjustment is an error instead of a note."""
    drop_inputs: bool = False
    """References, a last frame and, beside a first one, a source video that the model does not take are left out, each
    with an adjustment, instead of refused; not with `strict`."""
    max_cost: int | None = Field(default=None, ge=0)
    """Spend ceiling of the whole job in micro-USD."""

    @property
    def media(self) -> tuple[MediaRef, ...]:
        """Every media input, first frame first."""
        named = (self.first_frame, self.last_frame, self.source_video, self.extends)
        return (*(ref for ref in named if ref is not None), *self.references)

    def with_media(self, known: Mapping[str, MediaRef]) -> Self:
        """Return the request with what is known of its media inputs, by their sha256."""

        def of(ref: MediaRef | None) -> MediaRef | None:
            return None if ref is None else known[ref.sha256]

        return self.model_copy(
            update={
                "first_frame": of(self.first_frame),
                "last_frame": of(self.last_frame),
                "source_video": of(self.source_video),
                "extends": of(self.extends),
                "references": tuple(known[ref.sha256] for ref in self.references),
            }
        )

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """Build a request from a caller's words.

        Raises:
            InvalidRequestError: names the first field that does not fit, its value and its limit.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise InvalidRequestError(first_problem(error)) from None

    @field_validator("prompt", "negative_prompt")
    @classmethod
    def _no_null_bytes(cls, text: str | None) -> str | None:
        if text is not None and "\x00" in text:
            raise ValueError("a prompt may not hold a NUL character")
        return text

    @field_validator("extra")
    @classmethod
    def _extra_is_json(cls, extra: dict[str, Any]) -> dict[str, Any]:
        try:
            json.dumps(extra, allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError):
            raise ValueError("give what JSON can hold: finite numbers, whole characters, not too deep") from None
        return extra

    @field_validator("aspect_ratio")
    @classmethod
    def _ratio_reads(cls, text: str | None) -> str | None:
        if text is not None:
            parse_ratio(text)
        return text

    @field_validator("resolution")
    @classmethod
    def _tier_reads(cls, text: str | None) -> str | None:
        if text is not None:
            parse_tier(text)
        return text

    @model_validator(mode="after")
    def _whole_size(self) -> Self:
        if (self.width is None) != (self.height is None):
            raise ValueError("width and height go together: give both, or an aspect ratio and a resolution")
        return self


def first_problem(error: ValidationError) -> str:
    """Return the first field that does not fit, its value and its limit, in a sentence for a person."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]).removeprefix("choice.")
    return f"`{name}={_shown(first['input'])}`: {in_words(first)}" if name else in_words(first)


def _shown(value: object) -> str:
    """Return a value as a caller would write it, no longer than a line: -3 for what became -3.0 on the way."""
    said = f"{value:g}" if isinstance(value, float) else repr(value)
    return said if len(said) <= _LINE else f"{said[: _LINE - 3]}..."


def in_words(problem: Mapping[str, Any]) -> str:
    """Return what pydantic found wrong, as the half of a sentence that says what would do."""
    text = _IN_WORDS.get(problem["type"], "").format(**problem.get("ctx", {}))
    return text or problem["msg"].removeprefix("Value error, ")
