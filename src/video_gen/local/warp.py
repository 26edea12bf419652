"""Look at a plate through a camera pose: planes are warped straight into the encoder's picture."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from video_gen.local.camera import Pose
from video_gen.local.plate import Plate
from video_gen.media.encode import Picture

Grid = NDArray[np.float32]
"""Positions (rows, columns, 2), x before y."""

_CELL: Final = 8
_ROUNDS: Final = 3
_LINEAR: Final = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_EDGE: Final = cv2.BORDER_REFLECT_101

# In a 4:2:0 picture a chroma sample lies on an even luma column and between two luma rows (H.264, "left" siting).
_LUMA_SITE: Final = (1.0, 0.5, 0.5)
_CHROMA_SITE: Final = (2.0, 0.5, 1.0)


class Mesh:
    """A coarse grid over the frame, for maps that change slowly: solved on its nodes, read at every pixel.

    The nodes reach one cell past the frame on every side, so that the last pixels are interpolated too.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        columns, rows = math.ceil(width / _CELL) + 2, math.ceil(height / _CELL) + 2
        x = (np.arange(columns, dtype=np.float32) - 0.5) * _CELL - width / 2
        y = (np.arange(rows, dtype=np.float32) - 0.5) * _CELL - height / 2
        self.nodes: Grid = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)
        self._full = np.empty((rows * _CELL, columns * _CELL, 2), np.float32)
        self._half = np.empty((rows * _CELL // 2, columns * _CELL // 2, 2), np.float32)

    def per_pixel(self, nodes: Grid) -> Grid:
        """Return the map `nodes` at every pixel of the frame; valid until the next call."""
        return self._spread(nodes, self._full, _CELL)

    def per_chroma(self, nodes: Grid) -> Grid:
        """Return the map `nodes` at the centre of every block of 2x2 pixels; valid until the next call."""
        return self._spread(nodes, self._half, _CELL // 2)

    def _spread(self, nodes: Grid, out: Grid, cell: int) -> Grid:
        cv2.resize(nodes, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
        width, height = self._size[0] * cell // _CELL, self._size[1] * cell // _CELL
        return out[cell : cell + height, cell : cell + width]


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
        seen = self._solve(pose, mesh)
        luma = mesh.per_pixel(_affine(seen, plate.oversampling, 0.5))
        cv2.remap(plate.luma, luma, None, cv2.INTER_LINEAR, dst=picture.y, borderMode=_EDGE)
        # A chroma sample lies half a luma pixel left of its block's centre.
        left = 0.5 * plate.density[0] / pose.zoom
        chroma = mesh.per_chroma(_affine(seen, 1, 0.5) - np.float32([left, 0]))
        cv2.remap(plate.blue, chroma, None, cv2.INTER_LINEAR, dst=picture.u, borderMode=_EDGE)
        cv2.remap(plate.red, chroma, None, cv2.INTER_LINEAR, dst=picture.v, borderMode=_EDGE)

    def _solve(self, pose: Pose, mesh: Mesh) -> Grid:
        """Return the plate position, in plate pixels, that each node of the mesh sees.

        A point of depth d appears 1 / (1 - dolly * d) times as far from the centre and slides by truck * (focus - d).
        Which point a node sees depends on that point's own depth, so it is found by repeated substitution: depth is
        smooth and the slide is a few per cent, hence each round leaves a small share of the last one's error.
        """
        plate = self._plate
        cos, sin = math.cos(pose.roll) / pose.zoom, math.sin(pose.roll) / pose.zoom
        x, y = mesh.nodes[..., 0], mesh.nodes[..., 1]
        view = np.stack([cos * x - sin * y + pose.x * self._width, sin * x + cos * y + pose.y * self._height], axis=-1)
        slide = np.float32([pose.truck * self._width, pose.lift * self._height])
        density, origin = np.float32(plate.density), np.float32(plate.origin)
        point = view
        for _ in range(_ROUNDS):
            depth = self._depth_at((point + origin) * density)[..., None]
            point = (view + slide * (depth - np.float32(plate.focus))) * (1 - np.float32(pose.dolly) * depth)
        return (point + origin) * density

    def _depth_at(self, position: Grid) -> Grid:
        depth = self._plate.depth
        assert depth is not None
        scale = np.float32([depth.shape[1] / self._plate.blue.shape[1], depth.shape[0] / self._plate.blue.shape[0]])
        at = (position * scale - np.float32(0.5)).astype(np.float32)
        return cv2.remap(depth, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _affine(positions: Grid, factor: int, shift: float) -> Grid:
    """Return continuous positions as indices of a plane with `factor` samples per unit."""
    return positions * np.float32(factor) - np.float32(shift)
