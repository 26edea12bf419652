"""A skyline beyond water: towers in rows, lit by the sky by day and from within at night."""

import math
from typing import Final

import numpy as np

from video_gen.local.animatic.dots import add_dot
from video_gen.local.animatic.facade import Look, front, sign_colour
from video_gen.local.animatic.landscape import Recipe
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer, solid_row
from video_gen.local.animatic.noise import lattice
from video_gen.local.animatic.pixels import Image, image, rgb, strips
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour, luminance
from video_gen.local.animatic.water import Surface, Water
from video_gen.local.animatic.waves import Sea

_DENSITY: Final = 1.5
_WALLS: Final = ("6c6a6a", "57606c", "7a6f64", "4d545e", "86817c", "5f5650")
_QUAY: Final = 300.0

CITY: Final = Recipe(horizon=0.66, eye=5, ranges=())


def city(stage: Stage) -> list[Layer]:
    """Return three rows of towers and the water before them."""
    rng = stage.rng("city")
    beacons = Beacons(stage.rng("beacons"))
    layers: list[Layer] = []
    for depth, tall, width, share in (
        (2_600.0, 0.27, 0.020, 1.0),
        (1_100.0, 0.33, 0.032, 0.8),
        (430.0, 0.25, 0.055, 0.72),
    ):
        layers.append(_row(stage, rng, depth, tall, width, share, beacons))
    layers += [Water(stage.lens, _river(stage), stage.rng("water"), stage.light), beacons]
    return layers


def tower_look(stage: Stage, rng: np.random.Generator) -> Look:
    """Return the look of one building under the stage's light."""
    light, scene = stage.light, stage.scene
    wall = colour(_WALLS[int(rng.integers(len(_WALLS)))]) * np.float32(rng.uniform(0.7, 1.25))
    falling = light.fill * np.float32(0.8) + light.sun * np.float32(0.34)
    glass = light.stops[int(rng.integers(1, 4))] * np.float32(rng.uniform(0.25, 0.7))
    lit = 0.42 if scene.dark else 0.34 if scene.dim else 0.10 if scene.hour in {"sunset", "dawn"} else 0.0
    return Look(wall=image(wall * falling), glass=image(glass), lit=lit, glow=1.7 if scene.dark else 1.2)


def _row(
    stage: Stage, rng: np.random.Generator, depth: float, tall: float, width: float, share: float, beacons: "Beacons"
) -> Card:
    """Return one row of towers; `tall` and `width` are shares of the frame's longer side for a typical tower."""
    lens = stage.lens
    size = max(lens.height * 1.15, lens.width * 0.6)
    margin = lens.reach_x * lens.width
    base = lens.row(depth)
    top = base - 1.75 * tall * size
    columns = math.ceil((lens.width + 2 * margin) * _DENSITY)
    rows = math.ceil((base - top + 0.05 * lens.height) * _DENSITY)
    texture = np.zeros((rows, columns, 4), np.float32)
    hills = lattice(rng, columns, 64, 3.2)[32] * 0.5 + 0.5
    foot = round((base - top) * _DENSITY)
    x = -rng.uniform(0, 40)
    while x < columns:
        wide = rng.gamma(5, width / 5) * size * _DENSITY + 6
        if rng.random() < share:
            high = (
                tall
                * size
                * _DENSITY
                * (0.35 + 0.85 * hills[int(np.clip(x, 0, columns - 1))])
                * rng.uniform(0.45, 1.25)
            )
            spot = _tower(texture, stage, rng, (x, foot), (wide, high), depth)
            if spot is not None and rng.random() < 0.4:
                beacons.add(-margin + spot[0] / _DENSITY, top + spot[1] / _DENSITY, lens.nearness(depth))
        x += wide * rng.uniform(0.55, 1.15)
    texture[foot:, :, :3] = (tower_look(stage, rng).wall * np.float32(0.5))[None, None]
    texture[foot:, :, 3] = 1
    _veil(texture, stage, depth, (base, top))
    return Card(texture, -margin, top, _DENSITY, lens.upright(depth), solid_row(texture))


