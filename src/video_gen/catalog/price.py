"""What a plan costs, before it costs."""

from decimal import Decimal

from video_gen.catalog.card import ModelCard, Price, Range
from video_gen.catalog.situation import Situation, matches
from video_gen.spec import Quote, QuoteLine, Settings, Task, micro


def quote(card: ModelCard, task: Task, settings: Settings) -> Quote:
    """Quote settings: exact where the price is known, a range where it hangs on something unknown.

    A model whose price nobody published has `high=None` and says so in its note.
    """
    rows = _possible_rows(card, situation_of(card, task, settings))
    if not rows:
        return Quote(low=0, high=None, note=f"the price of `{card.id}` is unknown", source=card.price_source)
    shortest, longest = _seconds(card, settings)
    lows = [_amount(row, row.unit_price, shortest, settings.count) for row in rows]
    highs = [None if row.open_ended else _amount(row, _top(row), longest, settings.count) for row in rows]
    known = [high for high in highs if high is not None]
    low = min(amount for amount in lows if amount is not None) if any(a is not None for a in lows) else 0
    high = max(known) if len(known) == len(highs) else None
    dearest = max(rows, key=_top)
    return Quote(
        low=low,
        high=high,
        breakdown=_breakdown(dearest, longest, settings.count),
        note=_why_a_range(rows, low, high, shortest, longest),
        source=card.price_source,
    )


def situation_of(card: ModelCard, task: Task, settings: Settings) -> Situation:
    """Return what is known of settings, in the words that conditions use."""
    fixed = {"always": True, "never": False}
    audio = fixed.get(card.audio or "", settings.audio)
    has_size = settings.width is not None and settings.height is not None
    return {
        "task": task,
        "audio": audio,
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


def _seconds(card: ModelCard, settings: Settings) -> tuple[float | None, float | None]:
    if settings.seconds is not None:
        return settings.seconds, settings.seconds
    if isinstance(card.durations, Range):
        return card.durations.min, card.durations.max
    if card.durations:
        return min(card.durations), max(card.durations)
    return None, None


def _top(row: Price) -> Decimal:
    return row.up_to if row.up_to is not None else row.unit_price


def _amount(row: Price, unit_price: Decimal, seconds: float | None, count: int) -> int | None:
    if row.unit == "video":
        return micro(unit_price * count)
    return None if seconds is None else micro(unit_price * Decimal(str(seconds)) * count)


def _breakdown(row: Price, seconds: float | None, count: int) -> tuple[QuoteLine, ...]:
    quantity = count if row.unit == "video" else (seconds or 0) * count
    amount = _amount(row, _top(row), seconds, count)
    if amount is None:
        return ()
    conditions = ", ".join(f"{name} {'/'.join(map(str, values))}" for name, values in row.when.items())
    label = f"video ({conditions})" if conditions else "video"
    return (QuoteLine(label=label, quantity=quantity, unit=row.unit, unit_price=micro(_top(row)), amount=amount),)


def _why_a_range(rows: list[Price], low: int, high: int | None, shortest: float | None, longest: float | None) -> str:
    if low == high:
        return ""
    reasons: list[str] = []
    if len(rows) > 1:
        names = sorted({name for row in rows for name in row.when})
        reasons.append(f"the price depends on {' and '.join(names)}, which the provider decides")
    if shortest != longest or longest is None:
        reasons.append("the provider decides the length")
    if any(row.open_ended for row in rows):
        reasons.append("the price is published as `from`")
    elif any(row.up_to is not None for row in rows):
        reasons.append("the price is published as a range")
    return "; ".join(reasons)
