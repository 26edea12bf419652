"""Clouds with a body: a tileable volume of vapour, lit from the sun's side and looked through slice by slice.

The look is worked out once for a whole clip. What moves afterwards is that picture, each part of it at the pace that
its distance gives it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import generator, read_tile, seamless, spectral_tile, warped_tile
from video_gen.local.animatic.pixels import Image, blur, image, smoothstep, tile_blur
from video_gen.local.animatic.scene import Cover

_SIZE: Final = 512
_PERIOD: Final = 15.0  # kilometres that the volume repeats after
_SLICES: Final = 14
_STEPS: Final = 36
_CURVE: Final = 0.018  # the earth's curve, as a rise of the line of sight


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of cloud; heights in kilometres. `low` and `high` are noise levels where vapour begins and is full."""

    low: float
    high: float
    base: float
    thick: float
    dense: float


_KINDS: Final[dict[Cover, _Kind]] = {
    "clear": _Kind(low=1.75, high=3.2, base=2.2, thick=0.25, dense=3.0),
    "scattered": _Kind(low=0.75, high=2.3, base=1.5, thick=1.2, dense=9.0),
    "cloudy": _Kind(low=0.1, high=1.9, base=1.3, thick=1.3, dense=9.0),
    "overcast": _Kind(low=-1.6, high=1.4, base=1.3, thick=0.7, dense=9.0),
    "storm": _Kind(low=-1.1, high=1.9, base=0.85, thick=1.7, dense=12.0),
}


@dataclass(frozen=True, slots=True)
class CloudPicture:
    """Clouds as seen: a premultiplied picture, and the distance in kilometres of what is seen at each pixel."""

    picture: Image
    distance: Image


