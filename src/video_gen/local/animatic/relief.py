"""The shapes of land: tileable height maps, 0 (lowest) to about 1 (highest)."""

from typing import Final

import numpy as np

from video_gen.local.animatic.noise import spectral_tile, warped_tile
from video_gen.local.animatic.pixels import Image, image, tile_blur

SIZE: Final = 768
"""Pixels of a tile's side."""


def alpine(rng: np.random.Generator, waves: float = 2.2, octaves: int = 7, sharp: float = 1.5) -> Image:
    """Return mountains: sharp branching ridges, and valleys smoothed by what came down."""
    total, weight = np.zeros((SIZE, SIZE), np.float32), np.ones((SIZE, SIZE), np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        low = waves * 2**octave
        noise = spectral_tile(rng, SIZE, 1.6, low=low * 0.55, high=low * 1.5)
        ridge = np.clip(1 - np.abs(noise) / 1.6, 0, 1) ** np.float32(sharp)
        total += ridge * weight * np.float32(amplitude)
        # Detail gathers on the ridges: each octave shows where the one before was high.
        weight = np.clip(ridge * weight * 1.9, 0, 1)
        amplitude *= 0.44
    return _levelled(total)


def rolling(rng: np.random.Generator, waves: float = 3.0, rough: float = 2.4) -> Image:
    """Return soft hills."""
    return _levelled(spectral_tile(rng, SIZE, rough, low=waves * 0.5, high=waves * 40))


def dunes(rng: np.random.Generator, waves: float = 5.0) -> Image:
    """Return wind-blown dunes: long gentle backs, sharp winding crests, steep slip faces."""
    bend = spectral_tile(rng, SIZE, 2.4, low=1, high=9)
    height = spectral_tile(rng, SIZE, 2.2, low=1, high=6)
    at = np.arange(SIZE, dtype=np.float32) / SIZE
    phase = (at[:, None] * np.float32(round(waves)) + at[None, :] + bend * np.float32(0.42)) % 1
    steep = np.float32(0.72)
    profile = np.where(phase < steep, phase / steep, (1 - phase) / (1 - steep))
    crest = profile**1.35 * (0.62 + 0.25 * height)
    soft = tile_blur(image(crest), 1.6)
    return _levelled(image(soft + 0.10 * spectral_tile(rng, SIZE, 2.6, low=3, high=20)))


def mesas(rng: np.random.Generator, waves: float = 3.0) -> Image:
    """Return table mountains: flat tops, stepped cliffs, scree at their feet."""
    base = _levelled(spectral_tile(rng, SIZE, 2.0, low=waves * 0.5, high=waves * 5))
    rough = spectral_tile(rng, SIZE, 1.5, low=12, high=300)
    base = base + np.float32(0.018) * rough
    steps = np.zeros_like(base)
    for level, rise in ((0.42, 0.16), (0.55, 0.26), (0.63, 0.22), (0.72, 0.3)):
        steps += np.float32(rise) * np.clip((base - np.float32(level)) / 0.022, 0, 1)
    return image(steps + 0.22 * base)


def cone(rng: np.random.Generator) -> Image:
    """Return one volcano in the middle of the tile, gullied, with a crater."""
    at = (np.arange(SIZE, dtype=np.float32) / SIZE - 0.5) * 2
    x, z = np.meshgrid(at, at)
    push = spectral_tile(rng, SIZE, 2.0, low=2, high=30)
    radius = np.hypot(x, z) * (1 + 0.05 * push)
    slope = np.exp(-radius / 0.30) * 1.12
    crater = np.clip((0.082 - radius) / 0.05, 0, 1) * 0.24
    gullies = alpine(rng, 9, 5) * 0.16 * np.clip(radius / 0.2, 0, 1) * np.exp(-radius / 0.4)
    return image(np.minimum(slope, 0.86) - crater + gullies)


def warped(tile: Image, rng: np.random.Generator, amount: float = 26) -> Image:
    """Return a tile bent like something that has flowed."""
    push_x, push_y = (spectral_tile(rng, tile.shape[0], 2.2, low=1, high=14) for _ in range(2))
    return warped_tile(tile, push_x, push_y, amount)


def _levelled(tile: Image) -> Image:
    """Return `tile` stretched so that nearly all of it lies between 0 and 1."""
    low, high = np.percentile(tile[::8, ::8], (1, 99.5))
    return image((tile - low) / (high - low))
