"""The stage for prompts that name no place: a curved backdrop, plain forms as stand-ins for a subject, soft light.

The forms are traced as distance fields once; what moves is the light of a window, the camera, and motes of dust.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.floating import Dust
from video_gen.local.animatic.landscape import Recipe
from video_gen.local.animatic.layer import Card, Layer, Moment, Sheer
from video_gen.local.animatic.lens import Lens
from video_gen.local.animatic.noise import fractal, generator, wander
from video_gen.local.animatic.pixels import Image, blur, four, image, sample, scale_light, smoothstep, warp
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.stage import WORKERS
from video_gen.local.animatic.tone import colour

STUDIO: Final = Recipe(horizon=0.50, eye=1.25, ranges=())
_WALL: Final = 7.0
_FORM_AT: Final = 4.9
_DENSITY: Final = 0.8
_STEPS: Final = 44

Field = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Return the distance in metres from points (x right, y up, z ahead) to a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Palette:
    """Backdrop, forms from large to small, and the key and fill lights."""

    wall: str
    forms: tuple[str, str, str]
    key: str = "fff0dc"
    fill: str = "b8c4d8"


_DAY: Final = (
    _Palette(wall="d9b79a", forms=("c98f6c", "efdcc6", "b5654a")),
    _Palette(wall="b9c2b0", forms=("8fa08c", "e8e6da", "d4a06a")),
    _Palette(wall="b4c3d2", forms=("8aa0b8", "eef0f2", "e0a088")),
    _Palette(wall="d8bcbc", forms=("b88a92", "f2e6e2", "8a6a7c")),
    _Palette(wall="cfc6b6", forms=("a89a84", "f0eadc", "5f7a80")),
)
_NIGHT: Final = (
    _Palette(wall="4a5670", forms=("5a6a8a", "a8b4c8", "c88a5a"), key="ffd2a0", fill="4a6ab0"),
    _Palette(wall="5a4a60", forms=("6a5a7a", "b8a8c0", "d89a6a"), key="ffc890", fill="5a5ab0"),
)
_NEON: Final = (_Palette(wall="3a3450", forms=("4a4470", "8a84b0", "6a8ab0"), key="ff4ab0", fill="2ac8ff"),)


def studio(scene: Scene, lens: Lens) -> list[Layer]:
    """Return the stage."""
    rng = generator(scene.seed, "studio")
    table = _NEON if scene.mood == "neon" else _NIGHT if scene.dim else _DAY
    palette = table[int(rng.integers(len(table)))]
    side = 1 if rng.random() < 0.5 else -1
    lit = _Light.of(palette, side, scene)
    forms = _forms(rng, side, palette)
    shadow = _any_of([form.field for form in forms])
    layers: list[Layer] = [*_backdrop(lens, palette, lit, shadow)]
    layers.append(Window(lens, rng, lit, side))
    with ThreadPoolExecutor(WORKERS) as workers:
        far_first = sorted(forms, key=lambda form: -form.depth)
        layers += workers.map(lambda form: _form_card(lens, form, lit, shadow, palette), far_first)
    layers.append(Dust(generator(scene.seed, "motes"), lens.width, lens.height, light=image(lit.key * 0.8), count=46))
    return layers


@dataclass(frozen=True, slots=True)
class _Light:
    """The key light's direction and colour, and the light from everywhere."""

    towards: np.ndarray
    key: Image
    fill: Image

    @classmethod
    def of(cls, palette: _Palette, side: int, scene: Scene) -> "_Light":
        towards = np.array([-0.62 * side, 0.62, -0.55])
        strength = 0.85 if scene.dim or scene.mood in {"noir", "moody"} else 1.0
        fill = 0.30 if scene.dim or scene.mood in {"noir", "moody"} else 0.5
        key = colour(palette.key) * np.float32(strength)
        return cls(image(towards / np.linalg.norm(towards)), image(key), image(colour(palette.fill) * np.float32(fill)))


