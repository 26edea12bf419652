"""Pictures as arrays: what the renderers work on."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from video_gen.exceptions import MediaInputError
from video_gen.media.srgb import to_srgb
from video_gen.media.still import on_background

Pixels = NDArray[np.uint8]
"""RGB (height, width, 3), or one plane (height, width)."""

Field = NDArray[np.float32]
"""One number per pixel or grid point."""

_BRIGHT: Final = 150
_DARK: Final = (16, 16, 18)
_LIGHT: Final = (255, 255, 255)


def as_pixels(image: Image.Image | Pixels) -> Pixels:
    """Return `image` as RGB pixels. What is transparent becomes white, or near-black behind a bright picture.

    Raises:
        MediaInputError: an array that is not uint8 (height, width, 3), or an empty picture.
    """
    if isinstance(image, Image.Image):
        plain = to_srgb(image)
        image = np.asarray(_flattened(plain) if plain.mode == "RGBA" else plain)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise MediaInputError(
            f"a picture of shape {image.shape} and type {image.dtype} cannot be filmed: give uint8 (height, width, 3)"
        )
    return image


def as_bytes(array: NDArray[Any]) -> Pixels:
    """Return `array` typed as uint8, which OpenCV's results are when its inputs were."""
    return np.asarray(array, np.uint8)


def as_field(array: NDArray[Any]) -> Field:
    """Return `array` as float32: OpenCV's maps must be, and NumPy widens at a touch."""
    return np.asarray(array, np.float32)


def _flattened(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image)
    visible = pixels[pixels[..., 3] > 127]
    bright = visible.size > 0 and float(visible[:, :3].mean()) > _BRIGHT
    return on_background(image, _DARK if bright else _LIGHT)
