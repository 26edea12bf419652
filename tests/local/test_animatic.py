"""A scene becomes a video file."""

import hashlib
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest

from video_gen.exceptions import InvalidRequestError, JobCancelledError
from video_gen.local.animatic import read_prompt, render_animatic
from video_gen.local.animatic.compose import VIEWPOINTS, Film, compose
from video_gen.media.encode import Picture
from video_gen.spec.request import DIRECTIONS, CameraMotion

pytestmark = pytest.mark.slow

SMALL = {"width": 128, "height": 72, "fps": 12, "seconds": 0.5}
STATIC = CameraMotion(kind="static")

PROMPTS = {
    "ocean": "a calm ocean at sunset with a boat and seagulls",
    "beach": "a woman on a tropical beach at noon",
    "lake": "a misty lake at sunrise",
    "mountains": "a shooting star and the milky way over mountains",
    "hills": "a thunderstorm over green hills",
    "meadow": "fireflies over a meadow of flowers at dusk",
    "forest": "an autumn forest with falling leaves and a campfire",
    "desert": "desert dunes at golden hour, dust, embers",
    "canyon": "a canyon in the evening, vintage",
    "city": "a city skyline at night, neon",
    "street": "a street in the rain at night, cyberpunk",
    "snowfield": "an aurora over snowy pines, snow falling at night",
    "volcano": "a volcano at dusk",
    "space": "a planet before a nebula",
    "underwater": "a coral reef with fish and bubbles",
    "sky": "clouds at noon, pastel",
    "studio": "a cat playing piano, film noir",
}


def stills(prompt: str, *, seed=1, width=160, height=90, count=24, at=(0,), **options) -> np.ndarray:
    """Return some frames of a clip, straight from the drawing."""
    film = compose(read_prompt(prompt, seed=seed, **options), width, height, fps=24, count=count)
    canvas, picture = np.zeros((height, width, 4), np.float32), Picture.blank(width, height)
    return np.stack([shown(film, index, canvas, picture) for index in at])


def shown(film: Film, index: int, canvas: np.ndarray, picture: Picture) -> np.ndarray:
    film.frame(index, canvas, picture)
    return picture.frame.to_ndarray(format="rgb24")


def video(path: Path) -> np.ndarray:
    with av.open(path) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def sound(path: Path) -> np.ndarray:
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_each_place_has_a_prompt_here():
    assert {read_prompt(prompt).place for prompt in PROMPTS.values()} == set(VIEWPOINTS) == set(PROMPTS)


@pytest.mark.parametrize("place", PROMPTS)
def test_every_place_is_a_picture_with_light_and_shade_that_moves_without_flicker(place):
    frames = stills(PROMPTS[place], at=range(12), camera=STATIC).astype(np.float32)
    luma = frames @ np.float32((0.2126, 0.7152, 0.0722))
    assert luma[0].std() > 8
    assert 12 < luma.mean() < 225
    assert len(np.unique(np.round(luma[0]))) > 60
    if "thunderstorm" in PROMPTS[place]:
        return  # lightning is meant to flash
    means = luma.mean(axis=(1, 2))
    assert np.abs(np.diff(means)).max() < 1.3
    changes = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert changes.max() < 1.6 * np.median(changes)


def test_lightning_flashes_and_goes_out():
    frames = stills("lightning in a storm over the sea", count=120, at=range(120), camera=STATIC, width=96, height=54)
    means = frames.astype(np.float32).mean(axis=(1, 2, 3))
    assert means.max() > means.min() + 15
    assert np.median(means) < means.min() + 8


