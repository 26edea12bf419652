"""Reads the pictures that bodies hold as `data:` URLs, and the shape a video gets from words and pictures."""

import base64
import binascii
import io
from dataclasses import dataclass
from fractions import Fraction

from PIL import Image, UnidentifiedImageError

from video_gen.exceptions import InvalidRequestError
from video_gen.spec.geometry import Geometry, fit, parse_ratio, parse_tier


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came with a request."""

    media_type: str
    bytes: int
    width: int
    height: int


def picture_in(url: str) -> Picture:
    """Return the picture of a `data:` URL.

    Raises:
        ValueError: it holds none; says why.
    """
    head, comma, data = url.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64") or not comma:
        raise ValueError("not a base64 data URL of an image")
    try:
        raw = base64.b64decode(data, validate=True)
        with Image.open(io.BytesIO(raw)) as picture:
            width, height = picture.size
    except (binascii.Error, UnidentifiedImageError, OSError):
        raise ValueError("the image is corrupted or unreadable") from None
    return Picture(head[5:-7], len(raw), width, height)


def shape(ratio: str | None, tier: str | None, picture: str | None = None, *, side: int = 720) -> Geometry:
    """Return the pixels of a video: "adaptive", or no ratio, is that of the picture, and 16:9 without one.

    Args:
        ratio: As the wire writes it.
        tier: As the wire writes it.
        picture: The URL of the first frame.
        side: Pixels of the shorter side where `tier` does not say.
    """
    try:
        short_side = parse_tier(tier or "")
    except InvalidRequestError:
        short_side = side
    try:
        return fit(parse_ratio(ratio or ""), short_side)
    except InvalidRequestError:
        return fit(_ratio_of(picture), short_side)


def _ratio_of(url: str | None) -> Fraction:
    try:
        picture = picture_in(url or "")
    except ValueError:
        return Fraction(16, 9)
    return Fraction(picture.width, picture.height)
