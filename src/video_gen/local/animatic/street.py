"""A street between buildings, seen along its length: shop windows, signs, lamps, and wet asphalt that mirrors them."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.city import street_glow, tower_look
from video_gen.local.animatic.facade import front, sign_colour
from video_gen.local.animatic.landscape import Recipe
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer
from video_gen.local.animatic.lens import View
from video_gen.local.animatic.noise import read_tile, seamless, spectral_tile
from video_gen.local.animatic.pixels import (
    Image,
    blur,
    channel,
    half_rows,
    image,
    mix,
    paint_over,
    planes,
    recolour,
    resize,
    rgb,
    sample,
    smoothstep,
    spread,
    strips,
    tinted,
)
from video_gen.local.animatic.stage import WORKERS, Stage
from video_gen.local.animatic.tone import colour

STREET: Final = Recipe(horizon=0.60, eye=2.1, ranges=())
_HALF: Final = 8.5  # metres from the middle to the walls
_NEAR: Final = 5.0
_FAR: Final = 230.0
_SCALE: Final = 26  # texture pixels for a metre of wall, near the camera
_TALL: Final = 34.0


def street(stage: Stage) -> list[Layer]:
    """Return both walls of the street, what closes it, its signs and its ground."""
    rng = stage.rng("street")
    with ThreadPoolExecutor(WORKERS) as workers:
        walls = workers.map(lambda side: _wall(stage, stage.rng(f"wall {side}"), side), (-1, 1))
        return [_end(stage, rng), *walls, *_signs(stage, rng), Asphalt(stage)]


@dataclass(frozen=True, slots=True)
class _Strip:
    """A wall unrolled: `picture` (height, length, 4) at `scale` pixels a metre, from `start` metres on."""

    picture: Image
    scale: float
    start: float


def _wall(stage: Stage, rng: np.random.Generator, side: int) -> Card:
    """Return a wall as seen from the camera, drawn at twice the resolution and reduced."""
    lens = stage.lens
    strip = _unrolled(stage, rng)
    density = 1.25
    margin_x, margin_y = lens.reach_x * lens.width, lens.reach_y * lens.height
    middle = lens.width / 2
    left, right = (-margin_x, middle) if side < 0 else (middle, lens.width + margin_x)
    columns = math.ceil((right - left) * density * 2)
    rows = math.ceil((lens.height + 2 * margin_y) * density * 2)
    u = image(left + (np.arange(columns) + 0.5) / (2 * density))
    v = image(-margin_y + (np.arange(rows) + 0.5) / (2 * density))
    depth = image(_HALF * lens.focal / np.maximum(np.abs(u - middle), 0.5))
    up = lens.eye - (v[:, None] - lens.horizon) * (depth / np.float32(lens.focal))[None, :]
    picture = _read(strip, depth, up)
    lost = image(1 - np.exp(-np.maximum(depth - 30, 0) / 95))
    haze = np.array([*street_haze(stage), 1], np.float32)
    for part in strips(rows):
        seen = picture[part]
        mist = tinted(channel(seen, 3), haze)
        mist -= seen
        mist *= spread(image(np.broadcast_to(lost, mist.shape[:2])))
        seen += mist
    texture = resize(picture, columns // 2, rows // 2)
    return Card(texture, left, -margin_y, density, lens.wall(side, _HALF))


def street_haze(stage: Stage) -> Image:
    """Return the colour that the far end of the street fades to."""
    if stage.scene.dim:
        return image(street_glow(stage) * np.float32(0.55) + stage.light.stops[0] * np.float32(0.3))
    return image(stage.air.colours.mean(axis=0))


def _read(strip: _Strip, depth: np.ndarray, up: np.ndarray) -> Image:
    """Look at a strip along the line of sight, choosing a coarser level for columns farther away."""
    levels, scale = [strip.picture], strip.scale
    while min(levels[-1].shape[:2]) > 24 and len(levels) < 7:
        levels.append(resize(levels[-1], levels[-1].shape[1] // 2, levels[-1].shape[0] // 2))
    out = np.zeros((*up.shape, 4), np.float32)
    # A column spans a length of wall that grows with the square of its distance.
    span = np.abs(np.gradient(depth)) * scale
    wanted = np.clip(np.log2(np.maximum(span, 1e-3)) * 0.75, 0, len(levels) - 1).round().astype(int)
    for level in np.unique(wanted):
        at = np.flatnonzero(wanted == level)
        source = levels[level]
        x = np.broadcast_to((depth[at] - strip.start) * source.shape[1] / (_FAR - _NEAR), (up.shape[0], at.size))
        y = (_TALL - up[:, at]) * source.shape[0] / _TALL
        out[:, at] = sample(source, image(x), image(y), border="clear")
    return out


def _unrolled(stage: Stage, rng: np.random.Generator) -> _Strip:
    """Draw the buildings of one side, one after the other."""
    near_scale = _SCALE
    rows, columns = round(_TALL * near_scale), round((_FAR - _NEAR) * near_scale / 2)
    picture = np.zeros((rows, columns, 4), np.float32)
    per_x = columns / (_FAR - _NEAR)
    at = -rng.uniform(0, 8)
    while at < _FAR - _NEAR:
        wide, high = rng.uniform(9, 19), float(np.clip(rng.gamma(9, 2.2), 9, _TALL - 1))
        x0, x1 = round(max(0, at) * per_x), round(min(_FAR - _NEAR, at + wide) * per_x)
        y0 = round((_TALL - high) * near_scale)
        if x1 - x0 > 8:
            face = _house(stage, rng, rows - y0, x1 - x0, (near_scale, per_x))
            picture[y0:, x0:x1, :3] = face
            picture[y0:, x0:x1, 3] = 1
        at += wide
    return _Strip(picture, per_x, _NEAR)


def _house(stage: Stage, rng: np.random.Generator, rows: int, columns: int, scale: tuple[float, float]) -> Image:
    """Return a front: upper floors with windows, a shop below, perhaps signs along the wall."""
    look = tower_look(stage, rng)
    face = front(rng, rows, columns, (3.3 * scale[0], rng.uniform(1.7, 2.8) * scale[1]), look)
    grime = np.linspace(1.0, 0.62, rows, dtype=np.float32)[:, None, None]
    face *= grime
    shop = round(3.9 * scale[0])
    if rng.random() < 0.85:
        _shop(face, stage, rng, shop, round(0.5 * scale[0]))
    if stage.scene.dim and rng.random() < (0.9 if stage.scene.mood == "neon" else 0.4):
        _board(face, rng, shop, scale)
    return face


def _shop(face: Image, stage: Stage, rng: np.random.Generator, tall: int, sill: int) -> None:
    """Open a shop window: lamps under the ceiling, shelves and goods before a lit wall, mullions."""
    rows, columns = face.shape[:2]
    top, bottom, inset = rows - tall, rows - sill, round(0.06 * columns)
    wide, high = columns - 2 * inset, bottom - top
    if wide < 8 or high < 8:
        return
    glow = colour(("ffd9a6", "fff0d8", "ffc88a", "bfe4ff")[int(rng.integers(4))])
    strength = (1.5 if stage.scene.dim else 0.4) * rng.uniform(0.35, 1.0)
    light = np.linspace(1.0, 0.42, high, dtype=np.float32)[:, None] * np.ones(wide, np.float32)
    light[: max(1, high // 14)] *= np.float32(0.3)
    for _ in range(int(rng.integers(10, 18))):
        x, w = int(rng.integers(0, wide)), max(2, round(wide * rng.uniform(0.02, 0.09)))
        h = round(high * rng.uniform(0.12, 0.62))
        light[high - h :, x : x + w] *= np.float32(rng.uniform(0.25, 0.8))
    for shelf in rng.uniform(0.3, 0.8, 2):
        light[round(high * shelf) : round(high * shelf) + max(1, high // 40)] *= np.float32(0.45)
    panes = np.abs(((np.arange(wide) / wide * rng.integers(2, 5)) % 1) - 0.5) < 0.465
    soft = blur(image(light * panes), 0.8)[..., None]
    face[top:bottom, inset : inset + wide] = soft * glow * np.float32(strength) + np.float32(0.004)


def _board(face: Image, rng: np.random.Generator, shop: int, scale: tuple[float, float]) -> None:
    """Put a lit board above the shop: a frame of neon with strokes like letters."""
    rows, columns = face.shape[:2]
    tall, wide = round(1.1 * scale[0]), round(columns * rng.uniform(0.4, 0.75))
    top, left = rows - shop - tall - round(0.25 * scale[0]), (columns - wide) // 2
    if wide < 8 or top < 0:
        return
    tint = sign_colour(rng)
    letters = np.zeros((tall, wide), np.float32)
    x = 2
    while x < wide - 4:
        step = max(2, round(tall * rng.uniform(0.3, 0.55)))
        letters[round(tall * 0.22) : round(tall * 0.78), x : x + max(1, step // 3)] = 1
        if rng.random() < 0.7:
            row = round(tall * rng.choice((0.24, 0.5, 0.74)))
            letters[row : row + max(1, tall // 9), x : x + step] = 1
        x += step + max(1, step // 3)
    back = tint * np.float32(0.14)
    face[top : top + tall, left : left + wide] = back + letters[..., None] * tint * np.float32(3.4)
    halo = blur(image(np.pad(letters, tall)), tall * 0.5, border="clear")
    y0, x0 = max(0, top - tall), max(0, left - tall)
    part = face[y0 : top + 2 * tall, x0 : left + wide + tall]
    part += halo[: part.shape[0], : part.shape[1], None] * tint * np.float32(0.55)


def _signs(stage: Stage, rng: np.random.Generator) -> list[Layer]:
    """Return signs that stick out over the pavement, far to near."""
    if not stage.scene.dim:
        return []
    lens = stage.lens
    count = 11 if stage.scene.mood == "neon" else 5
    layers: list[Layer] = []
    for depth in sorted(rng.uniform(11, 85, count), reverse=True):
        side = int(rng.choice((-1, 1)))
        x = side * (_HALF - rng.uniform(0.75, 1.15))
        high, tall, wide = rng.uniform(3.8, 7.5), rng.uniform(1.6, 4.2), rng.uniform(0.7, 1.2)
        scale = lens.focal / depth
        stamp = _neon(rng, tall * scale, wide * scale, math.exp(-max(0, depth - 30) / 95))
        left = lens.width / 2 + x * scale - stamp.shape[1] / 2
        layers.append(
            Card(stamp, left, lens.row(depth, high + tall / 2) - stamp.shape[0] * 0.2, 1.0, lens.upright(depth))
        )
    return layers


def _neon(rng: np.random.Generator, tall: float, wide: float, clear: float) -> Image:
    """Return an upright neon sign with its halo."""
    rows, columns = max(8, round(tall)), max(5, round(wide))
    pad = columns
    tint, other = sign_colour(rng), sign_colour(rng)
    strokes = np.zeros((rows + 2 * pad, columns + 2 * pad), np.float32)
    glyphs = max(2, rows // max(4, columns))
    step = rows / glyphs
    for glyph in range(glyphs):
        grid = rng.random((5, 4)) < 0.5
        block = resize(image(grid), max(2, round(columns * 0.66)), max(2, round(step * 0.7)))
        y, x = pad + round(glyph * step + step * 0.15), pad + round(columns * 0.17)
        strokes[y : y + block.shape[0], x : x + block.shape[1]] = (block > 0.5)[: strokes.shape[0] - y]
    frame = np.zeros_like(strokes)
    thick = max(1, columns // 14)
    frame[pad : pad + rows, pad : pad + columns] = 1
    body = frame.copy()
    frame[pad + thick : pad + rows - thick, pad + thick : pad + columns - thick] = 0
    bright = blur(strokes, 0.5)[..., None] * tint * np.float32(3.6) + blur(frame, 0.5)[..., None] * other * np.float32(
        2.6
    )
    halo = blur(strokes + frame, columns * 0.32, border="clear")[..., None] * mix(tint, other, 0.4) * np.float32(0.5)
    light = (bright + halo + body[..., None] * rgb(0.02, 0.02, 0.03)) * np.float32(clear)
    cover = np.maximum(body * 0.92, np.clip(strokes, 0, 1))[..., None]
    return image(np.concatenate([light, cover], -1))


def _end(stage: Stage, rng: np.random.Generator) -> Card:
    """Return what stands at the far end: towers in the haze."""
    lens = stage.lens
    density, span = 1.25, 0.5 * lens.width
    rows, columns = round(0.62 * lens.height * density), round(span * density)
    texture = np.zeros((rows, columns, 4), np.float32)
    x = 0
    while x < columns:
        wide = round(columns * rng.uniform(0.05, 0.12))
        y0 = round(rows * rng.uniform(0.25, 0.75))
        part = texture[y0:, x : x + wide]
        if part.shape[1] > 2:
            part[..., :3] = front(rng, rows - y0, part.shape[1], (4.2, 3.4), tower_look(stage, rng))
            part[..., 3] = 1
        x += wide + round(columns * rng.uniform(0, 0.02))
    rise = np.linspace(0.35, 0.85, rows, dtype=np.float32)[:, None, None]
    texture[..., :3] += (street_haze(stage) - texture[..., :3]) * rise * texture[..., 3:]
    top = lens.row(_FAR) - 0.62 * lens.height
    return Card(texture, (lens.width - span) / 2, top, density, lens.upright(_FAR))


class Asphalt(Sheer):
    """The ground of the street; where it is wet it mirrors the walls that stand on it."""

    def __init__(self, stage: Stage) -> None:
        """Lay the asphalt."""
        rng = stage.rng("asphalt")
        self.stage = stage
        self.wet = 1.0 if stage.scene.has("rain") or stage.scene.mood == "neon" else 0.35 if stage.scene.dim else 0.0
        puddles = spectral_tile(rng, 512, 1.5, low=2, high=120)
        grit = spectral_tile(rng, 512, 0.5, low=20)
        rough = np.stack([puddles, grit, np.roll(grit, 171, 1), np.zeros_like(grit)], -1)
        self.tile = seamless(image(rough))
        light = stage.light
        falling = light.fill * np.float32(0.8) + light.sun * np.float32(0.3)
        if stage.scene.dim:
            falling = falling + street_glow(stage) * np.float32(0.55)
        base, kerb = colour("4a4a4e") * falling, colour("76767a") * falling
        # From (asphalt, stone, and two that do not count) to red, green, blue, and a coverage that is set later.
        self.colours = np.zeros((4, 4), np.float32)
        self.colours[:3, 0], self.colours[:3, 1] = base, kerb

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the ground below the walls' feet."""
        view = now.view
        height, width = canvas.shape[:2]
        top = max(0, math.floor(view.horizon))
        if top >= height:
            return
        lens, pose = view.lens, view.pose
        columns = np.arange(0, width, 2) + 0.5
        across = image(((columns - width / 2) / pose.zoom + pose.x * width) / lens.focal)
        below = np.maximum((np.arange(top, height) + 0.5 - view.horizon) / pose.zoom, 0.5)
        depth = image(lens.eye * lens.focal / below)
        metres = lens.nearest / lens.focal
        x = across[None, :] * depth[:, None] + np.float32(pose.truck * width * metres)
        z = np.broadcast_to((depth + np.float32(pose.dolly * lens.nearest))[:, None], x.shape)
        rough = read_tile(self.tile, x / 11, z / 11)
        # Only between the walls: beyond their feet the canvas already shows them.
        between = smoothstep(-0.02, 0.05, image(_HALF - np.abs(x)))
        wet = image(self._wetness(channel(rough, 0), x) * between)
        layer = self._ground(channel(rough, 1), x, depth, image(between - wet))
        mirrored = self._mirrored(canvas, view, across, (below, depth), (channel(rough, 1), channel(rough, 2)))
        mirrored *= spread(wet * np.float32(0.92))
        layer += mirrored
        layer[..., 3] = between
        for rows in strips(height - top):
            part = canvas[top:][rows]
            paint_over(part, resize(layer[rows], width, part.shape[0]))

    def _wetness(self, puddles: Image, x: Image) -> Image:
        if not self.wet:
            return np.zeros_like(puddles)
        pool = smoothstep(-0.5, 0.9, puddles)
        road = smoothstep(0.3, 0.0, image(np.abs(x) - (_HALF - 3)))
        return image(self.wet * (0.22 + 0.55 * pool) * (0.55 + 0.45 * road))

    def _ground(self, grit: Image, x: Image, depth: Image, share: Image) -> Image:
        """Return the dry ground, weighted by `share`: asphalt, its broken middle line, and the pavements."""
        path = smoothstep(0.0, 0.06, image(np.abs(x) - (_HALF - 2.6)))
        dash = (np.abs(x) < 0.09) & (np.floor(depth / 3) % 2 < 1)[:, None]
        light = image(share * (np.float32(0.9) + np.float32(0.14) * grit))
        stone = image(light * path)
        light -= stone
        stone += light * (np.float32(1.2) * dash)
        return recolour(planes(light, stone, light, light), self.colours)

    def _mirrored(
        self, canvas: Image, view: View, across: Image, reach: tuple[np.ndarray, Image], grit: tuple[Image, Image]
    ) -> Image:
        """Return what the ground mirrors: the walls upside down about the line of their feet."""
        below, depth = reach
        # The blur leaves no more to be seen than a quarter of the rows can show.
        rows = canvas.shape[0] // 2
        small = blur(half_rows(resize(canvas[-2 * rows :], canvas.shape[1] // 2, rows)), 1.2, 1.7)
        focal = view.lens.focal * view.pose.zoom
        foot = np.abs(across) * np.float32(view.lens.eye / _HALF * focal)
        here = image(below * view.pose.zoom)[:, None]
        shake = grit[0] * image(5.5 + 10 / np.maximum(depth, 4))[:, None] * np.float32(view.lens.unit)
        row = view.horizon + 2 * np.minimum(foot[None, :], here) - here + shake
        column = np.arange(across.size, dtype=np.float32)[None, :] + grit[1] * np.float32(0.8)
        at = image(np.clip(row * np.float32(0.25) - np.float32(0.25), 0, small.shape[0] - 1))
        return sample(small, image(np.broadcast_to(column, row.shape)), at)
