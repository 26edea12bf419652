"""The guessed depth, and what it does to a picture."""

import cv2
import numpy as np
import pytest

from video_gen.local.camera import camera_path
from video_gen.local.depth import FOCUS_RANGE, estimate_depth
from video_gen.local.motion import stage
from video_gen.local.warp import Projector
from video_gen.media.encode import Picture
from video_gen.spec.request import CameraMotion

FRAME = (640, 360)


def filmed(picture: np.ndarray, move: str, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the luma of the first and the last frame of a move."""
    path = camera_path(CameraMotion.parse(move), strength=strength, seconds=2)
    poses, plate = stage(picture, FRAME, [path(0.0), path(0.5), path(1.0)])
    projector, frames = Projector(plate, *FRAME), []
    for pose in (poses[0], poses[-1]):
        frame = Picture.blank(*FRAME)
        projector.draw(pose, frame)
        frames.append(frame.y.copy())
    return frames[0], frames[1]


def shift(first: np.ndarray, last: np.ndarray, rows: slice, columns: slice) -> float:
    """Return how far a part of the frame moved to the right, in pixels."""
    window = cv2.createHanningWindow((columns.stop - columns.start, rows.stop - rows.start), cv2.CV_64F)
    parts = [np.float64(each[rows, columns]) for each in (first, last)]
    return cv2.phaseCorrelate(*parts, window)[0][0]


def test_sky_is_far_ground_is_near_and_the_subject_stands_out(landscape):
    guess = estimate_depth(landscape)
    assert guess is not None
    depth = cv2.resize(guess.depth, (960, 540))
    assert (depth.min(), depth.max()) == pytest.approx((0, 1), abs=0.02)
    assert depth[20:120, 50:400].mean() < 0.1
    assert depth[500:540].mean() > 0.85
    assert depth[200:400, 560:700].mean() > depth[200:400, 60:200].mean() + 0.2
    assert FOCUS_RANGE[0] <= guess.focus <= FOCUS_RANGE[1]


def test_depth_is_smooth_so_that_no_warp_can_tear(landscape):
    depth = estimate_depth(landscape).depth
    steps = max(np.abs(np.diff(depth, axis=0)).max(), np.abs(np.diff(depth, axis=1)).max())
    # At full strength a slide of 0.035 frame widths over a 256th of the frame must stay far below one.
    assert steps * 0.035 * depth.shape[1] < 0.5


def test_what_stands_upright_has_one_depth_from_foot_to_top(landscape):
    depth = cv2.resize(estimate_depth(landscape).depth, (960, 540))
    house = depth[190:410, 545:715]
    assert np.ptp(house.mean(axis=1)) < 0.12


@pytest.mark.parametrize("side", ["height", "width"])
def test_slivers_and_specks_have_no_depth(side):
    shape = (900, 8, 3) if side == "width" else (8, 900, 3)
    assert estimate_depth(np.random.default_rng(1).integers(0, 255, shape, dtype=np.uint8)) is None


def test_a_plain_picture_and_a_poster_have_no_depth(poster):
    assert estimate_depth(np.full((300, 400, 3), 90, np.uint8)) is None
    assert estimate_depth(poster) is None


def test_round_an_orbit_near_and_far_go_opposite_ways(landscape):
    first, last = filmed(landscape, "orbit right")
    near = shift(first, last, slice(290, 360), slice(60, 400))
    far = shift(first, last, slice(110, 180), slice(20, 260))
    assert near < -10
    assert far > 5


@pytest.mark.parametrize("move", ["orbit right", "orbit left", "dolly in", "dolly out"])
def test_a_house_does_not_lean(landscape, move):
    """Its posts stay upright within a degree and straight within a pixel, at full strength."""
    for frame in filmed(landscape, move):
        _count, labels, stats, _centres = cv2.connectedComponentsWithStats((frame < 45).astype(np.uint8))
        posts = [label for label in range(1, len(stats)) if stats[label][cv2.CC_STAT_HEIGHT] > 80]
        assert len(posts) == 2
        for post in posts:
            rows, columns = np.nonzero(labels == post)
            middle = np.array([columns[rows == row].mean() for row in range(rows.min() + 4, rows.max() - 4)])
            slope, start = np.polyfit(np.arange(len(middle)), middle, 1)
            assert abs(np.degrees(np.arctan(slope))) < 1
            assert np.abs(middle - start - slope * np.arange(len(middle))).max() < 1


@pytest.mark.parametrize("move", ["orbit right", "dolly in"])
def test_text_is_not_bent(poster, move):
    """Every stroke keeps its distance to the next, and stands upright."""
    for frame in filmed(poster, move):
        ink = (frame < 120)[100:]
        full = ink.sum(axis=1).max()
        lines = [row for row in ink if row.sum() > 0.8 * full]
        assert len(lines) > 60
        starts = [np.flatnonzero(np.diff(row[:600].astype(int)) == 1)[:30] for row in lines]
        pace = np.median(np.diff(starts[0]))
        phases = np.concatenate([np.exp(2j * np.pi * each / np.mean(np.diff(each))) for each in starts])
        assert np.ptp([np.mean(np.diff(each)) for each in starts]) < 0.02 * pace
        assert np.abs(np.angle(phases / phases.mean())).max() * pace / (2 * np.pi) < 1.5
