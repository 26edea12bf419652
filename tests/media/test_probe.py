from fractions import Fraction

import pytest

from video_gen.exceptions import VerificationError
from video_gen.media.probe import probe


def test_a_clip_is_described_in_full(make_clip):
    info = probe(make_clip(tone=440.0, faststart=True, color=1, tags=(("comment", "made here"),)))
    assert (info.container, info.codec, info.pixel_format, info.color) == ("mp4", "h264", "yuv420p", "bt709")
    assert (info.width, info.height, info.rotation) == (320, 180, 0)
    assert (info.seconds, info.frames, info.fps, info.faststart) == (2.0, 48, 24.0, True)
    assert (info.audio.codec, info.audio.rate, info.audio.channels) == ("aac", 48000, 2)
    assert info.tags["comment"] == "made here"
    assert "major_brand" not in info.tags


@pytest.mark.parametrize(
    ("name", "codec", "wanted"),
    [
        ("a.mp4", "libx264", ("mp4", "h264")),
        ("a.mov", "libx264", ("mov", "h264")),
        ("a.mkv", "libx264", ("matroska", "h264")),
        ("a.webm", "libvpx-vp9", ("webm", "vp9")),
        ("a.mp4", "libx265", ("mp4", "hevc")),
        ("a.mp4", "libsvtav1", ("mp4", "av1")),
    ],
)
def test_every_container_and_codec_gives_the_same_facts(make_clip, name, codec, wanted):
    info = probe(make_clip(name, codec=codec))
    assert (info.container, info.codec) == wanted
    assert (info.frames, info.fps) == (48, 24.0)
    assert info.seconds == pytest.approx(2.0, abs=0.002)


def test_the_length_is_that_of_the_picture_not_of_the_sound(make_clip):
    info = probe(make_clip(tone=440.0, sound_seconds=6.5))
    assert info.seconds == 2.0
    assert info.audio.seconds == pytest.approx(6.5, abs=0.05)


def test_a_fragmented_file_is_counted_through(make_clip):
    info = probe(make_clip(fragmented=True, options=(("g", "10"),)))
    assert (info.seconds, info.frames, info.faststart) == (2.0, 48, True)


def test_frames_hidden_by_an_edit_list_do_not_count(make_clip):
    info = probe(make_clip(shift=10))
    assert info.frames == 38
    assert info.seconds == pytest.approx(38 / 24, abs=0.001)


def test_a_variable_rate_is_averaged(make_clip):
    info = probe(make_clip(frames=13, times=[*range(12), 60]))
    assert info.frames == 13
    assert info.fps == pytest.approx(13 / info.seconds, rel=0.06)


def test_ntsc_rates_come_out_exact(make_clip):
    assert probe(make_clip(fps=Fraction(30000, 1001))).fps == 29.97003


@pytest.mark.parametrize(
    ("rotation", "size"), [(0, (320, 180)), (90, (180, 320)), (180, (320, 180)), (270, (180, 320))]
)
def test_the_size_is_the_one_shown(make_clip, rotation, size):
    info = probe(make_clip(rotation=rotation))
    assert (info.rotation, (info.width, info.height)) == (rotation, size)


def test_pixels_that_are_not_square_count_as_shown(make_clip):
    info = probe(make_clip(size=(320, 240), pixel_aspect=Fraction(4, 3)))
    assert (info.width, info.height) == (427, 240)


def test_a_tag_that_is_not_utf8_does_not_stop_the_probe(make_clip):
    path = make_clip(tags=(("comment", "hello"),))
    path.write_bytes(path.read_bytes().replace(b"hello", b"h\xff\xfelo"))
    info = probe(path)
    assert info.tags["comment"] == "h��lo"
    assert "comment" in info.model_dump_json()


def test_a_file_whose_picture_cannot_be_decoded_is_refused(make_clip):
    path = make_clip(faststart=True)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(VerificationError, match=str(path)):
        probe(path)
