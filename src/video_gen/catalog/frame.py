"""Picks the size a model will make: the nearest ratio first, then the nearest resolution; a tie goes to the smaller."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import log
from typing import Final

from video_gen.catalog.card import FreeSize, ModelCard
from video_gen.catalog.notes import Notes, choices
from video_gen.catalog.situation import Situation, effective
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Geometry, Request, parse_ratio, parse_size, parse_tier
from video_gen.spec.geometry import fit, ratio_name, tier_name

SAME_RATIO: Final = 0.03
"""Ratios this close count as one: 864x496 is what people call 16:9."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The geometry asked for; None where the caller said nothing."""

    ratio: Fraction | None
    short_side: int | None
    size: Geometry | None
    from_picture: bool
    """The ratio is the first frame's, not a word of the caller's."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The geometry chosen; None where it is left to the provider or unknown."""

    size: Geometry | None = None
    ratio: str | None = None
    resolution: str | None = None


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
        if ratio is not None and _apart(size.ratio, ratio) > SAME_RATIO:
            raise InvalidRequestError(f"size {size} is not {request.aspect_ratio}: give one of the two")
        if short_side is not None and size.short_side != short_side:
            raise InvalidRequestError(f"size {size} is not {request.resolution}: give one of the two")
        return Wish(ratio=size.ratio, short_side=size.short_side, size=size, from_picture=False)
    picture = request.first_frame or request.source_video
    if ratio is None and picture is not None and picture.width and picture.height:
        shape = min(max(Fraction(picture.width, picture.height), Fraction(1, 4)), Fraction(4))
        return Wish(ratio=shape, short_side=short_side, size=None, from_picture=True)
    return Wish(ratio=ratio, short_side=short_side, size=None, from_picture=False)


def choose_frame(request: Request, card: ModelCard, situation: Situation, notes: Notes) -> Frame:
    """Settle the geometry, noting every difference from what was asked."""
    wish = wish_of(request)
    sizes, because = effective(card, "sizes", situation)
    if sizes:
        return _among_sizes(wish, sizes, card.size_default, notes, because)
    if card.free_size is not None:
        return _within_limits(wish, card.free_size, parse_size(card.size_default or "1280x720"), notes)
    return _by_ratio_and_tier(wish, request, card, situation, notes)


def _among_sizes(wish: Wish, sizes: tuple[str, ...], default: str | None, notes: Notes, because: str) -> Frame:
    usual = parse_size(default) if default in sizes else None
    if wish.ratio is None and wish.short_side is None:
        return _frame(usual) if usual else Frame()
    options = [parse_size(size) for size in sizes]
    reference = usual or options[0]
    ratio = wish.ratio or reference.ratio
    short_side = wish.short_side or reference.short_side

    def distance(size: Geometry) -> tuple[float, ...]:
        apart = _apart(size.ratio, ratio)
        near = 0.0 if apart <= SAME_RATIO else round(apart, 3)
        return (near, _apart(size.short_side, short_side), apart, size.width * size.height)

    chosen = min(options, key=distance)
    _note_size(wish, chosen, choices(list(sizes)), notes, because)
    return _frame(chosen)


def _within_limits(wish: Wish, limits: FreeSize, usual: Geometry, notes: Notes) -> Frame:
    size = wish.size
    if size is None:
        size = fit(wish.ratio or usual.ratio, wish.short_side or usual.short_side)
    chosen = _clamp(size, limits)
    area = f", at most {limits.max_pixels:,} pixels" if limits.max_pixels else ""
    takes = f"sides of {limits.min_side} to {limits.max_side} pixels in steps of {limits.multiple_of}{area}"
    _note_size(wish, chosen, takes, notes, "")
    return _frame(chosen)


