"""A reef: rocks, and corals that grow on them."""

import math
from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.blue import Blue, clear
from video_gen.local.animatic.layer import Card
from video_gen.local.animatic.pixels import Image, blur, image, paint_over, planes, recolour
from video_gen.local.animatic.stage import Stage
from video_gen.local.animatic.tone import colour

_DENSITY: Final = 1.25
_CORALS: Final = ("d8697a", "e59a5c", "b86ab0", "d8c06a", "6fae9a", "c8566a")
_BITS: Final = 4


def reef_card(stage: Stage, index: int, depth: float, blue: Blue) -> Card:
    """Return a reef at `depth` metres: rocks, and corals on them."""
    lens = stage.lens
    rng = stage.rng(f"reef {index}")
    left = -lens.reach_x * lens.width
    columns = round(lens.width * (1 + 2 * lens.reach_x) * _DENSITY)
    foot = lens.row(depth)
    tall = (0.20, 0.27, 0.44)[index] * lens.height * _DENSITY
    rows = round(tall * 1.5)
    texture = np.zeros((rows, columns, 4), np.float32)
    left_over = clear(depth)
    haze = blue.haze(depth)
    spots = rng.uniform(0, columns, (13, 10, 8)[index])
    if index == 2:
        spots = np.where(
            np.abs(spots / columns - 0.5) < 0.2, spots + np.sign(spots / columns - 0.5) * 0.22 * columns, spots
        )
    for x in spots:
        _rock(texture, rng, float(x), tall, image(colour("62665e") * blue.light * left_over), haze)
    for _ in range((46, 46, 40)[index]):
        x = float(rng.choice(spots) + rng.normal(0, 0.05) * columns)
        tint = colour(_CORALS[int(rng.integers(len(_CORALS)))]) * blue.light * left_over * np.float32(1.0)
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
    crest = image(high * np.clip(1 - at**2, 0, 1) ** 0.6 * (1 + 0.22 * rough / max(float(rough.std()), 1e-3)))
    y = image(rows - 1 - np.arange(rows))[:, None]
    cover = np.clip(crest[None, :] - y + 0.5, 0, 1)
    up = np.clip(y / np.maximum(crest[None, :], 1), 0, 1)
    grain = blur(image(rng.normal(0, 1, (rows, x1 - x0))), 2.4)
    shade = np.clip(0.16 + 1.0 * up**2.2 + 1.5 * grain, 0.08, 1.5) * cover
    colours = image([*zip((*tint, 0), (*haze, 1), (0, 0, 0, 0), (0, 0, 0, 0), strict=True)])
    paint_over(texture[:, x0:x1], recolour(planes(image(shade), cover, cover, cover), colours))


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
        _knobs(mask, size, rng)
    stamp = recolour(image(mask) / np.float32(255), image([*zip(tint, haze, strict=True), (0.0, 1.0)]))
    left = round(x - side / 2)
    top = rows - round(tall * rng.uniform(0.06, 0.5)) - side
    x0, x1, y0, y1 = max(0, left), min(columns, left + side), max(0, top), min(rows, top + side)
    if x0 < x1 and y0 < y1:
        paint_over(texture[y0:y1, x0:x1], stamp[y0 - top : y1 - top, x0 - left : x1 - left])


def _knobs(mask: np.ndarray, size: float, rng: np.random.Generator) -> None:
    """Draw a dome of small knobs, lit from above."""
    side = mask.shape[0]
    for share in np.sort(rng.uniform(0, 1, 110)):
        angle, away = rng.uniform(math.pi, math.tau), math.sqrt(1 - share**2 * 0.8)
        x, y = side / 2 + math.cos(angle) * away * size * 0.7, side - 2 + math.sin(angle) * away * size * 1.05
        level = min(max(70 + 150 * (1 - y / side) * 1.6 + rng.uniform(-45, 45), 25.0), 255.0)
        spot = (round(x * 16), round(y * 16))
        cv2.circle(mask, spot, round(size * rng.uniform(0.05, 0.10) * 16), (level, 255.0), -1, cv2.LINE_AA, _BITS)


def _twig(
    mask: np.ndarray, start: tuple[float, float], angle: float, length: float, width: float, rng: np.random.Generator
) -> None:
    if length < 3:
        return
    end = (start[0] + math.cos(angle) * length, start[1] + math.sin(angle) * length)
    level = min(max(235 - 120 * end[1] / mask.shape[0] + rng.uniform(-25, 25), 40.0), 255.0)
    first, second = ((round(p[0] * 16), round(p[1] * 16)) for p in (start, end))
    cv2.line(mask, first, second, (level, 255.0), max(1, round(width)), cv2.LINE_AA, _BITS)
    for lean in (-0.45, 0.45) if rng.random() < 0.8 else (-0.6, 0.0, 0.6):
        _twig(mask, end, angle + lean + rng.normal(0, 0.2), length * rng.uniform(0.6, 0.8), width * 0.72, rng)
