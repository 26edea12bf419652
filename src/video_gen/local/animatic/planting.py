"""Putting plants on a band of land."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from video_gen.local.animatic.air import Air
from video_gen.local.animatic.band import DENSITY, Ground
from video_gen.local.animatic.layer import Card, solid_row
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import generator, lattice
from video_gen.local.animatic.pixels import Image, image, paint_over, recolour
from video_gen.local.animatic.plants import STAMPS, Stamp, halved, shrink
from video_gen.local.animatic.tone import colour

_VARIANTS: Final = 4
_SMALL: Final = frozenset(("tuft", "flower"))
"""Plants whose lit side does not show: they may be mirrored."""
_BARK: Final = colour("6b5a4a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wood:
    """What grows: kinds of plants, their heights in metres, their colours, and how many stand on a band.

    `patchy` is 0 where they stand everywhere alike, towards 1 where they gather in groves; `aside` keeps the middle
    of the picture open. Nothing grows nearer than `beyond` metres; a single one stands
    there, `at` a share of the frame's width. Plants that stand `alone` become cards of their own,
    which move by themselves when the camera does.
    """

    kinds: tuple[str, ...]
    height: tuple[float, float]
    colours: tuple[str, ...]
    count: int
    patchy: float = 0.4
    aside: float = 0.0
    beyond: float = 0.0
    at: float | None = None
    alone: bool = False


class Nursery:
    """Stamps of plants, grown once and used for every band of a scene."""

    def __init__(self, seed: int, light: Light) -> None:
        """Choose the side that the light comes from."""
        self._seed = seed
        self._growing = Lock()
        self._flipped = float(light.towards[0]) < 0
        self._grown: dict[str, list[list[Stamp]]] = {}

    def stamp(self, kind: str, choice: int) -> list[Stamp]:
        """Return one of a few plants of `kind`, in its sizes."""
        with self._growing:
            if kind not in self._grown:
                rng = generator(self._seed, f"plant {kind}")
                grown = [STAMPS[kind](rng) for _ in range(_VARIANTS)]
                self._grown[kind] = [halved(image(one[:, ::-1]) if self._flipped else one) for one in grown]
        return self._grown[kind][choice % _VARIANTS]


@dataclass(frozen=True, slots=True)
class Planter:
    """Plants woods on bands of land under one light and one air."""

    nursery: Nursery
    lens: Lens
    light: Light
    air: Air
    shade: float = 1.0

    def plant(
        self, card: Card, ground: Ground, wood: Wood, colours: Sequence[Image], rng: np.random.Generator
    ) -> list[Card]:
        """Plant `wood` on `card`, from the farthest to the nearest; `colours` are those of leaves.

        Return the plants that stand alone, in the same order.
        """
        alone: list[Card] = []
        spots = sorted(self._spots(ground, wood, rng), key=lambda spot: -spot[1])
        if not spots:
            return alone
        depths = image([spot[1] for spot in spots])
        clear = self.air.clarity(depths, np.zeros_like(depths))
        haze = self.air.colour(image([spot[0] for spot in spots]), depths) * (1 - clear[:, None])
        for (u, depth, row), part, veil in zip(spots, clear, haze, strict=True):
            tall = min(rng.uniform(*wood.height) * self.lens.focal / depth * DENSITY, 1.6 * self.lens.height)
            kind = wood.kinds[int(rng.integers(len(wood.kinds)))]
            tint = colours[int(rng.integers(len(colours)))] * np.float32(rng.uniform(0.8, 1.2))
            choice = int(rng.integers(_VARIANTS))
            if tall < 2:
                continue
            grown = shrink(self.nursery.stamp(kind, choice), tall)
            if kind in _SMALL and rng.random() < 0.5:
                grown = image(grown[:, ::-1])
            stamp = coloured(grown, tint, self._lit() * part, image(veil))
            if wood.alone:
                alone.append(self._card(stamp, (u, ground.top + row / DENSITY), depth))
            else:
                _press(card.texture, stamp, (u - card.left) * DENSITY, row + 0.02 * tall)
        card.solid = solid_row(card.texture)
        return alone

    def _card(self, stamp: Image, foot: tuple[float, float], depth: float) -> Card:
        tall, wide = stamp.shape[:2]
        left, top = foot[0] - wide / 2 / DENSITY, foot[1] - 0.98 * tall / DENSITY
        return Card(stamp, left, top, DENSITY, self.lens.upright(depth))

    def _spots(self, ground: Ground, wood: Wood, rng: np.random.Generator) -> list[tuple[float, float, float]]:
        """Return (reference column, depth, texture row) of ground that can be seen, nearer to chance the farther."""
        rows, columns = np.nonzero(ground.depth > wood.beyond)
        if rows.size == 0:
            return []
        if wood.at is not None:
            return self._spot(ground, wood.at, wood.beyond)
        groves = lattice(rng, ground.u.size, 64, 9)[32]
        pick = rng.integers(0, rows.size, wood.count * 6)
        spots = []
        for index in pick:
            row, column = int(rows[index]), int(columns[index])
            u = float(ground.u[column])
            depth = float(ground.depth[row, column])
            open_middle = 1 - wood.aside * np.exp(-(((u / self.lens.width - 0.5) / 0.24) ** 2))
            chance = (1 - wood.patchy + wood.patchy * np.clip(groves[column] * 2.2, 0, 1)) * open_middle
            if rng.random() < chance:
                spots.append((u, depth, float(row)))
            if len(spots) == wood.count:
                break
        return spots

    def _spot(self, ground: Ground, at: float, depth: float) -> list[tuple[float, float, float]]:
        """Return the spot whose ground is nearest to `depth` metres, `at` a share of the frame's width."""
        column = int(np.clip(np.searchsorted(ground.u, at * self.lens.width), 0, ground.u.size - 1))
        depths = np.where(ground.depth[:, column] > 0, ground.depth[:, column], np.inf)
        row = int(np.abs(depths - depth).argmin())
        return [(float(ground.u[column]), float(depths[row]), float(row))]

    def _lit(self) -> Image:
        """Return the light on plants: those that stand before the sun are dark."""
        behind = max(0.0, float(self.light.towards[2]))
        return image(self.light.sun * np.float32(1.9 - 1.5 * behind) + self.light.fill * np.float32(1.7)) * np.float32(
            self.shade
        )


def coloured(stamp: Stamp, leaves: Image, light: Image, haze: Image) -> Image:
    """Return `stamp` as a premultiplied picture: its leaves and its wood in `light`, and the air before it."""
    rows = np.stack([leaves * light, _BARK * light, haze], -1)
    return recolour(stamp, image([*rows, (0.0, 0.0, 1.0)]))


def _press(texture: Image, stamp: Image, column: float, row: float) -> None:
    """Put a stamp on `texture`, standing at (`column`, `row`)."""
    tall, wide = stamp.shape[:2]
    top, left = round(row) - tall + 1, round(column - wide / 2)
    y0, y1 = max(top, 0), min(top + tall, texture.shape[0])
    x0, x1 = max(left, 0), min(left + wide, texture.shape[1])
    if y0 < y1 and x0 < x1:
        paint_over(texture[y0:y1, x0:x1], stamp[y0 - top : y1 - top, x0 - left : x1 - left])
