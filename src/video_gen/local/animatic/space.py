"""Space: stars in depth, clouds of glowing gas, a spiral galaxy, a planet that turns."""

import math
from typing import Final

import numpy as np

from video_gen.local.animatic.dots import add_dot
from video_gen.local.animatic.layer import Layer, Moment, Sheer
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import fractal, generator, seamless, spectral_tile, warped_tile
from video_gen.local.animatic.pixels import Image, blur, four, image, mix, paint_over, sample, smoothstep, warp
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.tone import colour

_DENSITY: Final = 0.5
_PALETTES: Final = (
    ("1b0f3a", "b0386e", "ff9a5c", "4ec6e8"),
    ("07182f", "1f7a8c", "9be8d8", "e05a7a"),
    ("140a2a", "6a3bb8", "e884c8", "5ad0ff"),
    ("1a0c10", "b5452c", "ffc07a", "6f8fe0"),
)
_ROCK: Final = (("3c2a22", "8a5a3c", "c99a6a"), ("2a2e38", "6a7688", "c4ccd6"), ("4a2418", "a8552c", "e0a05c"))


def space(scene: Scene, lens: Lens) -> list[Layer]:
    """Return the layers of space, from the farthest."""
    layers: list[Layer] = [Nebula(scene, lens), *(Field(scene, lens, near) for near in (0.004, 0.02, 0.07))]
    if scene.has("planet") or not scene.has("galaxy", "nebula", "stars", "milky way"):
        layers.append(Planet(scene, lens))
    return layers


