"""Picture operations on float32 arrays: the only place of this package that calls OpenCV for warping and blurring.

A *canvas* is linear light, shape (height, width, 4): red, green, blue, and coverage. Layers are premultiplied.
Four channels, because OpenCV and numpy both run twice as fast on four contiguous floats as on three.
"""

from collections.abc import Iterator
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Matrix = NDArray[np.float32]

_BORDERS: Final = {"clear": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE, "wrap": cv2.BORDER_WRAP}
STRIP: Final = 64
"""How many rows fit into the processor's cache; even."""
_THROUGH: Final = np.array([[0, 0, 0, -1, 1]] * 4, np.float32)  # from a layer to what it lets through, four times
LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""BT.709 weights of linear red, green and blue."""


def settle_memory() -> None:
    """Let the C library keep what frames free, for the next frame.

    glibc gives blocks above a limit back to the system at once, and the system clears them anew for each frame: up to
    ten times the cost of the work itself. The limit follows the largest block that was ever freed, up to 32 MiB.
    """
    np.empty(31 << 20, np.uint8)


def strips(height: int) -> Iterator[slice]:
    """Yield the rows of a picture, `STRIP` at a time."""
    for y in range(0, height, STRIP):
        yield slice(y, min(y + STRIP, height))


def image(array: object) -> Image:
    """Return `array` as contiguous float32."""
    return np.ascontiguousarray(array, dtype=np.float32)


def rgb(red: float, green: float, blue: float) -> Image:
    """Return one linear-light colour."""
    return np.array([red, green, blue], np.float32)


def warp(source: Image, matrix: Matrix, width: int, height: int, border: str = "clear") -> Image:
    """Return `source` moved by the 2x3 `matrix` that leads from source pixels to result pixels."""
    return cast("Image", cv2.warpAffine(source, matrix, (width, height), borderMode=_BORDERS[border]))


def project(source: Image, matrix: Matrix, width: int, height: int, out: Image | None = None) -> Image:
    """Return `source` moved by the 3x3 `matrix` that leads from source pixels to result pixels; in `out`, if given."""
    size = (width, height)
    if matrix[2, 0] == matrix[2, 1] == 0:
        return cast("Image", cv2.warpAffine(source, matrix[:2] / matrix[2, 2], size, dst=out))
    return cast("Image", cv2.warpPerspective(source, matrix, size, dst=out))


def sample(source: Image, x: Image, y: Image, border: str = "edge") -> Image:
    """Return `source` read at the pixel positions `x`, `y`, in between linearly."""
    return cast("Image", cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=_BORDERS[border]))


def resize(source: Image, width: int, height: int, out: Image | None = None) -> Image:
    """Return `source` scaled smoothly up, or averaged down; in `out`, where it is given."""
    down = width * height < source.shape[0] * source.shape[1]
    method = cv2.INTER_AREA if down else cv2.INTER_LINEAR
    return cast("Image", cv2.resize(source, (width, height), dst=out, interpolation=method))


def half_rows(source: Image) -> Image:
    """Return the means of pairs of rows, counted from the last one."""
    odd = source.shape[0] % 2
    pairs = source[odd::2] + source[odd + 1 :: 2]
    pairs *= np.float32(0.5)
    return image(pairs)


def enlarge(source: Image, width: int, height: int) -> Image:
    """Return `source` scaled up along cubic curves."""
    return cast("Image", cv2.resize(source, (width, height), interpolation=cv2.INTER_CUBIC))


def blur(source: Image, sigma_x: float, sigma_y: float | None = None, border: str = "edge") -> Image:
    """Return `source` under a Gaussian blur of `sigma` pixels."""
    down = sigma_x if sigma_y is None else sigma_y
    kind = cv2.BORDER_REPLICATE if border == "edge" else cv2.BORDER_CONSTANT
    return cast("Image", cv2.GaussianBlur(source, (0, 0), max(sigma_x, 1e-3), sigmaY=max(down, 1e-3), borderType=kind))


def tile_blur(source: Image, sigma: float) -> Image:
    """Return a tileable `source` blurred across its seams."""
    pad = max(1, int(3 * sigma + 1))
    wide = cv2.copyMakeBorder(source, pad, pad, pad, pad, cv2.BORDER_WRAP)
    return image(cv2.GaussianBlur(wide, (0, 0), sigma)[pad:-pad, pad:-pad])


def spread(single: Image) -> Image:
    """Return a single-channel picture repeated over four channels."""
    return cast("Image", cv2.merge((single, single, single, single)))


def planes(first: Image, second: Image, third: Image, fourth: Image) -> Image:
    """Return four single-channel pictures as one of four channels."""
    return cast("Image", cv2.merge((first, second, third, fourth)))


def channel(picture: Image, index: int) -> Image:
    """Return one channel of `picture`, contiguous."""
    return cast("Image", cv2.extractChannel(picture, index))


def drop_negative(picture: Image) -> None:
    """Set what is negative to 0, in place: seven times as fast as NumPy's maximum."""
    cv2.threshold(picture, 0, 0, cv2.THRESH_TOZERO, dst=picture)


