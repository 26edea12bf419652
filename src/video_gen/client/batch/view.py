"""`client.batch`: many videos from one file or list, each paid once, however often the batch is run."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from video_gen.client.batch.plan import BatchPlan, plan_batch
from video_gen.client.batch.reading import Source
from video_gen.client.batch.results import BatchResult, BatchRow, ResultsFile
from video_gen.client.batch.running import OnProgress, OnRow, make
from video_gen.client.following import Follower
from video_gen.client.handed import expect
from video_gen.client.words import Dollars, Out, Words, parted
from video_gen.exceptions import InvalidRequestError

AT_ONCE: Final = 8
_MOST_AT_ONCE: Final = 1000


class BatchTerms(TypedDict, total=False):
    """What may be said of a batch as a whole; everything may be left out."""

    max_cost_total: Dollars
    """Ceiling for the whole in US dollars; what earlier runs have cost counts."""
    at_once: int
    """How many rows are under way at once; 8 unless said. Each provider has a limit of its own besides."""
    skip_bad: bool
    """Leave rows out that cannot be made, instead of refusing all."""
    results: Out
    """A .csv or .jsonl file to write: how each row ended."""
    on_row: OnRow | None
    """Told of each row when it has ended."""
    on_progress: OnProgress | None
    """Told of each row's job whenever it looks different."""


class BatchWords(Words, BatchTerms, total=False):
    """That, and what holds for rows that do not say otherwise."""


class BatchView:
    """Many videos of an `AsyncClient`."""

    def __init__(self, client: Follower, outputs: Path) -> None:
        self._client = client
        self._outputs = outputs

    async def __call__(
        self, rows: Source, *, out: Out = None, overwrite: bool = False, **how: Unpack[BatchWords]
    ) -> BatchResult:
        """Make every row of a batch, and return how each ended; one that fails leaves the others alone.

        Run again, it goes on: a row that is made is neither made nor paid again, one that is under way is waited for,
        and one that failed is tried again, unless its content was refused or it may be paid though nobody knows.

        Args:
            rows: A CSV or JSON Lines file, or mappings, of the words of `plan`, with the prompt as `prompt` and the
                file as `out`; a text among them is a prompt.
            out: The folder. The same rows in another folder are another batch. Default: the outputs folder.
            overwrite: Files that stand there may be replaced.
            how: What holds for the whole, and for rows that do not say otherwise.

        Raises:
            InvalidRequestError: rows cannot be made; nothing was begun.
            SpendLimitError: it may cost more than `max_cost_total`; nothing was begun.
        """
        terms, words = parted(how, BatchTerms.__annotations__)
        return await self.carry_out(await self.plan(rows, out=out, overwrite=overwrite, **words), **terms)

    async def plan(
        self, rows: Source, *, out: Out = None, overwrite: bool = False, **words: Unpack[Words]
    ) -> BatchPlan:
        """Return every row's plan, what was made of it before, and which rows cannot be made. Spends nothing.

        Args:
            rows: As of the batch itself; so is `out`.
            out: The folder.
            overwrite: Files that stand there may be replaced.
            words: What holds for rows that do not say otherwise.

        Raises:
            InvalidRequestError: the file as a whole is no batch.
            StorageError: it cannot be read.
        """
        folder = (self._outputs if out is None else Path(out)).expanduser().absolute()
        with self._client.long_work():
            return await plan_batch(self._client, rows, words, folder, overwrite=overwrite)

    async def carry_out(self, batch: BatchPlan, **terms: Unpack[BatchTerms]) -> BatchResult:
        """Make what is not made yet, and return how each row ended.

        Raises:
            InvalidRequestError: rows cannot be made, or a value is out of range; nothing was begun.
            SpendLimitError: it may cost more than the ceiling; nothing was begun.
            StorageError: the results cannot be written.
        """
        batch = expect(batch, BatchPlan, "a batch: hand in what `batch.plan` returned, or call `batch` with the rows")
        at_once, ceiling, results = terms.get("at_once", AT_ONCE), terms.get("max_cost_total"), terms.get("results")
        batch.check(skip_bad=terms.get("skip_bad", False))
        if not 1 <= at_once <= _MOST_AT_ONCE:
            raise InvalidRequestError(f"`at_once={at_once}` is out of range: 1 to {_MOST_AT_ONCE} rows")
        batch.check_ceiling(ceiling)
        file = None if results is None else ResultsFile(results)
        if file is not None:
            file.begin()

        def ended(row: BatchRow) -> None:
            if file is not None:
                file.add(row)
            if (told := terms.get("on_row")) is not None:
                told(row)

        with self._client.long_work():
            done = await make(
                self._client,
                batch,
                at_once=at_once,
                bounded=ceiling is not None,
                on_row=ended,
                on_progress=terms.get("on_progress"),
            )
        if file is not None:
            file.end(done.rows)
        return done


class BatchCalls:
    """Many videos of a `Client`; each method as in `BatchView`, waiting for its answer."""

    def __init__(self, batches: Callable[[], BatchView], call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._batches = batches
        self._call = call

    def __call__(
        self, rows: Source, *, out: Out = None, overwrite: bool = False, **how: Unpack[BatchWords]
    ) -> BatchResult:
        """Make every row of a batch, and return how each ended; see `BatchView`."""
        result: BatchResult = self._call(self._batches()(rows, out=out, overwrite=overwrite, **how))
        return result

    def plan(self, rows: Source, *, out: Out = None, overwrite: bool = False, **words: Unpack[Words]) -> BatchPlan:
        """Return every row's plan, what was made of it before, and which rows cannot be made."""
        plan: BatchPlan = self._call(self._batches().plan(rows, out=out, overwrite=overwrite, **words))
        return plan

    def carry_out(self, batch: BatchPlan, **terms: Unpack[BatchTerms]) -> BatchResult:
        """Make what is not made yet; see `BatchView.carry_out`."""
        result: BatchResult = self._call(self._batches().carry_out(batch, **terms))
        return result
