"""The schema of a model card: one `[[model]]` table of a catalog file.

None (a missing key) always means "unknown", never "no".
"""

from datetime import date
from decimal import Decimal
from math import ceil, floor
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from video_gen.spec import Geometry, Task, Value, parse_ratio, parse_size, parse_tier
from video_gen.spec.request import Kind

Presence = Literal["no", "optional", "required"]
"""Whether a model takes an input."""
AudioMode = Literal["never", "optional", "always"]
"""Whether the videos have sound, and whether the caller may choose."""

_HAIR: Final = 1e-9
"""Keeps 0.3 / 0.1 from counting as less than 3."""
_RESOLVED_BEFORE: Final = {
    "audio": frozenset({"task"}),
    "sizes": frozenset({"task", "audio"}),
    "ratios": frozenset({"task", "audio"}),
    "resolutions": frozenset({"task", "audio"}),
    "durations": frozenset({"task", "audio", "resolution", "size", "ratio"}),
    "fps": frozenset({"task", "audio", "resolution", "size", "ratio", "seconds"}),
}
"""What a rule about each field may depend on: only on what planning has settled before that field."""


class Range(Value):
    """Every value from `min` to `max`; with `step`, only min, min + step, ..."""

    min: float
    max: float
    step: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self

    def nearest(self, asked: float) -> float:
        """Return the allowed value nearest to `asked`; a tie goes to the smaller."""
        inside = min(max(asked, self.min), self.max)
        if self.step is None:
            return inside
        last = floor((self.max - self.min) / self.step + _HAIR)
        steps = ceil((inside - self.min) / self.step - 0.5 - _HAIR)
        return round(self.min + min(steps, last) * self.step, 6)

    def __str__(self) -> str:
        """Return "1 to 60", with its step where it is not the usual one."""
        return f"{self.min:g} to {self.max:g}" + (f" in steps of {self.step:g}" if self.step not in {None, 1} else "")


class FreeSize(Value):
    """Any size within limits."""

    min_side: int = Field(default=64, ge=1)
    max_side: int
    max_pixels: int | None = None
    multiple_of: int = Field(default=2, ge=1)


class Lifecycle(Value):
    """Whether the owner still runs the model."""

    status: Literal["active", "preview", "deprecated", "retired"] = "active"
    released: date | None = None
    retires: date | None = None
    """The day it ends or ended, where the owner named one."""
    replacement: str | None = None
    """A card's id."""
    note: str = ""


class Rule(Value):
    """What holds instead when every condition in `when` holds."""

    when: dict[str, tuple[str | float | bool, ...]] = Field(min_length=1)
    """By "task", "audio", "resolution", "size", "ratio" or "seconds": the values for which the rule holds."""
    because: str
    """Half a sentence for the adjustment: "1080p needs 8 s"."""
    audio: AudioMode | None = None
    durations: tuple[float, ...] | Range | None = None
    sizes: tuple[str, ...] | None = None
    ratios: tuple[str, ...] | None = None
    resolutions: tuple[str, ...] | None = None
    fps: tuple[float, ...] | Range | None = None

    @model_validator(mode="after")
    def _settled_before(self) -> Self:
        for field, allowed in _RESOLVED_BEFORE.items():
            if getattr(self, field) is not None and not self.when.keys() <= allowed:
                unknown = ", ".join(sorted(self.when.keys() - allowed))
                raise ValueError(f"a rule about {field} cannot depend on {unknown}: it is settled later")
        return self


def _money(value: object) -> object:
    if isinstance(value, float):
        raise ValueError("write prices as text, like '0.10': a float is not exact")  # noqa: TRY004 - pydantic reports ValueError
    return value


Dollars = Annotated[Decimal, BeforeValidator(_money), Field(ge=0)]


class Price(Value):
    """One row of a price list: it applies when every condition in `when` holds."""

    when: dict[str, tuple[str | float | bool, ...]] = Field(default_factory=dict)
    """By "task", "audio", "resolution", "size" or "seconds"."""
    usd_per_second: Dollars | None = None
    usd_per_video: Dollars | None = None
    """For each finished video, or finished picture."""
    up_to: Dollars | None = None
    """The same unit's highest price, where only a range is known."""
    open_ended: bool = False
    """The price is "from": no upper bound is known; "from" nothing: it is not published."""
    usd_per_image: Dollars | None = None
    """Added for each picture handed in beyond `free_images`."""
    free_images: int = Field(default=0, ge=0)
    usd_minimum: Dollars | None = None
    """Each video costs at least this, pictures included."""
    usd_step: Dollars | None = None
    """The bill of a call is rounded to the nearest multiple of this, halves up: "0.01" for whole cents."""

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if (self.usd_per_second is None) == (self.usd_per_video is None):
            raise ValueError("a price row needs exactly one of usd_per_second and usd_per_video")
        if self.up_to is not None and self.up_to < self.unit_price:
            raise ValueError(f"up_to {self.up_to} is below the price {self.unit_price}")
        return self

    @property
    def unpublished(self) -> bool:
        """Nothing is known but that it may cost something."""
        return self.open_ended and self.unit_price == 0

    @property
    def unit(self) -> Literal["second", "video"]:
        """What one unit of the price buys."""
        return "second" if self.usd_per_second is not None else "video"

    @property
    def unit_price(self) -> Decimal:
        """Dollars for one unit."""
        return self.usd_per_second if self.usd_per_second is not None else self.usd_per_video or Decimal(0)


