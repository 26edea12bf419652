"""A coarse grid over a frame: what is solved on its nodes is read at every pixel."""

import math
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from video_gen.local.pixels import Field, as_field

Points = tuple[Field, Field]
"""The x and the y of a grid of points."""

_BAND: Final = 64
"""Rows in a band: its map, and the pixels it points to, fit into the cache beside a processor's core."""


class Mesh:
    """A coarse grid over a frame, for maps that change slowly: solved on its nodes, read at every pixel.

    The nodes reach half a cell past the frame on every side, so that the last pixels are interpolated too. Their
    positions, `nodes`, are in pixels from the frame's centre. `cell`, in pixels, is a multiple of 4.
    """

    def __init__(self, width: int, height: int, cell: int = 16) -> None:
        columns, rows = math.ceil(width / cell) + 2, math.ceil(height / cell) + 2
        x = (np.arange(columns, dtype=np.float32) - 0.5) * cell - width / 2
        y = (np.arange(rows, dtype=np.float32) - 0.5) * cell - height / 2
        grid_x, grid_y = np.meshgrid(x, y)
        self.nodes: Points = as_field(grid_x), as_field(grid_y)
        self._size, self._cell = (width, height), cell
        self._buffers: dict[tuple[int, ...], Field] = {}

    def spread(self, points: Points, step: int = 1) -> Points:
        """Return the map `points` at the centre of every pixel, or with `step` 2 of every block of 2x2 pixels.

        The arrays are valid until the next call with this step.
        """
        ((_rows, whole),) = self.bands(points, step, height=self._size[1] + self._cell)
        return whole

    def bands(
        self, points: Points, step: int = 1, *, across: int | None = None, height: int = _BAND
    ) -> Iterator[tuple[slice, Points]]:
        """Yield what `spread` returns band by band, from the top: which rows it is, and the map there.

        With `across` the blocks are that wide, and `step` high; the last column's may reach past the frame. A band of
        at most `height` rows is used while the processor's cache holds it. Its arrays are valid until the next one is
        asked for.
        """
        across = across or step
        cell, rows, columns = self._cell // step, self._size[1] // step, math.ceil(self._size[0] / across)
        cells, above = max(1, height // cell), cell // 2  # the first node lies half a cell above the frame
        below = ((np.arange(cell, dtype=np.float32) + 0.5) / cell)[:, None]
        weights, buffer = np.hstack([1 - below, below]), self._buffer((2, cells, cell, columns))
        pairs = _pairs(points, self._cell // across, columns)
        for first in range(0, math.ceil((rows + above) / cell), cells):
            some = pairs[:, first : first + cells]
            np.matmul(weights, some, out=buffer[:, : some.shape[1]])
            top = first * cell - above
            seen = slice(max(0, top), min(rows, top + cells * cell))
            x, y = buffer.reshape(2, -1, columns)[:, seen.start - top : seen.stop - top]
            yield seen, (x, y)

    def _buffer(self, shape: tuple[int, ...]) -> Field:
        if shape not in self._buffers:
            self._buffers[shape] = np.empty(shape, np.float32)
        return self._buffers[shape]


def _pairs(points: Points, cell: int, columns: int) -> Field:
    """Return each row of nodes with the next one, read at the frame's columns: (x or y, rows - 1, 2, columns)."""
    nodes = np.hstack(points)
    wide = as_field(cv2.resize(nodes, (nodes.shape[1] * cell, nodes.shape[0]), interpolation=cv2.INTER_LINEAR))
    inside = wide.reshape(len(wide), 2, -1)[..., cell : cell + columns]
    return sliding_window_view(inside, 2, axis=0).transpose(1, 0, 3, 2)
