import itertools
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from video_gen.exceptions import (
    InvalidRequestError,
    JobCancelledError,
    MediaNotFoundError,
    StorageError,
    VerificationError,
)
from video_gen.media.frames import last_frame
from video_gen.media.stitch import stitch, trim

RATE = 48_000


def coded_pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [frame.pts * Fraction(frame.time_base.numerator, frame.time_base.denominator)
                for frame in container.decode(video=0)]  # fmt: skip


def onset(samples: np.ndarray, near: float) -> float:
    """Where, around `near` seconds, loud becomes silent or silent loud: the steepest step of the envelope."""
    power = np.convolve(samples[0] ** 2, np.ones(64) / 64, "same")
    window = slice(int((near - 0.05) * RATE), int((near + 0.05) * RATE))
    loud = power[window] > 0.03
    return (window.start + int(np.argmax(np.diff(loud.astype(int)) != 0))) / RATE


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


# copying


def test_clips_of_one_encoding_are_copied_bit_by_bit(make_clip, tmp_path, numbers_in):
    options = (("bf", "3"), ("g", "250"))
    clips = [make_clip(f"{n}.mp4", first=n * 48, options=options, tone=330.0) for n in range(3)]
    info = stitch(clips, tmp_path / "out.mp4")
    assert coded_pictures(tmp_path / "out.mp4") == list(itertools.chain(*map(coded_pictures, clips)))
    assert numbers_in(tmp_path / "out.mp4") == list(range(144))
    assert (info.seconds, info.frames, info.fps, info.faststart) == (6.0, 144, 24.0, True)
    assert times(tmp_path / "out.mp4") == [Fraction(n, 24) for n in range(144)]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx265"), ("a.mp4", "libsvtav1"), ("a.webm", "libvpx-vp9"), ("a.mkv", "libx264")]
)
def test_every_codec_that_mp4_holds_is_copied(make_clip, tmp_path, numbers_in, name, codec):
    clip = make_clip(name, codec=codec, tone=330.0)
    info = stitch([clip, clip], tmp_path / "out.mp4")
    frames, wanted = decoded(tmp_path / "out.mp4"), decoded(clip)
    assert len(frames) == 96
    assert all(np.array_equal(a, b) for a, b in zip(frames, wanted + wanted, strict=True))
    assert info.container == "mp4"
    assert info.seconds == pytest.approx(4.0, abs=0.002)


def test_one_clip_alone_becomes_an_mp4_with_its_index_in_front(make_clip, tmp_path, numbers_in):
    info = stitch([make_clip("a.mkv")], tmp_path / "out.mp4")
    assert (info.container, info.faststart, info.frames) == ("mp4", True, 48)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"rotation": 90}, (180, 320, 90)),
        ({"rotation": 270}, (180, 320, 270)),
        ({"pixel_aspect": Fraction(4, 3), "size": (320, 240)}, (427, 240, 0)),
    ],
)
def test_a_copy_is_shown_as_its_parts_are(make_clip, tmp_path, fields, wanted):
    clip = make_clip(**fields, color=1)
    info = stitch([clip, clip], tmp_path / "out.mp4")
    assert (info.width, info.height, info.rotation) == wanted
    assert info.color == "bt709"
    assert coded_pictures(tmp_path / "out.mp4") == coded_pictures(clip) * 2


def test_clips_turned_differently_are_not_copied(make_clip, tmp_path):
    clips = [make_clip("a.mp4", rotation=90), make_clip("b.mp4", rotation=270)]
    info = stitch(clips, tmp_path / "out.mp4")
    assert (info.width, info.height, info.rotation) == (180, 320, 0)


def test_clips_without_sound_make_a_video_without_sound(make_clip, tmp_path):
    clip = make_clip()
    assert stitch([clip, clip], tmp_path / "out.mp4").audio is None


def test_sound_stays_in_step_to_a_millisecond_at_every_joint(make_clip, tmp_path, sound_of):
    """Loud, silent, loud, silent: the steps must lie at the joints, also where a clip's sound is too long."""
    loud = make_clip("loud.mp4", tone=1000.0, sound_seconds=2.4)
    silent = make_clip("silent.mp4")
    stitch([loud, silent, loud, silent, loud], tmp_path / "out.mp4")
    samples = sound_of(tmp_path / "out.mp4")
    for joint in (2.0, 4.0, 6.0, 8.0):
        assert onset(samples, joint) == pytest.approx(joint, abs=0.0035)  # half of the fade of 5 ms, and a millisecond
    assert samples.shape[1] == pytest.approx(10 * RATE, abs=1024)