class ModelCard(Value):
    """What one model accepts, what it costs, and how long it will live."""

    id: str = Field(pattern=r"^[a-z0-9-]+/[A-Za-z0-9][A-Za-z0-9._:/-]*$")
    """"provider/name"."""
    wire: str
    """Its name on the provider's wire; `{name}` stands for a setting of the provider (a deployment)."""
    wire_options: dict[str, str] = Field(default_factory=dict)
    """What its protocol must know of this model's own wire form."""
    protocol: str | None = None
    """The wire this model is reached by, where it is not its provider's usual one."""
    title: str
    aliases: tuple[str, ...] = ()
    family: str = ""
    """Cards of one model for different tasks or at different providers share it: "veo-3.1"."""
    ai: bool = True
    """False for the embedded renderer: it is no AI model."""
    lifecycle: Lifecycle = Lifecycle()
    tasks: tuple[Task, ...] | None = None

    durations: tuple[float, ...] | Range | None = None
    """Seconds."""
    duration_default: float | None = None
    """Seconds made when the caller says nothing; None: the provider decides."""
    sizes: tuple[str, ...] | None = None
    """Exact pixels, "1280x720", where the wire takes pixels."""
    size_default: str | None = None
    ratios: tuple[str, ...] | None = None
    ratio_default: str | None = None
    resolutions: tuple[str, ...] | None = None
    resolution_default: str | None = None
    frame_sizes: dict[str, str] = Field(default_factory=dict)
    """Pixels delivered for "ratio resolution" ("4:3 720p" = "1112x834") where they are not the plain arithmetic."""
    free_size: FreeSize | None = None
    ratio_from_image: bool = False
    """With a first frame the video takes the picture's ratio; none is sent."""
    fps: tuple[float, ...] | Range | None = None
    """Frames a second it can make."""
    fps_default: float | None = None
    fps_selectable: bool = False
    audio: AudioMode | None = None
    audio_default: bool | None = None
    """Sound made when the caller says nothing and may choose."""
    seed: bool | None = None
    negative_prompt: bool | None = None
    camera: tuple[str, ...] | None = None
    """Camera moves the wire takes as an option; () when it takes none (the move is then said in the prompt)."""
    motion_strength: bool | None = None
    max_count: int = Field(default=1, ge=1)
    prompt_max: int | None = None
    """Characters."""
    prompt_required: bool = True
    first_frame: Presence | None = None
    last_frame: Presence | None = None
    references_max: int | None = None
    """Reference pictures; 0 for none."""
    source_video: Presence | None = None
    extends: dict[str, Any] | None = None
    """It makes a source video longer: the provider options by their wire names that ask for it, often none; None: it is
    not known to."""
    rules: tuple[Rule, ...] = ()

    prices: tuple[Price, ...] = ()
    """First matching row wins; none: the price is unknown."""
    price_source: str = ""
    typical_seconds: float | None = None
    """Wall time of one usual video at its provider."""
    tier: Literal["draft", "fast", "standard", "premium"] | None = None
    """As its owner positions it."""
    note: str = ""
    source: str
    """Where the facts were read."""
    checked: date
    """When."""

    @property
    def provider(self) -> str:
        """The id's first half."""
        return self.id.partition("/")[0]

    @property
    def makes(self) -> Kind:
        """What comes of a job."""
        return "image" if self.tasks == ("text_to_image",) else "video"

    @property
    def geometries(self) -> tuple[Geometry, ...]:
        """The exact sizes."""
        return tuple(parse_size(size) for size in self.sizes or ())

    @model_validator(mode="after")
    def _reads(self) -> Self:
        for ratio in self.ratios or ():
            parse_ratio(ratio)
        for tier in self.resolutions or ():
            parse_tier(tier)
        _ = self.geometries
        for value, choices, name in (
            (self.size_default, self.sizes, "size_default"),
            (self.ratio_default, self.ratios, "ratio_default"),
            (self.resolution_default, self.resolutions, "resolution_default"),
        ):
            if value is not None and choices is not None and value not in choices:
                raise ValueError(f"{name} `{value}` is not among {', '.join(choices)}")
        return self
