"""Clips become a film: what they repeat is left out, their colours meet, and picture and sound stay together."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from video_gen.exceptions import JobCancelledError
from video_gen.media.assembling import Joint, assemble
from video_gen.media.clip import Clip
from video_gen.media.encode import VideoWriter
from video_gen.media.matching import begins_with, matched
from video_gen.media.tint import BOUNDS, Tint

FPS = 24
GOES_ON = Joint(continues=True)


def textured(path: Path, firsts: list[int], shift: float = 0.0) -> Path:
    """Write a video of a moving pattern; `shift` makes all of it lighter."""
    ramp = np.add.outer(np.arange(96), np.arange(160)) % 97
    with VideoWriter(path, width=160, height=96, fps=FPS, crf=8) as writer:
        for first in firsts:
            grey = np.clip(np.roll(ramp, 3 * first, axis=1) + 70 + shift, 0, 255).astype(np.uint8)
            writer.write_rgb(np.repeat(grey[..., None], 3, axis=2))
    return path


def lightness(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def coded_pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_chain_goes_on_without_a_frame_twice(make_clip, tmp_path, numbers_in):
    clips = [make_clip(f"{n}.mp4", frames=24, first=n * 23, tone=330.0) for n in range(3)]
    info = assemble(clips, [GOES_ON, GOES_ON], tmp_path / "film.mp4")
    assert numbers_in(tmp_path / "film.mp4") == list(range(70))
    assert info.frames == 70
    assert info.audio is not None
    assert info.audio.seconds == pytest.approx(70 / 24, abs=0.002)


def test_where_nothing_has_to_change_pictures_are_copied(make_clip, tmp_path):
    clips = [make_clip(f"{n}.mp4", frames=24, first=n * 24) for n in range(2)]
    assemble(clips, [Joint()], tmp_path / "film.mp4")
    assert coded_pictures(tmp_path / "film.mp4") == [*coded_pictures(clips[0]), *coded_pictures(clips[1])]


def test_each_joint_fades_for_its_own_time(make_clip, tmp_path, numbers_in, sound_of):
    clips = [make_clip(f"{n}.mp4", frames=48, first=n * 100, tone=330.0 + 110 * n) for n in range(3)]
    info = assemble(clips, [Joint(crossfade=0.5), Joint()], tmp_path / "film.mp4")
    seen = numbers_in(tmp_path / "film.mp4")
    assert len(seen) == info.frames == 144 - 12
    assert seen[:36] == list(range(36))
    assert seen[48:84] == list(range(112, 148)), "the cut behind the fade is hard"
    assert seen[84:] == list(range(200, 248))
    sound = sound_of(tmp_path / "film.mp4")
    assert sound.shape[1] == pytest.approx(132 / 24 * 48_000, abs=2048), "the encoder's last block may be filled up"
    power = [float((sound[0, at : at + 4800] ** 2).mean()) for at in range(60_000, 110_000, 4800)]
    assert min(power) > 0.6 * max(power), "a fade of two unlike sounds is about as loud as either"


def test_a_joint_makes_no_click(make_clip, tmp_path, sound_of):
    clips = [make_clip(f"{n}.mp4", frames=24, first=n * 23, tone=331.7) for n in range(2)]
    assemble(clips, [GOES_ON], tmp_path / "film.mp4")
    sound = sound_of(tmp_path / "film.mp4")[0]
    steps = np.abs(np.diff(sound))
    usual = float(np.abs(np.diff(sound[4800:40_000])).max())
    assert float(steps[46_000:50_000].max()) <= 2 * usual, "cut hard, it would be ten times as much"


def test_a_fade_that_is_too_long_is_as_long_as_fits(make_clip, tmp_path):
    clips = [make_clip(f"{n}.mp4", frames=24, first=n * 50) for n in range(3)]
    info = assemble(clips, [Joint(crossfade=5), Joint(crossfade=5)], tmp_path / "film.mp4")
    assert info.frames == 72 - 24


def test_a_clip_takes_on_the_colours_it_goes_on_from(tmp_path):
    before = textured(tmp_path / "a.mp4", list(range(24)))
    clip = textured(tmp_path / "b.mp4", list(range(23, 47)), shift=6)
    match = matched(Clip.read(before), Clip.read(clip))
    assert match.echo == Fraction(1, FPS)
    assemble([before, clip], [GOES_ON], tmp_path / "film.mp4")
    seen = lightness(tmp_path / "film.mp4")
    assert len(seen) == 47
    assert max(seen) - min(seen) < 2, "no step, and nothing pumps"


def test_colours_that_drift_from_clip_to_clip_come_back_to_the_first(tmp_path):
    clips = [textured(tmp_path / f"{n}.mp4", list(range(n * 23, n * 23 + 24)), shift=4 * n) for n in range(3)]
    assemble(clips, [GOES_ON, GOES_ON], tmp_path / "film.mp4")
    seen = lightness(tmp_path / "film.mp4")
    assert max(seen) - min(seen) < 2


def test_another_picture_is_neither_trimmed_nor_tinted(tmp_path):
    before, clip = textured(tmp_path / "a.mp4", [0] * 12), textured(tmp_path / "b.mp4", [9] * 12, shift=8)
    assert matched(Clip.read(before), Clip.read(clip)).echo == 0
    assert assemble([before, clip], [GOES_ON], tmp_path / "film.mp4").frames == 24
    assert coded_pictures(tmp_path / "film.mp4") == [*coded_pictures(before), *coded_pictures(clip)]


def test_a_tint_is_bounded_however_often_it_is_added():
    tint = Tint(offsets=(9.0, 0.0, -9.0))
    twice = tint.then(tint)
    grey = np.full((2, 2), 100, np.uint8)
    y, u, v = twice.planes((grey, grey, grey))
    assert (int(y[0, 0]) - 100, int(u[0, 0]) - 100, int(v[0, 0]) - 100) == (BOUNDS[0], 0, -BOUNDS[2])
    assert not twice.unseen
    assert Tint().unseen


def test_clips_of_other_sizes_and_rates_become_as_the_first(make_clip, tmp_path):
    clips = [make_clip("a.mp4", frames=24), make_clip("b.mp4", frames=30, fps=Fraction(30), size=(180, 320))]
    info = assemble(clips, [Joint()], tmp_path / "film.mp4")
    assert (info.width, info.height, info.fps, info.frames) == (320, 180, 24, 48)


def test_a_video_that_was_made_longer_is_known_by_its_beginning(tmp_path):
    video = textured(tmp_path / "a.mp4", list(range(24)))
    assert begins_with(textured(tmp_path / "b.mp4", list(range(48))), video)
    assert not begins_with(textured(tmp_path / "c.mp4", list(range(24, 72))), video)
    assert not begins_with(video, video), "it is no longer"


def test_stopped_it_leaves_nothing(make_clip, tmp_path):
    clips = [make_clip(f"{n}.mp4", frames=24, first=n * 23) for n in range(2)]
    with pytest.raises(JobCancelledError):
        assemble(clips, [GOES_ON], tmp_path / "film.mp4", cancelled=lambda: True)
    assert not [path for path in tmp_path.iterdir() if "film" in path.name]
