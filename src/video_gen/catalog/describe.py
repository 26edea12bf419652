"""A card's facts in words, for tables and help; "unknown" where the card does not say."""

from collections.abc import Iterator

from video_gen.catalog.card import ModelCard, Price, Range
from video_gen.catalog.situation import said
from video_gen.spec import micro, usd

UNKNOWN = "unknown"


def status(card: ModelCard) -> str:
    """Return "active", "retired 2026-09-24", "ends 2026-12-01", "was to end 2026-11-17" ..."""
    life = card.lifecycle
    if life.status == "retired":
        return f"retired {life.retires}" if life.retires else "retired"
    if life.retires is None:
        return life.status
    return f"ends {life.retires}" if life.retires > card.checked else f"was to end {life.retires}"


def durations(card: ModelCard) -> str:
    """Return "4, 8, 12" or "1 to 60"; "a still" of an image."""
    if card.makes == "image":
        return "a still"
    if card.durations is None:
        return UNKNOWN
    if isinstance(card.durations, Range):
        return str(card.durations)
    return ", ".join(f"{seconds:g}" for seconds in card.durations) or "fixed"


def sizes(card: ModelCard) -> str:
    """Return sizes, or ratios and resolutions, or the limits of a free size."""
    if card.sizes is not None:
        return ", ".join(card.sizes)
    if card.free_size is not None:
        return f"any, {card.free_size.min_side} to {card.free_size.max_side} pixels a side"
    parts = [", ".join(values) for values in (card.resolutions, card.ratios) if values]
    return "; ".join(parts) or (UNKNOWN if card.resolutions is None else "fixed")


def sound(card: ModelCard) -> str:
    """Return "never", "optional" or "always"; nothing of an image."""
    return "" if card.makes == "image" else card.audio or UNKNOWN


def price(card: ModelCard) -> str:
    """Return "$0.10/s", "$0.10 to $0.70/s", "$0.10/s or more", "$0.40/s, some unknown", "free" or "unknown"."""
    known = [row for row in card.prices if not row.unpublished]
    if not known:
        return UNKNOWN
    units = (("s", "second"), (card.makes, "video"))
    spans = [_span([row for row in known if row.unit == unit], per) for per, unit in units]
    some = ", some unknown" if len(known) < len(card.prices) else ""
    return " or ".join(filter(None, spans)) + some


def _span(rows: list[Price], per: str) -> str:
    if not rows:
        return ""
    low, high = min(row.unit_price for row in rows), max(row.up_to or row.unit_price for row in rows)
    if high == 0:
        return "free"
    span = usd(micro(low)) if low == high else f"{usd(micro(low))} to {usd(micro(high))}"
    return f"{span}/{per}" + (" or more" if any(row.open_ended for row in rows) else "")


def describe(card: ModelCard) -> Iterator[tuple[str, str]]:
    """Yield every known fact as (name, words); an empty word means nothing to say."""
    yield "model", card.id
    yield "title", card.title
    yield "kind", "" if card.ai else "no AI model"
    yield "tier", card.tier or ""
    yield "usual wait", f"about {card.typical_seconds:g} s" if card.typical_seconds else ""
    yield "aliases", ", ".join(card.aliases)
    yield "status", status(card)
    yield "released", str(card.lifecycle.released or "")
    yield "replacement", card.lifecycle.replacement or ""
    yield "lifecycle", card.lifecycle.note
    yield "makes", ", ".join(task.replace("_", " ") for task in card.tasks) if card.tasks else UNKNOWN
    yield from _film(card) if card.makes == "video" else [("sizes", sizes(card))]
    yield "seed", _known(card.seed)
    yield "negative prompt", _known(card.negative_prompt)
    yield f"{card.makes}s a call", f"up to {card.max_count}" if card.max_count > 1 else ""
    yield "camera", ", ".join(card.camera) if card.camera else "said in the prompt"
    yield "prompt", f"up to {card.prompt_max:,} characters" if card.prompt_max else ""
    yield from ((f"price {number}", _row(row, card)) for number, row in enumerate(card.prices, 1))
    yield "prices from", card.price_source
    yield "note", card.note
    yield "facts from", f"{card.source}, {card.checked}"


def _film(card: ModelCard) -> Iterator[tuple[str, str]]:
    """Yield what is known of a video alone."""
    yield "seconds", durations(card) + (f" (default {card.duration_default:g})" if card.duration_default else "")
    yield "sizes", sizes(card)
    yield "fps", _fps(card)
    yield "sound", sound(card)
    yield "first frame", card.first_frame or UNKNOWN
    yield "last frame", card.last_frame or UNKNOWN
    yield "references", UNKNOWN if card.references_max is None else _at_most(card.references_max)
    yield "source video", card.source_video or UNKNOWN


def _fps(card: ModelCard) -> str:
    if card.fps is None:
        return UNKNOWN
    rates = str(card.fps) if isinstance(card.fps, Range) else ", ".join(f"{rate:g}" for rate in card.fps)
    return rates if card.fps_selectable else f"{rates}, not selectable"


def _at_most(count: int) -> str:
    return f"up to {count}" if count else "no"


def _known(fact: bool | None) -> str:  # noqa: FBT001 - a fact of the card
    return UNKNOWN if fact is None else ("yes" if fact else "no")


def _row(row: Price, card: ModelCard) -> str:
    if row.unpublished:
        return UNKNOWN + (f" ({said(row.when)})" if row.when else "")
    start = "from " if row.open_ended else ""
    top = f" to {usd(micro(row.up_to))}" if row.up_to is not None else ""
    images = f", {usd(micro(row.usd_per_image))} a picture" if row.usd_per_image else ""
    if row.free_images:
        images += f" beyond {row.free_images}"
    least = f", at least {usd(micro(row.usd_minimum))}" if row.usd_minimum else ""
    least += f", rounded to {usd(micro(row.usd_step))}" if row.usd_step else ""
    unit = "second" if row.unit == "second" else card.makes
    each = f"{start}{usd(micro(row.unit_price))}{top} {'an' if unit == 'image' else 'a'} {unit}"
    return f"{each}{images}{least}" + (f" ({said(row.when)})" if row.when else "")
