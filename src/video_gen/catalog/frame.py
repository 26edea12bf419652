"""Picks the size a model will make: the nearest ratio first, then the nearest resolution; a tie goes to the smaller."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from video_gen.catalog.card import FreeSize, ModelCard
from video_gen.catalog.notes import Notes, choices
from video_gen.catalog.situation import Situation, effective
from video_gen.catalog.wish import SAME_RATIO, Wish, apart, wish_of
from video_gen.spec import Geometry, Request, parse_ratio, parse_size, parse_tier
from video_gen.spec.geometry import fit, ratio_name, tier_name


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The geometry chosen; None where it is left to the provider or unknown."""

    size: Geometry | None = None
    ratio: str | None = None
    resolution: str | None = None


def choose_frame(request: Request, card: ModelCard, situation: Situation, notes: Notes) -> Frame:
    """Settle the geometry, noting every difference from what was asked."""
    frame = _choose(wish_of(request), request, card, situation, notes)
    _warn_of_shape(request, frame, notes)
    return frame


def _choose(wish: Wish, request: Request, card: ModelCard, situation: Situation, notes: Notes) -> Frame:
    sizes, because = effective(card, "sizes", situation)
    if sizes:
        return _among_sizes(wish, sizes, card.size_default, notes, because)
    if card.free_size is not None:
        return _within_limits(wish, card.free_size, parse_size(card.size_default or "1280x720"), notes)
    return _by_ratio_and_tier(wish, request, card, situation, notes)


def _warn_of_shape(request: Request, frame: Frame, notes: Notes) -> None:
    """Say where a first frame and the video differ in shape: the picture loses its edges, or is refused."""
    picture = request.first_frame
    if picture is None or not picture.width or not picture.height or frame.ratio is None:
        return
    made = frame.size.ratio if frame.size else parse_ratio(frame.ratio)
    if apart(Fraction(picture.width, picture.height), made) > SAME_RATIO:
        notes.warn(
            f"the first frame is {picture.width}x{picture.height}, the video will be {frame.ratio}: "
            f"`{notes.model}` may crop, stretch or refuse it"
        )


def _among_sizes(wish: Wish, sizes: tuple[str, ...], default: str | None, notes: Notes, because: str) -> Frame:
    if default is None and wish.ratio is None and wish.short_side is None:
        return Frame()
    options = [parse_size(size) for size in sizes]
    reference = parse_size(default) if default else options[0]
    ratio = wish.ratio or reference.ratio
    short_side = wish.short_side or reference.short_side

    def distance(size: Geometry) -> tuple[float, ...]:
        away = apart(size.ratio, ratio)
        near = 0.0 if away <= SAME_RATIO else round(away, 3)
        return (near, apart(size.short_side, short_side), away, size.width * size.height)

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
    if wish.ratio is not None and not wish.from_picture and apart(chosen.ratio, wish.ratio) > SAME_RATIO:
        notes.adjust("aspect ratio", wish.name, ratio_name(chosen), fact, because=because)
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
        because = "; ".join(filter(None, dict.fromkeys((why_ratio, why_tier))))
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
        return _usual(default, ratios, parse_ratio)
    said = wish.size is None and not wish.from_picture
    asked = wish.name
    if ratios is None:
        notes.warn(f"it is unknown which aspect ratios `{notes.model}` takes: yours is sent as it is")
        return asked
    if not ratios:
        if said:
            notes.adjust("aspect ratio", asked, None, "takes no aspect ratio", because=because)
        return None
    wanted = wish.ratio
    chosen = min(ratios, key=lambda name: round(apart(parse_ratio(name), wanted), 6))  # a tie: the first listed
    if said and apart(parse_ratio(chosen), wanted) > SAME_RATIO:
        notes.adjust("aspect ratio", asked, chosen, f"takes {choices(list(ratios))}", because=because)
    return chosen


def _pick_tier(
    wish: Wish, tiers: tuple[str, ...] | None, default: str | None, notes: Notes, because: str
) -> str | None:
    if wish.short_side is None:
        return _usual(default, tiers, parse_tier)
    asked = tier_name(wish.short_side)
    if tiers is None:
        notes.warn(f"it is unknown which resolutions `{notes.model}` takes: yours is sent as it is")
        return asked
    if not tiers:
        if wish.size is None:
            notes.adjust("resolution", asked, None, "takes no resolution", because=because)
        return None
    wanted = wish.short_side
    chosen = min(tiers, key=lambda name: (apart(parse_tier(name), wanted), parse_tier(name)))
    if wish.size is None and parse_tier(chosen) != wanted:
        notes.adjust("resolution", asked, chosen, f"takes {choices(list(tiers))}", because=because)
    return chosen


def _usual(default: str | None, offered: tuple[str, ...] | None, read: Callable[[str], Fraction | int]) -> str | None:
    """Return the default, or what a rule leaves in its place."""
    if default is None or offered is None:
        return default
    wanted = read(default)
    return min(offered, key=lambda name: (round(apart(read(name), wanted), 6), read(name)), default=None)


def _frame(size: Geometry) -> Frame:
    return Frame(size=size, ratio=ratio_name(size), resolution=tier_name(size.short_side))
