"""Where a filmed picture's parts are seen: exact, smooth, and never past the picture's edge."""

import math

import cv2
import numpy as np
import pytest

from video_gen.local import backdrop
from video_gen.local.camera import Pose, camera_path
from video_gen.local.framing import Framing, Reach, crops_well, lay, reach, stretched
from video_gen.local.mesh import Mesh
from video_gen.local.motion import stage
from video_gen.local.plate import make_plate
from video_gen.local.warp import Projector
from video_gen.media.encode import Picture
from video_gen.spec.request import DIRECTIONS, CameraMotion

WIDTH, HEIGHT = 640, 360
MOVES = [CameraMotion(kind=kind, direction=way) for kind, ways in DIRECTIONS.items() for way in ways or (None,)]


def dotted(width: int, height: int, points: list[tuple[float, float]], sigma: float = 3.0) -> np.ndarray:
    """Return a grey picture with soft dots centred at `points`, in continuous picture coordinates."""
    y, x = np.mgrid[:height, :width] + 0.5
    light = np.full((height, width), 60.0)
    for px, py in points:
        light += 150 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma**2))
    return np.repeat(np.clip(light + 0.5, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def centroid(luma: np.ndarray, x: float, y: float, reach: int = 14) -> tuple[float, float]:
    """Return the centre of the dot near (x, y), in continuous coordinates of the frame."""
    for _ in range(3):
        left, top = max(0, round(x) - reach), max(0, round(y) - reach)
        window = luma[top : top + 2 * reach + 1, left : left + 2 * reach + 1].astype(float)
        weight = np.clip(window - np.median(window) - 6, 0, None)
        rows, columns = np.mgrid[: window.shape[0], : window.shape[1]] + 0.5
        x = left + (weight * columns).sum() / weight.sum()
        y = top + (weight * rows).sum() / weight.sum()
    return x, y


def spots(luma: np.ndarray) -> list[tuple[float, float]]:
    """Return roughly where the dots are."""
    _count, _labels, _stats, centres = cv2.connectedComponentsWithStats((luma > 120).astype(np.uint8))
    return [(x, y) for x, y in centres[1:]]


def filmed(picture: np.ndarray, poses: list[Pose], axis: str = "", size=(WIDTH, HEIGHT)) -> list[Picture]:
    poses, plate = stage(picture, size, poses, axis=axis)
    projector = Projector(plate, *size)
    frames = [Picture.blank(*size) for _ in poses]
    for pose, frame in zip(poses, frames, strict=True):
        projector.draw(pose, frame)
    return frames


@pytest.mark.parametrize(
    "pose",
    [
        Pose(),
        Pose(x=0.1037, y=-0.0561),
        Pose(zoom=1.313),
        Pose(roll=math.radians(3)),
        Pose(x=-0.08, y=0.04, zoom=1.17, roll=math.radians(-2)),
    ],
    ids=str,
)
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_every_point_is_seen_where_geometry_says(pose, scale):
    """Within a fiftieth of a pixel, whether the picture is larger or smaller than the frame."""
    width, height = round(WIDTH * 1.5 / scale), round(HEIGHT * 1.5 / scale)
    places = [(width * (0.5 + 0.1 * i), height * (0.5 + 0.1 * j)) for i in (-2, -1, 0, 1, 2) for j in (-1, 0, 1)]
    picture = dotted(width, height, places, sigma=3 / scale)
    plate = make_plate(picture, Framing(scale, width / 2, height / 2), fineness=1.1)
    frame = Picture.blank(WIDTH, HEIGHT)
    Projector(plate, WIDTH, HEIGHT).draw(pose, frame)
    cos, sin = math.cos(pose.roll), math.sin(pose.roll)
    for x, y in places:
        across = (x - width / 2) * scale - pose.x * WIDTH
        down = (y - height / 2) * scale - pose.y * HEIGHT
        aim = (
            WIDTH / 2 + pose.zoom * (cos * across + sin * down),
            HEIGHT / 2 + pose.zoom * (cos * down - sin * across),
        )
        assert centroid(frame.y, *aim) == pytest.approx(aim, abs=0.02)


@pytest.mark.parametrize(
    "pose",
    [
        Pose(truck=0.035),
        Pose(truck=-0.02, lift=0.03, x=0.05),
        Pose(dolly=0.11, zoom=1.3),
        Pose(dolly=0.05, truck=0.03, zoom=1.1, roll=0.02),
    ],
    ids=str,
)
def test_near_and_far_points_are_seen_where_geometry_says(pose):
    width, height = WIDTH * 3 // 2, HEIGHT * 3 // 2
    far = [(300.4, 200.2), (320.0, 350.7)]
    near = [(640.7, 180.3), (620.2, 360.9)]
    depth = np.empty((90, 160), np.float32)
    depth[:] = np.clip((np.arange(160) - 70) / 20, 0, 1) * 0.7 + 0.2
    plate = make_plate(
        dotted(width, height, far + near),
        Framing(1, width / 2, height / 2),
        fineness=1.2,
        depth=cv2.GaussianBlur(depth, (0, 0), 2),
        focus=0.6,
    )
    frame = Picture.blank(WIDTH, HEIGHT)
    Projector(plate, WIDTH, HEIGHT).draw(pose, frame)
    cos, sin = math.cos(pose.roll), math.sin(pose.roll)
    for (x, y), d in [(point, 0.2) for point in far] + [(point, 0.9) for point in near]:
        grown = 1 / (1 - pose.dolly * d)
        across = (x - width / 2) * grown - (pose.truck * (d - 0.6) + pose.x) * WIDTH
        down = (y - height / 2) * grown - (pose.lift * (d - 0.6) + pose.y) * HEIGHT
        aim = (
            WIDTH / 2 + pose.zoom * (cos * across + sin * down),
            HEIGHT / 2 + pose.zoom * (cos * down - sin * across),
        )
        assert centroid(frame.y, *aim) == pytest.approx(aim, abs=0.03)


def test_the_point_that_is_seen_is_the_one_that_appears_there():
    """Where depth changes fast, too: what the solved points project to is what was asked for."""
    picture = np.zeros((HEIGHT * 2, WIDTH * 2, 3), np.uint8)
    slope = cv2.GaussianBlur(np.float32(np.random.default_rng(3).random((72, 128)) > 0.5), (0, 0), 4)
    slope = (slope - slope.min()) / np.ptp(slope)
    plate = make_plate(picture, Framing(1, WIDTH, HEIGHT), fineness=1, depth=slope, focus=0.5)
    pose, mesh = Pose(truck=0.035, dolly=0.1, zoom=1.1), Mesh(WIDTH, HEIGHT, 16)
    projector = Projector(plate, WIDTH, HEIGHT)
    x, y = projector._solve(pose, mesh)
    depth = projector._depth_at(x, y)
    grown = 1 / (1 - pose.dolly * depth)
    seen_x = ((x - WIDTH) * grown - pose.truck * (depth - 0.5) * WIDTH) * pose.zoom
    seen_y = (y - HEIGHT) * grown * pose.zoom
    assert np.abs(seen_x - mesh.nodes[0]).max() < 0.15
    assert np.abs(seen_y - mesh.nodes[1]).max() < 0.15


def test_sharpness_does_not_pulsate():
    """Detail is as sharp between the picture's pixels as on them."""
    noise = np.random.default_rng(2).normal(0, 1, (HEIGHT * 2, WIDTH * 2)).astype(np.float32)
    fine = cv2.GaussianBlur(noise, (0, 0), 0.8)
    picture = np.clip(128 + 40 * fine / fine.std(), 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    plate = make_plate(picture, Framing(1, WIDTH, HEIGHT), fineness=1)
    projector, frame, sharpness = Projector(plate, WIDTH, HEIGHT), Picture.blank(WIDTH, HEIGHT), []
    for step in range(9):
        projector.draw(Pose(x=step / 8 / WIDTH, y=step / 8 / HEIGHT), frame)
        sharpness.append(cv2.Laplacian(frame.y, cv2.CV_32F).std())
    assert min(sharpness) > 0.85 * max(sharpness)


@pytest.mark.parametrize("deep", [False, True])
def test_colour_lies_on_its_light(deep):
    """Chroma has half the samples, at other places: a dot of colour must stay on its dot of light."""
    picture = dotted(WIDTH, HEIGHT, [(300.3, 170.7)], sigma=8)
    picture[..., 1:] = 60
    flat = np.full((36, 64), 0.5, np.float32) if deep else None
    plate = make_plate(picture, Framing(1, WIDTH / 2, HEIGHT / 2), fineness=1, depth=flat)
    frame = Picture.blank(WIDTH, HEIGHT)
    Projector(plate, WIDTH, HEIGHT).draw(Pose(zoom=1.2, dolly=0.001), frame)
    light = centroid(frame.y, 296, 168, reach=40)
    colour = centroid(frame.v, 148, 84, reach=20)
    # A chroma sample's centre lies on the centre of an even luma column, and between two luma rows.
    assert (2 * colour[0] - 0.5, 2 * colour[1]) == pytest.approx(light, abs=0.06)


@pytest.mark.parametrize("motion", ["zoom in", "pan left", "dolly in", "handheld"])
def test_a_move_does_not_jitter(motion):
    """What is left of a dot's path after a smooth curve is taken away stays under a hundredth of a pixel."""
    places = [(960 + 1920 * 0.1 * i, 540 + 1080 * 0.1 * j) for i in (-2, 0, 2) for j in (-2, 0, 2)]
    path = camera_path(CameraMotion.parse(motion), seconds=2)
    count = 60
    frames = filmed(dotted(1920, 1080, places, sigma=9), [path(index / (count - 1)) for index in range(count)])
    now, tracks = spots(frames[0].y), []
    assert len(now) == len(places)
    for frame in frames:
        now = [centroid(frame.y, x, y, reach=12) for x, y in now]
        tracks.append(np.ravel(now))
    at = np.linspace(-1, 1, count)
    fit = np.polynomial.chebyshev.chebfit(at, np.array(tracks), 25)
    rest = np.array(tracks) - np.polynomial.chebyshev.chebval(at, fit).T
    assert np.sqrt((rest**2).mean()) < 0.01
    assert np.abs(np.diff(tracks, axis=0)).max() > 0.2


@pytest.mark.parametrize("size", [(1, 1), (7, 12), (300, 200), (640, 640), (900, 500), (3000, 1700)])
@pytest.mark.parametrize("motion", MOVES, ids=str)
def test_no_edge_is_ever_seen(motion, size):
    """Every point that every frame looks at lies inside the picture."""
    picture = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    path = camera_path(motion, strength=1, seconds=2, seed=1)
    poses, plate = stage(picture, (160, 90), [path(index / 20) for index in range(21)])
    height, width = plate.chroma.shape[:2]
    projector, mesh = Projector(plate, 160, 90), Mesh(160, 90, 4)
    for pose in poses:
        x, y = mesh.spread(projector._solve(pose, mesh) if plate.depth is not None else flat_view(pose, plate, mesh))
        assert x.min() >= 0
        assert y.min() >= 0
        assert x.max() <= width
        assert y.max() <= height


def flat_view(pose, plate, mesh):
    x, y = mesh.nodes
    cos, sin = math.cos(pose.roll) / pose.zoom, math.sin(pose.roll) / pose.zoom
    return (
        np.float32((cos * x - sin * y + pose.x * 160 + plate.origin[0]) * plate.density[0]),
        np.float32((sin * x + cos * y + pose.y * 90 + plate.origin[1]) * plate.density[1]),
    )


def test_a_white_picture_stays_white_to_the_corners():
    white = np.full((500, 700, 3), 255, np.uint8)
    for motion in MOVES:
        path = camera_path(motion, strength=1, seconds=1)
        for frame in filmed(white, [path(index / 5) for index in range(6)], size=(160, 90)):
            assert frame.y.min() >= 234
            assert 127 <= frame.u.min() <= frame.u.max() <= 129


@pytest.mark.parametrize(
    ("motion", "moves"),
    [
        ("pan right", (-1, 0)),
        ("pan left", (1, 0)),
        ("tilt up", (0, 1)),
        ("tilt down", (0, -1)),
    ],
)
def test_the_picture_goes_against_the_camera(motion, moves):
    picture = dotted(960, 540, [(480, 270)], sigma=6)
    motion = CameraMotion.parse(motion)
    path = camera_path(motion, seconds=1)
    first, last = (centroid(f.y, WIDTH / 2, HEIGHT / 2, reach=120) for f in filmed(picture, [path(0.1), path(0.9)]))
    moved = np.subtract(last, first)
    assert np.sign(np.round(moved / 10)).tolist() == list(moves)


@pytest.mark.parametrize("move", ["zoom", "dolly"])
def test_in_makes_larger_and_out_smaller(move):
    picture = dotted(960, 540, [(380, 270), (580, 270)], sigma=6)
    for way, sign in (("in", 1), ("out", -1)):
        path = camera_path(CameraMotion.parse(f"{move} {way}"), seconds=1)
        gaps = [
            centroid(frame.y, *start, reach=70)[0]
            for frame in filmed(picture, [path(0.0), path(1.0)])
            for start in ((WIDTH / 2 + 80, HEIGHT / 2), (WIDTH / 2 - 80, HEIGHT / 2))
        ]
        assert np.sign((gaps[2] - gaps[3]) - (gaps[0] - gaps[1])) == sign


def test_cropping_is_for_pictures_of_about_the_frames_ratio():
    frame = (1920, 1080)
    assert crops_well((1600, 1200), frame)
    assert crops_well((1000, 1000), frame)
    assert not crops_well((1080, 1920), frame)
    assert not crops_well((1000, 200), frame)
    assert crops_well((1080, 1920), frame, along="y")
    assert not crops_well((1080, 1920), frame, along="x")
    assert not crops_well((100, 100_000), frame, along="y")


def test_a_long_picture_is_travelled_from_end_to_end():
    path = camera_path(CameraMotion.parse("tilt down"), seconds=1)
    poses = [path(index / 10) for index in range(11)]
    frame, picture = (1600, 900), (1600, 1500)
    wide = stretched(poses, picture, frame)
    seen = reach(wide, frame)
    framing = lay(picture, seen)
    top = framing.y + (wide[0].y - 0.5) * frame[1] / framing.scale
    bottom = framing.y + (wide[-1].y + 0.5) * frame[1] / framing.scale
    assert (top, bottom) == pytest.approx((0, 1500), abs=3)
    assert framing.scale == pytest.approx(1, rel=0.005)


def test_a_tall_picture_keeps_its_head():
    framing = lay((1000, 1000), Reach(500, 281))
    assert framing.y < 500
    assert framing.y - 281 / framing.scale >= 0


def test_a_picture_of_another_ratio_is_shown_whole_before_a_blur():
    picture = np.full((900, 300, 3), (230, 60, 40), np.uint8)
    picture[:30], picture[-30:], picture[:, :30], picture[:, -30:] = 250, 250, 250, 250
    canvas, depth = backdrop.compose(picture, (640, 360), Reach(352, 198), 1.0)
    assert canvas.shape == (396, 704, 3)
    rows, columns = backdrop.box_of((300, 900), (640, 360), (704, 396))
    assert (rows.stop - rows.start, columns.stop - columns.start) == (360, 120)
    card = canvas[rows, columns]
    for corner in (card[2, 2], card[2, -3], card[-3, 2], card[-3, -3]):
        assert corner.min() > 240
    assert np.abs(card[180, 60].astype(int) - (230, 60, 40)).max() < 4
    around = canvas[:, : columns.start - 20]
    assert around.mean() < card.mean() * 0.8
    assert cv2.Laplacian(around, cv2.CV_32F).std() < 0.15 * cv2.Laplacian(card, cv2.CV_32F).std()
    assert depth[depth.shape[0] // 2, depth.shape[1] // 2] == 1
    assert depth[depth.shape[0] // 2, 0] < 0.5


@pytest.mark.parametrize("motion", MOVES, ids=str)
def test_a_floating_pose_moves_the_picture_as_asked_and_the_backdrop_less(motion):
    pose = camera_path(motion, strength=1, seconds=1)(0.9)
    floated = backdrop.floating(pose)
    card, far = floated.zoom / (1 - floated.dolly), floated.zoom
    assert card == pytest.approx(pose.zoom / (1 - pose.dolly))
    assert far <= card
    assert (floated.x, floated.y) == (pose.x, pose.y)
    if motion.kind == "pan":
        assert floated.truck == pytest.approx(pose.x / 2)
