"""A clip is joined to the video it goes on from, and the picture does not stand still between them."""

from pathlib import Path

import numpy as np
import pytest

from video_gen.exceptions import VerificationError
from video_gen.media.clip import Clip
from video_gen.media.continuing import continued
from video_gen.media.encode import VideoWriter
from video_gen.media.matching import matched
from video_gen.media.probe import probe

FPS = 24


def film(path: Path, shades: list[int]) -> Path:
    """Write a video whose frames have these shades."""
    with VideoWriter(path, width=64, height=48, fps=FPS) as writer:
        for shade in shades:
            writer.write_rgb(np.full((48, 64, 3), shade, np.uint8))
    return path


def echoed(source: Path, clip: Path) -> float:
    return float(matched(Clip.read(source), Clip.read(clip)).echo)


def test_the_frames_that_repeat_the_end_are_left_out(tmp_path):
    source = film(tmp_path / "a.mp4", list(range(0, 120, 10)))
    clip = film(tmp_path / "b.mp4", [110, 110, 110, 130, 150, 170, 190, 210])
    assert echoed(source, clip) == pytest.approx(3 / FPS)
    whole = continued(source, clip, tmp_path / "whole.mp4")
    assert whole.frames == 12 + 5
    assert probe(tmp_path / "whole.mp4").seconds == pytest.approx(17 / FPS, abs=0.01)


def test_a_clip_that_repeats_nothing_stays_whole(tmp_path):
    source, clip = film(tmp_path / "a.mp4", [20] * 12), film(tmp_path / "b.mp4", [200] * 12)
    assert echoed(source, clip) == 0
    assert continued(source, clip, tmp_path / "whole.mp4").frames == 24


def test_a_clip_that_stands_still_is_not_cut_away(tmp_path):
    source, clip = film(tmp_path / "a.mp4", [90] * 12), film(tmp_path / "b.mp4", [90] * 48)
    whole = continued(source, clip, tmp_path / "whole.mp4")
    assert whole.frames == 12 + 48 - 12, "at most half a second is taken for an echo"


def test_what_is_no_video_is_refused_and_leaves_nothing(tmp_path):
    source, broken = film(tmp_path / "a.mp4", [90] * 12), tmp_path / "b.mp4"
    broken.write_bytes((tmp_path / "a.mp4").read_bytes()[:300])
    with pytest.raises(VerificationError):
        continued(source, broken, tmp_path / "whole.mp4")
    assert not (tmp_path / "whole.mp4").exists()
