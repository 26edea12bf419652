"""Picks the size a model will make: the nearest ratio first, then the nearest resolution; a tie goes to the smaller."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import log

from video_gen.catalog.card import FreeSize, ModelCard
from video_gen.catalog.notes import Notes, choices
from video_gen.catalog.situation import Situation, effective
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Geometry, Request, parse_ratio, parse_size, parse_tier
from video_gen.spec.geometry import fit, ratio_name, tier_name


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
        if ratio is not None and abs(float(size.ratio / ratio) - 1) > 0.03:
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
    if sizes is not None:
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
    chosen = min(
        options,
        key=lambda size: (
            round(_apart(size.ratio, ratio), 3),
            _apart(size.short_side, short_side),
            size.width * size.height,
        ),
    )
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

    def side(pixels: int) -> int:
        whole = limits.multiple_of * max(1, round(pixels * scale / limits.multiple_of))
        return min(max(whole, limits.min_side), limits.max_side)

    return Geometry(width=side(size.width), height=side(size.height))


def _note_size(wish: Wish, chosen: Geometry, takes: str, notes: Notes, because: str) -> None:
    if wish.size is not None:
        if wish.size != chosen:
            notes.adjust("size", str(wish.size), str(chosen), takes, because=because)
        return
    if wish.ratio is not None and not wish.from_picture and _apart(chosen.ratio, wish.ratio) > 0.03:
        notes.adjust("aspect ratio", _ratio_text(wish.ratio), ratio_name(chosen), takes, because=because)
    if wish.short_side is not None and chosen.short_side != wish.short_side:
        notes.adjust("resolution", tier_name(wish.short_side), str(chosen), takes, because=because)


def _by_ratio_and_tier(wish: Wish, request: Request, card: ModelCard, situation: Situation, notes: Notes) -> Frame:
    ratio = _pick_ratio(wish, request, card, situation, notes)
    resolution = _pick_resolution(wish, card, situation, notes)
    frame = Frame(ratio=ratio, resolution=resolution)
    if ratio is None or resolution is None:
        return frame
    listed = card.frame_sizes.get(f"{ratio} {resolution}")
    size = parse_size(listed) if listed else fit(parse_ratio(ratio), parse_tier(resolution))
    if wish.size is not None and wish.size != size and not _noted(notes):
        notes.adjust("size", str(wish.size), str(size), "an aspect ratio and a resolution")
    return replace(frame, size=size)


def _noted(notes: Notes) -> bool:
    return any(change.option in {"aspect ratio", "resolution"} for change in notes.adjustments)


def _pick_ratio(wish: Wish, request: Request, card: ModelCard, situation: Situation, notes: Notes) -> str | None:
    if card.ratio_from_image and request.first_frame is not None:
        if request.aspect_ratio is not None:
            notes.adjust("aspect ratio", request.aspect_ratio, None, "the picture's own ratio")
        return None
    ratios, because = effective(card, "ratios", situation)
    if wish.ratio is None:
        return card.ratio_default
    if ratios is None:
        if wish.from_picture:
            return card.ratio_default
        notes.warn(f"it is unknown which aspect ratios `{notes.model}` takes: yours is sent as it is")
        return _ratio_text(wish.ratio)
    asked = _ratio_text(wish.ratio)
    if not ratios:
        if not wish.from_picture:
            notes.adjust("aspect ratio", asked, None, "no aspect ratio option")
        return None
    chosen: str = min(ratios, key=lambda name: (_apart(parse_ratio(name), wish.ratio or 1), name))
    if _apart(parse_ratio(chosen), wish.ratio) > 0.03 and not wish.from_picture:
        notes.adjust("aspect ratio", asked, chosen, choices(list(ratios)), because=because)
    return chosen


def _pick_resolution(wish: Wish, card: ModelCard, situation: Situation, notes: Notes) -> str | None:
    resolutions, because = effective(card, "resolutions", situation)
    if wish.short_side is None:
        return card.resolution_default if resolutions is None or card.resolution_default in resolutions else None
    asked = tier_name(wish.short_side)
    if resolutions is None:
        notes.warn(f"it is unknown which resolutions `{notes.model}` takes: yours is sent as it is")
        return asked
    if not resolutions:
        notes.adjust("resolution", asked, None, "no resolution option")
        return None
    short_side = wish.short_side
    chosen: str = min(resolutions, key=lambda name: (_apart(parse_tier(name), short_side), parse_tier(name)))
    if parse_tier(chosen) != short_side:
        notes.adjust("resolution", asked, chosen, choices(list(resolutions)), because=because)
    return chosen


def _frame(size: Geometry) -> Frame:
    return Frame(size=size, ratio=ratio_name(size), resolution=tier_name(size.short_side))


def _ratio_text(ratio: Fraction) -> str:
    return (
        ratio_name(Geometry(width=max(1, round(float(ratio) * 1200)), height=1200))
        if ratio.denominator > 100
        else (f"{ratio.numerator}:{ratio.denominator}")
    )


def _apart(one: Fraction | int, other: Fraction | int) -> float:
    return abs(log(float(one) / float(other)))
