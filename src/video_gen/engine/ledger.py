"""Money: quote, reserve, then settle or refund; each exactly once, in whole micro-USD.

Every attempt has two legs. The first holds its price before the submit is sent; the second closes it with what it
cost. An attempt of unknown outcome has no second leg: its price stays held, for everyone to see. A store refuses a leg
that is already there, so an attempt is never charged twice, whoever writes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from video_gen.exceptions import SpendLimitError
from video_gen.spec.job import Attempt
from video_gen.spec.money import usd
from video_gen.spec.plan import Plan, Quote
from video_gen.spec.value import Value


class EntryKind(StrEnum):
    """What an entry does."""

    RESERVE = "reserve"
    SETTLE = "settle"
    REFUND = "refund"


class Entry(Value):
    """One line of the ledger; amounts are micro-USD."""

    attempt_id: str
    job_id: str
    provider: str
    model: str
    kind: EntryKind
    held: int
    """Added to what is held; negative when it is released."""
    spent: int = Field(default=0, ge=0)
    at: datetime

    @property
    def leg(self) -> Literal["open", "close"]:
        """Which of the attempt's two legs this is."""
        return "open" if self.kind is EntryKind.RESERVE else "close"


class Balance(Value):
    """What a set of entries comes to, in micro-USD."""

    held: int = 0
    spent: int = 0


def balance(entries: Iterable[Entry]) -> Balance:
    """Add entries up."""
    listed = list(entries)
    return Balance(held=sum(entry.held for entry in listed), spent=sum(entry.spent for entry in listed))


def price_to_hold(quote: Quote) -> int:
    """Return what is held for a quote: its upper end, or all that is known of it."""
    return quote.low if quote.high is None else quote.high


def reserve(attempt: Attempt, at: datetime) -> Entry:
    """Hold the attempt's price."""
    return _entry(attempt, EntryKind.RESERVE, held=attempt.reserved, spent=0, at=at)


def settle(attempt: Attempt, at: datetime) -> Entry:
    """Release what was held and book what the attempt cost; nothing spent makes it a refund."""
    cost = attempt.cost or 0
    kind = EntryKind.SETTLE if cost or not attempt.reserved else EntryKind.REFUND
    return _entry(attempt, kind, held=-attempt.reserved, spent=cost, at=at)


def _entry(attempt: Attempt, kind: EntryKind, *, held: int, spent: int, at: datetime) -> Entry:
    return Entry(
        attempt_id=attempt.id,
        job_id=attempt.job_id,
        provider=attempt.plan.provider,
        model=attempt.model,
        kind=kind,
        held=held,
        spent=spent,
        at=at,
    )


def committed(attempts: Sequence[Attempt]) -> int:
    """Return what a job's attempts have cost or may still cost."""
    return sum(attempt.reserved if attempt.cost is None else attempt.cost for attempt in attempts)


def check_ceiling(plan: Plan, attempts: Sequence[Attempt] = ()) -> None:
    """Refuse a plan that could cost more than its job may.

    Raises:
        SpendLimitError: names the price, the ceiling and what is already spent.
    """
    ceiling, quote = plan.request.max_cost, plan.quote
    if ceiling is None:
        return
    if quote.high is None:
        why = f" ({quote.note})" if quote.note else ""
        raise SpendLimitError(
            f"the price of `{plan.model}` is not known{why}, so the ceiling of {usd(ceiling)} cannot be kept: "
            "choose a model with a known price, or leave the ceiling out"
        )
    before = committed(attempts)
    if before + quote.high > ceiling:
        already = f", on top of {usd(before)} already committed" if before else ""
        raise SpendLimitError(
            f"`{plan.model}` costs up to {usd(quote.high)}{already}: above the ceiling of {usd(ceiling)}. "
            "Raise the ceiling, or ask for less: fewer seconds, a lower resolution, a cheaper model"
        )
