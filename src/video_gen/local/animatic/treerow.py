"""One row of trees inside a forest: trunks that leave the picture at the top, leaves overhead, bushes at their feet."""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.layer import Card
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import fractal
from video_gen.local.animatic.pixels import Image, image, paint_over, recolour, resize
from video_gen.local.animatic.planting import Nursery, coloured
from video_gen.local.animatic.plants import shrink
from video_gen.local.animatic.tone import colour

_DENSITY: Final = 1.25
_BITS: Final = 4
_WIDEST: Final = 0.24  # rows are laid out this far beyond the frame, whatever part of them is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its distance in metres, how many trees, how low its leaves hang (a share of the horizon's row), clumps."""

    depth: float
    trunks: int
    low: float
    clumps: int
    open_to: float = 0.0
    bushes: int = 0


def bark_tile(rng: np.random.Generator) -> Image:
    """Return the furrows of bark, to be laid on every trunk."""
    return resize(fractal(rng, 256, 160, 34, 5, 0.62), 256, 800)


@dataclass(slots=True)
class RowPainter:
    """Paints one row. `light` falls on it, `haze` lies before it, `through` shines through its leaves."""

    lens: Lens
    row: Row
    rng: np.random.Generator
    nursery: Nursery
    bark: Image
    leaves: tuple[str, ...]
    light: Image
    haze: Image
    through: Image
    from_right: bool
    texture: Image = field(init=False)
    left: float = field(init=False)
    top: float = field(init=False)
    foot: float = field(init=False)

    def paint(self) -> Card:
        """Return the row as a card."""
        lens, row = self.lens, self.row
        self.left, self.top = -lens.reach_x * lens.width, -lens.reach_y * lens.height
        self.foot = (lens.row(row.depth) - self.top) * _DENSITY
        columns = round(lens.width * (1 + 2 * lens.reach_x) * _DENSITY)
        self.texture = np.zeros((round(self.foot + 0.05 * lens.height * _DENSITY), columns, 4), np.float32)
        scale = lens.focal / row.depth * _DENSITY
        for share in self._spots():
            wide = self.rng.uniform(0.28, 0.75) * scale
            self._trunk(self._column(share), wide)
        if self.leaves:
            self._foliage(max(1.6, 0.12 * scale))
        self._plant("shrub", row.bushes, (0.8, 1.9), scale)
        self._plant("conifer", row.bushes // 5, (2.2, 4.6), scale)
        return Card(self.texture, self.left, self.top, _DENSITY, lens.upright(row.depth))

    def _column(self, share: float) -> float:
        """Return the texture column of a place across the whole row."""
        u = (share * (1 + 2 * _WIDEST) - _WIDEST) * self.lens.width
        return (u - self.left) * _DENSITY

    def _spots(self) -> np.ndarray:
        """Return where trunks stand, 0 to 1 across the row: evenly by chance, the middle open in the near rows."""
        spots = (np.arange(self.row.trunks) + self.rng.uniform(0.1, 0.9, self.row.trunks)) / self.row.trunks
        away, space = spots - 0.5, self.row.open_to
        return np.where(np.abs(away) < space, 0.5 + np.sign(away + 1e-6) * (space + 0.04), spots)

    def _trunk(self, x: float, wide: float) -> None:
        """Draw a trunk: rounded, its bark furrowed, its roots spread."""
        columns = self.texture.shape[1]
        lean, start = self.rng.normal(0, 0.02), self.rng.uniform(0, 6)
        crop = self.rng.integers(0, (80, 240))
        bottom = min(self.texture.shape[0], round(self.foot + wide * 0.12))
        pad = round(wide * 1.7 + abs(lean) * bottom) + 4
        x0, x1 = max(0, round(x) - pad), min(columns, round(x) + pad)
        if x1 - x0 < 2 or bottom < 4:
            return
        y = np.arange(bottom, dtype=np.float32)[:, None]
        up = bottom - y
        middle = x + lean * up + np.sin(y / (wide * 3.1) + start) * (wide * 0.03)
        half = wide * (0.5 - 0.17 * up / bottom + 0.36 * np.exp(-up / (wide * 0.7)))
        across = image((np.arange(x0, x1, dtype=np.float32)[None, :] - middle) / half)
        # Roots reach down unevenly, so that no trunk ends in a straight cut.
        end = bottom - wide * (0.06 + 0.07 * np.sin(across * 4.7 + start) ** 2 + 0.05 * across**2)
        cover = np.clip((1 - np.abs(across)) * half + 0.5, 0, 1) * np.clip(end - y + 0.5, 0, 1)
        side = across if self.from_right else -across
        shade = 0.50 + 0.44 * np.clip(side, -1, 1) + 0.25 * (1 - across**2)
        if wide > 6:
            part = self.bark[crop[1] : crop[1] + 520, crop[0] : crop[0] + 150]
            shade = shade * (1 + 0.75 * resize(image(part), x1 - x0, bottom))
        ground = 1 - 0.5 * np.exp(-up / (wide * 0.8))
        parts = np.stack([np.clip(shade * ground, 0.05, 1.9) * cover, cover], -1)
        wood = colour("5a4a3c") * self.light
        layer = recolour(image(parts), image([*zip(wood, self.haze, strict=True), (0.0, 1.0)]))
        paint_over(self.texture[:bottom, x0:x1], layer)

    def _foliage(self, size: float) -> None:
        """Hang leaves in from above, clump by clump; light shines through them."""
        lens, rng = self.lens, self.rng
        low = (lens.horizon * self.row.low - self.top) * _DENSITY
        tints = [colour(name) * (self.light * np.float32(1.6) + self.through) for name in self.leaves]
        for _ in range(round(self.row.clumps * 1.4)):
            share, y = rng.random(), low * rng.beta(1.2, 1.5)
            reach = rng.uniform(0.06, 0.13) * lens.height * _DENSITY
            seed, hue = int(rng.integers(1 << 31)), int(rng.integers(len(tints)))
            x, edge = self._column(share), abs(share - 0.5) * 2
            crowded = self.row.open_to > 0.08 and edge < 0.32 and y > 0.55 * low
            if crowded or not -3 * reach < x < self.texture.shape[1] + 3 * reach:
                continue
            clump = _clump(np.random.default_rng(seed), reach, size)
            tint = image([*zip(tints[hue], self.haze, strict=True), (0.0, 1.0)])
            self._lay(recolour(clump, tint), x - clump.shape[1] / 2, y - clump.shape[0] / 2)

    def _plant(self, kind: str, count: int, height: tuple[float, float], scale: float) -> None:
        """Put bushes or young trees at the feet of the row."""
        for _ in range(count):
            share, tall = self.rng.random(), self.rng.uniform(*height) * scale
            tint = colour(self.leaves[int(self.rng.integers(len(self.leaves)))] if self.leaves else "c4ccd4")
            sizes = self.nursery.stamp(kind, int(self.rng.integers(4)))
            stamp = coloured(shrink(sizes, tall), image(tint * np.float32(1.3)), self.light, self.haze)
            x, y = self._column(share) - stamp.shape[1] / 2, self.foot + self.rng.uniform(0, 0.03) * self.lens.height
            self._lay(stamp, x, y - stamp.shape[0])

    def _lay(self, stamp: Image, x: float, y: float) -> None:
        """Put a premultiplied stamp on the row, its upper left corner at (`x`, `y`)."""
        left, top = round(x), round(y)
        x0, x1 = max(0, left), min(self.texture.shape[1], left + stamp.shape[1])
        y0, y1 = max(0, top), min(self.texture.shape[0], top + stamp.shape[0])
        if x0 < x1 and y0 < y1:
            paint_over(self.texture[y0:y1, x0:x1], stamp[y0 - top : y1 - top, x0 - left : x1 - left])


def _clump(rng: np.random.Generator, reach: float, size: float) -> Image:
    """Return a cloud of leaves as (shade, coverage): lighter on top."""
    columns, rows = math.ceil(7 * reach), math.ceil(4 * reach)
    mask = np.zeros((rows, columns, 2), np.uint8)
    count = round(170 * (reach / size / 9) ** 0.8)
    offset = rng.normal(0, 1, (count, 2)) * (reach, reach * 0.5)
    spots = np.round((offset + np.array([columns, rows]) / 2) * 16).astype(int).tolist()
    axes = np.round(size * 16 * rng.uniform((0.6, 0.3), (1.3, 0.6), (count, 2))).astype(int).tolist()
    levels = np.clip(150 - 60 * offset[:, 1] / reach + rng.uniform(-50, 50, count), 20, 255).tolist()
    for spot, axis, level, turn in zip(spots, axes, levels, rng.uniform(0, 180, count).tolist(), strict=True):
        cv2.ellipse(mask, spot, axis, turn, 0, 360, (level, 255.0), -1, cv2.LINE_AA, _BITS)
    return image(mask) / np.float32(255)
