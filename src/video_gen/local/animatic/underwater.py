"""Under water: light from above in shafts, a reef with weed that sways, fish, and the blue that swallows the rest."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.band import Band, band_card
from video_gen.local.animatic.dots import lay_stamp, turn
from video_gen.local.animatic.floating import Bubbles, Dust
from video_gen.local.animatic.landscape import Recipe, ground_land
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer
from video_gen.local.animatic.lens import View
from video_gen.local.animatic.noise import seamless, spectral_tile, wander
from video_gen.local.animatic.pixels import Image, blur, image, mix, paint_over, recolour, resize, rgb, sample, spread
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour

REEF: Final = Recipe(horizon=0.56, eye=3.2, ranges=())
_DENSITY: Final = 1.25
_REACH: Final = 15.0  # metres after which water leaves a third of the light
_CORALS: Final = ("d8697a", "e59a5c", "b86ab0", "d8c06a", "6fae9a", "c8566a")
_BITS: Final = 4


@dataclass(frozen=True, slots=True)
class _Blue:
    """The colours of the water: far off, towards the surface, and the light that falls through it."""

    deep: Image
    high: Image
    light: Image


def underwater(stage: Stage) -> list[Layer]:
    """Return the layers of a reef."""
    blue = _blue(stage)
    layers: list[Layer] = [Depths(stage, blue)]
    for index, depth in enumerate((26.0, 16.0)):
        layers.append(_ridge(stage, index, depth, blue))
        layers.append(School(stage, index, depth * 0.8, blue))
    layers += [_bed(stage, blue), _ridge(stage, 2, 9.0, blue)]
    layers += [Weeds(stage, index, blue) for index in range(2)]
    layers.append(Rays(stage, blue))
    lens = stage.lens
    if not stage.scene.dark:
        layers.append(
            Dust(stage.rng("plankton"), lens.width, lens.height, light=blue.light * np.float32(0.5), count=80)
        )
    layers.append(
        Bubbles(stage.rng("bubbles"), lens.width, lens.height, count=90 if stage.scene.has("bubbles") else 38)
    )
    return layers


def _blue(stage: Stage) -> _Blue:
    dark = 0.30 if stage.scene.dark else 0.62 if stage.scene.dim or stage.scene.cover in {"storm", "overcast"} else 1.0
    warm = stage.light.glow * np.float32(0.10) if stage.scene.hour in {"sunset", "golden", "sunrise"} else np.float32(0)
    scale = np.float32(dark)
    return _Blue(
        deep=image(colour("0b4a78") * scale),
        high=image((colour("46c2d6") + warm) * scale),
        light=image((rgb(0.75, 1.0, 0.98) + warm * 3) * scale),
    )


def _clear(depth: float) -> np.float32:
    return np.float32(math.exp(-depth / _REACH))


class Depths(Sheer):
    """The open water: bright towards the surface, and the surface's ripples seen from below."""

    def __init__(self, stage: Stage, blue: _Blue) -> None:
        """Weave the ripples."""
        rng = stage.rng("surface")
        self.blue = blue
        self.tiles = [seamless(_caustic(rng)) for _ in range(2)]
        self.sun = 0.5 + 0.22 * (1 if stage.light.sun_x > stage.lens.width / 2 else -1)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Fill the frame."""
        view, t = now.view, now.t
        height, width = canvas.shape[:2]
        rows = (np.arange(height) + 0.5 - view.horizon) / (0.56 * height)
        share = np.clip(-rows, 0, 1.4)[:, None]
        x = (np.arange(width) + 0.5) / width - self.sun + view.pose.x
        spot = np.exp(-((x[None, :] / 0.42) ** 2)) * share
        up = image(np.clip(0.10 + 0.80 * share**1.5 * (0.55 + 0.6 * spot), 0, 1.2))
        tint = np.array([*(self.blue.high - self.blue.deep), 0], np.float32)
        canvas[:] = spread(up) * tint + np.array([*self.blue.deep, 1], np.float32)
        self._ripple(canvas, view, t, share[:, 0], spot)

    def _ripple(self, canvas: Image, view: View, t: float, share: np.ndarray, spot: np.ndarray) -> None:
        last = int(np.searchsorted(-share, -0.38))
        if last < 4:
            return
        width = canvas.shape[1]
        columns = np.arange(0, width, 2) + 0.5
        away = 1.0 / np.maximum(share[:last], 0.05)
        u = (columns[None, :] / width - 0.5 + view.pose.x) * away[:, None] * 1.6
        v = np.repeat(away[:, None], columns.size, 1) * 2.0
        light = _tiled(self.tiles[0], u + 0.02 * t, v + 0.05 * t) * _tiled(self.tiles[1], u * 1.3 - 0.03 * t, v * 1.3)
        fade = np.clip((share[:last] - 0.38) / 0.5, 0, 1)[:, None] ** 1.5
        glow = resize(image(light * fade), width, last) * image(0.35 + 1.1 * spot[:last])
        canvas[:last] += spread(image(glow)) * np.array([*(self.blue.light * np.float32(1.5)), 0], np.float32)


def _caustic(rng: np.random.Generator) -> Image:
    """Return a tile of bright winding lines, like light through waves."""
    noise = spectral_tile(rng, 256, 2.4, low=2, high=26)
    return image(np.clip(1 - np.abs(noise) * 1.7, 0, 1) ** 2.4 * 1.5 + 0.12)


def _tiled(tile: Image, u: np.ndarray, v: np.ndarray) -> Image:
    size = np.float32(tile.shape[0] - 1)
    return sample(tile, image((u - np.floor(u)) * size), image((v - np.floor(v)) * size))


def _bed(stage: Stage, blue: _Blue) -> Layer:
    """Return the sandy floor, with light playing on it."""
    lens = stage.lens
    rng = stage.rng("bed")
    land = ground_land(stage, "bed")
    band = Band(near=lens.depth(1.26 * lens.height), far=60, x=rng.uniform(0, 30), z=rng.uniform(0, 30))
    card, ground = band_card(band, land, lens, stage.air)
    clear = np.exp(-ground.depth / _REACH)[..., None]
    lit = np.clip(card.texture[..., :3].mean(axis=-1, keepdims=True), 0, 2)
    tone = lit / max(float(lit.mean()), 1e-3) * colour("b8c2a0") * blue.light * np.float32(0.42)
    cover = card.texture[..., 3:]
    card.texture[..., :3] = (tone * clear + (blue.deep * np.float32(1.15)) * (1 - clear)) * cover
    return Bed(card, stage, blue)


class Bed(Sheer):
    """The sea floor under moving light."""

    def __init__(self, card: Card, stage: Stage, blue: _Blue) -> None:
        """Weave the light."""
        rng = stage.rng("caustics")
        self.card, self.lens, self.blue = card, stage.lens, blue
        self.tiles = [seamless(_caustic(rng)) for _ in range(2)]

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the floor and the light on it."""
        view, t = now.view, now.t
        self.card.draw(canvas, now)
        height, width = canvas.shape[:2]
        top = max(0, math.floor(view.horizon + 0.04 * height))
        if top >= height:
            return
        lens, pose = self.lens, view.pose
        below = (np.arange(top, height) + 0.5 - view.horizon) / pose.zoom
        depth = lens.eye * lens.focal / below
        metres = lens.nearest / lens.focal
        across = ((np.arange(0, width, 2) + 0.5 - width / 2) / pose.zoom + pose.x * width) / lens.focal
        u = (across[None, :] * depth[:, None] + pose.truck * width * metres) / 3.1
        v = np.repeat((depth + pose.dolly * lens.nearest)[:, None], across.size, 1) / 3.1
        light = _tiled(self.tiles[0], u + 0.05 * t, v + 0.04 * t) * _tiled(
            self.tiles[1], u * 0.83 - 0.04 * t, v * 0.83 + 0.05 * t
        )
        fade = np.exp(-depth / 7.5)[:, None]
        glow = resize(image((light - 0.25) * fade), width, height - top)
        canvas[top:] *= 1 + spread(image(np.maximum(glow, -0.25))) * np.float32(1.25)


