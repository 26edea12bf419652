"""What a plan costs, before it costs."""

from collections.abc import Iterator
from decimal import Decimal
from math import ceil

from video_gen.catalog.card import ModelCard, Price, Range
from video_gen.catalog.situation import Situation, effective, matches, said, sound_of
from video_gen.spec import Quote, QuoteLine, Settings, Task, micro

Seconds = float | None


def quote(card: ModelCard, task: Task, settings: Settings) -> Quote:
    """Quote settings: exact where the price is known, a range where it hangs on something unknown.

    A model whose price nobody published has `high=None` and says so in its note.
    """
    situation = situation_of(card, task, settings)
    rows = _possible_rows(card, situation)
    if not rows:
        return Quote(low=0, high=None, note="the catalog has no price for it", source=card.price_source)
    shortest, longest = _seconds(card, situation, settings)
    lows = [sum(line.amount for line in _lines(row, row.unit_price, shortest, settings, card)) for row in rows]
    tops = [_lines(row, _top(row), longest, settings, card) for row in rows]
    dearest = max(tops, key=_total)
    bounded = not any(row.open_ended or (row.unit == "second" and longest is None) for row in rows)
    low, high = min(lows), _total(dearest) if bounded else None
    return Quote(
        low=low,
        high=high,
        breakdown=dearest,
        note="" if low == high else "; ".join(_reasons(rows, situation, (shortest, longest))),
        source=card.price_source,
    )


def situation_of(card: ModelCard, task: Task, settings: Settings) -> Situation:
    """Return what is known of settings, in the words that conditions use."""
    has_size = settings.width is not None and settings.height is not None
    return {
        "task": task,
        "audio": sound_of(card, task, settings.audio),
        "resolution": settings.resolution,
        "ratio": settings.aspect_ratio,
        "size": f"{settings.width}x{settings.height}" if has_size else None,
        "seconds": settings.seconds,
    }


def _possible_rows(card: ModelCard, situation: Situation) -> list[Price]:
    rows: list[Price] = []
    for row in card.prices:
        answer = matches(row.when, situation)
        if answer != "no":
            rows.append(row)
        if answer == "yes":
            break
    return rows


def _seconds(card: ModelCard, situation: Situation, settings: Settings) -> tuple[Seconds, Seconds]:
    if settings.seconds is not None:
        return settings.seconds, settings.seconds
    durations, _ = effective(card, "durations", situation)
    if isinstance(durations, Range):
        return durations.min, durations.max
    if durations:
        return min(durations), max(durations)
    source = settings.source_video.seconds if settings.source_video else None
    if durations is not None and source is not None:  # no length option: the video is as long as its source
        return source, ceil(source)
    return None, None


def _top(row: Price) -> Decimal:
    return row.up_to if row.up_to is not None else row.unit_price


def _total(lines: tuple[QuoteLine, ...]) -> int:
    return sum(line.amount for line in lines)


def _lines(
    row: Price, unit_price: Decimal, seconds: Seconds, settings: Settings, card: ModelCard
) -> tuple[QuoteLine, ...]:
    """Return the lines of one row's bill; without a known length, what is certain of it."""
    unit = card.makes if row.unit == "video" else row.unit
    quantity = settings.count * (1 if row.unit == "video" else seconds or 0)
    lines = [_line(_label(row, card), quantity, unit, unit_price)] if quantity and not row.unpublished else []
    images = max(0, _images(settings) - row.free_images) * settings.count
    if row.usd_per_image and images:
        lines.append(_line("pictures handed in", images, "picture", row.usd_per_image))
    missing = micro((row.usd_minimum or Decimal(0)) * settings.count) - sum(line.amount for line in lines)
    if missing > 0:
        lines.append(_once("up to the minimum", missing))
    if row.usd_step and (rounding := _rounding(sum(line.amount for line in lines), micro(row.usd_step))):
        lines.append(_once("rounding", rounding))
    return tuple(lines)


def _rounding(amount: int, step: int) -> int:
    """Return what is added to `amount` to make it a multiple of `step`; half a step goes up."""
    return (amount + step // 2) // step * step - amount


def _once(label: str, amount: int) -> QuoteLine:
    return QuoteLine(label=label, quantity=1, unit="call", unit_price=amount, amount=amount)


def _line(label: str, quantity: float, unit: str, unit_price: Decimal) -> QuoteLine:
    amount = micro(unit_price * Decimal(str(quantity)))
    return QuoteLine(label=label, quantity=quantity, unit=unit, unit_price=micro(unit_price), amount=amount)


def _images(settings: Settings) -> int:
    return sum(ref.kind == "image" for ref in settings.media)


def _label(row: Price, card: ModelCard) -> str:
    return f"{card.makes} ({said(row.when)})" if row.when else card.makes


def _reasons(rows: list[Price], situation: Situation, span: tuple[Seconds, Seconds]) -> Iterator[str]:
    """Yield why a quote is a range."""
    names = sorted({name for row in rows for name in row.when if name != "seconds" and situation.get(name) is None})
    if len(rows) > 1 and names:
        verb = "is" if len(names) == 1 else "are"
        yield f"the price depends on {' and '.join(names)}, which {verb} left to the provider"
    by_length = any("seconds" in row.when or (row.unit == "second" and not row.unpublished) for row in rows)
    if by_length and (span[0] != span[1] or span[1] is None):
        yield "the length is left to the provider"
    if any(row.unpublished for row in rows):
        yield f"the catalog has no price for {'it' if len(rows) == 1 else 'some of these'}"
    elif any(row.open_ended for row in rows):
        yield "only a lowest price is published"
    elif any(row.up_to is not None for row in rows):
        yield "the price is published as a range"
