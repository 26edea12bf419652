"""Water: waves that mirror what stands above the horizon; drawn at half the frame's horizontal resolution."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.layer import Moment
from video_gen.local.animatic.lens import Lens, View
from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import pyramid, read_tile
from video_gen.local.animatic.pixels import (
    Image,
    blur,
    channel,
    four,
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
        levels = [pyramid(tile.slopes(t), _LEVELS) for tile in self.tiles]
        sight = _Sight(view, (width + 1) // 2)
        haze = mirror[-1:].mean(axis=0, keepdims=True) * 0.5 + mirror[-1:] * 0.5
        top = first
        while top < last:
            # Distance, and with it the detail that can be seen, changes fast near the horizon and slowly near the eye.
            stop = min(last, top + min(64, max(_SHORTEST_BAND, (top - first) // 2)))
            canvas[top:stop] = self._rows(np.arange(top, stop), sight, levels, mirror, image(haze), width)
            top = stop

    def _mirror(self, canvas: Image, view: View, edge: int) -> Image:
        """Return what is above the water's far edge at half size, a little blurred upwards as waves do."""
        edge = max(8, edge)
        small = resize(canvas[:edge], (canvas.shape[1] + 1) // 2, max(4, edge // 2))
        small = blur(np.minimum(small, np.float32(9)), 1.0, self.surface.smear)
        self._add_lamp(small, view, edge)
        return small

    def _add_lamp(self, mirror: Image, view: View, edge: int) -> None:
        """Add the sun as rough water shows it: a tall soft lobe, which becomes the glittering path."""
        if not self.light.disc:
            return
        lens = self.lens
        x, y = view.point(self.light.sun_x, self.light.sun_y)
        reach = lens.focal * view.pose.zoom / 2
        across = (np.arange(mirror.shape[1]) - x / 2) / (0.020 * reach)
        down = (np.arange(mirror.shape[0]) - y / 2 * mirror.shape[0] * 2 / edge) / (0.085 * reach)
        lobe = np.outer(np.exp(-0.5 * down**2), np.exp(-0.5 * across**2))
        lobe += np.outer(np.exp(-0.125 * down**2), 0.22 * np.exp(-across * across / 32))
        glow = self.light.sun * np.float32(3.2 if self.light.lunar else 2.6)
        mirror += tinted(image(lobe), four(glow))

    def _rows(
        self, rows: np.ndarray, sight: "_Sight", levels: list[list[Image]], mirror: Image, haze: Image, width: int
    ) -> Image:
        fall = sight.fall(rows)
        depth = sight.depth(fall)
        slope, lost = self._slopes(depth, sight, levels)
        right, away = channel(slope, 0), channel(slope, 1)
        # The mirrored line of sight rises by twice the slope; folded softly, for it cannot run into the water.
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
        y = np.float32(mirror.shape[0] - 1 + 0.5 * shore) - rise * np.float32(sight.zoom * self.lens.focal * 0.5)
        seen = sample(mirror, image(x), image(y))
        clear = np.exp(-depth / np.float32(self.surface.clear))[:, None]
        shine = self._shine(glance)
        body = row_of(self.body, seen.shape[1])
        seen -= body
        seen *= spread(image(shine * clear))
        seen += (haze - body) * (1 - clear[..., None])
        seen += body
        if self.surface.foam:
            self._break(seen, slope, depth)
        return resize(seen, width, rows.size)

    def _break(self, seen: Image, slope: Image, depth: Image) -> None:
        """Whiten the water where it is steepest."""
        steep = slope[..., 0] ** 2 + slope[..., 1] ** 2
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

    def _slopes(self, depth: Image, sight: "_Sight", levels: list[list[Image]]) -> tuple[Image, float]:
        """Return the surface's slopes for rows at `depth`, and the variance of those too small to be seen there.

        Far rows read a coarser level.
        """
        total, lost = np.zeros((depth.size, sight.across.size, 2), np.float32), 0.0
        cos, sin = math.cos(_TURN), math.sin(_TURN)
        along = sight.across[None, :] * depth[:, None] + np.float32(sight.x)
        away = (depth + np.float32(sight.z))[:, None]
        middle = float(depth[depth.size // 2])
        for (tile, stack), turned in zip(zip(self.tiles, levels, strict=True), (False, True), strict=True):
            u, v = (
                (along * cos + away * sin, away * cos - along * sin)
                if turned
                else (along, np.broadcast_to(away, along.shape))
            )
            # Between the width of a pixel and its length on the ground, which grows much faster.
            footprint = (middle / self.lens.focal) ** 0.55 * (middle**2 / self.lens.focal / self.lens.eye) ** 0.45
            level = math.log2(max(1.0, footprint / tile.metres * 256))
            lost += self.surface.sea.steep**2 * min(1.0, level / _LEVELS) * 0.8
            if level > _LEVELS + 0.5:
                continue
            source = stack[min(_LEVELS - 1, int(level))]
            read = read_tile(source, u / np.float32(tile.metres), v / np.float32(tile.metres))
            total += read * np.float32(min(1.0, max(0.0, _LEVELS + 0.5 - level)))
        return total, lost


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
