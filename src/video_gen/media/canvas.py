"""Fit pictures of any size, turn and colour onto one canvas of BT.709 4:2:0 planes."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import av
import numpy as np
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from video_gen.media.color import ColorConverter
from video_gen.media.orientation import Orientation

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

_BLACK = (16, 128, 128)  # limited range: luma, then the two chroma planes
_UNSEEN = 0.01  # stretching by 1 % is not seen; bars of two pixels are


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size that all clips of a joined video share; both sides even."""

    width: int
    height: int

    @classmethod
    def around(cls, width: int, height: int) -> Self:
        """Return the canvas for a picture of this size, odd sides rounded up."""
        return cls(width + width % 2, height + height % 2)


class Fitter:
    """Fits the frames of one clip onto a canvas, in the middle and whole, with black bars where shapes differ.

    `shift` is applied to each picture before its bars are added.
    """

    def __init__(self, canvas: Canvas, pixel_aspect: Fraction, shift: Callable[[Planes], Planes] | None = None) -> None:
        self._canvas = canvas
        self._shift = shift
        self._pixel_aspect = pixel_aspect
        self._converter = ColorConverter()

    def planes(self, frame: av.VideoFrame) -> Planes:
        """Return the canvas with `frame` on it."""
        orientation = Orientation.of(frame, self._pixel_aspect)
        width, height = self._inner(*orientation.size(frame.width, frame.height))
        coded = (height, width) if orientation.rotation % 180 else (width, height)
        converted = self._converter.bt709(frame, *coded)
        y, u, v = (orientation.upright(_array(plane)) for plane in converted.planes)
        if self._shift is not None:
            y, u, v = self._shift((y, u, v))
        if (width, height) == (self._canvas.width, self._canvas.height):
            return y, u, v
        return self._placed(y, 0), self._placed(u, 1), self._placed(v, 2)

    def _inner(self, width: int, height: int) -> tuple[int, int]:
        canvas = self._canvas
        across, down = canvas.width / width, canvas.height / height
        if abs(across / down - 1) < _UNSEEN:
            return canvas.width, canvas.height
        scale = min(across, down)
        return min(canvas.width, _even(width * scale)), min(canvas.height, _even(height * scale))

    def _placed(self, plane: Plane, index: int) -> Plane:
        shrink = 2 if index else 1
        ground = np.full((self._canvas.height // shrink, self._canvas.width // shrink), _BLACK[index], np.uint8)
        top = (self._canvas.height // shrink - plane.shape[0]) // 2
        left = (self._canvas.width // shrink - plane.shape[1]) // 2
        if not index:  # the chroma planes sit on even luma rows and columns
            top, left = top // 2 * 2, left // 2 * 2
        ground[top : top + plane.shape[0], left : left + plane.shape[1]] = plane
        return ground


def mix(old: Planes, new: Planes, share: float) -> Planes:
    """Return two pictures blended, `share` (0..1) of it the new one."""
    weight = round(share * 256)
    y, u, v = (_mixed(before, after, weight) for before, after in zip(old, new, strict=True))
    return y, u, v


def _mixed(old: Plane, new: Plane, weight: int) -> Plane:
    total = old.astype(np.uint16) * np.uint16(256 - weight) + new.astype(np.uint16) * np.uint16(weight)
    return ((total + np.uint16(128)) >> np.uint16(8)).astype(np.uint8)


def _array(plane: VideoPlane) -> Plane:
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))
