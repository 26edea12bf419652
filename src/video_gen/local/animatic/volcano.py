"""What rises from a volcano: smoke that billows, lit from below, and the glow of the crater."""

import math
from typing import Final

import numpy as np

from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.noise import read_tile, seamless, spectral_tile, wander
from video_gen.local.animatic.pixels import add_light, blur, four, image, paint_over, rgb, smoothstep, warp
from video_gen.local.animatic.stage import Stage

_DEPTH: Final = 10_000.0
_SUMMIT: Final = 0.335  # above the horizon, as a share of the lens's rise
_COLUMNS: Final = 260
_ROWS: Final = 220


class Plume(Sheer):
    """Smoke above the crater; with `glow`, the light behind it instead."""

    def __init__(self, stage: Stage, *, glow: bool = False) -> None:
        """Work out the plume's shape and light."""
        rng = stage.rng("plume")
        lens = stage.lens
        self.glow = glow
        self.top = (lens.width / 2, lens.horizon - _SUMMIT * lens.rise)
        self.near = lens.nearness(_DEPTH)
        self.size = 0.95 * lens.rise
        self.tiles = [seamless(spectral_tile(rng, 256, 1.8, low=2, high=90)) for _ in range(2)]
        self.pulse = wander(rng, 0.4, 2.2)
        self.lean = 0.5 * (1 if rng.random() < 0.5 else -1)
        self.x, self.y = (image(grid) for grid in np.meshgrid(np.linspace(-1, 1, _COLUMNS), np.linspace(1, 0, _ROWS)))
        self.ash = image(stage.light.fill * np.float32(0.55) + stage.light.sun * np.float32(0.16) + np.float32(0.004))

    def draw(self, canvas: np.ndarray, now: Moment) -> None:
        """Draw the smoke, or the glow."""
        x, y = now.view.point(*self.top, self.near)
        if self.glow:
            self._shine(canvas, x, y, now)
            return
        t = now.t
        rise, size = np.float32(0.055 * t), self.size * now.view.scale(self.near)
        drift = self.x - np.float32(self.lean) * self.y ** np.float32(1.4)
        push = read_tile(self.tiles[0], drift * np.float32(0.35), self.y * np.float32(0.5) - rise * np.float32(0.6))
        puff = read_tile(self.tiles[1], (drift + 0.12 * push) * np.float32(0.55), self.y * np.float32(0.8) - rise)
        width = np.float32(0.05) + np.float32(0.42) * self.y ** np.float32(0.75)
        body = 1 - (drift / width) ** 2 + np.float32(0.55) * puff + np.float32(0.2) * push
        fade = smoothstep(1.0, 0.55, self.y) * smoothstep(0.0, 0.03, self.y)
        cover = smoothstep(0.25, 1.0, image(body)) * fade * np.float32(0.93)
        shade = np.clip(0.85 + 0.4 * puff, 0.25, 1.7)
        fire = (
            np.exp(-self.y / np.float32(0.16))
            * np.float32(1.0 + 0.25 * self.pulse(t))
            * np.clip(0.7 + 0.5 * puff, 0, 2)
        )
        light = shade[..., None] * self.ash + fire[..., None] * rgb(1.5, 0.33, 0.05)
        smoke = blur(image(np.concatenate([light * cover[..., None], cover[..., None]], -1)), 0.8)
        scale_x, scale_y = 1.7 * size / _COLUMNS, size / _ROWS
        last = min(canvas.shape[0], max(1, math.ceil(y + 0.05 * size)))
        first, stop = max(0, math.floor(x - 0.85 * size)), min(canvas.shape[1], math.ceil(x + 0.85 * size))
        if first < stop:
            matrix = np.array([[scale_x, 0, x - 0.85 * size - first], [0, scale_y, y - 0.98 * size]], np.float32)
            paint_over(canvas[:last, first:stop], warp(smoke, matrix, stop - first, last))

    def _shine(self, canvas: np.ndarray, x: float, y: float, now: Moment) -> None:
        height, width = canvas.shape[:2]
        rows, columns = max(2, height // 8), max(2, width // 8)
        across = ((np.arange(columns) + 0.5) * width / columns - x) / (0.5 * self.size)
        down = ((np.arange(rows) + 0.5) * height / rows - y) / (0.36 * self.size)
        glow = np.exp(-2.2 * np.sqrt(across[None, :] ** 2 + down[:, None] ** 2)) * (1 + 0.12 * self.pulse(now.t))
        add_light(canvas, image(glow), four(rgb(0.75, 0.17, 0.03)))
