"""Lights behind the clouds: stars, the Milky Way, shooting stars, aurora."""

import math
from typing import Final

import numpy as np

from video_gen.local.animatic.dots import add_dot
from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.noise import fractal, wander
from video_gen.local.animatic.pixels import Image, blur, enlarge, image, rgb, smoothstep
from video_gen.local.animatic.sky import Sky

_TINTS: Final = ((0.75, 0.85, 1.15), (1.0, 1.0, 1.0), (1.15, 0.98, 0.8), (0.85, 0.92, 1.1))


class Stars(Sheer):
    """Bright stars that twinkle; the faint ones are painted into the sky once."""

    def __init__(self, sky: Sky, rng: np.random.Generator, strength: float) -> None:
        """Scatter them, and paint the faint ones."""
        self.sky = sky
        width, height = sky.u[-1] - sky.u[0], sky.lens.horizon - sky.v[0]
        area = width * height / (1280 * 720)
        self._dust(rng, round(2600 * area), strength)
        count = round(210 * area)
        self.u = rng.uniform(sky.u[0], sky.u[-1], count)
        self.v = sky.v[0] + rng.beta(1.0, 1.25, count) * height
        self.power = (rng.pareto(2.2, count) * 0.35 + 0.25).clip(0, 2.6) * strength
        self.phase, self.rate = rng.uniform(0, math.tau, count), rng.uniform(1.5, 5, count)
        self.tint = np.array(_TINTS, np.float32)[rng.integers(0, len(_TINTS), count)]

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the bright stars where no cloud is."""
        view, t, hidden = now.view, now.t, now.hidden
        unit = view.lens.unit
        clear = self.sky.clearness(self.u, self.v, t)
        for k in np.flatnonzero(clear > 0.05):
            x, y = view.point(float(self.u[k]), float(self.v[k]))
            if y > hidden:
                continue
            twinkle = 0.8 + 0.2 * math.sin(self.phase[k] + self.rate[k] * t)
            low = min(1.0, max(0.0, (view.lens.horizon - self.v[k]) / (0.2 * view.lens.height)))
            light = self.tint[k] * np.float32(self.power[k] * twinkle * clear[k] * low)
            add_dot(canvas, x, y, max(0.62, 0.75 * unit), np.array([*light, 0], np.float32) * np.float32(1.5))
            if self.power[k] > 1:
                add_dot(canvas, x, y, 3.4 * unit, np.array([*light, 0], np.float32) * np.float32(0.06))

    def _dust(self, rng: np.random.Generator, count: int, strength: float) -> None:
        rows, columns = self.sky.clear.shape[:2]
        y = (rng.beta(1.0, 1.3, count) * (rows - 2)).astype(int)
        x = rng.integers(0, columns - 1, count)
        low = np.clip((self.sky.lens.horizon - self.sky.v[y]) / (0.25 * self.sky.lens.height), 0, 1)
        light = rng.pareto(2.6, count).clip(0, 4) * 0.16 * strength * low
        self.sky.clear[y, x, :3] += image(light)[:, None] * rgb(0.9, 0.95, 1.1)


def paint_milky_way(sky: Sky, rng: np.random.Generator) -> None:
    """Paint the band of the galaxy into the sky."""
    rows, columns = sky.clear.shape[:2]
    x, y = np.meshgrid(np.arange(columns) / rows, np.arange(rows) / rows)
    angle = rng.uniform(0.75, 1.05) * (1 if rng.random() < 0.5 else -1)
    middle = columns / rows * rng.uniform(0.42, 0.58)
    across = (x - middle) * math.sin(angle) + (y - 0.45) * math.cos(angle) * np.sign(angle)
    along = (x - middle) * math.cos(angle) - (y - 0.45) * math.sin(angle)
    bend = fractal(rng, columns, rows, 5, 6, 0.55)
    lanes = fractal(rng, columns, rows, 9, 7, 0.6)
    across = across + 0.05 * bend
    band = np.exp(-((across / 0.17) ** 2)) * (0.75 + 0.5 * bend)
    core = np.exp(-((across / 0.08) ** 2) - ((along / 0.5) ** 2))
    rift = smoothstep(0.05, 0.32, image(lanes + 0.5 * np.exp(-((across / 0.05) ** 2)) - 0.25))
    glow = np.clip(band, 0, None) * (1 - 0.72 * rift)
    low = np.clip((sky.lens.horizon - sky.v) / (0.4 * sky.lens.height), 0, 1)[:, None, None]
    light = glow[..., None] * rgb(0.085, 0.092, 0.13) + (core * (1 - 0.6 * rift))[..., None] * rgb(0.16, 0.12, 0.10)
    sky.clear[..., :3] += image(light * low)
    grains = (rng.random((rows, columns)) < 0.03 * np.clip(glow + core, 0, 1.4)) * rng.pareto(
        2.5, (rows, columns)
    ).clip(0, 3)
    sky.clear[..., :3] += image((grains * 0.13)[..., None] * rgb(0.95, 0.97, 1.05) * low)


class ShootingStar(Sheer):
    """A meteor every few seconds."""

    def __init__(self, rng: np.random.Generator, seconds: float) -> None:
        """Choose when and where."""
        first = rng.uniform(0.25, 0.5) * min(seconds, 6)
        self.times = [first + k * 6.5 for k in range(max(1, int((seconds - first) / 6.5) + 1))]
        self.starts = rng.uniform((0.15, 0.06), (0.75, 0.25), (len(self.times), 2))
        self.angles = rng.uniform(0.25, 0.6, len(self.times))
        self.sides = rng.choice((-1, 1), len(self.times))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the streak while it lasts."""
        view, t = now.view, now.t
        for start, at, angle, side in zip(self.times, self.starts, self.angles, self.sides, strict=True):
            age = (t - start) / 0.9
            if not 0 < age < 1:
                continue
            lens = view.lens
            length = 0.34 * lens.width
            for k in range(60):
                share = age - k * 0.0052
                if not 0 < share < 1:
                    continue
                u = at[0] * lens.width + side * math.cos(angle) * share * length
                v = at[1] * lens.height + math.sin(angle) * share * length
                x, y = view.point(u, v)
                power = (1 - k / 60) ** 2 * math.sin(math.pi * age) * 1.1
                light = np.array([power, power * 1.05, power * 1.2, 0], np.float32)
                add_dot(canvas, x, y, (1.5 - 0.9 * k / 60) * lens.unit, light)


