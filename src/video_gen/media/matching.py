"""Finds what of a clip repeats the end of the one before, and how its colours differ from there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from video_gen.media.canvas import Canvas, Fitter, Planes
from video_gen.media.clip import Clip
from video_gen.media.opening import moment, open_video
from video_gen.media.reader import FrameReader
from video_gen.media.tint import Tint

ECHO: Final = 2.0
"""Levels of grey, of 255, by which two codings of one picture differ on the average at most."""
LONGEST: Final = Fraction(1, 2)
"""Seconds at the beginning of a clip that are looked at."""
_LOOKED_AT: Final = 96
"""Pixels across, in which two frames are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """How the beginning of a clip fits to the end of another."""

    echo: Fraction
    """Seconds for which the clip shows the other's last picture; 0 where it shows something else."""
    tint: Tint
    """What gives it the other's colours."""


def matched(before: Clip, clip: Clip) -> Match:
    """Compare the first half second of `clip` with the last frame of `before`.

    A service that was given a last frame seldom returns its very colours. So the first frame is shifted to them, within
    bounds, before it is compared, and the frames behind it likewise.

    Raises:
        VerificationError: one of them is damaged.
    """
    canvas = _canvas(before)
    wanted = _end(before, canvas)
    tint: Tint | None = None
    most = max(0, min(int(LONGEST * clip.rate), int(clip.seconds * clip.rate) - 1))
    for at, shown in _beginning(clip, canvas, most):
        tint = tint or Tint.between(shown, wanted)
        if _difference(tint.planes(shown), wanted) > ECHO:
            return Match(echo=at, tint=tint) if at else Match(echo=Fraction(0), tint=Tint())
    return Match(echo=most / clip.rate, tint=tint or Tint())


def begins_with(longer: Path, video: Path) -> bool:
    """Tell whether `longer` shows all of `video` and then goes on; three of its moments are compared.

    Raises:
        VerificationError: one of them is no complete video.
    """
    one, other = Clip.read(longer), Clip.read(video)
    if one.seconds <= other.seconds:
        return False
    moments = [Fraction(0), other.seconds / 2, other.seconds - 1 / other.rate]
    pairs = zip(_frames(one, other, moments), _frames(other, other, moments), strict=True)
    return all(_difference(Tint.between(shown, wanted).planes(shown), wanted) <= 2 * ECHO for shown, wanted in pairs)


def _frames(clip: Clip, like: Clip, moments: Sequence[Fraction]) -> Iterator[Planes]:
    fitter = Fitter(_canvas(like), clip.encoding.orientation.pixel_aspect)
    with open_video(clip.path) as video:
        reader = FrameReader(video)
        for at in moments:
            yield fitter.planes(reader.at(at))


def _canvas(clip: Clip) -> Canvas:
    return Canvas.around(_LOOKED_AT, max(2, round(_LOOKED_AT * clip.info.height / clip.info.width)))


def _end(clip: Clip, canvas: Canvas) -> Planes:
    with open_video(clip.path) as video:
        return Fitter(canvas, clip.encoding.orientation.pixel_aspect).planes(FrameReader(video).last())


def _beginning(clip: Clip, canvas: Canvas, count: int) -> Iterator[tuple[Fraction, Planes]]:
    """Yield the first frames of a clip, each with the seconds after which it is shown."""
    fitter = Fitter(canvas, clip.encoding.orientation.pixel_aspect)
    with open_video(clip.path) as video:
        for frame, _ in zip(video.container.decode(video.stream), range(count), strict=False):
            yield moment(frame) * video.time_base - clip.start, fitter.planes(frame)


def _difference(one: Planes, other: Planes) -> float:
    return float(np.abs(one[0].astype(np.int16) - other[0].astype(np.int16)).mean())
