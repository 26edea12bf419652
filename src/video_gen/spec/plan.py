"""A request resolved against a model card: what exactly will be sent, and what it will cost."""

from typing import Any, Literal

from pydantic import Field

from video_gen.spec.choice import Decision
from video_gen.spec.media import MediaRef
from video_gen.spec.request import CameraMotion, Request
from video_gen.spec.value import Value

Task = Literal[
    "text_to_video", "image_to_video", "first_last_frame", "reference_to_video", "video_to_video", "text_to_image"
]


class Adjustment(Value):
    """One thing the plan does differently from what was asked."""

    option: str
    """Name of the request's field."""
    asked: Any = None
    used: Any = None
    """None: the option is not sent."""
    reason: str
    """A sentence that names the model, what it takes, and what will be sent."""


class QuoteLine(Value):
    """One line of a quote: `quantity` of `unit` at `unit_price` micro-USD makes `amount`."""

    label: str
    quantity: float
    unit: str
    unit_price: int
    amount: int


class Quote(Value):
    """What a plan will cost, in micro-USD."""

    low: int = Field(ge=0)
    high: int | None = Field(default=None, ge=0)
    """None: no upper bound is known."""
    breakdown: tuple[QuoteLine, ...] = ()
    """How `high` (or, without one, `low`) comes about."""
    note: str = ""
    """Why it is a range, or what is unknown."""
    source: str = ""
    """Where the price was read, and when."""

    @property
    def exact(self) -> bool:
        """The price is known to the micro-dollar."""
        return self.low == self.high


class Settings(Value):
    """Exact settings for one model; None means "do not send": the provider decides."""

    prompt: str = ""
    negative_prompt: str | None = None
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    fps: float | None = None
    audio: bool | None = None
    seed: int | None = None
    count: int = 1
    camera: CameraMotion | None = None
    motion_strength: float | None = None
    first_frame: MediaRef | None = None
    last_frame: MediaRef | None = None
    references: tuple[MediaRef, ...] = ()
    source_video: MediaRef | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def media(self) -> tuple[MediaRef, ...]:
        """Every media input, first frame first."""
        named = (self.first_frame, self.last_frame, self.source_video)
        return (*(ref for ref in named if ref is not None), *self.references)


class Plan(Value):
    """What will be sent to which model, how it differs from what was asked, and its quote."""

    request: Request
    model: str
    """The card's id, "provider/name"."""
    wire_model: str
    """The model's name on the provider's wire."""
    wire_options: dict[str, str] = Field(default_factory=dict)
    """What the protocol must know of this model's own wire form."""
    provider: str
    protocol: str
    task: Task
    settings: Settings
    adjustments: tuple[Adjustment, ...] = ()
    warnings: tuple[str, ...] = ()
    """What a person should know and nothing was changed for: a shutdown date, an unknown fact."""
    quote: Quote
    usual_seconds: float | None = None
    """How long the provider usually takes, where the catalog knows."""
    alternatives: "tuple[Plan, ...]" = ()
    """What is tried next, in order, when this cannot be had; an alternative has none of its own."""
    instead_of: str | None = None
    """The model that was asked for and left out of the chain, because it is switched off."""
    decision: Decision | None = None
    """How the model was chosen, where the request left that to the gateway."""

    @property
    def media(self) -> tuple[MediaRef, ...]:
        """Every media input that carrying it out needs: what is sent, and what the result is joined to."""
        extends = self.request.extends
        return self.settings.media if extends is None else (*self.settings.media, extends)
