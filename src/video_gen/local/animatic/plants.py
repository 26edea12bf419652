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

from video_gen.local.animatic.figure import figure
from video_gen.local.animatic.pixels import Image, image

Stamp = Image
"""(rows, columns, 3): the shade of leaves and of wood, 0 to 1, premultiplied, and coverage.

It stands on the middle of its bottom row.
"""

_Pad = NDArray[np.uint8]
_BITS: Final = 4
_ONE: Final = 1 << _BITS


def conifer(rng: np.random.Generator) -> Stamp:
    """Return a spruce."""
    pad = np.zeros((480, 220, 3), np.uint8)
    slim, droop = rng.uniform(0.55, 0.95), rng.uniform(0.25, 0.5)
    _wood(pad, (110, 476), (110, 60), 70, 7)
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
    pad = np.zeros((420, 400, 3), np.uint8)
    centre = (200 + rng.uniform(-12, 12), 190)
    _wood(pad, (200, 418), centre, 60, 17)
    clumps = []
    for _ in range(16):
        angle, away = rng.uniform(0, math.tau), rng.uniform(0.2, 1)
        clumps.append((centre[0] + math.cos(angle) * away * 118, centre[1] + math.sin(angle) * away * 96 - 14))
        _wood(pad, (200, 320), clumps[-1], 55, 6)
    for x, y in sorted(clumps, key=lambda clump: -clump[1]):
        _leaves(pad, (x, y), rng.uniform(44, 72), 250, rng)
    return _stamp(pad)


def bare(rng: np.random.Generator) -> Stamp:
    """Return a tree without leaves."""
    pad = np.zeros((420, 400, 3), np.uint8)
    _limb(pad, (200, 416), -math.pi / 2, 105, 13, rng)
    return _stamp(pad)


def palm(rng: np.random.Generator) -> Stamp:
    """Return a palm."""
    pad = np.zeros((460, 360, 3), np.uint8)
    lean = rng.uniform(-60, 60)
    path = [(180 + lean * (k / 12) ** 2, 456 - 320 * k / 12) for k in range(13)]
    for start, end in pairwise(path):
        _wood(pad, start, end, 92 + rng.uniform(-20, 20), 9)
    crown = path[-1]
    for turn in rng.permutation(np.linspace(-0.5, math.pi + 0.5, 22)):
        _frond(pad, crown, float(turn) + rng.normal(0, 0.1), rng.uniform(95, 150), rng)
    return _stamp(pad)


def shrub(rng: np.random.Generator) -> Stamp:
    """Return a low bush."""
    pad = np.zeros((150, 240, 3), np.uint8)
    for _ in range(9):
        _leaves(pad, (120 + rng.uniform(-70, 70), 105 + rng.uniform(-28, 22)), rng.uniform(24, 44), 90, rng)
    return _stamp(pad)


def tuft(rng: np.random.Generator) -> Stamp:
    """Return a tuft of grass."""
    pad = np.zeros((130, 170, 3), np.uint8)
    for _ in range(75):
        foot = 85 + rng.normal(0, 16)
        lean, tall = rng.normal(0, 26), rng.uniform(45, 122)
        middle = (foot + lean * 0.3, 128 - tall * 0.6)
        shade = rng.uniform(55, 150)
        _stroke(pad, (foot, 129), middle, shade * 0.8, 3)
        _stroke(pad, middle, (foot + lean, 128 - tall), shade, 2)
    return _stamp(pad)


def flower(rng: np.random.Generator) -> Stamp:
    """Return a few stalks in bloom; what is `leaf` elsewhere is petal here, and the stalks are `wood`."""
    pad = np.zeros((150, 120, 3), np.uint8)
    for _ in range(int(rng.integers(3, 7))):
        foot, tall, lean = 60 + rng.normal(0, 10), rng.uniform(70, 135), rng.normal(0, 12)
        tip = (foot + lean, 149 - tall)
        _wood(pad, (foot, 149), tip, 80, 2)
        for turn in np.linspace(0, math.tau, 7)[:-1] + rng.uniform(0, 1):
            petal = (tip[0] + 7.5 * math.cos(turn), tip[1] + 5.5 * math.sin(turn))
            level = float(np.clip(185 - 40 * math.sin(turn) + rng.uniform(-20, 20), 60, 255))
            cv2.circle(pad, _fixed(*petal), round(4.4 * _ONE), (level, 0.0, 255.0), -1, cv2.LINE_AA, _BITS)
        cv2.circle(pad, _fixed(*tip), round(2.6 * _ONE), (0.0, 150.0, 255.0), -1, cv2.LINE_AA, _BITS)
    return _stamp(pad)


