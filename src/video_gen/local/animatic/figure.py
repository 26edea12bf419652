"""A person seen from behind, as a stamp: small in the landscape, to give it scale."""

from typing import Final

import cv2
import numpy as np

from video_gen.local.animatic.pixels import Image, blur, image

_BITS: Final = 4
_Point = tuple[float, float]
_TALL: Final = 640
_WIDE: Final = 300


def figure(rng: np.random.Generator) -> Image:
    """Return a stamp (rows, columns, 3): the shade of the coat, of hair and trousers, and coverage."""
    pad = np.zeros((_TALL, _WIDE, 3), np.uint8)
    stride = rng.uniform(0.02, 0.05)
    long_coat = rng.random() < 0.6
    for side in (-1, 1):
        _limb(pad, (0.045 * side, 0.50), (0.055 * side + stride * side, 0.26), 0.088, 52)
        _limb(pad, (0.055 * side + stride * side, 0.26), (0.06 * side + stride * side * 0.6, 0.035), 0.066, 46)
        _limb(pad, (0.06 * side, 0.022), (0.082 * side, 0.014), 0.044, 34)
    hem = 0.36 if long_coat else 0.46
    flare = 0.150 if long_coat else 0.112
    for side in (-1, 1):
        _limb(pad, (0.122 * side, 0.775), (0.158 * side, 0.62), 0.066, 84, coat=True)
        _limb(pad, (0.158 * side, 0.62), (0.150 * side, 0.47), 0.052, 78, coat=True)
        _ball(pad, (0.150 * side, 0.45), 0.026, 60)
    half = [
        (0.045, 0.845),
        (0.115, 0.815),
        (0.135, 0.765),
        (0.112, 0.62),
        (0.105, 0.55),
        (flare, hem),
        (0, hem - 0.012),
    ]
    _fill(pad, [*half, *((-x, y) for x, y in reversed(half))], 104)
    _limb(pad, (0, 0.83), (0, 0.87), 0.066, 78)
    _ball(pad, (0, 0.922), 0.064, 66, tall=1.18)
    return _lit(pad)


def _at(point: tuple[float, float]) -> tuple[int, int]:
    """Return the pixel, in fixed point, of a place counted in body heights from between the feet."""
    x, y = _WIDE / 2 + point[0] * _TALL, (1 - point[1]) * (_TALL - 2)
    return round(x * (1 << _BITS)), round(y * (1 << _BITS))


def _shade(level: int, *, coat: bool) -> tuple[float, float, float]:
    return (float(level), 0.0, 255.0) if coat else (0.0, float(level), 255.0)


def _limb(
    pad: np.ndarray,
    start: tuple[float, float],
    end: tuple[float, float],
    thick: float,
    level: int,
    *,
    coat: bool = False,
) -> None:
    width = max(1, round(thick * _TALL))
    cv2.line(pad, _at(start), _at(end), _shade(level, coat=coat), width, cv2.LINE_AA, _BITS)


def _ball(pad: np.ndarray, middle: tuple[float, float], radius: float, level: int, tall: float = 1.0) -> None:
    axes = (round(radius * _TALL * (1 << _BITS)), round(radius * tall * _TALL * (1 << _BITS)))
    cv2.ellipse(pad, _at(middle), axes, 0, 0, 360, _shade(level, coat=False), -1, cv2.LINE_AA, _BITS)


def _fill(pad: np.ndarray, outline: list[tuple[float, float]], level: int) -> None:
    points = np.array([_at(point) for point in outline], np.int32)
    cv2.fillPoly(pad, [points], _shade(level, coat=True), cv2.LINE_AA, _BITS)


def _lit(pad: np.ndarray) -> Image:
    """Round the flat shapes off: brighter towards the upper right, with a rim of light, soft folds in the cloth."""
    stamp = image(pad) / np.float32(255)
    cover = stamp[..., 2]
    inner = blur(cover, 14, border="clear")
    slope_x = np.gradient(inner, axis=1)
    rows = np.arange(_TALL, dtype=np.float32)[:, None]
    folds = 1 + 0.06 * np.sin(np.arange(_WIDE, dtype=np.float32)[None, :] / 9 + 1.6 * np.sin(rows / 60))
    shade = np.clip(0.75 - slope_x * 26, 0.35, 2.4) * folds * (1.12 - 0.3 * rows / _TALL)
    stamp[..., :2] *= np.float32(1) * shade[..., None]
    return image(np.clip(stamp, 0, 1.5))
