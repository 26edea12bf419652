"""How the rows of a batch ended, and the file that says so: one line for each row."""

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

from video_gen.client.batch.reading import CSV, JSONL, BadRow
from video_gen.engine.faults import facts_of
from video_gen.engine.files import disk_errors
from video_gen.exceptions import InvalidRequestError, VideoGenerationError
from video_gen.spec import Job, Status, Value
from video_gen.spec.job import ErrorFacts
from video_gen.spec.money import MICRO

COLUMNS: Final = ("row", "status", "job", "model", "file", "cost_usd", "seconds", "error")
End = Literal["completed", "failed", "cancelled", "bad"]
"""How a row ends; "bad": it cannot be made and was left out."""
_ENDS: Final[dict[Status, End]] = {
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}
_BETWEEN: Final = "; "
"""Stands between the files of one row in a CSV file."""


class BatchRow(Value):
    """How one row ended."""

    line: int
    """Where it stands in the file, or its number in the list."""
    status: End
    job_id: str | None = None
    """None: it did not come to a job."""
    model: str | None = None
    """The model that made it, or should have."""
    files: tuple[str, ...] = ()
    cost: int = 0
    """Micro-USD, failed takes included."""
    seconds: float | None = None
    """How long the delivered video is."""
    error: ErrorFacts | None = None

    def shown(self) -> dict[str, Any]:
        """Return it by the columns of a results file; money in dollars."""
        values = (
            self.line,
            self.status,
            self.job_id,
            self.model,
            self.files[0] if len(self.files) == 1 else [*self.files] or None,
            self.cost / MICRO,
            self.seconds,
            self.error.message if self.error else None,
        )
        return dict(zip(COLUMNS, values, strict=True))


class BatchResult(Value):
    """How a batch ended."""

    rows: tuple[BatchRow, ...]
    """In the order of the file, those that were left out too."""

    @property
    def completed(self) -> tuple[BatchRow, ...]:
        """The rows that are made."""
        return tuple(row for row in self.rows if row.status == "completed")

    @property
    def missing(self) -> tuple[BatchRow, ...]:
        """The rows that are not."""
        return tuple(row for row in self.rows if row.status != "completed")

    @property
    def cost(self) -> int:
        """Micro-USD of all rows, what earlier runs have cost included."""
        return sum(row.cost for row in self.rows)


def row_of(line: int, job: Job, *, before: int) -> BatchRow:
    """Return how a row ended by its ended job; `before` is what earlier takes have cost, in micro-USD."""
    return BatchRow(
        line=line,
        status=_ENDS[job.status],
        job_id=job.id,
        model=job.model_used or job.plan.model,
        files=tuple(artifact.path for artifact in job.artifacts),
        cost=before + job.cost,
        seconds=job.artifacts[0].info.seconds if job.artifacts else None,
        error=job.error,
    )


def row_of_error(line: int, error: VideoGenerationError, *, model: str, before: int) -> BatchRow:
    """Return how a row ended that did not come to an end of its own."""
    return BatchRow(line=line, status="failed", model=model, cost=before, error=facts_of(error))


def row_of_bad(row: BadRow) -> BatchRow:
    """Return a row that was left out."""
    return BatchRow(line=row.line, status="bad", error=facts_of(InvalidRequestError(row.problem)))


class ResultsFile:
    """Written as rows end, in the order in which they end; put in the order of the batch when all have."""

    def __init__(self, path: str | PathLike[str]) -> None:
        """Take a file by its name, and replace nothing but the results of an earlier run.

        Raises:
            InvalidRequestError: it is named otherwise, or holds something else.
            StorageError: it cannot be read.
        """
        self.path = Path(path)
        self._csv = self.path.suffix.lower() in CSV
        if not self._csv and self.path.suffix.lower() not in JSONL:
            raise InvalidRequestError(f"`{path}` is no results file by its name: let it end in .csv or .jsonl")
        with disk_errors(self.path):
            if self.path.exists() and not self._ours():
                raise InvalidRequestError(
                    f"`{path}` exists and holds no results of a batch: choose another name (--results)"
                )

    def begin(self) -> None:
        """Make the file; errors as `StorageError`."""
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self._head(), encoding="utf-8", newline="")

    def add(self, row: BatchRow) -> None:
        """Write how a row ended; errors as `StorageError`."""
        with disk_errors(self.path), self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(self._line(row))

    def end(self, rows: Iterable[BatchRow]) -> None:
        """Write all rows in this order; errors as `StorageError`."""
        part = self.path.with_name(f".{self.path.name}.part")
        with disk_errors(self.path):
            part.write_text(self._head() + "".join(map(self._line, rows)), encoding="utf-8", newline="")
            part.replace(self.path)

    def _ours(self) -> bool:
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            first = file.readline(10_000)
        if self._csv:
            return first.strip() in {"", ",".join(COLUMNS)}
        try:
            return not first.strip() or tuple(json.loads(first)) == COLUMNS
        except (ValueError, TypeError):
            return False

    def _head(self) -> str:
        return _csv_line(COLUMNS) if self._csv else ""

    def _line(self, row: BatchRow) -> str:
        shown = row.shown()
        if not self._csv:
            return json.dumps(shown, ensure_ascii=False) + "\n"
        cost = f"{row.cost / MICRO:.6f}".rstrip("0").rstrip(".")
        return _csv_line([*(shown | {"file": _BETWEEN.join(row.files), "cost_usd": cost}).values()])


def _csv_line(values: Sequence[Any]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
