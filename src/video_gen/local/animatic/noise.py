"""Seeded randomness: generators, and the textures everything natural is made of."""

import math
import zlib
from collections.abc import Callable

import numpy as np

from video_gen.local.animatic.pixels import Image, enlarge, image, sample, tile_blur


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one part of a scene: parts stay the same when another part draws more numbers."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def spectral_tile(rng: np.random.Generator, size: int, slope: float, low: float = 1, high: float = 1e9) -> Image:
    """Return a tileable square of noise, mean 0 and deviation 1, whose amplitude falls as frequency^-`slope`.

    `low` and `high` bound the frequencies, in waves across the tile.
    """
    drawn = size
    # Coarse noise is drawn coarsely and enlarged along curves: the eye cannot tell, and it costs a sixteenth.
    while drawn % 2 == 0 and drawn > 64 and drawn >= 8 * high:
        drawn //= 2
    reach = int(min(high, drawn // 2 - 1)) + 1
    down = np.arange(-reach, reach + 1)
    frequency = np.hypot(down[:, None], np.arange(reach + 1)[None, :])
    band = np.where((frequency >= low) & (frequency <= high), np.maximum(frequency, 1) ** -slope, 0)
    parts = rng.standard_normal((2, *band.shape), np.float32)
    waves = np.zeros((drawn, drawn // 2 + 1), np.complex64)
    waves[down, : reach + 1] = (parts[0] + 1j * parts[1]) * band
    waves[0, 0] = 0
    noise = image(np.fft.irfft2(waves, s=(drawn, drawn)))
    return _enlarged_tile(noise / np.float32(max(float(noise.std()), 1e-12)), size)


def _enlarged_tile(tile: Image, size: int) -> Image:
    """Return a tileable square enlarged to `size` pixels, still tileable."""
    drawn = tile.shape[0]
    if drawn == size:
        return image(tile)
    pad, scale = 4, size // drawn
    wide = enlarge(image(np.pad(tile, pad, mode="wrap")), (drawn + 2 * pad) * scale, (drawn + 2 * pad) * scale)
    return image(wide[pad * scale : pad * scale + size, pad * scale : pad * scale + size])


def lattice(rng: np.random.Generator, width: int, height: int, cells: float) -> Image:
    """Return smooth value noise in -1..1 with `cells` features across its width."""
    across = max(2, round(cells) + 3)
    down = max(2, round(cells * height / width) + 3)
    grid = image(rng.uniform(-1, 1, (down, across)))
    step = width / max(cells, 1e-3)
    x = np.arange(width, dtype=np.float32) / np.float32(step) + 0.5
    y = np.arange(height, dtype=np.float32) / np.float32(step) + 0.5
    scale = 8
    fine = enlarge(grid, across * scale, down * scale)
    map_x, map_y = np.meshgrid(x * scale, y * scale)
    return sample(fine, image(map_x), image(map_y))


def fractal(rng: np.random.Generator, width: int, height: int, cells: float, octaves: int, gain: float = 0.5) -> Image:
    """Return a sum of `octaves` of value noise, about -1..1."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += lattice(rng, width, height, cells * 2**octave) * gain**octave
    return total * np.float32((1 - gain) / (1 - gain**octaves))


def warped_tile(tile: Image, by_x: Image, by_y: Image, amount: float) -> Image:
    """Return a tileable texture with its points pushed about by two others; `amount` in pixels."""
    size = tile.shape[0]
    at = np.arange(size, dtype=np.float32)
    x = (at[None, :] + by_x * np.float32(amount)) % size
    y = (at[:, None] + by_y * np.float32(amount)) % size
    return sample(seamless(tile), image(x), image(y))


def seamless(tile: Image) -> Image:
    """Return `tile` with its first row and column repeated at the end, so that reading between them wraps."""
    pad = [(0, 1), (0, 1)] + [(0, 0)] * (tile.ndim - 2)
    return image(np.pad(tile, pad, mode="wrap"))


def read_tile(tile: Image, x: np.ndarray, y: np.ndarray) -> Image:
    """Return a seamless `tile` read at positions counted in tiles; it repeats. `x` and `y` may be rows or columns.

    Of one channel or of four: OpenCV reads two or three channels at a third of the speed of four.
    """
    return sample(tile, *within_tile(tile.shape[0], x, y))


def within_tile(size: int, x: np.ndarray, y: np.ndarray) -> tuple[Image, Image]:
    """Return where positions counted in tiles lie in a seamless tile of `size` rows, its first one repeated."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    at_x, at_y = (image(np.broadcast_to((at - np.floor(at)) * np.float32(size - 1), shape)) for at in (x, y))
    return at_x, at_y


def pyramid(tile: Image, levels: int) -> list[Image]:
    """Return `tile` at full, half, quarter ... size, each tileable."""
    stack = [tile]
    for _ in range(levels - 1):
        stack.append(image(tile_blur(stack[-1], 0.8)[::2, ::2]))
    return stack


def wander(rng: np.random.Generator, slowest: float, fastest: float, tones: int = 5) -> Callable[[float], float]:
    """Return a smooth function of seconds between -1 and 1 that never repeats; rates in hertz."""
    hertz = np.exp(rng.uniform(math.log(slowest), math.log(fastest), tones))
    weight = hertz**-0.5 / (hertz**-0.5).sum()
    phase = rng.uniform(0, math.tau, tones)
    return lambda t: float((weight * np.sin(math.tau * hertz * t + phase)).sum())