class CloudVolume:
    """The vapour of one sky, and how much sunlight reaches each part of it."""

    def __init__(self, seed: int, cover: Cover, light: Light) -> None:
        """Grow the clouds and light them."""
        rng = generator(seed, "clouds")
        self.kind = _KINDS[cover]
        self.top = self._tops(rng)
        self.detail = seamless(_billows(rng, _SIZE, ((10, 1.0), (24, 0.6), (60, 0.4))))
        heights = (np.arange(_SLICES) + 0.5) / _SLICES
        density = [self._density(float(h)) for h in heights]
        parts = zip(density, self._sunlight(density, light), self._skylight(density), strict=True)
        self.slices = [seamless(image(np.stack(part, -1))) for part in parts]

    def look(self, across: Image, rise: Image, light: Light, towards_sun: Image) -> CloudPicture:
        """Return what is seen in the directions (`across`, `rise`), both as tangents, shapes (columns,) and (rows,).

        `towards_sun` (rows, columns) is 1 in the sun's direction and fades with the angle to it.
        """
        shape = (rise.size, across.size)
        lift = np.maximum(rise, 0.001)[:, None] + np.float32(_CURVE)
        through, distance = np.ones(shape, np.float32), np.full(shape, 1e-3, np.float32)
        # The colours below depend on these sums only, so that no colour is carried through the loop.
        lit, sky, high, low = (np.zeros(shape, np.float32) for _ in range(4))
        # A different start for each pixel turns the edges of slices into fine grain, which a slight blur removes.
        jitter = image(generator(7, "jitter").random(shape))
        path = np.minimum(self.kind.thick / _STEPS / lift, 0.5) * np.float32(self.kind.dense)
        for step in range(_STEPS):
            level = step / _STEPS
            away = (self.kind.base + (step + jitter) * np.float32(self.kind.thick / _STEPS)) / lift
            density, sunlight, skylight = self._read(away * across[None, :], away, level)
            density *= -path
            share = through * (1 - np.exp(density, out=density))
            through -= share
            distance += share * away
            lit += share * sunlight
            sky += share * skylight
            high += share * np.float32(level)
            low += share * np.float32((1 - level) ** 2)
        cover = 1 - through
        picture = _coloured(light, towards_sun, np.stack([lit, sky, cover, high, low], -1))
        weight = cover + np.float32(1e-4)
        # Far clouds drown in haze, and vanish where the line of sight is level.
        fade = smoothstep(0.0, 0.05, image(rise))[:, None, None]
        return CloudPicture(blur(image(picture * fade), 0.7), blur(image(distance / weight), 6))

    def _tops(self, rng: np.random.Generator) -> Image:
        """Return how high, 0 to 1, the vapour reaches at each place."""
        shape = spectral_tile(rng, _SIZE, 1.9, low=2, high=60)
        push = spectral_tile(rng, _SIZE, 2.0, low=3, high=40)
        lumps = _billows(rng, _SIZE, ((7, 1.0), (15, 0.7), (34, 0.45)))
        density = warped_tile(shape, push, np.roll(push, 97, 0), 8) + np.float32(0.55) * lumps
        density = (density - np.float32(density.mean())) / np.float32(density.std())
        rise = np.clip((density - np.float32(self.kind.low)) / np.float32(self.kind.high - self.kind.low), 0, 1)
        return image(rise**0.6)

    def _density(self, height: float) -> Image:
        """Return the vapour at `height`: a flat base, and tops that thin out."""
        return image(np.clip(np.minimum((self.top - np.float32(height)) * 3.0, self.top * (height * 9 + 0.15)), 0, 1))

    def _sunlight(self, density: list[Image], light: Light) -> list[Image]:
        """Return, for each slice, the share of sunlight that arrives."""
        flat = math.hypot(float(light.towards[0]), float(light.towards[2]))
        # A lower sun would cast one cloud's shadow over the whole sky; the eye does not miss it.
        slope = max(float(light.towards[1]) / max(flat, 1e-3), 0.45)
        step = self.kind.thick / _SLICES / slope / _PERIOD * _SIZE
        shift_x, shift_y = step * float(light.towards[0]) / flat, step * float(light.towards[2]) / flat
        passed = np.zeros((_SIZE, _SIZE), np.float32)
        thickness = np.float32(self.kind.dense * self.kind.thick / _SLICES * 1.1)
        lit: list[Image] = []
        for slice_ in reversed(density):
            passed = np.roll(passed, (-round(shift_y), -round(shift_x)), (0, 1)) + slice_ * thickness
            lit.insert(0, image(np.exp(-1.5 * tile_blur(image(passed), 1.2))))
        return lit

    def _skylight(self, density: list[Image]) -> list[Image]:
        """Return, for each slice, the share of the sky's light that comes through from above."""
        passed = np.zeros((_SIZE, _SIZE), np.float32)
        thickness = np.float32(self.kind.dense * self.kind.thick / _SLICES)
        found: list[Image] = []
        for slice_ in reversed(density):
            passed = passed + slice_ * thickness
            found.insert(0, image(np.exp(-0.30 * passed)))
        return found

    def _read(self, x: Image, y: Image, height: float) -> tuple[Image, Image, Image]:
        """Return (vapour, sunlight, skylight) at places in kilometres."""
        tile = self.slices[min(int(height * _SLICES), _SLICES - 1)]
        both = read_tile(tile, x / np.float32(_PERIOD), y / np.float32(_PERIOD))
        scale = np.float32(3.7 / _PERIOD)
        eaten = read_tile(self.detail, x * scale + np.float32(0.31 * height), y * scale + np.float32(0.17 * height))
        density = np.clip(both[..., 0] * 1.25 - (1 - eaten) * np.float32(0.42), 0, 1)
        return image(density), image(both[..., 1] * (0.55 + 0.6 * eaten)), image(both[..., 2] * (0.6 + 0.6 * eaten))


def _coloured(light: Light, towards_sun: Image, sums: Image) -> Image:
    """Return vapour in colour. `sums` (..., 5): sunlit, skylit, all, high and low vapour."""
    # Vapour scatters forward: a rim of silver round whatever stands before the sun.
    silver = light.glow * np.float32(2.4)
    shade = light.fill * np.float32(0.10) + light.stops[1] * np.float32(0.06)
    evening = 1 - min(1.0, float(light.towards[1]) / 0.25)
    below = light.glow * np.float32(0.10 * evening)
    colours = np.stack([light.sun * 1.35, light.fill * 0.8, shade, light.fill * 0.25, below, silver], axis=1)
    matrix = np.vstack([colours, [[0, 0, 1, 0, 0, 0]]]).astype(np.float32)
    return image(sums @ matrix[:, :5].T + (sums[..., 0] * towards_sun)[..., None] * matrix[:, 5])


def _billows(rng: np.random.Generator, size: int, sizes: tuple[tuple[float, float], ...]) -> Image:
    """Return rounded lumps with sharp creases between them, 0 to 1: the absolute value of noise at several sizes."""
    total = np.zeros((size, size), np.float32)
    for waves, weight in sizes:
        total += np.float32(weight) * np.abs(spectral_tile(rng, size, 2.0, low=waves * 0.7, high=waves * 2.2))
    return image(np.clip(1 - total / np.float32(2.2 * float(total.mean())), 0, 1))
