"""A first and a last picture become a video that leads from the one to the other."""

from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from video_gen.exceptions import InvalidRequestError, JobCancelledError, MediaInputError
from video_gen.local.morph import match
from video_gen.local.transition import render_transition
from video_gen.spec.request import CameraMotion

WIDTH, HEIGHT = 320, 180
STATIC = CameraMotion(kind="static")


def passed(first, last, path: Path, **options) -> np.ndarray:
    render_transition(
        first, last, path, **{"width": WIDTH, "height": HEIGHT, "fps": 13, "seconds": 1, "crf": 8, **options}
    )
    with av.open(path) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2)))


def cut(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return a frame-sized part of `picture` whose left upper corner is at (x, y), to a part of a pixel."""
    return cv2.getRectSubPix(picture, (WIDTH, HEIGHT), (x + (WIDTH - 1) / 2, y + (HEIGHT - 1) / 2))


@pytest.fixture
def other(textured: np.ndarray) -> np.ndarray:
    return 255 - textured[::-1, ::-1]


@pytest.mark.parametrize("camera", [None, STATIC, CameraMotion(kind="pan"), CameraMotion(kind="handheld")], ids=str)
@pytest.mark.parametrize("alike", [True, False])
def test_it_begins_with_the_first_picture_and_ends_with_the_last(tmp_path, textured, other, camera, alike):
    first = cut(textured, 40, 30)
    last = cut(textured, 52, 34) if alike else cut(other, 40, 30)
    frames = passed(first, last, tmp_path / "a.mp4", camera=camera)
    assert frames.shape == (13, HEIGHT, WIDTH, 3)
    assert psnr(frames[0], first) > 38
    assert psnr(frames[-1], last) > 38


def test_what_both_show_moves_from_the_one_place_to_the_other(tmp_path, textured):
    """Half-way, everything stands half-way: no dissolve does that."""
    first, last = cut(textured, 40, 30), cut(textured, 64, 42)
    frames = passed(first, last, tmp_path / "a.mp4")
    inner = (slice(25, -25), slice(35, -35))
    middle = cut(textured, 52, 36)
    assert psnr(frames[6][inner], middle[inner]) > 30
    dissolve = np.sqrt((first.astype(float) ** 2 + last.astype(float) ** 2) / 2)
    assert psnr(frames[6][inner], middle[inner]) > psnr(dissolve[inner], middle[inner]) + 10


def test_a_morph_moves_at_an_even_pace_without_jumps(tmp_path, textured):
    frames = passed(cut(textured, 40, 30), cut(textured, 64, 42), tmp_path / "a.mp4", fps=25)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64) for frame in frames]
    window = cv2.createHanningWindow((WIDTH, HEIGHT), cv2.CV_64F)
    steps = [cv2.phaseCorrelate(before, after, window)[0][0] for before, after in pairwise(grey)]
    assert sum(steps) == pytest.approx(-24, abs=1)
    assert max(steps) < 0.15
    assert np.abs(np.diff(steps)).max() < 0.6


def test_an_object_moves_over_what_stands_still(tmp_path, textured):
    ground = cut(textured, 40, 30) // 2 + 30
    pictures = []
    for x in (150, 170):
        picture = ground.copy()
        cv2.circle(picture, (x, 90), 24, (250, 240, 90), -1, cv2.LINE_AA)
        pictures.append(picture)
    middle = passed(*pictures, tmp_path / "a.mp4")[6]
    bright = middle[..., 0] > 200
    _rows, columns = np.nonzero(bright)
    assert columns.mean() == pytest.approx(160, abs=2)
    assert np.ptp(columns) == pytest.approx(48, abs=6)
    assert psnr(middle[:, :90], ground[:, :90]) > 32


def test_what_comes_into_view_comes_from_the_picture_that_has_it(tmp_path, textured):
    """No mirror image of the one picture's edge covers what the other picture shows there."""
    first, last = cut(textured, 40, 30), cut(textured, 64, 42)
    middle = passed(first, last, tmp_path / "a.mp4")[6]
    truth = cut(textured, 52, 36)
    for edge in ((slice(None), slice(0, 9)), (slice(None), slice(-9, None)), (slice(0, 5), slice(None))):
        assert psnr(middle[edge], truth[edge]) > 32


def test_what_has_no_counterpart_fades_in_its_place(tmp_path, textured):
    """A ball that jumps further than motion can be found for stays whole, and does not burst."""
    ground = cut(textured, 40, 30) // 2 + 30
    pictures = []
    for x in (60, 250):
        picture = ground.copy()
        cv2.circle(picture, (x, 90), 20, (250, 240, 90), -1, cv2.LINE_AA)
        pictures.append(picture)
    middle = passed(*pictures, tmp_path / "a.mp4")[6]
    mixed = np.sqrt((pictures[0].astype(float) ** 2 + pictures[1].astype(float) ** 2) / 2)
    assert psnr(middle, mixed) > 33


def test_matching_says_no_to_pictures_of_different_things(textured, other, landscape):
    first = cut(textured, 40, 30)
    assert match(first, cut(textured, 50, 30)) is not None
    assert match(first, cut(other, 40, 30)) is None
    assert match(first, cv2.resize(landscape, (WIDTH, HEIGHT))) is None
    assert match(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20, 3), np.uint8)) is None


