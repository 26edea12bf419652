"""Plants as stamps: how light or dark, and how covering, each pixel is; colour comes when they are planted.

Drawn stroke by stroke from back to front, lit from the upper right.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.pixels import Image, image

Stamp = Image
"""(rows, columns, 2): shade 0 to 1, premultiplied, and coverage. It stands on its bottom row's middle."""

_Pad = NDArray[np.uint8]
_BITS: Final = 4
_ONE: Final = 1 << _BITS


def conifer(rng: np.random.Generator) -> Stamp:
    """Return a spruce."""
    pad = np.zeros((480, 220, 2), np.uint8)
    slim, droop = rng.uniform(0.55, 0.95), rng.uniform(0.25, 0.5)
    _stroke(pad, (110, 476), (110, 60), 60, 7)
    for at in np.sort(rng.uniform(0, 1, 330)):
        turn = rng.uniform(-math.pi, math.pi)
        # Widest a little above the ground, tiers of branches of uneven length.
        reach = (at**0.85) * 96 * slim * rng.uniform(0.62, 1.0) * (0.82 + 0.18 * math.sin(at * 61))
        top = 10 + at * 420
        x, depth = math.cos(turn) * reach, math.sin(turn)
        end = (110 + x, top + droop * abs(x) + depth * reach * 0.12 + 6)
        shade = 78 + 46 * depth + 44 * math.cos(turn) - 26 * at + rng.uniform(-22, 22)
        _branch(pad, (110 + x * 0.08, top), end, shade, rng)
    return _stamp(pad)


def broadleaf(rng: np.random.Generator) -> Stamp:
    """Return a round-crowned tree in leaf."""
    pad = np.zeros((420, 400, 2), np.uint8)
    centre = (200 + rng.uniform(-12, 12), 170)
    _stroke(pad, (200, 416), centre, 46, 17)
    clumps = []
    for _ in range(13):
        angle, away = rng.uniform(0, math.tau), rng.uniform(0.2, 1)
        clumps.append((centre[0] + math.cos(angle) * away * 105, centre[1] + math.sin(angle) * away * 88 - 12))
        _stroke(pad, (200, 300), clumps[-1], 40, 6)
    for x, y in sorted(clumps, key=lambda clump: -clump[1]):
        _leaves(pad, (x, y), rng.uniform(48, 78), 260, rng)
    return _stamp(pad)


def bare(rng: np.random.Generator) -> Stamp:
    """Return a tree without leaves."""
    pad = np.zeros((420, 400, 2), np.uint8)
    _limb(pad, (200, 416), -math.pi / 2, 105, 13, rng)
    return _stamp(pad)


def palm(rng: np.random.Generator) -> Stamp:
    """Return a palm."""
    pad = np.zeros((460, 360, 2), np.uint8)
    lean = rng.uniform(-60, 60)
    path = [(180 + lean * (k / 12) ** 2, 456 - 320 * k / 12) for k in range(13)]
    for start, end in pairwise(path):
        _stroke(pad, start, end, 70 + rng.uniform(-12, 12), 9)
    crown = path[-1]
    for turn in np.sort(rng.uniform(-0.5, math.pi + 0.5, 26)):
        _frond(pad, crown, float(turn), rng.uniform(90, 135), rng)
    return _stamp(pad)


def shrub(rng: np.random.Generator) -> Stamp:
    """Return a low bush."""
    pad = np.zeros((150, 240, 2), np.uint8)
    for _ in range(9):
        _leaves(pad, (120 + rng.uniform(-70, 70), 105 + rng.uniform(-28, 22)), rng.uniform(24, 44), 90, rng)
    return _stamp(pad)


def tuft(rng: np.random.Generator) -> Stamp:
    """Return a tuft of grass."""
    pad = np.zeros((130, 170, 2), np.uint8)
    for _ in range(75):
        foot = 85 + rng.normal(0, 16)
        lean, tall = rng.normal(0, 26), rng.uniform(45, 122)
        middle = (foot + lean * 0.3, 128 - tall * 0.6)
        shade = rng.uniform(55, 150)
        _stroke(pad, (foot, 129), middle, shade * 0.8, 3)
        _stroke(pad, middle, (foot + lean, 128 - tall), shade, 2)
    return _stamp(pad)


