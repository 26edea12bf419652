"""Water: waves that mirror what stands above the horizon; drawn at half the frame's horizontal resolution."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.layer import Moment
from video_gen.local.animatic.lens import Lens, View
from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import pyramid, within_tile
from video_gen.local.animatic.pixels import (
    Image,
    blur,
    drop_above,
    four,
    half_rows,
    image,
    resize,
    row_of,
    sample,
    spread,
    tinted,
    veil,
)
from video_gen.local.animatic.waves import Sea, WaveTile

_LEVELS: Final = 4
_SHORTEST_BAND: Final = 6
_SMEARED: Final = 4.0  # from this blur on, half the rows show as much
_TURN: Final = 0.61  # radians between the two tiles, so that their repeats never line up


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Where water lies and what it looks like.

    `far` is its farthest edge in metres; `body` the colour of its depth; `sea` its waves; `wide` and `fine` are the
    sizes in metres of the two tiles of waves; `smear` blurs what it mirrors upwards, as waves do.
    """

    sea: Sea
    body: Image
    far: float = 40_000.0
    wide: float = 78.0
    fine: float = 17.0
    clear: float = 9_000.0
    mirror: float = 1.0
    smear: float = 2.2
    foam: bool = False


class Water:
    """A plane of water from `surface.far` up to the camera."""

    def __init__(self, lens: Lens, surface: Surface, rng: np.random.Generator, light: Light) -> None:
        """Draw the waves' spectra."""
        self.lens, self.surface, self.light = lens, surface, light
        sea = surface.sea
        self.tiles = (
            WaveTile(rng, sea, surface.wide, 1e9),
            WaveTile(rng, sea, surface.fine, surface.wide / 12, _TURN),
        )
        self.body = np.array([*surface.body, 0], np.float32)
        self.coarse = 2 if surface.smear > _SMEARED else 1

    def covers(self, view: View) -> float:
        """Return the row of its far edge."""
        return view.point(0, self.lens.row(self.surface.far), self.lens.nearness(self.surface.far))[1] + 1

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the water, mirroring what the canvas already shows."""
        view, t, hidden = now.view, now.t, now.hidden
        height, width = canvas.shape[:2]
        first = max(0, math.floor(self.covers(view) - 1))
        last = min(height, math.ceil(min(hidden, height)))
        if first >= last:
            return
        mirror = self._mirror(canvas, view, first)
        levels = [[pyramid(slope, _LEVELS) for slope in tile.slopes(t)] for tile in self.tiles]
        sight = _Sight(view, (width + 1) // 2)
        haze = mirror[-1:].mean(axis=0, keepdims=True) * 0.5 + mirror[-1:] * 0.5
        top = first
        while top < last:
            # Distance, and with it the detail that can be seen, changes fast near the horizon and slowly near the eye.
            stop = min(last, top + min(64, max(_SHORTEST_BAND, (top - first) // 2)))
            seen = self._rows(np.arange(top, stop), sight, levels, mirror, image(haze))
            resize(seen, width, stop - top, out=canvas[top:stop])
            top = stop

    def _mirror(self, canvas: Image, view: View, edge: int) -> Image:
        """Return what is above the water's far edge, a little blurred upwards as waves do.

        It has half the columns, and half the rows or a quarter: as many as the blur leaves to be seen.
        """
        edge = max(8, edge)
        small = resize(canvas[edge % 2 : edge], (canvas.shape[1] + 1) // 2, edge // 2)
        if self.coarse == 2:
            small = half_rows(small)
        drop_above(small, 9)
        small = blur(small, 1.0, self.surface.smear / self.coarse)
        self._add_lamp(small, view, edge)
        return small

    def _add_lamp(self, mirror: Image, view: View, edge: int) -> None:
        """Add the sun as rough water shows it: a tall soft lobe, which becomes the glittering path."""
        if not self.light.disc:
            return
        lens = self.lens
        x, y = view.point(self.light.sun_x, self.light.sun_y)
        reach = lens.focal * view.pose.zoom
        # Beyond this there is nothing left of it.
        first, last = (int(np.clip((x + side * 0.35 * reach) / 2, 0, mirror.shape[1])) for side in (-1, 1))
        across = image((np.arange(first, last) * 2 - x) / (0.020 * reach))
        below = (np.arange(mirror.shape[0]) - mirror.shape[0]) * (2 * self.coarse) + edge
        down = image((below - y) / (0.085 * reach))
        lobe = np.outer(np.exp(-0.5 * down**2), np.exp(-0.5 * across**2))
        lobe += np.outer(np.exp(-0.125 * down**2), 0.22 * np.exp(-across * across / 32))
        glow = self.light.sun * np.float32(3.2 if self.light.lunar else 2.6)
        if first < last:
            mirror[:, first:last] += tinted(image(lobe), four(glow))

    def _rows(
        self, rows: np.ndarray, sight: "_Sight", levels: list[list[list[Image]]], mirror: Image, haze: Image
    ) -> Image:
        """Return the water on some rows of the frame, at half their width."""
        fall = sight.fall(rows)
        depth = sight.depth(fall)
        right, away, lost = self._slopes(depth, sight, levels)
        # The mirrored line of sight rises by twice the slope; folded softly, for it cannot run into the water.
        steep = right * right + away * away if self.surface.foam else None
        glance = away + fall[:, None]
        rise = glance + away
        rise *= rise
        rise += np.float32(0.0005 + lost)
        np.sqrt(rise, out=rise)
        np.abs(glance, out=glance)
        right *= glance
        x = sight.index[None, :] - right * np.float32(sight.zoom * self.lens.focal)
        # What stands on the far shore is mirrored there, not at the horizon behind it.
        shore = self.covers(sight.view) - 1 - sight.view.horizon
        share = 0.5 / self.coarse
        rise *= np.float32(-sight.zoom * self.lens.focal * share)
        y = rise + np.float32(mirror.shape[0] + (shore - 2) * share)
        seen = sample(mirror, image(x), image(y))
        clear = np.exp(-depth / np.float32(self.surface.clear))[:, None]
        shine = self._shine(glance)
        body = row_of(self.body, seen.shape[1])
        seen -= body
        seen *= spread(image(shine * clear))
        # As plain rows: NumPy would loop over four values at a time.
        far = (1 - clear) * (haze - body).reshape(1, -1)
        far += body.reshape(1, -1)
        seen += far.reshape(seen.shape)
        if steep is not None:
            self._break(seen, image(steep), depth)
        return seen

    def _break(self, seen: Image, steep: Image, depth: Image) -> None:
        """Whiten the water where it is steepest; `steep` is the square of its slope."""
        crest = np.clip((steep - np.float32(3.4 * self.surface.sea.steep**2)) * np.float32(4), 0, 1)
        crest *= np.exp(-depth / np.float32(260))[:, None] * np.float32(0.55)
        white = self.light.sun * np.float32(0.4) + self.light.fill * np.float32(0.9)
        veil(seen, image(crest), image(white))

    def _shine(self, glance: Image) -> Image:
        """Return the share of light that is mirrored (Schlick's approximation of Fresnel's law)."""
        grazing = np.maximum(1 - glance * np.float32(1.15), 0)
        power = grazing * grazing
        power *= power
        power *= grazing
        return image(power * np.float32(0.97 * self.surface.mirror) + np.float32(0.025 * self.surface.mirror))

    def _slopes(self, depth: Image, sight: "_Sight", levels: list[list[list[Image]]]) -> tuple[Image, Image, float]:
        """Return the slopes right and away for rows at `depth`, and the variance of those too small to be seen there.

        Far rows read a coarser level.
        """
        right, away = (np.zeros((depth.size, sight.across.size), np.float32) for _ in range(2))
        lost = 0.0
        middle = float(depth[depth.size // 2])
        for tile, stacks, turn in zip(self.tiles, levels, (0.0, _TURN), strict=True):
            # Between the width of a pixel and its length on the ground, which grows much faster.
            footprint = (middle / self.lens.focal) ** 0.55 * (middle**2 / self.lens.focal / self.lens.eye) ** 0.45
            level = math.log2(max(1.0, footprint / tile.metres * 256))
            lost += self.surface.sea.steep**2 * min(1.0, level / _LEVELS) * 0.8
            if level > _LEVELS + 0.5:
                continue
            sources = [stack[min(_LEVELS - 1, int(level))] for stack in stacks]
            at = within_tile(sources[0].shape[0], *sight.ground(depth, tile.metres, turn))
            share = np.float32(min(1.0, _LEVELS + 0.5 - level))
            right += sample(sources[0], *at) * share
            away += sample(sources[1], *at) * share
        return right, away, lost


class _Sight:
    """Where each column and row of the half-wide picture looks, for one view."""

    def __init__(self, view: View, columns: int) -> None:
        lens, pose = view.lens, view.pose
        self.view, self.zoom = view, pose.zoom
        self.index = image(np.arange(columns))
        pixel = self.index * 2 + 0.5
        self.across = image(((pixel - lens.width / 2) / pose.zoom + pose.x * lens.width) / lens.focal)
        metres = lens.nearest / lens.focal
        self.eye = max(0.2, lens.eye - pose.lift * lens.height * metres)
        self.x = pose.truck * lens.width * metres
        self.z = pose.dolly * lens.nearest

    def fall(self, rows: np.ndarray) -> Image:
        """Return how steeply, as a tangent, each row looks down."""
        below = (rows + 0.5 - self.view.horizon) / self.zoom
        return image(np.maximum(below, 0.4) / self.view.lens.focal)

    def depth(self, fall: Image) -> Image:
        """Return the distance in metres at which a line of sight meets the water."""
        return image(self.eye / fall)

    def ground(self, depth: Image, unit: float, turn: float) -> tuple[Image, Image]:
        """Return where lines of sight meet the water at `depth`, along axes turned by `turn`, in `unit` metres."""
        cos, sin = np.float32(math.cos(turn) / unit), np.float32(math.sin(turn) / unit)
        away = depth + np.float32(self.z)
        u = np.outer(depth * cos, self.across) + (away * sin + cos * np.float32(self.x))[:, None]
        v = (away * cos - sin * np.float32(self.x))[:, None]
        return image(u), image(v - np.outer(depth * sin, self.across) if turn else v)
