"""Fronts of buildings: walls with rows of windows, some of them lit."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.pixels import Image, image
from video_gen.local.animatic.tone import colour

_LAMPS: Final = ("ffd6a0", "ffc37a", "ffe6c4", "d8e6ff", "ffb870")
_SIGNS: Final = ("ff2f8e", "19d8ff", "b14bff", "ff5a36", "35ffb0", "ffe14d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a building looks: wall and glass in daylight, and the share of windows that are lit, and how brightly."""

    wall: Image
    glass: Image
    lit: float
    glow: float


def front(rng: np.random.Generator, rows: int, columns: int, cell: tuple[float, float], look: Look) -> Image:
    """Return a wall of `rows` x `columns` pixels whose windows are `cell` (height, width) pixels apart."""
    down, across = max(1, round(rows / cell[0])), max(1, round(columns / cell[1]))
    y = (np.arange(rows) + 0.5) / rows * down
    x = (np.arange(columns) + 0.5) / columns * across
    floor, bay = np.minimum(y.astype(int), down - 1), np.minimum(x.astype(int), across - 1)
    inside = _pane(y - floor, 0.22, 0.80, cell[0])[:, None] * _pane(x - bay, 0.18, 0.82, cell[1])[None, :]
    lamps = _lamps(rng, down, across, look)
    panes = look.glass * image(rng.uniform(0.75, 1.15, (down, across)))[..., None] + lamps
    ribs = image(1 - 0.12 * (np.abs(x - bay - 0.5) > 0.47))
    wall = (ribs[:, None] * look.wall)[None]
    # Row by row of floors and bays, then pixel by pixel: a pane is the same all over.
    face = image(panes[floor][:, bay])
    face -= wall
    face *= inside[..., None]
    face += wall
    return face


def sign_colour(rng: np.random.Generator) -> Image:
    """Return the colour of a neon sign."""
    return colour(_SIGNS[int(rng.integers(len(_SIGNS)))])


def _pane(at: np.ndarray, low: float, high: float, pixels: float) -> Image:
    """Return 1 within a window and 0 between windows, softened to the width of a pixel."""
    soft = max(0.5 / pixels, 0.02)
    return image(np.clip((at - low) / soft + 0.5, 0, 1) * np.clip((high - at) / soft + 0.5, 0, 1))


def _lamps(rng: np.random.Generator, down: int, across: int, look: Look) -> Image:
    """Return the light behind each window: whole floors are often lit alike."""
    if not look.lit:
        return np.zeros((down, across, 3), np.float32)
    floors = np.clip(rng.normal(look.lit, 0.16, (down, 1)), 0.02, 0.95)
    on = rng.random((down, across)) < floors
    tints = np.stack([colour(name) for name in _LAMPS])[
        rng.choice(len(_LAMPS), (down, across), p=(0.4, 0.2, 0.2, 0.12, 0.08))
    ]
    strength = on * rng.gamma(2.2, 0.42, (down, across)) * look.glow
    return image(tints * strength[..., None])
