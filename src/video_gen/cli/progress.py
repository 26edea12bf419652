"""Progress on stderr: bars on a terminal, a plain line now and then in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Board(Protocol):
    """Shows how far several things are."""

    def show(self, key: str, text: str, fraction: float) -> None:
        """Set the line of `key` to `text` and its bar to `fraction` (0..1)."""

    def end(self, key: str, text: str) -> None:
        """Replace the line of `key` by its final word."""


class _Lines:
    """One line for each quarter, and for each new text."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, int]] = {}

    def show(self, key: str, text: str, fraction: float) -> None:
        seen = (text, int(fraction * 4))
        if self._last.get(key) != seen:
            self._last[key] = seen
            self._print(f"{text} {fraction:.0%}")

    def end(self, key: str, text: str) -> None:
        self._last.pop(key, None)
        self._print(text)

    def _print(self, text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


@contextmanager
def board() -> Iterator[Board]:
    """Open a board that fits where stderr goes."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        class _Bars:
            def show(self, key: str, text: str, fraction: float) -> None:
                if key not in tasks:
                    tasks[key] = progress.add_task(text, total=1.0)
                progress.update(tasks[key], description=text, completed=fraction)

            def end(self, key: str, text: str) -> None:
                if key in tasks:
                    progress.remove_task(tasks.pop(key))
                console.print(text, markup=False, highlight=False)

        yield _Bars()


@contextmanager
def steps(text: str) -> Iterator[Callable[[float], None]]:
    """Show one thing's progress; yields the function to call with 0..1."""
    with board() as shown:
        yield lambda fraction: shown.show("one", text, fraction)
