"""Wind, water, rain, thunder and fire."""

import math

import numpy as np
from numpy.typing import NDArray

from video_gen.local.animatic.ambience.shaped import Band, Drops, Noise, Source, swell
from video_gen.local.animatic.noise import generator
from video_gen.local.animatic.weather import strikes

_SOUND_SPEED = 343.0


def wind(seed: int, level: float) -> Source:
    """Return wind that comes in gusts and moves between the sides."""
    low, high = Noise(seed, "wind low", Band(50, 420, 0.7)), Noise(seed, "wind high", Band(320, 1500, 0.9))
    gust = swell(seed, "gusts", 0.05, 0.45)
    lean = swell(seed, "wind side", 0.03, 0.12)

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        strength = np.clip(0.62 + 0.55 * gust(t), 0.1, 1.4)
        side = np.stack([1 - 0.25 * lean(t), 1 + 0.25 * lean(t)])
        return level * side * (low.take(t.size) * strength + 0.6 * high.take(t.size) * strength**2.2)

    return source


def waves(seed: int, level: float, *, near: bool) -> Source:
    """Return surf; the hiss of water running up a beach is loud when it is `near`."""
    deep, wash = Noise(seed, "waves deep", Band(40, 300, 0.8)), Noise(seed, "waves wash", Band(350, 5200, 0.55))
    rng = generator(seed, "surf")
    trains = [(rng.uniform(5.2, 8.8), rng.uniform(0, 9), rng.uniform(-0.5, 0.5)) for _ in range(3)]

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        swash = np.zeros((2, t.size))
        roll = np.zeros(t.size)
        for period, start, side in trains:
            phase = ((t + start) / period) % 1
            # A breaker builds, falls at once, and runs out with a long hiss.
            crash = np.where(phase < 0.22, (phase / 0.22) ** 3, np.exp(-(phase - 0.22) / 0.22))
            roll += np.exp(-(((phase - 0.2) / 0.13) ** 2))
            swash += crash * np.array([[1 - side], [1 + side]])
        share = 0.62 if near else 0.36
        return level * (deep.take(t.size) * (0.4 + 0.35 * roll) + wash.take(t.size) * (0.10 + share * 0.62 * swash))

    return source


def lapping(seed: int) -> Source:
    """Return small waves at a shore."""
    noise = Noise(seed, "lapping", Band(240, 1500, 0.7))
    stir = swell(seed, "lapping swell", 0.35, 1.4)
    return lambda t: 0.03 * noise.take(t.size) * np.clip(0.4 + 0.8 * stir(t), 0.05, 1.4) ** 2


def rain(seed: int, level: float) -> Source:
    """Return rain: hiss, patter, and single drops."""
    hiss, body = Noise(seed, "rain hiss", Band(1_200, 9_500, 0.35)), Noise(seed, "rain body", Band(180, 1_500, 0.5))
    drops = Drops(seed, "drops", per_second=26, hertz=(1_400, 4_200), ring=0.012, level=0.06)
    stir = swell(seed, "rain swell", 0.04, 0.2)

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        strength = 0.85 + 0.2 * stir(t)
        return level * strength * (0.62 * hiss.take(t.size) + 0.5 * body.take(t.size)) + drops(t)

    return source


def thunder(scene_seed: int, seed: int, seconds: float) -> Source:
    """Return thunder that follows the lightning that is seen, later the farther it is."""
    rumble, crack = (
        Noise(seed, "thunder", Band(28, 170, 1.0), 0.35),
        Noise(seed, "crack", Band(150, 2_600, 0.8), 0.5),
    )
    rng = generator(seed, "distance")
    claps = [(strike.at + rng.uniform(180, 900) / _SOUND_SPEED, strike) for strike in strikes(scene_seed, seconds)]
    rolls = [rng.uniform(0, math.tau, 3) for _ in claps]

    def source(t: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = rumble.take(t.size), crack.take(t.size)
        out = np.zeros((2, t.size))
        for (start, strike), phases in zip(claps, rolls, strict=True):
            age = t - start
            if age[-1] < 0 or age[0] > 9:
                continue
            past = np.maximum(age, 0)
            waver = sum(
                np.sin(math.tau * rate * past + phase) for rate, phase in zip((0.9, 1.7, 2.9), phases, strict=True)
            )
            body = np.where(age > 0, np.minimum(past / 0.05, 1) * np.exp(-past / 2.1) * (1 + 0.24 * waver), 0)
            snap = np.where(age > 0, np.minimum(past / 0.004, 1) * np.exp(-past / 0.16), 0)
            side = np.array([[1.2 - strike.x], [0.2 + strike.x]])
            out += strike.power * side * (0.42 * low * body + 0.14 * high * snap)
        return out

    return source


def fire(seed: int, *, rumble: bool) -> Source:
    """Return fire; `rumble` is that of a volcano."""
    body = Noise(seed, "fire", Band(60, 620 if not rumble else 240, 0.8))
    crackle = Drops(seed, "crackle", per_second=13, hertz=(900, 3_600), ring=0.004, level=0.16)
    flicker = swell(seed, "flicker", 0.6, 3.5)
    level = 0.11 if rumble else 0.06
    return lambda t: level * body.take(t.size) * (0.8 + 0.4 * flicker(t)) + crackle(t)
