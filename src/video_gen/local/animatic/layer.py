"""Layers: what a scene is made of, drawn from the farthest to the nearest."""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from video_gen.local.animatic.lens import Plane, View
from video_gen.local.animatic.pixels import Image, Matrix, paint_over, project, warp

_STRIP: Final = 128


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

    def draw(self, canvas: Image, now: Moment) -> None:
        """Draw the part that can be seen."""
        view, hidden = now.view, now.hidden
        matrix = view.plane_matrix(self.plane, self.left, self.top, self.density)
        slanted = any(self.plane[:2])
        left, top, right, bottom = self._bounds(matrix, canvas.shape[1], math.ceil(min(hidden, canvas.shape[0])))
        if left >= right:
            return
        for y in range(top, bottom, _STRIP):
            end = min(y + _STRIP, bottom)
            part = np.array([[1, 0, -left], [0, 1, -y], [0, 0, 1]], np.float32) @ matrix
            if slanted:
                seen = project(self.texture, part, right - left, end - y)
            else:
                seen = warp(self.texture, part[:2], right - left, end - y)
            paint_over(canvas[y:end, left:right], seen)

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


def solid_row(texture: Image) -> float:
    """Return the row from which on `texture` is opaque, or infinity."""
    clear = np.flatnonzero(texture[..., 3].min(axis=1) < 0.996)
    row = 0 if clear.size == 0 else int(clear[-1]) + 1
    return math.inf if row >= texture.shape[0] else float(row)
