"""Inside a forest: trunks in rows that fade into the light, leaves overhead, a floor, and shafts of sun."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from video_gen.local.animatic.band import Band, band_card
from video_gen.local.animatic.landscape import LEAVES, Recipe, ground_land
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer
from video_gen.local.animatic.lens import View
from video_gen.local.animatic.noise import fractal, wander
from video_gen.local.animatic.pixels import Image, add_light, blur, image, mix, paint_over, resize, rgb, warp
from video_gen.local.animatic.planting import Nursery, Planter, Wood
from video_gen.local.animatic.stage import WORKERS, Stage
from video_gen.local.animatic.tone import colour
from video_gen.local.animatic.treerow import Row, RowPainter, bark_tile

WOODS: Final = Recipe(horizon=0.60, eye=1.7, ranges=())
_HALF: Final = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25]])  # from the screen's pixels to those of half its size
_ROWS: Final = (
    Row(depth=70, trunks=26, low=0.78, clumps=26, bushes=46),
    Row(depth=42, trunks=17, low=0.66, clumps=24, bushes=40),
    Row(depth=26, trunks=11, low=0.50, clumps=22, open_to=0.06, bushes=26),
    Row(depth=16, trunks=7, low=0.36, clumps=16, open_to=0.11),
    Row(depth=9.5, trunks=4, low=0.22, clumps=11, open_to=0.17),
)
_FERNS: Final = Wood(
    kinds=("tuft", "shrub"), height=(0.3, 0.8), colours=("leaves", "grass"), count=210, patchy=0.55, aside=0.75
)


def woods(stage: Stage) -> list[Layer]:
    """Return the forest, from the light behind it to the nearest trunks."""
    glow = forest_glow(stage)
    nursery = Nursery(stage.scene.seed, stage.light)
    layers: list[Layer] = [Backlight(stage, glow)]
    bark = bark_tile(stage.rng("bark"))
    with ThreadPoolExecutor(WORKERS) as workers:
        floor = workers.submit(_floor, stage, nursery)
        rows = list(workers.map(lambda index: _row(stage, nursery, index, glow, bark), range(len(_ROWS))))
        layers += [_joined(rows[0], rows[1]), floor.result(), *rows[2:]]
    if stage.scene.hour not in {"night", "midnight", "blue"} and stage.scene.cover not in {"storm", "overcast"}:
        layers.insert(-2, Shafts(stage, glow))
    return layers


def forest_glow(stage: Stage) -> Image:
    """Return the light between the trees, far in."""
    light, scene = stage.light, stage.scene
    leaf = rgb(0.94, 1.0, 1.1) if scene.season == "winter" else colour(LEAVES[scene.season][0]) * np.float32(2.4)
    green = mix(np.ones(3, np.float32), leaf, 0.35)
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
        thick = 0.25 if stage.scene.season == "winter" else 0.9
        bright = bright * (1 - canopy * thick * (1 - np.clip(holes - 0.25, 0, 1)))
        picture = bright[..., None] * glow
        self.picture = image(np.concatenate([picture, np.ones((rows, columns, 1))], -1))

    def draw(self, canvas: Image, now: Moment) -> None:
        """Fill what is seen of the frame: at half its size first, which is twice as fine as what is painted."""
        height, width = canvas.shape[:2]
        rows, columns = min(height, math.ceil(now.hidden / 2) * 2), (width + 1) // 2
        if rows < 2:
            return
        matrix = now.view.matrix(0.01, self.left, self.top, 0.25)
        half = warp(self.picture, _HALF @ np.vstack([matrix, [0, 0, 1]]), columns, rows // 2, border="edge")
        resize(half, width, rows, out=canvas[:rows])

    def covers(self, _view: View) -> float:
        """Return the top: nothing is seen behind it."""
        return 0.0


def _row(stage: Stage, nursery: Nursery, index: int, glow: Image, bark: Image) -> Card:
    """Return one row of trees."""
    row, light = _ROWS[index], stage.light
    clear = np.float32(_fog(stage, row.depth))
    falling = light.fill * np.float32(0.34) + light.sun * np.float32(0.10) + glow * np.float32(0.08)
    painter = RowPainter(
        lens=stage.lens,
        row=row,
        rng=stage.rng(f"row {index}"),
        nursery=nursery,
        bark=bark,
        leaves=() if stage.scene.season == "winter" else LEAVES[stage.scene.season],
        light=image(falling * clear),
        haze=image(glow * np.float32(0.44) * (1 - clear)),
        through=image(glow * np.float32(0.16) * clear),
        from_right=light.sun_x > stage.lens.width / 2,
    )
    return painter.paint()


def _joined(far: Card, near: Card) -> Card:
    """Return two rows as one card: so far in, they move alike."""
    rows = near.texture.shape[0]
    texture = np.zeros_like(near.texture)
    texture[: min(rows, far.texture.shape[0])] = far.texture[:rows]
    paint_over(texture, near.texture)
    return replace(near, texture=texture)


def _floor(stage: Stage, nursery: Nursery) -> Card:
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
    if stage.scene.season == "winter":
        return card
    planter = Planter(nursery, lens, stage.light, stage.air, 0.4)
    names = LEAVES[stage.scene.season]
    planter.plant(card, ground, _FERNS, [colour(name) for name in names], rng)
    return card


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
        add_light(canvas, blur(image(beam), 0.7), self.light)

    def _gap(self, at: Image) -> Image:
        """Return how much light comes through the leaves at the positions `at`."""
        low = np.floor(at).astype(int)
        share = at - low
        return image(self.gaps[low % 512] * (1 - share) + self.gaps[(low + 1) % 512] * share)
