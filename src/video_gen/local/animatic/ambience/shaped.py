"""What sounds are made of: endless shaped noise, short rings at chance moments, and slow swells."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.noise import generator, wander

RATE: Final = 48_000
_OVERLAP: Final = 4_800

Moments = NDArray[np.float64]
"""Moments in seconds that follow each other, (n,)."""

Source = Callable[[Moments], NDArray[np.float64]]
"""Return (2, n) samples for n moments, which follow those of the call before."""


@dataclass(frozen=True, slots=True)
class Band:
    """A colour of noise: from `low` to `high` hertz, falling by `slope` (1 is 6 dB an octave)."""

    low: float
    high: float
    slope: float


class Noise:
    """Endless stereo noise of one colour: shaped blocks, cross-faded at equal power."""

    def __init__(self, seed: int, name: str, band: Band, width: float = 0.7) -> None:
        self._rng = generator(seed, name)
        self._band, self._width = band, width
        self._rest = self._piece()

    def take(self, count: int) -> NDArray[np.float64]:
        """Return the next `count` samples, (2, count), of deviation 1."""
        while self._rest.shape[1] < count + _OVERLAP:
            self._rest = self._joined(self._rest, self._piece())
        taken, self._rest = self._rest[:, :count], self._rest[:, count:]
        return taken

    def _joined(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.linspace(0, math.pi / 2, _OVERLAP)
        seam = first[:, -_OVERLAP:] * np.cos(share) + second[:, :_OVERLAP] * np.sin(share)
        return np.concatenate([first[:, :-_OVERLAP], seam, second[:, _OVERLAP:]], axis=1)

    def _piece(self) -> NDArray[np.float64]:
        size = 2 * RATE
        hertz = np.fft.rfftfreq(size, 1 / RATE)
        gain = np.maximum(hertz, 1) ** -self._band.slope
        gain = gain / (1 + (self._band.low / np.maximum(hertz, 1e-3)) ** 4) / (1 + (hertz / self._band.high) ** 4)
        white = self._rng.standard_normal((3, size))
        sides = np.stack([white[0] * (1 - self._width) + white[k] * self._width for k in (1, 2)])
        noise = np.fft.irfft(np.fft.rfft(sides) * gain, size)
        return np.asarray(noise / noise.std())


class Drops:
    """Short ringing sounds at chance moments: drops, cracks of burning wood."""

    def __init__(
        self, seed: int, name: str, *, per_second: float, hertz: tuple[float, float], ring: float, level: float
    ) -> None:
        self._rng = generator(seed, name)
        self._per_second, self._hertz, self._ring, self._level = per_second, hertz, ring, level
        self._tail = np.zeros((2, round(ring * 8 * RATE)))

    def __call__(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rings of the moments `t`, and the ends of those that began before."""
        length = self._tail.shape[1]
        out = np.zeros((2, t.size + length))
        out[:, :length] += self._tail
        moments = np.arange(length) / RATE
        for _ in range(self._rng.poisson(self._per_second * t.size / RATE)):
            at = int(self._rng.integers(0, t.size))
            hertz, loud = self._rng.uniform(*self._hertz), self._rng.exponential(self._level)
            side = self._rng.uniform(0.2, 0.8)
            tone = np.sin(math.tau * hertz * moments) * np.exp(-moments / (self._ring * self._rng.uniform(0.5, 1.2)))
            out[:, at : at + length] += loud * np.array([[1 - side], [side]]) * tone
        self._tail = out[:, t.size :]
        return out[:, : t.size]


def steady(seed: int, name: str, band: Band, level: float) -> Source:
    """Return noise of one colour at one level."""
    noise = Noise(seed, name, band)
    return lambda t: noise.take(t.size) * level


def swell(seed: int, name: str, slowest: float, fastest: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return a slow wandering between about -1 and 1."""
    curve = wander(generator(seed, name), slowest, fastest)

    def at(t: NDArray[np.float64]) -> NDArray[np.float64]:
        coarse = np.linspace(t[0], t[-1], max(2, t.size // 480))
        return np.interp(t, coarse, [curve(float(moment)) for moment in coarse])

    return at
