import base64
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from video_gen.exceptions import MediaInputError, MediaNotFoundError, ServiceUnavailableError
from video_gen.media.inputs import InputLimits, read_input
from video_gen.media.opening import Limits
from video_gen.media.still import StillLimits

PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8))


def png() -> bytes:
    data = BytesIO()
    PICTURE.save(data, "PNG")
    return data.getvalue()


PNG = png()
TEXT = base64.b64encode(PNG).decode()


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "photo.jpg"  # the name is wrong on purpose
    path.write_bytes(PNG)
    return path


@pytest.mark.parametrize(
    "form",
    [
        lambda path: path,
        str,
        lambda path: path.as_uri(),
        lambda _: PNG,
        lambda _: bytearray(PNG),
        lambda _: memoryview(PNG),
        lambda _: BytesIO(PNG),
        lambda _: TEXT,
        lambda _: "\n".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76)),
        lambda _: base64.urlsafe_b64encode(PNG).decode().rstrip("="),
        lambda _: f"data:image/png;base64,{TEXT}",
        lambda _: f"data:text/plain;charset=utf-8;base64,{TEXT}",
        lambda _: f"DATA:;base64,{TEXT.replace('+', '%2B').replace('/', '%2F')}",
        lambda _: "https://example.com/photo?sig=secret",
    ],
)
def test_every_form_gives_the_same_picture(photo, form):
    found = read_input(form(photo), fetch=lambda _: PNG)
    assert (found.data, found.media_type, found.width, found.height, found.seconds) == (PNG, "image/png", 60, 40, None)
    assert found.sha256 == sha256(PNG).hexdigest()


def test_an_open_file_is_read_from_where_it_stands(photo):
    with photo.open("rb") as file:
        assert read_input(file).label == "photo.jpg"


def test_a_pil_picture_becomes_png():
    wide = Image.fromarray(np.full((9, 9), 1000, np.int32))
    for picture in (PICTURE, PICTURE.convert("CMYK"), PICTURE.convert("RGBA"), wide):
        found = read_input(picture)
        assert (found.media_type, found.width, found.height) == ("image/png", *picture.size)


def test_the_value_for_requests_holds_facts_not_bytes(photo):
    ref = read_input(photo).ref()
    assert (ref.kind, ref.media_type, ref.bytes, ref.width, ref.height) == ("image", "image/png", len(PNG), 60, 40)
    assert ref.label == str(photo)
    assert "data" not in repr(read_input(photo))


@pytest.mark.parametrize(
    ("name", "codec", "kind"),
    [
        ("a.mp4", "libx264", "video/mp4"),
        ("a.mov", "libx264", "video/quicktime"),
        ("a.webm", "libvpx-vp9", "video/webm"),
    ],
)
def test_videos_are_taken_in_from_path_and_bytes(make_clip, name, codec, kind):
    path = make_clip(name, codec=codec, frames=24)
    for source in (path, path.read_bytes()):
        found = read_input(source)
        assert (found.media_type, found.width, found.height) == (kind, 320, 180)
        assert found.seconds == pytest.approx(1.0, abs=0.002)
        assert found.ref().kind == "video"


def test_a_turned_picture_or_video_has_the_size_shown(make_clip):
    data, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    PICTURE.save(data, "JPEG", exif=exif)
    assert (read_input(data.getvalue()).width, read_input(data.getvalue()).height) == (40, 60)
    assert read_input(make_clip(rotation=90, frames=2)).width == 180


def test_labels_hide_what_a_url_keeps_secret():
    found = read_input("https://user:pass@example.com:8443/a/b.png?sig=secret#x", fetch=lambda _: PNG)
    assert found.label == "https://example.com:8443/a/b.png"
    assert read_input(PNG, label="first frame").label == "first frame"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty text"),
        ("   ", "empty text"),
        (b"", "`bytes` is empty"),
        (b"<html>", "`bytes` is an HTML page"),
        (b"plain words", "`bytes` is text"),
        (bytes(100), "data of a kind that is not known"),
        (PNG[:-40], "`bytes` is a PNG picture, but damaged"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "`bytes` is a WAV sound file"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88matroska", r"a Matroska video, which is not accepted: give a picture \(PNG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "no index"),
        ("data:image/png,abc", "without `;base64`"),
        ("data:image/png;base64", "without a comma"),
        ("data:image/png;base64,%%%", "does not hold valid base64"),
        ("data:image/png;base64,", "is empty"),
        ("ftp://example.com/x.png", "only http and https"),
        ("s3://bucket/x.png", "only http and https"),
        ("https://", "names no host"),
        ("https://[bad/x.png", "is not a URL"),
        ("file:///none/such.png", "does not exist"),
        ("A" * 4001, "valid base64"),
        ("A" * 4000, "`base64` is data of a kind that is not known"),
        ("é" * 4000, "is not valid base64, it holds `é`"),
        (5, "a int is neither"),
        (None, "a NoneType is neither"),
        (StringIO("x"), "open as text"),
        (Image.new("RGB", (0, 4)), "holds no pixels"),
    ],
)
def test_each_broken_input_has_an_error_of_its_own(source, words):
    with pytest.raises(MediaInputError, match=words):
        read_input(source, fetch=lambda _: PNG)