@pytest.mark.parametrize("place", ["ocean", "forest", "space"])
def test_the_same_seed_draws_the_same_and_another_seed_does_not(place):
    first, again, other = (stills(PROMPTS[place], seed=seed, at=(6,))[0].astype(int) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 6


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        render_animatic("hills at dawn", tmp_path / f"{name}.mp4", **SMALL, seed=seed, audio=True)
    assert digest(tmp_path / "a.mp4") == digest(tmp_path / "b.mp4") != digest(tmp_path / "c.mp4")


def test_seed_zero_is_a_seed(tmp_path):
    zero, one = (stills("hills at dawn", seed=seed)[0].astype(int) for seed in (0, 1))
    assert np.abs(zero - one).mean() > 3


def test_frames_do_not_depend_on_the_order_they_are_drawn_in():
    forward, backward = stills("a stormy sea", at=(0, 5, 9)), stills("a stormy sea", at=(9, 5, 0))
    assert np.array_equal(forward, backward[::-1])


@pytest.mark.parametrize(
    ("width", "height", "fps", "seconds", "count"),
    [
        (64, 64, 24, 0.25, 6),
        (72, 128, 30, 0.2, 6),
        (240, 100, 29.97, 0.2, 6),
        (16, 200, 12, 0.25, 3),
        (128, 72, 1, 3, 3),
        (128, 72, 240, 0.05, 12),
        (128, 72, 24, 0.001, 1),
    ],
)
def test_size_rate_and_length_are_as_asked(tmp_path, width, height, fps, seconds, count):
    path = tmp_path / "a.mp4"
    render_animatic("a lake at noon", path, width=width, height=height, fps=fps, seconds=seconds)
    frames = video(path)
    assert frames.shape == (count, height, width, 3)
    assert frames[0].std() > 8


@pytest.mark.parametrize("place", PROMPTS)
@pytest.mark.parametrize(("width", "height"), [(54, 96), (144, 60)])
def test_every_place_fills_upright_and_very_wide_frames(place, width, height):
    frame = stills(PROMPTS[place], width=width, height=height)[0].astype(np.float32)
    for part in (frame[: height // 2], frame[height // 2 :], frame[:, : width // 2], frame[:, width // 2 :]):
        assert part.std() > 2.5


def test_4k_is_enlarged_and_still_fine(tmp_path):
    render_animatic("a planet", tmp_path / "a.mp4", width=3840, height=2160, fps=24, seconds=0.08)
    frames = video(tmp_path / "a.mp4")
    assert frames.shape == (2, 2160, 3840, 3)
    assert frames[0].std() > 15


@pytest.mark.parametrize(
    "motion", [CameraMotion(kind=k, direction=d) for k, ds in DIRECTIONS.items() for d in ds or (None,)]
)
def test_every_camera_move_moves_and_shows_no_empty_edge(motion):
    first, last = stills("mountains in the morning", at=(0, 23), camera=motion, strength=1.0).astype(np.float32)
    change = np.abs(last - first).mean()
    assert (change < 4) if motion.kind == "static" else (change > 4)
    for frame in (first, last):
        for edge in (frame[0], frame[-1], frame[:, 0], frame[:, -1]):
            assert edge.mean(axis=1).min() > 3


@pytest.mark.parametrize("words", ["drone flyover", "tracking shot", "fast zoom in"])
def test_words_move_the_camera(words):
    first, last = stills(f"{words}, desert at noon", at=(0, 23)).astype(np.float32)
    assert np.abs(last - first).mean() > 3


def test_a_pan_to_the_left_shows_what_lies_to_the_left():
    pan = CameraMotion(kind="pan", direction="left")
    first, last = stills("mountains at noon without clouds", at=(0, 23), camera=pan, strength=0.5).astype(np.float32)
    shift = 0.2 * 160
    skyline = slice(20, 60)
    moved = np.roll(first, round(shift), axis=1)[skyline, 40:150]
    assert (
        np.abs(last[skyline, 40:150] - moved).mean()
        < 0.6 * np.abs(last[skyline, 40:150] - first[skyline, 40:150]).mean()
    )


def test_moods_grade_the_picture():
    grey = stills("hills at noon, black and white")[0].astype(int)
    assert np.ptp(grey, axis=2).max() <= 2
    warm, cold = (stills(f"{word} hills at noon")[0].astype(np.float32).mean(axis=(0, 1)) for word in ("warm", "cold"))
    assert warm[0] - warm[2] > cold[0] - cold[2] + 10


def test_night_is_darker_than_day():
    night, day = (stills(f"hills at {hour}")[0].mean() for hour in ("night", "noon"))
    assert night < 0.6 * day


def test_audio_is_there_only_when_asked_for(tmp_path):
    render_animatic("waves", tmp_path / "loud.mp4", **{**SMALL, "seconds": 1.5}, audio=True)
    render_animatic("waves", tmp_path / "mute.mp4", **SMALL)
    samples = sound(tmp_path / "loud.mp4")
    assert samples.shape[0] == 2
    assert abs(samples.shape[1] / 48_000 - 1.5) < 0.05
    assert samples.std() > 0.005
    with av.open(tmp_path / "mute.mp4") as container:
        assert not container.streams.audio


def test_the_file_says_what_made_it(tmp_path):
    render_animatic("hills", tmp_path / "a.mp4", **SMALL, metadata={"title": "hills"})
    with av.open(tmp_path / "a.mp4") as container:
        assert "not by an AI model" in container.metadata["comment"]
        assert container.metadata["title"] == "hills"


def test_progress_grows_to_one(tmp_path):
    told: list[float] = []
    render_animatic("hills", tmp_path / "a.mp4", **SMALL, progress=told.append)
    assert told == sorted(told)
    assert len(told) == 6
    assert told[-1] == 1


def test_cancel_stops_soon_and_leaves_nothing(tmp_path):
    told: list[float] = []
    before = threading.active_count()
    start = time.monotonic()
    with pytest.raises(JobCancelledError):
        render_animatic(
            "a planet",
            tmp_path / "a.mp4",
            **{**SMALL, "seconds": 600},
            progress=told.append,
            cancelled=lambda: len(told) > 3,
        )
    assert time.monotonic() - start < 20
    assert not list(tmp_path.glob("*.mp4*"))
    assert threading.active_count() <= before + 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("seconds", 0), ("seconds", -1), ("seconds", 1e9), ("fps", 0), ("fps", 1000), ("width", 33), ("strength", 2)],
)
def test_impossible_wishes_are_refused_with_the_name_and_the_value(tmp_path, option, value):
    with pytest.raises(InvalidRequestError, match=option):
        render_animatic("hills", tmp_path / "a.mp4", **{**SMALL, option: value})
    assert not list(tmp_path.glob("*.mp4*"))


def test_memory_does_not_grow_with_the_length():
    resource = pytest.importorskip("resource")
    film = compose(read_prompt("a rainy street at night"), 160, 90, fps=24, count=2000)
    canvas, picture = np.zeros((90, 160, 4), np.float32), Picture.blank(160, 90)

    def peak_after(frames: range) -> int:
        for index in frames:
            film.frame(index, canvas, picture)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    early = peak_after(range(60))
    assert peak_after(range(60, 260)) - early < 20_000  # kilobytes
