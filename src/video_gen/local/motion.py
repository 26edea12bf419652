"""Turn a picture into a video: a camera moves over it, or into it."""

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from PIL import Image

from video_gen.local import backdrop
from video_gen.local.camera import DEFAULT_STRENGTH, Pose, camera_path, common_level, onward_path, settled
from video_gen.local.depth import FOCUS_RANGE, estimate_depth
from video_gen.local.framing import Framing, Size, crops_well, lay, reach, stretched
from video_gen.local.pixels import Pixels, as_pixels
from video_gen.local.plate import Plate, cut, make_plate
from video_gen.local.render import Cancelled, Progress, drawn_ahead, each_frame, stop_if
from video_gen.local.threads import no_opencv_threads
from video_gen.local.warp import Projector
from video_gen.media.encode import Picture, VideoWriter
from video_gen.media.frame_rate import frame_count
from video_gen.spec.request import CameraMotion

DEFAULT_MOTION: Final = CameraMotion(kind="dolly", direction="in")

_TOGETHER: Final = 4
"""Frames drawn side by side."""

_TRAVEL_AXIS: Final = {"pan": "x", "tilt": "y"}


def render_motion(  # noqa: PLR0913 - one argument for each thing a caller can say
    image: Image.Image | Pixels,
    path: str | os.PathLike[str],
    *,
    width: int,
    height: int,
    fps: float,
    seconds: float,
    camera: CameraMotion = DEFAULT_MOTION,
    strength: float = DEFAULT_STRENGTH,
    seed: int = 0,
    progress: Progress = lambda _share: None,
    cancelled: Cancelled = lambda: False,
    **writing: Any,
) -> None:
    """Write a video of `image`, filmed by a moving camera, to `path`.

    A picture of about the frame's ratio is cropped to fill it, a little more where the move needs room at the edges.
    One that is much wider or taller is shown whole before a blurred copy of itself, unless the camera travels along
    its long side. A picture of exactly the frame's pixels is taken for a frame to go on from: a pan or tilt begins with
    the whole of it, not at its one end, so that nothing jumps. Dolly and orbit move near and far parts differently, by
    a depth guessed from the picture.

    Args:
        image: an upright picture of any size: PIL, or RGB as uint8 (height, width, 3).
        path: the MP4 to write; it appears only when it is complete.
        width: pixels, even.
        height: pixels, even.
        fps: 1 to 240.
        seconds: length; the number of frames is the nearest whole one.
        camera: the move; `static` is a still picture.
        strength: how far the camera moves, 0 to 1.
        seed: decides the sway of a handheld camera; other moves do not depend on it.
        progress: told the share that is done, growing to 1.
        cancelled: asked before each frame.
        **writing: `audio`, `metadata`, `crf`, `preset` and `gop_seconds` of `VideoWriter`.

    Raises:
        InvalidRequestError: a size, rate, length or strength out of range.
        MediaInputError: `image` is not a picture.
        JobCancelledError: `cancelled` said so; no file is left.
        StorageError: the file cannot be written.
    """
    pixels, count = as_pixels(image), frame_count(seconds, fps)
    at = camera_path(camera, strength=strength, seconds=seconds, seed=seed)
    if pixels.shape[:2] == (height, width):
        at = onward_path(camera, strength=strength) or at
    poses = [at(index / max(1, count - 1)) for index in range(count)]
    if len(set(poses)) == 1:
        writing = {"gop_seconds": seconds, **writing}  # a new key frame would be seen as a twitch of a still picture
    with VideoWriter(path, width=width, height=height, fps=fps, pictures=2 * _TOGETHER, **writing) as writer:
        stop_if(cancelled)
        poses, plate = stage(pixels, (width, height), poses, axis=_TRAVEL_AXIS.get(camera.kind, ""))
        projector = Projector(plate, width, height, level=common_level(poses))
        views = [(pose, len(list(same))) for pose, same in groupby(poses)]  # what does not move is drawn once

        def draw(some: Sequence[tuple[Pose, int]]) -> list[Picture]:
            pictures = [writer.picture() for _ in some]
            projector.draw_together([pose for pose, _times in some], pictures)
            return [picture for picture, (_pose, times) in zip(pictures, some, strict=True) for _ in range(times)]

        groups = [views[first : first + _TOGETHER] for first in range(0, len(views), _TOGETHER)]
        with no_opencv_threads(), drawn_ahead(groups, draw) as pictures:
            for _ in each_frame(count, progress=progress, cancelled=cancelled):
                writer.write(next(pictures))


def stage(picture: Pixels, frame: Size, poses: Sequence[Pose], *, axis: str = "") -> tuple[list[Pose], Plate]:
    """Return the poses fitted to `picture`, and the plate they are to look at; settled where the camera hardly moves.

    `axis` is "x" or "y" when the path travels that way, so that a long picture may be shown from end to end.
    """
    size = (picture.shape[1], picture.shape[0])
    if crops_well(size, frame, along=axis):
        fitted, plate = _filled(picture, frame, stretched(poses, size, frame) if axis else list(poses))
    else:
        fitted, plate = _floated(picture, frame, [backdrop.floating(pose) for pose in poses])
    return settled(fitted, frame), plate


def _filled(picture: Pixels, frame: Size, poses: list[Pose]) -> tuple[list[Pose], Plate]:
    seen = reach(poses, frame, focus=FOCUS_RANGE[0])
    part, framing = cut(picture, lay((picture.shape[1], picture.shape[0]), seen), seen)
    flat = [pose.flat() for pose in poses]
    with ThreadPoolExecutor(1, thread_name_prefix="video-gen-depth") as hand:
        guessing = hand.submit(estimate_depth, part) if any(pose.moves_in_depth for pose in poses) else None
        plate = make_plate(part, framing, fineness=_fineness(flat))
    guess = guessing.result() if guessing else None
    return (poses, replace(plate, depth=guess.depth, focus=guess.focus)) if guess else (flat, plate)


def _floated(picture: Pixels, frame: Size, poses: list[Pose]) -> tuple[list[Pose], Plate]:
    seen = reach(poses, frame, focus=1.0)
    fineness = _fineness([pose.flat(1.0) for pose in poses])
    canvas, depth = backdrop.compose(picture, frame, seen, fineness)
    framing = Framing(1 / fineness, canvas.shape[1] / 2, canvas.shape[0] / 2)
    return poses, make_plate(canvas, framing, fineness=fineness, depth=depth, focus=1.0)


def _fineness(poses: Sequence[Pose]) -> float:
    """Return the plate's pixels per output pixel: between what the widest and the closest view can show."""
    zooms = [pose.zoom for pose in poses]
    return math.sqrt(min(zooms) * max(zooms))
