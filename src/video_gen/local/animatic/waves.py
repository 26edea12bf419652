"""Waves: tileable slopes of a water surface that evolve by the dispersion of real water.

After J. Tessendorf, "Simulating Ocean Water" (2001): each wave of a random spectrum turns at its own pace, and one
inverse Fourier transform gives the whole surface.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from video_gen.local.animatic.noise import seamless
from video_gen.local.animatic.pixels import Image, image

_SIZE: Final = 256
_GRAVITY: Final = 9.81


@dataclass(frozen=True, slots=True, kw_only=True)
class Sea:
    """A state of the water: `steep` is the root mean square slope; lengths in metres.

    `swell` is the length of the longest waves, `wind` the angle in radians that they run along (0 is to the right),
    `aligned` how strictly they follow it.
    """

    steep: float
    swell: float
    wind: float
    aligned: float = 2.0
    speed: float = 1.0


class WaveTile:
    """A square of water of `metres` a side; waves longer than `longest` metres are left to a larger tile."""

    def __init__(self, rng: np.random.Generator, sea: Sea, metres: float, longest: float, turn: float = 0.0) -> None:
        """Draw the spectrum; the tile's axes are turned against the picture's by `turn` radians."""
        self.metres = metres
        wave = np.fft.fftfreq(_SIZE, metres / _SIZE) * math.tau
        kx, kz = wave[None, :], wave[:, None]
        k = np.hypot(kx, kz)
        k[0, 0] = 1.0
        along = (kx * math.cos(sea.wind - turn) + kz * math.sin(sea.wind - turn)) / k
        power = np.exp(-((math.tau / sea.swell / k) ** 2)) / k**4 * np.abs(along) ** sea.aligned
        power = np.where(along < 0, power * 0.12, power)
        power[k < math.tau / longest] = 0
        power[k > math.tau / metres * _SIZE * 0.42] = 0
        power[0, 0] = 0
        noise = rng.standard_normal((2, _SIZE, _SIZE))
        height = (noise[0] + 1j * noise[1]) * np.sqrt(power)
        steepness = math.sqrt(float((power * k**2).sum()) * 4)
        height *= sea.steep / steepness * _SIZE**2
        mirrored = np.conj(np.roll(height[::-1, ::-1], (1, 1), (0, 1)))
        self._pace = (np.sqrt(_GRAVITY * k) * sea.speed).astype(np.float32)
        # Both slopes in one transform: one becomes its real, the other its imaginary part.
        right, away = kx * math.cos(turn) - kz * math.sin(turn), kx * math.sin(turn) + kz * math.cos(turn)
        slope = 1j * right - away
        # Waves and their mirror images turn opposite ways: what that leaves are a cosine and a sine in time.
        self._cosine = ((height + mirrored) * slope).astype(np.complex64)
        self._sine = ((height - mirrored) * 1j * slope).astype(np.complex64)

    def slopes(self, t: float) -> tuple[Image, Image]:
        """Return the slope to the right, and the slope away from the camera, both (rows, columns) and seamless."""
        turn = self._pace * np.float32(t)
        surface = np.fft.ifft2(self._cosine * np.cos(turn) + self._sine * np.sin(turn))
        return seamless(image(surface.real)), seamless(image(surface.imag))
