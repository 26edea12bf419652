"""A frame is drawn in bands and its colours side by side; nothing of that is to be seen."""

import cv2
import numpy as np
import pytest

from video_gen.local.camera import Pose
from video_gen.local.framing import Framing
from video_gen.local.mesh import Mesh
from video_gen.local.plate import Plate, make_plate
from video_gen.local.warp import Projector
from video_gen.media.encode import Picture

SIZES = [(2, 2), (130, 100), (322, 182)]
"""Neither rows of the encoder's picture nor cells of the mesh end where these do."""


@pytest.fixture(scope="module")
def plate(textured: np.ndarray) -> Plate:
    height, width = textured.shape[:2]
    depth = cv2.GaussianBlur(np.random.default_rng(5).random((45, 80), np.float32), (0, 0), 4)
    depth = (depth - depth.min()) / np.ptp(depth)
    return make_plate(textured, Framing(0.5, width / 2, height / 2), fineness=1.1, depth=depth, focus=0.4)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "pose",
    [
        Pose(zoom=1.1),
        Pose(zoom=1.1, roll=0.03),
        Pose(zoom=1.2, roll=0.03),
        Pose(zoom=1.1, roll=0.03, truck=0.03, dolly=0.08),
    ],
    ids=["flat", "turned", "enlarged", "deep"],
)
def test_bands_leave_no_seam_and_no_gap(plate, size, pose):
    """Every plane is that of one warp by the map of the whole plane."""
    width, height = size
    projector, frame = Projector(plate, width, height), Picture.blank(width, height)
    for drawn in (frame.y, frame.u, frame.v):
        drawn[:] = 77
    projector.draw(pose, frame)
    mesh = Mesh(width, height)
    x, y = projector._solve(pose, mesh)
    left = 0.5 * plate.density[0] / pose.zoom
    luma = cv2.remap(plate.luma, *mesh.spread((2 * x - 0.5, 2 * y - 0.5)), cv2.INTER_LINEAR)
    at = mesh.spread((x - 0.5 - left * np.cos(pose.roll), y - 0.5 - left * np.sin(pose.roll)), step=2)
    blue, red = (cv2.remap(np.ascontiguousarray(plate.chroma[..., i]), *at, cv2.INTER_LINEAR) for i in (0, 1))
    for drawn, whole in ((frame.y, luma), (frame.u, blue), (frame.v, red)):
        assert np.abs(drawn.astype(int) - whole).max() <= 1
    assert not np.array_equal(frame.u, frame.v)


@pytest.mark.parametrize("zoom", [0.99, 1.05, 1.1, 1.16, 1.24])
@pytest.mark.parametrize("dolly", [0.0, 0.02])
def test_pixels_drawn_four_at_once_lie_where_each_alone_would(plate, zoom, dolly):
    width, height = 322, 182
    pose = Pose(zoom=zoom, truck=0.02, dolly=dolly)
    projector, frame = Projector(plate, width, height), Picture.blank(width, height)
    projector.draw(pose, frame)
    mesh = Mesh(width, height)
    x, y = projector._solve(pose, mesh)
    alone = cv2.remap(plate.luma, *mesh.spread((2 * x - 0.5, 2 * y - 0.5)), cv2.INTER_LINEAR)
    assert cv2.PSNR(frame.y, alone) > 45
    at = mesh.spread((x - 0.5 - 0.5 * plate.density[0] / zoom, y - 0.5), step=2)
    colours = cv2.remap(plate.chroma, *at, cv2.INTER_LINEAR)
    for drawn, channel in ((frame.u, 0), (frame.v, 1)):
        assert cv2.PSNR(drawn, np.ascontiguousarray(colours[..., channel])) > 50


@pytest.mark.parametrize("zoom", [0.9, 1.5])
def test_where_four_at_once_would_miss_their_places_each_is_drawn_alone(plate, zoom):
    width, height = 322, 182
    pose = Pose(zoom=zoom, dolly=0.02)
    projector, frame = Projector(plate, width, height), Picture.blank(width, height)
    projector.draw(pose, frame)
    mesh = Mesh(width, height)
    x, y = projector._solve(pose, mesh)
    alone = cv2.remap(plate.luma, *mesh.spread((2 * x - 0.5, 2 * y - 0.5)), cv2.INTER_LINEAR)
    assert np.abs(frame.y.astype(int) - alone).max() <= 1


