"""The light of an hour: the colours of the sky, of the sun or moon, and of the haze between here and there.

Colours are named by how they look on screen, as a painter would choose them; `tone` turns them into light.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.pixels import Image, image, mix
from video_gen.local.animatic.scene import Cover, Hour, Scene
from video_gen.local.animatic.tone import colour, luminance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hour:
    """One hour: sky from the horizon up, sun, fill light; elevations and azimuths in degrees."""

    sky: str
    glow: str
    glow_strength: float
    sun: str
    sun_strength: float
    fill: str
    fill_strength: float
    elevation: float
    azimuth: tuple[float, float]


_HOURS: Final[dict[Hour, _Hour]] = {
    "dawn": _Hour(
        sky="f6c6a2 e6ac9e b5a2ba 7d95bc 4b6a9c", glow="ffc9a0", glow_strength=0.45, sun="ffb08c", sun_strength=0.25,
        fill="98a4c6", fill_strength=0.75, elevation=-2, azimuth=(6, 16),
    ),
    "sunrise": _Hour(
        sky="ffdfa6 ffc596 eab1a2 a5adc8 6388ba", glow="ffdca8", glow_strength=1.1, sun="ffc48a", sun_strength=0.9,
        fill="9cacd0", fill_strength=0.7, elevation=2.6, azimuth=(5, 15),
    ),
    "morning": _Hour(
        sky="e6edee cce0eb 99c1e4 5d98d2 3573b6", glow="fff3dd", glow_strength=0.5, sun="fff0d2", sun_strength=1.15,
        fill="a9c4e0", fill_strength=0.8, elevation=27, azimuth=(48, 62),
    ),
    "noon": _Hour(
        sky="d8e7f0 b0d2ea 6da9dd 327dc6 185ca8", glow="ffffff", glow_strength=0.25, sun="fffaf0", sun_strength=1.35,
        fill="a4c4e6", fill_strength=0.85, elevation=52, azimuth=(30, 50),
    ),
    "golden": _Hour(
        sky="ffe4b4 fbd4a6 dcc5b4 9aaec6 6087b4", glow="ffe0a6", glow_strength=1.0, sun="ffcf8c", sun_strength=1.2,
        fill="9fb0cc", fill_strength=0.6, elevation=9, azimuth=(24, 40),
    ),
    "sunset": _Hour(
        sky="ffb262 ff8f55 dc7c76 8d7fa6 465f9a", glow="ffa850", glow_strength=1.7, sun="ff9c58", sun_strength=0.95,
        fill="8a92b8", fill_strength=0.55, elevation=3.0, azimuth=(4, 14),
    ),
    "dusk": _Hour(
        sky="e99a78 bf7f86 8272a0 4d5a94 2a3a6c", glow="ff9a68", glow_strength=0.5, sun="ff8c68", sun_strength=0.2,
        fill="66739f", fill_strength=0.6, elevation=-2.5, azimuth=(4, 14),
    ),
    "blue": _Hour(
        sky="b59ea6 7386b2 4269a4 264a88 142c5c", glow="e8b098", glow_strength=0.16, sun="9ab0dc", sun_strength=0.12,
        fill="5a78b0", fill_strength=0.55, elevation=-4, azimuth=(6, 18),
    ),
    "night": _Hour(
        sky="3a5678 27426c 182f58 0e1e42 08122c", glow="b4c8f0", glow_strength=0.08, sun="b8ccf4", sun_strength=0.22,
        fill="34507c", fill_strength=0.5, elevation=17, azimuth=(9, 17),
    ),
    "midnight": _Hour(
        sky="20344e 172842 0f1c36 081226 040a18", glow="a4b8e4", glow_strength=0.05, sun="a4b8e4", sun_strength=0.10,
        fill="243a5e", fill_strength=0.42, elevation=20, azimuth=(9, 17),
    ),
}  # fmt: skip

_HEIGHTS: Final = np.array([0.0, 0.09, 0.28, 0.58, 1.0])
_GREYING: Final[dict[Cover, float]] = {"clear": 0, "scattered": 0.06, "cloudy": 0.3, "overcast": 0.72, "storm": 0.86}
_DIMMING: Final[dict[Cover, float]] = {"clear": 1, "scattered": 1, "cloudy": 0.85, "overcast": 0.62, "storm": 0.3}
_OVERCAST: Final = 0.35
_OUTSIDE: Final = math.radians(22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What lights the scene. Colours are linear; directions are (right, up, ahead).

    `stops` are the sky's colours (5, 3) from the horizon up; `haze` is what distance fades to.
    `sun_x` and `sun_y` are the reference pixel of the sun or moon, which may lie outside the frame.
    """

    stops: Image
    glow: Image
    sun: Image
    fill: Image
    haze: Image
    towards: Image
    sun_x: float
    sun_y: float
    lunar: bool
    disc: float
    """How bright the disc itself is, 0 when it is below the horizon or behind cloud."""

    def sky(self, height: Image) -> Image:
        """Return the colour of the clear sky at `height`: 0 on the horizon, 1 high up; shape (..., 3)."""
        logs = np.log(np.maximum(self.stops, 1e-5))
        return image(np.exp(np.stack([np.interp(height, _HEIGHTS, logs[:, k]) for k in range(3)], -1)))


