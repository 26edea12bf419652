"""Width, height, aspect ratio and resolution tier, in every spelling people use."""

import re
from fractions import Fraction
from typing import Final

from pydantic import Field

from video_gen.exceptions import InvalidRequestError
from video_gen.spec.value import Value

MAX_SIDE: Final = 16_384
_SIZE: Final = re.compile(r"\s*(\d{1,5})\s*[xX×*:]\s*(\d{1,5})\s*")
_RATIO: Final = re.compile(r"\s*(\d{1,4}(?:\.\d+)?)\s*[:/xX]\s*(\d{1,4}(?:\.\d+)?)\s*")
_TIER: Final = re.compile(r"\s*(\d{3,4})[pP]\s*")
_NAMED_TIERS: Final = {
    "sd": 480,
    "hd": 720,
    "fullhd": 1080,
    "fhd": 1080,
    "2k": 1440,
    "qhd": 1440,
    "4k": 2160,
    "uhd": 2160,
}
_NAMED_RATIOS: Final = {
    "landscape": "16:9",
    "portrait": "9:16",
    "square": "1:1",
    "widescreen": "16:9",
    "vertical": "9:16",
}


class Geometry(Value):
    """A picture size in pixels."""

    width: int = Field(ge=1, le=MAX_SIDE)
    height: int = Field(ge=1, le=MAX_SIDE)

    @property
    def ratio(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width, self.height)

    @property
    def short_side(self) -> int:
        """The smaller side in pixels: what "720p" counts."""
        return min(self.width, self.height)

    def __str__(self) -> str:
        """Return "1280x720"."""
        return f"{self.width}x{self.height}"


def parse_size(text: str) -> Geometry:
    """Read "1280x720", "1280:720" or "1280*720".

    Raises:
        InvalidRequestError: it is no size, or a side is 0 or above 16384 pixels.
    """
    found = _SIZE.fullmatch(text)
    if not found:
        raise InvalidRequestError(f"`{text}` is not a size: write WIDTHxHEIGHT, like 1280x720")
    width, height = int(found[1]), int(found[2])
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InvalidRequestError(f"size `{text}` is out of range: each side is 1 to {MAX_SIDE} pixels")
    return Geometry(width=width, height=height)


def parse_ratio(text: str) -> Fraction:
    """Read "16:9", "2.39:1", "landscape", "portrait" or "square".

    Raises:
        InvalidRequestError: it is no ratio, or one beyond 20:1.
    """
    found = _RATIO.fullmatch(_NAMED_RATIOS.get(text.strip().lower(), text))
    if not found or not float(found[1]) or not float(found[2]):
        raise InvalidRequestError(f"`{text}` is not an aspect ratio: write it like 16:9, 9:16 or 1:1")
    ratio = Fraction(found[1]) / Fraction(found[2])
    if not Fraction(1, 20) <= ratio <= 20:
        raise InvalidRequestError(f"aspect ratio `{text}` is out of range: 1:20 to 20:1")
    return ratio


def parse_tier(text: str) -> int:
    """Read a resolution tier ("720p", "1080p", "4k") as the pixels of the shorter side.

    Raises:
        InvalidRequestError: it is no tier.
    """
    name = text.strip().lower().replace(" ", "")
    if name in _NAMED_TIERS:
        return _NAMED_TIERS[name]
    found = _TIER.fullmatch(text)
    if not found:
        raise InvalidRequestError(f"`{text}` is not a resolution: write it like 720p, 1080p or 4k")
    return int(found[1])


def even(value: float) -> int:
    """Return the nearest even whole number, at least 2: 4:2:0 video halves both sides."""
    return max(2, 2 * round(value / 2))


def fit(ratio: Fraction, short_side: int) -> Geometry:
    """Return the size of `ratio` whose shorter side is `short_side`, both sides even."""
    long_side = even(short_side * float(max(ratio, 1 / ratio)))
    short = even(short_side)
    return Geometry(width=long_side, height=short) if ratio >= 1 else Geometry(width=short, height=long_side)


def tier_name(short_side: int) -> str:
    """Return the tier's usual name: 2160 is "4k", others are "720p"."""
    return "4k" if short_side == 2160 else f"{short_side}p"


def ratio_name(geometry: Geometry) -> str:
    """Return the ratio as people write it: 1280x720 is "16:9"; 864x496 too (within 2 %)."""
    common = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21", "5:4", "4:5", "2:1", "1:2")
    exact = f"{geometry.ratio.numerator}:{geometry.ratio.denominator}"
    if exact in common:
        return exact
    near = [name for name in common if abs(float(parse_ratio(name) / geometry.ratio) - 1) < 0.02]
    return min(near, key=lambda name: abs(float(parse_ratio(name) / geometry.ratio) - 1), default=exact)
