"""A single picture from a prompt: a first frame that needs no model, no key and no network."""

import tempfile
from pathlib import Path
from typing import Any, Final

from video_gen.exceptions import InvalidRequestError
from video_gen.local.animatic import render_animatic
from video_gen.media.frames import first_frame
from video_gen.media.pictures import picture_format

_FINE: Final[dict[str, Any]] = {"preset": "veryfast", "crf": 6}
"""Nothing moves, so the picture may be as good as it is drawn."""


def draw_still(
    prompt: str, out: Path, *, width: int, height: int, seed: int = 0, negative_prompt: str | None = None
) -> Path:
    """Draw the scene of a prompt as one picture; returns `out`.

    Args:
        prompt: What is to be seen, as of a video.
        out: Named .png, .jpg or .webp.
        width: Pixels, even.
        height: Pixels, even.
        seed: The same one gives the same picture.
        negative_prompt: What is left out.

    Raises:
        InvalidRequestError: `out` names no picture format, or a side is odd or out of range.
        StorageError: the disk refused.
    """
    picture_format(out)
    if width % 2 or height % 2:
        raise InvalidRequestError(f"`{width}x{height}` has an odd side: choose even numbers of pixels")
    with tempfile.TemporaryDirectory(prefix="video-gen-still-") as room:
        film = Path(room) / "still.mp4"
        shape: dict[str, Any] = {"width": width, "height": height, "fps": 1, "seconds": 1}
        render_animatic(prompt, film, **shape, seed=seed, negative_prompt=negative_prompt, **_FINE)
        return first_frame(film, out)
