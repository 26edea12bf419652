"""The sound of a scene."""

import math
from itertools import pairwise

import numpy as np
import pytest

from video_gen.local.animatic import read_prompt
from video_gen.local.animatic.ambience import PEAK, ambience
from video_gen.local.animatic.weather import strikes

RATE = 48_000
SOUNDS = {
    "ocean": "waves on the ocean",
    "beach": "a beach",
    "storm": "a stormy sea with rain and lightning",
    "rain": "a rainy forest",
    "crickets": "a meadow at night",
    "birds": "a forest in the morning",
    "fire": "a campfire in the desert",
    "city": "a city street",
    "lake": "a lake",
    "under water": "underwater",
    "space": "outer space",
    "volcano": "a volcano",
    "room": "a cat",
}


def heard(prompt: str, seconds: float = 4.0, seed: int = 3) -> np.ndarray:
    return np.concatenate(list(ambience(read_prompt(prompt), seconds, seed)), axis=1)


def band(samples: np.ndarray, low: float, high: float) -> float:
    """Return the share of the sound's power between two frequencies."""
    power = np.abs(np.fft.rfft(samples[0])) ** 2
    hertz = np.fft.rfftfreq(samples.shape[1], 1 / RATE)
    return float(power[(hertz >= low) & (hertz < high)].sum() / power.sum())


@pytest.mark.parametrize("name", SOUNDS)
def test_every_scene_sounds_without_clicks_or_clipping_and_begins_and_ends_softly(name):
    samples = heard(SOUNDS[name])
    assert samples.shape == (2, 4 * RATE)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= PEAK + 1e-6
    middle = samples[:, RATE:-RATE]
    assert 0.004 < middle.std() < 0.4
    assert abs(middle.mean()) < 0.01
    for end in (samples[:, :480], samples[:, -480:]):
        assert np.abs(end).max() < 0.06 * max(np.abs(middle).max(), 0.05)


@pytest.mark.parametrize("name", ["ocean", "crickets", "space"])
def test_blocks_join_without_a_step(name):
    blocks = list(ambience(read_prompt(SOUNDS[name]), 4, 1))
    assert len(blocks) == 4
    joints = [np.abs(b[:, 0] - a[:, -1]).max() for a, b in pairwise(blocks)]
    steps = np.abs(np.diff(np.concatenate(blocks, axis=1), axis=1))
    assert max(joints) <= steps.max()
    assert max(joints) < 0.25


def test_scenes_sound_different():
    assert band(heard("a rainy forest"), 1000, 12_000) > 3 * band(heard("a volcano"), 1000, 12_000)
    assert band(heard("outer space"), 30, 300) > 0.6
    assert band(heard("a meadow at night"), 3600, 5000) > 3 * band(heard("a lake in winter"), 3600, 5000)


def test_the_seed_decides():
    first, again, other = heard("waves", seed=1), heard("waves", seed=1), heard("waves", seed=2)
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_thunder_follows_the_lightning_that_is_seen():
    scene = read_prompt("lightning over the sea", seed=5)
    flash = strikes(5, 8)[0].at
    samples = heard("lightning over the sea", seconds=8, seed=5)
    calm = np.concatenate(
        list(ambience(scene.model_copy(update={"elements": frozenset(), "cover": "clear"}), 8, 5)), axis=1
    )

    def loud(start: float, end: float) -> float:
        return float(np.abs(samples[:, int(start * RATE) : int(end * RATE)]).mean())

    assert loud(flash + 0.5, flash + 3.5) > 1.5 * float(np.abs(calm).mean())


def test_the_sides_differ():
    left, right = heard("a forest in the morning")
    assert not np.allclose(left, right)


@pytest.mark.parametrize("seconds", [0.05, 0.5, 2.5, 3.0001])
def test_any_length_is_exact(seconds):
    total = sum(block.shape[1] for block in ambience(read_prompt("waves"), seconds, 0))
    assert total == round(seconds * RATE)


def test_a_long_sound_is_made_in_small_blocks():
    blocks = ambience(read_prompt("waves"), 3600, 0)
    assert all(next(blocks).shape[1] <= RATE for _ in range(3))


def test_the_limit_is_three_decibels_below_full_scale():
    assert math.isclose(20 * math.log10(PEAK), -3)
