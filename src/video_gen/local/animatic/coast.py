"""The sea: open water, islands far off, a boat, and a beach with waves that run up and back."""

import math
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.band import Band
from video_gen.local.animatic.dots import lay_stamp, turn
from video_gen.local.animatic.landscape import Landscape, Range, Recipe
from video_gen.local.animatic.layer import Layer, Moment, Sheer
from video_gen.local.animatic.light import Light
from video_gen.local.animatic.noise import fractal
from video_gen.local.animatic.pixels import Image, blur, image, recolour, resize, rgb, sample, smoothstep, spread
from video_gen.local.animatic.planting import Wood
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour, luminance
from video_gen.local.animatic.water import Surface, Water
from video_gen.local.animatic.waves import Sea

_BITS: Final = 4
_ISLES: Final = Range(land="alpine", band=Band(near=9_000, far=15_000, crest=0.055, foot=-0.002, zoom=1.6), valley=0.9)
_CLIFFS: Final = Range(land="alpine", band=Band(near=3_600, far=6_500, crest=0.13, foot=-0.004, zoom=0.9), valley=1.0)
_PALMS: Final = Wood(
    kinds=("palm",), height=(7, 10), colours=("leaves",), count=5, patchy=0, aside=1.0, beyond=9, alone=True
)

OPEN_SEA: Final = Recipe(horizon=0.56, eye=2.4, ranges=())
BEACH: Final = Recipe(horizon=0.48, eye=2.6, ranges=())


def sea_state(stage: Stage) -> Surface:
    """Return the waves and colour of the sea, by the weather."""
    scene, light = stage.scene, stage.light
    rough = scene.cover == "storm" or scene.has("lightning")
    steep = 0.26 if rough else 0.17 if scene.has("rain") else 0.125
    day = luminance(light.sun) * 0.45 + luminance(light.fill)
    body = colour("1d3238" if rough else "0d3f4e") * np.float32(0.25 + 0.8 * day)
    wind = stage.rng("breeze").uniform(0.25, 1.3)
    sea = Sea(steep=steep, swell=46 if rough else 20, wind=wind, aligned=2.5 if rough else 2.0)
    return Surface(sea=sea, body=image(body), wide=130 if rough else 78, clear=6_000 if rough else 9_000, foam=rough)


def coast(stage: Stage) -> list[Layer]:
    """Return the sea of a scene, from the horizon to the camera."""
    scene = stage.scene
    layers: list[Layer] = []
    land = stage.rng("isles").random()
    if scene.has("mountains"):
        layers += Landscape(stage).layers(Recipe(horizon=0, eye=0, ranges=(_ISLES, _CLIFFS)))
    elif land < 0.55 and scene.cover != "storm":
        layers += Landscape(stage).layers(Recipe(horizon=0, eye=0, ranges=(_ISLES,)))
    layers.append(Water(stage.lens, sea_state(stage), stage.rng("water"), stage.light))
    if scene.has("boat"):
        layers.append(Boat(stage))
    if scene.place == "beach":
        layers += _shore(stage)
    return layers


def _shore(stage: Stage) -> list[Layer]:
    sand = Range(land="beach", band=Band(near=stage.lens.depth(1.26 * stage.lens.height), far=40), woods=())
    if stage.scene.has("palms") or stage.rng("palms").random() < 0.5:
        sand = replace(sand, woods=(_PALMS,))
    ground, *trees = Landscape(stage).layers(Recipe(horizon=0, eye=0, ranges=(sand,)))
    return [Shore(stage, ground), *trees]