@pytest.mark.parametrize("name", ["photo.png", "./a/b.jpg", "ocean", "/none/such.mp4", "x" * 300, "a\x00b"])
def test_a_name_that_leads_nowhere_is_a_missing_file(name):
    with pytest.raises(MediaNotFoundError, match="does not exist") as caught:
        read_input(name)
    assert isinstance(caught.value, FileNotFoundError)


def test_a_missing_path_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(MediaNotFoundError):
        read_input(tmp_path / "none.png")
    with pytest.raises(MediaInputError, match="is a folder"):
        read_input(tmp_path)


def test_a_closed_file_is_refused_in_words(photo):
    file = photo.open("rb")
    file.close()
    with pytest.raises(MediaInputError, match="cannot be read"):
        read_input(file)


@pytest.mark.parametrize("source", [TEXT[:-5000] + "!" + TEXT, "data:image/png;base64," + TEXT[:3001], "Q" * 5000])
def test_a_long_text_is_never_repeated(source):
    with pytest.raises(MediaInputError) as caught:
        read_input(source)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "source",
    [
        b"x" * 2000,
        BytesIO(b"x" * 2000),
        "data:image/png;base64," + base64.b64encode(bytes(2000)).decode(),
        base64.b64encode(bytes(2000)).decode(),
        PNG,
    ],
)
def test_what_is_too_large_is_refused_by_its_bytes(source):
    limits = InputLimits(picture=StillLimits(bytes=1000), video=Limits(bytes=1000))
    with pytest.raises(MediaInputError, match=r"limit is 1000|not known|is text"):
        read_input(source, limits=limits)


def test_an_endless_stream_is_read_only_to_the_limit():
    class Endless:
        read_in_all = 0

        def read(self, count: int) -> bytes:
            self.read_in_all += count
            return PNG + bytes(count - len(PNG))

    stream = Endless()
    with pytest.raises(MediaInputError, match="the limit is"):
        read_input(stream, limits=InputLimits(picture=StillLimits(bytes=9000), video=Limits(bytes=9000)))
    assert stream.read_in_all == 9001


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end():
    class Trickle(BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            return super().read(min(count, 100))

    assert read_input(Trickle(PNG)).data == PNG


def test_too_many_pixels_are_refused(make_clip):
    limits = InputLimits(picture=StillLimits(pixels=100), video=Limits(pixels=100))
    for source in (PNG, PICTURE, make_clip(frames=2)):
        with pytest.raises(MediaInputError, match=r"100( pixels)?: scale it down|over 100 pixels"):
            read_input(source, limits=limits)


def test_a_video_that_lasts_too_long_is_refused(make_clip):
    with pytest.raises(MediaInputError, match="lasts 2 s, the limit is 1 s"):
        read_input(make_clip(), limits=InputLimits(video=Limits(seconds=1)))


def test_a_broken_video_is_named_by_what_the_caller_called_it(make_clip):
    data = make_clip(faststart=True).read_bytes()
    with pytest.raises(MediaInputError, match="`the clip` is truncated by 10 bytes"):
        read_input(data[:-10], label="the clip")


def test_urls_are_refused_without_a_way_to_fetch():
    with pytest.raises(MediaInputError, match="not fetched here"):
        read_input("https://example.com/x.png")


def test_an_error_of_fetching_keeps_its_kind_and_hides_the_query():
    def unavailable(_: str) -> bytes:
        raise ServiceUnavailableError("down")

    def broken(url: str) -> bytes:
        raise OSError(f"no route to {url}")

    with pytest.raises(ServiceUnavailableError):
        read_input("https://example.com/x.png?sig=secret", fetch=unavailable)
    with pytest.raises(MediaInputError, match=r"cannot be fetched: no route to https://example\.com/x\.png$"):
        read_input("https://example.com/x.png?sig=secret", fetch=broken)


def test_a_server_reads_no_local_file(photo):
    for source in (photo, str(photo), photo.as_uri(), "/etc/passwd"):
        with pytest.raises(MediaInputError, match=r"not read here|cannot be fetched") as caught:
            read_input(source, local_files=False)
        assert not isinstance(caught.value, MediaNotFoundError)  # whether it exists is nobody's business
    assert read_input(TEXT, local_files=False).media_type == "image/png"
