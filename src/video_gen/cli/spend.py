"""`video-gen spend`: where the money went."""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from video_gen.cli.output import JsonOption, note, print_json, say, table
from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from video_gen.engine.spending import Grouping, Spending

_WIDTH: Final = 40
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def spend(
    days: Annotated[int, typer.Option("--days", "-d", min=1, max=3660, help="How far back, today included.")] = 30,
    by: Annotated[str, typer.Option("--by", help="day, provider or model.")] = "day",
    as_json: JsonOption = False,
) -> None:
    """Show what was spent and what is held, as a table and a plot.

    Held is the price of jobs under way, and of submits whose outcome nobody could tell (`video-gen jobs resolve`).
    """
    grouping = _grouping(by)
    start = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    sums = asyncio.run(_sums(start, grouping))
    if as_json:
        for each in sums:
            print_json(each.model_dump())
        return
    if not sums:
        note(f"nothing was spent since {start:%Y-%m-%d}")
        return
    _print(sums, grouping)


def _grouping(text: str) -> "Grouping":
    match text:
        case "day" | "provider" | "model":
            return text
    raise InvalidRequestError(f"`--by {text}` is unknown: choose day, provider or model")


async def _sums(start: datetime, by: "Grouping") -> "list[Spending]":
    from video_gen.client import AsyncClient

    async with AsyncClient() as client:
        return await client.jobs.spending(start, by)


def _print(sums: "list[Spending]", by: "Grouping") -> None:
    from video_gen.spec import usd

    most = max(each.spent for each in sums)
    plotted = sys.stdout.isatty() and most > 0
    table(
        (by, "submits", "spent", "held", *(("",) if plotted else ())),
        [
            (
                each.name,
                str(each.attempts),
                usd(each.spent),
                usd(each.held),
                *((bar(each.spent, most),) if plotted else ()),
            )
            for each in sums
        ],
    )
    spent, held = sum(each.spent for each in sums), sum(each.held for each in sums)
    say(f"in all: {usd(spent)} spent" + (f", {usd(held)} held" if held else ""))


def bar(amount: int, most: int) -> str:
    """Return a bar as long as `amount` is of `most`, to an eighth of a character."""
    eighths = round(amount / most * _WIDTH * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