STAMPS: Final[dict[str, Callable[[np.random.Generator], Stamp]]] = {
    "conifer": conifer,
    "broadleaf": broadleaf,
    "bare": bare,
    "palm": palm,
    "shrub": shrub,
    "tuft": tuft,
}


def _stamp(pad: _Pad) -> Stamp:
    return image(pad.astype(np.float32) / 255)


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(x * _ONE), round(y * _ONE)


def _stroke(pad: _Pad, start: tuple[float, float], end: tuple[float, float], shade: float, width: int) -> None:
    level = float(min(255.0, max(8.0, shade)))
    cv2.line(pad, _fixed(*start), _fixed(*end), (level, 255.0), width, cv2.LINE_AA, _BITS)


def _branch(
    pad: _Pad, start: tuple[float, float], end: tuple[float, float], shade: float, rng: np.random.Generator
) -> None:
    """Draw a bough with needles hanging from it."""
    _stroke(pad, start, end, shade * 0.7, 2)
    for share in rng.uniform(0.15, 1.0, 5):
        x, y = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
        drop = rng.uniform(3, 13) * (1.1 - 0.5 * share)
        _stroke(pad, (x, y - 1), (x + rng.uniform(-6, 6), y + drop), shade * rng.uniform(0.75, 1.2), 2)


def _leaves(pad: _Pad, middle: tuple[float, float], radius: float, count: int, rng: np.random.Generator) -> None:
    """Draw a clump of leaves as a ball lit from the upper right."""
    for depth in np.sort(rng.uniform(-0.6, 1, count)):
        ring = math.sqrt(max(0.0, 1 - depth * depth)) * math.sqrt(rng.uniform(0.1, 1.1))
        angle = rng.uniform(0, math.tau)
        x, y = math.cos(angle) * ring, math.sin(angle) * ring
        shade = 92 + 44 * depth + 36 * x - 52 * y + rng.uniform(-24, 24)
        spot = _fixed(middle[0] + x * radius, middle[1] + y * radius * 0.86)
        level = float(min(255.0, max(10.0, shade)))
        cv2.circle(pad, spot, round(rng.uniform(1.3, 3.6) * _ONE), (level, 255.0), -1, cv2.LINE_AA, _BITS)


def _limb(
    pad: _Pad, start: tuple[float, float], angle: float, length: float, width: float, rng: np.random.Generator
) -> None:
    if length < 9:
        return
    end = (start[0] + math.cos(angle) * length, start[1] + math.sin(angle) * length)
    _stroke(pad, start, end, 62 + rng.uniform(-14, 14) + 18 * math.cos(angle), max(1, round(width)))
    for _ in range(3 if length > 26 else 2):
        _limb(pad, end, angle + rng.normal(0, 0.42), length * rng.uniform(0.6, 0.82), width * 0.64, rng)


def _frond(pad: _Pad, crown: tuple[float, float], turn: float, length: float, rng: np.random.Generator) -> None:
    """Draw one palm leaf: an arc that falls over, with leaflets."""
    side, up = math.cos(turn), -math.sin(turn)
    shade = 70 + 40 * side - 50 * up + rng.uniform(-16, 16)
    last = crown
    for k in range(1, 15):
        share = k / 14
        sag = 0.95 * length * share**2.2
        here = (crown[0] + side * length * share, crown[1] + up * length * share * 0.75 + sag)
        _stroke(pad, last, here, shade * 0.8, 2)
        leaf = 25 * math.sin(math.pi * min(1, share + 0.12)) + 6
        for lean in (-1, 1):
            tip = (here[0] + side * 9 + lean * 5, here[1] + leaf * (0.9 if lean > 0 else 0.55))
            _stroke(pad, here, tip, shade + rng.uniform(-18, 18), 2)
        last = here


def shrink(stamp: Stamp, height: float) -> Stamp:
    """Return `stamp` `height` pixels high."""
    rows = max(2, round(height))
    columns = max(2, round(stamp.shape[1] * rows / stamp.shape[0]))
    return cast("Stamp", cv2.resize(stamp, (columns, rows), interpolation=cv2.INTER_AREA))