def test_many_joints_do_not_drift(make_clip, tmp_path, sound_of):
    """24 clips of 7 frames at 23.976: 0.29196 s each, a length no sample count divides."""
    fields = {"frames": 7, "fps": Fraction(24000, 1001), "size": (96, 64)}
    loud, silent = make_clip("loud.mp4", tone=1000.0, **fields), make_clip("silent.mp4", **fields)
    info = stitch([loud, silent] * 12, tmp_path / "out.mp4")
    assert info.frames == 168
    assert info.seconds == pytest.approx(168 * 1001 / 24000, abs=1e-6)
    joint = 23 * 7 * 1001 / 24000
    assert onset(sound_of(tmp_path / "out.mp4"), joint) == pytest.approx(joint, abs=0.0035)


def test_a_joint_does_not_click(make_clip, tmp_path, sound_of):
    """A tone cut anywhere in its wave jumps; after the fades no step is larger than the tone's own."""
    clip = make_clip(tone=331.7)
    stitch([clip, clip, clip], tmp_path / "out.mp4")
    steps = np.abs(np.diff(sound_of(tmp_path / "out.mp4")[0]))
    own = 0.5 * 2 * np.pi * 331.7 / RATE
    for joint in (2.0, 4.0):
        assert steps[int((joint - 0.02) * RATE) : int((joint + 0.02) * RATE)].max() < own * 1.5


def test_sound_of_other_rates_and_channels_is_brought_together(make_clip, tmp_path, sound_of):
    clips = [
        make_clip("a.mp4", tone=440.0, sound_rate=44_100, channels=1),
        make_clip("b.mp4", tone=440.0, channels=2),
    ]
    info = stitch(clips, tmp_path / "out.mp4")
    assert (info.audio.codec, info.audio.rate, info.audio.channels) == ("aac", 48000, 2)
    samples = sound_of(tmp_path / "out.mp4")
    for start in (0.5, 2.5):
        part = samples[:, int(start * RATE) : int((start + 1) * RATE)]
        for channel in part:
            assert np.argmax(np.abs(np.fft.rfft(channel))) == 440  # one second: bins of 1 Hz
            assert np.abs(channel).max() == pytest.approx(0.5, abs=0.08)


# encoding