class Nebula(Sheer):
    """Gas and dust far off, or a galaxy; painted once."""

    def __init__(self, scene: Scene, lens: Lens) -> None:
        """Paint it."""
        rng = generator(scene.seed, "nebula")
        self.left, self.top = -lens.reach_x * lens.width, -lens.reach_y * lens.height
        columns = round(lens.width * (1 + 2 * lens.reach_x) * _DENSITY)
        rows = round(lens.height * (1 + 2 * lens.reach_y) * _DENSITY)
        names = _PALETTES[int(rng.integers(len(_PALETTES)))]
        palette = [colour(name) for name in names]
        light = _galaxy(rng, rows, columns, palette) if scene.has("galaxy") else _gas(rng, rows, columns, palette)
        dim = 1.0 if scene.has("nebula", "galaxy") else 0.55
        sky = light * np.float32(dim) + np.array([0.0016, 0.0019, 0.0042], np.float32)
        sky += _dust_of_stars(rng, rows, columns)
        self.picture = image(np.concatenate([sky, np.ones((rows, columns, 1))], -1))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Fill the frame."""
        view = now.view
        height, width = canvas.shape[:2]
        matrix = view.matrix(0.001, self.left, self.top, _DENSITY)
        canvas[:] = warp(self.picture, matrix, width, height, border="edge")


def _gas(rng: np.random.Generator, rows: int, columns: int, palette: list[Image]) -> Image:
    """Return clouds of gas: folded veils of two colours, dark lanes, and a bright heart."""
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    push = [fractal(rng, columns, rows, 3, 5, 0.55) for _ in range(2)]
    reach = np.float32(0.16 * columns)
    fine = [fractal(rng, columns, rows, 7, 7, 0.58) for _ in range(3)]
    bent = [sample(layer, image(x + push[0] * reach), image(y + push[1] * reach)) for layer in fine]
    lie = rng.uniform(-0.5, 0.5)
    middle = ((rng.uniform(0.36, 0.64)) * columns, rng.uniform(0.4, 0.6) * rows)
    across = ((y - middle[1]) * math.cos(lie) - (x - middle[0]) * math.sin(lie)) / rows + 0.18 * push[0]
    band = np.exp(-((across / 0.30) ** 2))
    veil = smoothstep(-0.35, 0.75, bent[0]) * band
    wisps = np.clip(1 - np.abs(bent[1]) * 2.6, 0, 1) ** 2.2 * band
    dark = smoothstep(0.02, 0.5, image(bent[2] + 0.35 * np.exp(-((across / 0.09) ** 2)) - 0.1))
    heart = np.exp(-(((x - middle[0]) / (0.20 * columns)) ** 2) - ((y - middle[1]) / (0.26 * rows)) ** 2)
    light = (
        veil[..., None] ** 2
        * mix(palette[0] * 2, palette[1], image(np.clip(bent[1] * 0.8 + 0.5, 0, 1))[..., None])
        * 0.8
    )
    light = (
        light
        + (wisps * (0.25 + heart))[..., None]
        * mix(palette[1], palette[3], image(np.clip(bent[0] + 0.5, 0, 1))[..., None])
        * 0.55
    )
    light = light + (heart * (0.35 + 0.65 * veil))[..., None] ** 1.5 * palette[2] * 0.95
    return image(light * (1 - 0.80 * dark[..., None]))


def _galaxy(rng: np.random.Generator, rows: int, columns: int, palette: list[Image]) -> Image:
    """Return a spiral galaxy, seen at an angle."""
    tilt, turn = rng.uniform(0.36, 0.6), rng.uniform(-0.6, 0.6)
    x = (np.arange(columns)[None, :] - columns * rng.uniform(0.44, 0.56)) / rows
    y = (np.arange(rows)[:, None] - rows * 0.5) / rows
    a = x * math.cos(turn) + y * math.sin(turn)
    b = (y * math.cos(turn) - x * math.sin(turn)) / tilt
    radius, angle = np.hypot(a, b) + 1e-4, np.arctan2(b, a)
    rough = fractal(rng, columns, rows, 22, 6, 0.62)
    clumps = fractal(rng, columns, rows, 60, 5, 0.7)
    wind = angle * 2 + np.log(radius) * 5.2 + rough * 0.9
    arm = np.clip(np.cos(wind), 0, 1) ** 1.6
    lane = np.clip(np.cos(wind + 0.95), 0, 1) ** 5
    disc = np.exp(-radius / 0.17)
    core = np.exp(-((radius / 0.060) ** 1.3))
    arms = arm * disc * (0.55 + 0.9 * np.clip(rough + 0.4, 0, 1.4))
    light = (disc * 0.16)[..., None] * colour("d8c4b0") + arms[..., None] * mix(
        palette[3], colour("a8c0ff"), 0.6
    ) * 1.35
    knots = smoothstep(0.36, 0.62, clumps) * arm * disc
    light = light + knots[..., None] * colour("ff8ab0") * 1.5
    light = light * (1 - 0.72 * (lane * np.clip(disc * 3, 0, 1))[..., None])
    return image(light + core[..., None] * colour("ffe6bc") * 3.2)


def _dust_of_stars(rng: np.random.Generator, rows: int, columns: int) -> Image:
    light = np.zeros((rows, columns, 3), np.float32)
    count = rows * columns // 130
    y, x = rng.integers(0, rows, count), rng.integers(0, columns, count)
    tint = np.array([(1.1, 0.95, 0.85), (0.85, 0.93, 1.15), (1, 1, 1)], np.float32)[rng.integers(0, 3, count)]
    light[y, x] = tint * (rng.pareto(2.4, count).clip(0, 6) * 0.12).astype(np.float32)[:, None]
    return light


class Field(Sheer):
    """Stars at one distance; nearer ones slide more when the camera moves."""

    def __init__(self, scene: Scene, lens: Lens, near: float) -> None:
        """Scatter them."""
        rng = generator(scene.seed, f"stars {near}")
        count = round(110 * max(1.0, lens.width * lens.height / (1280 * 720)))
        self.near = near
        self.u = rng.uniform(-lens.reach_x, 1 + lens.reach_x, count) * lens.width
        self.v = rng.uniform(-lens.reach_y, 1 + lens.reach_y, count) * lens.height
        self.power = (rng.pareto(2.0, count) * 0.4 + 0.25).clip(0, 4)
        self.phase, self.rate = rng.uniform(0, math.tau, count), rng.uniform(0.6, 2.2, count)
        tints = np.array([(1.12, 0.92, 0.78), (0.8, 0.9, 1.2), (1, 1, 1)], np.float32)
        self.tint = tints[rng.integers(0, 3, count)]
        self.drift = float(rng.uniform(3, 6)) * near

    def draw(self, canvas: Image, now: Moment) -> None:
        """Add the stars."""
        view, t = now.view, now.t
        unit = view.lens.unit
        for k in range(self.u.size):
            x, y = view.point(float(self.u[k]) - self.drift * t * 10 * unit, float(self.v[k]), self.near * 8)
            power = float(self.power[k]) * (0.9 + 0.1 * math.sin(self.phase[k] + self.rate[k] * t))
            light = np.array([*(self.tint[k] * np.float32(power)), 0], np.float32)
            add_dot(canvas, x, y, 0.8 * unit, light)
            if power > 1.1:
                add_dot(canvas, x, y, 2.6 * unit, light * np.float32(0.08))
                add_dot(canvas, x, y, 9 * unit, light * np.float32(0.006))


class Planet(Sheer):
    """A planet in half light: land and cloud, or bands of gas, and a rim of air. It turns."""

    def __init__(self, scene: Scene, lens: Lens) -> None:
        """Form it."""
        rng = generator(scene.seed, "planet")
        self.kind = ("earth", "gas", "rock")[int(rng.integers(3))]
        side = 1 if rng.random() < 0.5 else -1
        short = min(lens.width, lens.height)
        self.radius = short * float(rng.uniform(0.27, 0.38))
        self.middle = (lens.width * (0.5 + 0.17 * side), lens.height * float(rng.uniform(0.46, 0.6)))
        self.near = 0.16
        self.air = colour({"earth": "6fb4ff", "gas": "ffd9b0", "rock": "d8a890"}[self.kind])
        self.spin = float(rng.uniform(0.006, 0.011)) * side
        self._shape(-side, float(rng.uniform(-0.35, 0.35)))
        skin = _skin(rng, self.kind)
        self.skin = seamless(image(np.concatenate([skin, np.ones((*skin.shape[:2], 1))], -1)))
        self.row = self.latitude * np.float32(self.skin.shape[0] - 1)
        day = smoothstep(-0.10, 0.75, self.facing) * self.cover * np.float32(1.35)
        self.shade = image(np.stack([day, day, day, self.cover], -1))
        self.glint = image(self.halo[..., None] * four(self.air * np.float32(1.1)))

    def _shape(self, lit_from: int, lean: float) -> None:
        """Work out, for each pixel of the disc, where on the sphere it lies and how it is lit."""
        size = math.ceil(self.radius * 1.28) * 2
        at = (np.arange(size, dtype=np.float32) + 0.5 - size / 2) / np.float32(self.radius)
        x, y = np.meshgrid(at, at)
        flat = x * x + y * y
        z = np.sqrt(np.clip(1 - flat, 0, 1))
        light = np.array([lit_from * 0.80, -0.36, 0.34])
        light = light / np.linalg.norm(light)
        self.facing = image(x * light[0] + y * light[1] + z * light[2])
        away = np.sqrt(flat)
        soft = 1.2 / self.radius
        self.cover = 1 - smoothstep(1 - soft, 1 + soft, image(away))
        a, b = x * math.cos(lean) + y * math.sin(lean), y * math.cos(lean) - x * math.sin(lean)
        self.longitude = image(np.arctan2(a, np.maximum(z, 1e-3)) / math.tau)
        self.latitude = image(np.arcsin(np.clip(b, -1, 1)) / math.pi + 0.5)
        halo = np.where(away > 1, np.exp(-(away - 1) / 0.045), np.exp((away - 1) / 0.10))
        reach = np.clip(x * light[0] + y * light[1] + 0.42, 0, 1.3) ** 1.4
        # The halo ends softly before the stamp does.
        self.halo = image(halo * reach * np.clip((1.26 - away) / 0.2, 0, 1))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the planet."""
        view, t = now.view, now.t
        size = np.float32(self.skin.shape[0] - 1)
        u = self.longitude + np.float32(self.spin * t + 0.3)
        stamp = sample(self.skin, image((u - np.floor(u)) * size), self.row)
        stamp *= self.shade
        stamp += self.glint
        half = stamp.shape[0] / 2
        matrix = view.matrix(self.near, self.middle[0] - half, self.middle[1] - half)
        paint_over(canvas, warp(stamp, matrix, canvas.shape[1], canvas.shape[0]))


