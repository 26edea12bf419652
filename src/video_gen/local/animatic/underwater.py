"""Under water: ripples overhead, light that falls in shafts, a reef, and the blue that swallows the rest."""

import math
from typing import Final

import numpy as np

from video_gen.local.animatic.band import Band, band_card
from video_gen.local.animatic.blue import Blue, clear_at
from video_gen.local.animatic.floating import Bubbles, Dust
from video_gen.local.animatic.landscape import Recipe, ground_land
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer
from video_gen.local.animatic.lens import View
from video_gen.local.animatic.noise import read_tile, seamless, spectral_tile, wander
from video_gen.local.animatic.pixels import Image, add_light, blur, four, image, resize, row_of, scale_light, tinted
from video_gen.local.animatic.reef import reef_card
from video_gen.local.animatic.sealife import School, Weeds
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour

REEF: Final = Recipe(horizon=0.56, eye=2.4, ranges=())


def underwater(stage: Stage) -> list[Layer]:
    """Return the layers of a reef."""
    blue = Blue.of(stage)
    width, height = stage.lens.width, stage.lens.height
    layers: list[Layer] = [Depths(stage, blue), _bed(stage, blue)]
    for index, depth in enumerate((30.0, 18.0, 9.5)):
        layers.append(reef_card(stage, index, depth, blue))
        if index < 2:
            layers.append(School(stage, index, depth * 0.8, blue))
    layers += [Weeds(stage, index, blue) for index in range(2)]
    layers.append(Rays(stage, blue))
    if not stage.scene.dark:
        plankton = image(blue.light * np.float32(0.5))
        layers.append(Dust(stage.rng("plankton"), width, height, light=plankton, count=80))
    layers.append(Bubbles(stage.rng("bubbles"), width, height, count=60))
    return layers


