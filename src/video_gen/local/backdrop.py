"""A picture whose ratio is far from the frame's is shown whole, floating before a blurred copy of itself."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from video_gen.local.camera import Pose
from video_gen.local.framing import Reach, Size
from video_gen.local.pixels import Field, Pixels, as_bytes, as_field

Box = tuple[slice, slice]

_LEAST_SHARE: Final = 1 / 6  # of the frame, each way: a panorama is cropped rather than shown as a line
_BLUR: Final = 0.05  # of the frame's shorter side
_DARKENED: Final = 0.55
_SHADOW: Final = 0.45
_SHADOW_BLUR: Final = 0.02
_BACKDROP_SIDE: Final = 320
_DEPTH_SIDE: Final = 256
_LAG: Final = 0.5


def compose(picture: Pixels, frame: Size, seen: Reach, fineness: float) -> tuple[Pixels, Field]:
    """Return a canvas that covers all that is seen, with `fineness` pixels per output pixel, and its depth.

    The picture stands in the middle, as large as the frame holds; the depth is 1 on it and falls to 0 in the
    backdrop around it, where the blur hides that it is bent.
    """
    width, height = round(2 * seen.x * fineness), round(2 * seen.y * fineness)
    inner = (round(frame[0] * fineness), round(frame[1] * fineness))
    card = _card(picture, inner)
    box = box_of((picture.shape[1], picture.shape[0]), inner, (width, height))
    covered = np.zeros((height, width), np.uint8)
    covered[box] = 255
    canvas = _blurred(picture, (width, height), _BLUR * min(frame) * fineness)
    canvas = _shaded(canvas, covered, _SHADOW_BLUR * min(frame) * fineness)
    canvas[box] = card
    return canvas, _depth(covered)


def box_of(picture: Size, frame: Size, canvas: Size) -> Box:
    """Return where on a canvas a picture of this size stands: rows and columns."""
    width, height = _card_size(picture, frame)[0]
    left, top = (canvas[0] - width) // 2, (canvas[1] - height) // 2
    return slice(top, top + height), slice(left, left + width)


def floating(pose: Pose) -> Pose:
    """Return `pose` for a near picture before a far backdrop: the backdrop follows a pan or a zoom at half the pace.

    The picture itself moves exactly as `pose` says, when depth 1 is the focus.
    """
    near = pose.zoom**_LAG
    return replace(
        pose,
        zoom=pose.zoom / near,
        dolly=1 - (1 - pose.dolly) / near,
        truck=pose.truck + pose.x * _LAG,
        lift=pose.lift + pose.y * _LAG,
    )


def _card(picture: Pixels, frame: Size) -> Pixels:
    height, width = picture.shape[:2]
    size, (keep_x, keep_y) = _card_size((width, height), frame)
    left, top = (width - keep_x) // 2, (height - keep_y) // 2
    kept = picture[top : top + keep_y, left : left + keep_x]
    way = cv2.INTER_AREA if size[0] < keep_x else cv2.INTER_LANCZOS4
    return as_bytes(cv2.resize(kept, size, interpolation=way))


def _card_size(picture: Size, frame: Size) -> tuple[Size, Size]:
    """Return the size at which `picture` is shown in `frame`, and how much of it is, in its own pixels."""
    across, down = frame[0] / picture[0], frame[1] / picture[1]
    scale = max(min(across, down), max(across, down) * _LEAST_SHARE)
    kept = (max(1, min(picture[0], round(frame[0] / scale))), max(1, min(picture[1], round(frame[1] / scale))))
    shown = (max(1, min(frame[0], round(kept[0] * scale))), max(1, min(frame[1], round(kept[1] * scale))))
    return shown, kept


def _blurred(picture: Pixels, size: Size, sigma: float) -> Pixels:
    """Return `picture` cropped to `size`, blurred and darkened; worked out small, since a blur holds no detail."""
    scale = min(1.0, _BACKDROP_SIDE / max(size))
    small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    height, width = picture.shape[:2]
    cover = max(small[0] / width, small[1] / height)
    keep_x, keep_y = max(1, min(width, round(small[0] / cover))), max(1, min(height, round(small[1] / cover)))
    left, top = (width - keep_x) // 2, (height - keep_y) // 2
    kept = picture[top : top + keep_y, left : left + keep_x]
    soft = cv2.resize(kept, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(soft, (0, 0), max(0.5, sigma * scale)) * _DARKENED
    return as_bytes(cv2.convertScaleAbs(cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)))


def _shaded(canvas: Pixels, covered: Pixels, sigma: float) -> Pixels:
    shadow = cv2.GaussianBlur(covered, (0, 0), max(0.5, sigma))
    keep = 255 - np.float32(_SHADOW) * shadow
    return as_bytes(cv2.multiply(canvas, cv2.merge([keep.astype(np.uint8)] * 3), scale=1 / 255))


def _depth(covered: Pixels) -> Field:
    scale = min(1.0, _DEPTH_SIDE / max(covered.shape))
    size = (max(2, round(covered.shape[1] * scale)), max(2, round(covered.shape[0] * scale)))
    # Any part of a cell that the picture touches belongs to it, and a little around: its edge must stay straight.
    touched = (cv2.resize(covered, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    solid = cv2.dilate(touched, np.ones((5, 5), np.uint8))
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5) / (0.25 * max(size))
    return as_field(0.5 + 0.5 * np.cos(np.pi * np.clip(away, 0, 1)))
