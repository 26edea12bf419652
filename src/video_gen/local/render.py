"""The loop every renderer here runs: draw a frame, encode it, say how far it is, stop when asked."""

from collections.abc import Callable

from video_gen.exceptions import JobCancelledError
from video_gen.media.encode import Picture, VideoWriter

Progress = Callable[[float], None]
"""Told the share that is done; it grows to 1."""

Cancelled = Callable[[], bool]
"""Asked before each frame whether to stop."""


def render_frames(
    writer: VideoWriter,
    count: int,
    draw: Callable[[Picture, int], None],
    *,
    progress: Progress,
    cancelled: Cancelled,
) -> None:
    """Encode `count` frames; `draw` draws the frame of an index, counted from 0, into a picture.

    Raises:
        JobCancelledError: `cancelled` said so.
    """
    for index in range(count):
        stop_if(cancelled)
        picture = writer.picture()
        draw(picture, index)
        writer.write(picture)
        progress((index + 1) / count)


def stop_if(cancelled: Cancelled) -> None:
    """Raise JobCancelledError when `cancelled` says so."""
    if cancelled():
        raise JobCancelledError("rendering was cancelled: no file was written")
