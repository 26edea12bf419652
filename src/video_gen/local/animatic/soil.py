"""What the ground is made of: its colour by height, steepness and chance, before light falls on it."""

from collections.abc import Callable

import numpy as np

from video_gen.local.animatic.land import Albedo, Relief
from video_gen.local.animatic.noise import spectral_tile
from video_gen.local.animatic.pixels import Image, image, mix, rgb, smoothstep
from video_gen.local.animatic.relief import SIZE
from video_gen.local.animatic.tone import colour

_GREENS = {"spring": "688240", "summer": "586b38", "autumn": "8a7040", "winter": "8d8c78"}


def green(season: str) -> Image:
    """Return the colour of grass in `season`."""
    return colour(_GREENS[season])


def alpine(rng: np.random.Generator, season: str, snow: float) -> Albedo:
    """Return rock with grass below and snow above; `snow` is the height, 0 to 1, where it begins."""
    patches, grit = _chance(rng, 1.6, 4), _chance(rng, 0.9, 20)

    def albedo(relief: Relief) -> Image:
        height = relief.height / np.float32(relief.amplitude)
        rock = _between("5f5a55", "8a8078", image(patches * 0.5 + grit * 0.35))
        grass = green(season) * (1 + 0.22 * grit[..., None])
        grown = 1 - smoothstep(0.16, 0.4, image(height + 0.12 * patches + 0.12 * (relief.slope - 0.6)))
        bare = mix(rock, image(grass), grown[..., None])
        line = smoothstep(snow, snow + 0.12, image(height + 0.07 * patches - 0.16 * (relief.slope - 0.75)))
        return mix(bare, rgb(0.80, 0.84, 0.90), line[..., None])

    return albedo


def grass(rng: np.random.Generator, season: str) -> Albedo:
    """Return meadows, with drier and lusher places."""
    patches, grit = _chance(rng, 1.7, 3), _chance(rng, 0.7, 30)

    def albedo(relief: Relief) -> Image:
        base = green(season)
        dry = mix(base, colour("a89a5a"), 0.5)
        share = np.clip(0.4 + 0.35 * patches + 0.5 * relief.hollow * -0.3, 0, 1)
        return image(mix(base, dry, image(share)[..., None]) * (0.9 + 0.28 * grit[..., None]))

    return albedo


def sand(rng: np.random.Generator, name: str = "d9a566") -> Albedo:
    """Return sand."""
    patches, grit = _chance(rng, 1.8, 3), _chance(rng, 0.5, 40)
    base = colour(name)
    return lambda relief: image(
        np.broadcast_to(base, (*relief.height.shape, 3)) * (0.88 + 0.05 * patches + 0.06 * grit)[..., None]
    )


def snow(rng: np.random.Generator) -> Albedo:
    """Return snow, a little blue in hollows."""
    grit = _chance(rng, 0.8, 30)

    def albedo(relief: Relief) -> Image:
        blue = np.clip(relief.hollow * 0.25, 0, 0.3)[..., None]
        return image(mix(rgb(0.84, 0.87, 0.92), rgb(0.62, 0.74, 0.9), image(blue)) * (1 + 0.05 * grit[..., None]))

    return albedo


def strata(rng: np.random.Generator) -> Albedo:
    """Return layered red rock, scree and dust below it."""
    bend, grit = _chance(rng, 2.0, 2), _chance(rng, 0.9, 24)
    shades = [colour(name) for name in ("b5623a", "8f4428", "c98352", "a65434", "d8a878", "94492c", "bd6e42")]
    bands = np.stack([shades[int(i)] for i in rng.integers(0, len(shades), 48)])

    def albedo(relief: Relief) -> Image:
        at = relief.height / np.float32(relief.amplitude) * 40 + bend * 0.7
        low = np.clip(np.floor(at).astype(int), 0, 46)
        share = smoothstep(0.35, 0.65, image(at - np.floor(at)))[..., None]
        rock = bands[low] * (1 - share) + bands[low + 1] * share
        level = 1 - smoothstep(0.25, 0.7, relief.slope)
        return image(mix(image(rock), colour("bf7d4e"), level[..., None] * 0.75) * (0.92 + 0.22 * grit[..., None]))

    return albedo


def ash(rng: np.random.Generator) -> Albedo:
    """Return black volcanic ground."""
    patches, grit = _chance(rng, 1.5, 5), _chance(rng, 0.8, 24)

    def albedo(relief: Relief) -> Image:
        del relief
        return _between("2c2826", "4a423d", image(patches * 0.5 + grit * 0.5))

    return albedo


def lava(rng: np.random.Generator, relief: Relief, *, from_top: bool) -> Image:
    """Return the light of molten rock: in streams down from the top, or in cracks of the ground."""
    bend = spectral_tile(rng, SIZE, 1.7, low=3 if from_top else 5, high=200)
    crack = np.clip(1 - np.abs(bend) / np.float32(0.085), 0, 1) ** 1.5
    if from_top:
        height = relief.height / np.float32(relief.amplitude)
        crack = crack * smoothstep(0.34, 0.85, image(height + 0.12 * relief.hollow))
    heat = spectral_tile(rng, SIZE, 1.6, low=2)
    strength = crack * np.clip(0.35 + 0.6 * heat, 0, 1.6)
    return image(strength[..., None] * rgb(2.6, 0.52, 0.06))


def litter(rng: np.random.Generator, season: str) -> Albedo:
    """Return a forest's floor: moss and fallen leaves."""
    patches, grit = _chance(rng, 1.3, 5), _chance(rng, 0.4, 60)
    first, second = {"autumn": ("a3602c", "8a4a26"), "winter": ("e4e9f0", "cfd6de")}.get(season, ("5a5230", "4c5a2c"))

    def albedo(relief: Relief) -> Image:
        del relief
        return image(_between(first, second, patches) * (0.85 + 0.35 * grit[..., None]))

    return albedo


SOILS: dict[str, Callable[[np.random.Generator, str], Albedo]] = {
    "alpine": lambda rng, season: alpine(rng, season, 0.30 if season == "winter" else 0.50),
    "high": lambda rng, season: alpine(rng, season, 0.12 if season == "winter" else 0.34),
    "grass": lambda rng, season: snow(rng) if season == "winter" else grass(rng, season),
    "sand": lambda rng, _season: sand(rng),
    "beach": lambda rng, _season: sand(rng, "d8c4a0"),
    "snow": lambda rng, _season: snow(rng),
    "strata": lambda rng, _season: strata(rng),
    "litter": litter,
    "ash": lambda rng, _season: ash(rng),
    "bed": lambda rng, _season: sand(rng, "9fb0a4"),
}


def _chance(rng: np.random.Generator, slope: float, waves: float) -> Image:
    return np.clip(spectral_tile(rng, SIZE, slope, low=waves), -2.2, 2.2)


def _between(first: str, second: str, value: Image) -> Image:
    share = np.clip(value * 0.4 + 0.5, 0, 1)[..., None]
    return mix(colour(first), colour(second), image(share))