def drop_above(picture: Image, most: float) -> None:
    """Set what is above `most` to `most`, in place."""
    cv2.threshold(picture, most, 0, cv2.THRESH_TRUNC, dst=picture)


def light_of_canvas(canvas: Image) -> Image:
    """Return the red, green and blue of `canvas`, without its coverage."""
    return cast("Image", cv2.cvtColor(canvas, cv2.COLOR_RGBA2RGB))


def recolour(picture: Image, matrix: Matrix) -> Image:
    """Return `picture` with each pixel's channels multiplied by `matrix` (channels out, channels in)."""
    return cast("Image", cv2.transform(picture, matrix))


def paint_over(canvas: Image, layer: Image) -> None:
    """Put a premultiplied `layer` of the same shape over `canvas`, in place."""
    # Of a part of a canvas, whose rows do not follow one another, OpenCV is twice as fast as NumPy.
    cv2.multiply(canvas, recolour(layer, _THROUGH), dst=canvas)
    cv2.add(canvas, layer, dst=canvas)


def row_of(colour: Image, width: int) -> Image:
    """Return one row of pixels of `colour` (4,).

    A row broadcasts over a picture ten times faster than four values, which numpy would loop over pixel by pixel.
    """
    return np.tile(np.asarray(colour, np.float32), width).reshape(1, width, 4)


def tinted(single: Image, colour: Image) -> Image:
    """Return a single-channel picture times each of the four values of `colour`."""
    wide = spread(single)
    wide *= row_of(colour, single.shape[1])
    return wide


def veil(canvas: Image, cover: Image, colour: Image) -> None:
    """Lay `colour` over `canvas`, as opaque as `cover` (single channel, 0 to 1) says, in place."""
    tint = np.array([*colour, 1], np.float32)
    canvas *= spread(np.float32(1) - cover)
    canvas += tinted(cover, tint)


def add_light(canvas: Image, glow: Image, colour: Image) -> None:
    """Add light of `colour` (4,), as strong as `glow` (single channel, any size) says, in place."""
    for rows, light in _light_in_strips(canvas, glow, colour):
        canvas[rows] += light


def scale_light(canvas: Image, gain: Image, colour: Image) -> None:
    """Multiply `canvas` by 1 + `gain` (single channel, any size) * `colour` (4,), in place."""
    for rows, factor in _light_in_strips(canvas, gain, colour):
        canvas[rows] *= np.add(factor, np.float32(1), out=factor)


def _light_in_strips(canvas: Image, glow: Image, colour: Image) -> Iterator[tuple[slice, Image]]:
    """Yield rows of `canvas` and the light that falls on them."""
    height, width = canvas.shape[:2]
    if glow.shape[0] != height:
        yield slice(None), resize(tinted(glow, colour), width, height)
        return
    for rows in strips(height):
        light = tinted(glow[rows], colour)
        yield rows, light if glow.shape[1] == width else resize(light, width, light.shape[0])


def four(colour: Image) -> Image:
    """Return light of `colour` (3,) as a canvas counts it: it covers nothing."""
    return np.array([*colour, 0], np.float32)


def smoothstep(low: float, high: float, value: Image) -> Image:
    """Return 0 below `low`, 1 above `high`, and an S-curve in between."""
    x = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return image(x * x * (3 - 2 * x))


def mix(first: Image, second: Image, share: Image | float) -> Image:
    """Return `first` where `share` is 0 and `second` where it is 1."""
    return image(first + (second - first) * share)