def test_pictures_mix_in_linear_light(tmp_path):
    """Half of white's light looks like 180 to 188 of 255; a mix of the numbers would be 128."""
    black, white = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    frames = passed(black, white, tmp_path / "a.mp4", camera=STATIC)
    assert 170 < frames[6].mean() < 195
    levels = frames.mean(axis=(1, 2, 3))
    assert (np.diff(levels) >= -0.5).all()


def test_bright_parts_come_first(tmp_path, textured):
    last = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    last[:, WIDTH // 2 :] = 220
    first = np.full_like(last, 120)
    middle = passed(first, last, tmp_path / "a.mp4", camera=STATIC)[6].astype(float)
    share_dark = (middle[90, 40, 0] ** 2 - 120**2) / (30**2 - 120**2)
    share_bright = (middle[90, 280, 0] ** 2 - 120**2) / (220**2 - 120**2)
    assert share_bright > share_dark + 0.15


@pytest.mark.parametrize(
    ("move", "direction"), [("pan right", (-1, 0)), ("pan left", (1, 0)), ("tilt down", (0, -1)), ("static", (0, 0))]
)
def test_a_camera_move_goes_through_both_pictures(tmp_path, textured, other, move, direction):
    frames = passed(
        cut(textured, 40, 30), cut(other, 40, 30), tmp_path / "a.mp4", camera=CameraMotion.parse(move), fps=25
    )
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64) for frame in frames]
    window = cv2.createHanningWindow((WIDTH, HEIGHT), cv2.CV_64F)
    for start in (5, 17):  # in the first picture, and in the last
        moved = cv2.phaseCorrelate(grey[start], grey[start + 2], window)[0]
        assert [round(each / 1.5) and int(np.sign(each)) for each in moved] == list(direction)


def test_by_default_the_camera_pushes_in(tmp_path, textured, other):
    frames = passed(cut(textured, 40, 30), cut(other, 40, 30), tmp_path / "a.mp4", fps=25)
    first = frames[6].astype(np.float32)
    scores = {
        zoom: cv2.matchTemplate(
            cv2.warpAffine(
                frames[0].astype(np.float32), cv2.getRotationMatrix2D((159.5, 89.5), 0, zoom), (WIDTH, HEIGHT)
            )[40:-40, 60:-60],
            first[40:-40, 60:-60],
            cv2.TM_CCOEFF_NORMED,
        ).max()
        for zoom in (0.97, 1.0, 1.03)
    }
    assert max(scores, key=scores.__getitem__) == 1.03


def test_two_tall_pictures_morph_inside_their_common_frame(tmp_path, textured):
    tall = [np.ascontiguousarray(textured[:, x : x + 200]) for x in (200, 212)]
    frames = passed(*tall, tmp_path / "a.mp4")
    edge = 120  # 200x450 stands 80 pixels wide in the middle
    for frame in frames:
        jump = np.abs(frame[20:160, edge].astype(int) - frame[20:160, edge - 2]).mean()
        assert jump > 12
    middle = cv2.resize(textured[:, 206:406], (80, 180), interpolation=cv2.INTER_AREA)
    assert psnr(frames[6][10:-10, 128:192], middle[10:-10, 8:72]) > 24


def test_pictures_of_different_ratios_pass_too(tmp_path, textured, other):
    frames = passed(textured, np.ascontiguousarray(other[:, 300:420]), tmp_path / "a.mp4")
    assert frames.shape == (13, HEIGHT, WIDTH, 3)
    assert frames.std(axis=(1, 2, 3)).min() > 8


@pytest.mark.parametrize(("seconds", "count"), [(0.01, 1), (0.15, 2), (0.23, 3)])
def test_the_shortest_lengths(tmp_path, textured, other, seconds, count):
    first, last = cut(textured, 40, 30), cut(other, 40, 30)
    frames = passed(first, last, tmp_path / "a.mp4", seconds=seconds)
    assert len(frames) == count
    assert psnr(frames[0], first) > 38
    if count > 1:
        assert psnr(frames[-1], last) > 38


def test_the_same_request_gives_the_same_file(tmp_path, textured, other):
    passed(textured, other, tmp_path / "a.mp4")
    passed(textured, other, tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_progress_and_cancelling(tmp_path, textured, other):
    told: list[float] = []
    passed(textured, other, tmp_path / "a.mp4", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(JobCancelledError):
        passed(textured, other, tmp_path / "b.mp4", cancelled=lambda: len(told) > 16, progress=told.append)
    assert len(told) == 17
    assert not list(tmp_path.glob("*b.mp4*"))


def test_what_cannot_be_done_is_refused(tmp_path, textured):
    with pytest.raises(InvalidRequestError, match="width=321"):
        passed(textured, textured, tmp_path / "a.mp4", width=321)
    with pytest.raises(MediaInputError):
        passed(textured, textured[..., 0], tmp_path / "a.mp4")
    assert not list(tmp_path.glob("*a.mp4*"))
