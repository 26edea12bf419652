"""A batch before anything is spent: each row with its plan, its file, and what was made of it before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from video_gen.client.batch.identity import identity_of, key_of, name_of
from video_gen.client.batch.lanes import each
from video_gen.client.batch.reading import OUT, PROMPT, BadRow, Row, Source, read_batch
from video_gen.client.following import Follower
from video_gen.client.words import Dollars, Words
from video_gen.engine.artifacts import destination
from video_gen.exceptions import ContentPolicyError, InvalidRequestError, SpendLimitError, VideoGenerationError
from video_gen.spec import Job, Plan, Status, Value, micro, usd

PLANNED_AT_ONCE: Final = 8
_TOLD: Final = 20
"""How many problems, and how many lines of each, one message names."""
_CLASH: Final[Mapping[str, tuple[str, ...]]] = {
    "size": ("width", "height", "resolution", "aspect_ratio"),
    **dict.fromkeys(("width", "height"), ("size", "resolution", "aspect_ratio")),
    **dict.fromkeys(("resolution", "aspect_ratio"), ("size", "width", "height")),
    "model": ("policy", "providers", "allow", "deny", "fallbacks"),
    **dict.fromkeys(("policy", "providers", "allow", "deny", "fallbacks"), ("model",)),
    "image": ("extend",),
    "extend": ("image",),
}
"""What a row says, and which words for all rows have no say beside it."""


class BatchItem(Value):
    """A row that can be made."""

    line: int
    """Where it stands in the file, or its number in the list."""
    plan: Plan
    out: str
    """The file it gets."""
    overwrite: bool = False
    """A file that stands there may be replaced."""
    identity: str
    number: int
    """Which of the rows that ask for the same, from 1."""
    takes: tuple[Job, ...] = ()
    """The jobs that were made for it before, oldest first; every one but the last has failed or was cancelled."""

    @property
    def made(self) -> bool:
        """Whether an earlier run has made it."""
        return bool(self.takes) and self.takes[-1].status is Status.COMPLETED

    @property
    def refused(self) -> bool:
        """Whether its content was refused, which another try of the same words would not change."""
        error = self.takes[-1].error if self.takes else None
        return error is not None and error.code == ContentPolicyError.code

    @property
    def spent(self) -> int:
        """Micro-USD that its ended takes have cost."""
        return sum(take.cost for take in self.takes if take.status.terminal)

    @property
    def ahead(self) -> int | None:
        """Micro-USD that it may still cost at most; None: nobody knows."""
        if self.made or self.refused:
            return 0
        last = self.takes[-1] if self.takes else None
        return most(self.plan if last is None or last.status.terminal else last.plan)


class BatchPlan(Value):
    """A batch, planned and quoted."""

    items: tuple[BatchItem, ...]
    bad: tuple[BadRow, ...] = ()
    """Rows that cannot be made, each with the reason."""

    @property
    def ahead(self) -> int | None:
        """Micro-USD that what is not made yet may cost at most; None: nobody knows."""
        parts = [item.ahead for item in self.items]
        return None if None in parts else sum(part for part in parts if part is not None)

    @property
    def spent(self) -> int:
        """Micro-USD that earlier runs have cost."""
        return sum(item.spent for item in self.items)

    def check(self, *, skip_bad: bool) -> None:
        """Refuse wrong rows, all in one message, unless they are to be left out.

        Raises:
            InvalidRequestError: names them by line.
        """
        if not self.bad or (skip_bad and self.items):
            return
        by_problem: dict[str, list[int]] = {}
        for row in self.bad:
            by_problem.setdefault(row.problem, []).append(row.line)
        told = [f"  {_lines(lines)}: {problem}" for problem, lines in by_problem.items()]
        if len(told) > _TOLD:
            told[_TOLD:] = [f"  and {len(told) - _TOLD} more problems"]
        way = "correct them, or leave them out with --skip-bad (`skip_bad=True`)" if self.items else "correct them"
        head = f"{len(self.bad)} of {len(self.bad) + len(self.items)} rows cannot be made, so nothing was begun: {way}"
        raise InvalidRequestError("\n".join([head, *told]))

    def check_ceiling(self, dollars: Dollars) -> None:
        """Refuse a batch that may cost more than a ceiling for the whole; what earlier runs have cost counts.

        Raises:
            SpendLimitError: with the numbers.
            InvalidRequestError: the ceiling is no amount.
        """
        if dollars is None:
            return
        prices = {f"line {item.line}": item.ahead for item in self.items}
        refuse_above(micro(dollars), prices, spent=self.spent)


def refuse_above(ceiling: int, prices: Mapping[str, int | None], *, spent: int) -> None:
    """Refuse several things that may cost more together than a ceiling; all in micro-USD.

    Raises:
        SpendLimitError: with the numbers.
    """
    unknown = [name for name, price in prices.items() if price is None]
    if unknown:
        names = ", ".join(unknown[:_TOLD]) + (" ..." if len(unknown) > _TOLD else "")
        raise SpendLimitError(
            f"{names}: the price is not known, so the ceiling of {usd(ceiling)} for the whole cannot be kept: choose a "
            "model with a known price, or leave the ceiling out. Nothing was begun"
        )
    ahead = sum(price for price in prices.values() if price is not None)
    if spent + ahead > ceiling:
        before = f", on top of {usd(spent)} of earlier runs" if spent else ""
        raise SpendLimitError(
            f"the whole costs up to {usd(ahead)}{before}: above the ceiling of {usd(ceiling)}. Raise it, or ask for "
            "less: fewer videos, fewer seconds, a cheaper model. Nothing was begun"
        )


def _lines(lines: Sequence[int]) -> str:
    """Return "line 2", "lines 2, 3 ..."."""
    shown = ", ".join(map(str, lines[:_TOLD])) + (" ..." if len(lines) > _TOLD else "")
    return f"line{'' if len(lines) == 1 else 's'} {shown}"


def most(plan: Plan) -> int | None:
    """Return the most that a plan may cost with whichever model of its chain; None: nobody knows."""
    prices = [one.quote.high for one in (plan, *plan.alternatives)]
    return None if None in prices else max(price for price in prices if price is not None)


async def plan_batch(client: Follower, source: Source, words: Words, folder: Path, *, overwrite: bool) -> BatchPlan:
    """Return a batch as it would be made.

    Args:
        client: Plans the rows, and knows what was made before.
        source: The rows.
        words: What holds for each row that does not say otherwise.
        folder: Where files go.
        overwrite: Files that stand there may be replaced.

    Raises:
        InvalidRequestError: the file as a whole is no batch.
        StorageError: it cannot be read.
    """

    async def planned(row: Row | BadRow) -> tuple[Row, Plan] | BadRow:
        if isinstance(row, BadRow):
            return row
        said = {name: value for name, value in row.words.items() if name not in {OUT, PROMPT}}
        asked: Any = {**{name: value for name, value in words.items() if name not in _beside(said)}, **said}
        try:
            plan = await client.plan(row.words.get(PROMPT, ""), **asked)
        except VideoGenerationError as error:
            return BadRow(row.line, error.message)
        try:
            await client.check(plan)
        except VideoGenerationError as error:
            return BadRow(row.line, error.message, plan)
        return row, plan

    found = await each(read_batch(source), planned, at_once=PLANNED_AT_ONCE)
    bad = [row for row in found if isinstance(row, BadRow)]
    items = _items([row for row in found if not isinstance(row, BadRow)], folder)
    known = await _takes(client, items)
    items = [item.model_copy(update={"takes": tuple(takes)}) for item, takes in zip(items, known, strict=True)]
    fitting, misplaced = _placed(items, overwrite=overwrite)
    return BatchPlan(items=tuple(fitting), bad=tuple(sorted([*bad, *misplaced], key=lambda row: row.line)))


def _beside(said: Mapping[str, Any]) -> set[str]:
    return {other for name in said for other in _CLASH.get(name, ())}


def _items(rows: Sequence[tuple[Row, Plan]], folder: Path) -> list[BatchItem]:
    alike: Counter[str] = Counter()
    items = []
    for row, plan in rows:
        identity = identity_of(plan.request, folder)
        alike[identity] += 1
        number = alike[identity]
        said = row.words.get(OUT, "")
        named = said if said and not said.endswith("/") else f"{said}{name_of(plan, identity, number)}"
        items.append(BatchItem(line=row.line, plan=plan, out=str(folder / named), identity=identity, number=number))
    return items


async def _takes(client: Follower, items: Sequence[BatchItem]) -> list[list[Job]]:
    """Return the jobs that were made for each row, oldest first: a failed one may have another after it."""
    takes: list[list[Job]] = [[] for _ in items]
    asked = list(range(len(items)))
    while asked:
        keys = [key_of(items[index].identity, items[index].number, len(takes[index])) for index in asked]
        jobs = await client.jobs.of_keys(keys)
        found = [(index, jobs[key]) for index, key in zip(asked, keys, strict=True) if key in jobs]
        for index, job in found:
            takes[index].append(job)
        asked = [index for index, job in found if job.status in {Status.FAILED, Status.CANCELLED}]
    return takes


def _placed(items: Sequence[BatchItem], *, overwrite: bool) -> tuple[list[BatchItem], list[BadRow]]:
    """Part the rows whose file can be written from those whose file stands there, or is another row's."""
    first: dict[str, int] = {}
    fitting, bad = [], []
    for item in items:
        try:
            out = destination(item.out, Path(item.out).parent, overwrite=overwrite or bool(item.takes))
        except InvalidRequestError as error:
            bad.append(BadRow(item.line, error.message, item.plan))
            continue
        if first.setdefault(out, item.line) != item.line:
            problem = f"`{out}` is the file of line {first[out]} already: name another"
            bad.append(BadRow(item.line, problem, item.plan))
        else:
            fitting.append(item.model_copy(update={"out": out, "overwrite": overwrite}))
    return fitting, bad