def _skin(rng: np.random.Generator, kind: str) -> Image:
    """Return a planet's surface, tileable around."""
    size = 512
    if kind == "gas":
        return _bands(rng, size)
    height = spectral_tile(rng, size, 1.75, low=2)
    fine = spectral_tile(rng, size, 1.2, low=14)
    height = image(height + 0.22 * fine)
    if kind == "rock":
        dark, middle, pale = (colour(name) for name in _ROCK[int(rng.integers(len(_ROCK)))])
        share = np.clip(height * 0.35 + 0.5, 0, 1)[..., None]
        craters = np.clip(1.15 - np.abs(spectral_tile(rng, size, 1.4, low=8)), 0.5, 1.15)[..., None]
        return image(np.where(share < 0.5, mix(dark, middle, share * 2), mix(middle, pale, share * 2 - 1)) * craters)
    land = smoothstep(0.32, 0.46, height)[..., None]
    ground = mix(colour("4d6b3a"), colour("b59a68"), image(np.clip(fine * 0.4 + 0.5, 0, 1))[..., None])
    surface = mix(colour("0f2f6a"), ground, land)
    pole = smoothstep(
        0.40, 0.46, image(np.abs(np.linspace(-0.5, 0.5, size, dtype=np.float32))[:, None] + 0.02 * height)
    )
    surface = mix(surface, colour("eef4fa"), pole[..., None])
    push = spectral_tile(rng, size, 2.0, low=3, high=30)
    cloud = warped_tile(spectral_tile(rng, size, 1.5, low=5), push, np.roll(push, 133, 1), 16)
    return mix(surface, colour("f4f6fa"), smoothstep(0.2, 1.7, cloud)[..., None] * 0.92)


def _bands(rng: np.random.Generator, size: int) -> Image:
    """Return the cloud bands of a gas giant, stirred where they meet."""
    shades = [colour(name) for name in ("c9a27a", "e8d2b0", "a8744c", "d8b48c", "f0e2cc", "b88a64")]
    rows = np.stack([shades[int(i)] for i in rng.integers(0, len(shades), 26)])
    push = spectral_tile(rng, size, 1.7, low=3)
    at = (np.arange(size, dtype=np.float32) / size)[:, None] + 0.010 * push
    at = np.clip(at, 0, 0.999) * 24
    low = at.astype(int)
    share = smoothstep(0.3, 0.7, image(at - low))[..., None]
    fine = 1 + 0.10 * blur(spectral_tile(rng, size, 0.9, low=10), 2.2, 0.6)
    return image((rows[low] * (1 - share) + rows[low + 1] * share) * fine[..., None])
