"""Land: a tileable height map in metres, lit and coloured from above, then looked at along the ground."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import pyramid, read_tile, seamless
from video_gen.local.animatic.pixels import Image, image, resize, tile_blur

Albedo = Callable[["Relief"], Image]
"""Return the colour (n, n, 3) of bare ground, before any light falls on it."""


@dataclass(frozen=True, slots=True)
class Relief:
    """A tileable height map in metres, which repeats after `period` metres; `amplitude` is about its highest place.

    `slope` is the steepness (0 level, 1 is 45 degrees), `hollow` is positive in valleys and negative on crests.
    """

    height: Image
    amplitude: float
    period: float
    slope_x: Image
    slope_z: Image
    slope: Image
    hollow: Image

    @classmethod
    def of(cls, shape: Image, amplitude: float, period: float) -> Self:
        """Measure the height map `shape`, 0 to 1."""
        height = image(shape * np.float32(amplitude))
        cell = np.float32(period / height.shape[0])
        slope_x = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / (2 * cell)
        slope_z = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / (2 * cell)
        wide = tile_blur(height, height.shape[0] / 64)
        hollow = (wide - height) / np.float32(max(amplitude * 0.2, 1e-3))
        return cls(
            height, amplitude, period, image(slope_x), image(slope_z), image(np.hypot(slope_x, slope_z)), image(hollow)
        )


class Land:
    """Lit ground that can be read at any place."""

    def __init__(self, relief: Relief, albedo: Albedo, light: Light, grit: Image, rough: float = 0.3) -> None:
        """Let the light fall on the ground; `grit` is a tile of noise for what is too small for the map."""
        self.relief = relief
        self.rough = np.float32(rough)
        self.grit = [seamless(level) for level in pyramid(grit, 5)]
        lit = albedo(relief) * _lighting(relief, light)
        self.heights = [seamless(level) for level in pyramid(image(relief.height / np.float32(relief.amplitude)), 4)]
        self.colour_levels = [seamless(level) for level in pyramid(image(lit), 6)]

    def shine(self, glow: Image) -> None:
        """Add light that the ground gives off itself, (n, n, 3)."""
        lit = self.colour_levels[0][:-1, :-1] + glow
        self.colour_levels = [seamless(level) for level in pyramid(image(lit), 6)]

    def height(self, x: Image, z: Image, metres: float) -> Image:
        """Return the height, 0 to 1, at places in metres; `metres` is the size of the smallest detail wanted."""
        return _read(self.heights, x, z, self.relief.period, metres)

    def colour(self, x: Image, z: Image, metres: float) -> Image:
        """Return the lit colour at places in metres."""
        colour = _read(self.colour_levels, x, z, self.relief.period, metres)
        for period in (self.relief.period / 11.3, self.relief.period / 97):
            if metres * 1.5 < period / self.grit[0].shape[0] * 16:
                colour *= 1 + self.rough * _read(self.grit, x, z, period, metres)[..., None]
        return colour


def _read(levels: list[Image], x: Image, z: Image, period: float, metres: float) -> Image:
    cell = period / (levels[0].shape[0] - 1)
    level = min(len(levels) - 1, max(0, math.floor(math.log2(max(metres / cell, 1e-6)) + 0.5)))
    return read_tile(levels[level], x * np.float32(1 / period), z * np.float32(1 / period))


def _lighting(relief: Relief, light: Light) -> Image:
    """Return the light that falls on each place, (n, n, 3)."""
    level = 1 / np.sqrt(1 + relief.slope * relief.slope)
    right, up, ahead = (float(part) for part in light.towards)
    facing = np.maximum((up - relief.slope_x * right - relief.slope_z * ahead) * level, 0)
    direct = facing * _sunlit(relief, light)
    open_sky = (0.55 + 0.45 * level) * np.clip(1 - 0.35 * relief.hollow, 0.45, 1.15)
    return image(direct[..., None] * light.sun + open_sky[..., None] * light.fill)


def _sunlit(relief: Relief, light: Light) -> Image:
    """Return 1 in the sun and 0 in the shadow of other ground, soft at the edge; found at half resolution."""
    height = relief.height[::2, ::2]
    right, up, ahead = (float(part) for part in light.towards)
    flat = max(math.hypot(right, ahead), 1e-3)
    climb = up / flat
    cell = relief.period / height.shape[0]
    clearance = np.full(height.shape, 1e9, np.float32)
    reach = float(height.max() - height.min()) / max(climb, 0.05)
    steps = min(30, max(4, int(reach / cell)))
    distance = cell
    for _ in range(steps):
        offset = (-round(distance / cell * ahead / flat), -round(distance / cell * right / flat))
        over = height + np.float32(distance * climb) - np.roll(height, offset, (0, 1))
        np.minimum(clearance, over / np.float32(distance), out=clearance)
        distance = distance * 1.13 + cell
    sunny = np.clip(clearance / np.float32(0.1) + 0.5, 0, 1)
    return resize(image(sunny), relief.height.shape[1], relief.height.shape[0])
