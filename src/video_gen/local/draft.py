"""The model `local/draft`: picks the renderer for the settings of a plan."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from video_gen.local.label import label
from video_gen.media.still import on_background, open_still
from video_gen.spec import MediaRef, Settings

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


def draw(settings: Settings, inputs: Mapping[str, Path], out: Path, progress: Progress, cancelled: Cancelled) -> None:
    """Draw a video.

    Args:
        settings: What to draw: a first frame (or a reference) is filmed by a moving camera, a first and a last frame
            become a transition, a prompt alone becomes an animatic.
        inputs: The files of the settings' media, by sha256.
        out: The MP4 to write; it appears when it is complete.
        progress: Told the share that is done, growing to 1.
        cancelled: Asked before each frame; True ends the work with `JobCancelledError`.

    Raises:
        VideoGenerationError: one of its kinds; no file is left.
    """
    picture = settings.first_frame or next(iter(settings.references), None)
    if picture is None:
        _animatic(settings, out, progress, cancelled)
    elif settings.last_frame is None:
        _motion(settings, _still(picture, inputs), out, progress, cancelled)
    else:
        _transition(settings, _still(picture, inputs), _still(settings.last_frame, inputs), out, progress, cancelled)


def _motion(settings: Settings, picture: Image.Image, out: Path, progress: Progress, cancelled: Cancelled) -> None:
    from video_gen.local.motion import DEFAULT_MOTION, DEFAULT_STRENGTH, render_motion

    render_motion(
        picture,
        out,
        **_shape(settings),
        camera=settings.camera or DEFAULT_MOTION,
        strength=DEFAULT_STRENGTH if settings.motion_strength is None else settings.motion_strength,
        seed=settings.seed or 0,
        progress=progress,
        cancelled=cancelled,
        metadata=label(settings),
    )


def _shape(settings: Settings) -> dict[str, Any]:
    return {
        "width": settings.width or 1280,
        "height": settings.height or 720,
        "fps": settings.fps or 24,
        "seconds": settings.seconds or 5,
    }


def _still(ref: MediaRef, inputs: Mapping[str, Path]) -> Image.Image:
    return on_background(open_still(inputs[ref.sha256], label=ref.label))
