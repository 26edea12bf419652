"""A picture becomes a plate: what its planes hold."""

import cv2
import numpy as np
import pytest

from video_gen.local.framing import Framing
from video_gen.local.plate import make_plate
from video_gen.media.planes import reduced_planes


@pytest.mark.parametrize("height", [1, 64, 65, 200])
def test_luma_is_doubled_without_a_seam(height):
    picture = np.random.default_rng(3).integers(0, 256, (height, 50, 3), dtype=np.uint8)
    plate = make_plate(picture, Framing(1, 25, height / 2), fineness=1)
    luma, _blue, _red = reduced_planes(picture, 50, height)
    whole = cv2.resize(luma, (100, 2 * height), interpolation=cv2.INTER_LANCZOS4)
    assert np.abs(plate.luma.astype(int) - whole).max() <= 1
