"""How a player turns and stretches the coded picture before it shows it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Self

import av
import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray

_ONE: Final = 1 << 16  # the matrix holds fixed-point numbers with 16 fractional bits
_SQUARE: Final = Fraction(1)
_MAX_STRETCH: Final = 8  # beyond it, the number in the file is a mistake


@dataclass(frozen=True, slots=True)
class Orientation:
    """Quarter turns, a mirror, and the shape of a pixel."""

    rotation: int = 0
    """Degrees the picture is turned counter-clockwise: 0, 90, 180 or 270."""
    mirrored: bool = False
    """Flipped left to right after the turn."""
    pixel_aspect: Fraction = _SQUARE
    """Width over height of one coded pixel."""

    @classmethod
    def of(cls, frame: av.VideoFrame, pixel_aspect: Fraction = _SQUARE) -> Self:
        """Read the display matrix that a decoded frame carries."""
        side_data: Any = frame.side_data  # PyAV's stub knows one kind of it only
        matrix = side_data.get(Type.DISPLAYMATRIX)
        if not 1 / Fraction(_MAX_STRETCH) <= pixel_aspect <= _MAX_STRETCH:
            pixel_aspect = _SQUARE
        if matrix is None or len(bytes(matrix)) < 36:
            return cls(pixel_aspect=pixel_aspect)
        a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32, 5).tolist()
        mirrored = a * d - b * c < 0
        if mirrored:  # undo the mirror, then what is left is a turn
            a, c = -a, -c
        quarter = round(np.degrees(np.arctan2(-b, a)) / 90) % 4
        return cls(quarter * 90, mirrored, pixel_aspect)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the size shown of a coded picture of `width` x `height`, in square pixels."""
        if self.pixel_aspect > 1:
            width = round(width * self.pixel_aspect)
        else:
            height = round(height / self.pixel_aspect)
        return (height, width) if self.rotation % 180 else (width, height)

    def upright(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a plane or picture (rows first) turned the way it is shown, still with its coded pixels."""
        turned = np.rot90(plane, self.rotation // 90)
        return turned[:, ::-1] if self.mirrored else turned
