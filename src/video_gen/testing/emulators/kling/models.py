"""What Kling's models take and cost (docs: capability map and price list, stored copies, read 2026-11-21)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text2video", "image2video", "multi-image2video"]
KINDS: Final[tuple[Kind, ...]] = ("text2video", "image2video", "multi-image2video")
MODES: Final = {"std": 720, "pro": 1080, "4k": 2160}
"""Each mode's usual size: the pixels of the shorter side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One model."""

    units: dict[str, float]
    """Units for a second, by mode; "" for a model without modes."""
    kinds: tuple[Kind, ...] = ("text2video", "image2video")
    durations: Collection[int] = (5, 10)
    sound: dict[str, float] | None = None
    """Units for a second with sound, by the modes that make it; None for a model that makes none."""
    tail: tuple[str, ...] = ()
    """Modes in which it takes a last frame."""
    tail_durations: Collection[int] = (5, 10)
    tail_sound: bool = False
    short_side: int | None = None
    """Pixels of the shorter side, where the mode does not say."""
    fps: int = 24

    @property
    def modes(self) -> tuple[str, ...]:
        """Return the modes it knows; one that knows none ignores which is named."""
        return () if "" in self.units else tuple(self.units)

    def price(self, mode: str, seconds: int, *, sound: bool) -> float:
        """Return the units a video costs."""
        rates = self.sound if sound and self.sound else self.units
        return round(rates.get(mode, rates.get("", 0.0)) * seconds, 2)


MODELS: Final = {
    "kling-v1": Model(units={"std": 0.2, "pro": 0.7}, tail=("std", "pro"), tail_durations=(5,), short_side=720, fps=30),
    "kling-v1-5": Model(units={"std": 0.4, "pro": 0.7}, kinds=("image2video",), tail=("pro",), fps=30),
    "kling-v1-6": Model(
        units={"std": 0.4, "pro": 0.7}, kinds=("text2video", "image2video", "multi-image2video"), tail=("pro",)
    ),
    "kling-v2-master": Model(units={"": 2.0}, short_side=720),
    "kling-v2-1": Model(units={"std": 0.4, "pro": 0.7}, kinds=("image2video",), tail=("pro",)),
    "kling-v2-1-master": Model(units={"": 2.0}, short_side=1080),
    "kling-v2-5-turbo": Model(units={"std": 0.3, "pro": 0.5}, tail=("pro",)),
    "kling-v2-6": Model(units={"std": 0.3, "pro": 0.5}, sound={"pro": 1.0}, tail=("pro",)),
    "kling-v3": Model(
        units={"std": 0.6, "pro": 0.8, "4k": 3.0},
        sound={"std": 0.9, "pro": 1.2, "4k": 3.0},
        durations=range(3, 16),
        tail=("std", "pro", "4k"),
        tail_durations=range(3, 16),
        tail_sound=True,
    ),
}
DEFAULTS: Final[dict[str, str]] = {
    "text2video": "kling-v1",
    "image2video": "kling-v1",
    "multi-image2video": "kling-v1-6",
}
