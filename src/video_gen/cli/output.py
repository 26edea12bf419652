"""Prints results: tables and colour on a terminal, plain lines in a pipe, JSON for programs.

Results go to stdout, everything else (progress, notes) to stderr.
"""

import json
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text.")]


def print_json(value: Any) -> None:
    """Print one value as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def say(text: str = "") -> None:
    """Print a result line."""
    typer.echo(text)


def note(text: str) -> None:
    """Print a line that is not the result."""
    typer.echo(text, err=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Collection[str] = ()) -> None:
    """Print rows under columns: drawn and fitted on a terminal, tab-separated and whole in a pipe.

    Args:
        columns: Their headings.
        rows: A cell for each column.
        numbers: Columns whose cells end under each other.
    """
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            say("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold", justify="right" if column in numbers else "left")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Print "name: value" lines, the values in one column."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        say(f"{name + ':':<{width + 1}} {value}")
