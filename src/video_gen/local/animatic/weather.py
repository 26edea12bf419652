"""Weather that changes the light: banks of mist, and lightning."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.noise import generator, spectral_tile
from video_gen.local.animatic.pixels import Image, add_light, blur, four, image, rgb, row_of, veil, warp
from video_gen.local.animatic.sky import Sky

_TILE: Final = 512
_FLASH: Final = 0.55


class Mist(Sheer):
    """A bank of mist that drifts: `row` is its middle and `thick` its half height, shares of the frame's height."""

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        row: float,
        thick: float,
        near: float,
        colour: Image,
        dense: float,
    ) -> None:
        """Spin the mist."""
        noise = spectral_tile(rng, _TILE, 1.9, low=1, high=60)
        self.tile = image(np.clip(0.5 + 0.42 * noise, 0, 1) * np.float32(dense))
        self.row, self.thick, self.near = row, thick, near
        self.colour = colour
        self.speed = float(rng.uniform(0.006, 0.014)) * (1 if rng.random() < 0.5 else -1)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Lay the bank over what is there."""
        view, t = now.view, now.t
        height, width = canvas.shape[:2]
        middle = view.point(0, self.row * view.lens.height, self.near)[1]
        thick = self.thick * view.lens.height * view.scale(self.near)
        top, bottom = max(0, math.floor(middle - 2 * thick)), min(height, math.ceil(middle + 2 * thick))
        if top >= bottom:
            return
        scale, x, y = view.place(self.near)
        stretch_x, stretch_y = width / _TILE * 1.6 * scale, width / _TILE * 0.34 * scale
        drift = self.speed * width * t
        matrix = np.array([[stretch_x, 0, x + drift], [0, stretch_y, y - top]], np.float32)
        cover = warp(self.tile, matrix, width, bottom - top, border="wrap")
        away = (np.arange(top, bottom) + 0.5 - middle) / thick
        cover *= image(np.exp(-(away**2) * 1.6))[:, None]
        veil(canvas[top:bottom], cover, self.colour)


@dataclass(frozen=True, slots=True)
class Strike:
    """One lightning: when it begins, in seconds, and where, as a share of the frame's width."""

    at: float
    x: float
    power: float

    def light(self, t: float) -> float:
        """Return its brightness at `t`: a flash, a second one, and afterglow."""
        age = t - self.at
        if not 0 <= age < 3 * _FLASH:
            return 0.0
        again = 0.8 * math.exp(-(((age - 0.16) / 0.05) ** 2))
        return self.power * (math.exp(-age / 0.09) + again + 0.25 * math.exp(-age / 0.35)) * min(1.0, age * 60 + 0.3)


def strikes(seed: int, seconds: float) -> list[Strike]:
    """Return the lightning of a clip; sound and picture agree on it."""
    rng = generator(seed, "lightning")
    found, at = [], float(rng.uniform(0.35, 0.9)) * min(1.0, seconds / 3)
    while at < seconds:
        found.append(Strike(at, float(rng.uniform(0.15, 0.85)), float(rng.uniform(0.6, 1.0))))
        at += float(rng.uniform(1.6, 3.6))
    return found


class Lightning(Sheer):
    """Bolts from the clouds, and their light on cloud and land."""

    def __init__(self, sky: Sky, seed: int, seconds: float) -> None:
        """Branch the bolts."""
        self.sky = sky
        self.strikes = strikes(seed, seconds)
        rng = generator(seed, "bolts")
        height = round(sky.lens.horizon * 0.86)
        self.bolts = [_bolt(rng, max(24, height)) for _ in range(min(4, len(self.strikes)))]

    def shine(self, picture: Image, t: float) -> None:
        """Light the clouds from within."""
        sky = self.sky
        for strike in self.strikes:
            power = strike.light(t)
            if power > 0.01:
                x = (sky.u - strike.x * sky.lens.width) / (0.34 * sky.lens.width)
                y = (sky.v[: picture.shape[0]] - 0.16 * sky.lens.height) / (0.4 * sky.lens.height)
                near = np.exp(-(x[None, :] ** 2) - y[:, None] ** 2) * 1.1 + 0.12
                picture[..., :3] *= image(1 + 2.6 * power * near)[..., None]
                picture[..., :3] += (picture[..., 3] * image(power * near * 0.16))[..., None] * rgb(0.75, 0.82, 1.1)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the bolt, right after the sky."""
        view, t = now.view, now.t
        for index, strike in enumerate(self.strikes):
            power = strike.light(t) * max(0.0, 1 - (t - strike.at) / _FLASH)
            if power < 0.02:
                continue
            bolt = self.bolts[index % len(self.bolts)]
            left = strike.x * view.lens.width - bolt.shape[1] / 2
            matrix = view.matrix(0, left, view.lens.horizon - bolt.shape[0] * 0.98, 1.0)
            light = warp(bolt, matrix, canvas.shape[1], min(canvas.shape[0], math.ceil(view.horizon) + 1))
            add_light(canvas[: light.shape[0]], light, four(rgb(2.6, 2.9, 3.6) * np.float32(power)))


class Flash(Sheer):
    """The light that lightning throws on everything below the sky."""

    def __init__(self, found: list[Strike]) -> None:
        """Keep the lightning's times."""
        self.strikes = found

    def draw(self, canvas: Image, now: Moment) -> None:
        """Brighten the land."""
        view, t = now.view, now.t
        power = sum(strike.light(t) for strike in self.strikes)
        if power > 0.01:
            first = int(np.clip(view.horizon, 0, canvas.shape[0]))
            gain = image([1 + 0.45 * power, 1 + 0.5 * power, 1 + 0.65 * power, 1])
            canvas[first:] *= row_of(gain, canvas.shape[1])


def _bolt(rng: np.random.Generator, height: int) -> Image:
    """Return a branching bolt with its glow, single channel."""
    width = height
    mask = np.zeros((height, width), np.uint8)
    _branch(mask, rng, (width / 2, 0.0), height, 255, max(1, round(height / 210)))
    core = image(mask) / np.float32(255)
    glow = blur(core, height / 60, border="clear") * np.float32(1.6) + blur(core, height / 16, border="clear")
    return image(np.clip(core * 3 + glow, 0, 6))


def _branch(
    mask: np.ndarray, rng: np.random.Generator, start: tuple[float, float], bottom: float, level: int, wide: int
) -> None:
    x, y = start
    lean = float(rng.normal(0, 0.25))
    step = bottom / 34
    while y < bottom and level > 40:
        end = (x + (lean + float(rng.normal(0, 0.75))) * step, y + step * float(rng.uniform(0.6, 1.3)))
        cv2.line(
            mask, (round(x * 16), round(y * 16)), (round(end[0] * 16), round(end[1] * 16)), level, wide, cv2.LINE_AA, 4
        )
        if rng.random() < 0.16:
            _branch(
                mask, rng, end, y + (bottom - y) * float(rng.uniform(0.25, 0.6)), int(level * 0.5), max(1, wide - 1)
            )
        x, y = end
