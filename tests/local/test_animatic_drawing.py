"""The drawing's short cuts draw what the long way would."""

import numpy as np
import pytest

from video_gen.local.animatic.finish import Finish
from video_gen.local.animatic.layer import Card, Moment
from video_gen.local.animatic.lens import Lens, View
from video_gen.local.animatic.pieces import Occupancy
from video_gen.local.animatic.pixels import paint_over, project
from video_gen.local.animatic.scene import Scene
from video_gen.local.animatic.tone import darkness, to_screen
from video_gen.local.camera import Pose
from video_gen.media.encode import Picture

LENS = Lens(width=640, height=360, horizon=200.0)
PLANES = {"upright": LENS.upright(9.0), "ground": LENS.ground, "wall": LENS.wall(-1, 8.0)}
POSES = {
    "rest": Pose(),
    "moved": Pose(x=0.04, y=-0.03, zoom=1.12, truck=0.02, lift=0.01, dolly=0.15),
}


def patchy(seed: int) -> np.ndarray:
    """Return a premultiplied texture with large empty and large opaque parts, and soft edges between them."""
    rng = np.random.default_rng(seed)
    texture = np.zeros((500, 900, 4), np.float32)
    for _ in range(9):
        x, y, w, h = (int(rng.integers(*reach)) for reach in ((0, 700), (0, 350), (40, 420), (40, 260)))
        texture[y : y + h, x : x + w] = [*rng.uniform(0, 2, 3), 1]
        texture[y : y + h, x : x + 3] *= 0.5
    return texture


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("seed", range(4))
def test_a_card_in_pieces_is_the_whole_card(plane, pose, seed):
    card = Card(patchy(seed), -60.0, -20.0, 1.25, PLANES[plane])
    view = View(LENS, POSES[pose])
    canvas = np.full((360, 640, 4), 0.3, np.float32)
    whole = canvas.copy()
    card.draw(canvas, Moment(view, 0.0, 360.0))
    paint_over(whole, project(card.texture, view.plane_matrix(card.plane, card.left, card.top, 1.25), 640, 360))
    assert np.abs(canvas - whole).max() < 0.01


def test_pieces_leave_out_what_is_empty_and_know_what_is_opaque():
    texture = np.zeros((400, 1000, 4), np.float32)
    texture[:, 600:] = 1
    found = list(Occupancy(texture).pieces(np.eye(3, dtype=np.float32), (0, 0, 1000, 400)))
    assert min(left for (left, *_), _opaque in found) >= 500
    opaque = sum((right - left) * (bottom - top) for (left, top, right, bottom), solid in found if solid)
    assert opaque > 0.5 * 400 * 400
    assert all(left >= 600 for (left, *_), solid in found if solid)


def test_darkness_is_what_the_screen_lacks_of_white():
    light = np.linspace(-0.5, 12, 3 * 400, dtype=np.float32).reshape(20, 20, 3)
    assert np.abs(1 - to_screen(light) - darkness(light.copy())).max() < 1e-6


def shown(light: np.ndarray, mood: str = "natural") -> np.ndarray:
    """Return one still of `light` (rows, columns, 3), as players decode it."""
    height, width = light.shape[:2]
    canvas = np.ones((height, width, 4), np.float32)
    canvas[..., :3] = light
    picture = Picture.blank(width, height)
    finish = Finish(Scene(mood=mood), Lens(width=width, height=height, horizon=0), lambda _progress: Pose())
    finish.frame(canvas, 0, 0.0, picture)
    return picture.frame.to_ndarray(format="rgb24").astype(float)


@pytest.mark.parametrize("tint", [(3.0, 0.02, 0.02), (0.02, 3.0, 0.02), (0.02, 0.02, 3.0), (3.0, 3.0, 0.02)])
def test_a_light_beyond_the_screen_s_colours_keeps_its_hue(tint):
    mean = shown(np.full((72, 128, 3), tint, np.float32), "neon").mean(axis=(0, 1))
    bright, dim = mean[np.array(tint) > 1], mean[np.array(tint) < 1]
    assert bright.min() > 150
    assert dim.max() < 60


def test_colours_are_those_of_the_curve():
    light = np.full((72, 128, 3), (0.20, 0.06, 0.02), np.float32)
    middle = shown(light)[30:42, 58:70].mean(axis=(0, 1))
    assert np.abs(middle - to_screen(light)[0, 0] * 255).max() < 3


@pytest.mark.parametrize("column", [63, 64])
def test_chroma_lies_on_even_columns(column):
    light = np.full((72, 128, 3), 0.1, np.float32)
    light[:, column] = (0.5, 0.1, 0.02)
    canvas = np.ones((72, 128, 4), np.float32)
    canvas[..., :3] = light
    picture = Picture.blank(128, 72)
    Finish(Scene(), Lens(width=128, height=72, horizon=0), lambda _progress: Pose()).frame(canvas, 0, 0.0, picture)
    red = picture.v[20:50].astype(float).mean(axis=0) - 128
    at = float((red * np.arange(64) * 2).sum() / red.sum())
    assert abs(at - column) < 0.1