def _clamp(size: Geometry, limits: FreeSize) -> Geometry:
    scale = min(1.0, limits.max_side / max(size.width, size.height))
    if limits.max_pixels:
        scale = min(scale, (limits.max_pixels / (size.width * size.height)) ** 0.5)
    scale = max(scale, limits.min_side / min(size.width, size.height))
    step = limits.multiple_of
    low, high = -(-limits.min_side // step) * step, limits.max_side // step * step
    width, height = (min(max(round(side * scale / step) * step, low), high) for side in (size.width, size.height))
    if limits.max_pixels and width * height > limits.max_pixels:  # rounding went over: shave the longer side
        longest = limits.max_pixels // min(width, height) // step * step
        width, height = (longest, height) if width >= height else (width, longest)
    return Geometry(width=width, height=height)


def _note_size(wish: Wish, chosen: Geometry, takes: str, notes: Notes, because: str) -> None:
    fact = f"takes {takes}"
    if wish.size is not None:
        if wish.size != chosen:
            notes.adjust("size", str(wish.size), str(chosen), fact, because=because)
        return
    if wish.ratio is not None and not wish.from_picture and _apart(chosen.ratio, wish.ratio) > SAME_RATIO:
        notes.adjust("aspect ratio", _ratio_text(wish.ratio), ratio_name(chosen), fact, because=because)
    if wish.short_side is not None and chosen.short_side != wish.short_side:
        notes.adjust("resolution", tier_name(wish.short_side), str(chosen), fact, because=because)


def _by_ratio_and_tier(wish: Wish, request: Request, card: ModelCard, situation: Situation, notes: Notes) -> Frame:
    ratios, why_ratio = effective(card, "ratios", situation)
    tiers, why_tier = effective(card, "resolutions", situation)
    if card.ratio_from_image and request.first_frame is not None:
        ratios, why_ratio = (), "the video takes the picture's ratio"
    if wish.size is not None and ratios is None and tiers is None:
        notes.warn(f"it is unknown which sizes `{notes.model}` takes: yours is sent as it is")
        return _frame(wish.size)
    listed = _listed(wish, card, ratios, tiers)
    if listed is not None:
        return listed
    frame = _sized(
        Frame(
            ratio=_pick_ratio(wish, ratios, card.ratio_default, notes, why_ratio),
            resolution=_pick_tier(wish, tiers, card.resolution_default, notes, why_tier),
        ),
        card,
    )
    if wish.size is not None and wish.size != frame.size:
        made = frame.size or " ".join(filter(None, (frame.ratio, frame.resolution))) or None
        offers = " at ".join(choices(list(names)) for names in (ratios, tiers) if names)
        because = "; ".join(filter(None, (why_ratio, why_tier)))
        fact = f"takes {offers}" if offers else "takes no size"
        notes.adjust("size", str(wish.size), None if made is None else str(made), fact, because=because)
    return frame


def _listed(wish: Wish, card: ModelCard, ratios: tuple[str, ...] | None, tiers: tuple[str, ...] | None) -> Frame | None:
    """Return the ratio and resolution whose listed pixels are exactly the size asked for."""
    for name, size in card.frame_sizes.items():
        ratio, _, tier = name.partition(" ")
        if (
            wish.size is not None
            and wish.size == parse_size(size)
            and ratio in (ratios or ())
            and tier in (tiers or ())
        ):
            return Frame(size=wish.size, ratio=ratio, resolution=tier)
    return None


def _sized(frame: Frame, card: ModelCard) -> Frame:
    if frame.ratio is None or frame.resolution is None:
        return frame
    listed = card.frame_sizes.get(f"{frame.ratio} {frame.resolution}")
    return replace(
        frame, size=parse_size(listed) if listed else fit(parse_ratio(frame.ratio), parse_tier(frame.resolution))
    )


def _pick_ratio(
    wish: Wish, ratios: tuple[str, ...] | None, default: str | None, notes: Notes, because: str
) -> str | None:
    if wish.ratio is None or (ratios is None and wish.from_picture):
        return default if ratios is None or default in ratios else None
    said = wish.size is None and not wish.from_picture
    asked = _ratio_text(wish.ratio)
    if ratios is None:
        notes.warn(f"it is unknown which aspect ratios `{notes.model}` takes: yours is sent as it is")
        return asked
    if not ratios:
        if said:
            notes.adjust("aspect ratio", asked, None, "takes no aspect ratio", because=because)
        return None
    wanted = wish.ratio
    chosen = min(ratios, key=lambda name: round(_apart(parse_ratio(name), wanted), 6))  # a tie: the first listed
    if said and _apart(parse_ratio(chosen), wanted) > SAME_RATIO:
        notes.adjust("aspect ratio", asked, chosen, f"takes {choices(list(ratios))}", because=because)
    return chosen


def _pick_tier(
    wish: Wish, tiers: tuple[str, ...] | None, default: str | None, notes: Notes, because: str
) -> str | None:
    if wish.short_side is None:
        return default if tiers is None or default in tiers else None
    asked = tier_name(wish.short_side)
    if tiers is None:
        notes.warn(f"it is unknown which resolutions `{notes.model}` takes: yours is sent as it is")
        return asked
    if not tiers:
        if wish.size is None:
            notes.adjust("resolution", asked, None, "takes no resolution", because=because)
        return None
    wanted = wish.short_side
    chosen = min(tiers, key=lambda name: (_apart(parse_tier(name), wanted), parse_tier(name)))
    if wish.size is None and parse_tier(chosen) != wanted:
        notes.adjust("resolution", asked, chosen, f"takes {choices(list(tiers))}", because=because)
    return chosen


def _frame(size: Geometry) -> Frame:
    return Frame(size=size, ratio=ratio_name(size), resolution=tier_name(size.short_side))


def _ratio_text(ratio: Fraction) -> str:
    if ratio.denominator <= 100:
        return f"{ratio.numerator}:{ratio.denominator}"
    return ratio_name(Geometry(width=max(1, round(float(ratio) * 1200)), height=1200))


def _apart(one: Fraction | int, other: Fraction | int) -> float:
    return abs(log(float(one) / float(other)))
