"""Joins a clip to the video it goes on from, without the frames of it that repeat that video's end."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from PIL import Image

from video_gen.media.frames import frame_at, last_frame
from video_gen.media.probe import probe
from video_gen.media.stitch import stitch, trim
from video_gen.spec.media import MediaInfo

ECHO: Final = 2.0
"""Levels of grey, of 255, by which two codings of one picture differ on the average at most."""
LONGEST: Final = 0.5
"""Seconds at the beginning of a clip that are looked at."""
_LOOKED_AT: Final = (96, 54)
"""Pixels in which two frames are compared."""


def continued(source: Path, clip: Path, out: Path) -> MediaInfo:
    """Write `source` and then `clip` as one video, and return what it is; `out` appears whole or not at all.

    A clip that was made from the last frame of `source` begins with that frame, often for several: they are left out,
    so that the picture does not stand still at the joint.

    Raises:
        VerificationError: one of them is no complete video.
        StorageError: the disk refused.
    """
    with TemporaryDirectory(prefix="video-gen-") as folder:
        place = Path(folder)
        echo = echoed(source, clip, place)
        rest = clip
        if echo:
            rest = place / "rest.mp4"
            trim(clip, rest, start=echo)
        return stitch([source, rest], out)


def echoed(source: Path, clip: Path, place: Path) -> float:
    """Return the seconds at the beginning of a clip that show the last frame of `source`; frames go to `place`."""
    info = probe(clip)
    end = _grey(last_frame(source, place / "end.png"))
    most = min(int(LONGEST * info.fps), int(info.seconds * info.fps) - 1)
    for number in range(most):
        frame = _grey(frame_at(clip, (number + 0.5) / info.fps, place / "frame.png"))
        if float(np.abs(frame - end).mean()) > ECHO:
            return number / info.fps
    return most / info.fps if most > 0 else 0.0


def _grey(picture: Path) -> np.ndarray:
    with Image.open(picture) as image:
        return np.asarray(image.convert("L").resize(_LOOKED_AT, Image.Resampling.BOX), dtype=np.float32)
