"""From places in the scene to pixels: the lens at rest, and the view as the camera moves."""

import math
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from video_gen.local.animatic.pixels import Image, Matrix, image
from video_gen.local.camera import Pose

Plane = tuple[float, float, float]
"""Nearness of a layer at the reference pixel (u, v), as the factors of u, of v, and of 1."""

_FOCAL: Final = 0.92
_WIDEST: Final = 0.24


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """The camera at rest. Lengths are pixels of the frame; the eye's height above the ground is in metres.

    `reach_x` and `reach_y` are how far layers extend beyond each side of the frame, as shares of its size: room for
    the camera move.
    """

    width: int
    height: int
    horizon: float
    eye: float = 1.7
    reach_x: float = _WIDEST
    reach_y: float = _WIDEST

    def at(self, *, horizon: float, eye: float) -> Self:
        """Return this lens with the horizon at another share of the height from the top, and the eye elsewhere."""
        return replace(self, horizon=horizon * self.height, eye=eye)

    @property
    def focal(self) -> float:
        """The focal length: a wide angle of about 57 degrees across the longer side, or 16:9 of it."""
        return _FOCAL * self._span

    @property
    def unit(self) -> float:
        """The pixels of a small detail: 1 for a frame of 720 lines."""
        return min(self.width, self.height) / 720

    @property
    def _span(self) -> float:
        """The longer side; of a very wide frame, the width of a 16:9 frame of its height: it sees more, not larger."""
        return max(self.height, min(self.width, self.height * 16 / 9))

    @property
    def rise(self) -> float:
        """The pixels that heights of mountains are counted in: between the frame's height and that of a wide frame."""
        return math.sqrt(self.height * 9 / 16 * self._span)

    @property
    def nearest(self) -> float:
        """The distance in metres of the ground at the bottom edge of the frame."""
        return self.depth(self.height)

    def depth(self, row: float) -> float:
        """Return the distance in metres of level ground seen at `row`."""
        return self.eye * self.focal / max(row - self.horizon, 0.5)

    def row(self, depth: float, height: float = 0.0) -> float:
        """Return the row of a point `height` metres above the ground at `depth` metres."""
        return self.horizon + self.focal * (self.eye - height) / depth

    def nearness(self, depth: float) -> float:
        """Return 1 for the nearest ground, towards 0 for the farthest things."""
        return min(1.6, self.nearest / depth)

    def upright(self, depth: float) -> Plane:
        """Return the plane of something that faces the camera at `depth` metres."""
        return 0.0, 0.0, self.nearness(depth)

    @property
    def ground(self) -> Plane:
        """The plane of level ground."""
        grow = 1 / (self.height - self.horizon)
        return 0.0, grow, -grow * self.horizon

    def wall(self, side: int, distance: float) -> Plane:
        """Return the plane of a wall along the line of sight, `distance` metres to the right (1) or left (-1)."""
        grow = side * self.nearest / (distance * self.focal)
        return grow, 0.0, -grow * self.width / 2

    def columns(self, count: int) -> Image:
        """Return the reference columns of a layer of `count` columns that reaches beyond both sides."""
        margin = self.reach_x * self.width
        return image(np.linspace(-margin, self.width + margin, count))


@dataclass(frozen=True, slots=True)
class View:
    """The lens in one pose."""

    lens: Lens
    pose: Pose

    def scale(self, near: float) -> float:
        """Return how much larger than at rest things of nearness `near` are."""
        return self.pose.zoom / (1 - self.pose.dolly * near)

    def place(self, near: float) -> tuple[float, float, float]:
        """Return (scale, x, y): a reference pixel (u, v) is seen at (scale * u + x, scale * v + y)."""
        lens, pose, scale = self.lens, self.pose, self.scale(near)
        middle_x, middle_y = lens.width / 2, lens.height / 2
        x = middle_x - scale * (middle_x + pose.truck * lens.width * near) - pose.zoom * pose.x * lens.width
        up = lens.horizon - middle_y - pose.y * lens.height
        y = middle_y + pose.zoom * up - scale * (lens.horizon + pose.lift * lens.height * near)
        return scale, x, y

    def matrix(self, near: float, left: float = 0.0, top: float = 0.0, density: float = 1.0) -> Matrix:
        """Return the 2x3 matrix from the pixels of a layer to the screen.

        The layer's first pixel lies at the reference pixel (`left`, `top`), and it has `density` pixels for each one.
        """
        scale, x, y = self.place(near)
        inner = scale / density
        # A pixel's value belongs to its middle, in the layer as on the screen.
        half = inner / 2 - 0.5
        return np.array([[inner, 0, scale * left + x + half], [0, inner, scale * top + y + half]], np.float32)

    def plane_matrix(self, plane: Plane, left: float, top: float, density: float) -> Matrix:
        """Return the 3x3 matrix from the pixels of a layer to the screen, for a layer that lies in `plane`.

        The layer's first pixel lies at the reference pixel (`left`, `top`), and it has `density` pixels for each one.
        """
        lens, pose = self.lens, self.pose
        middle_x, middle_y, zoom = lens.width / 2, lens.height / 2, pose.zoom
        near = np.array(plane)
        # weight(u, v) = 1 - dolly * near(u, v); the rows below are the seen pixel times that weight.
        weight = np.array([0, 0, 1]) - pose.dolly * near
        right = middle_x - zoom * pose.x * lens.width
        down = middle_y + zoom * (lens.horizon - middle_y - pose.y * lens.height)
        x = zoom * (np.array([1, 0, -middle_x]) - pose.truck * lens.width * near) + right * weight
        y = zoom * (np.array([0, 1, -lens.horizon]) - pose.lift * lens.height * near) + down * weight
        # A pixel's value belongs to its middle, in the layer as on the screen.
        inner = np.array([[1 / density, 0, left + 0.5 / density], [0, 1 / density, top + 0.5 / density], [0, 0, 1]])
        outer = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
        matrix = outer @ np.stack([x, y, weight]) @ inner
        return np.asarray(matrix / matrix[2, 2], np.float32)

    def point(self, u: float, v: float, near: float = 0.0) -> tuple[float, float]:
        """Return where the reference pixel (u, v) is seen."""
        scale, x, y = self.place(near)
        return scale * u + x, scale * v + y

    @property
    def horizon(self) -> float:
        """The row where the horizon is seen."""
        return self.point(0, self.lens.horizon)[1]