class Shore(Sheer):
    """Sand up to a line of foam that runs up the beach and back."""

    def __init__(self, stage: Stage, sand: Layer) -> None:
        """Draw the line of the shore."""
        rng = stage.rng("shore")
        self.sand, self.light = sand, stage.light
        self.bend = rng.uniform(0, math.tau, 4)
        self.foam = fractal(rng, 1024, 256, 60, 4)
        self.side = 1 if stage.light.sun_x < stage.lens.width / 2 else -1

    def line(self, x: Image, t: float, delay: float = 0.0) -> Image:
        """Return how far from the camera, 0 (near) to 1, the water's edge is at columns `x` (0 to 1)."""
        a, b, c, d = self.bend
        shape = 0.10 * np.sin(3.1 * x + a) + 0.05 * np.sin(7.7 * x + b) + 0.018 * np.sin(19 * x + c + 0.2 * t)
        run = np.sin(0.72 * (t - delay) + 1.6 * np.sin(2.2 * x + d)) ** 3
        return image(0.40 + 0.34 * self.side * (x - 0.5) + shape - 0.055 * run)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the sand where the water is not."""
        view, t = now.view, now.t
        height, width = canvas.shape[:2]
        top = max(0, int(view.horizon + 0.06 * height))
        if top >= height:
            return
        sea = canvas[top:].copy()
        self.sand.draw(canvas, now)
        sand = canvas[top:]
        # The masks are soft: half the columns are enough for them.
        x = (np.arange(0, width, 2) + 0.5) / width / view.pose.zoom + view.pose.x + view.pose.truck
        x, rows = image(x), image((np.arange(top, height) + 0.5 - view.horizon) / max(1.0, height - view.horizon))
        line = self.line(x, t)
        edge = image(rows[:, None] - line[None, :])
        dry = smoothstep(0.03, 0.16, image(rows[:, None] - np.minimum(line, self.line(x, t, 1.1))[None, :]))
        foam = self._foam(edge, rows, x, t)
        shown = smoothstep(-0.004, 0.006, edge) * (1 - foam)
        light = self.light
        # Wet sand is darker, and mirrors a little of the sky.
        wet = image(np.stack([shown * (1 - dry) * np.float32(0.14), foam], -1))
        white = (light.sun * np.float32(0.45) + light.fill) * np.float32(0.9)
        gloss = recolour(wet, image([*zip(light.stops[1], white, strict=True), (0.0, 1.0)]))
        sand *= spread(resize(image(shown * (np.float32(0.52) + np.float32(0.48) * dry)), width, height - top))
        sea *= spread(resize(image(1 - shown - foam), width, height - top))
        sand += sea
        sand += resize(gloss, width, height - top)

    def _foam(self, edge: Image, rows: Image, x: Image, t: float) -> Image:
        """Return where there is foam: a line at the water's edge, and lace behind it."""
        u = np.broadcast_to(x[None, :] * np.float32(900), edge.shape)
        v = np.broadcast_to((rows[:, None] * 330) + np.float32(8 * math.sin(0.7 * t)), edge.shape)
        lace = smoothstep(0.02, 0.4, sample(self.foam, image(u % 1023), image(v % 255), border="wrap"))
        front = np.exp(-((edge / np.float32(0.010)) ** 2))
        behind = np.exp(np.minimum(edge, 0) / np.float32(0.075)) * (edge < 0)
        return image(np.clip(front * np.float32(0.95) + behind * lace * np.float32(0.85), 0, 1))


class Boat(Sheer):
    """A sailing boat that rides the waves."""

    def __init__(self, stage: Stage) -> None:
        """Rig the boat."""
        rng = stage.rng("boat")
        self.u = stage.lens.width * float(rng.choice((rng.uniform(0.26, 0.36), rng.uniform(0.64, 0.74))))
        self.depth = float(rng.uniform(95, 130))
        self.stamp = _sailboat(stage.light)
        self.phase = rng.uniform(0, math.tau, 3)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the boat and its reflection."""
        view, t = now.view, now.t
        lens = view.lens
        near = lens.nearness(self.depth)
        a, b, c = self.phase
        tilt = 0.035 * math.sin(a + 1.1 * t) + 0.02 * math.sin(b + 1.9 * t)
        bob = 0.25 * math.sin(c + 1.3 * t) * lens.focal / self.depth
        x, y = view.point(self.u + 0.0016 * lens.width * t, lens.row(self.depth) + bob, near)
        scale = 17 * lens.focal / self.depth / self.stamp.shape[0] * view.scale(near)
        half = self.stamp.shape[0] * scale / 2
        for side, fade in ((-0.8, 0.2), (1.0, 1.0)):
            top = y - side * half * 0.96
            matrix, reach = turn(self.stamp, x, top, tilt * side, scale, scale * side)
            stamp = self.stamp if fade == 1 else image(self.stamp * np.float32(fade))
            lay_stamp(canvas, stamp, matrix, x, top, reach + 4)


def _sailboat(light: Light) -> Image:
    """Return a sailing boat 300 pixels high, premultiplied."""
    picture = np.zeros((300, 240, 4), np.float32)
    lit = light.sun * np.float32(0.5) + light.fill
    through = light.glow * np.float32(0.25)

    def paint(points: list[tuple[float, float]], tint: Image) -> None:
        mask = np.zeros((300, 240), np.uint8)
        fixed = np.round(np.array(points) * (1 << _BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _BITS)
        cover = (image(mask) / np.float32(255))[..., None]
        picture[...] = picture * (1 - cover) + cover * np.array([*tint, 1], np.float32)

    paint([(117, 22), (121, 22), (122, 256), (116, 256)], image(rgb(0.16, 0.11, 0.07) * lit))
    paint([(124, 26), (150, 110), (178, 236), (124, 242)], image(rgb(0.82, 0.79, 0.73) * lit + through))
    paint([(114, 34), (92, 130), (58, 244), (114, 244)], image(rgb(0.68, 0.66, 0.62) * lit + through))
    paint([(34, 252), (208, 250), (186, 284), (58, 286)], image(rgb(0.11, 0.07, 0.05) * lit))
    paint([(40, 254), (204, 252), (200, 258), (44, 260)], image(rgb(0.5, 0.42, 0.34) * lit))
    return blur(picture, 0.7)
