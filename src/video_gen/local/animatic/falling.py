"""What falls: rain, snow, leaves and petals."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.dots import lay_dot, lay_stamp, turn
from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.pixels import Image, blur, image
from video_gen.local.animatic.tone import colour
from video_gen.local.pixels import as_bytes

_BITS: Final = 4


class Rain(Sheer):
    """Rain as streaks: the farther, the shorter and fainter. `shutter` is how long, in seconds, each frame sees."""

    def __init__(
        self, rng: np.random.Generator, width: int, height: int, *, light: Image, shutter: float, heavy: bool
    ) -> None:
        """Scatter the drops."""
        self.width, self.height = width, height
        self.shutter = min(max(shutter, 1 / 90), 1 / 20)
        area = width * height / (1280 * 720)
        count = round((620 if heavy else 360) * math.sqrt(area) * max(1.0, area**0.5))
        self.place = rng.random((count, 2))
        self.near = np.sort(rng.beta(1.1, 2.6, count)) * 0.9 + 0.1
        self.lean = rng.uniform(-0.12, 0.12) * (2.4 if heavy else 1.0)
        # The light of each of the 256 levels of a mask.
        self.light = np.outer(np.arange(256) / 255, [*light, 0]).astype(np.float32)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the drops over everything."""
        view, t = now.view, now.t
        tall = self.height
        speed = self.near * 2.6 * tall + 0.7 * tall
        length = speed * self.shutter
        span = tall * 1.5
        y = (self.place[:, 1] * span + speed * t) % span - 0.25 * tall
        x = (self.place[:, 0] * (1.4 * self.width) + self.lean * speed * t - view.pose.x * self.width * self.near) % (
            1.4 * self.width
        ) - 0.2 * self.width
        ends = np.stack([x, y, x + self.lean * length, y + length], -1)
        fixed = np.round(ends * (1 << _BITS)).astype(np.int32).reshape(-1, 2, 2)
        mask = np.zeros((self.height, self.width), np.uint8)
        steps = np.searchsorted(self.near, (0.35, 0.62))
        for group, level, thick in zip(np.split(fixed, steps), (38, 62, 84), (1, 1, 2), strict=True):
            wide = max(1, round(thick * self.height / 900))
            cv2.polylines(
                mask, list(group), isClosed=False, color=level, thickness=wide, lineType=cv2.LINE_AA, shift=_BITS
            )
        # Few pixels are wet: only those are touched.
        soft = as_bytes(cv2.GaussianBlur(mask, (3, 3), 0.6)).ravel()
        wet = np.flatnonzero(soft != 0)
        pixels = canvas.reshape(-1, 4)
        lit = pixels.take(wet, axis=0)
        lit += self.light.take(soft.take(wet), axis=0)
        pixels[wet] = lit


