import tracemalloc
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from video_gen.exceptions import MediaInputError, MediaNotFoundError
from video_gen.media.still import StillLimits, on_background, open_still, still_size, to_png

RNG = np.random.default_rng(3)
PHOTO = Image.fromarray(RNG.integers(0, 255, (5, 8, 3), np.uint8)).resize((60, 40), Image.Resampling.BICUBIC)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    data = BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def with_exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def error_between(found: Image.Image, wanted: Image.Image) -> float:
    return float(np.abs(np.asarray(found).astype(int) - np.asarray(wanted.convert(found.mode)).astype(int)).mean())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_accepted_format_opens_as_rgb(kind):
    found = open_still(saved(PHOTO, kind))
    assert (found.mode, found.size) == ("RGB", (60, 40))
    assert error_between(found, PHOTO) < (1 if kind in {"PNG", "BMP", "TIFF"} else 12)


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [("1", "RGB"), ("L", "RGB"), ("LA", "RGBA"), ("P", "RGB"), ("RGBA", "RGBA"), ("I;16", "RGB")],
)
def test_every_mode_of_png_becomes_rgb_or_rgba(mode, wanted):
    picture = Image.fromarray(np.full((8, 8), 30000, np.uint16)) if mode == "I;16" else PHOTO.convert(mode)
    assert open_still(saved(picture, "PNG")).mode == wanted


def test_sixteen_bits_of_grey_are_scaled_not_clipped():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)
    found = np.asarray(open_still(saved(Image.fromarray(ramp), "PNG")))[0, :, 0]
    assert np.abs(found.astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("scale", [1.0, 255.0, 65535.0])
def test_floating_point_grey_is_scaled_by_its_own_range(scale):
    ramp = (np.linspace(0, 1, 256, dtype=np.float32) * scale)[None].repeat(4, 0)
    found = np.asarray(open_still(saved(Image.fromarray(ramp), "TIFF")))[0, :, 0]
    assert np.abs(found.astype(int) - np.arange(256)).max() <= 1


def test_cmyk_becomes_the_colour_it_shows():
    found = open_still(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
    red, green, blue = found.getpixel((4, 4))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_a_palette_with_transparency_keeps_it():
    picture = PHOTO.quantize(16)
    found = open_still(saved(picture, "PNG", transparency=0))
    assert found.mode == "RGBA"
    assert found.getchannel("A").getextrema() == (0, 255)


def test_transparency_is_laid_over_a_background():
    picture = Image.new("RGBA", (4, 4), (200, 0, 0, 0))
    assert on_background(open_still(saved(picture, "PNG")), "white").getpixel((0, 0)) == (255, 255, 255)
    assert on_background(Image.new("RGB", (4, 4), "red")).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(orientation, kind):
    corner = Image.new("RGB", (60, 40), "black")
    corner.paste("white", (0, 0, 20, 20))
    undo = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.swapaxes(0, 1),
        6: lambda p: np.rot90(p, -1),
        7: lambda p: np.rot90(p, 2).swapaxes(0, 1),
        8: lambda p: np.rot90(p, 1),
    }[orientation]
    data = saved(corner, kind, exif=with_exif(orientation))
    found, wanted = np.asarray(open_still(data)).astype(int), undo(np.asarray(corner)).astype(int)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 4
    assert still_size(data, label="x") == (found.shape[1], found.shape[0])


def test_an_embedded_profile_is_applied():
    """The same sRGB red, written in a profile whose red and blue are exchanged, must come back as red."""
    red = Image.new("RGB", (8, 8), (250, 20, 30))
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    assert error_between(open_still(saved(red, "PNG", icc_profile=ImageCms.ImageCmsProfile(srgb).tobytes())), red) < 2
    grey = open_still(saved(PHOTO.convert("L"), "PNG", icc_profile=ImageCms.ImageCmsProfile(lab).tobytes()))
    assert error_between(grey, PHOTO.convert("L")) < 2  # a profile that does not fit is passed over


def test_a_wide_gamut_profile_changes_the_numbers(tmp_path):
    """Adobe-like RGB: the same numbers mean a stronger green there, so sRGB's must differ."""
    profile = wide_profile()
    picture = Image.new("RGB", (8, 8), (60, 180, 60))
    found = open_still(saved(picture, "PNG", icc_profile=profile)).getpixel((4, 4))
    assert found != (60, 180, 60)
    assert found[1] >= 180


def wide_profile() -> bytes:
    """Build a minimal ICC matrix profile (ICC.1:2010) with wider primaries than sRGB's and gamma 2.2."""

    def s15(value: float) -> bytes:
        return round(value * 65536).to_bytes(4, signed=True)

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ \0\0\0\0" + s15(x) + s15(y) + s15(z)

    text = b"desc" + bytes(4) + (5).to_bytes(4) + b"wide\0" + bytes(4 + 4 + 2 + 1 + 67)
    curve = b"curv" + bytes(4) + (1).to_bytes(4) + (round(2.2 * 256)).to_bytes(2) + bytes(2)
    tags = {
        b"desc": text + bytes(-len(text) % 4),
        b"cprt": b"text" + bytes(4) + b"free\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
        b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
        b"bXYZ": xyz(0.1492, 0.0632, 0.7446),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, at = len(tags).to_bytes(4), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + (at + len(body)).to_bytes(4) + len(content).to_bytes(4)
        body += content
    size = at + len(body)
    head = size.to_bytes(4) + bytes(4) + b"\x02\x10\0\0" + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    head += s15(0.9642) + s15(1.0) + s15(0.8249)
    return head + bytes(128 - len(head)) + table + body


def test_the_first_frame_of_an_animation_is_taken():
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "green", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        red, green, blue = open_still(data).getpixel((8, 8))[:3]
        assert (red > 240, green < 10, blue < 10) == (True, True, True)


def test_a_picture_may_come_from_a_file_whatever_its_name(tmp_path):
    path = tmp_path / "photo.gif"
    path.write_bytes(saved(PHOTO, "PNG"))
    assert open_still(path).size == (60, 40)
    with pytest.raises(MediaNotFoundError, match="does not exist"):
        open_still(tmp_path / "none.png")
    with pytest.raises(MediaInputError, match="is a folder"):
        open_still(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"<!doctype html><p>404", "is an HTML page, which is not accepted: the address leads to a page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG drawing, which is not accepted: export it as PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is a HEIC picture, which is not accepted: convert it to JPEG or PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", r"is PostScript \(EPS\), which is not accepted: export it as PNG"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "is an MP4 video, which is not accepted: give PNG, JPEG"),
        (b"hello", "is text"),
        (saved(PHOTO, "JPEG")[:-200], "is a JPEG picture, but damaged: image file is truncated"),
        (saved(PHOTO, "PNG")[:-200], "is a PNG picture, but damaged"),
        (saved(PHOTO, "PNG")[:20], "is a PNG picture, but damaged"),
    ],
)
def test_what_cannot_be_used_is_named_with_the_way_out(data, words):
    with pytest.raises(MediaInputError, match=f"`photo.png` {words}"):
        open_still(data, label="photo.png")