STAMPS: Final[dict[str, Callable[[np.random.Generator], Stamp]]] = {
    "conifer": conifer,
    "broadleaf": broadleaf,
    "bare": bare,
    "palm": palm,
    "shrub": shrub,
    "tuft": tuft,
    "flower": flower,
    "figure": figure,
}


def _stamp(pad: _Pad) -> Stamp:
    """Return the pad as a stamp, without the empty space at both sides and on top."""
    rows, columns = np.flatnonzero(pad[..., 2].any(axis=1)), np.flatnonzero(pad[..., 2].any(axis=0))
    half = int(np.abs(columns - pad.shape[1] / 2).max()) + 2
    middle = pad.shape[1] // 2
    return image(pad[rows[0] :, max(0, middle - half) : middle + half].astype(np.float32) / 255)


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(x * _ONE), round(y * _ONE)


def _stroke(pad: _Pad, start: tuple[float, float], end: tuple[float, float], shade: float, width: int) -> None:
    """Draw a green stroke."""
    level = float(min(255.0, max(8.0, shade)))
    cv2.line(pad, _fixed(*start), _fixed(*end), (level, 0.0, 255.0), width, cv2.LINE_AA, _BITS)


def _wood(pad: _Pad, start: tuple[float, float], end: tuple[float, float], shade: float, width: int) -> None:
    """Draw a stroke of wood."""
    level = float(min(255.0, max(8.0, shade)))
    cv2.line(pad, _fixed(*start), _fixed(*end), (0.0, level, 255.0), width, cv2.LINE_AA, _BITS)


def _branch(
    pad: _Pad, start: tuple[float, float], end: tuple[float, float], shade: float, rng: np.random.Generator
) -> None:
    """Draw a bough with needles hanging from it."""
    _wood(pad, start, end, shade * 0.6, 1)
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
        cv2.circle(pad, spot, round(rng.uniform(1.3, 3.6) * _ONE), (level, 0.0, 255.0), -1, cv2.LINE_AA, _BITS)


def _limb(
    pad: _Pad, start: tuple[float, float], angle: float, length: float, width: float, rng: np.random.Generator
) -> None:
    if length < 9:
        return
    end = (start[0] + math.cos(angle) * length, start[1] + math.sin(angle) * length)
    _wood(pad, start, end, 78 + rng.uniform(-14, 14) + 22 * math.cos(angle), max(1, round(width)))
    for _ in range(3 if length > 26 else 2):
        _limb(pad, end, angle + rng.normal(0, 0.42), length * rng.uniform(0.6, 0.82), width * 0.64, rng)


def _frond(pad: _Pad, crown: tuple[float, float], turn: float, length: float, rng: np.random.Generator) -> None:
    """Draw one palm leaf: an arc that falls over, with leaflets."""
    side, up = math.cos(turn), -math.sin(turn)
    shade = 70 + 40 * side - 50 * up + rng.uniform(-16, 16)
    last = crown
    for k in range(1, 15):
        share = k / 14
        sag = 0.62 * length * share**2.1
        here = (crown[0] + side * length * share, crown[1] + up * length * share * 0.62 + sag)
        _stroke(pad, last, here, shade * 0.8, 2)
        leaf = 25 * math.sin(math.pi * min(1, share + 0.12)) + 6
        for lean in (-1, 1):
            tip = (here[0] + side * 9 + lean * 5, here[1] + leaf * (0.9 if lean > 0 else 0.55))
            _stroke(pad, here, tip, shade + rng.uniform(-18, 18), 2)
        last = here


def halved(stamp: Stamp) -> list[Stamp]:
    """Return `stamp` at full, half, quarter ... size, down to a few pixels."""
    sizes = [stamp]
    while min(sizes[-1].shape[:2]) >= 8:
        rows, columns = sizes[-1].shape[:2]
        smaller = cv2.resize(sizes[-1], (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
        sizes.append(cast("Stamp", smaller))
    return sizes


def shrink(sizes: list[Stamp], height: float) -> Stamp:
    """Return a stamp `height` pixels high, from the smallest of its `halved` sizes that is not smaller."""
    stamp = next((one for one in reversed(sizes) if one.shape[0] >= height), sizes[0])
    rows = max(2, round(height))
    columns = max(2, round(stamp.shape[1] * rows / stamp.shape[0]))
    return cast("Stamp", cv2.resize(stamp, (columns, rows), interpolation=cv2.INTER_AREA))
