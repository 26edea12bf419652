"""A picture becomes a video file."""

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from video_gen.exceptions import InvalidRequestError, JobCancelledError, MediaInputError, StorageError
from video_gen.local.motion import render_motion
from video_gen.local.warp import Projector
from video_gen.spec.request import DIRECTIONS, CameraMotion

MOVES = [CameraMotion(kind=kind, direction=way) for kind, ways in DIRECTIONS.items() for way in ways or (None,)]
STATIC = CameraMotion(kind="static")
SMALL = {"width": 160, "height": 90, "fps": 12, "seconds": 1}


def frames_of(path: Path) -> np.ndarray:
    with av.open(path) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def film(picture, path: Path, **options) -> np.ndarray:
    render_motion(picture, path, **{**SMALL, **options})
    return frames_of(path)


@pytest.mark.parametrize("motion", MOVES, ids=str)
def test_every_move_makes_a_whole_video_that_moves_as_it_should(tmp_path, textured, motion):
    frames = film(textured, tmp_path / "a.mp4", camera=motion, seconds=1.5)
    assert frames.shape == (18, 90, 160, 3)
    moved = np.abs(frames[-1].astype(int) - frames[0]).mean()
    assert (moved < 0.5) if motion.kind == "static" else (moved > 3)


@pytest.mark.parametrize(
    ("width", "height", "fps", "seconds", "count"),
    [
        (320, 180, 24, 1, 24),
        (180, 320, 30, 0.5, 15),
        (240, 240, 29.97, 1, 30),
        (130, 100, 1, 3, 3),
        (160, 90, 120, 0.25, 30),
        (160, 90, 24, 0.01, 1),
    ],
)
def test_size_rate_and_length_are_as_asked(tmp_path, textured, width, height, fps, seconds, count):
    frames = film(textured, tmp_path / "a.mp4", width=width, height=height, fps=fps, seconds=seconds)
    assert frames.shape == (count, height, width, 3)


def test_4k_works(tmp_path, textured):
    frames = film(textured, tmp_path / "a.mp4", width=3840, height=2160, seconds=0.2)
    assert frames.shape == (2, 2160, 3840, 3)
    assert frames[0].std() > 20


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (900, 3), (13, 9), (2400, 1500)])
@pytest.mark.parametrize("motion", ["pan left", "zoom out", "dolly in", "orbit left", "handheld", "static"])
def test_any_size_and_ratio_can_be_filmed(tmp_path, size, motion):
    grey = np.random.default_rng(4).integers(90, 200, (size[1], size[0], 1), dtype=np.uint8)
    picture = grey.repeat(3, axis=2)
    frames = film(picture, tmp_path / "a.mp4", camera=CameraMotion.parse(motion), strength=1, seconds=0.5)
    assert frames.min() > 10  # no black edge
    assert frames.shape == (6, 90, 160, 3)


def test_static_is_still_and_small(tmp_path, textured):
    frames = film(textured, tmp_path / "still.mp4", camera=STATIC, seconds=6, width=320, height=180).astype(int)
    steps = [np.abs(after - before) for before, after in pairwise(frames)]
    assert max(step.mean() for step in steps) < 0.1
    assert max(step.max() for step in steps) < 16
    film(textured, tmp_path / "pan.mp4", camera=CameraMotion(kind="pan"), seconds=6, width=320, height=180)
    assert (tmp_path / "still.mp4").stat().st_size < (tmp_path / "pan.mp4").stat().st_size / 3


@pytest.mark.parametrize("motion", ["pan left", "tilt down"])
def test_a_travel_goes_on_from_a_frame_without_a_jump(tmp_path, textured, motion):
    before = film(textured, tmp_path / "before.mp4", camera=STATIC)[-1]
    still = film(before, tmp_path / "still.mp4", camera=STATIC)[0].astype(int)
    onward = film(before, tmp_path / "onward.mp4", camera=CameraMotion.parse(motion))
    assert np.abs(onward[0] - still).mean() < 4, "two codings of one picture"
    assert np.abs(onward[-1] - still).mean() > 12


def test_no_strength_is_static(tmp_path, textured):
    still = film(textured, tmp_path / "a.mp4", camera=STATIC)
    assert np.array_equal(film(textured, tmp_path / "b.mp4", camera=CameraMotion(kind="orbit"), strength=0), still)


def test_a_frame_in_which_nothing_moves_is_not_drawn_again(tmp_path, textured, monkeypatch):
    drawn, draw = [], Projector.draw_together
    monkeypatch.setattr(
        Projector, "draw_together", lambda self, poses, pictures: (drawn.extend(poses), draw(self, poses, pictures))
    )
    options = {"width": 320, "height": 180, "fps": 30, "seconds": 2}
    render_motion(textured, tmp_path / "static.mp4", **options, camera=CameraMotion(kind="static"))
    assert len(drawn) == 1
    drawn.clear()
    render_motion(textured, tmp_path / "pan.mp4", **options, camera=CameraMotion(kind="pan", direction="left"))
    assert 45 <= len(drawn) == len(set(drawn)) < 60