def test_clips_that_differ_take_size_and_rate_of_the_first(make_clip, tmp_path, numbers_in):
    clips = [
        make_clip("a.mp4", frames=24),
        make_clip("b.mp4", frames=30, fps=Fraction(30), size=(480, 270), first=100),
        make_clip("c.mkv", frames=12, fps=Fraction(12), first=200, codec="libx265"),
    ]
    info = stitch(clips, tmp_path / "out.mp4")
    numbers = numbers_in(tmp_path / "out.mp4")
    assert (info.width, info.height, info.fps, info.frames, info.color) == (320, 180, 24.0, 72, "bt709")
    assert numbers[:24] == list(range(24))
    assert numbers[24:48] == [100 + max(n for n in range(30) if round(n * 24 / 30) == slot) for slot in range(24)]
    assert numbers[48:] == [200 + slot // 2 for slot in range(24)]


def test_an_edit_list_is_obeyed_though_it_rules_out_copying(make_clip, tmp_path, numbers_in):
    clip = make_clip(shift=10)
    stitch([clip, clip], tmp_path / "out.mp4")
    assert numbers_in(tmp_path / "out.mp4") == [*range(10, 48), *range(10, 48)]


def test_another_shape_is_shown_whole_between_black_bars(make_clip, tmp_path):
    wide, tall = make_clip("wide.mp4", frames=6), make_clip("tall.mp4", frames=6, size=(180, 320))
    stitch([wide, tall], tmp_path / "out.mp4")
    picture = decoded(tmp_path / "out.mp4")[-1][:180]
    assert picture.shape == (180, 320)
    assert picture[:, :100].max() < 30
    assert picture[:, -100:].max() < 30
    assert picture[60:, 120:200].mean() > 60


def test_a_turned_clip_is_joined_upright(make_clip, tmp_path, numbers_in):
    upright = make_clip("a.mp4", frames=6, size=(192, 192))
    turned = make_clip("b.mp4", frames=6, size=(192, 192), rotation=180, first=50)
    stitch([upright, turned], tmp_path / "out.mp4")
    frames, source = decoded(tmp_path / "out.mp4"), decoded(turned)
    wanted = np.rot90(source[3][:192], 2).astype(int)
    assert np.abs(frames[9][:192].astype(int) - wanted).mean() < 4


def test_colours_of_another_matrix_are_converted(tmp_path):
    """A 601 and a 709 clip of the same green must look the same when joined."""
    green = np.zeros((64, 96, 3), np.uint8)
    green[:] = (20, 200, 40)
    for name, matrix, code in (("a.mp4", "ITU709", 1), ("b.mp4", "ITU601", 6)):
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream("libx264", rate=24, options={"crf": "4"})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            codec = stream.codec_context
            codec.color_primaries = codec.color_trc = codec.colorspace = code
            codec.color_range = 1
            for index in range(6):
                frame = av.VideoFrame.from_ndarray(green, format="rgb24").reformat(
                    format="yuv420p", dst_colorspace=matrix
                )
                frame.pts, frame.time_base = index, Fraction(1, 24)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    stitch([tmp_path / "a.mp4", tmp_path / "b.mp4"], tmp_path / "out.mp4")
    frames = decoded(tmp_path / "out.mp4")
    assert np.abs(frames[3].astype(int) - frames[9].astype(int)).max() <= 3


def test_a_cross_fade_blends_picture_and_shortens_by_its_length(tmp_path, make_clip):
    black, white = (flat(tmp_path / name, level) for name, level in (("black.mp4", 16), ("white.mp4", 235)))
    info = stitch([black, white], tmp_path / "out.mp4", crossfade=0.5)
    assert (info.frames, info.seconds) == (84, 3.5)
    levels = [frame[:64].mean() for frame in decoded(tmp_path / "out.mp4")]
    assert max(levels[:36]) < 20
    assert min(levels[48:]) > 230
    steps = np.diff(levels[35:49])
    assert steps.min() > 5
    assert steps.max() < 30


def flat(path: Path, level: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(48):
            frame = av.VideoFrame(96, 64, "yuv420p")
            for plane, value in zip(frame.planes, (level, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_cross_fade_blends_sound_at_even_power(make_clip, tmp_path, sound_of):
    clips = [make_clip("a.mp4", tone=440.0), make_clip("b.mp4", tone=557.0)]
    stitch(clips, tmp_path / "out.mp4", crossfade=1.0)
    samples = sound_of(tmp_path / "out.mp4")[0]
    assert len(samples) == pytest.approx(3 * RATE, abs=1024)
    power = [float(np.mean(samples[int(t * RATE) : int((t + 0.1) * RATE)] ** 2)) for t in np.arange(0.2, 2.7, 0.1)]
    assert min(power) > 0.75 * max(power)


def test_three_clips_fade_at_both_joints(make_clip, tmp_path):
    clips = [make_clip(f"{n}.mp4", frames=24, first=24 * n) for n in range(3)]
    assert stitch(clips, tmp_path / "out.mp4", crossfade=0.25).frames == 72 - 12


# what is refused


def test_nothing_to_join_is_said(tmp_path):
    with pytest.raises(InvalidRequestError, match="nothing to join"):
        stitch([], tmp_path / "out.mp4")


def test_a_missing_and_a_broken_clip_are_named(make_clip, tmp_path):
    good = make_clip()
    with pytest.raises(MediaNotFoundError, match=r"none\.mp4"):
        stitch([good, tmp_path / "none.mp4"], tmp_path / "out.mp4")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(good.read_bytes()[:-50])
    with pytest.raises(VerificationError, match=r"cut\.mp4"):
        stitch([good, cut], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_clip_damaged_inside_is_named_and_leaves_nothing_behind(make_clip, tmp_path):
    good = make_clip("good.mp4", size=(160, 90))
    bad = make_clip("bad.mp4", faststart=True, options=(("g", "250"), ("crf", "8")))
    data = bytearray(bad.read_bytes())
    middle = len(data) // 2
    data[middle:-10] = bytes(len(data) - 10 - middle)
    bad.write_bytes(data)
    with pytest.raises(VerificationError, match=r"bad\.mp4"):
        stitch([good, bad], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("crossfade", [-1, float("nan"), float("inf")])
def test_a_senseless_cross_fade_is_refused(make_clip, tmp_path, crossfade):
    with pytest.raises(InvalidRequestError, match="crossfade"):
        stitch([make_clip()], tmp_path / "out.mp4", crossfade=crossfade)


def test_a_cross_fade_longer_than_a_clip_says_how_long_it_may_be(make_clip, tmp_path):
    long, short = make_clip("long.mp4"), make_clip("short.mp4", frames=24)
    with pytest.raises(InvalidRequestError, match=r"short.mp4.*fades at both its ends: choose at most 0.50"):
        stitch([long, short, long], tmp_path / "out.mp4", crossfade=0.75)
    with pytest.raises(InvalidRequestError, match=r"fades at one end: choose at most 1.00"):
        stitch([long, short], tmp_path / "out.mp4", crossfade=1.5)


def test_another_ending_than_mp4_is_refused(make_clip, tmp_path):
    with pytest.raises(InvalidRequestError, match=r"end in \.mp4"):
        stitch([make_clip()], tmp_path / "out.webm")


@pytest.mark.parametrize("second", [{}, {"size": (160, 90)}])
def test_cancelling_leaves_nothing_behind(make_clip, tmp_path, second):
    clips = [make_clip("a.mp4"), make_clip("b.mp4", **second)]
    seen = []
    with pytest.raises(JobCancelledError):
        stitch(clips, tmp_path / "out.mp4", progress=seen.append, cancelled=lambda: len(seen) > 20)
    assert not (tmp_path / "out.mp4").exists()
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("second", [{}, {"size": (160, 90)}])
def test_progress_rises_to_one(make_clip, tmp_path, second):
    seen = []
    stitch([make_clip("a.mp4"), make_clip("b.mp4", **second)], tmp_path / "out.mp4", progress=seen.append)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert len(seen) > 50


def test_the_result_may_replace_one_of_the_clips(make_clip, numbers_in):
    clip = make_clip(frames=12)
    stitch([clip, clip], clip)
    assert numbers_in(clip) == [*range(12), *range(12)]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from video_gen.exceptions import StorageError
from video_gen.media.stitch import stitch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    stitch([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]))
except StorageError as error:
    print(error)
"""


@pytest.mark.parametrize("second", [{}, {"size": (160, 90)}])
def test_a_full_disk_is_told_from_a_bad_clip(make_clip, tmp_path, second):
    options = (("crf", "4"),)
    clips = [make_clip("a.mp4", options=options), make_clip("b.mp4", options=options, **second)]
    out = tmp_path / "full" / "out.mp4"
    out.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, out, *clips], capture_output=True, text=True, check=True, env=os.environ
    )
    assert f"`{out}` cannot be written: File too large" in done.stdout
    assert list(out.parent.iterdir()) == []


PEAK = """
import resource, sys
from pathlib import Path
from video_gen.media.stitch import stitch
stitch([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]), crossfade=0.5)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_does_not_grow_with_length(make_clip, tmp_path):
    fields = {"frames": 60, "size": (640, 360), "tone": 440.0, "options": (("preset", "ultrafast"),)}
    clip = make_clip("a.mp4", **fields)

    def peak(count: int) -> int:
        command = [sys.executable, "-c", PEAK, tmp_path / "out.mp4", *[clip] * count]
        return int(subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout)

    assert peak(10) < peak(2) + 40  # MiB; 500 more frames of 0.33 MiB would be 170


# trimming


def test_trimming_is_exact_to_the_frame_and_keeps_sound_in_step(make_clip, tmp_path, numbers_in, sound_of):
    clip = make_clip(frames=96, tone=440.0, options=(("g", "250"), ("bf", "3")))
    info = trim(clip, tmp_path / "part.mp4", 1.25, 2.5)
    assert numbers_in(tmp_path / "part.mp4") == list(range(30, 60))
    assert (info.seconds, info.audio.codec) == (1.25, "aac")
    assert np.abs(sound_of(tmp_path / "part.mp4")[0][: RATE // 10]).max() > 0.4


def test_trimming_to_the_end_keeps_the_last_frame(make_clip, tmp_path, numbers_in):
    trim(make_clip(), tmp_path / "part.mp4", 1.5)
    assert numbers_in(tmp_path / "part.mp4") == list(range(36, 48))


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (-1, 1), (0, 9), (3, None)])
def test_a_part_that_is_none_is_refused(make_clip, tmp_path, start, end):
    with pytest.raises(InvalidRequestError, match=r"lasts 2\.000 s"):
        trim(make_clip(), tmp_path / "part.mp4", start, end)


def test_a_clip_made_from_a_last_frame_joins_without_a_jump(make_clip, tmp_path, number_in):
    """The chain that users build: last frame, next clip, join."""
    first = make_clip("a.mp4", frames=24)
    picture = last_frame(first, tmp_path / "last.png")
    assert number_in(picture) == 23
    second = make_clip("b.mp4", frames=24, first=23)
    stitch([first, second], tmp_path / "out.mp4")
    frames = decoded(tmp_path / "out.mp4")
    assert np.abs(frames[23].astype(int) - frames[24].astype(int)).mean() < 3


def test_a_folder_that_is_missing_is_named(make_clip, tmp_path):
    with pytest.raises(StorageError, match="does not exist"):
        stitch([make_clip()], tmp_path / "none" / "out.mp4")
