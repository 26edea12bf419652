"""What a prompt was read to mean: the values that every drawing file starts from."""

from typing import Literal

from pydantic import Field

from video_gen.local.camera import DEFAULT_STRENGTH
from video_gen.spec.request import CameraMotion
from video_gen.spec.value import Value

Place = Literal[
    "ocean",
    "beach",
    "lake",
    "mountains",
    "hills",
    "meadow",
    "forest",
    "desert",
    "canyon",
    "city",
    "street",
    "snowfield",
    "volcano",
    "space",
    "underwater",
    "sky",
    "studio",
]
"""Where the camera stands; `studio` is the neutral stage for prompts that name no place."""

Hour = Literal["dawn", "sunrise", "morning", "noon", "golden", "sunset", "dusk", "blue", "night", "midnight"]

Cover = Literal["clear", "scattered", "cloudy", "overcast", "storm"]
"""How much of the sky is cloud."""

Mood = Literal["natural", "warm", "cold", "pastel", "noir", "neon", "vintage", "moody"]

Season = Literal["spring", "summer", "autumn", "winter"]

Element = Literal[
    "sun",
    "moon",
    "stars",
    "milky way",
    "shooting star",
    "aurora",
    "rain",
    "lightning",
    "snow",
    "fog",
    "fire",
    "embers",
    "fireflies",
    "leaves",
    "petals",
    "dust",
    "bubbles",
    "birds",
    "fish",
    "planet",
    "galaxy",
    "nebula",
    "mountains",
    "trees",
    "palms",
    "flowers",
    "boat",
    "figure",
]
"""What else is seen: weather, particles, lights in the sky, and what stands in the landscape."""

Drive = Literal["stand", "fly", "follow"]
"""How the camera itself travels beside its move: not at all, forward through the air, or alongside."""


class Reason(Value):
    """Why the scene is as it is: the words of the prompt, and what they chose."""

    word: str
    choice: str

    def __str__(self) -> str:
        """Return "sunset -> hour sunset"."""
        return f"{self.word} -> {self.choice}"


class Scene(Value):
    """A place, its light and weather, and how it is filmed."""

    place: Place = "studio"
    hour: Hour = "morning"
    cover: Cover = "scattered"
    mood: Mood = "natural"
    season: Season = "summer"
    elements: frozenset[Element] = frozenset()
    camera: CameraMotion = CameraMotion(kind="dolly", direction="in")
    drive: Drive = "stand"
    strength: float = Field(default=DEFAULT_STRENGTH, ge=0, le=1)
    seed: int = Field(default=0, ge=0)
    because: tuple[Reason, ...] = ()

    def has(self, *elements: Element) -> bool:
        """Return whether any of `elements` is seen."""
        return not self.elements.isdisjoint(elements)

    @property
    def dark(self) -> bool:
        """True at night: lights are lit, stars may shine."""
        return self.hour in {"night", "midnight"}

    @property
    def dim(self) -> bool:
        """True when lamps and windows are lit: at dusk and by night."""
        return self.dark or self.hour in {"dusk", "blue"}