def test_colours_survive(tmp_path):
    for colour in [(0, 255, 0), (200, 120, 60), (12, 30, 200), (255, 255, 255)]:
        picture = np.full((90, 160, 3), colour, np.uint8)
        frames = film(picture, tmp_path / "a.mp4", camera=CameraMotion(kind="zoom"))
        assert np.abs(frames.astype(int) - colour).max() <= 4


def test_a_picture_fills_the_frame_with_all_it_can(tmp_path):
    """A picture of the frame's ratio is shown uncropped: its four corner marks are seen."""
    picture = np.full((360, 640, 3), 90, np.uint8)
    for rows in (slice(0, 24), slice(-24, None)):
        for columns in (slice(0, 24), slice(-24, None)):
            picture[rows, columns] = 250
    frame = film(picture, tmp_path / "a.mp4", camera=STATIC, width=320, height=180)[0]
    for corner in (frame[4, 4], frame[4, -5], frame[-5, 4], frame[-5, -5]):
        assert corner.min() > 200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "CMYK", "I;16", "1"])
def test_other_modes_are_converted(tmp_path, textured, mode):
    picture = Image.fromarray(textured)
    deep = Image.fromarray(textured[..., 0].astype(np.uint16) * 256)
    picture = deep if mode == "I;16" else picture.convert(mode)
    assert film(picture, tmp_path / "a.mp4", camera=STATIC)[0].std() > 5


def test_what_is_transparent_becomes_a_ground_that_the_rest_stands_out_from(tmp_path):
    for ink, ground in ((20, 255), (250, 16)):
        picture = np.zeros((90, 160, 4), np.uint8)
        picture[30:60, 50:110] = (ink, ink, ink, 255)
        frame = film(Image.fromarray(picture), tmp_path / "a.mp4", camera=STATIC)[0].astype(int)
        assert frame[5, 5] == pytest.approx([ground] * 3, abs=6)
        assert frame[45, 80] == pytest.approx([ink] * 3, abs=6)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((9, 9, 3), np.float32),
        np.zeros((0, 9, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path, picture):
    with pytest.raises(MediaInputError, match="uint8"):
        film(picture, tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"width": 161}, "width=161"),
        ({"height": 0}, "height=0"),
        ({"fps": 0}, "fps=0"),
        ({"fps": 500}, "fps=500"),
        ({"seconds": 0}, "seconds=0"),
        ({"seconds": -2}, "seconds=-2"),
        ({"strength": 1.5}, "motion_strength=1.5"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_leaves_nothing(tmp_path, textured, wrong, named):
    with pytest.raises(InvalidRequestError, match=named):
        film(textured, tmp_path / "a.mp4", **wrong)
    assert not list(tmp_path.glob("*a.mp4*"))


def test_a_missing_folder_is_a_storage_error(tmp_path, textured):
    with pytest.raises(StorageError, match="nowhere"):
        film(textured, tmp_path / "nowhere" / "a.mp4")


def test_the_same_request_gives_the_same_file(tmp_path, textured):
    camera = CameraMotion(kind="handheld")
    files = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8), ("d", 0)):
        film(textured, tmp_path / name, camera=camera, seed=seed)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    assert len(set(files)) == 3


def test_metadata_and_sound_are_passed_on(tmp_path, textured):
    hum = np.full((1, 96_000), 0.1, np.float32)
    render_motion(textured, tmp_path / "a.mp4", **SMALL, metadata={"comment": "local draft"}, audio=hum)
    with av.open(tmp_path / "a.mp4") as container:
        assert container.metadata["comment"] == "local draft"
        assert container.streams.audio[0].duration / 48_000 == pytest.approx(1, abs=0.001)


def test_progress_grows_to_one(tmp_path, textured):
    told: list[float] = []
    film(textured, tmp_path / "a.mp4", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) == 12


def test_a_cancelled_render_stops_at_once_and_leaves_nothing(tmp_path, textured):
    told: list[float] = []
    asked_at = None

    def cancelled() -> bool:
        nonlocal asked_at
        if len(told) >= 5 and asked_at is None:
            asked_at = time.perf_counter()
        return asked_at is not None

    with pytest.raises(JobCancelledError):
        render_motion(
            textured,
            tmp_path / "a.mp4",
            width=1280,
            height=720,
            fps=30,
            seconds=60,
            progress=told.append,
            cancelled=cancelled,
        )
    assert time.perf_counter() - asked_at < 0.5
    assert len(told) == 5
    assert not list(tmp_path.glob("*a.mp4*"))


def test_a_failing_listener_is_heard_and_leaves_nothing(tmp_path, textured):
    def listener(_share: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        film(textured, tmp_path / "a.mp4", progress=listener)
    assert not list(tmp_path.glob("*a.mp4*"))


def test_memory_does_not_grow_with_length(tmp_path):
    script = (
        "import resource, sys, numpy as np\n"
        "from video_gen.local.motion import render_motion\n"
        "picture = np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)\n"
        "def peak():\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "for seconds in (2, 2, 40):\n"
        "    render_motion(picture, sys.argv[1], width=160, height=90, fps=60, seconds=seconds)\n"
        "    print(peak())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.mp4")], capture_output=True, text=True, check=True
    )
    _first, short, long = (int(line) for line in result.stdout.split())
    assert long - short < 12  # MiB; the 2400 frames would be 50
