"""What the video writer leaves on disk, read back by a decoder that knows nothing of it."""

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from video_gen.exceptions import InvalidRequestError, StorageError, VideoProcessingError
from video_gen.media.encode import VideoWriter
from video_gen.media.frame_rate import frame_count, frame_rate

WIDTH, HEIGHT = 160, 96


def noise(seed: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def write(path: Path, count: int = 12, fps: float = 24, **options) -> Path:
    with VideoWriter(path, width=WIDTH, height=HEIGHT, fps=fps, **options) as writer:
        for index in range(count):
            writer.write_rgb(np.roll(noise(1), index, axis=1))
    return path


def boxes(path: Path) -> list[str]:
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def sound_of(path: Path) -> np.ndarray:
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def tone(seconds: float, hertz: float = 440, channels: int = 2) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 48_000)) / 48_000)
    return np.repeat(wave.astype(np.float32)[None], channels, axis=0)


def test_the_file_is_plain_h264_with_its_index_in_front_and_honest_colour_tags(tmp_path):
    path = write(tmp_path / "a.mp4")
    assert boxes(path).index("moov") < boxes(path).index("mdat")
    with av.open(path) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context
        assert (codec.name, codec.pix_fmt, codec.width, codec.height) == ("h264", "yuv420p", WIDTH, HEIGHT)
        assert (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range) == (1, 1, 1, 1)
        assert stream.frames == 12
        assert len(list(container.decode(video=0))) == 12
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("fps", "exact"),
    [
        (1, Fraction(1)),
        (12.5, Fraction(25, 2)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (24, Fraction(24)),
        (25, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (30, Fraction(30)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (240, Fraction(240)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
    ],
)
def test_frame_rates_are_exact(tmp_path, fps, exact):
    assert frame_rate(fps) == exact
    path = write(tmp_path / "a.mp4", count=7, fps=fps)
    with av.open(path) as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(stream)]
        assert times == [index / exact for index in range(7)]


@pytest.mark.parametrize("fps", [0, 0.5, 241, -24, float("nan"), float("inf")])
def test_impossible_frame_rates_are_refused(tmp_path, fps):
    with pytest.raises(InvalidRequestError, match="1 to 240"):
        VideoWriter(tmp_path / "a.mp4", width=64, height=64, fps=fps)


def test_a_length_is_the_nearest_number_of_frames_and_at_least_one():
    assert frame_count(5, 24) == 120
    assert frame_count(4.99, 24) == 120
    assert frame_count(10, 29.97) == 300
    assert frame_count(0.001, 24) == 1
    with pytest.raises(InvalidRequestError, match="above 0"):
        frame_count(0, 24)


@pytest.mark.parametrize(
    ("width", "height", "named"), [(161, 96, "width=161"), (160, 97, "height=97"), (0, 96, "width=0")]
)
def test_sizes_that_4_2_0_cannot_have_are_refused_by_name(tmp_path, width, height, named):
    with pytest.raises(InvalidRequestError, match=f"`{named}`.*even"):
        VideoWriter(tmp_path / "a.mp4", width=width, height=height, fps=24)


def test_the_smallest_size_works(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", width=2, height=2, fps=24) as writer:
        writer.write_rgb(np.full((2, 2, 3), 200, np.uint8))
    with av.open(tmp_path / "a.mp4") as container:
        assert next(container.decode(video=0)).to_ndarray(format="rgb24").mean() == pytest.approx(200, abs=4)


def test_rgb_colours_come_back(tmp_path):
    """Through the matrix of BT.601, pure green would come back as 215 and orange 6 too high."""
    colours = [(0, 255, 0), (255, 0, 0), (0, 0, 255), (200, 120, 60), (255, 255, 255), (0, 0, 0), (30, 90, 160)]
    with VideoWriter(tmp_path / "a.mp4", width=64, height=64, fps=24, crf=4) as writer:
        for colour in colours:
            writer.write_rgb(np.full((64, 64, 3), colour, np.uint8))
    with av.open(tmp_path / "a.mp4") as container:
        shown = [frame.to_ndarray(format="rgb24")[32, 32] for frame in container.decode(video=0)]
    assert np.abs(np.array(shown, int) - colours).max() <= 3


def test_what_is_drawn_in_the_planes_is_what_is_seen(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", width=162, height=98, fps=24, crf=1) as writer:
        for index in range(6):
            picture = writer.picture()
            assert (picture.y.shape, picture.u.shape, picture.v.shape) == ((98, 162), (49, 81), (49, 81))
            picture.y[:], picture.u[:], picture.v[:] = 40 + 20 * index, 100 + index, 150 - index
            picture.y[:, 80:] = 220
            writer.write(picture)
    with av.open(tmp_path / "a.mp4") as container:
        for index, frame in enumerate(container.decode(video=0)):
            y, u, v = (
                np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:, : plane.width]
                for plane in frame.planes
            )
            assert y[:98, :76].mean() == pytest.approx(40 + 20 * index, abs=1)
            assert y[:98, 84:].mean() == pytest.approx(220, abs=1)
            assert u[:49].mean() == pytest.approx(100 + index, abs=1)
            assert v[:49].mean() == pytest.approx(150 - index, abs=1)


@pytest.mark.parametrize(("seconds", "keys"), [(2, [0, 48, 96]), (1, [0, 24, 48, 72, 96]), (10, [0])])
def test_key_frames_come_at_fixed_times_and_close_their_group(tmp_path, seconds, keys):
    path = write(tmp_path / "a.mp4", count=100, fps=24, gop_seconds=seconds)
    with av.open(path) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        index = [round(packet.pts * stream.time_base * 24) for packet in packets]
    assert [at for at, packet in zip(index, packets, strict=True) if packet.is_keyframe] == keys
    for key in keys:  # nothing after a key frame is shown before it
        assert min(index[index.index(key) :]) == key


def test_a_frame_of_another_shape_is_refused(tmp_path):
    with (
        pytest.raises(VideoProcessingError, match=r"\(96, 160, 3\)"),
        VideoWriter(tmp_path / "a.mp4", width=WIDTH, height=HEIGHT, fps=24) as writer,
    ):
        writer.write_rgb(noise(1, width=162))
    assert list(tmp_path.glob("*a.mp4*")) == []


@pytest.mark.parametrize("channels", [1, 2])
def test_sound_lasts_as_long_as_the_picture_and_sounds_the_same(tmp_path, channels):
    path = write(tmp_path / "a.mp4", count=36, audio=tone(9, channels=channels))
    with av.open(path) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.codec_context.channels) == ("aac", 48_000, channels)
        assert float(stream.duration * stream.time_base) == pytest.approx(1.5, abs=0.001)
    heard = sound_of(path)[:, 2000:66_000]
    spectrum = np.abs(np.fft.rfft(heard[0]))
    assert np.argmax(spectrum) * 48_000 / heard.shape[1] == pytest.approx(440, abs=1)
    assert np.sqrt((heard**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


def test_sound_stays_in_step(tmp_path):
    click = np.zeros((1, 96_000), np.float32)
    click[0, 48_000:48_480] = 0.8
    heard = np.abs(sound_of(write(tmp_path / "a.mp4", count=48, audio=click))[0])
    assert np.flatnonzero(heard > 0.4)[0] == pytest.approx(48_000, abs=48)


def test_chunks_are_pulled_only_as_the_picture_advances(tmp_path):
    pulled = 0

    def endless() -> Iterator[np.ndarray]:
        nonlocal pulled
        while True:
            pulled += 1
            yield tone(0.1)

    with VideoWriter(tmp_path / "a.mp4", width=WIDTH, height=HEIGHT, fps=10, audio=endless()) as writer:
        for index in range(1, 11):
            writer.write_rgb(noise(1))
            assert pulled <= index + 1
    assert pulled == pytest.approx(10, abs=1)


def test_chunks_of_any_length_sound_like_one_array(tmp_path):
    whole = tone(1)
    parts = [whole[:, :100], whole[:, 100:100], whole[:, 100:5000], whole[:, 5000:]]
    one, many = write(tmp_path / "a.mp4", 24, audio=whole), write(tmp_path / "b.mp4", 24, audio=iter(parts))
    assert np.array_equal(sound_of(one), sound_of(many))


def test_no_chunks_mean_no_track(tmp_path):
    with av.open(write(tmp_path / "a.mp4", audio=iter([]))) as container:
        assert not container.streams.audio


def test_short_sound_ends_early(tmp_path):
    with av.open(write(tmp_path / "a.mp4", count=48, audio=tone(0.5))) as container:
        assert float(container.streams.audio[0].duration / 48_000) == pytest.approx(0.5, abs=0.03)
        assert container.streams.video[0].frames == 48


def test_too_loud_sound_is_limited_not_wrapped(tmp_path):
    assert np.abs(sound_of(write(tmp_path / "a.mp4", 24, audio=tone(1) * 5))).max() < 1.3


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros((6, 100), np.float32), "1 or 2 channels"),
        (np.zeros(100, np.float32), "1 or 2 channels"),
        ([tone(0.1), tone(0.1, channels=1)], "channels: keep them"),
        (np.full((1, 48_000), np.nan, np.float32), "NaN"),
    ],
)
def test_sound_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path, sound, message):
    with pytest.raises(VideoProcessingError, match=message):
        write(tmp_path / "a.mp4", audio=sound)
    assert list(tmp_path.glob("*a.mp4*")) == []


