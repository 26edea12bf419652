"""A picture's planes: the colours of BT.709, and reduced to the mean of what each sample covers."""

import numpy as np
import pytest

from video_gen.media.planes import reduced_planes

KR, KB = 0.2126, 0.0722  # ITU-R BT.709-6


def by_the_book(rgb: np.ndarray) -> np.ndarray:
    """Return luma, blue and red difference (3, height, width) of colours from 0 to 255, not rounded."""
    red, green, blue = np.moveaxis(rgb / 255, 2, 0)
    light = KR * red + (1 - KR - KB) * green + KB * blue
    differences = (blue - light) / (2 - 2 * KB), (red - light) / (2 - 2 * KR)
    return np.stack([16 + 219 * light, *(128 + 224 * each for each in differences)])


def mean_of_areas(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return `rgb` reduced exactly: each pixel is cut into parts that no new pixel's border crosses."""
    cut = rgb.astype(float).repeat(height, axis=0).repeat(width, axis=1)
    return cut.reshape(height, rgb.shape[0], width, rgb.shape[1], 3).mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("size", "reduced"),
    [
        ((48, 27), (48, 27)),
        ((48, 27), (25, 14)),
        ((90, 60), (11, 60)),
        ((90, 3), (16, 3)),
        ((1, 70), (1, 9)),
        ((7, 12), (7, 12)),
        ((1, 1), (1, 1)),
    ],
    ids=str,
)
def test_planes_are_the_mean_of_the_area_each_sample_covers(size, reduced):
    picture = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    planes = np.stack(reduced_planes(picture, *reduced))
    expected = by_the_book(mean_of_areas(picture, *reduced))
    assert planes.dtype == np.uint8
    assert np.abs(planes - expected).max() <= 1
    assert np.abs((planes - expected).mean()) < 0.25


def test_a_part_of_a_picture_has_planes_too():
    picture = np.random.default_rng(2).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    part = picture[3:35, 5:50]
    for plane, same in zip(reduced_planes(part, 20, 16), reduced_planes(part.copy(), 20, 16), strict=True):
        assert np.array_equal(plane, same)


def test_a_picture_much_larger_than_its_planes_is_reduced():
    wide = np.full((200, 30_000, 3), (255, 255, 255), np.uint8)
    luma, blue, red = reduced_planes(wide, 31, 3)
    assert (luma == 235).all()
    assert (blue == 128).all()
    assert (red == 128).all()
