import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from video_gen.exceptions import InvalidRequestError, StorageError, VerificationError
from video_gen.media.frames import first_frame, frame_at, last_frame, thumbnail
from video_gen.media.opening import open_video
from video_gen.media.reader import FrameReader

BFRAMES = (("bf", "3"), ("b_strategy", "0"), ("g", "250"))
PYRAMID = (("x264-params", "bframes=5:b-pyramid=normal:b-adapt=0:keyint=250"),)
OPEN_GOP = (("x264-params", "open-gop=1:bframes=3:b-adapt=0:keyint=12:min-keyint=12:scenecut=0"),)
REFRESH = (("x264-params", "intra-refresh=1:keyint=20:bframes=0"),)

KINDS = {
    "b-frames": ("a.mp4", {"options": BFRAMES}),
    "b-pyramid": ("a.mp4", {"options": PYRAMID}),
    "open-gop": ("a.mp4", {"options": OPEN_GOP}),
    "intra-refresh": ("a.mp4", {"options": REFRESH}),
    "fragmented": ("a.mp4", {"fragmented": True, "options": (("g", "10"),)}),
    "sound-longer": ("a.mp4", {"tone": 440.0, "sound_seconds": 6.5, "options": BFRAMES}),
    "start-cut": ("a.mp4", {"shift": 10, "options": BFRAMES}),
    "variable-rate": ("a.mp4", {"times": [*range(24), *range(30, 54), 102], "frames": 49}),
    "quicktime": ("a.mov", {}),
    "matroska": ("a.mkv", {"options": BFRAMES}),
    "matroska-sound-longer": ("a.mkv", {"tone": 440.0, "sound_seconds": 5.0}),
    "hevc": ("a.mp4", {"codec": "libx265", "options": (("preset", "ultrafast"),)}),
    "av1": ("a.mp4", {"codec": "libsvtav1", "options": (("preset", "12"),)}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9", "options": (("deadline", "realtime"), ("cpu-used", "8"))}),
    "one-frame": ("a.mp4", {"frames": 1}),
}


@pytest.fixture(params=KINDS)
def clip(request, make_clip, capfd) -> Path:
    name, fields = KINDS[request.param]
    return make_clip(name, **fields)


def decoded(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def test_last_frame_is_bit_for_bit_what_a_full_decode_shows_last(clip):
    wanted = max(decoded(clip), key=lambda frame: frame.pts)
    with open_video(clip) as video:
        found = FrameReader(video).last()
        assert found.pts == wanted.pts
        assert np.array_equal(found.to_ndarray(), wanted.to_ndarray())


def test_last_frame_carries_the_last_number(clip, tmp_path, number_in, numbers_in):
    assert number_in(last_frame(clip, tmp_path / "last.png")) == numbers_in(clip)[-1]


def test_first_frame_carries_the_first_shown_number(clip, tmp_path, number_in, numbers_in):
    assert number_in(first_frame(clip, tmp_path / "first.png")) == numbers_in(clip)[0]


def test_every_moment_shows_the_frame_of_that_moment(clip):
    frames = decoded(clip)
    with open_video(clip) as video:
        reader = FrameReader(video)
        start = video.stream.start_time or 0
        for index in (*range(0, len(frames), 7), len(frames) - 1, 0, len(frames) // 2):
            seconds = float((frames[index].pts - start) * video.time_base)
            assert reader.at(seconds).pts == frames[index].pts
            assert np.array_equal(reader.at(seconds).to_ndarray(), frames[index].to_ndarray())


def test_a_moment_between_two_frames_shows_the_earlier_one(make_clip, tmp_path, number_in):
    clip = make_clip(fps=Fraction(10), frames=30)
    assert number_in(frame_at(clip, 1.29, tmp_path / "a.png")) == 12
    assert number_in(frame_at(clip, 1.3, tmp_path / "a.png")) == 13


def test_an_edit_list_that_ends_early_hides_the_frames_behind_it(make_clip, tmp_path, number_in):
    clip = make_clip(frames=96, options=(("g", "250"), ("bf", "2")))
    data = bytearray(clip.read_bytes())
    at = data.index(b"elst") + 12  # version, flags and count precede the first entry's duration
    assert int.from_bytes(data[at : at + 4]) == 4000  # milliseconds
    data[at : at + 4] = (2500).to_bytes(4)
    clip.write_bytes(data)
    assert number_in(last_frame(clip, tmp_path / "last.png")) == 59


def test_key_frames_behind_the_end_of_an_edit_list_are_passed_over(make_clip, tmp_path, number_in):
    clip = make_clip(frames=96, options=(("g", "6"), ("bf", "0")), shift=2)
    data = bytearray(clip.read_bytes())
    at = data.index(b"elst") + 12
    data[at : at + 4] = (1000).to_bytes(4)
    clip.write_bytes(data)
    assert number_in(last_frame(clip, tmp_path / "last.png")) == 25


@pytest.mark.parametrize(("rotation", "mirrored"), [(90, False), (180, False), (270, False), (0, True), (90, True)])
def test_pictures_are_turned_the_way_players_show_them(make_clip, tmp_path, rotation, mirrored):
    clip = make_clip(rotation=rotation, mirrored=mirrored, frames=3)
    with Image.open(last_frame(clip, tmp_path / "last.png")) as picture:
        shown = np.asarray(picture.convert("L")).astype(int)
    coded = decoded(clip)[-1].to_ndarray(format="gray").astype(int)
    wanted = np.rot90(coded, rotation // 90)
    wanted = wanted[:, ::-1] if mirrored else wanted
    assert shown.shape == wanted.shape
    assert np.abs(shown - wanted).mean() < 4


def test_pixels_that_are_not_square_are_stretched(make_clip, tmp_path):
    clip = make_clip(size=(320, 240), pixel_aspect=Fraction(4, 3), frames=2)
    with Image.open(last_frame(clip, tmp_path / "last.png")) as picture:
        assert picture.size == (427, 240)


def patches(size: tuple[int, int], matrix: str, color: int | None, path: Path, *, full: bool) -> list[list[int]]:
    """Write four flat colours, converted with `matrix`, and tagged with `color` or not at all."""
    colors = [[200, 120, 60], [0, 254, 0], [30, 60, 220], [128, 128, 128]]
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    for index, value in enumerate(colors):
        pixels[:, index * width // 4 : (index + 1) * width // 4] = value
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p" if full else "yuv420p"
        codec = stream.codec_context
        if color is not None:
            codec.color_primaries = codec.color_trc = codec.colorspace = color
        codec.color_range = 2 if full else 1
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
                format=stream.pix_fmt, dst_colorspace=matrix, dst_color_range="JPEG" if full else "MPEG"
            )
            frame.pts, frame.time_base = index, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return colors


@pytest.mark.parametrize(
    ("size", "matrix", "color", "full"),
    [
        ((1280, 720), "ITU709", None, False),  # what players assume of HD that says nothing
        ((1280, 720), "ITU709", 1, False),
        ((1280, 720), "ITU601", 6, False),
        ((320, 180), "ITU601", None, False),
        ((320, 180), "ITU709", 1, False),
        ((704, 1280), "ITU709", None, False),
        ((320, 180), "ITU709", 1, True),
    ],
)
def test_colours_are_those_of_the_matrix_that_players_use(tmp_path, size, matrix, color, full):
    clip = tmp_path / "colors.mp4"
    wanted = patches(size, matrix, color, clip, full=full)
    with Image.open(last_frame(clip, tmp_path / "last.png")) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    for index, value in enumerate(wanted):
        found = pixels[size[1] // 2, (2 * index + 1) * size[0] // 8]
        assert np.abs(found - value).max() <= 3, (found, value)


def test_hdr_white_becomes_white_not_grey(tmp_path):
    clip = tmp_path / "hdr.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p10le"
        codec = stream.codec_context
        codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range = 9, 16, 9, 1
        for index in range(2):
            frame = av.VideoFrame(320, 180, "yuv420p10le")
            for plane, level in zip(frame.planes, (573, 512, 512), strict=True):  # 573: white paper at 203 cd/m2
                np.frombuffer(plane, np.uint16)[:] = level
            frame.pts, frame.time_base = index, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with Image.open(last_frame(clip, tmp_path / "last.png")) as picture:
        assert min(picture.convert("RGB").getpixel((160, 90))) > 245


def test_a_png_says_that_it_is_srgb(make_clip, tmp_path):
    with Image.open(last_frame(make_clip(frames=2), tmp_path / "last.png")) as picture:
        assert picture.mode == "RGB"
        assert "srgb" in picture.info


@pytest.mark.parametrize(("suffix", "kind"), [(".png", "PNG"), (".jpg", "JPEG"), (".webp", "WEBP")])
def test_a_thumbnail_is_small_and_of_the_kind_its_name_asks_for(make_clip, tmp_path, suffix, kind):
    out = thumbnail(make_clip(), tmp_path / f"thumb{suffix}", max_side=96)
    with Image.open(out) as picture:
        assert (picture.format, picture.size) == (kind, (96, 54))


def test_a_thumbnail_is_never_enlarged(make_clip, tmp_path):
    with Image.open(thumbnail(make_clip(), tmp_path / "thumb.webp", max_side=4000)) as picture:
        assert picture.size == (320, 180)


@pytest.mark.parametrize("seconds", [-0.1, 2.2, float("nan"), float("inf")])
def test_a_moment_outside_the_video_is_refused_in_words(make_clip, tmp_path, seconds):
    with pytest.raises(InvalidRequestError, match="seconds="):
        frame_at(make_clip(), seconds, tmp_path / "a.png")


def test_the_very_end_shows_the_last_frame(make_clip, tmp_path, number_in):
    assert number_in(frame_at(make_clip(), 2.0, tmp_path / "a.png")) == 47


def test_a_name_that_is_no_picture_is_refused_before_the_video_is_opened(tmp_path):
    with pytest.raises(InvalidRequestError, match=re.escape(".png, .jpg or .webp")):
        last_frame(tmp_path / "none.mp4", tmp_path / "a.txt")


def test_a_missing_folder_is_named(make_clip, tmp_path):
    with pytest.raises(StorageError, match="does not exist"):
        last_frame(make_clip(), tmp_path / "nowhere" / "a.png")


def test_a_damaged_end_is_an_error_not_an_earlier_frame(make_clip, tmp_path):
    clip = make_clip(faststart=True, options=(("g", "250"), ("crf", "10")))
    data = bytearray(clip.read_bytes())
    data[-600:] = bytes(600)
    clip.write_bytes(data)
    with pytest.raises(VerificationError, match="damaged"):
        last_frame(clip, tmp_path / "last.png")
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))