def _ridge(stage: Stage, index: int, depth: float, blue: _Blue) -> Card:
    """Return a reef at `depth` metres: rocks, and corals on them."""
    lens = stage.lens
    rng = stage.rng(f"reef {index}")
    left = -lens.reach_x * lens.width
    columns = round(lens.width * (1 + 2 * lens.reach_x) * _DENSITY)
    foot = lens.row(depth)
    tall = (0.24, 0.20, 0.30)[index] * lens.height * _DENSITY
    rows = round(tall * 1.5)
    texture = np.zeros((rows, columns, 4), np.float32)
    clear = _clear(depth)
    haze = image(blue.deep * np.float32(1.1) * (1 - clear))
    spots = rng.uniform(0, columns, (14, 12, 9)[index])
    if index == 2:
        spots = np.where(
            np.abs(spots / columns - 0.5) < 0.2, spots + np.sign(spots / columns - 0.5) * 0.22 * columns, spots
        )
    for x in spots:
        _rock(texture, rng, float(x), tall, image(colour("6a6f66") * blue.light * clear), haze)
    for _ in range((60, 70, 64)[index]):
        x = float(rng.choice(spots) + rng.normal(0, 0.05) * columns)
        tint = colour(_CORALS[int(rng.integers(len(_CORALS)))]) * blue.light * clear * np.float32(0.85)
        _coral(texture, rng, x, tall, image(tint), haze)
    top = foot + 0.035 * lens.height - rows / _DENSITY
    return Card(texture, left, top, _DENSITY, lens.upright(depth))


