"""Reads the geometry a request asks for, in its several spellings."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import log
from typing import Final

from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Geometry, Request, parse_ratio, parse_tier
from video_gen.spec.geometry import fit, ratio_name

SAME_RATIO: Final = 0.03
"""Ratios this close count as one: 864x496 is what people call 16:9."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The geometry asked for; None where the caller said nothing."""

    ratio: Fraction | None
    name: str = ""
    """The ratio in the caller's words: "21:9", not "7:3"."""
    short_side: int | None
    size: Geometry | None
    from_picture: bool
    """The ratio is the first frame's, not a word of the caller's."""


def wish_of(request: Request) -> Wish:
    """Read a request's geometry in its several spellings.

    Raises:
        InvalidRequestError: the spellings contradict each other.
    """
    size = None
    if request.width is not None and request.height is not None:
        size = Geometry(width=request.width, height=request.height)
    ratio = parse_ratio(request.aspect_ratio) if request.aspect_ratio is not None else None
    short_side = parse_tier(request.resolution) if request.resolution is not None else None
    if size is not None:
        if ratio is not None and apart(size.ratio, ratio) > SAME_RATIO:
            raise InvalidRequestError(f"size {size} is not {request.aspect_ratio}: give one of the two")
        if short_side is not None and size.short_side != short_side:
            raise InvalidRequestError(f"size {size} is not {request.resolution}: give one of the two")
        return Wish(ratio=size.ratio, name=ratio_name(size), short_side=size.short_side, size=size, from_picture=False)
    picture = request.first_frame or request.source_video
    if ratio is None and picture is not None and picture.width and picture.height:
        shape = min(max(Fraction(picture.width, picture.height), Fraction(1, 4)), Fraction(4))
        return Wish(ratio=shape, short_side=short_side, size=None, from_picture=True)
    name = _name(request.aspect_ratio, ratio) if request.aspect_ratio and ratio else ""
    return Wish(ratio=ratio, name=name, short_side=short_side, size=None, from_picture=False)


def _name(text: str, ratio: Fraction) -> str:
    """Return "21:9" for "21/9", "16:9" for "landscape": what people read, and wires take."""
    numbers = re.split(r"[:/xX]", text)
    return ":".join(number.strip() for number in numbers) if len(numbers) == 2 else ratio_name(fit(ratio, 720))


def apart(one: Fraction | int, other: Fraction | int) -> float:
    """Return how far two ratios, or two sides, are from each other: 0 for the same, whichever is the larger."""
    return abs(log(float(one) / float(other)))