def test_metadata_is_kept_and_the_encoder_adds_none(tmp_path):
    path = write(tmp_path / "a.mp4", metadata={"title": "Ozean — 海", "comment": "local draft", "description": "d"})
    with av.open(path) as container:
        kept = {name: container.metadata[name] for name in ("title", "comment", "description")}
        assert kept == {"title": "Ozean — 海", "comment": "local draft", "description": "d"}
        assert "encoder" not in container.metadata


@pytest.mark.parametrize("size", [(320, 180), (854, 480)])
def test_the_same_frames_give_the_same_bytes(tmp_path, size):
    """Memory is stirred between the runs: x264 with AVX-512 read some that nobody wrote."""
    width, height = size
    frames = [np.full((height, width, 3), (200, 120, 60), np.uint8) for _ in range(30)]
    for index, frame in enumerate(frames):
        frame[:, index : index + 20] = (0, 255, 0)
    files = set()
    for run in range(8):
        stirred = [noise(run, 100 + 50 * run, 40 + part) for part in range(4)]
        with VideoWriter(tmp_path / "a.mp4", width=width, height=height, fps=29.97, audio=tone(2)) as writer:
            for frame in frames:
                writer.write_rgb(frame)
        files.add((tmp_path / "a.mp4").read_bytes())
        assert stirred
    assert len(files) == 1