def _rock(texture: Image, rng: np.random.Generator, x: float, tall: float, tint: Image, haze: Image) -> None:
    rows, columns = texture.shape[:2]
    wide, high = tall * rng.uniform(0.5, 1.3), tall * rng.uniform(0.25, 0.8)
    x0, x1 = max(0, round(x - wide)), min(columns, round(x + wide))
    if x1 - x0 < 4:
        return
    at = (np.arange(x0, x1) - x) / wide
    rough = blur(image(rng.normal(0, 1, (1, x1 - x0))), max(2.0, tall * 0.035), 0.001)[0]
    crest = high * np.clip(1 - at**2, 0, 1) ** 0.6 * (1 + 0.22 * rough / max(float(rough.std()), 1e-3))
    y = rows - 1 - np.arange(rows)[:, None]
    cover = np.clip(crest[None, :] - y + 0.5, 0, 1)
    up = np.clip(y / np.maximum(crest[None, :], 1), 0, 1)
    grain = blur(image(rng.normal(0, 1, (rows, x1 - x0))), 2.4)
    shade = 0.28 + 0.75 * up**1.6 + 0.9 * grain
    light = np.clip(shade, 0.08, 1.5)[..., None] * tint + haze
    paint_over(texture[:, x0:x1], image(np.concatenate([light * cover[..., None], cover[..., None]], -1)))


def _coral(texture: Image, rng: np.random.Generator, x: float, tall: float, tint: Image, haze: Image) -> None:
    """Grow one coral: a fan of branches, or a heap of knobs."""
    rows, columns = texture.shape[:2]
    size = tall * rng.uniform(0.12, 0.34)
    side = round(size * 2)
    if side < 6:
        return
    mask = np.zeros((side, side, 2), np.uint8)
    if rng.random() < 0.55:
        _twig(mask, (side / 2, side - 1.0), -math.pi / 2, size * 0.55, max(1.5, size * 0.075), rng)
    else:
        for _ in range(26):
            px, py = side / 2 + rng.normal(0, 0.2) * side, side * 0.8 - abs(rng.normal(0, 0.22)) * side
            level = float(np.clip(230 - 130 * py / side + rng.uniform(-40, 40), 40, 255))
            spot = (round(px * 16), round(py * 16))
            cv2.circle(mask, spot, round(size * rng.uniform(0.09, 0.2) * 16), (level, 255.0), -1, cv2.LINE_AA, _BITS)
    stamp = recolour(image(mask) / np.float32(255), image([*zip(tint, haze, strict=True), (0.0, 1.0)]))
    left = round(x - side / 2)
    top = rows - round(tall * rng.uniform(0.06, 0.5)) - side
    x0, x1, y0, y1 = max(0, left), min(columns, left + side), max(0, top), min(rows, top + side)
    if x0 < x1 and y0 < y1:
        paint_over(texture[y0:y1, x0:x1], stamp[y0 - top : y1 - top, x0 - left : x1 - left])


def _twig(
    mask: np.ndarray, start: tuple[float, float], angle: float, length: float, width: float, rng: np.random.Generator
) -> None:
    if length < 3:
        return
    end = (start[0] + math.cos(angle) * length, start[1] + math.sin(angle) * length)
    level = float(np.clip(235 - 120 * end[1] / mask.shape[0] + rng.uniform(-25, 25), 40, 255))
    first, second = ((round(p[0] * 16), round(p[1] * 16)) for p in (start, end))
    cv2.line(mask, first, second, (level, 255.0), max(1, round(width)), cv2.LINE_AA, _BITS)
    for lean in (-0.45, 0.45) if rng.random() < 0.8 else (-0.6, 0.0, 0.6):
        _twig(mask, end, angle + lean + rng.normal(0, 0.2), length * rng.uniform(0.6, 0.8), width * 0.72, rng)