def bomb(width: int, height: int) -> bytes:
    """A PNG of one colour: its size on disk says nothing of its size in memory."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\0\0\0\0"
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width + 1)) for _ in range(min(height, 300))) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10000, 9000), (30000, 30000), (2**31 - 1, 1)])
def test_a_bomb_is_refused_before_it_is_unpacked(size):
    data = bomb(*size) if size[0] < 100_000 else bomb(10, 1).replace((10).to_bytes(4), size[0].to_bytes(4), 1)
    tracemalloc.start()
    try:
        with pytest.raises(MediaInputError, match=r"pixels, the limit is 50000000|damaged"):
            open_still(data, label="bomb.png")
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


def test_limits_are_the_callers():
    with pytest.raises(MediaInputError, match="60x40, 2400 pixels, the limit is 2399"):
        open_still(saved(PHOTO, "PNG"), limits=StillLimits(pixels=2399))
    with pytest.raises(MediaInputError, match="bytes, the limit is 100"):
        open_still(saved(PHOTO, "PNG"), limits=StillLimits(bytes=100))


def test_to_png_and_back_loses_nothing():
    assert error_between(open_still(to_png(PHOTO)), PHOTO) == 0


ORIGINALS = [saved(PHOTO, kind, exif=with_exif(6)) for kind in ("PNG", "JPEG", "WEBP")] + [
    saved(PHOTO, kind) for kind in ("GIF", "BMP", "AVIF")
]


@settings(max_examples=300)
@given(data=st.data(), original=st.sampled_from(ORIGINALS))
def test_no_damage_escapes_as_anything_but_an_error_of_ours(data, original):
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MediaInputError):  # any other error, or a warning, fails
        assert open_still(bytes(damaged)).mode in {"RGB", "RGBA"}


def test_an_eps_in_a_png_name_is_never_interpreted(tmp_path):
    path = Path(tmp_path / "x.png")
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run\n")
    with pytest.raises(MediaInputError, match="PostScript"):
        open_still(path)
