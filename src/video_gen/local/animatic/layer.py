"""Layers: what a scene is made of, drawn from the farthest to the nearest."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from video_gen.local.animatic.lens import Plane, View
from video_gen.local.animatic.pieces import Occupancy, Rectangle
from video_gen.local.animatic.pixels import Image, Matrix, paint_over, project


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
    _occupancy: Occupancy | None = None

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the part that can be seen."""
        matrix = now.view.plane_matrix(self.plane, self.left, self.top, self.density)
        screen = self._bounds(matrix, canvas.shape[1], math.ceil(min(now.hidden, canvas.shape[0])))
        if screen[0] >= screen[2] or screen[1] >= screen[3]:
            return
        if self._occupancy is None:
            self._occupancy = Occupancy(self.texture)
        for (left, top, right, bottom), opaque in self._occupancy.pieces(matrix, screen):
            part = canvas[top:bottom, left:right]
            moved = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float32) @ matrix
            if opaque:
                project(self.texture, moved, right - left, bottom - top, out=part)
            else:
                paint_over(part, project(self.texture, moved, right - left, bottom - top))

    def _bounds(self, matrix: Matrix, width: int, height: int) -> Rectangle:
        """Return the screen rectangle that the texture falls on, within the canvas."""
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


def solid_row(texture: Image) -> float:
    """Return the row from which on `texture` is opaque, or infinity."""
    clear = np.flatnonzero(texture[..., 3].min(axis=1) < 0.996)
    row = 0 if clear.size == 0 else int(clear[-1]) + 1
    return math.inf if row >= texture.shape[0] else float(row)
