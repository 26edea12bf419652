"""How a picture of any size and ratio is laid under a moving frame, so that its edges are never seen.

Lengths called "output" are pixels of the video at zoom 1, measured from the centre of the view at rest.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from video_gen.local.camera import Pose

Size = tuple[int, int]
"""Width and height in pixels."""

_MAX_CROP: Final = 1.8
_MAX_CROP_ALONG: Final = 8.0
_HEADROOM: Final = 0.42  # faces are above the middle of a tall picture
_MAX_STRETCH: Final = 5.0
_MARGIN: Final = 1.0  # output pixels; the interpolation looks half a pixel past the edge of the view


@dataclass(frozen=True, slots=True)
class Reach:
    """Half the width and height, in output pixels, that a whole path sees."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the view rests: `scale` output pixels per picture pixel, its centre at (x, y) in picture pixels.

    Picture coordinates are continuous: 0 is the left or upper edge of the first pixel.
    """

    scale: float
    x: float
    y: float


def crops_well(picture: Size, frame: Size, *, along: str = "") -> bool:
    """Return True when `picture` may be cropped to fill `frame`, False when too much of it would be lost.

    `along` is "x" or "y" when the camera travels that way: then what is outside the frame at first comes into view,
    and a picture that is long in this direction may be far longer than the frame.
    """
    ratio = (picture[0] * frame[1]) / (picture[1] * frame[0])
    widest = _MAX_CROP_ALONG if along == "x" else _MAX_CROP
    tallest = _MAX_CROP_ALONG if along == "y" else _MAX_CROP
    return 1 / tallest <= ratio <= widest


def stretched(poses: Sequence[Pose], picture: Size, frame: Size) -> list[Pose]:
    """Return `poses` with their travel widened to what a picture longer than the frame has to show.

    The whole picture is used when five times the travel suffices for it: no pixel is cropped without need.
    """
    cover = max(frame[0] / picture[0], frame[1] / picture[1])
    wide, tall = picture[0] * cover / frame[0] - 1, picture[1] * cover / frame[1] - 1
    gain_x = _gain(2 * max(abs(pose.x) for pose in poses), wide)
    gain_y = _gain(2 * max(abs(pose.y) for pose in poses), tall)
    return [replace(pose, x=pose.x * gain_x, y=pose.y * gain_y) for pose in poses]


def reach(poses: Sequence[Pose], frame: Size, *, focus: float = 0.5) -> Reach:
    """Return how far a path sees; `focus` is the depth (0 far, 1 near) that sideways moves keep in place."""
    spread = max(focus, 1 - focus)
    seen = [_half_view(pose, frame, spread) for pose in poses]
    return Reach(max(x for x, _ in seen) + _MARGIN, max(y for _, y in seen) + _MARGIN)


def lay(picture: Size, seen: Reach) -> Framing:
    """Return the framing in which `picture`, as large as possible, covers everything that is seen."""
    scale = max(2 * seen.x / picture[0], 2 * seen.y / picture[1])
    room_x, room_y = seen.x / scale, seen.y / scale
    x = min(max(picture[0] * 0.5, room_x), picture[0] - room_x)
    y = min(max(picture[1] * _HEADROOM, room_y), picture[1] - room_y)
    return Framing(scale, x, y)


def _gain(travel: float, free: float) -> float:
    if not travel:
        return 1.0
    return max(1.0, min(free / travel, _MAX_STRETCH))


def _half_view(pose: Pose, frame: Size, spread: float) -> tuple[float, float]:
    width, height = frame
    cos, sin = abs(math.cos(pose.roll)), abs(math.sin(pose.roll))
    x = (width * cos + height * sin) / (2 * pose.zoom) + (abs(pose.x) + abs(pose.truck) * spread) * width
    y = (width * sin + height * cos) / (2 * pose.zoom) + (abs(pose.y) + abs(pose.lift) * spread) * height
    return x, y
