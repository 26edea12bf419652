import struct
import time
from contextlib import suppress

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from video_gen.exceptions import MediaInputError, MediaNotFoundError, VerificationError
from video_gen.media.opening import Limits, open_video
from video_gen.media.structure import read_structure


@pytest.fixture
def whole(make_clip):
    return make_clip(tone=440.0, tags=(("comment", "made here"),))


def rewritten(path, data: bytes):
    path.write_bytes(data)
    return path


def test_a_whole_file_declares_its_tracks(whole):
    found = read_structure(whole)
    picture = found.picture
    assert (found.container, found.faststart, found.indexed) == ("mp4", False, True)
    assert (picture.codec, picture.width, picture.height, picture.seconds, picture.samples) == (
        "avc1",
        320,
        180,
        2.0,
        48,
    )
    assert [track.kind for track in found.tracks] == ["video", "audio"]


def test_faststart_is_told_from_the_order_of_boxes(make_clip):
    assert read_structure(make_clip(faststart=True)).faststart is True


@pytest.mark.parametrize("name", ["a.mkv", "a.webm"])
def test_matroska_and_webm_declare_size_and_length(make_clip, name):
    codec = {"codec": "libvpx-vp9"} if name.endswith("webm") else {}
    found = read_structure(make_clip(name, **codec))
    assert (found.picture.width, found.picture.height) == (320, 180)
    assert found.picture.seconds == pytest.approx(2.0, abs=0.01)
    assert found.container == {"a.mkv": "matroska", "a.webm": "webm"}[name]


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("missing", [1, 100, 5000])
def test_truncation_is_told_by_the_byte(make_clip, name, missing):
    path = make_clip(name, faststart=True)
    data = path.read_bytes()
    rewritten(path, data[:-missing])
    with pytest.raises(VerificationError, match=rf"truncated by {missing} bytes"):
        read_structure(path)


def test_ffmpeg_itself_takes_the_file_that_lacks_100_bytes_for_whole(make_clip):
    """Why the walk exists: the decoder delivers every frame, some of them wrong, and says nothing."""
    path = make_clip(faststart=True)
    rewritten(path, path.read_bytes()[:-100])
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 48
    with pytest.raises(VerificationError):
        read_structure(path)


def test_an_index_that_points_behind_the_end_is_found_where_all_boxes_are_whole(make_clip):
    path = make_clip(faststart=True)
    data = bytearray(path.read_bytes())
    at = data.index(b"stco") + 12
    first = int.from_bytes(data[at : at + 4])
    data[at : at + 4] = (first + 1_000_000).to_bytes(4)
    with pytest.raises(VerificationError, match="points beyond its end"):
        read_structure(rewritten(path, bytes(data)))


