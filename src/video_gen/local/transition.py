"""From a first picture to a last one: a morph where they show the same, else a camera move through a dissolve."""

import os
from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image

from video_gen.local import backdrop
from video_gen.local.camera import DEFAULT_STRENGTH, CameraPath, camera_path, ease
from video_gen.local.dissolve import Dissolve
from video_gen.local.framing import Reach, Size, crops_well, lay
from video_gen.local.morph import Morph, match
from video_gen.local.pixels import Field, Pixels, as_pixels
from video_gen.local.render import Cancelled, Progress, each_frame, stop_if
from video_gen.media.encode import VideoWriter
from video_gen.media.frame_rate import frame_count
from video_gen.spec.request import CameraMotion

Between = Callable[[float], Pixels]
"""The frame at a progress between 0, the first picture, and 1, the last one."""

Layer = tuple[Pixels, Field]
"""A picture and the weight of each of its pixels."""

_PUSH: Final = CameraMotion(kind="zoom", direction="in")

_STRIP: Final = 64  # rows mixed at once: the floating-point light of a whole frame would not stay in the cache


def render_transition(  # noqa: PLR0913 - one argument for each thing a caller can say
    first: Image.Image | Pixels,
    last: Image.Image | Pixels,
    path: str | os.PathLike[str],
    *,
    width: int,
    height: int,
    fps: float,
    seconds: float,
    camera: CameraMotion | None = None,
    strength: float = DEFAULT_STRENGTH,
    seed: int = 0,
    progress: Progress = lambda _share: None,
    cancelled: Cancelled = lambda: False,
    **writing: Any,
) -> None:
    """Write a video that begins with the picture `first` and ends with `last` to `path`.

    The first and the last frame are exactly these pictures, cropped to the frame or, if their ratio is far from it,
    before a blurred copy. When both show the same things and no camera move is asked for, what moved between them
    moves. Else the camera goes on its way through both pictures, by default a slow push in, while the one dissolves
    into the other in linear light, bright parts first. `static` dissolves in place.

    Args:
        first: an upright picture of any size: PIL, or RGB as uint8 (height, width, 3).
        last: the same.
        path: the MP4 to write; it appears only when it is complete.
        width: pixels, even.
        height: pixels, even.
        fps: 1 to 240.
        seconds: length; the number of frames is the nearest whole one.
        camera: a move through the transition.
        strength: how far the camera moves, 0 to 1.
        seed: decides the sway of a handheld camera.
        progress: told the share that is done, growing to 1.
        cancelled: asked before each frame.
        **writing: `audio`, `metadata`, `crf`, `preset` and `gop_seconds` of `VideoWriter`.

    Raises:
        InvalidRequestError: a size, rate, length or strength out of range.
        MediaInputError: a picture is none.
        JobCancelledError: `cancelled` said so; no file is left.
        StorageError: the file cannot be written.
    """
    pictures = as_pixels(first), as_pixels(last)
    count, frame = frame_count(seconds, fps), (width, height)
    move = camera_path(camera or _PUSH, strength=strength, seconds=seconds, seed=seed)
    with VideoWriter(path, width=width, height=height, fps=fps, **writing) as writer:
        stop_if(cancelled)
        ends = _at_rest(pictures[0], frame), _at_rest(pictures[1], frame)
        stop_if(cancelled)
        between = _morph(ends, _window(pictures, frame)) if camera is None else None
        between = between or _dissolve(ends, move)
        for index in each_frame(count, progress=progress, cancelled=cancelled):
            if index in {0, count - 1}:
                writer.write_rgb(ends[0 if index == 0 else 1])
            else:
                writer.write_rgb(between(index / (count - 1)))


def _morph(ends: tuple[Pixels, Pixels], window: backdrop.Box) -> Between | None:
    """Return the morph of `ends` inside `window`, all around it dissolves; None when they do not match."""
    first, last = (np.ascontiguousarray(each[window]) for each in ends)
    flows = match(first, last)
    if flows is None:
        return None
    morph = Morph(first, last, flows)

    def between(progress: float) -> Pixels:
        inside = _mixed(*morph.at(progress))
        if inside.shape == ends[0].shape:
            return inside
        come = np.full(ends[0].shape[:2], ease(progress), np.float32)
        around = _mixed((ends[0], 1 - come), (ends[1], come))
        around[window] = inside
        return around

    return between


def _dissolve(ends: tuple[Pixels, Pixels], move: CameraPath) -> Between:
    dissolve = Dissolve(*ends, move)
    return lambda progress: _mixed(*dissolve.at(progress))


def _window(pictures: tuple[Pixels, Pixels], frame: Size) -> backdrop.Box:
    """Return the part of the frame in which both pictures stand; all of it, unless both stand before a backdrop."""
    whole = slice(0, frame[1]), slice(0, frame[0])
    sizes = [(each.shape[1], each.shape[0]) for each in pictures]
    boxes = [whole if crops_well(size, frame) else backdrop.box_of(size, frame, frame) for size in sizes]
    return boxes[0] if boxes[0] == boxes[1] else whole


def _at_rest(picture: Pixels, frame: Size) -> Pixels:
    """Return what a camera at rest sees of `picture`, as RGB of the frame's size."""
    size, half = (picture.shape[1], picture.shape[0]), Reach(frame[0] / 2, frame[1] / 2)
    if not crops_well(size, frame):
        return backdrop.compose(picture, frame, half, 1.0)[0]
    view = lay(size, half)
    across, down = half.x / view.scale, half.y / view.scale
    box = (
        max(0.0, view.x - across),
        max(0.0, view.y - down),
        min(float(size[0]), view.x + across),
        min(float(size[1]), view.y + down),
    )
    return as_pixels(Image.fromarray(picture).resize(frame, Image.Resampling.LANCZOS, box=box))


def _mixed(first: Layer, last: Layer) -> Pixels:
    """Return two pictures mixed in linear light, where half of white and half of black is not dull but bright.

    Light is taken as the square of the signal: near enough to the sRGB curve for a mix, and exact where one
    picture stands alone.
    """
    mixed = np.empty_like(first[0])
    for top in range(0, len(mixed), _STRIP):
        rows = slice(top, top + _STRIP)
        light = [cv2.multiply(pixels[rows], pixels[rows], dtype=cv2.CV_32F) for pixels, _ in (first, last)]
        blend = cv2.blendLinear(light[0], light[1], first[1][rows], last[1][rows])
        mixed[rows] = cv2.convertScaleAbs(cv2.sqrt(blend))
    return mixed
