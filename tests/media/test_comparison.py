from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from video_gen.exceptions import InvalidRequestError
from video_gen.media.comparison import Strip, comparison_sheet


def test_each_video_has_its_row_and_one_that_is_missing_a_line(make_clip, tmp_path):
    wide, tall = make_clip("wide.mp4", size=(320, 180)), make_clip("tall.mp4", size=(180, 320))
    strips = [
        Strip("one", "2 s", wide),
        Strip("two", f"refused: {'a long story ' * 200}", None),
        Strip("three", "2 s", tall),
    ]
    out = comparison_sheet(strips, tmp_path / "all.png", frames=3)
    with Image.open(out) as picture:
        assert picture.size == (3 * 324 + 4, (36 + 184) + (36 + 4) + (36 + 324) + 4)
        pixels = np.asarray(picture.convert("RGB"))
    frames = [pixels[36:216, 4 + 324 * number :][:, :320] for number in range(3)]
    assert all((one != other).any() for one, other in pairwise(frames)), "moments differ"
    problem = pixels[220:256]
    assert (problem.max(axis=2) > 200).any(), "it says why"
    assert (problem[:, -12:] == 24).all(), "what there is no room for is left out"


@pytest.mark.parametrize(
    ("strips", "name", "frames"), [([], "a.png", 3), ([Strip("a", "", None)] * 41, "a.png", 3), ([], "a.gif", 3)]
)
def test_a_senseless_sheet_is_refused(tmp_path, strips: list[Strip], name: str, frames: int):
    with pytest.raises(InvalidRequestError):
        comparison_sheet(strips, tmp_path / name, frames=frames)


@pytest.mark.parametrize("frames", [0, 25])
def test_no_frames_or_too_many_are_refused(tmp_path: Path, frames: int):
    with pytest.raises(InvalidRequestError, match="choose 1 to 24"):
        comparison_sheet([Strip("a", "", None)], tmp_path / "a.png", frames=frames)
