"""The models `local/draft` and `local/still`: picks the renderer for the settings of a plan."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image

from video_gen.local.animatic import Scene, read_prompt, render_animatic
from video_gen.local.animatic.ambience import ambience
from video_gen.local.camera import DEFAULT_STRENGTH
from video_gen.local.motion import render_motion
from video_gen.local.still import draw_still
from video_gen.local.transition import render_transition
from video_gen.media.still import on_background, open_still
from video_gen.spec import MediaRef, Settings

NOTICE: Final = "Local draft by video-gen's embedded renderer: not made by an AI model."
"""Written into every file."""

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]


def draw(settings: Settings, inputs: Mapping[str, Path], out: Path, progress: Progress, cancelled: Cancelled) -> None:
    """Draw a video, or, where no length is asked for, a still.

    A prompt alone becomes an animatic. A first frame (or a reference) is filmed by a moving camera; with a last frame
    too, the one becomes the other. The prompt's words choose the move where no camera motion is set, and the sound.

    Args:
        settings: What to draw.
        inputs: The files of the settings' media, by sha256.
        out: The file to write, an MP4 or (whatever its name says) a PNG; it appears when it is complete.
        progress: Told the share that is done, growing to 1.
        cancelled: Asked before each frame.

    Raises:
        JobCancelledError: `cancelled` said so; no file is left.
        VideoGenerationError: one of its other kinds, when a picture or the disk refuses.
    """
    if settings.seconds is None:
        _draw_still(settings, out)
        progress(1.0)
        return
    seed = settings.seed or 0
    scene = read_prompt(
        settings.prompt, settings.negative_prompt, seed, camera=settings.camera, strength=settings.motion_strength
    )
    shape: dict[str, Any] = {
        "width": settings.width,
        "height": settings.height,
        "fps": settings.fps,
        "seconds": settings.seconds,
        "progress": progress,
        "cancelled": cancelled,
        "metadata": {"title": settings.prompt[:200] or "Local draft", "comment": NOTICE},
    }
    picture = settings.first_frame or next(iter(settings.references), None)
    if picture is None:
        render_animatic(scene, out, **shape, audio=bool(settings.audio))
        return
    sound = ambience(scene, settings.seconds or 0, seed) if settings.audio else None
    first = _still(picture, inputs)
    moved = any(reason.choice.startswith("camera") for reason in scene.because)
    move: dict[str, Any] = {"strength": _strength(settings, scene, moved=moved), "seed": seed, "audio": sound}
    if settings.last_frame is None:
        render_motion(first, out, **shape, **move, camera=scene.camera)
    else:
        last = _still(settings.last_frame, inputs)
        render_transition(first, last, out, **shape, **move, camera=scene.camera if moved else None)


def _draw_still(settings: Settings, out: Path) -> None:
    assert settings.width is not None
    assert settings.height is not None
    png = out.with_name(f".{out.name}.png")  # a name that is swept with the render's own
    shape = {"width": settings.width, "height": settings.height, "seed": settings.seed or 0}
    draw_still(settings.prompt, png, **shape, negative_prompt=settings.negative_prompt).replace(out)


def _strength(settings: Settings, scene: Scene, *, moved: bool) -> float:
    if settings.motion_strength is not None:
        return settings.motion_strength
    return scene.strength if moved else DEFAULT_STRENGTH


def _still(ref: MediaRef, inputs: Mapping[str, Path]) -> Image.Image:
    return on_background(open_still(inputs[ref.sha256], label=ref.label))
