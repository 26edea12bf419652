"""A band of land between two distances, drawn as a card: what lies in front of it is another band's business."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.air import Air
from video_gen.local.animatic.land import Land
from video_gen.local.animatic.layer import Card, solid_row
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.pixels import Image, channel, image, smoothstep

DENSITY: Final = 1.25
_SAMPLES: Final = 150

Shape = Callable[[Image], Image]
"""Return the factor, 0 to 1, by which land is lower at reference columns (1, n)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where a band lies and how high it reaches in the picture.

    `near` and `far` are depths in metres; `x` and `z` say where on the land it is, `zoom` how much larger its forms
    are here. `crest` is how far above the horizon its highest point is seen, `foot` where its lowest ground lies, both
    as shares of the lens's `rise`; without a crest the land has its own height, its lowest ground at the camera's
    feet.
    """

    near: float
    far: float
    crest: float | None = None
    foot: float = 0.0
    x: float = 0.0
    z: float = 0.0
    zoom: float = 1.0
    shape: Shape | None = None
    headroom: float = 0.0
    """Reference pixels left free above the land, for what will stand on it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a column of the picture shows: for each texture pixel its depth (0 where sky), height and place."""

    depth: Image
    height: Image
    x: Image
    cover: Image
    top: float
    u: Image

    def surface(self, u: float, depth: float) -> float | None:
        """Return the texture row where the ground at `depth` is seen in column `u`, or None where it is hidden."""
        column = int(np.clip(np.searchsorted(self.u, u), 0, self.u.size - 1))
        depths = self.depth[:, column]
        rows = np.flatnonzero((depths > 0) & (depths <= depth))
        if rows.size == 0 or depths[rows[0]] < depth * 0.93:
            return None
        return float(rows[0])


def band_card(band: Band, land: Land, lens: Lens, air: Air) -> tuple[Card, Ground]:
    """Return the band as seen, hazed, and the ground it shows, to put things on."""
    ground = _look(band, land, lens)
    metres = band.near**0.4 * band.far**0.6 / (lens.focal * DENSITY)
    colour = land.colour(*_place(band, ground.x, ground.depth), metres / band.zoom)
    clear = air.clarity(ground.depth, ground.height)
    haze = air.colour(ground.u[None, :], ground.depth)
    planes = [channel(haze, k) + (channel(colour, k) - channel(haze, k)) * clear for k in range(3)]
    texture = image(np.stack([*(plane * ground.cover for plane in planes), ground.cover], -1))
    middle = (band.near * band.far) ** 0.5
    left = float(ground.u[0])
    plane = lens.ground if band.crest is None else lens.upright(middle)
    card = Card(texture, left, ground.top, DENSITY, plane, solid_row(texture))
    return card, ground


def _look(band: Band, land: Land, lens: Lens) -> Ground:
    count = round(lens.width * (1 + 2 * lens.reach_x) * DENSITY)
    u = lens.columns(count)
    near = band.near if band.crest is not None else min(band.near, lens.depth(1.02 * bottom_row(lens)))
    depth = image(np.geomspace(near, band.far, _SAMPLES))[:, None]
    across = (u - lens.width / 2)[None, :] / np.float32(lens.focal)
    metres = band.near / (lens.focal * DENSITY * band.zoom)
    rise = land.height(*_place(band, image(across * depth), image(np.repeat(depth, count, 1))), metres)
    if band.crest is not None:
        # The near edge sinks away: it is no cliff, a nearer band stands before it.
        rise *= smoothstep(0, 0.3, image(np.log(depth / band.near) / np.log(band.far / band.near)))
    if band.shape:
        rise = image(rise * band.shape(u[None, :]))
    height = _fitted(band, rise, depth, lens, land.relief.amplitude)
    rows = lens.horizon - np.float32(lens.focal) * (height - np.float32(lens.eye)) / depth
    bottom = bottom_row(lens)
    top = float(np.floor(max(rows.min() - band.headroom, -lens.reach_y * lens.height) - 2))
    pixels = (rows - np.float32(top)) * np.float32(DENSITY)
    return _cast(pixels, height, depth[:, 0], across[0], top, u, int(max(4, (bottom - top) * DENSITY)))


def bottom_row(lens: Lens) -> float:
    """Return the lowest reference row that a camera move may show."""
    return lens.height * (1 + lens.reach_y)


def _place(band: Band, x: Image, z: Image) -> tuple[Image, Image]:
    scale = np.float32(1 / band.zoom)
    return image(x * scale + np.float32(band.x)), image(z * scale + np.float32(band.z))


def _fitted(band: Band, rise: Image, depth: Image, lens: Lens, amplitude: float) -> Image:
    """Return heights in metres such that the band's lowest ground and highest point are seen where they shall be."""
    if band.crest is None:
        return image(rise * np.float32(amplitude))
    middle = (band.near * band.far) ** 0.5
    per_share = lens.rise / lens.focal
    low = np.float32(band.foot * per_share * middle)
    needed = (np.float32(band.crest * per_share) * depth - low) / np.maximum(rise, 0.02)
    return image(np.float32(lens.eye) + low + rise * np.float32(needed.min()))


def _cast(rows: Image, height: Image, depth: Image, across: Image, top: float, u: Image, limit: int) -> Ground:
    """Find, for each pixel, the nearest sample that reaches up to it; columns are independent of each other."""
    count = u.size
    crest = np.minimum.accumulate(np.clip(rows, 0, limit), axis=0)
    edge = np.ceil(crest - 0.5).astype(np.int32)
    before = np.vstack([np.full((1, count), limit, np.int32), edge[:-1]])
    runs = (before - edge).T.ravel()
    sample_of = np.repeat(np.tile(np.arange(rows.shape[0]), count), runs)
    per_column = limit - edge[-1]
    column = np.repeat(np.arange(count), per_column)
    from_bottom = np.arange(column.size) - np.repeat(np.cumsum(per_column) - per_column, per_column)
    row = limit - 1 - from_bottom
    share, previous = _between(rows, sample_of, column, row)
    found_depth, found_height = np.zeros((limit, count), np.float32), np.zeros((limit, count), np.float32)
    found_depth[row, column] = depth[previous] + share * (depth[sample_of] - depth[previous])
    found_height[row, column] = height[previous, column] * (1 - share) + height[sample_of, column] * share
    cover = np.clip(np.arange(limit, dtype=np.float32)[:, None] + 1 - crest[-1][None, :], 0, 1)
    _extend(found_depth, found_height, edge[-1])
    return Ground(found_depth, found_height, image(found_depth * across[None, :]), image(cover), top, u)


def _between(rows: Image, nearest: np.ndarray, column: np.ndarray, row: np.ndarray) -> tuple[Image, np.ndarray]:
    """Return how far from the sample before it to the nearest one each pixel lies, and that sample before."""
    previous = np.maximum(nearest - 1, 0)
    start, end = rows[previous, column], rows[nearest, column]
    gap = np.maximum(start - end, 1e-4)
    return image(np.clip((start - row - 0.5) / gap, 0, 1)), previous


def _extend(depth: Image, height: Image, edge: np.ndarray) -> None:
    """Repeat the topmost pixel of each column once, so that a half-covered crest has a colour."""
    column = np.flatnonzero((edge > 0) & (edge < depth.shape[0]))
    above = edge[column] - 1
    depth[above, column] = depth[above + 1, column]
    height[above, column] = height[above + 1, column]