class Aurora:
    """Curtains of light: each follows a winding line over the ground, and is brightest where the line folds."""

    def __init__(self, sky: Sky, rng: np.random.Generator) -> None:
        """Draw the curtains' lines."""
        self.columns, self.rows = max(48, sky.u.size // 3), max(32, sky.cloud_rows // 3)
        self.curtains = [_Curtain(rng, k) for k in range(3)]
        bottom = (sky.lens.horizon - sky.v[0]) / sky.lens.height
        self.height = image(bottom - (np.arange(self.rows) + 0.5) / self.rows * bottom)

    def shine(self, picture: Image, t: float) -> None:
        """Add the light of this moment to the sky's picture."""
        total = np.zeros((self.rows, self.columns, 3), np.float32)
        for curtain in self.curtains:
            curtain.add(total, self.height, t)
        rows, columns = picture.shape[:2]
        wide = enlarge(blur(total, 1.1, 0.8), columns, rows)
        picture[..., :3] += np.maximum(wide, 0, out=wide)


class _Curtain:
    _POINTS: Final = 900

    def __init__(self, rng: np.random.Generator, index: int) -> None:
        self.base = (0.10, 0.20, 0.29)[index] + float(rng.uniform(-0.02, 0.03))
        self.power = (1.0, 0.7, 0.45)[index]
        self.tall = float(rng.uniform(0.20, 0.30))
        self.sway = rng.uniform(0, math.tau, (6, 2))
        self.rays = rng.uniform(0, math.tau, 9)
        self.pulse = wander(rng, 0.05, 0.2)
        self.at = np.linspace(-0.3, 1.3, self._POINTS, dtype=np.float32)

    def add(self, total: Image, height: Image, t: float) -> None:
        s = self.at
        fold = np.zeros_like(s)
        base = np.full_like(s, self.base)
        for k, (a, b) in enumerate(self.sway):
            wave = (k + 1) * 1.45
            fold += np.sin(wave * 2.1 * s * math.pi + a + (0.10 + 0.03 * k) * t) / (wave * 3.2)
            base += 0.042 * np.sin(wave * s * math.pi + b + (0.07 + 0.02 * k) * t) / (k + 1)
        x = s + 0.62 * fold
        rays = np.ones_like(s)
        for k, phase in enumerate(self.rays):
            rays += 0.16 * np.sin((9 + 13.7 * k) * s * math.pi + phase + (0.5 + 0.21 * k) * t * (-1) ** k)
        strength = np.clip(rays, 0.1, None) ** 1.5 * self.power * (0.8 + 0.25 * self.pulse(t)) * 0.042
        columns = total.shape[1]
        index = np.round(x * (columns - 1)).astype(int)
        inside = (index >= 0) & (index < columns)
        up = (height[:, None] - base[None, inside]) / (self.tall * np.clip(rays[None, inside], 0.5, 1.6))
        edge = np.clip(up / 0.035 + 0.5, 0, 1)
        fall = np.exp(-np.maximum(up, 0) * 3.0) * edge * strength[None, inside]
        high = np.clip(up * 1.5, 0, 1)
        for channel, (low_light, high_light) in enumerate(((0.16, 0.62), (1.35, 0.30), (0.62, 0.75))):
            light = fall * (low_light + (high_light - low_light) * high)
            for row in range(total.shape[0]):
                total[row, :, channel] += np.bincount(index[inside], light[row], columns).astype(np.float32)
