"""Drawing a scene into a file: frames are drawn by two threads while a third encodes."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Final

import cv2
import numpy as np

from video_gen.exceptions import InvalidRequestError
from video_gen.local.animatic.ambience import ambience
from video_gen.local.animatic.compose import Film, compose
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.pixels import Image
from video_gen.local.animatic.prompt import read_prompt
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.stage import WORKERS
from video_gen.local.render import Cancelled, Progress, each_frame, stop_if
from video_gen.local.threads import no_opencv_threads
from video_gen.local.yuv import BLACK, WHITE
from video_gen.media.encode import Picture, Plane, VideoWriter
from video_gen.media.frame_rate import frame_rate
from video_gen.spec.request import CameraMotion

NOTICE: Final = "video-gen local draft: drawn by the embedded renderer, not by an AI model."
# Grain hides what a coarser step leaves, and costs bits that nobody sees.
_CALM: Final = {"preset": "veryfast", "crf": 21}
# Where everything glitters or falls, a longer search finds no better match: measured at 720p24, these are as close to
# the drawing as `veryfast` at 21 (luma PSNR within 0.3 dB, or above), at half to two thirds of its processor time.
_GLITTERING: Final = {"preset": "superfast", "crf": 21}
_BUSY: Final = {"preset": "superfast", "crf": 22}
_LARGEST_DRAWN: Final = 1280 * 720
_LONGEST: Final = 3600
_LEAST: Final = 32


def render_animatic(  # noqa: PLR0913 - the choices of a caller, each by its name
    scene: Scene | str,
    path: str | os.PathLike[str],
    *,
    width: int,
    height: int,
    fps: float,
    seconds: float,
    seed: int = 0,
    negative_prompt: str | None = None,
    camera: CameraMotion | None = None,
    strength: float | None = None,
    audio: bool = False,
    progress: Progress = lambda _share: None,
    cancelled: Cancelled = lambda: False,
    **writing: Any,
) -> None:
    """Write a video of a scene to `path`.

    Args:
        scene: a scene, or a prompt to read one from; of a scene, `seed`, `negative_prompt`, `camera` and `strength`
            do not count, it has its own.
        path: the MP4 to write; it appears only when it is complete.
        width: pixels, even. Above 1280x720 pixels the scene is drawn smaller and enlarged.
        height: pixels, even.
        fps: 1 to 240.
        seconds: length; the number of frames is the nearest whole one.
        seed: the same seed gives the same file; another one, another composition.
        negative_prompt: what shall not be seen.
        camera: the camera move; it wins over what the prompt says.
        strength: how far the camera moves, 0 to 1; it wins over what the prompt says.
        audio: add the sound of the place.
        progress: told the share that is done, growing to 1.
        cancelled: asked before each frame.
        **writing: `metadata`, `crf`, `preset` and `gop_seconds` of `VideoWriter`.

    Raises:
        InvalidRequestError: a size, rate, length or strength out of range.
        JobCancelledError: `cancelled` said so; no file is left.
        StorageError: the file cannot be written.
    """
    if isinstance(scene, str):
        scene = read_prompt(scene, negative_prompt, seed, camera=camera, strength=strength)
    count = _count(seconds, fps)
    writing = {**_encoding(scene), **writing}
    writing["metadata"] = {"comment": NOTICE, **writing.get("metadata", {})}
    sound = ambience(scene, count / float(frame_rate(fps)), scene.seed) if audio else None
    stop_if(cancelled)
    with no_opencv_threads(), VideoWriter(path, width=width, height=height, fps=fps, audio=sound, **writing) as writer:
        small = _drawn_size(width, height)
        film = compose(scene, *small, fps=float(frame_rate(fps)), count=count)
        stop_if(cancelled)
        enlarger = None if small == (width, height) else _Enlarger(width, height, scene.seed)
        frames = _drawn(film)
        for index in each_frame(count, progress=progress, cancelled=cancelled):
            picture = next(frames)
            writer.write(enlarger.frame(picture, index, writer.picture()) if enlarger else picture)


def _encoding(scene: Scene) -> dict[str, Any]:
    """Return how fast and how closely to encode what moves in `scene`."""
    if scene.place in {"ocean", "beach", "lake", "city"}:
        return dict(_GLITTERING)
    if scene.place in {"street", "forest", "underwater"} or scene.has("rain", "snow"):
        return dict(_BUSY)
    return dict(_CALM)


def _count(seconds: float, fps: float) -> int:
    if not 0 < seconds <= _LONGEST:
        raise InvalidRequestError(f"`seconds={seconds}` is out of range: choose above 0, up to {_LONGEST}")
    return max(1, round(seconds * float(frame_rate(fps))))


def _drawn_size(width: int, height: int) -> tuple[int, int]:
    """Return the size to draw at: the size asked for, within what is fast enough and large enough to draw in."""
    scale = min(1.0, (_LARGEST_DRAWN / (width * height)) ** 0.5)
    scale = max(scale, _LEAST / min(width, height))
    return max(_LEAST, round(width * scale / 2) * 2), max(_LEAST, round(height * scale / 2) * 2)


def _drawn(film: Film) -> Iterator[Picture]:
    """Yield the film's frames in order, drawn a little ahead; each is valid until the next one is asked for."""
    width, height = film.lens.width, film.lens.height
    canvases: SimpleQueue[Image] = SimpleQueue()
    for _ in range(WORKERS):
        canvases.put(np.zeros((height, width, 4), np.float32))
    # One is looked at while the workers draw the next ones.
    pictures = [Picture.blank(width, height) for _ in range(WORKERS + 1)]

    def draw(index: int) -> Picture:
        canvas, picture = canvases.get(), pictures[index % len(pictures)]
        try:
            film.frame(index, canvas, picture)
        finally:
            canvases.put(canvas)
        return picture

    waiting: deque[Future[Picture]] = deque()
    with ThreadPoolExecutor(WORKERS) as workers:
        try:
            for index in range(film.count):
                waiting.append(workers.submit(draw, index))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class _Enlarger:
    """Brings frames to a larger size, and gives them grain as fine as their pixels."""

    _TILE: Final = 512
    _STRENGTH: Final = 1.4  # levels of luma

    def __init__(self, width: int, height: int, seed: int) -> None:
        """Scatter the grain."""
        grain = generator(seed, "fine grain").standard_normal((self._TILE, self._TILE)) * self._STRENGTH
        reach = ((0, height), (0, width))
        self.lighter, self.darker = (
            np.pad(np.clip(np.round(side * grain), 0, 255).astype(np.uint8), reach, mode="wrap") for side in (1, -1)
        )

    def frame(self, small: Picture, index: int, large: Picture) -> Picture:
        """Return `large`, which then shows what `small` does."""
        _enlarge(small.y, large.y)
        _enlarge(small.u, large.u)
        _enlarge(small.v, large.v)
        height, width = large.y.shape
        y, x = (index * 197 + 31) % self._TILE, (index * 313 + 87) % self._TILE
        cv2.add(large.y, self.lighter[y : y + height, x : x + width], dst=large.y)
        cv2.subtract(large.y, self.darker[y : y + height, x : x + width], dst=large.y)
        np.clip(large.y, BLACK, WHITE, out=large.y)
        return large


def _enlarge(plane: Plane, out: Plane) -> None:
    cv2.resize(plane, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_CUBIC)
