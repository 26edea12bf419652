"""Cutting the screen into pieces by what a layer shows there: nothing, something, or all there is."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.pixels import STRIP, Image, Matrix

_CELL: Final = 16  # texture pixels
_WIDE: Final = 32  # screen columns that a piece is counted in
# Another piece is another call: a shorter gap is not worth leaving out, nor a shorter opaque run worth its own call.
# Odd, for OpenCV would shift the result by half an even one.
_GAP: Final = np.ones((1, 3), np.uint8)
_RUN: Final = np.ones((1, 5), np.uint8)
_SMALL: Final = 200 * 200  # pixels that are drawn sooner than looked through
_OPAQUE: Final = 0.999

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom are beyond the last pixel."""

Piece = tuple[Rectangle, bool]
"""A part of the screen, and whether the layer is opaque all over it."""

Corners = NDArray[np.float64]


class Occupancy:
    """Where a texture (rows, columns, 4) has anything to show, and where it is opaque."""

    def __init__(self, texture: Image) -> None:
        """Look through the texture once."""
        cover = texture[..., 3]
        self._size = cover.shape
        self._some = _sums(_cells(np.maximum, cover) > 0)
        self._full = _sums(_cells(np.minimum, cover) >= _OPAQUE)

    def pieces(self, matrix: Matrix, screen: Rectangle) -> Iterator[Piece]:
        """Yield the parts of `screen` where the texture, moved by the 3x3 `matrix`, shows something."""
        left, top, right, bottom = screen
        if (right - left) * (bottom - top) < _SMALL:
            yield screen, False
            return
        columns, rows = [*range(left, right, _WIDE), right], [*range(top, bottom, STRIP), bottom]
        some, full = self._seen(matrix, np.array(columns), np.array(rows))
        runs = cv2.morphologyEx(full, cv2.MORPH_OPEN, _RUN, borderType=cv2.BORDER_REPLICATE)
        shown = cv2.morphologyEx(some, cv2.MORPH_CLOSE, _GAP, borderType=cv2.BORDER_REPLICATE)
        for kinds, first, last in zip((shown + runs).tolist(), rows, rows[1:], strict=False):
            at = 0
            for kind, run in groupby(kinds):
                start, at = at, at + len(list(run))
                if kind:
                    yield (columns[start], first, columns[at], last), kind == 2

    def _seen(
        self, matrix: Matrix, columns: NDArray[np.int_], rows: NDArray[np.int_]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return for each block between `columns` and `rows` whether it shows anything, and whether it is opaque."""
        x, y = np.meshgrid(columns - 0.5, rows - 0.5)
        u, v, w = np.tensordot(np.linalg.inv(matrix.astype(np.float64)), np.stack([x, y, np.ones_like(x)]), 1)
        (low_u, high_u), (low_v, high_v) = _reach(u / w), _reach(v / w)
        height, width = self._size
        inside = (low_u >= 0) & (low_v >= 0) & (high_u <= width - 1) & (high_v <= height - 1)
        box = [
            np.clip(np.floor(edge / _CELL).astype(int) + beyond, 0, limit)
            for edge, beyond, limit in (
                (low_v, 0, self._some.shape[0] - 1),
                (high_v, 1, self._some.shape[0] - 1),
                (low_u, 0, self._some.shape[1] - 1),
                (high_u, 1, self._some.shape[1] - 1),
            )
        ]
        some = _count(self._some, *box) > 0
        full = inside & (_count(self._full, *box) == (box[1] - box[0]) * (box[3] - box[2]))
        return some.astype(np.uint8), full.astype(np.uint8)


def _reach(at: Corners) -> tuple[Corners, Corners]:
    """Return the least and the greatest of the four corners of each block, and a pixel more on both sides."""
    corners = (at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:])
    return np.minimum.reduce(corners) - 1, np.maximum.reduce(corners) + 1


def _cells(least_or_greatest: np.ufunc, cover: Image) -> Image:
    rows, columns = cover.shape
    by_row = least_or_greatest.reduceat(cover, np.arange(0, rows, _CELL), axis=0)
    return np.asarray(least_or_greatest.reduceat(by_row, np.arange(0, columns, _CELL), axis=1))


def _sums(cells: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Return sums over all cells above and to the left, from which those of any rectangle follow."""
    return np.pad(cells.cumsum(0).cumsum(1), ((1, 0), (1, 0)))


def _count(
    sums: NDArray[np.int_],
    top: NDArray[np.int_],
    bottom: NDArray[np.int_],
    left: NDArray[np.int_],
    right: NDArray[np.int_],
) -> NDArray[np.int_]:
    return np.asarray(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])
