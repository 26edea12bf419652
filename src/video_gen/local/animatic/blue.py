"""The colour of the sea seen from within, and how soon it swallows everything else."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.pixels import Image, image, mix, rgb
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour

_REACH: Final = 21.0  # metres after which water leaves a third of the light


@dataclass(frozen=True, slots=True)
class Blue:
    """The colours of the water: below, far off, towards the surface, and of the light that falls through it."""

    deep: Image
    far: Image
    high: Image
    light: Image

    @classmethod
    def of(cls, stage: Stage) -> "Blue":
        """Return the water's colours for the stage's hour and sky."""
        scene = stage.scene
        dark = 0.30 if scene.dark else 0.62 if scene.dim or scene.cover in {"storm", "overcast"} else 1.0
        warm = stage.light.glow * np.float32(0.10 if scene.hour in {"sunset", "golden", "sunrise"} else 0)
        deep, high = colour("0b4a78") * np.float32(dark), (colour("46c2d6") + warm) * np.float32(dark)
        light = (rgb(0.75, 1.0, 0.98) + warm * 3) * np.float32(dark)
        return cls(deep=image(deep), far=mix(image(deep), image(high), 0.10), high=image(high), light=image(light))

    def haze(self, depth: float) -> Image:
        """Return what the water adds between the eye and `depth` metres."""
        return image(self.far * (1 - clear(depth)))


def clear(depth: float) -> np.float32:
    """Return the share of light that arrives from `depth` metres."""
    return np.float32(math.exp(-depth / _REACH))


def clear_at(depth: Image) -> Image:
    """Return `clear` for many depths."""
    return image(np.exp(-depth / np.float32(_REACH)))