class Snow(Sheer):
    """Falling snow."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, *, light: Image, heavy: bool) -> None:
        """Scatter the flakes."""
        self.width, self.height = width, height
        count = round((420 if heavy else 240) * max(0.6, math.sqrt(width * height / (1280 * 720))))
        self.place = rng.random((count, 2))
        self.near = np.sort(rng.beta(0.9, 3.2, count))
        self.sway = rng.uniform(0, math.tau, (count, 2))
        self.pace = rng.uniform(0.75, 1.25, count)
        self.wind = float(rng.uniform(-0.05, 0.05)) * (2.5 if heavy else 1)
        self.colour = np.array([*(light * 0.95), 0], np.float32)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the flakes over everything."""
        view, t = now.view, now.t
        tall, wide = self.height, self.width
        unit = min(tall, wide) / 720
        speed = (0.05 + 0.24 * self.near) * self.pace * tall
        y = (self.place[:, 1] * 1.2 * tall + speed * t) % (1.2 * tall) - 0.1 * tall
        swing = np.sin(self.sway[:, 0] + t * self.pace * 0.9) + 0.5 * np.sin(self.sway[:, 1] + t * 2.1 * self.pace)
        drift = self.wind * wide * (0.4 + self.near) * t + swing * (4 + 16 * self.near) * unit
        slide = view.pose.x + view.pose.truck
        x = (self.place[:, 0] * 1.2 * wide + drift - slide * wide * (0.4 + self.near)) % (1.2 * wide) - 0.1 * wide
        radius = (0.7 + 4.6 * self.near**1.6) * unit
        cover = np.clip(0.9 - 0.75 * self.near, 0.22, 0.9)
        for px, py, r, c in zip(x.tolist(), y.tolist(), radius.tolist(), cover.tolist(), strict=True):
            lay_dot(canvas, px, py, r, self.colour, c)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A kind of leaf: its outline (points within -1..1), its colours."""

    outline: tuple[tuple[float, float], ...]
    colours: tuple[str, ...]


_LEAF: Final = _Sheet(
    ((0, -1), (0.3, -0.62), (0.52, -0.1), (0.4, 0.4), (0.08, 0.78), (0.05, 1), (-0.05, 1), (-0.08, 0.78), (-0.4, 0.4),
     (-0.52, -0.1), (-0.3, -0.62)),
    ("c8642a", "d9962f", "b2402a", "c4852f", "a8742c"),
)  # fmt: skip
_PETAL: Final = _Sheet(
    ((0, -0.8), (0.16, -0.92), (0.46, -0.5), (0.5, 0), (0.3, 0.5), (0, 0.8), (-0.3, 0.5), (-0.5, 0), (-0.46, -0.5),
     (-0.16, -0.92)),
    ("f3c3cd", "eeb0bf", "f8dce0"),
)  # fmt: skip


class Leaves(Sheer):
    """Leaves or petals that tumble down."""

    def __init__(
        self, rng: np.random.Generator, width: int, height: int, *, light: Image, petals: bool, count: int = 64
    ) -> None:
        """Scatter the leaves."""
        self.width, self.height = width, height
        kind = _PETAL if petals else _LEAF
        self.stamps = [_leaf_stamp(kind, colour(name) * light * np.float32(1.5)) for name in kind.colours]
        self.size = 0.55 if petals else 1.0
        self.place = rng.random((count, 2))
        self.near = np.sort(rng.beta(0.8, 2.4, count))
        self.phase = rng.uniform(0, math.tau, (count, 3))
        self.pace = rng.uniform(0.7, 1.4, count)
        self.wind = float(rng.uniform(0.02, 0.06)) * (1 if rng.random() < 0.5 else -1)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the leaves over everything."""
        view, t = now.view, now.t
        tall, wide, unit = self.height, self.width, min(self.height, self.width) / 720
        speed = (0.045 + 0.13 * self.near) * self.pace * tall
        y = (self.place[:, 1] * 1.3 * tall + speed * t) % (1.3 * tall) - 0.15 * tall
        swing = np.sin(self.phase[:, 0] + 1.5 * self.pace * t)
        slide = (view.pose.x + view.pose.truck) * wide * (0.4 + self.near)
        x = self.place[:, 0] * 1.3 * wide + self.wind * wide * t * (0.5 + self.near) - slide
        x = (x + swing * (14 + 46 * self.near) * unit) % (1.3 * wide) - 0.15 * wide
        spin = self.phase[:, 1] + 0.9 * swing + 0.7 * self.pace * t
        flip = np.cos(self.phase[:, 2] + 2.3 * self.pace * t)
        size = (3.4 + 17 * self.near**1.5) * unit * self.size
        for k in range(x.size):
            stamp = self.stamps[k % len(self.stamps)]
            scale = float(size[k]) / 32
            matrix, reach = turn(stamp, x[k], y[k], float(spin[k]), scale * max(0.16, abs(float(flip[k]))), scale)
            lay_stamp(canvas, stamp, matrix, float(x[k]), float(y[k]), reach)


def _leaf_stamp(kind: _Sheet, tint: Image) -> Image:
    """Return a leaf 64 pixels high, a little lighter along its middle."""
    mask = np.zeros((72, 72), np.uint8)
    points = np.array([(36 + x * 32, 36 + y * 32) for x, y in kind.outline])
    cv2.fillPoly(mask, [np.round(points * (1 << _BITS)).astype(np.int32)], 255, cv2.LINE_AA, _BITS)
    cover = blur(image(mask) / np.float32(255), 0.8)
    across = np.abs(np.arange(72, dtype=np.float32) - 36) / 20
    shade = (1.15 - 0.5 * np.clip(across, 0, 1))[None, :, None]
    return image(np.concatenate([cover[..., None] * tint * shade, cover[..., None]], -1))
