"""What `video-gen batch` shows: the plan of the whole, how far it is, and how it ended."""

from collections import Counter
from collections.abc import Collection, Iterable
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from video_gen.cli.output import note, print_json, say, table

if TYPE_CHECKING:
    from video_gen.cli.progress import Board
    from video_gen.client.batch.plan import BatchItem, BatchPlan
    from video_gen.client.batch.reading import BadRow
    from video_gen.client.batch.results import BatchResult, BatchRow
    from video_gen.client.comparison.entry import ComparedVideo
    from video_gen.spec import Job, Plan

GO_ON: Final = "the same command goes on where it stopped, and pays nothing twice"
_TOLD: Final = 10
"""How many different changes and warnings are told."""
_COLUMNS: Final = ("row", "model", "seconds", "size", "price", "file", "state")


class Watch:
    """Shows how far the whole is, and how each row ended that was not made before."""

    def __init__(self, shown: "Board", planned: "BatchPlan", *, as_json: bool) -> None:
        self._shown = shown
        self._as_json = as_json
        self._total = len(planned.items) + len(planned.bad)
        self._before = {item.line for item in planned.items if item.made}
        self._ended = 0
        self._under_way: dict[int, float] = {}

    def moved(self, item: "BatchItem", job: "Job") -> None:
        """Take notice of a row's job."""
        self._under_way[item.line] = job.progress
        done = self._ended + sum(self._under_way.values())
        self._shown.show("batch", counted(self._total, "row"), min(1.0, done / self._total))

    def ended(self, row: "BatchRow") -> None:
        """Take notice of a row's end."""
        self._ended += 1
        self._under_way.pop(row.line, None)
        if self._as_json:
            print_json(row.shown())
        if row.line not in self._before:
            self._shown.end(f"line {row.line}", f"{self._ended}/{self._total} line {row.line}: {_how(row)}")


def _how(row: "BatchRow") -> str:
    from video_gen.cli.follow import relative
    from video_gen.spec import usd

    if row.status == "completed":
        return ", ".join([*map(relative, row.files), *([usd(row.cost)] if row.cost else [])])
    job = f" (job {row.job_id})" if row.job_id else ""
    return f"{row.status}{job}: {row.error.message if row.error else ''}"


def say_plan(planned: "BatchPlan", *, thing: str = "row", with_bad: bool = False) -> None:
    """Tell what is to be made, what it costs and what the plans changed, before anything is spent.

    Args:
        planned: What is to be made.
        thing: What one of it is called.
        with_bad: Count the price of those too that cannot be made just now.
    """
    from video_gen.client.batch.plan import most

    items, made = planned.items, sum(item.made for item in planned.items)
    parts = [counted(len(items), thing)]
    parts += [f"{made} made before"] if made else []
    parts += [f"{len(planned.bad)} that cannot be made"] if planned.bad else []
    prices = [item.ahead for item in items]
    prices += [most(row.plan) for row in planned.bad if with_bad and row.plan]
    note(f"{', '.join(parts)}; quote: {_price(prices)}")
    _say_often("adjusted", (change.reason for item in items for change in item.plan.adjustments))
    _say_often("warning", (warning for item in items for warning in item.plan.warnings))


def _say_often(what: str, said: Iterable[str]) -> None:
    often = Counter(said)
    for words, times in often.most_common(_TOLD):
        note(f"{what}{f' ({times} times)' if times > 1 else ''}: {words}")
    if len(often) > _TOLD:
        note(f"{what}: {len(often) - _TOLD} more, each fewer times (--dry-run --json tells all)")


def _price(prices: Collection[int | None]) -> str:
    from video_gen.spec import usd

    known = usd(sum(price or 0 for price in prices))
    unknown = sum(price is None for price in prices)
    return f"up to {known}" + (f", and {unknown} of unknown price" if unknown else "")


def show_plan(planned: "BatchPlan", *, as_json: bool, thing: str = "row") -> None:
    """Print what would be made of each row."""
    from video_gen.cli.follow import relative

    if as_json:
        for row in sorted([*map(_as_object, planned.items), *map(_bad_as_object, planned.bad)], key=itemgetter("row")):
            print_json(row)
    else:
        rows = [(item.line, item.plan, relative(item.out), _before(item)) for item in planned.items]
        rows += [(row.line, row.plan, "", "cannot be made") for row in planned.bad if row.plan]
        table(_COLUMNS, (_cells(*row) for row in sorted(rows, key=itemgetter(0))), numbers=_COLUMNS[:1])
    say_plan(planned, thing=thing, with_bad=True)


def _cells(line: int, plan: "Plan", file: str, state: str) -> tuple[str, ...]:
    from video_gen.cli.catalog import price_text

    settings = plan.settings
    seconds = "" if settings.seconds is None else f"{settings.seconds:g}"
    size = f"{settings.width}x{settings.height}" if settings.width else ""
    return (str(line), plan.model, seconds, size, price_text(plan.quote), file, state)


def _before(item: "BatchItem") -> str:
    """Return what an earlier run came to, in words."""
    if item.made:
        return "made before"
    return "refused before" if item.refused else item.takes[-1].status.value if item.takes else ""


def _as_object(item: "BatchItem") -> dict[str, Any]:
    from video_gen.spec.money import MICRO

    high = item.plan.quote.high
    return {
        "row": item.line,
        "model": item.plan.model,
        "prompt": item.plan.settings.prompt,
        "seconds": item.plan.settings.seconds,
        "quote_usd": None if high is None else high / MICRO,
        "file": item.out,
        "before": _before(item) or None,
        "adjustments": [change.reason for change in item.plan.adjustments],
        "warnings": [*item.plan.warnings],
        "error": None,
    }


def _bad_as_object(row: "BadRow") -> dict[str, Any]:
    return {"row": row.line, "error": row.problem}


def say_result(done: "BatchResult", results: Path, *, as_json: bool) -> None:
    """Tell how the whole ended, and print where that is written down."""
    from video_gen.spec import usd

    made = done.completed
    note(f"{len(made)} of {counted(len(done.rows), 'row')} made; cost {usd(done.cost)}")
    gone = [path for row in made for path in row.files if not Path(path).exists()]
    if gone:
        note(f"{counted(len(gone), 'video')} no longer where it was put, like `{gone[0]}`: not made again")
    if not as_json:
        say(str(results))


def exit_code(missing: "Iterable[BatchRow | ComparedVideo]") -> int:
    """Return the code of the first of those that are not made; 0 where there is none."""
    from video_gen.engine.faults import class_of
    from video_gen.exceptions import JobCancelledError

    codes = (class_of(each.error.code if each.error else JobCancelledError.code).exit_code for each in missing)
    return next(codes, 0)


def counted(number: int, thing: str) -> str:
    """Return "1 row", "2 rows"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
