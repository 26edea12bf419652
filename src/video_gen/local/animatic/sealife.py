"""What lives in the water: weed that sways, and fish."""

import math
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.blue import Blue, clear
from video_gen.local.animatic.dots import lay_stamp, turn
from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.pixels import Image, blur, image, mix, paint_over, recolour
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour

_BITS: Final = 4


class Weeds(Sheer):
    """Ribbons of weed at the sides, near the camera, that sway."""

    def __init__(self, stage: Stage, index: int, blue: Blue) -> None:
        """Plant them."""
        rng = stage.rng(f"weeds {index}")
        lens = stage.lens
        self.lens, self.depth = lens, (7.5, 5.2)[index]
        side = 1 if (stage.scene.seed + index) % 2 else -1
        middle = 0.5 + side * (0.36, 0.46)[index]
        self.foot = [(middle + rng.normal(0, 0.055)) * lens.width for _ in range(13)]
        self.tall = rng.uniform(0.22, 0.52, 13) * lens.height * (1, 1.25)[index]
        self.phase = rng.uniform(0, math.tau, (13, 2))
        left_over = clear(self.depth)
        tint = mix(colour("5a7a34"), colour("8a6a34"), 0.4) * blue.light * left_over * np.float32(0.7)
        self.tint, self.haze = image(tint), blue.haze(self.depth)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the ribbons, bent by the swell."""
        view, t = now.view, now.t
        lens = self.lens
        near = lens.nearness(self.depth)
        base = lens.row(self.depth) + 0.03 * lens.height
        scale, x, y = view.place(near)
        outlines = [self._ribbon(k, base, t) * scale + (x, y) for k in range(len(self.foot))]
        low = np.floor(np.min([outline.min(axis=0) for outline in outlines], axis=0)).astype(int) - 2
        high = np.ceil(np.max([outline.max(axis=0) for outline in outlines], axis=0)).astype(int) + 2
        (left, top), (right, bottom) = np.maximum(low, 0), np.minimum(high, canvas.shape[1::-1])
        if left >= right or top >= bottom:
            return
        mask = np.zeros((bottom - top, right - left, 2), np.uint8)
        for k, outline in enumerate(outlines):
            points = np.round((outline - (left, top)) * 16).astype(np.int32)
            cv2.fillPoly(mask, [points], (90.0 + 10 * ((k * 37) % 10), 255.0), cv2.LINE_AA, _BITS)
        stamp = image(mask) / np.float32(255)
        lit = recolour(stamp, image([*zip(self.tint, self.haze, strict=True), (0.0, 1.0)]))
        paint_over(canvas[top:bottom, left:right], lit)

    def _ribbon(self, k: int, base: float, t: float) -> np.ndarray:
        """Return the outline of a ribbon in reference pixels (n, 2), bent by the swell."""
        a, b = self.phase[k]
        share = np.linspace(0, 1, 22)
        sway = 0.10 * np.sin(a + 0.9 * t - 2.6 * share) + 0.035 * np.sin(b + 1.7 * t - 5 * share)
        u = self.foot[k] + sway * share**1.3 * self.tall[k] * 1.6
        v = base - share * self.tall[k]
        half = (0.030 * (1 - share) ** 0.6 + 0.004) * self.tall[k] * (1 + 0.25 * np.sin(share * 40 + a))
        return np.vstack([np.stack([u - half, v], -1), np.stack([u + half, v], -1)[::-1]])


class School(Sheer):
    """Fish that swim together."""

    def __init__(self, stage: Stage, index: int, depth: float, blue: Blue) -> None:
        """Gather them."""
        rng = stage.rng(f"school {index}")
        count = 26 if stage.scene.has("fish") else 13
        self.lens, self.depth = stage.lens, depth
        self.heading = 1 if rng.random() < 0.5 else -1
        self.place = rng.normal(0, 1, (count, 2)) * (0.12, 0.045)
        self.middle = (0.5 - self.heading * rng.uniform(0.05, 0.25), rng.uniform(0.30, 0.48))
        self.phase, self.size = rng.uniform(0, math.tau, (count, 2)), rng.uniform(0.7, 1.2, count)
        left_over = clear(depth)
        body = colour(("ffc24a", "e8eef2", "ff8a4c")[int(rng.integers(3))]) * blue.light * left_over * np.float32(0.9)
        self.frames = [_fish(bend, image(body), blue.haze(depth)) for bend in np.linspace(-1, 1, 9)]

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the fish."""
        view, t = now.view, now.t
        lens = self.lens
        near = lens.nearness(self.depth)
        for k in range(self.size.size):
            a, b = self.phase[k]
            u = (
                self.middle[0] + self.place[k, 0] + self.heading * 0.02 * t + 0.012 * math.sin(a + 0.5 * t)
            ) * lens.width
            v = (self.middle[1] + self.place[k, 1] + 0.014 * math.sin(b + 0.7 * t)) * lens.height
            x, y = view.point(u, v, near)
            bend = math.sin(a + 8.5 * t)
            stamp = self.frames[round((bend + 1) * 4)]
            scale = 0.34 * lens.focal / self.depth * self.size[k] / 100 * view.scale(near)
            tilt = 0.10 * math.cos(b + 0.7 * t) * self.heading
            matrix, reach = turn(stamp, x, y, tilt, scale * self.heading, scale)
            lay_stamp(canvas, stamp, matrix, x, y, abs(reach) + 2)


def _fish(bend: float, tint: Image, haze: Image) -> Image:
    """Return a fish that swims to the right, its tail bent."""
    mask = np.zeros((64, 130, 2), np.uint8)
    at = np.linspace(0, 1, 30)
    spine = 32 + bend * 5 * (1 - at) ** 2
    half = 17 * np.sin(np.pi * at**0.75) ** 0.8
    top = np.stack([18 + at * 104, spine - half], -1)
    bottom = np.stack([18 + at * 104, spine + half * 0.9], -1)[::-1]
    body = np.round(np.vstack([top, bottom]) * 16).astype(np.int32)
    tail = np.array([(26, spine[0]), (2, spine[0] - 15 + bend * 4), (9, spine[0]), (2, spine[0] + 15 + bend * 4)])
    cv2.fillPoly(mask, [np.round(tail * 16).astype(np.int32)], (120.0, 255.0), cv2.LINE_AA, _BITS)
    cv2.fillPoly(mask, [body], (170.0, 255.0), cv2.LINE_AA, _BITS)
    shade = np.clip(1.45 - np.arange(64) / 34, 0.35, 1.3)[:, None].astype(np.float32)
    stamp = image(mask) / np.float32(255)
    stamp[..., 0] *= shade
    return recolour(blur(stamp, 0.8), image([*zip(tint, haze, strict=True), (0.0, 1.0)]))
