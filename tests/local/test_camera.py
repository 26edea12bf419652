"""The camera's paths, as numbers."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from video_gen.exceptions import InvalidRequestError
from video_gen.local.camera import Pose, camera_path, common_level, ease, onward_path, settled
from video_gen.spec.request import DIRECTIONS, CameraMotion

EASED = [CameraMotion(kind=kind, direction=way) for kind, ways in DIRECTIONS.items() for way in ways]
HANDHELD, STATIC = CameraMotion(kind="handheld"), CameraMotion(kind="static")


def numbers(pose: Pose) -> np.ndarray:
    return np.array([pose.x, pose.y, math.log(pose.zoom), pose.roll, pose.truck, pose.lift, pose.dolly])


def samples(motion: CameraMotion, count: int = 121, **options) -> np.ndarray:
    path = camera_path(motion, **{"seconds": 5, **options})
    return np.array([numbers(path(index / (count - 1))) for index in range(count)])


def test_easing_starts_and_ends_at_rest():
    assert (ease(0), ease(0.5), ease(1)) == (0, 0.5, 1)
    assert ease(0.001) < 1e-7
    assert 1 - ease(0.999) < 1e-7
    assert (ease(-1), ease(2)) == (0, 1)


@pytest.mark.parametrize("motion", EASED, ids=str)
def test_a_move_moves_one_way_and_rests_at_both_ends(motion):
    steps = np.diff(samples(motion), axis=0)
    travel = np.abs(steps).sum(axis=0)
    assert travel.max() > 0.01
    for column in np.flatnonzero(travel > 0):
        assert len({np.sign(step) for step in steps[:, column] if abs(step) > 1e-12}) == 1
        fastest = np.abs(steps[:, column]).max()
        assert abs(steps[0, column]) < 0.001 * fastest
        assert abs(steps[-1, column]) < 0.001 * fastest


@pytest.mark.parametrize("motion", [*EASED, HANDHELD], ids=str)
def test_no_move_jerks(motion):
    """Acceleration changes little from frame to frame: what the eye takes for a jerk is a step in it."""
    path = samples(motion, 301)
    jerk, speed = np.abs(np.diff(path, 3, axis=0)), np.abs(np.diff(path, axis=0)).max(axis=0)
    assert (jerk.max(axis=0) <= 0.04 * speed + 1e-12).all()


@pytest.mark.parametrize("motion", EASED, ids=str)
def test_the_opposite_direction_is_the_same_way_back(motion):
    other = next(way for way in DIRECTIONS[motion.kind] if way != motion.direction)
    back = samples(CameraMotion(kind=motion.kind, direction=other))
    assert np.allclose(samples(motion), back[::-1], atol=1e-9)


@pytest.mark.parametrize("text", ["pan left", "pan right", "tilt up", "tilt down"])
@given(strength=st.floats(0.01, 1))
def test_a_travel_onward_begins_with_the_whole_picture_and_never_leaves_it(text, strength):
    motion = CameraMotion.parse(text)
    path = onward_path(motion, strength=strength)
    poses = [path(step / 60) for step in range(61)]
    way = [pose.x if motion.kind == "pan" else pose.y for pose in poses]
    assert poses[0] == Pose()
    assert all(abs(at) + 0.5 / pose.zoom <= 0.5 + 1e-9 for at, pose in zip(way, poses, strict=True))
    assert way in (sorted(way), sorted(way, reverse=True))
    assert np.sign(way[-1]) == (1 if motion.direction in {"right", "down"} else -1)


def test_only_travels_go_onward():
    assert [onward_path(CameraMotion.parse(text)) for text in ("zoom in", "orbit", "static")] == [None] * 3
    assert onward_path(CameraMotion(kind="pan"), strength=0) is None


@pytest.mark.parametrize(
    ("text", "column", "sign"),
    [
        ("pan right", 0, 1),
        ("pan left", 0, -1),
        ("tilt down", 1, 1),
        ("tilt up", 1, -1),
        ("zoom in", 2, 1),
        ("zoom out", 2, -1),
        ("dolly in", 6, 1),
        ("dolly out", 6, -1),
        ("orbit right", 4, 1),
        ("orbit left", 4, -1),
    ],
)
def test_each_direction_means_what_it_says(text, column, sign):
    path = samples(CameraMotion.parse(text))
    assert np.sign(path[-1, column] - path[0, column]) == sign


@pytest.mark.parametrize("kind", [kind for kind, ways in DIRECTIONS.items() if ways])
def test_without_a_direction_the_first_one_is_meant(kind):
    first = CameraMotion(kind=kind, direction=DIRECTIONS[kind][0])
    assert np.array_equal(samples(CameraMotion(kind=kind)), samples(first))


@pytest.mark.parametrize("motion", [*EASED, HANDHELD], ids=str)
def test_travel_grows_in_proportion_to_strength(motion):
    weak, strong = samples(motion, strength=0.25), samples(motion, strength=1.0)
    assert np.allclose(np.ptp(strong, axis=0), 4 * np.ptp(weak, axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("motion", [*EASED, HANDHELD], ids=str)
def test_no_strength_is_no_move(motion):
    assert not samples(motion, strength=0).any()


def test_static_is_still():
    assert not samples(STATIC, strength=1).any()


@given(st.sampled_from([*EASED, HANDHELD, STATIC]), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**63 - 1))
@example(CameraMotion(kind="zoom", direction="out"), 1.0, 0.999999950861003, 0)
@example(CameraMotion(kind="dolly", direction="out"), 1.0, 0.999999950861003, 0)
def test_every_pose_can_be_filmed(motion, strength, progress, seed):
    pose = camera_path(motion, strength=strength, seconds=3, seed=seed)(progress)
    assert pose.zoom >= 1
    assert 0 <= pose.dolly < 0.5
    assert abs(pose.x) <= 0.25
    assert abs(pose.y) <= 0.25
    assert abs(pose.truck) <= 0.04  # beyond it, upright things seem to lean
    assert pose.flat().zoom >= 1


def test_a_hand_is_steady_only_in_its_seed():
    assert np.array_equal(samples(HANDHELD, seed=0), samples(HANDHELD, seed=0))
    paths = [samples(HANDHELD, seed=seed) for seed in range(5)]
    for one, other in pairwise(paths):
        assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("motion", EASED, ids=str)
def test_other_moves_know_no_chance(motion):
    assert np.array_equal(samples(motion, seed=1), samples(motion, seed=2))


def test_a_hand_sways_by_the_clock_not_by_the_clip():
    short, long = camera_path(HANDHELD, seconds=2, seed=3), camera_path(HANDHELD, seconds=20, seed=3)
    assert np.allclose(numbers(short(0.5)), numbers(long(0.05)))


@pytest.mark.parametrize("strength", [-0.01, 1.01, float("nan")])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(InvalidRequestError, match="motion_strength"):
        camera_path(STATIC, strength=strength, seconds=5)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_length_out_of_range_is_refused(seconds):
    with pytest.raises(InvalidRequestError, match="seconds"):
        camera_path(STATIC, seconds=seconds)


@pytest.mark.parametrize("motion", [*EASED, HANDHELD], ids=str)
def test_nothing_is_seen_to_move_farther_than_its_poses_are_apart(motion):
    path = camera_path(motion, strength=1, seconds=1, seed=4)
    for one, other in pairwise(path(index / 60) for index in range(61)):
        before, after = seen(one), seen(other)
        inside = (np.abs(before) <= 0.5).all(axis=0)
        moved = np.hypot(*(after - before))[inside].max()
        assert moved <= 1.02 * one.distance_to(other)  # it is a bound for small steps: their products are left out
        assert one.distance_to(other) <= 4 * moved  # and not an idle one


def seen(pose: Pose) -> np.ndarray:
    """Where the points of a near and a far wall are seen, in sides of a square frame, from its centre."""
    x, y, depth = np.stack(np.meshgrid(np.linspace(-0.7, 0.7, 141), np.linspace(-0.7, 0.7, 141), [0, 1])).reshape(3, -1)
    x, y = (at / (1 - pose.dolly * depth) - slide * (depth - 0.5) for at, slide in ((x, pose.truck), (y, pose.lift)))
    x, y = x - pose.x, y - pose.y
    cos, sin = math.cos(pose.roll) * pose.zoom, math.sin(pose.roll) * pose.zoom
    return np.array([cos * x + sin * y, cos * y - sin * x])


@pytest.mark.parametrize("motion", EASED, ids=str)
def test_a_camera_that_hardly_moves_rests(motion):
    poses = [camera_path(motion, seconds=4)(index / 119) for index in range(120)]
    kept = settled(poses, (1920, 1080))
    assert 2 <= sum(one == other for one, other in pairwise(kept)) <= 12
    assert all(one.distance_to(other) <= 1 / 64 / 1920 for one, other in zip(poses, kept, strict=True))
    assert len(set(kept[20:-20])) == 80  # in the middle of the way every frame has its own


def test_a_slow_move_rests_no_longer_than_it_can_be_seen_to():
    """Each rest ends when the camera has come a 64th of a pixel: a slow move is not lost in small steps."""
    poses = [Pose(x=index * 1e-6) for index in range(1000)]
    kept = settled(poses, (1920, 1080))
    assert len(set(kept)) > 100
    assert max(abs(one.x - other.x) for one, other in zip(poses, kept, strict=True)) * 1920 <= 1 / 64


def test_only_sideways_moves_keep_every_row():
    kept = {
        str(motion)
        for motion in [*EASED, HANDHELD, STATIC]
        for poses in [[camera_path(motion, seconds=1, seed=2)(at) for at in (0, 0.4, 0.5, 1)]]
        if common_level(poses)
    }
    assert kept == {"pan left", "pan right", "orbit left", "orbit right", "static"}
    assert not common_level([Pose(dolly=0.1)])  # what is near and passes by grows away from the middle
