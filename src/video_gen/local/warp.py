"""Look at a plate through a camera pose: planes are warped straight into the encoder's picture."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from video_gen.local.camera import Pose
from video_gen.local.pixels import Field, as_field
from video_gen.local.plate import Plate
from video_gen.media.encode import Picture

Points = tuple[Field, Field]
"""The x and the y of a grid of points."""

_ROUNDS: Final = 5
_LINEAR: Final = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_EDGE: Final = cv2.BORDER_REFLECT_101

# In a 4:2:0 picture a chroma sample lies on an even luma column and between two luma rows (H.264, "left" siting):
# the step from sample to sample in luma pixels, and the continuous position of the first one.
_LUMA_SITE: Final = (1.0, 0.5, 0.5)
_CHROMA_SITE: Final = (2.0, 0.5, 1.0)


class Mesh:
    """A coarse grid over a frame, for maps that change slowly: solved on its nodes, read at every pixel.

    The nodes reach one cell past the frame on every side, so that the last pixels are interpolated too. Their
    positions, `nodes`, are in pixels from the frame's centre.
    """

    def __init__(self, width: int, height: int, cell: int = 16) -> None:
        columns, rows = math.ceil(width / cell) + 2, math.ceil(height / cell) + 2
        x = (np.arange(columns, dtype=np.float32) - 0.5) * cell - width / 2
        y = (np.arange(rows, dtype=np.float32) - 0.5) * cell - height / 2
        grid_x, grid_y = np.meshgrid(x, y)
        self.nodes: Points = as_field(grid_x), as_field(grid_y)
        self._buffers = {
            step: tuple(np.empty((rows * cell // step, columns * cell // step), np.float32) for _ in range(2))
            for step in (1, 2)
        }
        self._size, self._cell = (width, height), cell

    def spread(self, points: Points, step: int = 1) -> Points:
        """Return the map `points` at the centre of every pixel, or with `step` 2 of every block of 2x2 pixels.

        The arrays are valid until the next call with this step.
        """
        cell, (width, height) = self._cell // step, (self._size[0] // step, self._size[1] // step)
        view = (slice(cell, cell + height), slice(cell, cell + width))
        for nodes, out in zip(points, self._buffers[step], strict=True):
            cv2.resize(nodes, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
        x, y = self._buffers[step]
        return x[view], y[view]


class Projector:
    """Draws a plate as the camera sees it, in frames of `width` x `height`."""

    def __init__(self, plate: Plate, width: int, height: int) -> None:
        self._plate = plate
        self._width, self._height = width, height
        self._mesh = None if plate.depth is None else Mesh(width, height)

    def draw(self, pose: Pose, picture: Picture) -> None:
        """Draw what `pose` sees into `picture`."""
        if self._mesh is not None and pose.moves_in_depth:
            self._draw_deep(pose, picture, self._mesh)
        else:
            self._draw_flat(pose, picture)

    def _draw_flat(self, pose: Pose, picture: Picture) -> None:
        plate = self._plate
        luma = self._matrix(pose, _LUMA_SITE, plate.oversampling)
        chroma = self._matrix(pose, _CHROMA_SITE, 1)
        for source, matrix, target in (
            (plate.luma, luma, picture.y),
            (plate.blue, chroma, picture.u),
            (plate.red, chroma, picture.v),
        ):
            size = (target.shape[1], target.shape[0])
            cv2.warpAffine(source, matrix, size, dst=target, flags=_LINEAR, borderMode=_EDGE)

    def _matrix(self, pose: Pose, site: tuple[float, float, float], oversampling: int) -> NDArray[np.float64]:
        """Return the affine map from indices of a video plane to indices of the plate's plane."""
        step, first_x, first_y = site
        (kx, ky), (ox, oy) = self._plate.density, self._plate.origin
        kx, ky = kx * oversampling, ky * oversampling
        cos, sin = math.cos(pose.roll) / pose.zoom, math.sin(pose.roll) / pose.zoom
        x, y = first_x - self._width / 2, first_y - self._height / 2
        from_x = cos * x - sin * y + pose.x * self._width + ox
        from_y = sin * x + cos * y + pose.y * self._height + oy
        return np.array(
            [
                [kx * cos * step, -kx * sin * step, kx * from_x - 0.5],
                [ky * sin * step, ky * cos * step, ky * from_y - 0.5],
            ]
        )

    def _draw_deep(self, pose: Pose, picture: Picture, mesh: Mesh) -> None:
        plate = self._plate
        x, y = self._solve(pose, mesh)
        fine = plate.oversampling
        luma = mesh.spread((x * fine - 0.5, y * fine - 0.5))
        cv2.remap(plate.luma, *luma, cv2.INTER_LINEAR, dst=picture.y, borderMode=_EDGE)
        # A chroma sample lies half a luma pixel left of the centre of its block.
        left = 0.5 * plate.density[0] / pose.zoom
        chroma = mesh.spread((x - (0.5 + left), y - 0.5), step=2)
        cv2.remap(plate.blue, *chroma, cv2.INTER_LINEAR, dst=picture.u, borderMode=_EDGE)
        cv2.remap(plate.red, *chroma, cv2.INTER_LINEAR, dst=picture.v, borderMode=_EDGE)

    def _solve(self, pose: Pose, mesh: Mesh) -> Points:
        """Return the plate position, in plate pixels, that each node of the mesh sees.

        A point of depth d appears 1 / (1 - dolly * d) times as far from the centre and slides by truck * (focus - d).
        Which point a node sees depends on that point's own depth, so it is found by repeated substitution: depth is
        smooth and the slide is a few per cent, hence each round leaves a small share of the error before it.
        """
        plate = self._plate
        cos, sin = math.cos(pose.roll) / pose.zoom, math.sin(pose.roll) / pose.zoom
        x, y = mesh.nodes
        view_x = cos * x - sin * y + pose.x * self._width
        view_y = sin * x + cos * y + pose.y * self._height
        (kx, ky), (ox, oy) = plate.density, plate.origin
        slide_x, slide_y = pose.truck * self._width, pose.lift * self._height
        at_x, at_y = view_x, view_y
        for _ in range(_ROUNDS):
            depth = self._depth_at(as_field((at_x + ox) * kx), as_field((at_y + oy) * ky))
            shift, shrink = depth - plate.focus, 1 - pose.dolly * depth
            at_x, at_y = (view_x + slide_x * shift) * shrink, (view_y + slide_y * shift) * shrink
        return as_field((at_x + ox) * kx), as_field((at_y + oy) * ky)

    def _depth_at(self, x: Field, y: Field) -> Field:
        depth = self._plate.depth
        assert depth is not None
        rows, columns = self._plate.blue.shape
        x, y = as_field(x * (depth.shape[1] / columns) - 0.5), as_field(y * (depth.shape[0] / rows) - 0.5)
        return as_field(cv2.remap(depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
