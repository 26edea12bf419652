"""Small soft things drawn straight onto the canvas: points of light, flakes, and stamps that turn."""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from video_gen.local.animatic.pixels import Image, Matrix, image, paint_over, warp

_PHASES: Final = 8


@lru_cache(maxsize=4096)
def _dot(size: int, phase_x: int, phase_y: int, hard: int) -> Image:
    """Return a soft disc (k, k, 1) of radius `size` / 4 pixels, its middle off by eighths of a pixel."""
    radius = size / 4
    reach = math.ceil(radius * (1.6 if hard else 2.6)) + 1
    at = np.arange(-reach, reach + 1, dtype=np.float32)
    x, y = at - phase_x / _PHASES, at - phase_y / _PHASES
    distance = np.hypot(x[None, :], y[:, None]) / np.float32(radius)
    edge = np.float32(0.8 / max(radius, 0.8))
    level = np.clip((1 - distance) / edge + 0.5, 0, 1) if hard else np.exp(-(distance**2))
    return image(level[..., None])


def add_dot(canvas: Image, x: float, y: float, radius: float, light: Image, *, hard: bool = False) -> None:
    """Add a soft disc of `light` (4,) to `canvas`, to an eighth of a pixel."""
    stamp, top, left = _placed(x, y, radius, hard=hard)
    part, mask = _clipped(canvas, stamp, top, left)
    if part is not None:
        part += mask * light


def lay_dot(canvas: Image, x: float, y: float, radius: float, colour: Image, cover: float) -> None:
    """Lay a hard-edged disc of `colour` (4,) over `canvas`, as opaque as `cover`."""
    stamp, top, left = _placed(x, y, radius, hard=True)
    part, mask = _clipped(canvas, stamp, top, left)
    if part is not None:
        part += (colour - part) * (mask * np.float32(cover))


def turn(stamp: Image, x: float, y: float, angle: float, scale_x: float, scale_y: float) -> tuple[Matrix, int]:
    """Return the matrix that puts the middle of `stamp` at (`x`, `y`), turned and scaled, and its reach in pixels."""
    rows, columns = stamp.shape[:2]
    cos, sin = math.cos(angle), math.sin(angle)
    a, b, c, d = cos * scale_x, -sin * scale_y, sin * scale_x, cos * scale_y
    middle_x, middle_y = columns / 2 - 0.5, rows / 2 - 0.5
    matrix = np.array([[a, b, x - a * middle_x - b * middle_y], [c, d, y - c * middle_x - d * middle_y]], np.float32)
    reach = math.ceil(0.5 * math.hypot(columns * scale_x, rows * scale_y)) + 2
    return matrix, reach


def lay_stamp(canvas: Image, stamp: Image, matrix: Matrix, x: float, y: float, reach: int) -> None:
    """Put a premultiplied `stamp` over `canvas`, moved by `matrix`, within `reach` pixels of (`x`, `y`)."""
    height, width = canvas.shape[:2]
    left, right = max(0, round(x) - reach), min(width, round(x) + reach + 1)
    top, bottom = max(0, round(y) - reach), min(height, round(y) + reach + 1)
    if left < right and top < bottom:
        moved = matrix - np.array([[0, 0, left], [0, 0, top]], np.float32)
        paint_over(canvas[top:bottom, left:right], warp(stamp, moved, right - left, bottom - top))


def _placed(x: float, y: float, radius: float, *, hard: bool) -> tuple[Image, int, int]:
    whole_x, whole_y = math.floor(x), math.floor(y)
    phase_x, phase_y = int((x - whole_x) * _PHASES), int((y - whole_y) * _PHASES)
    stamp = _dot(max(2, round(radius * 4)), phase_x, phase_y, int(hard))
    reach = stamp.shape[0] // 2
    return stamp, whole_y - reach, whole_x - reach


def _clipped(canvas: Image, stamp: Image, top: int, left: int) -> tuple[Image | None, Image]:
    height, width = canvas.shape[:2]
    rows, columns = stamp.shape[:2]
    y0, y1, x0, x1 = max(0, top), min(height, top + rows), max(0, left), min(width, left + columns)
    if y0 >= y1 or x0 >= x1:
        return None, stamp
    return canvas[y0:y1, x0:x1], stamp[y0 - top : y1 - top, x0 - left : x1 - left]
