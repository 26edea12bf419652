"""A contact sheet: frames spread over a video, in one picture."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from video_gen.exceptions import InvalidRequestError
from video_gen.media.frames import check_side
from video_gen.media.opening import DEFAULT_LIMITS, Limits, open_video
from video_gen.media.pictures import Upright, picture_format, write_picture
from video_gen.media.reader import FrameReader
from video_gen.media.timeline import Timeline

_MAX_TILES: Final = 400
_MAX_SHEET_SIDE: Final = 16_000  # WebP ends at 16383
_GAP: Final = 4
_BACKGROUND: Final = 24


def contact_sheet(
    video: Path,
    out: Path,
    columns: int = 4,
    rows: int = 3,
    *,
    tile_side: int = 320,
    limits: Limits = DEFAULT_LIMITS,
) -> Path:
    """Write `columns` x `rows` frames of `video`, each with its time, as one picture; returns `out`.

    The frames are those in the middle of equal parts of the video. Where key frames are frequent they are sought,
    otherwise the video is decoded once; one frame is held at a time.

    Args:
        video: the file.
        out: named .webp, .jpg or .png.
        columns: frames across.
        rows: frames down; together at most 400.
        tile_side: pixels of each frame's longer side.
        limits: the largest video that is opened.

    Raises:
        InvalidRequestError: `out` names no picture format, or a number is out of range.
        MediaNotFoundError: there is no such video.
        MediaInputError: it may not be read, or is beyond `limits`.
        VerificationError: it is no complete video, or damaged.
        StorageError: the disk refused.
    """
    picture_format(out)
    check_side(tile_side)
    if columns < 1 or rows < 1 or columns * rows > _MAX_TILES:
        raise InvalidRequestError(f"{columns} x {rows} frames are out of range: choose 1 to {_MAX_TILES} in all")
    if max(columns, rows) * (tile_side + _GAP) > _MAX_SHEET_SIDE:
        raise InvalidRequestError(
            f"{columns} x {rows} frames of {tile_side} pixels make a sheet over {_MAX_SHEET_SIDE}: choose fewer"
        )
    sheet: NDArray[np.uint8] | None = None
    for number, tile in enumerate(spread(video, columns * rows, tile_side=tile_side, limits=limits)):
        if sheet is None:
            sheet = _empty(tile, columns, rows)
        _place(sheet, tile, number // columns, number % columns)
    assert sheet is not None
    return write_picture(av.VideoFrame.from_ndarray(sheet, format="rgb24"), out)


def spread(video: Path, count: int, *, tile_side: int, limits: Limits = DEFAULT_LIMITS) -> Iterator[NDArray[np.uint8]]:
    """Yield `count` frames of a video, from the middle of equal parts of it, each with its time in the corner.

    Args:
        video: the file.
        count: how many.
        tile_side: pixels of each frame's longer side.
        limits: the largest video that is opened.

    Raises:
        MediaNotFoundError: there is no such video.
        MediaInputError: it may not be read, or is beyond `limits`.
        VerificationError: it is no complete video, or damaged.
    """
    with open_video(Path(video), limits) as source:
        timeline = Timeline.of(source)
        length = (timeline.end - timeline.start) * source.time_base
        reader, upright = FrameReader(source), Upright(source)
        for number in range(count):
            moment = length * Fraction(2 * number + 1, 2 * count)
            tile = np.asarray(upright.rgb(reader.at(moment, clamped=True), tile_side).to_ndarray(), np.uint8)
            yield _labelled(tile, float(moment))


def _empty(tile: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
    height, width = tile.shape[:2]
    size = (rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3)
    return np.full(size, _BACKGROUND, np.uint8)


def _place(sheet: NDArray[np.uint8], tile: NDArray[np.uint8], row: int, column: int) -> None:
    height, width = tile.shape[:2]
    top, left = _GAP + row * (height + _GAP), _GAP + column * (width + _GAP)
    sheet[top : top + height, left : left + width] = tile


def _labelled(tile: NDArray[np.uint8], seconds: float) -> NDArray[np.uint8]:
    """Write the time in the tile's corner, dark behind light, where there is room for it."""
    picture = Image.fromarray(tile)
    if picture.height < 48:
        return tile
    size = max(10, min(picture.size) // 14)
    tenths = round(seconds * 10)
    text = f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
    draw = ImageDraw.Draw(picture)
    draw.text(
        (size // 2, picture.height - size // 2),
        text,
        fill="white",
        font=ImageFont.load_default(size),
        anchor="ls",
        stroke_width=max(1, size // 10),
        stroke_fill="black",
    )
    return np.asarray(picture)
