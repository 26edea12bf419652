"""How the colours of a clip are shifted to those of the one before: a line for each plane, within bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from video_gen.media.canvas import Plane, Planes

BOUNDS: Final = (12, 8, 8)
"""Levels, of 256, by which luma and the two chroma planes are shifted at most: more would be a grading of its own."""
_STEEPEST: Final = 1.1
"""The largest change of contrast."""
_PLAIN: Final = 4.0
"""Levels of deviation below which a plane has no contrast to go by, only a mean."""
_UNSEEN: Final = 0.5
"""Levels below which a shift is the rounding of two codings."""


@dataclass(frozen=True)
class Tint:
    """A gain and an offset for luma, blue and red difference. It is the same for all of a clip, so nothing pumps."""

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offsets: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def between(cls, shown: Planes, wanted: Planes) -> Self:
        """Return what makes the picture `shown` most like `wanted`, which is taken to be the same picture."""
        gains, offsets = zip(*map(_line, shown, wanted), strict=True)
        return cls(gains, offsets)

    @property
    def unseen(self) -> bool:
        """Whether no level is moved by as much as one can see."""
        return all(
            abs(gain * level + offset - level) < _UNSEEN
            for gain, offset in zip(self.gains, self.offsets, strict=True)
            for level in (16, 235)
        )

    def then(self, later: Self) -> Self:
        """Return what shifts as this and then as `later`."""
        pairs = [
            (gain * after, offset * after + more)
            for gain, offset, after, more in zip(self.gains, self.offsets, later.gains, later.offsets, strict=True)
        ]
        gains, offsets = zip(*pairs, strict=True)
        return type(self)(gains, offsets)

    def planes(self, picture: Planes) -> Planes:
        """Return a picture with its colours shifted, no level by more than `BOUNDS`."""
        y, u, v = (table[plane] for table, plane in zip(self._tables, picture, strict=True))
        return y, u, v

    @cached_property
    def _tables(self) -> Sequence[Plane]:
        return [
            _table(gain, offset, bound) for gain, offset, bound in zip(self.gains, self.offsets, BOUNDS, strict=True)
        ]


def _line(shown: Plane, wanted: Plane) -> tuple[float, float]:
    """Return the gain and the offset that give one plane the mean and the contrast of another."""
    before, after = shown.astype(np.float64), wanted.astype(np.float64)
    spread = float(before.std())
    gain = 1.0 if spread < _PLAIN else float(np.clip(after.std() / spread, 1 / _STEEPEST, _STEEPEST))
    return gain, float(after.mean() - gain * before.mean())


def _table(gain: float, offset: float, bound: int) -> NDArray[np.uint8]:
    levels = np.arange(256, dtype=np.float64)
    moved = np.clip(gain * levels + offset, levels - bound, levels + bound)
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)
