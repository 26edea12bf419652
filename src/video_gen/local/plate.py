"""A picture made ready for filming: the part that is seen, in video planes, at the fineness the video can show."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.framing import Framing, Reach
from video_gen.local.pixels import Field, Pixels, as_bytes, as_field
from video_gen.media.planes import reduced_planes

OVERSAMPLING: Final = 2
_OPENCV_SIDE: Final = 32_000  # OpenCV's warps address a source with 16-bit coordinates
_REACH: Final = 4  # samples to each side that Lanczos's filter looks at
_STRIP: Final = 64  # rows: in floating point, too, they fit into the cache beside a processor's core


def _lanczos(distance: float) -> Field:
    """Return the weights of the samples -4 to 4 for a point at `distance` from sample 0."""
    away = np.arange(-_REACH, _REACH + 1) - distance
    weights = np.where(np.abs(away) < _REACH, np.sinc(away) * np.sinc(away / _REACH), 0)
    return as_field(weights / weights.sum())


_LANCZOS: Final = (_lanczos(-0.25), _lanczos(0.25))


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """The planes of a picture, and where they lie.

    `luma` has `oversampling` samples per plate pixel. `chroma` has one, in four channels: the blue difference, the red
    one and both again, because OpenCV warps four channels in a third of the time it takes for two. Plate pixels are
    `density` (x, y) per output pixel; the view's centre at rest is `origin` output pixels from the plate's left upper
    corner. `depth` covers the plate at a coarser grid: 0 is far, 1 is near; `focus` is the depth of what the picture is
    about.
    """

    luma: Pixels
    chroma: Pixels
    oversampling: int
    density: tuple[float, float]
    origin: tuple[float, float]
    depth: Field | None = None
    focus: float = 0.5


def cut(picture: Pixels, framing: Framing, seen: Reach) -> tuple[Pixels, Framing]:
    """Return the part of `picture` (height, width, 3) that is seen, and the framing relative to it."""
    height, width = picture.shape[:2]
    half_x, half_y = seen.x / framing.scale, seen.y / framing.scale
    left, top = max(0, math.floor(framing.x - half_x) - 2), max(0, math.floor(framing.y - half_y) - 2)
    right = min(width, math.ceil(framing.x + half_x) + 2)
    bottom = min(height, math.ceil(framing.y + half_y) + 2)
    return picture[top:bottom, left:right], Framing(framing.scale, framing.x - left, framing.y - top)


def make_plate(
    picture: Pixels, framing: Framing, *, fineness: float, depth: Field | None = None, focus: float = 0.5
) -> Plate:
    """Return `picture` as a plate with `fineness` plate pixels per output pixel.

    The picture is first reduced to that fineness, then the luma enlarged twofold: a linear warp of a band-limited,
    oversampled source neither aliases nor shows its pixel grid, at a fraction of the cost of a cubic one.
    """
    height, width = picture.shape[:2]
    plate_width = max(1, round(width * framing.scale * fineness))
    plate_height = max(1, round(height * framing.scale * fineness))
    oversampling = OVERSAMPLING if max(plate_width, plate_height) * OVERSAMPLING <= _OPENCV_SIDE else 1
    luma, *differences = reduced_planes(picture, min(plate_width, width), min(plate_height, height))
    blue, red = (_chroma(plane, (plate_width, plate_height)) for plane in differences)
    fine = (plate_width * oversampling, plate_height * oversampling)
    return Plate(
        luma=_enlarged(luma, fine),
        chroma=as_bytes(cv2.merge([blue, red, blue, red])),
        oversampling=oversampling,
        density=(plate_width / (width * framing.scale), plate_height / (height * framing.scale)),
        origin=(framing.x * framing.scale, framing.y * framing.scale),
        depth=depth,
        focus=focus,
    )


def _chroma(plane: Pixels, size: tuple[int, int]) -> Pixels:
    # The video keeps every second chroma sample each way: what is finer than that would shimmer.
    full = cv2.resize(plane, size, interpolation=cv2.INTER_LANCZOS4)
    return as_bytes(cv2.GaussianBlur(full, (3, 3), 0.85))


def _enlarged(plane: Pixels, size: tuple[int, int]) -> Pixels:
    height, width = plane.shape
    if size != (2 * width, 2 * height):
        return as_bytes(cv2.resize(plane, size, interpolation=cv2.INTER_LANCZOS4))
    # Twice the size needs two filters only, one for the samples on either side of an old one: a fourth of the time.
    padded = as_bytes(cv2.copyMakeBorder(plane, _REACH, _REACH, 0, 0, cv2.BORDER_REPLICATE))
    twice = np.empty((2 * height, 2 * width), np.uint8)
    for top in range(0, height, _STRIP):
        strip = padded[top : top + _STRIP + 2 * _REACH].astype(np.float32)
        sides = [_filtered(strip, weights[None]) for weights in _LANCZOS]
        wide = as_field(cv2.merge(sides)).reshape(len(strip), 2 * width)
        target = twice[2 * top : 2 * (top + _STRIP)]
        for side, weights in enumerate(_LANCZOS):
            rows = _filtered(wide, weights[:, None])[_REACH:-_REACH]
            cv2.addWeighted(rows, 1, rows, 0, 0, dst=target[side::2], dtype=cv2.CV_8U)  # rounds, and keeps to 0 to 255
    return twice


def _filtered(plane: Field, weights: Field) -> Field:
    return as_field(cv2.filter2D(plane, cv2.CV_32F, weights, borderType=cv2.BORDER_REPLICATE))
