"""The sound of a place, made from shaped noise and a few tones: wind, waves, rain, thunder, crickets, a city.

Sound is made block by block, so that a long clip needs no more memory than a short one. Each sound is a function of
time that continues smoothly from one block into the next.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.ambience import places, weather
from video_gen.local.animatic.ambience.shaped import RATE, Band, Source, steady
from video_gen.local.animatic.scene import Scene

PEAK: Final = 10 ** (-3 / 20)
"""No sample is louder than this: 3 dB below full scale."""

_BLOCK: Final = RATE
_FADE_SECONDS: Final = 0.6

Sound = NDArray[np.float32]
"""Stereo samples, (2, n)."""


def ambience(scene: Scene, seconds: float, seed: int) -> Iterator[Sound]:
    """Yield the sound of `scene`, `seconds` long, as stereo blocks (2, n) at 48 kHz, softly begun and ended.

    The same scene, length and seed give the same sound.
    """
    sources = _sources(scene, seconds, seed)
    total = round(seconds * RATE)
    fade = max(1, min(round(_FADE_SECONDS * RATE), total // 3))
    for start in range(0, total, _BLOCK):
        index = np.arange(start, min(start + _BLOCK, total))
        moments = index / RATE
        mixed = np.zeros((2, index.size))
        for source in sources:
            mixed += source(moments)
        edge = np.minimum(np.minimum(index / fade, (total - 1 - index) / fade), 1)
        yield _limited(mixed * np.sin(edge * math.pi / 2) ** 2)


def _limited(mixed: NDArray[np.float64]) -> Sound:
    """Return the mix with its peaks bent below the limit; what is quiet stays as it is."""
    return (np.tanh(mixed / PEAK) * PEAK).astype(np.float32)


def _sources(scene: Scene, seconds: float, seed: int) -> list[Source]:
    """Return what is heard in `scene`."""
    if scene.place == "space":
        return [places.drone(seed)]
    if scene.place == "underwater":
        return [places.under_water(seed)]
    if scene.place == "studio":
        return [steady(seed, "room", Band(60, 900, 0.9), 0.012), places.birdsong(seed, 0.010)]
    return [*_ground(scene, seed), *_sky(scene, seconds, seed), *_creatures(scene, seed)]


def _ground(scene: Scene, seed: int) -> list[Source]:
    """Return the sound of what lies around."""
    stormy = scene.cover == "storm"
    if scene.place in {"city", "street"}:
        return [places.city(seed)]
    if scene.place in {"ocean", "beach"}:
        return [weather.waves(seed, 0.30 if stormy else 0.20, near=scene.place == "beach")]
    if scene.place == "lake":
        return [weather.lapping(seed)]
    if scene.place == "volcano" or scene.has("fire"):
        return [weather.fire(seed, rumble=scene.place == "volcano")]
    return []


def _sky(scene: Scene, seconds: float, seed: int) -> list[Source]:
    """Return wind, rain and thunder."""
    stormy = scene.cover == "storm"
    sources: list[Source] = []
    if scene.place not in {"city", "street"}:
        sheltered = scene.place in {"forest", "meadow", "lake"}
        sources.append(weather.wind(seed, 0.20 if stormy else 0.045 if sheltered else 0.08))
    if scene.has("rain"):
        sources.append(weather.rain(seed, 0.17 if stormy else 0.11))
    if stormy or scene.has("lightning"):
        sources.append(weather.thunder(scene.seed, seed, seconds))
    return sources


def _creatures(scene: Scene, seed: int) -> list[Source]:
    """Return crickets by warm night, birds by fair day."""
    wild = scene.place in {"forest", "meadow", "hills", "lake", "beach", "mountains"}
    fair = not scene.has("rain", "snow", "lightning") and scene.cover != "storm" and scene.season != "winter"
    if not (wild and fair):
        return []
    if scene.dim or scene.has("fireflies"):
        return [places.crickets(seed)]
    return [places.birdsong(seed, 0.05)]
