"""Layers: what a scene is made of, drawn from the farthest to the nearest."""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.lens import Plane, View
from video_gen.local.animatic.pixels import Image, Matrix, paint_over, project, warp

_STRIP: Final = 128
_CELL: Final = 64
_WORTHWHILE: Final = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """What is filmed when: the view, the time in seconds, and the row from which on nearer layers hide everything."""

    view: View
    t: float
    hidden: float


class Layer(Protocol):
    """One thing that is drawn over what lies behind it."""

    def draw(self, canvas: Image, now: Moment, /) -> None:
        """Draw it over what `canvas` shows; rows from `now.hidden` on need not be drawn."""

    def covers(self, view: View, /) -> float:
        """Return the row from which on this layer hides everything behind it; infinity when it never does."""
        ...


class Sheer:
    """A layer that hides nothing completely."""

    def covers(self, _view: View) -> float:
        """Return infinity."""
        return math.inf


@dataclass(slots=True)
class Card:
    """A premultiplied picture in a plane of the scene.

    Attributes:
        texture: (rows, columns, 4), linear light.
        left: the reference column of its left edge.
        top: the reference row of its top edge.
        density: texture pixels for each reference pixel.
        plane: how near it is at each reference pixel: standing upright, lying on the ground, or a wall.
        solid: the texture row from which on it is opaque across its whole width.
    """

    texture: Image
    left: float
    top: float
    density: float
    plane: Plane
    solid: float = math.inf
    _busy: NDArray[np.bool_] | None = None

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the part that can be seen."""
        view, hidden = now.view, now.hidden
        matrix = view.plane_matrix(self.plane, self.left, self.top, self.density)
        left, top, right, bottom = self._bounds(matrix, canvas.shape[1], math.ceil(min(hidden, canvas.shape[0])))
        if left >= right:
            return
        if any(self.plane[:2]):
            for y in range(top, bottom, _STRIP):
                end = min(y + _STRIP, bottom)
                part = np.array([[1, 0, -left], [0, 1, -y], [0, 0, 1]], np.float32) @ matrix
                paint_over(canvas[y:end, left:right], project(self.texture, part, right - left, end - y))
            return
        scale, across, down = float(matrix[0, 0]), float(matrix[0, 2]), float(matrix[1, 2])
        for y in range(top, bottom, _STRIP):
            end = min(y + _STRIP, bottom)
            for start, stop in self._spans((y - down, end - down), scale):
                x, last = max(left, math.floor(start + across)), min(right, math.ceil(stop + across))
                if x < last:
                    part = np.array([[scale, 0, across - x], [0, scale, down - y]], np.float32)
                    paint_over(canvas[y:end, x:last], warp(self.texture, part, last - x, end - y))

    def _spans(self, rows: tuple[float, float], scale: float) -> list[tuple[float, float]]:
        """Return the columns in which the texture, enlarged by `scale`, has something to show between two rows."""
        if self._busy is None:
            self._busy = _busy_cells(self.texture)
        first = max(0, int(rows[0] / scale - 2) // _CELL)
        last = int(rows[1] / scale + 2) // _CELL + 1
        cells = np.flatnonzero(self._busy[first:last].any(axis=0))
        if not cells.size:
            return []
        # A gap must be wide to be worth a second call.
        breaks = np.flatnonzero(np.diff(cells) > _WORTHWHILE)
        starts, ends = cells[np.r_[0, breaks + 1]].tolist(), cells[np.r_[breaks, -1]].tolist()
        size = _CELL * scale
        return [(a * size - 2, (b + 1) * size + 2) for a, b in zip(starts, ends, strict=True)]

    def _bounds(self, matrix: Matrix, width: int, height: int) -> tuple[int, int, int, int]:
        """Return the screen rectangle (left, top, right, bottom) that the texture falls on, within the canvas."""
        rows, columns = self.texture.shape[:2]
        corners = np.array([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]], np.float32)
        x, y, w = (matrix @ corners).astype(np.float64)
        left, right = np.clip([np.floor((x / w).min() - 1), np.ceil((x / w).max() + 1)], 0, width).astype(int)
        top, bottom = np.clip([np.floor((y / w).min() - 1), np.ceil((y / w).max() + 1)], 0, max(0, height)).astype(int)
        return int(left), int(top), int(right), int(bottom)

    def covers(self, view: View) -> float:
        """Return the row from which on it is opaque."""
        return math.inf if math.isinf(self.solid) else self._row(view, self.solid) + 1

    def _row(self, view: View, row: float) -> float:
        """Return the lowest screen row on which a texture row is seen."""
        matrix = view.plane_matrix(self.plane, self.left, self.top, self.density)
        ends = matrix @ np.array([[0, self.texture.shape[1]], [row, row], [1, 1]], np.float32)
        return float((ends[1] / ends[2]).max())


def _busy_cells(texture: Image) -> NDArray[np.bool_]:
    """Return, for each cell of a grid over `texture`, whether there is anything in it."""
    cover = texture[..., 3] > 0
    rows, columns = cover.shape
    by_row = np.logical_or.reduceat(cover, np.arange(0, rows, _CELL), axis=0)
    return np.asarray(np.logical_or.reduceat(by_row, np.arange(0, columns, _CELL), axis=1))


def solid_row(texture: Image) -> float:
    """Return the row from which on `texture` is opaque, or infinity."""
    clear = np.flatnonzero(texture[..., 3].min(axis=1) < 0.996)
    row = 0 if clear.size == 0 else int(clear[-1]) + 1
    return math.inf if row >= texture.shape[0] else float(row)