@dataclass(frozen=True, slots=True)
class _Form:
    """A form: its distance field, its box (left, right, top; metres), the depth it stands at, and its colour."""

    field: Field
    box: tuple[float, float, float]
    depth: float
    tint: Image


def _forms(rng: np.random.Generator, side: int, palette: _Palette) -> list[_Form]:
    """Return an arch, a plinth with a ball, and a low block, composed off the middle."""
    tints = [colour(name) for name in palette.forms]
    x = side * rng.uniform(0.28, 0.5)
    high = rng.uniform(0.62, 0.85)
    ball = rng.uniform(0.30, 0.38)
    plinth = _cylinder(x, _FORM_AT, rng.uniform(0.42, 0.5), high)
    arch_x, arch_z, arch_w, arch_h = x - side * 0.42, 6.0, rng.uniform(0.75, 0.95), rng.uniform(1.75, 2.05)
    block_x, block_z = x - side * rng.uniform(0.95, 1.1), _FORM_AT - 0.25
    block = _box(block_x, block_z, rng.uniform(0.26, 0.34), rng.uniform(0.30, 0.42), 0.28)
    small = _sphere(x + side * 0.78, 0.17, _FORM_AT - 0.55, 0.17)
    return [
        _Form(
            _arch(arch_x, arch_z, arch_w, arch_h),
            (arch_x - arch_w - 0.1, arch_x + arch_w + 0.1, arch_h + 0.1),
            arch_z,
            tints[0],
        ),
        _Form(plinth, (x - 0.7, x + 0.7, high + 0.1), _FORM_AT, tints[1]),
        _Form(
            _sphere(x, high + ball, _FORM_AT, ball),
            (x - ball - 0.1, x + ball + 0.1, high + 2 * ball + 0.1),
            _FORM_AT - 0.02,
            tints[2],
        ),
        _Form(block, (block_x - 0.6, block_x + 0.6, 0.6), block_z, tints[0]),
        _Form(small, (x + side * 0.78 - 0.3, x + side * 0.78 + 0.3, 0.5), _FORM_AT - 0.55, tints[1]),
    ]


def _sphere(cx: float, cy: float, cz: float, radius: float) -> Field:
    return lambda x, y, z: np.asarray(np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) - radius)