@pytest.mark.parametrize("zoom", [1.0, 1.06])
def test_without_depth_nothing_is_lost(zoom):
    """Drawn four at once or alone, in a picture of noise."""
    noise = np.random.default_rng(6).integers(0, 256, (220, 360, 3), dtype=np.uint8)
    plate, pose = make_plate(noise, Framing(1, 180, 110), fineness=1), Pose(zoom=zoom, roll=0.005)
    projector, frame = Projector(plate, 322, 182), Picture.blank(322, 182)
    projector.draw(pose, frame)
    mesh = Mesh(322, 182)
    x, y = mesh.nodes
    cos, sin = np.cos(pose.roll) / zoom, np.sin(pose.roll) / zoom
    at = mesh.spread([np.float32(2 * each - 0.5) for each in (cos * x - sin * y + 180, sin * x + cos * y + 110)])
    assert cv2.PSNR(frame.y, cv2.remap(plate.luma, *at, cv2.INTER_LINEAR)) > 54


@pytest.mark.parametrize("size", [*SIZES, (64, 48)], ids=str)
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("height", [1, 16, 64, 1000])
def test_bands_of_a_mesh_cover_the_frame_once_at_the_pixels_centres(size, step, height):
    width, rows = size[0] // step, size[1] // step
    mesh = Mesh(*size, 8)
    seen = np.full((2, rows, width), np.nan)
    for part, (x, y) in mesh.bands(mesh.nodes, step, height=height):
        assert np.isnan(seen[:, part]).all()
        seen[:, part] = x, y
    x, y = ((np.arange(count) + 0.5) * step - count * step / 2 for count in (width, rows))
    assert seen[0] == pytest.approx(np.broadcast_to(x, (rows, width)), abs=1e-4)
    assert seen[1] == pytest.approx(np.broadcast_to(y[:, None], (rows, width)), abs=1e-4)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_blocks_may_be_wider_than_high(size):
    width, height = size
    rows, columns = height // 2, -(-width // 4)
    mesh, seen = Mesh(width, height), np.full((2, rows, columns), np.nan)
    for part, at in mesh.bands(mesh.nodes, step=2, across=4):
        seen[:, part] = at
    x, y = np.arange(columns) * 4 + 2 - width / 2, np.arange(rows) * 2 + 1 - height / 2
    assert seen[0] == pytest.approx(np.broadcast_to(x, (rows, columns)), abs=1e-4)
    assert seen[1] == pytest.approx(np.broadcast_to(y[:, None], (rows, columns)), abs=1e-4)


@pytest.mark.parametrize("size", [(322, 182), (640, 362)], ids=str)
@pytest.mark.parametrize(
    "poses",
    [
        [Pose(x=0.02 * at, y=0.01, zoom=1.05) for at in (-1, 0.3, 1)],
        [Pose(x=0.01 * at, truck=0.04 * at) for at in (-1, 0.3, 1)],
    ],
    ids=["flat", "deep"],
)
def test_rows_that_stay_are_seen_as_well_looked_up_once(plate, size, poses):
    level = Projector(plate, *size, level=poses[0])
    for pose in poses:
        assert pose.level_with(poses[0])
        alone, packed, kept = (Picture.blank(*size) for _ in range(3))
        projector = Projector(plate, *size)
        list(projector._draw_each(projector._deep(pose, Mesh(*size)), alone))
        projector.draw(pose, packed)
        level.draw(pose, kept)
        for plane in ("y", "u", "v"):
            likeness = cv2.PSNR(getattr(kept, plane), getattr(alone, plane))
            assert likeness > min(54, cv2.PSNR(getattr(packed, plane), getattr(alone, plane)) - 0.3)


def test_frames_drawn_together_are_those_drawn_alone(plate):
    """Whether flat or deep, packed or not: bands drawn in turn do not get into each other's way."""
    size = (322, 182)
    poses = [Pose(x=0.01), Pose(truck=0.03), Pose(zoom=1.5), Pose(zoom=1.1, roll=0.02, dolly=0.05), Pose(x=0.02)]
    together, alone = ([Picture.blank(*size) for _ in poses] for _ in range(2))
    projector = Projector(plate, *size)
    projector.draw_together(poses, together)
    for pose, picture in zip(poses, alone, strict=True):
        projector.draw(pose, picture)
    for ours, theirs in zip(together, alone, strict=True):
        assert all(np.array_equal(getattr(ours, plane), getattr(theirs, plane)) for plane in ("y", "u", "v"))
    assert not np.array_equal(together[0].y, together[-1].y)
