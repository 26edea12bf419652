"""What floats: embers, fireflies, dust, bubbles, and birds far off."""

import math
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.dots import add_dot, lay_stamp, turn
from video_gen.local.animatic.layer import Moment, Sheer
from video_gen.local.animatic.pixels import Image, blur, image, rgb
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.tone import colour

_BITS: Final = 4


def _four(light: Image) -> Image:
    return np.array([*light, 0], np.float32)


class Embers(Sheer):
    """Sparks that rise, waver, and go out; they start around (`x`, `y`), shares of the frame, `spread_x` wide."""

    def __init__(
        self,
        rng: np.random.Generator,
        width: int,
        height: int,
        *,
        x: float = 0.5,
        spread_x: float = 0.6,
        y: float = 1.0,
        count: int = 110,
    ) -> None:
        """Light the sparks."""
        self.width, self.height = width, height
        self.origin, self.bottom = x + (rng.random(count) - 0.5) * 2 * spread_x, y
        self.start, self.life = rng.uniform(0, 20, count), rng.uniform(2.2, 5.5, count)
        self.phase = rng.uniform(0, math.tau, (count, 3))
        self.near = rng.beta(1, 2.2, count)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the sparks over everything."""
        view, t = now.view, now.t
        unit = min(self.width, self.height) / 720
        for k in range(self.start.size):
            age = ((t + self.start[k]) % self.life[k]) / self.life[k]
            a, b, c = self.phase[k]
            sway = 0.03 * math.sin(a + age * 7) + 0.016 * math.sin(b + age * 17)
            x = (self.origin[k] + sway * (0.5 + age) - view.pose.x * 0.8) * self.width
            y = (self.bottom + 0.05 - age * (0.5 + 0.5 * self.near[k]) * 1.15 - view.pose.y) * self.height
            glow = min(1.0, age * 8) * (1 - age) ** 1.3 * (0.7 + 0.3 * math.sin(c + t * 11))
            radius = (0.8 + 2.4 * self.near[k]) * unit
            light = rgb(5.2, 1.5 + 0.9 * (1 - age), 0.22) * np.float32(glow)
            add_dot(canvas, x, y, radius, _four(light))
            add_dot(canvas, x, y, radius * 4.5, _four(light * np.float32(0.035)))


class Fireflies(Sheer):
    """Fireflies: they wander, light up and fade. `top` is the highest row they reach, as a share of the frame."""

    def __init__(
        self, rng: np.random.Generator, width: int, height: int, *, top: float = 0.42, count: int = 54
    ) -> None:
        """Scatter them."""
        self.width, self.height = width, height
        self.home = np.stack([rng.uniform(-0.05, 1.05, count), top + (1 - top) * rng.beta(1.3, 1.2, count)], -1)
        self.near = np.sort(rng.beta(0.9, 2.0, count))
        self.phase = rng.uniform(0, math.tau, (count, 5))
        self.rate = rng.uniform(0.5, 1.0, count)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw them over everything."""
        view, t = now.view, now.t
        unit = min(self.width, self.height) / 720
        for k in range(self.rate.size):
            a, b, c, d, e = self.phase[k]
            rate, near = self.rate[k], self.near[k]
            roam = 0.025 + 0.04 * near
            x = self.home[k, 0] + roam * (math.sin(a + 0.55 * rate * t) + 0.5 * math.sin(b + 1.3 * rate * t))
            y = self.home[k, 1] + roam * (math.sin(c + 0.45 * rate * t) + 0.4 * math.sin(d + 1.6 * rate * t))
            x, y = x - (view.pose.x + view.pose.truck * near), y - view.pose.y
            pulse = max(0.0, math.sin(e + 1.35 * rate * t)) ** 1.6
            radius = (1.0 + 2.6 * near) * unit
            px, py = x * self.width, y * self.height
            add_dot(canvas, px, py, radius, _four(rgb(4.4, 5.2, 1.1) * np.float32(pulse)))
            add_dot(canvas, px, py, radius * 6, _four(rgb(0.20, 0.24, 0.035) * np.float32(pulse)))


class Dust(Sheer):
    """Motes that hang in the light."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, *, light: Image, count: int = 90) -> None:
        """Scatter them."""
        self.width, self.height = width, height
        self.place = rng.random((count, 2))
        self.near = np.sort(rng.beta(0.8, 2.6, count))
        self.phase = rng.uniform(0, math.tau, (count, 3))
        self.light = light

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw them over everything."""
        view, t = now.view, now.t
        unit = min(self.width, self.height) / 720
        for k in range(self.near.size):
            a, b, c = self.phase[k]
            near = self.near[k]
            x = self.place[k, 0] * 1.2 + 0.010 * t * (0.3 + near) + 0.02 * math.sin(a + 0.5 * t)
            y = self.place[k, 1] * 1.2 - 0.006 * t + 0.016 * math.sin(b + 0.4 * t)
            x = (x - view.pose.x * (0.5 + near)) % 1.2 - 0.1
            y = (y - view.pose.y * (0.5 + near)) % 1.2 - 0.1
            glitter = 0.55 + 0.45 * math.sin(c + 0.9 * t)
            radius = (0.8 + 7 * near**2.2) * unit
            strength = glitter * 0.34 / (1 + 5 * near)
            add_dot(canvas, x * self.width, y * self.height, radius, _four(self.light * np.float32(strength)))


