"""Frame rates as exact fractions: 29.97 means 30000/1001, and a clip's length is a number of frames."""

from fractions import Fraction
from typing import Final

from video_gen.exceptions import InvalidRequestError

MIN_FPS: Final = 1
MAX_FPS: Final = 240
_NTSC_TOLERANCE: Final = 0.005  # people write 23.98, 23.976 and 29.97 for the same rates


def frame_rate(fps: float | Fraction) -> Fraction:
    """Return `fps` as an exact fraction; a rate near N*1000/1001 (23.976, 29.97, 59.94 ...) becomes that.

    Raises:
        InvalidRequestError: not between 1 and 240.
    """
    if not MIN_FPS <= fps <= MAX_FPS:  # also refuses NaN
        raise InvalidRequestError(f"`fps={fps}` is out of range: choose {MIN_FPS} to {MAX_FPS}")
    if isinstance(fps, Fraction):
        return fps
    ntsc = Fraction(round(fps) * 1000, 1001)
    if fps != round(fps) and round(fps) % 6 == 0 and abs(float(ntsc) - fps) < _NTSC_TOLERANCE:
        return ntsc
    return Fraction(fps).limit_denominator(1000)


def frame_count(seconds: float, fps: float | Fraction) -> int:
    """Return how many frames last `seconds`: the nearest whole number, at least 1.

    Raises:
        InvalidRequestError: `seconds` is not above 0, or `fps` not between 1 and 240.
    """
    rate = frame_rate(fps)
    if not 0 < seconds < float("inf"):
        raise InvalidRequestError(f"`seconds={seconds}` is out of range: it must be above 0")
    return max(1, round(Fraction(seconds) * rate))
