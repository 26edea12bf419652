"""Dissolve one picture into another while the camera goes on its way through both."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from video_gen.local.camera import CameraPath, Pose
from video_gen.local.pixels import Field, Pixels, as_bytes, as_field

_FROM: Final = 0.15
_TO: Final = 0.85
_LEAD: Final = 0.5
_LEAD_SIDE: Final = 96
_LEAST_SPREAD: Final = 32.0  # of 255: pictures of one brightness dissolve everywhere at once


class Dissolve:
    """The pictures between `first` and `last`, both RGB of the frame's size, along a camera path.

    The first picture is seen as if the path began in it, the last as if the path ended in it, so that at either end the
    picture stands as it is. Where a path looks past a picture's edge, its mirror image continues it; the other picture
    hides most of that. Bright parts of the new picture come first, as they do when light shines through film.
    """

    def __init__(self, first: Pixels, last: Pixels, path: CameraPath) -> None:
        self._pictures = (first, last)
        self._path = path
        self._lead = _lead(first, last)

    def at(self, progress: float) -> tuple[tuple[Pixels, Field], tuple[Pixels, Field]]:
        """Return both pictures as seen at a progress of 0 to 1, each with its weight per pixel."""
        pose = self._path(progress).flat()
        first, last = self._pictures
        height, width = first.shape[:2]
        share = min(1.0, max(0.0, (progress - _FROM) / (_TO - _FROM)))
        come = np.clip(share * (1 + _LEAD) - _LEAD * self._lead, 0, 1)
        come = as_field(cv2.resize(as_field(come * come * (3 - 2 * come)), (width, height)))
        return (
            (_seen(first, _relative(pose, self._path(0.0).flat())), as_field(1 - come)),
            (_seen(last, _relative(pose, self._path(1.0).flat())), come),
        )


def _relative(pose: Pose, base: Pose) -> Pose:
    """Return `pose` as seen from a camera that stands at `base`."""
    return Pose(
        x=(pose.x - base.x) * base.zoom,
        y=(pose.y - base.y) * base.zoom,
        zoom=pose.zoom / base.zoom,
        roll=pose.roll - base.roll,
    )


def _seen(picture: Pixels, pose: Pose) -> Pixels:
    height, width = picture.shape[:2]
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    matrix = _matrix(pose, width, height)
    return as_bytes(cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101))


def _matrix(pose: Pose, width: int, height: int) -> NDArray[np.float64]:
    cos, sin = math.cos(pose.roll) / pose.zoom, math.sin(pose.roll) / pose.zoom
    x, y = (width - 1) / 2, (height - 1) / 2  # the centre, in indices
    return np.array(
        [
            [cos, -sin, x + pose.x * width - cos * x + sin * y],
            [sin, cos, y + pose.y * height - sin * x - cos * y],
        ]
    )


def _lead(first: Pixels, last: Pixels) -> Field:
    """Return when each part of the new picture comes, 0 first to 1 last, on a coarse grid."""
    height, width = first.shape[:2]
    scale = min(1.0, _LEAD_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    old, new = (
        as_field(cv2.cvtColor(cv2.resize(each, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY))
        for each in (first, last)
    )
    light = cv2.GaussianBlur(new - np.float32(0.5) * old, (0, 0), 4)
    spread = max(float(np.ptp(light)), _LEAST_SPREAD)
    return as_field(np.clip(0.5 + (light.mean() - light) / spread, 0, 1))
