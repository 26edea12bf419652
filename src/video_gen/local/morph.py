"""Morph one picture into a similar one: find what moved where and move it, instead of fading it away."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.camera import ease
from video_gen.local.mesh import Mesh, Points
from video_gen.local.pixels import Field, Pixels, as_bytes, as_field

_LONG_SIDE: Final = 640
_CELL: Final = 8
_ROUNDS: Final = 5
_SURE: Final = 1.5
_SURE_SHARE: Final = 0.04
_LIKE: Final = 0.10
_SIMILAR: Final = 0.6
_FILL: Final = (6.0, 24.0, 96.0)
_LEAST_WEIGHT: Final = 0.02
_OUTSIDE_WEIGHT: Final = 1e-3
_WEIGHT_SCALE: Final = 1e3  # OpenCV adds 1e-5 to what it divides by: weights are kept far above
_MIX_FROM: Final = 0.15
_MIX_TO: Final = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where each point of a picture goes: `x` and `y` in pixels of the frame, on a coarser grid, and how sure that is.

    `sure` is 1 where the point is seen in the other picture too, 0 where it is hidden there.
    """

    x: Field
    y: Field
    sure: Field


def match(first: Pixels, last: Pixels) -> tuple[Flow, Flow] | None:
    """Return the flow from `first` to `last` and back, or None when the pictures do not show the same things.

    Both are RGB of one size.
    """
    height, width = first.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if min(size) < 32:
        return None
    old, new = (as_bytes(cv2.resize(each, size, interpolation=cv2.INTER_AREA)) for each in (first, last))
    there, back = _flow(old, new), _flow(new, old)
    sure = [_sureness(there, back), _sureness(back, there)]
    if min(_likeness(old, new, there, sure[0]), _likeness(new, old, back, sure[1])) < _SIMILAR:
        return None
    there, back = _settled(there, sure[0]), _settled(back, sure[1])
    wide, tall = np.float32(width / size[0]), np.float32(height / size[1])
    return (
        Flow(there[..., 0] * wide, there[..., 1] * tall, sure[0]),
        Flow(back[..., 0] * wide, back[..., 1] * tall, sure[1]),
    )


class Morph:
    """The pictures between two that match.

    Both pictures are bent towards each other along their flow and mixed; where a point is hidden in one of them, the
    other one alone is shown.
    """

    def __init__(self, first: Pixels, last: Pixels, flows: tuple[Flow, Flow]) -> None:
        self._pictures = (first, last)
        self._flows = flows
        height, width = first.shape[:2]
        self._size = (width, height)
        self._mesh = Mesh(width, height, _CELL)

    def at(self, progress: float) -> tuple[tuple[Pixels, Field], tuple[Pixels, Field]]:
        """Return both pictures, bent as they are at a progress of 0 to 1, each with its weight per pixel."""
        moved = ease(progress)
        mixed = ease((moved - _MIX_FROM) / (_MIX_TO - _MIX_FROM))
        return self._bent(0, moved, 1 - mixed), self._bent(1, 1 - moved, mixed)

    def _bent(self, which: int, share: float, weight: float) -> tuple[Pixels, Field]:
        flow = self._flows[which]
        x, y = self._source(flow, share)
        trust = (_sample(flow.sure, x, y, self._size) + _LEAST_WEIGHT) * _inside(x, y, self._size)
        weights = as_field(self._mesh.spread((trust, trust))[0] * (_WEIGHT_SCALE * weight))
        maps = self._mesh.spread((x - np.float32(0.5), y - np.float32(0.5)))
        bent = cv2.remap(self._pictures[which], *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        return as_bytes(bent), weights

    def _source(self, flow: Flow, share: float) -> Points:
        """Return the point p of the picture for which p + share * flow(p) is each node of the mesh."""
        (width, height), (grid_x, grid_y) = self._size, self._mesh.nodes
        aim_x, aim_y = grid_x + width / 2, grid_y + height / 2
        x, y = as_field(aim_x), as_field(aim_y)
        for _ in range(_ROUNDS):
            step_x, step_y = _sample(flow.x, x, y, self._size), _sample(flow.y, x, y, self._size)
            x, y = as_field(aim_x - share * step_x), as_field(aim_y - share * step_y)
        return x, y


def _flow(source: Pixels, target: Pixels) -> Field:
    light = [as_bytes(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY)) for each in (source, target)]
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    finder.setFinestScale(1)
    return as_field(finder.calc(light[0], light[1], None))  # type: ignore[call-overload]


def _sureness(there: Field, back: Field) -> Field:
    """Return 1 where going there and back again ends where it began, falling to 0 where it does not."""
    height, width = there.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at = as_field(x + there[..., 0]), as_field(y + there[..., 1])
    home = cv2.remap(back, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(1e3, 1e3))
    miss = np.hypot(*(there + home).transpose(2, 0, 1))
    allowed = _SURE + _SURE_SHARE * np.hypot(there[..., 0], there[..., 1])
    sure = np.clip(2 - miss / allowed, 0, 1)
    return as_field(cv2.GaussianBlur(sure, (0, 0), 2))


def _settled(flow: Field, sure: Field) -> Field:
    """Return `flow` where it is sure, and where not that of the sure surroundings.

    What has no counterpart then goes with the scene while it fades; by its own guess it would burst.
    """
    filled, weight = np.zeros_like(flow), np.zeros_like(sure)
    for sigma in _FILL:  # near surroundings first; the wide ones count only where those know nothing
        left = 1 - np.clip(weight, 0, 1)
        known = as_field(cv2.GaussianBlur(sure, (0, 0), sigma))
        near = as_field(cv2.GaussianBlur(flow * sure[..., None], (0, 0), sigma)) / (known + 1e-4)[..., None]
        share = left * np.clip(known * 4, 0, 1)
        filled, weight = as_field(filled + near * share[..., None]), as_field(weight + share)
    around = filled / np.maximum(weight, 1e-3)[..., None]
    return as_field(flow * sure[..., None] + around * (1 - sure)[..., None])


def _likeness(source: Pixels, target: Pixels, flow: Field, sure: Field) -> float:
    """Return the share of the picture's detail that is found again in the other one, 0 to 1.

    Only detail counts: any two plain walls match.
    """
    height, width = sure.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at = as_field(x + flow[..., 0]), as_field(y + flow[..., 1])
    found = cv2.remap(target, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    difference = as_field(np.abs(source.astype(np.float32) - found).mean(axis=2) / 255)
    alike = (cv2.GaussianBlur(difference, (0, 0), 2) < _LIKE) & (sure > 0.5)
    light = as_field(cv2.cvtColor(source, cv2.COLOR_RGB2GRAY))
    detail = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)) + 1
    return float((detail * alike).sum() / detail.sum())


def _inside(x: Field, y: Field, size: tuple[int, int]) -> Field:
    """Return 1 for points of the picture, falling to nearly 0 outside, where it has only its mirror image to show."""
    past = np.maximum.reduce([-x, x - size[0], -y, y - size[1]])
    return as_field(np.clip(-past / _CELL, _OUTSIDE_WEIGHT, 1))


def _sample(grid: Field, x: Field, y: Field, size: tuple[int, int]) -> Field:
    """Return `grid`, which covers a frame of `size`, at points of the frame."""
    scale_x, scale_y = grid.shape[1] / size[0], grid.shape[0] / size[1]
    at = as_field(x * scale_x - 0.5), as_field(y * scale_y - 0.5)
    return as_field(cv2.remap(grid, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