def test_a_failing_block_leaves_nothing_and_keeps_what_was_there(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"what was there")
    beside = []

    def stopped() -> Iterator[np.ndarray]:
        yield tone(0.5)
        beside.extend(each.name for each in tmp_path.iterdir())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, count=30, audio=stopped())
    assert len([name for name in beside if name.endswith(".part")]) == 1
    assert path.read_bytes() == b"what was there"
    assert list(tmp_path.glob(".*")) == []


def test_a_finished_file_replaces_what_was_there(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"what was there")
    assert boxes(write(path))[0] == "ftyp"
    assert list(tmp_path.glob(".*")) == []


def test_a_video_without_frames_is_refused(tmp_path):
    with (
        pytest.raises(VideoProcessingError, match="at least one"),
        VideoWriter(tmp_path / "a.mp4", width=64, height=64, fps=24),
    ):
        pass
    assert list(tmp_path.glob("*a.mp4*")) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StorageError, match="nowhere"):
        write(tmp_path / "nowhere" / "a.mp4")


def test_a_full_disk_is_a_storage_error_and_leaves_nothing(tmp_path):
    script = (
        "import resource, sys, numpy as np\n"
        "from video_gen.exceptions import StorageError\n"
        "from video_gen.media.encode import VideoWriter\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "random = np.random.default_rng(1)\n"
        "try:\n"
        "    with VideoWriter(sys.argv[1], width=320, height=180, fps=24) as writer:\n"
        "        for _ in range(60):\n"
        "            writer.write_rgb(random.integers(0, 255, (180, 320, 3), dtype=np.uint8))\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "full.mp4")], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "full.mp4` cannot be written" in result.stdout
    assert list(tmp_path.glob("*full*")) == []
