"""From light to screen, and colours named by how they shall look there.

The curve is Jim Hejl's and Richard Burgess-Dawson's fit of a film print (2010); the display's gamma is part of it.
"""

import math
from typing import Final

import numpy as np

from video_gen.local.animatic.pixels import Image, drop_negative, image

_WHITE: Final = 1.3
# The curve is x (a x + _TOE) / (a x^2 + b x + c). What it lacks of 1 is a sum of two _SHARES / (x + _OFFSETS).
_A, _B, _C = 6.2, 1.7, 0.06
_TOE: Final = 0.5
_SPREAD: Final = math.sqrt(_B**2 - 4 * _A * _C)
_OFFSETS: Final = tuple((_B + side * _SPREAD) / (2 * _A) for side in (-1, 1))
_SHARES: Final = tuple(
    (_C - (_B - _TOE) * offset) / (-side * _SPREAD) for side, offset in zip((-1, 1), _OFFSETS, strict=True)
)


def to_screen(light: Image) -> Image:
    """Return linear light as it shows on screen, 0 to 1."""
    x = np.maximum(light, 0)
    return image(x * (x * _A + _TOE) / (x * (x * _A + _B) + _C))


def darkness(light: Image) -> Image:
    """Return what `light` lacks on screen to be white, 1 - `to_screen`; `light` is used up.

    As two fractions it takes half as many steps.
    """
    drop_negative(light)
    light += np.float32(_OFFSETS[0])
    other = light + np.float32(_OFFSETS[1] - _OFFSETS[0])
    np.divide(np.float32(_SHARES[0]), light, out=light)
    light += np.divide(np.float32(_SHARES[1]), other, out=other)
    return light


def colour(name: str) -> Image:
    """Return the linear light that shows about as the hexadecimal colour `name`, like "ffb27a"."""
    screen = image([int(name[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return image(screen**2.2 * _WHITE)


def luminance(light: Image) -> float:
    """Return the brightness of one linear colour."""
    return float(light[..., 0] * 0.2126 + light[..., 1] * 0.7152 + light[..., 2] * 0.0722)