def _tower(
    texture: Image,
    stage: Stage,
    rng: np.random.Generator,
    foot: tuple[float, float],
    size: tuple[float, float],
    depth: float,
) -> tuple[float, float] | None:
    """Draw one tower: one or two steps, a lit and a shaded side, windows, perhaps a mast. Return its highest point."""
    look = tower_look(stage, rng)
    pixel = stage.lens.focal / depth * _DENSITY
    cell = (max(2.6, 3.3 * pixel), max(2.4, rng.uniform(2.0, 3.4) * pixel))
    lit_side = 1 if stage.light.sun_x > stage.lens.width / 2 else -1
    left, wide, high = foot[0], size[0], size[1]
    peak = None
    for step in range(int(rng.integers(1, 4))):
        x0, x1 = round(max(0, left)), round(min(texture.shape[1], left + wide))
        y0, y1 = round(max(0, foot[1] - high)), round(foot[1])
        if x1 - x0 < 3 or y1 - y0 < 3:
            break
        face = front(rng, y1 - y0, x1 - x0, cell, look)
        split = round((x1 - x0) * (0.68 if lit_side < 0 else 0.32))
        shaded = slice(split, None) if lit_side < 0 else slice(None, split)
        face[:, shaded] *= np.float32(0.62)
        face[:1] *= np.float32(1.5)
        texture[y0:y1, x0:x1, :3] = face
        texture[y0:y1, x0:x1, 3] = 1
        peak = ((x0 + x1) / 2, float(y0))
        inset = wide * rng.uniform(0.1, 0.24)
        left, wide, high = left + inset, wide - 2 * inset, high * rng.uniform(1.06, 1.28)
        if step == 0 and stage.scene.mood == "neon" and rng.random() < 0.3:
            _sign(texture, rng, (x0, x1), (y0, y1))
    if peak is not None and rng.random() < 0.35:
        mast = round(peak[0])
        y0 = max(0, round(peak[1] - rng.uniform(0.06, 0.2) * size[1]))
        texture[y0 : round(peak[1]), mast : mast + 2, :3] = look.wall * np.float32(0.6)
        texture[y0 : round(peak[1]), mast : mast + 2, 3] = 1
        peak = (mast + 1.0, float(y0))
    return peak


def _sign(texture: Image, rng: np.random.Generator, across: tuple[int, int], down: tuple[int, int]) -> None:
    """Hang a vertical neon sign on a tower."""
    x = round(rng.uniform(across[0], max(across[0] + 1, across[1] - 6)))
    wide = max(2, round((across[1] - across[0]) * 0.1))
    y0 = round(down[0] + (down[1] - down[0]) * rng.uniform(0.08, 0.3))
    y1 = round(y0 + (down[1] - down[0]) * rng.uniform(0.18, 0.4))
    texture[y0:y1, x : x + wide, :3] = sign_colour(rng) * np.float32(3.0)


def _veil(texture: Image, stage: Stage, depth: float, span: tuple[float, float]) -> None:
    """Lay the air, and at night the glow of the streets, over a row of towers."""
    base, top = span
    rows, columns = texture.shape[:2]
    rise = np.clip((base - (np.arange(rows) / _DENSITY + top)) / stage.lens.focal * depth, 0, None)
    u = image(np.arange(columns) / _DENSITY - stage.lens.reach_x * stage.lens.width)
    clear = stage.air.clarity(image(np.full(rows, depth * 1.6)), image(rise))[:, None, None]
    haze = stage.air.colour(u, image(np.full(columns, depth * 4)))[None]
    if stage.scene.dim:
        street = np.exp(-rise / 55)[:, None, None]
        haze = haze + street * street_glow(stage) * np.float32(0.9)
        clear = image(clear * (1 - 0.45 * street))
    haze = image(np.broadcast_to(haze * (1 - clear), (rows, columns, 3)))
    for part in strips(rows):
        light = texture[part, :, :3]
        light *= image(clear[part])
        light += haze[part] * texture[part, :, 3:]


def street_glow(stage: Stage) -> Image:
    """Return the colour of lit streets in the haze."""
    return rgb(0.42, 0.16, 0.44) if stage.scene.mood == "neon" else rgb(0.42, 0.27, 0.14)


def paint_glow(stage: Stage) -> None:
    """Paint the city's light into the night sky above the horizon."""
    sky = stage.sky
    rise = (stage.lens.horizon - sky.v) / np.float32(stage.lens.height)
    glow = np.exp(-np.maximum(rise, 0) / 0.16)[:, None, None] * street_glow(stage) * np.float32(0.42)
    sky.clear[..., :3] += image(glow)


def _river(stage: Stage) -> Surface:
    light = stage.light
    body = colour("14282f") * (0.3 * luminance(light.sun) + light.fill)
    rough = 0.075 if stage.scene.has("rain") else 0.05
    sea = Sea(steep=rough, swell=9, wind=stage.rng("breeze").uniform(0.3, 1.2), aligned=1)
    return Surface(sea=sea, body=image(body), far=_QUAY, wide=44, fine=11, clear=30_000, smear=5.5)


class Beacons(Sheer):
    """Red lights on masts, which come and go slowly."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Start with none."""
        self._rng = rng
        self._lights: list[tuple[float, float, float, float]] = []

    def add(self, u: float, v: float, near: float) -> None:
        """Put a light at a reference pixel."""
        self._lights.append((u, v, near, float(self._rng.uniform(0, math.tau))))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the lights."""
        view, t = now.view, now.t
        for u, v, near, phase in self._lights:
            x, y = view.point(u, v, near)
            power = max(0.0, math.sin(phase + 2.1 * t)) ** 3
            add_dot(canvas, x, y, 1.3 * view.lens.unit, np.array([3.2, 0.25, 0.18, 0], np.float32) * np.float32(power))
