"""Several videos side by side: a row of frames for each, under a line that says what it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from video_gen.exceptions import InvalidRequestError
from video_gen.media.frames import check_side
from video_gen.media.pictures import picture_format, write_picture
from video_gen.media.sheet import spread

MAX_STRIPS: Final = 40
MAX_FRAMES: Final = 24
_GAP: Final = 4
_MARGIN: Final = 12
_LINE: Final = 36
"""Pixels of the line above each row of frames."""
_TEXT: Final = 17
_LONGEST: Final = 500
"""Characters that are tried; no line has room for more."""
_NARROWEST: Final = 640
_BACKGROUND: Final = (24, 24, 24)
_TITLE: Final = (255, 255, 255)
_NOTE: Final = (176, 176, 176)
_PROBLEM: Final = (255, 176, 96)


class Strip(NamedTuple):
    """One row."""

    title: str
    note: str
    video: Path | None
    """None: there is none, and the note says why."""


def comparison_sheet(strips: Sequence[Strip], out: Path, *, frames: int = 5, tile_side: int = 320) -> Path:
    """Write a row of `frames` frames for each video, each with its time, as one picture; returns `out`.

    Args:
        strips: the videos, and what is said of them.
        out: named .webp, .jpg or .png.
        frames: how many of each video, spread evenly over it.
        tile_side: pixels of each frame's longer side.

    Raises:
        InvalidRequestError: `out` names no picture format, or a number is out of range.
        MediaNotFoundError: there is no such video.
        VerificationError: one is no complete video, or damaged.
        StorageError: the disk refused.
    """
    check_comparison(len(strips), out, frames=frames)
    check_side(tile_side)
    rows = [_row(strip, frames, tile_side) for strip in strips]
    width = max(_NARROWEST, *(row.width for row in rows))
    sheet = Image.new("RGB", (width, sum(_LINE + row.height for row in rows) + _GAP), _BACKGROUND)
    top = 0
    for strip, row in zip(strips, rows, strict=True):
        _write(sheet, strip, top)
        sheet.paste(row, (0, top + _LINE))
        top += _LINE + row.height
    return write_picture(av.VideoFrame.from_ndarray(np.asarray(sheet), format="rgb24"), out)


def check_comparison(videos: int, out: Path, *, frames: int) -> None:
    """Refuse what `comparison_sheet` would refuse, before there are videos.

    Raises:
        InvalidRequestError: `out` names no picture format, or a number is out of range.
    """
    picture_format(out)
    if not 1 <= videos <= MAX_STRIPS:
        raise InvalidRequestError(f"{videos} videos are out of range for one sheet: give 1 to {MAX_STRIPS}")
    if not 1 <= frames <= MAX_FRAMES:
        raise InvalidRequestError(f"`frames={frames}` is out of range: choose 1 to {MAX_FRAMES} of each video")


def _row(strip: Strip, frames: int, tile_side: int) -> Image.Image:
    """Return the frames of a video beside each other; nothing where there is none."""
    if strip.video is None:
        return Image.new("RGB", (1, _GAP), _BACKGROUND)
    tiles = [Image.fromarray(tile) for tile in spread(strip.video, frames, tile_side=tile_side)]
    width, height = tiles[0].size
    row = Image.new("RGB", (frames * (width + _GAP) + _GAP, height + _GAP), _BACKGROUND)
    for number, tile in enumerate(tiles):
        row.paste(tile, (_GAP + number * (width + _GAP), 0))
    return row


def _write(sheet: Image.Image, strip: Strip, top: int) -> None:
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_TEXT)
    middle = top + _LINE // 2
    room = sheet.width - 2 * _MARGIN
    title = _fitted(draw, font, strip.title, room)
    draw.text((_MARGIN, middle), title, fill=_TITLE, font=font, anchor="lm")
    after = draw.textlength(f"{title}   ", font=font)
    note = _fitted(draw, font, strip.note, room - after)
    color = _NOTE if strip.video is not None else _PROBLEM
    draw.text((_MARGIN + after, middle), note, fill=color, font=font, anchor="lm")


def _fitted(
    draw: ImageDraw.ImageDraw, font: "ImageFont.ImageFont | ImageFont.FreeTypeFont", text: str, room: float
) -> str:
    """Return as much of a text as there is room for."""
    line = " ".join(text[:_LONGEST].split())
    if draw.textlength(line, font=font) <= room:
        return line
    while line and draw.textlength(f"{line}...", font=font) > room:
        line = line[:-1]
    return f"{line.rstrip()}..." if line else ""
