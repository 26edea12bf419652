"""From light to screen, and colours named by how they shall look there.

The curve is Jim Hejl's and Richard Burgess-Dawson's fit of a film print (2010); the display's gamma is part of it.
"""

from typing import Final

import numpy as np

from video_gen.local.animatic.pixels import Image, image

_WHITE: Final = 1.3


def to_screen(light: Image) -> Image:
    """Return linear light as it shows on screen, 0 to 1."""
    x = np.maximum(light, 0)
    top = x * 6.2 + 0.5
    return image(x * top / (x * (x * 6.2 + 1.7) + 0.06))


def colour(name: str) -> Image:
    """Return the linear light that shows about as the hexadecimal colour `name`, like "ffb27a"."""
    screen = image([int(name[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return image(screen**2.2 * _WHITE)


def luminance(light: Image) -> float:
    """Return the brightness of one linear colour."""
    return float(light[..., 0] * 0.2126 + light[..., 1] * 0.7152 + light[..., 2] * 0.0722)
