"""The sky: a gradient, the glow and disc of sun or moon, and drifting clouds; drawn at half resolution."""

import math
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.clouds import CloudVolume
from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.pixels import Image, image, paint_over, rgb, sample, smoothstep, warp
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.tone import luminance

_DENSITY: Final = 0.5
_WIND: Final = {"storm": 0.05, "overcast": 0.022}  # kilometres per second: faster than life, as a film would show it
_FARTHEST_DRIFT: Final = 0.55
_HIDDEN: Final = {"forest", "underwater"}  # places where no sky is seen: it has light and colour, but no clouds


Column = NDArray[np.float64]


class SkyLight(Protocol):
    """A light behind the clouds or within them."""

    def shine(self, picture: Image, t: float) -> None:
        """Add its light at `t` seconds to the sky above the horizon, or to its clouds."""


class Sky(Sheer):
    """The sky of a scene, wider than the frame. `seconds` is the length of the clip."""

    def __init__(self, scene: Scene, lens: Lens, light: Light, seconds: float) -> None:
        """Draw what stands still: the gradient, the glow, and the clouds as they are at first."""
        self.lens, self.light = lens, light
        self.left = -lens.reach_x * lens.width
        self.top = -lens.reach_y * lens.height
        columns = math.ceil((lens.width - 2 * self.left) * _DENSITY)
        rows = math.ceil((lens.horizon - self.top + 0.04 * lens.height) * _DENSITY) + 2
        self.u = image((np.arange(columns) + 0.5) / _DENSITY + self.left)
        self.v = image((np.arange(rows) + 0.5) / _DENSITY + self.top)
        across = (self.u - light.sun_x) / np.float32(lens.focal)
        down = (self.v - light.sun_y) / np.float32(lens.focal)
        self.from_sun = image(np.hypot(across[None, :], down[:, None]))
        self.clear = self._clear(image(np.hypot(across[None, :] / 1.7, down[:, None])), image(across))
        self._grow_clouds(scene, seconds)
        self.behind: list[SkyLight] = []
        self.within: list[SkyLight] = []

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the sky over the whole frame."""
        view, t, hidden = now.view, now.t, now.hidden
        height, width = canvas.shape[:2]
        rows = min(height, math.ceil(hidden))
        if rows <= 0:
            return
        # Below the horizon there is nothing but its own colour, for what little the land leaves open.
        low = max(1, min(rows, math.ceil(view.horizon) + 2))
        matrix = view.matrix(0, self.left, self.top, _DENSITY)
        canvas[:low] = warp(self.picture(t), matrix, width, low, border="edge")
        canvas[low:rows] = canvas[low - 1]

    def picture(self, t: float) -> Image:
        """Return the whole sky at half resolution."""
        out = self.clear.copy()
        for light in self.behind:
            light.shine(out[: self.cloud_rows], t)
        clouds = sample(self.clouds, image(self.x + self.drift * np.float32(t * self.wind)), self.y)
        for light in self.within:
            light.shine(clouds, t)
        paint_over(out[: self.cloud_rows], clouds)
        return out

    def clearness(self, u: Column, v: Column, t: float) -> Column:
        """Return how much of each reference point of the sky no cloud hides, 0 to 1."""
        row = np.clip((v - self.top) * _DENSITY, 0, self.cloud_rows - 1).astype(int)
        column = np.clip((u - self.left) * _DENSITY, 0, self.u.size - 1).astype(int)
        moved = column + self.drift[row, column] * (t * self.wind)
        at = np.clip(moved, 0, self.u.size - 1).astype(int)
        return np.asarray(1 - self.clouds[row, at, 3], np.float64)

    def horizon(self) -> Image:
        """Return the colours (columns, 3) of the clear sky just above the horizon, at the columns `u`."""
        row = min(self.clear.shape[0] - 1, max(0, int((self.lens.horizon - self.top) * _DENSITY) - 3))
        return image(self.clear[row, :, :3])

    def _grow_clouds(self, scene: Scene, seconds: float) -> None:
        lens = self.lens
        rise = (lens.horizon - self.v) / np.float32(lens.focal)
        self.cloud_rows = int((rise > 0).sum())
        rise = rise[: self.cloud_rows]
        across = (self.u - lens.width / 2) / np.float32(lens.focal)
        columns, rows = np.meshgrid(np.arange(self.u.size), np.arange(self.cloud_rows))
        self.x, self.y = image(columns), image(rows)
        if scene.place in _HIDDEN:
            self.clouds = np.zeros((*self.x.shape, 4), np.float32)
            self.drift, self.wind = np.zeros_like(self.x), 0.0
            return
        volume = CloudVolume(scene.seed, scene.cover, self.light)
        towards = image(np.exp(-self.from_sun[: self.cloud_rows] / 0.16))
        look = volume.look(image(across), image(rise), self.light, towards)
        self.clouds = self._hazed(look.picture, image(rise))
        wind = generator(scene.seed, "wind").uniform(0.6, 1.0) * _WIND.get(scene.cover, 0.014)
        self.wind = math.copysign(min(wind, _FARTHEST_DRIFT / seconds), float(self.light.towards[0]))
        self.drift = image(lens.focal * _DENSITY / np.maximum(look.distance, 1.5))

    def _hazed(self, clouds: Image, rise: Image) -> Image:
        """Return the clouds with the air between them and the eye."""
        far = np.clip(1 - rise / np.float32(0.26), 0, 1)[:, None, None] ** 2 * np.float32(0.7)
        behind = self.clear[: self.cloud_rows] * clouds[..., 3:]
        return image(clouds + (behind - clouds) * far)

    def _clear(self, wide: Image, across: Image) -> Image:
        lens, light = self.lens, self.light
        span = max(0.45 * lens.focal, lens.horizon)
        column = light.sky(image(np.clip((lens.horizon - self.v) / np.float32(span), 0, 1)))
        # Away from the sun the sky is a little darker.
        side = 0.8 + 0.2 * np.exp(-((across[None, :, None] / 0.7) ** 2))
        glow = 0.55 * np.exp(-wide / 0.11) + 0.8 * np.exp(-self.from_sun / 0.028)
        picture = column[:, None, :] * side + glow[..., None] * light.glow
        if light.disc:
            picture = picture + self._disc()[..., None] * self._disc_colour()
        return image(np.concatenate([picture, np.ones((*picture.shape[:2], 1))], -1))

    def _disc(self) -> Image:
        radius = 0.017
        edge = 1.2 / (self.lens.focal * _DENSITY)
        return 1 - smoothstep(radius - edge, radius + edge, self.from_sun)

    def _disc_colour(self) -> Image:
        light = self.light
        if light.lunar:
            return rgb(0.9, 0.95, 1.05)
        return image(light.glow * (14 / max(luminance(light.glow), 0.3)))