class Bubbles(Sheer):
    """Air bubbles that rise in columns and wobble."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, *, count: int = 60) -> None:
        """Place their columns."""
        self.width, self.height = width, height
        columns = rng.uniform(0.05, 0.95, 5)
        self.x = columns[rng.integers(0, 5, count)] + rng.normal(0, 0.025, count)
        self.start = rng.random(count)
        self.near = np.sort(rng.beta(0.9, 2.4, count))
        self.phase = rng.uniform(0, math.tau, count)
        self.stamp = _bubble()

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw them over everything."""
        view, t = now.view, now.t
        unit = min(self.width, self.height) / 720
        for k in range(self.x.size):
            near = self.near[k]
            rise = (self.start[k] * 1.2 + t * (0.05 + 0.11 * near)) % 1.2
            wobble = math.sin(self.phase[k] + t * (3.2 - near))
            x = (self.x[k] + 0.006 * wobble - view.pose.x - view.pose.truck * near) * self.width
            y = (1.1 - rise - view.pose.y) * self.height
            scale = (2.2 + 11 * near**1.4) * unit / 30
            matrix, reach = turn(self.stamp, x, y, 0.0, scale * (1 + 0.07 * wobble), scale * (1 - 0.07 * wobble))
            lay_stamp(canvas, self.stamp, matrix, x, y, reach)


def _bubble() -> Image:
    at = (np.arange(68, dtype=np.float32) - 33.5) / 30
    x, y = np.meshgrid(at, at)
    radius = np.hypot(x, y)
    inside = np.clip((1 - radius) * 15 + 0.5, 0, 1)
    rim = np.exp(-(((radius - 0.93) / 0.09) ** 2)) * inside
    spot = np.exp(-(((x + 0.38) ** 2 + (y + 0.42) ** 2) / 0.028)) + 0.4 * np.exp(
        -((x - 0.4) ** 2 + (y - 0.45) ** 2) / 0.06
    )
    light = (rim * 0.34 + spot * 0.9 * inside)[..., None] * rgb(0.62, 0.95, 1.05)
    cover = (0.10 * inside + 0.34 * rim + 0.4 * spot * inside)[..., None]
    return image(np.concatenate([light, np.clip(cover, 0, 1)], -1))


class Birds(Sheer):
    """A flock that crosses the sky far off."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, *, dark: Image, horizon: float) -> None:
        """Form the flock."""
        self.width, self.height = width, height
        count = int(rng.integers(9, 17))
        arm = np.arange(count) // 2 + 1
        side = np.where(np.arange(count) % 2, 1, -1)
        self.heading = 1 if rng.random() < 0.5 else -1
        self.offset = np.stack([-arm * 0.021 * self.heading, side * arm * 0.014], -1) + rng.normal(
            0, 0.0045, (count, 2)
        )
        self.lead = (0.5 - self.heading * rng.uniform(0.12, 0.3), horizon * rng.uniform(0.3, 0.52))
        self.phase, self.rate = rng.uniform(0, math.tau, count), rng.uniform(1.9, 2.5, count)
        self.frames = [_wings(lift / 11 * 2 - 1, dark) for lift in range(12)]

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the flock."""
        view, t = now.view, now.t
        unit = min(self.width, self.height) / 720
        for k in range(self.phase.size):
            u = (self.lead[0] + self.offset[k, 0] + self.heading * 0.022 * t) * self.width
            v = (self.lead[1] + self.offset[k, 1] + 0.004 * math.sin(self.phase[k] + 0.7 * t)) * self.height
            x, y = view.point(u, v)
            beat = math.sin(self.phase[k] + math.tau * self.rate[k] * t)
            stamp = self.frames[round((beat + 1) / 2 * 11)]
            scale = 0.24 * unit * view.pose.zoom * (0.8 + 0.4 * math.sin(self.phase[k]) ** 2)
            matrix, reach = turn(stamp, x, y, 0.0, scale, scale)
            lay_stamp(canvas, stamp, matrix, x, y, reach)


def _wings(lift: float, dark: Image) -> Image:
    """Return a bird seen from the side of its flight, its wings at `lift` (-1 down to 1 up)."""
    mask = np.zeros((80, 120), np.uint8)
    for side in (-1, 1):
        elbow = (60 + side * 22, 40 - lift * 16)
        tip = (60 + side * 50, 40 - lift * 26 + abs(lift) * 8)
        points = [(60, 37), elbow, tip, (60 + side * 24, 46 - lift * 12), (60, 46)]
        cv2.fillPoly(mask, [np.round(np.array(points) * (1 << _BITS)).astype(np.int32)], 255, cv2.LINE_AA, _BITS)
    cv2.ellipse(mask, (60, 42), (7, 5), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cover = blur(image(mask) / np.float32(255), 1.0)[..., None]
    return image(np.concatenate([cover * dark, cover], -1))


def bird_colour(scene: Scene) -> Image:
    """Return the colour of birds against the sky."""
    return colour("0c0e14" if scene.dark else "22252e")
