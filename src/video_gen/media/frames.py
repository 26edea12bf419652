"""Single frames out of a video, exact to the frame and in true colours."""

from pathlib import Path
from typing import Final

from video_gen.exceptions import InvalidRequestError
from video_gen.media.opening import DEFAULT_LIMITS, THREADS, Limits, open_video
from video_gen.media.pictures import Upright, picture_format, write_picture
from video_gen.media.reader import FrameReader
from video_gen.media.timeline import Timeline

_THUMBNAIL_AT: Final = 0.5
"""Seconds: past a fade-in from black, and cheap to reach."""


def last_frame(video: Path, out: Path, *, limits: Limits = DEFAULT_LIMITS) -> Path:
    """Write the last frame that `video` shows to `out`, upright and in sRGB; returns `out`.

    Only the end is decoded, from its last key frame on: about 0.2 s for a minute of 1080p.

    Raises:
        MediaNotFoundError: there is no such video.
        MediaInputError: it may not be read, or is beyond `limits`.
        VerificationError: it is no complete video, or its end is damaged.
        InvalidRequestError: `out` names no PNG, JPEG or WebP.
        StorageError: the disk refused.
    """
    picture_format(out)
    with open_video(Path(video), limits) as source:
        picture = Upright(source).rgb(FrameReader(source).last())
    return write_picture(picture, out)


def first_frame(video: Path, out: Path, *, limits: Limits = DEFAULT_LIMITS) -> Path:
    """Write the first frame that `video` shows to `out`; errors as of `last_frame`."""
    return frame_at(video, 0, out, limits=limits)


def frame_at(video: Path, seconds: float, out: Path, *, limits: Limits = DEFAULT_LIMITS) -> Path:
    """Write the frame that `video` shows at `seconds` from its start to `out`; errors as of `last_frame`.

    Raises:
        InvalidRequestError: `seconds` is negative or beyond the end (the end itself gives the last frame).
    """
    picture_format(out)
    with open_video(Path(video), limits, threads=1 if seconds == 0 else THREADS) as source:
        picture = Upright(source).rgb(FrameReader(source).at(seconds))
    return write_picture(picture, out)


def thumbnail(video: Path, out: Path, max_side: int = 640, *, limits: Limits = DEFAULT_LIMITS) -> Path:
    """Write a small picture that stands for `video`, from just behind its start; errors as of `last_frame`.

    Args:
        video: the file.
        out: named .webp, .jpg or .png.
        max_side: pixels of the longer side; a smaller video is not enlarged.
        limits: the largest video that is opened.
    """
    picture_format(out)
    check_side(max_side)
    with open_video(Path(video), limits) as source:
        timeline = Timeline.of(source)
        length = (timeline.end - timeline.start) * source.time_base
        frame = FrameReader(source).at(min(_THUMBNAIL_AT, float(length) / 2), clamped=True)
        picture = Upright(source).rgb(frame, max_side)
    return write_picture(picture, out)


def check_side(max_side: int) -> None:
    """Refuse a picture side that makes no picture.

    Raises:
        InvalidRequestError: not 16 to 8192.
    """
    if not 16 <= max_side <= 8192:
        raise InvalidRequestError(f"`max_side={max_side}` is out of range: choose 16 to 8192 pixels")
