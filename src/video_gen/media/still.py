"""The one place that opens pictures nobody vouches for: by Pillow, under limits, in formats from an allow list.

Never by OpenCV, which decodes a 109 KB file of 30000 x 30000 pixels into 5 GB without asking.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from video_gen.exceptions import MediaInputError
from video_gen.media import sniff
from video_gen.media.srgb import to_srgb
from video_gen.media.structure import file_size

_PLUGINS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""
ACCEPTED: Final = "PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
_WAYS_OUT: Final = {
    "image/heic": "convert it to JPEG or PNG",
    "image/svg+xml": "export it as PNG",
    "application/postscript": "export it as PNG",
    "application/pdf": "export its page as PNG",
    "text/html": "the address leads to a page, give the picture's own",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StillLimits:
    """The largest picture that is opened."""

    bytes: int = 50 * 2**20
    pixels: int = 50_000_000


DEFAULT_STILL_LIMITS: Final = StillLimits()


def open_still(source: Path | bytes, *, label: str = "", limits: StillLimits = DEFAULT_STILL_LIMITS) -> Image.Image:
    """Return a picture decoded, upright (EXIF), in sRGB with 8 bits: mode "RGB", or "RGBA" where it has transparency.

    Of an animation, the first frame. Palettes, grey, CMYK, 16 bits and embedded colour profiles are converted.

    Args:
        source: a file, or its bytes.
        label: what the caller calls it, for messages; the path by default.
        limits: the largest picture that is opened.

    Raises:
        MediaNotFoundError: there is no such file.
        MediaInputError: it is no picture, of a format that is not accepted, too large, or damaged. The message says
            which, and what to do.
    """
    if isinstance(source, Path):
        label = label or str(source)
        size = file_size(source)
        check_bytes(size, label, limits.bytes)
        source = source.read_bytes()
    label = label or "picture"
    check_bytes(len(source), label, limits.bytes)
    with _open(source, label, limits) as picture:
        upright = _upright(picture)
        return to_srgb(upright)


def still_size(data: bytes, *, label: str, limits: StillLimits = DEFAULT_STILL_LIMITS) -> tuple[int, int]:
    """Return width and height as shown; the whole picture is decoded, to find damage. Errors as `open_still`."""
    with _open(data, label, limits) as picture:
        width, height = picture.size
        return (height, width) if _turned(picture) else (width, height)


def on_background(picture: Image.Image, color: str | tuple[int, int, int] = "black") -> Image.Image:
    """Return an "RGB" or "RGBA" picture without transparency: laid over `color`."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, color)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def to_png(picture: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    data = BytesIO()
    picture.save(data, "PNG", compress_level=1)
    return data.getvalue()


def check_bytes(size: int, label: str, limit: int) -> None:
    """Refuse an empty or too large file.

    Raises:
        MediaInputError: it is.
    """
    if not size:
        raise MediaInputError(f"`{label}` is empty: it holds no bytes")
    if size > limit:
        raise MediaInputError(f"`{label}` has {size} bytes, the limit is {limit}: scale it down or compress it")


def refuse(kind: sniff.Kind, label: str, accepted: str) -> MediaInputError:
    """Return the error that says what `label` is, what is accepted, and the way out."""
    way_out = _WAYS_OUT.get(kind.media_type, f"give {accepted}")
    return MediaInputError(f"`{label}` is {kind.words}, which is not accepted: {way_out}")


@contextmanager
def _open(data: bytes, label: str, limits: StillLimits) -> Iterator[Image.Image]:
    """Open and fully decode; whatever a decoder throws at hostile bytes becomes one error of ours."""
    kind = sniff.sniff(data[: sniff.HEAD_BYTES])
    plugin = _PLUGINS.get(kind.media_type)
    if plugin is None:
        raise refuse(kind, label, ACCEPTED)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")  # our own limits and errors say it better
            with Image.open(BytesIO(data), formats=(plugin,)) as picture:
                _check_pixels(picture.size, label, limits)
                picture.load()
                yield picture
    except MediaInputError:
        raise
    except Image.DecompressionBombError:
        raise MediaInputError(f"`{label}` has too many pixels, the limit is {limits.pixels}: scale it down") from None
    except Exception as error:  # Pillow's plugins raise whatever their parsing ran into
        raise MediaInputError(f"`{label}` is {kind.words}, but damaged: {_reason(error)}") from error


def _check_pixels(size: tuple[int, int], label: str, limits: StillLimits) -> None:
    width, height = size
    if width * height > limits.pixels:
        raise MediaInputError(
            f"`{label}` is {width}x{height}, {width * height} pixels, the limit is {limits.pixels}: scale it down"
        )
    if width < 1 or height < 1:
        raise MediaInputError(f"`{label}` is {width}x{height}: it holds no pixels")


def _upright(picture: Image.Image) -> Image.Image:
    turn = _TURNS.get(_orientation(picture))
    return picture if turn is None else picture.transpose(turn)


def _turned(picture: Image.Image) -> bool:
    return _orientation(picture) >= 5


def _orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; what cannot be read counts as upright."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001 # EXIF of any camera or attacker: no reason to refuse the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its text names an object in memory
        return "its head cannot be read"
    text = str(error).partition("\n")[0][:200]
    return text or type(error).__name__