def test_a_cut_fragment_is_found(make_clip):
    path = make_clip(fragmented=True)
    data = path.read_bytes()
    last = data.rindex(b"mfra")  # a small box of its own behind the last fragment
    with pytest.raises(VerificationError, match="truncated"):
        read_structure(rewritten(path, data[: last - 100]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "an HTML page"),
        (b'{"error": {"code": 403}}', "JSON"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML document"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "an FFmpeg playlist"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "an HLS playlist"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "a PNG picture"),
        (b"upstream connect error", "is text"),
        (bytes(range(256)) * 10, "not known"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "no index"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00", "ends inside the head of a box"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64), "damaged at byte 24"),
        (b"\x1aE\xdf\xa3\x82B\x82", "damaged"),
    ],
)
def test_what_is_no_video_is_named(tmp_path, content, words):
    path = tmp_path / "video.mp4"
    path.write_bytes(content)
    with pytest.raises(VerificationError, match=words):
        read_structure(path)


def test_no_playlist_is_ever_followed(tmp_path, make_clip):
    secret = make_clip("secret.mp4")
    playlist = tmp_path / "list.mp4"
    playlist.write_text(f"ffconcat version 1.0\nfile '{secret.name}'\n")
    with av.open(str(playlist)) as container:  # FFmpeg, left to itself, opens the other file
        assert container.format.name == "concat"
    with pytest.raises(VerificationError), open_video(playlist):
        pass


def test_a_missing_file_a_folder_and_a_device_are_told_apart(tmp_path):
    with pytest.raises(MediaNotFoundError, match="does not exist"):
        read_structure(tmp_path / "none.mp4")
    with pytest.raises(MediaInputError, match="is a folder"):
        read_structure(tmp_path)
    with pytest.raises(MediaInputError, match="not a regular file"):
        read_structure(type(tmp_path)("/dev/null"))


def test_stray_bytes_behind_a_whole_file_harm_nobody(whole):
    data = whole.read_bytes()
    for tail in (b"\0", bytes(7), bytes(100), b"\r\n"):
        assert read_structure(rewritten(whole, data + tail)).picture.samples == 48


def test_tables_that_count_more_than_they_hold_are_refused(whole):
    data = bytearray(whole.read_bytes())
    at = data.index(b"stsz") + 12
    data[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(VerificationError, match="damaged index"):
        read_structure(rewritten(whole, bytes(data)))


def test_sizes_that_overflow_are_beyond_the_end_of_any_file(whole):
    data = bytearray(whole.read_bytes())
    at = data.index(b"stsz") + 8
    data[at : at + 8] = b"\xff\xff\xff\xff\xff\xff\xff\xff"  # every frame 4 GB, and 4 billion of them
    with pytest.raises(VerificationError):
        read_structure(rewritten(whole, bytes(data)))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(bytes=1000), "bytes, the limit is 1000"),
        (Limits(pixels=320 * 180 - 1), "the limit is 57599"),
        (Limits(seconds=1.5), "lasts 2 s"),
    ],
)
def test_limits_hold_before_a_decoder_runs(whole, limits, words):
    with pytest.raises(MediaInputError, match=words), open_video(whole, limits):
        pass


def test_a_picture_larger_than_its_index_says_is_stopped_by_the_decoder(whole):
    data = bytearray(whole.read_bytes())
    at = data.rindex(b"avc1") + 28  # width and height of the sample entry
    assert struct.unpack_from(">HH", data, at) == (320, 180)
    struct.pack_into(">HH", data, at, 16, 16)
    rewritten(whole, bytes(data))
    with pytest.raises((VerificationError, MediaInputError)), open_video(whole, Limits(pixels=300)) as video:
        next(video.container.decode(video.stream))


def test_sound_alone_is_no_video(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate, frame.pts = 48000, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VerificationError, match="holds no picture, only sound"), open_video(path):
        pass


def test_a_minute_is_walked_through_in_a_fraction_of_what_opening_takes(make_clip):
    path = make_clip(frames=1440, size=(64, 64), options=(("preset", "ultrafast"),))

    def cpu(work) -> float:
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            work()
            best = min(best, time.process_time() - start)
        return best

    def decode() -> None:
        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) == 1440

    assert cpu(lambda: read_structure(path)) * 20 < cpu(decode)  # at 64 x 64; at 1080p it is thousands


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_the_index_escapes_as_anything_but_an_error_of_ours(whole, data):
    original = whole.read_bytes()
    start = original.index(b"moov")
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(start - 4, len(original) - 5))
        damaged[at : at + 4] = data.draw(st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"]))
    path = whole.with_name("damaged.mp4")
    path.write_bytes(damaged)
    with suppress(VerificationError):  # any other error fails
        read_structure(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 700), value=st.integers(0, 255), length=st.integers(0, 2000))
def test_no_damage_to_matroska_escapes_as_anything_but_an_error_of_ours(make_clip, tmp_path, at, value, length):
    path = tmp_path / "a.mkv"
    original = tmp_path / "original.mkv"
    if not original.exists():
        make_clip("original.mkv")
    damaged = bytearray(original.read_bytes())
    damaged[at] = value
    path.write_bytes(damaged[: max(at, length)] if length < 1500 else damaged)
    with suppress(VerificationError):  # any other error fails
        read_structure(path)
