"""Inside a forest: trunks in rows that fade into the light, leaves overhead, a floor, and shafts of sun."""

import math
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.band import Band, band_card
from video_gen.local.animatic.landscape import LEAVES, Recipe, ground_land
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer
from video_gen.local.animatic.lens import View
from video_gen.local.animatic.noise import fractal, wander
from video_gen.local.animatic.pixels import (
    Image,
    add_light,
    blur,
    enlarge,
    image,
    mix,
    paint_over,
    recolour,
    resize,
    warp,
)
from video_gen.local.animatic.planting import Nursery, Planter, Wood, coloured
from video_gen.local.animatic.plants import shrink
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour

WOODS: Final = Recipe(horizon=0.60, eye=1.7, ranges=())
_DENSITY: Final = 1.25
_ROWS: Final = ((70.0, 26), (42.0, 17), (26.0, 11), (16.0, 7), (9.5, 4))
_FERNS: Final = Wood(
    kinds=("tuft", "shrub"), height=(0.3, 0.8), colours=("leaves", "grass"), count=210, patchy=0.55, aside=0.75
)
_BITS: Final = 4


def woods(stage: Stage) -> list[Layer]:
    """Return the forest, from the light behind it to the nearest trunks."""
    glow = forest_glow(stage)
    nursery = Nursery(stage.scene.seed, stage.light)
    layers: list[Layer] = [Backlight(stage, glow)]
    rows = [_row(stage, nursery, index, glow) for index in range(len(_ROWS))]
    layers += [_joined(rows[0], rows[1]), *_floor(stage, nursery), *rows[2:]]
    if stage.scene.hour not in {"night", "midnight", "blue"} and stage.scene.cover not in {"storm", "overcast"}:
        layers.insert(-2, Shafts(stage, glow))
    return layers


def forest_glow(stage: Stage) -> Image:
    """Return the light between the trees, far in."""
    light, scene = stage.light, stage.scene
    green = mix(np.ones(3, np.float32), colour(LEAVES[scene.season][0]) * np.float32(2.4), 0.35)
    sky = light.stops[1] * np.float32(0.42) + light.glow * np.float32(0.4) + light.sun * np.float32(0.34)
    return image(sky * green * np.float32(0.9 if not scene.has("fog") else 1.0))


def _fog(stage: Stage, depth: float) -> float:
    """Return the share of an object's own light that arrives from `depth` metres in the woods."""
    reach = 34.0 if stage.scene.has("fog") else 58.0
    return math.exp(-depth / reach)


