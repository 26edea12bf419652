"""`video-gen spend`: where the money went, and what is left of today."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from video_gen.cli.output import JsonOption, note, print_json, say, table
from video_gen.cli.session import with_client
from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.engine.ceilings import Standing
    from video_gen.engine.spending import Grouping, Spending

_BAR: Final = 40
_GAUGE: Final = 10
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_NO_KEY: Final = "(no key)"
"""Who asked without one, by command line or library."""
_MOST_DAYS: Final = 3660


def spend(
    by: Annotated[str, typer.Option("--by", help="day, provider, model or key.")] = "day",
    days: Annotated[
        int, typer.Option("--days", "-d", min=1, max=_MOST_DAYS, help="How far back, today included.")
    ] = 30,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="From this day on instead: 2026-11-01, 7d or 4w.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="Only what this key spent: its name or id.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was spent and what is held, and how much of today's ceilings is left. Days are UTC days.

    Held is the price of jobs under way, and of submits whose outcome nobody could tell (`video-gen jobs resolve`).
    """
    grouping, today = _grouping(by), datetime.now(UTC).date()
    first = today - timedelta(days=days - 1) if since is None else _first_day(since, today)

    async def work(client: "AsyncClient") -> None:
        names = {each.id: each.name for each in await client.keys.list(revoked=True)}
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        whose = {} if key is None else {"owner": (await client.keys.get(key)).id}
        sums = await client.jobs.spending(start, grouping, **whose)
        standings = [each for each in await client.jobs.standings() if _limited(each) and _asked(each, whose)]
        if as_json:
            _print_objects(sums, standings, grouping, names)
            return
        if sums:
            _print_sums(_without_gaps(sums, today) if grouping == "day" else sums, grouping, names)
        else:
            note(f"nothing was spent since {first}")
        if standings:
            _print_standings(standings)

    with_client(work)


def _grouping(text: str) -> "Grouping":
    match text:
        case "day" | "provider" | "model" | "key":
            return text
    raise InvalidRequestError(f"`--by {text}` is unknown: choose day, provider, model or key")


def _first_day(text: str, today: date) -> date:
    if span := re.fullmatch(r"(\d{1,4})([dw])", text):
        days = int(span[1]) * (7 if span[2] == "w" else 1)
        first = today - timedelta(days=min(days, _MOST_DAYS))
    else:
        try:
            first = date.fromisoformat(text)
        except ValueError:
            raise InvalidRequestError(f"`--since {text}`: write it like 2026-11-01, 7d or 4w") from None
    if first > today:
        raise InvalidRequestError(f"`--since {text}` is still to come: today is {today}")
    return max(first, today - timedelta(days=_MOST_DAYS))


def _limited(standing: "Standing") -> bool:
    return standing.max_cost is not None or standing.max_jobs is not None


def _asked(standing: "Standing", whose: dict[str, str]) -> bool:
    return not whose or standing.owner == whose["owner"]


def _without_gaps(sums: "Sequence[Spending]", today: date) -> "Sequence[Spending]":
    """Put the days without spending between the others, so that the plot tells how time went by."""
    from video_gen.engine.spending import Spending

    if not sys.stdout.isatty():
        return sums
    known = {each.name: each for each in sums}
    first = date.fromisoformat(sums[0].name)
    days = [(first + timedelta(days=number)).isoformat() for number in range((today - first).days + 1)]
    return [known.get(day) or Spending(name=day, attempts=0, spent=0, held=0) for day in days]


# --- for programs --------------------------------------------------------------------------------------------------


def _print_objects(
    sums: "Sequence[Spending]", standings: "Sequence[Standing]", by: "Grouping", names: dict[str, str]
) -> None:
    for each in sums:
        owner = {"key": each.name or None} if by == "key" else {}
        print_json({**each.model_dump(), "name": _shown(each.name, by, names), **owner})
    for standing in standings:
        left: dict[str, Any] = {
            "left": standing.left,
            "jobs_left": standing.jobs_left,
            "day_ends": f"{standing.day_ends:%Y-%m-%dT%H:%M:%SZ}",
        }
        print_json({"today": {**standing.model_dump(mode="json"), **left}})


# --- for people ----------------------------------------------------------------------------------------------------


def _shown(name: str, by: "Grouping", names: dict[str, str]) -> str:
    return (names.get(name, name) or _NO_KEY) if by == "key" else name


def _print_sums(sums: "Sequence[Spending]", by: "Grouping", names: dict[str, str]) -> None:
    from video_gen.spec import usd

    most = max(each.spent + each.held for each in sums)
    rows = [(_shown(each.name, by, names), str(each.attempts), usd(each.spent), usd(each.held)) for each in sums]
    room = get_terminal_size().columns - 36 - max(len(row[0]) for row in rows)
    bars = [bar(each.spent, each.held, most, width=min(max(room, _GAUGE), _BAR)) for each in sums]
    columns = ("day (UTC)" if by == "day" else by, "submits", "spent", "held")
    table(*_plotted(columns, rows, bars), numbers=columns[1:])
    spent, held = sum(each.spent for each in sums), sum(each.held for each in sums)
    say(f"in all: {usd(spent)} spent" + (f", {usd(held)} held" if held else ""))


def _print_standings(standings: "Sequence[Standing]") -> None:
    from video_gen.spec import usd

    rest = standings[0].day_ends - standings[0].at
    say()
    say(f"today, until 00:00 UTC (in {rest.seconds // 3600} h {rest.seconds % 3600 // 60:02} min):")
    columns = ("whose", "spent", "held", "promised", "ceiling", "left", "jobs")
    rows = [
        (
            each.name or "everyone",
            usd(each.spent),
            usd(each.held),
            usd(each.planned),
            "none" if each.max_cost is None else usd(each.max_cost),
            "" if each.left is None else usd(max(0, each.left)),
            f"{each.jobs}" if each.max_jobs is None else f"{each.jobs} of {each.max_jobs}",
        )
        for each in standings
    ]
    table(*_plotted(columns, rows, [_gauge(each) for each in standings]), numbers=columns[1:6])


def _plotted(
    columns: Sequence[str], rows: Sequence[Sequence[str]], bars: Sequence[str]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Add bars as the last column, on a terminal and where there is something to see."""
    if not sys.stdout.isatty() or not any(bars):
        return columns, rows
    return (*columns, ""), [(*row, drawn) for row, drawn in zip(rows, bars, strict=True)]


def _gauge(standing: "Standing") -> str:
    """Return how much of a day's money is spent, and promised besides; dots are what is left."""
    if not standing.max_cost:
        return ""
    promised = standing.held + standing.planned
    used = bar(standing.spent, promised, max(standing.max_cost, standing.spent + promised), width=_GAUGE)
    return used + "·" * (_GAUGE - len(used))


def bar(spent: int, held: int, most: int, *, width: int) -> str:
    """Return a bar of the two, `width` long for `most`: what is spent is solid, what is held is hatched.

    The solid part is exact to an eighth of a character; whatever is not nothing can be seen.
    """
    if spent + held == 0:
        return ""
    eighths = max(int(spent > 0), round(spent / most * width * 8))
    solid = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    hatched = max(int(held > 0), round((spent + held) / most * width) - len(solid))
    return solid + "░" * min(hatched, width - len(solid))
