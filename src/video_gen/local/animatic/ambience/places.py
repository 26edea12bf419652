"""Animals, a city, the depth of the sea, and the void."""

import math

import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.ambience.shaped import Band, Drops, Noise, Source, swell
from video_gen.local.animatic.noise import generator


def crickets(seed: int) -> Source:
    """Return crickets of a warm night."""
    rng = generator(seed, "crickets")
    singers = [
        (
            rng.uniform(3_700, 4_900),
            rng.uniform(1.6, 2.6),
            rng.uniform(0, 1),
            rng.uniform(0.1, 0.9),
            rng.uniform(0.3, 1),
        )
        for _ in range(7)
    ]
    night = Noise(seed, "night", Band(120, 1_800, 0.9))

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        out = 0.012 * night.take(t.size)
        for hertz, rate, start, side, loud in singers:
            phase = (t * rate + start) % 1
            chirp = (
                np.clip(np.sin(math.pi * phase / 0.42), 0, 1) * (phase < 0.42) * (0.5 + 0.5 * np.sin(math.tau * 33 * t))
            )
            out += 0.017 * loud * np.array([[1 - side], [side]]) * np.sin(math.tau * hertz * t) * chirp
        return out

    return source


def birdsong(seed: int, level: float) -> Source:
    """Return a few birds that answer each other."""
    rng = generator(seed, "birdsong")
    singers = [
        (rng.uniform(2_100, 4_200), rng.uniform(3.2, 7.5), rng.uniform(0, 7), rng.uniform(0.1, 0.9), rng.integers(2, 6))
        for _ in range(4)
    ]

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.zeros((2, t.size))
        for hertz, period, start, side, notes in singers:
            phase = (t + start) % period
            note = phase / 0.19
            within = note % 1
            sung = (note < notes) * np.sin(math.pi * within) ** 2
            # Each note falls a little; whole notes differ by steps.
            glide = hertz * 0.19 * (within - 0.16 * within**2 * (1 + np.floor(note) % 3))
            out += (
                level
                * np.array([[1 - side], [side]])
                * sung
                * np.sin(math.tau * (glide + hertz * 0.04 * np.floor(note)))
            )
        return out

    return source


def city(seed: int) -> Source:
    """Return the hum of a city, and traffic that passes."""
    hum, traffic = Noise(seed, "hum", Band(36, 210, 0.9)), Noise(seed, "traffic", Band(160, 2_200, 0.85))
    passing = swell(seed, "passing", 0.06, 0.3)
    side = swell(seed, "passing side", 0.05, 0.16)

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        near = np.clip(0.45 + 0.75 * passing(t), 0.12, 1.5)
        pan = np.stack([1 - 0.5 * side(t), 1 + 0.5 * side(t)])
        mains = 0.006 * np.sin(math.tau * 100 * t) + 0.003 * np.sin(math.tau * 200 * t)
        return 0.075 * hum.take(t.size) + 0.045 * pan * near * traffic.take(t.size) + mains

    return source


def under_water(seed: int) -> Source:
    """Return the sea heard from within: rumble, flow, bubbles."""
    deep, flow = Noise(seed, "deep", Band(28, 170, 0.9), 0.5), Noise(seed, "flow", Band(120, 700, 1.1), 0.8)
    blips = Drops(seed, "bubbles", per_second=5, hertz=(320, 1_100), ring=0.03, level=0.03)
    stir = swell(seed, "current", 0.05, 0.3)
    return lambda t: 0.15 * deep.take(t.size) + 0.05 * flow.take(t.size) * (0.7 + 0.5 * stir(t)) + blips(t)


def drone(seed: int) -> Source:
    """Return a slow chord for the void."""
    rng = generator(seed, "drone")
    root = rng.uniform(48, 58)
    air = Noise(seed, "void", Band(60, 900, 1.1))
    tones = [
        (root * ratio * (1 + rng.uniform(-0.002, 0.002)), weight, rng.uniform(0, math.tau), rng.uniform(0.03, 0.11))
        for ratio, weight in ((1, 1), (1.004, 0.8), (1.5, 0.5), (2.003, 0.4), (3.0, 0.2), (4.01, 0.12))
    ]

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        out = 0.03 * air.take(t.size)
        for hertz, weight, phase, rate in tones:
            breath = 0.65 + 0.35 * np.sin(math.tau * rate * t + phase)
            for side in (0, 1):
                out[side] += 0.055 * weight * breath * np.sin(math.tau * hertz * t + phase + 0.6 * side)
        return out

    return source
