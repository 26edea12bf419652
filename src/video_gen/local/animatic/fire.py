"""Fire: a campfire's flames and its light on what is near."""

from typing import Final

import numpy as np

from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import read_tile, seamless, spectral_tile, wander
from video_gen.local.animatic.pixels import Image, blur, four, image, recolour, resize, rgb, scale_light, smoothstep


class Fire(Sheer):
    """A campfire on the ground, `u` a share of the frame's width, `depth` metres away."""

    def __init__(self, lens: Lens, rng: np.random.Generator, *, u: float, depth: float) -> None:
        """Lay the fire."""
        self.lens, self.depth = lens, depth
        self.place = (u * lens.width, lens.row(depth))
        self.size = 1.15 * lens.focal / depth
        self.tiles = [seamless(spectral_tile(rng, 256, 1.7, low=3, high=70)) for _ in range(2)]
        self.flicker = wander(rng, 1.2, 6.0)
        self.x, self.y = (image(grid) for grid in np.meshgrid(np.linspace(-1, 1, 120), np.linspace(1.0, 0, 200)))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the light, then the flames."""
        view, t = now.view, now.t
        near = self.lens.nearness(self.depth)
        x, y = view.point(*self.place, near)
        size = self.size * view.scale(near)
        self._light(canvas, x, y - 0.3 * size, size, 0.9 + 0.16 * self.flicker(t))
        flames = recolour(resize(self._flames(t), max(4, round(size)), max(4, round(1.5 * size))), _RAMP)
        rows, columns = flames.shape[:2]
        left, top = round(x - columns / 2), round(y - rows)
        x0, x1 = max(0, left), min(canvas.shape[1], left + columns)
        y0, y1 = max(0, top), min(canvas.shape[0], top + rows)
        if x0 < x1 and y0 < y1:
            canvas[y0:y1, x0:x1] += flames[y0 - top : y1 - top, x0 - left : x1 - left]

    def _flames(self, t: float) -> Image:
        """Return (outer, middle, core) of the flames: noise that rises, narrower and thinner towards the top."""
        rise = np.float32(0.62 * t)
        sway = read_tile(self.tiles[0], self.x * np.float32(0.2), self.y * np.float32(0.5) - rise * np.float32(0.7))
        x = self.x + np.float32(0.22) * sway * self.y
        lick = read_tile(self.tiles[1], x * np.float32(0.42), self.y * np.float32(0.62) - rise)
        width = np.float32(0.62) * (1 - self.y) ** np.float32(0.7) + np.float32(0.06)
        body = 1 - (x / width) ** 2 - np.float32(0.55) * self.y + np.float32(0.42) * lick
        foot = smoothstep(0.0, 0.06, self.y)
        parts = [smoothstep(low, high, image(body)) * foot for low, high in ((0.10, 0.55), (0.42, 0.9), (0.72, 1.25))]
        return blur(image(np.stack(parts, -1)), 0.8)

    def _light(self, canvas: Image, x: float, y: float, size: float, power: float) -> None:
        """Light up what is near the fire."""
        height, width = canvas.shape[:2]
        rows, columns = max(2, height // 8), max(2, width // 8)
        across = ((np.arange(columns) + 0.5) * width / columns - x) / (3.6 * size)
        down = ((np.arange(rows) + 0.5) * height / rows - y) / (2.2 * size)
        gain = np.exp(-np.sqrt(across[None, :] ** 2 + down[:, None] ** 2) * 1.5) * power
        scale_light(canvas, image(gain), four(rgb(4.6, 2.3, 0.75)))


# From (outer, middle, core) of a flame to red, green, blue, coverage.
_RAMP: Final = image([[1.5, 2.8, 2.6], [0.22, 1.1, 2.0], [0.02, 0.12, 0.9], [0, 0, 0]])