class Weeds(Sheer):
    """Ribbons of weed at the sides, near the camera, that sway."""

    def __init__(self, stage: Stage, index: int, blue: _Blue) -> None:
        """Plant them."""
        rng = stage.rng(f"weeds {index}")
        lens = stage.lens
        self.lens, self.depth = lens, (7.5, 5.2)[index]
        side = 1 if (stage.scene.seed + index) % 2 else -1
        middle = 0.5 + side * (0.36, 0.46)[index]
        self.foot = [(middle + rng.normal(0, 0.055)) * lens.width for _ in range(13)]
        self.tall = rng.uniform(0.22, 0.52, 13) * lens.height * (1, 1.25)[index]
        self.phase = rng.uniform(0, math.tau, (13, 2))
        clear = _clear(self.depth)
        tint = mix(colour("5a7a34"), colour("8a6a34"), 0.4) * blue.light * clear * np.float32(0.7)
        self.tint, self.haze = image(tint), image(blue.deep * (1 - clear))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the ribbons, bent by the swell."""
        view, t = now.view, now.t
        lens = self.lens
        near = lens.nearness(self.depth)
        base = lens.row(self.depth) + 0.03 * lens.height
        mask = np.zeros((*canvas.shape[:2], 2), np.uint8)
        for k, foot in enumerate(self.foot):
            a, b = self.phase[k]
            share = np.linspace(0, 1, 22)
            sway = 0.10 * np.sin(a + 0.9 * t - 2.6 * share) + 0.035 * np.sin(b + 1.7 * t - 5 * share)
            u = foot + sway * share**1.3 * self.tall[k] * 1.6
            v = base - share * self.tall[k]
            half = (0.030 * (1 - share) ** 0.6 + 0.004) * self.tall[k] * (1 + 0.25 * np.sin(share * 40 + a))
            scale, x, y = view.place(near)
            left = np.stack([scale * (u - half) + x, scale * v + y], -1)
            right = np.stack([scale * (u + half) + x, scale * v + y], -1)[::-1]
            outline = np.round(np.vstack([left, right]) * 16).astype(np.int32)
            cv2.fillPoly(mask, [outline], (90.0 + 100 * ((k * 37) % 10) / 10, 255.0), cv2.LINE_AA, _BITS)
        columns = np.flatnonzero(mask[..., 1].any(axis=0))
        if columns.size:
            part = slice(int(columns[0]), int(columns[-1]) + 1)
            stamp = image(mask[:, part]) / np.float32(255)
            lit = recolour(stamp, image([*zip(self.tint, self.haze, strict=True), (0.0, 1.0)]))
            paint_over(canvas[:, part], lit)


class School(Sheer):
    """Fish that swim together."""

    def __init__(self, stage: Stage, index: int, depth: float, blue: _Blue) -> None:
        """Gather them."""
        rng = stage.rng(f"school {index}")
        count = 26 if stage.scene.has("fish") else 13
        self.lens, self.depth = stage.lens, depth
        self.heading = 1 if rng.random() < 0.5 else -1
        self.place = rng.normal(0, 1, (count, 2)) * (0.12, 0.045)
        self.middle = (0.5 - self.heading * rng.uniform(0.05, 0.25), rng.uniform(0.30, 0.48))
        self.phase, self.size = rng.uniform(0, math.tau, (count, 2)), rng.uniform(0.7, 1.2, count)
        clear = _clear(depth)
        body = colour(("ffc24a", "e8eef2", "ff8a4c")[int(rng.integers(3))]) * blue.light * clear * np.float32(0.9)
        self.frames = [_fish(bend, image(body), image(blue.deep * (1 - clear))) for bend in np.linspace(-1, 1, 9)]

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


class Rays(Sheer):
    """Shafts of light from the surface."""

    def __init__(self, stage: Stage, blue: _Blue) -> None:
        """Find where they start."""
        rng = stage.rng("rays")
        self.lens, self.blue = stage.lens, blue
        self.origin = (
            stage.lens.width * (0.5 + 0.22 * (1 if stage.light.sun_x > stage.lens.width / 2 else -1)),
            -0.75 * stage.lens.height,
        )
        self.rows = [rng.uniform(0, math.tau, 7) for _ in range(2)]
        self.breath = wander(rng, 0.05, 0.3)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Add the light."""
        view, t = now.view, now.t
        height, width = canvas.shape[:2]
        rows, columns = height // 6, width // 6
        x0, y0 = view.point(*self.origin, 0.05)
        x, y = (np.arange(columns) + 0.5) * 6 - x0, (np.arange(rows) + 0.5) * 6 - y0
        angle = np.arctan2(x[None, :], y[:, None])
        total = np.ones_like(angle)
        for side, phases in zip((1, -1), self.rows, strict=True):
            wave = np.zeros_like(angle)
            for k, phase in enumerate(phases):
                wave += np.sin(angle * (17 + 13.3 * k) + phase + side * (0.35 + 0.09 * k) * t) / (1 + 0.35 * k)
            total *= np.clip(0.42 + 0.34 * wave, 0, 2)
        deep = np.exp(-np.clip(y[:, None] / height - 0.5, 0, None) * 1.55)
        beam = total * deep * np.exp(-((angle / 0.62) ** 2)) * (0.9 + 0.1 * self.breath(t))
        glow = resize(blur(image(beam), 0.8), width, height)
        canvas += spread(glow) * np.array([*(self.blue.light * np.float32(0.20)), 0], np.float32)