class Depths(Sheer):
    """The open water: bright towards the surface, and the surface's ripples seen from below."""

    _COARSE: Final = 8

    def __init__(self, stage: Stage, blue: Blue) -> None:
        """Weave the ripples."""
        rng = stage.rng("surface")
        self.blue = blue
        self.tiles = [seamless(_caustic(rng)) for _ in range(2)]
        self.sun = 0.5 + 0.22 * (1 if stage.light.sun_x > stage.lens.width / 2 else -1)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Fill the frame."""
        height, width = canvas.shape[:2]
        last = min(height, math.ceil(now.hidden))
        if last < 1:
            return
        half = self._water(now.view, (width + 1) // 2, last)
        self._ripple(half, now.view, now.t)
        resize(half, width, last, out=canvas[:last])

    def _water(self, view: View, columns: int, rows: int) -> Image:
        """Return still water at half the frame's columns, for its first `rows`."""
        coarse, wide = max(2, rows // self._COARSE), max(2, columns * 2 // self._COARSE)
        below = ((np.arange(coarse) + 0.5) * rows / coarse - view.horizon) / (0.56 * view.lens.height)
        up = np.clip(-below, 0, 1.4)
        x = (np.arange(wide) + 0.5) / wide - self.sun + view.pose.x
        spot = np.outer(up, np.exp(-((x / 0.42) ** 2)))
        share = image(np.clip(0.10 + 0.80 * up[:, None] ** 1.5 * (0.55 + 0.6 * spot), 0, 1.2))
        water = tinted(share, four(self.blue.high - self.blue.deep))
        water += row_of(np.array([*self.blue.deep, 1], np.float32), wide)
        return resize(water, columns, rows)

    def _ripple(self, half: Image, view: View, t: float) -> None:
        """Add the light of ripples to water at half the frame's columns."""
        height = view.lens.height
        # The surface is seen from the row where a line of sight rises steeply enough.
        last = min(half.shape[0], int(view.horizon - 0.38 * 0.56 * height))
        if last < 4:
            return
        up = (view.horizon - np.arange(last) - 0.5) / (0.56 * height)
        columns = (np.arange(half.shape[1]) * 2 + 0.5) / view.lens.width
        away = 1.0 / up
        u = np.outer(image(away), image((columns - 0.5 + view.pose.x) * 1.6))
        v = image(away * 2.0)[:, None]
        light = read_tile(self.tiles[0], u + np.float32(0.02 * t), v + np.float32(0.05 * t))
        light *= read_tile(self.tiles[1], u * np.float32(1.3) - np.float32(0.03 * t), v * np.float32(1.3))
        across = image(1.1 * np.exp(-(((columns - self.sun + view.pose.x) / 0.42) ** 2)))
        spot = np.outer(image(np.clip(up, 0, 1.4)), across)
        spot += np.float32(0.35)
        light *= spot
        light *= image(np.clip((up - 0.38) / 0.5, 0, 1) ** 1.5)[:, None]
        add_light(half[:last], light, four(self.blue.light * np.float32(1.5)))


def _caustic(rng: np.random.Generator) -> Image:
    """Return a tile of bright winding lines, like light through waves."""
    noise = spectral_tile(rng, 256, 2.4, low=2, high=26)
    return image(np.clip(1 - np.abs(noise) * 1.7, 0, 1) ** 2.4 * 1.5 + 0.12)


def _bed(stage: Stage, blue: Blue) -> Layer:
    """Return the sandy floor."""
    lens = stage.lens
    rng = stage.rng("bed")
    land = ground_land(stage, "bed")
    band = Band(near=lens.depth(1.26 * lens.height), far=90, x=rng.uniform(0, 30), z=rng.uniform(0, 30))
    card, ground = band_card(band, land, lens, stage.air)
    clear = clear_at(ground.depth)[..., None]
    lit = np.clip(card.texture[..., :3].mean(axis=-1, keepdims=True), 0, 2)
    sand = lit / max(float(lit.mean()), 1e-3) * colour("b8c2a0") * blue.light * np.float32(0.55)
    cover = card.texture[..., 3:]
    card.texture[..., :3] = (sand * clear + blue.far * (1 - clear)) * cover
    return Bed(card, stage)


class Bed:
    """The sea floor under moving light."""

    def __init__(self, card: Card, stage: Stage) -> None:
        """Weave the light."""
        rng = stage.rng("caustics")
        self.card = card
        self.tiles = [seamless(_caustic(rng)) for _ in range(2)]

    def covers(self, view: View) -> float:
        """Return the row from which on the floor is opaque."""
        return self.card.covers(view)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the floor and the light on it."""
        self.card.draw(canvas, now)
        view, t = now.view, now.t
        height, width = canvas.shape[:2]
        top = max(0, math.floor(view.horizon + 0.03 * height))
        if top >= height:
            return
        lens, pose = view.lens, view.pose
        depth = lens.eye * lens.focal * pose.zoom / (np.arange(top, height) + 0.5 - view.horizon)
        metres = lens.nearest / lens.focal
        across = ((np.arange(0, width, 2) + 0.5 - width / 2) / pose.zoom + pose.x * width) / lens.focal
        u = np.outer(image(depth / 2.6), image(across)) + np.float32(pose.truck * width * metres / 2.6)
        v = image((depth + pose.dolly * lens.nearest) / 2.6)[:, None]
        light = read_tile(self.tiles[0], u + np.float32(0.05 * t), v + np.float32(0.04 * t))
        u, v = u * np.float32(0.83) - np.float32(0.04 * t), v * np.float32(0.83) + np.float32(0.05 * t)
        light *= read_tile(self.tiles[1], u, v)
        light -= np.float32(0.22)
        light *= image(np.exp(-depth / 9.0))[:, None]
        scale_light(canvas[top:], light, np.array([1.6, 1.6, 1.5, 0], np.float32))


class Rays(Sheer):
    """Shafts of light from the surface."""

    _COARSE: Final = 8

    def __init__(self, stage: Stage, blue: Blue) -> None:
        """Find where they start."""
        rng = stage.rng("rays")
        side = 1 if stage.light.sun_x > stage.lens.width / 2 else -1
        self.blue = blue
        self.origin = (stage.lens.width * (0.5 + 0.22 * side), -0.75 * stage.lens.height)
        self.rows = [rng.uniform(0, math.tau, 6) for _ in range(2)]
        self.breath = wander(rng, 0.05, 0.3)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Add the light."""
        height, width = canvas.shape[:2]
        rows, columns = max(2, height // self._COARSE), max(2, width // self._COARSE)
        x0, y0 = now.view.point(*self.origin, 0.05)
        x = ((np.arange(columns) + 0.5) * width / columns - x0).astype(np.float32)
        y = ((np.arange(rows) + 0.5) * height / rows - y0).astype(np.float32)
        angle = np.arctan2(x[None, :], y[:, None])
        beam = image(np.exp(-((angle / np.float32(0.62)) ** 2)) * np.float32(0.9 + 0.1 * self.breath(now.t)))
        for side, phases in zip((1, -1), self.rows, strict=True):
            beam *= np.clip(np.float32(0.42) + np.float32(0.34) * _ripples(angle, phases, side * now.t), 0, 2)
        beam *= np.exp(-np.clip(y / height - 0.5, 0, None) * np.float32(1.55))[:, None]
        add_light(canvas, blur(beam, 0.8), four(self.blue.light * np.float32(0.22)))


def _ripples(angle: Image, phases: np.ndarray, t: float) -> Image:
    wave = np.zeros_like(angle)
    for k, phase in enumerate(phases):
        turn = np.float32(17 + 13.3 * k) * angle + np.float32(phase + (0.35 + 0.09 * k) * t)
        wave += np.sin(turn) * np.float32(1 / (1 + 0.35 * k))
    return wave