class Backlight:
    """What shines through from behind: brightest where the sun stands, mottled by leaves."""

    def __init__(self, stage: Stage, glow: Image) -> None:
        """Paint it once."""
        lens = stage.lens
        rng = stage.rng("backlight")
        self.left, self.top = -lens.reach_x * lens.width, -lens.reach_y * lens.height
        columns = round(lens.width * (1 + 2 * lens.reach_x) / 4)
        rows = round(lens.height * (1 + 2 * lens.reach_y) / 4)
        x = self.left + (np.arange(columns) + 0.5) * 4
        y = self.top + (np.arange(rows) + 0.5) * 4
        sun_x = float(np.clip(stage.light.sun_x, 0.22 * lens.width, 0.78 * lens.width))
        away = np.hypot((x[None, :] - sun_x) / lens.focal, (y[:, None] - 0.42 * lens.height) / lens.focal / 1.2)
        bright = 0.20 + 1.55 * np.exp(-((away / 0.2) ** 1.3))
        leaf = fractal(rng, columns, rows, 26, 5, 0.62)
        canopy = np.clip((lens.horizon - 0.16 * lens.height - y) / (0.5 * lens.height), 0, 1)[:, None]
        holes = np.clip(0.62 + 1.5 * leaf, 0, 1.5)
        bright = bright * (1 - canopy * 0.9 * (1 - np.clip(holes - 0.25, 0, 1)))
        picture = bright[..., None] * glow
        self.picture = image(np.concatenate([picture, np.ones((rows, columns, 1))], -1))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Fill the frame."""
        view = now.view
        height, width = canvas.shape[:2]
        matrix = view.matrix(0.01, self.left, self.top, 0.25)
        canvas[:] = warp(self.picture, matrix, width, height, border="edge")

    def covers(self, _view: View) -> float:
        """Return the top: nothing is seen behind it."""
        return 0.0


def _row(stage: Stage, nursery: Nursery, index: int, glow: Image) -> Card:
    """Return one row of trunks with their leaves."""
    depth, count = _ROWS[index]
    rng = stage.rng(f"row {index}")
    lens = stage.lens
    left, top = -lens.reach_x * lens.width, -lens.reach_y * lens.height
    foot = lens.row(depth)
    columns = round(lens.width * (1 + 2 * lens.reach_x) * _DENSITY)
    rows = round((foot + 0.04 * lens.height - top) * _DENSITY)
    texture = np.zeros((rows, columns, 4), np.float32)
    clear = _fog(stage, depth)
    falling = stage.light.fill * np.float32(0.34) + stage.light.sun * np.float32(0.10) + glow * np.float32(0.08)
    haze = image(glow * np.float32(0.44 * (1 - clear)))
    bark = image(colour("5a4a3c") * falling * np.float32(clear))
    for spot in _spread(rng, count, index):
        wide = rng.uniform(0.28, 0.75) * lens.focal / depth * _DENSITY
        _trunk(
            texture,
            rng,
            (spot * columns, (foot - top) * _DENSITY),
            wide,
            bark,
            haze,
            stage.light.sun_x > lens.width / 2,
        )
    if stage.scene.season != "winter":
        _foliage(texture, stage, rng, index, image(falling * np.float32(clear)), haze, glow)
    if index < 3:
        _undergrowth(
            texture, stage, nursery, rng, depth, image(falling * np.float32(clear)), haze, (foot - top) * _DENSITY
        )
    return Card(texture, left, top, _DENSITY, lens.upright(depth))


def _joined(far: Card, near: Card) -> Card:
    """Return two rows as one card: so far in, they move alike."""
    rows = near.texture.shape[0]
    texture = np.zeros_like(near.texture)
    texture[: min(rows, far.texture.shape[0])] = far.texture[:rows]
    paint_over(texture, near.texture)
    return replace(near, texture=texture)


def _spread(rng: np.random.Generator, count: int, index: int) -> np.ndarray:
    """Return where trunks stand, 0 to 1 across the row: evenly by chance, the middle open in the near rows."""
    spots = (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
    open_to = (0, 0, 0.06, 0.11, 0.17)[index]
    away = spots - 0.5
    return np.where(np.abs(away) < open_to, 0.5 + np.sign(away + 1e-6) * (open_to + 0.04), spots)


def _trunk(
    texture: Image,
    rng: np.random.Generator,
    foot: tuple[float, float],
    wide: float,
    bark: Image,
    haze: Image,
    from_right: bool,  # noqa: FBT001 - internal
) -> None:
    """Draw a trunk that leaves the picture at the top: rounded, its bark furrowed."""
    rows, columns = texture.shape[:2]
    bottom = min(rows, round(foot[1] + wide * 0.1))
    lean = rng.normal(0, 0.02)
    pad = round(wide * 1.6) + abs(round(lean * bottom)) + 4
    x0, x1 = max(0, round(foot[0]) - pad), min(columns, round(foot[0]) + pad)
    if x1 - x0 < 2 or bottom < 4:
        return
    y = np.arange(bottom, dtype=np.float32)[:, None]
    up = (bottom - y) / np.float32(bottom)
    wobble = np.sin(y / (wide * 3.1) + rng.uniform(0, 6)) * wide * 0.03
    middle = foot[0] + lean * (bottom - y) + wobble
    half = wide * (0.5 - 0.17 * up + 0.34 * np.exp(-up * bottom / (wide * 0.8)))
    across = (np.arange(x0, x1, dtype=np.float32)[None, :] - middle) / half
    cover = np.clip((1 - np.abs(across)) * half + 0.5, 0, 1)
    side = across if from_right else -across
    shade = 0.55 + 0.4 * np.clip(side, -1, 1) + 0.25 * (1 - across**2)
    if wide > 7:
        furrows = fractal(rng, max(8, round((x1 - x0) / 1.0)), max(8, bottom // 5), (x1 - x0) / wide * 6, 4, 0.6)
        shade = shade * (1 + 0.55 * enlarge(furrows, x1 - x0, bottom))
    light = np.clip(shade, 0.06, 1.8)[..., None] * bark + haze
    layer = np.concatenate([light * cover[..., None], cover[..., None]], -1)
    paint_over(texture[:bottom, x0:x1], image(layer))


def _foliage(
    texture: Image, stage: Stage, rng: np.random.Generator, index: int, falling: Image, haze: Image, glow: Image
) -> None:
    """Hang leaves into the row from above, clump by clump; light shines through them."""
    rows, columns = texture.shape[:2]
    lens = stage.lens
    depth, _ = _ROWS[index]
    size = max(1.6, 0.075 * lens.focal / depth * _DENSITY * 1.6)
    low = (lens.horizon * (0.78, 0.66, 0.50, 0.36, 0.22)[index] + lens.reach_y * lens.height) * _DENSITY
    names = LEAVES[stage.scene.season]
    tints = [
        colour(name) * (falling * np.float32(1.6) + glow * np.float32(0.16 * _fog(stage, depth))) for name in names
    ]
    mask = np.zeros((rows, columns, 2), np.uint8)
    clumps = round((26, 24, 22, 16, 11)[index] * (1 + lens.reach_x))
    hue = rng.integers(0, len(names), clumps)
    for clump in range(clumps):
        x, y = rng.uniform(0, columns), low * rng.beta(1.2, 1.5)
        edge = abs(x / columns - 0.5) * 2
        if index > 2 and edge < 0.35 and y > 0.55 * low:
            continue
        reach = rng.uniform(0.06, 0.13) * lens.height * _DENSITY
        mask[...] = 0
        count = round(170 * (reach / size / 9) ** 0.8)
        points = rng.normal(0, 1, (count, 2)) * (reach, reach * 0.5)
        for dx, dy in points:
            level = float(np.clip(150 - 60 * dy / reach + rng.uniform(-50, 50), 20, 255))
            spot = (round((x + dx) * 16), round((y + dy) * 16))
            axes = (round(size * rng.uniform(0.6, 1.3) * 16), round(size * rng.uniform(0.3, 0.6) * 16))
            cv2.ellipse(mask, spot, axes, rng.uniform(0, 180), 0, 360, (level, 255.0), -1, cv2.LINE_AA, _BITS)
        x0, x1 = max(0, round(x - 3.5 * reach)), min(columns, round(x + 3.5 * reach))
        y0, y1 = max(0, round(y - 2 * reach)), min(rows, round(y + 2 * reach))
        if x0 < x1 and y0 < y1:
            part = image(mask[y0:y1, x0:x1]) / np.float32(255)
            tint = tints[int(hue[clump])]
            paint_over(texture[y0:y1, x0:x1], recolour(part, image([*zip(tint, haze, strict=True), (0.0, 1.0)])))


def _undergrowth(
    texture: Image,
    stage: Stage,
    nursery: Nursery,
    rng: np.random.Generator,
    depth: float,
    falling: Image,
    haze: Image,
    foot: float,
) -> None:
    """Put bushes and young trees at the feet of a far row."""
    columns = texture.shape[1]
    names = LEAVES[stage.scene.season]
    for _ in range(46):
        kind = "shrub" if rng.random() < 0.8 else "conifer"
        tall = rng.uniform(0.8, 1.9) * (1 if kind == "shrub" else 2.6) * stage.lens.focal / depth * _DENSITY
        tint = colour(names[int(rng.integers(len(names)))]) * np.float32(1.3)
        stamp = coloured(shrink(nursery.stamp(kind, int(rng.integers(4))), tall), image(tint), falling, haze)
        x, y = round(rng.uniform(0, columns)), round(foot + 0.02 * texture.shape[0])
        x0, x1 = max(0, x - stamp.shape[1] // 2), min(columns, x + stamp.shape[1] // 2)
        y0, y1 = max(0, y - stamp.shape[0]), min(texture.shape[0], y)
        if x1 - x0 > 1 and y1 - y0 > 1:
            part = stamp[: y1 - y0, : x1 - x0]
            paint_over(texture[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]], part)


def _floor(stage: Stage, nursery: Nursery) -> list[Layer]:
    """Return the ground, with ferns."""
    lens = stage.lens
    near = lens.depth(1.26 * lens.height)
    land = ground_land(stage, "floor")
    rng = stage.rng("floor")
    card, ground = band_card(Band(near=near, far=75, x=rng.uniform(0, 60), z=rng.uniform(0, 60)), land, lens, stage.air)
    clear = np.exp(-ground.depth / (34.0 if stage.scene.has("fog") else 58.0))[..., None]
    haze = forest_glow(stage) * np.float32(0.44)
    dappled = 0.55 + 0.75 * np.clip(fractal(rng, card.texture.shape[1], card.texture.shape[0], 22, 4) + 0.1, 0, 1)
    cover = card.texture[..., 3:]
    card.texture[..., :3] = card.texture[..., :3] * clear * dappled[..., None] * 0.62 + haze * (1 - clear) * cover
    planter = Planter(nursery, lens, stage.light, stage.air, 0.4)
    names = LEAVES[stage.scene.season]
    planter.plant(card, ground, _FERNS, [colour(name) for name in names], rng)
    return [card]


class Shafts(Sheer):
    """Sunlight that falls in shafts between the leaves; they breathe slowly."""

    def __init__(self, stage: Stage, glow: Image) -> None:
        """Find the gaps that the light comes through."""
        lens = stage.lens
        rng = stage.rng("shafts")
        self.sun = (float(np.clip(stage.light.sun_x, 0.15 * lens.width, 0.85 * lens.width)), -0.28 * lens.height)
        self.gaps = rng.random(512).astype(np.float32)
        gaps = blur(image(np.tile(self.gaps, 3)[None]), 4.5, 0.001)[0, 512:1024]
        self.gaps = image(np.clip((gaps - gaps.mean()) / gaps.std() * 0.6 + 0.15, 0, 1.3))
        self.light = np.array([*(glow * np.float32(0.42) + stage.light.sun * np.float32(0.05)), 0], np.float32)
        self.drift = wander(rng, 0.02, 0.09)

    def draw(self, canvas: Image, now: Moment) -> None:
        """Add the shafts."""
        view, t = now.view, now.t
        height, width = canvas.shape[:2]
        rows, columns = max(2, height // 8), max(2, width // 8)
        x0, y0 = view.point(*self.sun, 0.05)
        x = ((np.arange(columns) + 0.5) * width / columns - x0).astype(np.float32)
        y = ((np.arange(rows) + 0.5) * height / rows - y0).astype(np.float32)
        angle = np.arctan2(x[None, :], y[:, None])
        first = self._gap(angle * np.float32(150) + np.float32(256 + 5 * self.drift(t)))
        second = self._gap(angle * np.float32(97) + np.float32(100 - 7 * self.drift(t + 40)))
        away = np.hypot(x[None, :], y[:, None]) / np.float32(height * 0.85)
        beam = first * (np.float32(0.35) + second) * np.exp(-away * away - (angle / np.float32(0.8)) ** 2)
        add_light(canvas, resize(blur(image(beam), 0.7), width, height), self.light)

    def _gap(self, at: Image) -> Image:
        """Return how much light comes through the leaves at the positions `at`."""
        low = np.floor(at).astype(int)
        share = at - low
        return image(self.gaps[low % 512] * (1 - share) + self.gaps[(low + 1) % 512] * share)