def light_of(scene: Scene, lens: Lens) -> Light:
    """Return the light of `scene`."""
    hour = _HOURS[scene.hour]
    rng = generator(scene.seed, "light")
    side = 1 if rng.random() < 0.5 else -1
    azimuth = math.radians(side * float(rng.uniform(*hour.azimuth)))
    elevation = math.radians(hour.elevation)
    if scene.has("sun", "moon") and abs(azimuth) > _OUTSIDE:
        azimuth, elevation = azimuth * 0.35, min(elevation, math.radians(13))
    grey, dim = _GREYING[scene.cover], _DIMMING[scene.cover]
    if scene.dark:
        dim = max(dim, 0.75)  # a night sky is dark already
    stops = _overcast(image(np.stack([colour(name) for name in hour.sky.split()])), grey, dim)
    sun = _even(colour(hour.sun), 0.4) * np.float32(hour.sun_strength * (1 - grey))
    fill = _overcast(colour(hour.fill)[None], grey, 1.0)[0] * np.float32(hour.fill_strength * (0.4 + 0.6 * dim))
    glow = colour(hour.glow) * np.float32(hour.glow_strength * (1 - 0.9 * grey))
    return Light(
        stops=stops,
        glow=image(glow),
        sun=image(sun),
        fill=image(fill),
        haze=mix(stops[0], stops[1], 0.55),
        towards=_direction(_raking(azimuth), max(elevation, math.radians(6))),
        sun_x=_sun_column(lens, azimuth),
        sun_y=lens.horizon - lens.focal * math.tan(elevation),
        lunar=scene.dark,
        disc=0.0 if elevation < 0 or grey > _OVERCAST else 1.0,
    )


def _sun_column(lens: Lens, azimuth: float) -> float:
    """Return the column of the sun; one that belongs in the picture stays in it however narrow the frame is."""
    column = lens.width / 2 + lens.focal * math.tan(azimuth)
    if abs(azimuth) > _OUTSIDE:
        return column
    return min(max(column, 0.16 * lens.width), 0.84 * lens.width)


def _raking(azimuth: float) -> float:
    """Return the side from which the land is lit: a sun in the picture still grazes it, or all relief would be lost."""
    if abs(azimuth) > _OUTSIDE:
        return azimuth
    return math.copysign(math.radians(30) + 0.6 * abs(azimuth), azimuth)


def _direction(azimuth: float, elevation: float) -> Image:
    flat = math.cos(elevation)
    return image([flat * math.sin(azimuth), math.sin(elevation), flat * math.cos(azimuth)])


def _even(light: Image, share: float) -> Image:
    """Return `light` at a luminance of 1, its colour weakened by `share`."""
    return mix(light / np.float32(luminance(light)), np.ones(3, np.float32), share)


def _overcast(colours: Image, grey: float, dim: float) -> Image:
    """Return `colours` (n, 3) as clouds leave them: evened out, paler, and darker."""
    level = (colours @ np.array([0.2126, 0.7152, 0.0722], np.float32))[:, None]
    even = level**0.5 * float(level.mean()) ** 0.5 * np.array([0.93, 1.0, 1.07], np.float32)
    return image(mix(colours, image(even), grey) * np.float32(dim))
