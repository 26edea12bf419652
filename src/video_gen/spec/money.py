"""Money is an integer of micro-USD: 1 USD is 1,000,000."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from video_gen.exceptions import InvalidRequestError

MICRO = 1_000_000


def micro(amount: str | float | Decimal) -> int:
    """Return dollars as micro-USD, rounded half up.

    Raises:
        InvalidRequestError: `amount` is not a finite number of dollars, zero or more.
    """
    try:
        value = Decimal(str(amount).strip().removeprefix("$"))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise InvalidRequestError(f"`{amount}` is not an amount of US dollars: write it like 0.50")
    return int((value * MICRO).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def usd(amount: int) -> str:
    """Return micro-USD as people write it: at least two decimals, more only where they matter."""
    text = f"{Decimal(amount) / MICRO:.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}${whole.removeprefix('-')}.{part:0<2}"