def _cylinder(cx: float, cz: float, radius: float, high: float, edge: float = 0.015) -> Field:
    def field(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        a = np.hypot(x - cx, z - cz) - radius + edge
        b = np.abs(y - high / 2) - high / 2 + edge
        return np.asarray(np.minimum(np.maximum(a, b), 0) + np.hypot(np.maximum(a, 0), np.maximum(b, 0)) - edge)

    return field


def _box(cx: float, cz: float, half: float, high: float, deep: float, edge: float = 0.02) -> Field:
    def field(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        # Turned a little, so that two of its sides are seen.
        a, b = (x - cx) * 0.9 + (z - cz) * 0.436, (z - cz) * 0.9 - (x - cx) * 0.436
        p, q, r = np.abs(a) - half + edge, np.abs(y - high / 2) - high / 2 + edge, np.abs(b) - deep + edge
        outside = np.sqrt(np.maximum(p, 0) ** 2 + np.maximum(q, 0) ** 2 + np.maximum(r, 0) ** 2)
        return np.asarray(outside + np.minimum(np.maximum(p, np.maximum(q, r)), 0) - edge)

    return field


def _arch(cx: float, cz: float, half: float, high: float) -> Field:
    """Return a doorway: a slab with a round top and a round-topped opening."""

    def portal(x: np.ndarray, y: np.ndarray, wide: float, tall: float) -> np.ndarray:
        spring = tall - wide
        return np.asarray(np.where(y > spring, np.hypot(x, y - spring) - wide, np.abs(x) - wide))

    def field(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        slab = np.maximum(portal(x - cx, y, half, high), -portal(x - cx, y, half * 0.62, high * 0.82))
        return np.asarray(np.maximum(np.maximum(slab, np.abs(z - cz) - 0.16), -y))

    return field


def _any_of(fields: list[Field]) -> Field:
    def field(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        nearest = fields[0](x, y, z)
        for other in fields[1:]:
            nearest = np.minimum(nearest, other(x, y, z))
        return nearest

    return field


def _shadow(field: Field, x: np.ndarray, y: np.ndarray, z: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Return the share of the key light that reaches each point; shadows soften with distance."""
    clear = np.ones_like(x)
    along = np.full_like(x, 0.03)
    for _ in range(22):
        gap = field(x + towards[0] * along, y + towards[1] * along, z + towards[2] * along)
        clear = np.minimum(clear, 6.5 * gap / along)
        along = along + np.clip(gap, 0.035, 0.45)
    clear = np.clip(clear, 0, 1)
    return np.asarray(clear * clear * (3 - 2 * clear))


def _backdrop(lens: Lens, palette: _Palette, lit: _Light, shadow: Field) -> list[Card]:
    """Return the wall and the floor, which meet in a soft curve."""
    left, top = -lens.reach_x * lens.width, -lens.reach_y * lens.height
    seam = lens.row(_WALL)
    bottom = lens.height * (1 + lens.reach_y)
    columns = round(lens.width * (1 + 2 * lens.reach_x) * _DENSITY / 2)
    u = left + (np.arange(columns) + 0.5) * 2 / _DENSITY
    cards = []
    for first, last, flat in ((top, seam + 2, False), (seam - 1, bottom, True)):
        rows = max(4, math.ceil((last - first) * _DENSITY / 2))
        v = first + (np.arange(rows) + 0.5) * 2 / _DENSITY
        depth = lens.eye * lens.focal / np.maximum(v - lens.horizon, 1) if flat else np.full(rows, _WALL)
        z = np.repeat(depth[:, None], columns, 1)
        x = (u[None, :] - lens.width / 2) / lens.focal * z
        y = np.zeros_like(z) if flat else lens.eye - (v[:, None] - lens.horizon) / lens.focal * z
        x, y, z = image(x), image(y), image(z)
        light = _wash(x, y, z, lit, shadow)
        picture = colour(palette.wall) * light
        texture = image(np.concatenate([picture, np.ones((*x.shape, 1))], -1))
        plane = lens.ground if flat else lens.upright(_WALL)
        cards.append(Card(texture, left, first, _DENSITY / 2, plane, 0.0))
    return cards


def _wash(x: np.ndarray, y: np.ndarray, z: np.ndarray, lit: _Light, shadow: Field) -> Image:
    """Return the light on the backdrop: a pool of key light, shadows, and a curve between wall and floor."""
    turn = np.clip((_WALL - z) / 0.9, 0, 1) * np.clip(1 - y / 0.7, 0, 1)
    facing = -lit.towards[2] * (1 - turn) + lit.towards[1] * turn
    pool = np.exp(-((x + 0.35 * np.sign(lit.towards[0])) ** 2) / 7.5 - ((y - 1.0) ** 2) / 5.0 - ((z - 6) ** 2) / 22)
    direct = facing * pool * (0.30 + 0.70 * _shadow(shadow, x, y + 0.004, z - 0.01, lit.towards))
    gap = np.clip(shadow(x, y, z) / 0.55, 0, 1)
    ambient = (0.45 + 0.55 * gap**0.7) * (0.72 + 0.28 * pool)
    return image(direct[..., None] * lit.key * 1.25 + ambient[..., None] * lit.fill)


def _form_card(lens: Lens, form: _Form, lit: _Light, shadow: Field, palette: _Palette) -> Card:
    """Trace one form."""
    scale = lens.focal / (form.depth - 0.45)
    left, right = (lens.width / 2 + edge * scale * (1.0 if abs(edge) > 0 else 1) for edge in form.box[:2])
    left, right = (
        min(left, lens.width / 2 + form.box[0] * lens.focal / form.depth) - 4,
        max(right, lens.width / 2 + form.box[1] * lens.focal / form.depth) + 4,
    )
    top = lens.horizon + (lens.eye - form.box[2]) * (scale if form.box[2] > lens.eye else lens.focal / form.depth) - 6
    bottom = lens.row(form.depth - 0.55) + 6
    density = _DENSITY * 1.5
    columns, rows = max(2, math.ceil((right - left) * density)), max(2, math.ceil((bottom - top) * density))
    u = (left + (np.arange(columns) + 0.5) / density - lens.width / 2) / lens.focal
    v = (top + (np.arange(rows) + 0.5) / density - lens.horizon) / lens.focal
    ray = np.stack(np.broadcast_arrays(u[None, :], -v[:, None], 1.0), -1).astype(np.float32)
    length = np.linalg.norm(ray, axis=-1)
    along, gap = _trace(form, ray / length[..., None], lens.eye, form.depth - 1.1)
    # How closely the ray passes, in pixels: coverage at the outline.
    pixel = along / lens.focal / density
    cover = np.clip(0.5 - gap / pixel + 0.5, 0, 1)
    light = _shade(
        form, ray / length[..., None] * along[..., None] + image([0, lens.eye, 0]), ray, lit, shadow, palette
    )
    texture = image(np.concatenate([light * cover[..., None], cover[..., None]], -1))
    return Card(texture, left, top, density, lens.upright(form.depth))


def _trace(form: _Form, ray: np.ndarray, eye: float, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each ray, the distance at which it comes nearest to the form, and how near that is."""
    x, y, z = (np.ascontiguousarray(ray[..., k]).ravel() for k in range(3))
    where, best = np.full(x.size, start, np.float32), np.full(x.size, 1e9, np.float32)
    active, along = np.arange(x.size), where.copy()
    for _ in range(_STEPS):
        gap = form.field(x[active] * along, eye + y[active] * along, z[active] * along)
        closer = gap < best[active]
        best[active[closer]], where[active[closer]] = gap[closer], along[closer]
        along = along + np.clip(gap, 0.0002, 0.6)
        # Rays that have arrived, or have left the form behind, are done.
        going = (gap > 0.0001) & (along < start + 4)
        active, along = active[going], along[going]
        if not active.size:
            break
    return where.reshape(ray.shape[:2]), best.reshape(ray.shape[:2])


def _shade(form: _Form, point: np.ndarray, ray: np.ndarray, lit: _Light, shadow: Field, palette: _Palette) -> Image:
    """Return the light that leaves each point of a form."""
    x, y, z = point[..., 0], point[..., 1], point[..., 2]
    step = 0.004
    normal = np.stack(
        [
            form.field(x + step, y, z) - form.field(x - step, y, z),
            form.field(x, y + step, z) - form.field(x, y - step, z),
            form.field(x, y, z + step) - form.field(x, y, z - step),
        ],
        -1,
    )
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    facing = np.clip(normal @ lit.towards, 0, 1)
    off = point + normal * 0.012
    direct = facing * _shadow(shadow, off[..., 0], off[..., 1], off[..., 2], lit.towards)
    near = np.clip(shadow(x + normal[..., 0] * 0.2, y + normal[..., 1] * 0.2, z + normal[..., 2] * 0.2) / 0.2, 0, 1)
    open_air = (0.40 + 0.60 * near) * (0.62 + 0.38 * normal[..., 1]) * np.clip(0.45 + y, 0.45, 1)
    bounce = np.clip(0.5 - 0.5 * normal[..., 1], 0, 1) * np.exp(-y / 0.5)
    light = direct[..., None] * lit.key * 1.2 + open_air[..., None] * lit.fill
    light = light + bounce[..., None] * colour(palette.wall) * lit.key * 0.28
    half = lit.towards - ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    half /= np.linalg.norm(half, axis=-1, keepdims=True)
    shine = np.clip((normal * half).sum(-1), 0, 1) ** 36 * direct * 0.16
    return image(form.tint * light + shine[..., None] * lit.key)


class Window(Sheer):
    """The light of a window on the wall, and the shadows of leaves in it, which stir."""

    def __init__(self, lens: Lens, rng: np.random.Generator, lit: _Light, side: int) -> None:
        """Cut the panes."""
        self.lens, self.side = lens, side
        self.light = four(lit.key * np.float32(0.66))
        self.left, self.top = -lens.reach_x * lens.width, -lens.reach_y * lens.height
        columns, rows = (
            round(size * (1 + 2 * reach) / 4)
            for size, reach in ((lens.width, lens.reach_x), (lens.height, lens.reach_y))
        )
        x = (self.left + (np.arange(columns) + 0.5) * 4 - lens.width / 2) / lens.focal * _WALL
        y = lens.eye - (self.top + (np.arange(rows) + 0.5) * 4 - lens.horizon) / lens.focal * _WALL
        across = (x[None, :] * side + 0.15 - 0.42 * (y[:, None] - 1.5)) / 1.5
        up = (y[:, None] - 1.75 + 0.16 * x[None, :] * side) / 1.55
        self.panes = image(_bar(across, -1.0, -0.04) + _bar(across, 0.04, 1.0)) * image(
            _bar(up, -1.0, -0.36) + _bar(up, -0.30, 0.34) + _bar(up, 0.40, 1.0)
        )
        self.panes *= y[:, None] > 0.02
        self.panes = blur(self.panes, 1.6 * lens.unit)
        filled = np.argwhere(self.panes > 0.002)
        first, last = (filled.min(axis=0), filled.max(axis=0)) if filled.size else (np.zeros(2), np.zeros(2))
        self.box = ((first[1], first[0]), (last[1] + 1, last[0] + 1))
        leaves = fractal(rng, columns, rows, 17, 4, 0.55)
        self.leaves = blur(smoothstep(0.0, 0.22, leaves), 1.4)
        self.shade = image(np.clip(1.25 - 0.9 * np.hypot(across - 0.5, up - 0.2), 0, 1))
        self.x, self.y = (image(grid) for grid in np.meshgrid(np.arange(columns), np.arange(rows)))
        self.sway = [wander(rng, 0.08, 0.5) for _ in range(2)]

    def draw(self, canvas: Image, now: Moment) -> None:
        """Add the light."""
        view, t = now.view, now.t
        dx, dy = (np.float32(3.2 * move(t)) for move in self.sway)
        stir = np.sin(self.y * np.float32(0.03) + np.float32(0.9 * t)) * np.float32(1.2)
        leaves = sample(self.leaves, self.x + dx + stir, self.y + dy)
        lit = image(self.panes * (1 - leaves * self.shade * np.float32(0.85)))
        matrix = view.plane_matrix(view.lens.upright(_WALL), self.left, self.top, 0.25)[:2]
        height, width = canvas.shape[:2]
        seam = view.point(0, view.lens.row(_WALL), view.lens.nearness(_WALL))[1]
        (left, top), (right, bottom) = ((matrix @ np.array([*corner, 1])).astype(int) for corner in self.box)
        left, right = max(0, left - 4), min(width, right + 5)
        top, bottom = max(0, top - 4), min(height, bottom + 5, math.ceil(seam))
        if left < right and top < bottom:
            moved = matrix - np.array([[0, 0, left], [0, 0, top]], np.float32)
            glow = warp(lit, moved, right - left, bottom - top, border="edge")
            scale_light(canvas[top:bottom, left:right], glow, self.light)


def _bar(at: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 1 between `low` and `high`, soft at the edges."""
    return np.clip((at - low) / 0.03 + 0.5, 0, 1) * np.clip((high - at) / 0.03 + 0.5, 0, 1)
