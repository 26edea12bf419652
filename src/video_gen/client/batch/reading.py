"""Reads a batch: a CSV or JSON Lines file, or mappings, as rows of a client's words.

A row says what `generate` takes, by the client's words or the command line's, and may name its file, `out`. A cell that
is empty says nothing. Wrong rows are collected, so that all of them are told together; what spoils the whole file is
raised.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple

from video_gen.client.spoken import OTHER_NAMES
from video_gen.client.words import Words, refuse_unknown
from video_gen.exceptions import InvalidRequestError, MediaNotFoundError, StorageError
from video_gen.spec import Plan

Source = str | PathLike[str] | Iterable[Mapping[str, Any] | str]
"""A file, or rows: what each says by name, or its prompt alone."""

OUT: Final = "out"
PROMPT: Final = "prompt"
ASIDE: Final = "_"
"""How the name of a column begins that is the reader's own affair."""
_SEVERAL: Final = frozenset({"references", "fallback", "providers", "allow", "deny"})
_TEXTS: Final = frozenset({PROMPT, OUT, "model", "policy", "size", "resolution", "aspect_ratio", "negative_prompt"})
_WORDS: Final = frozenset({PROMPT, OUT, *Words.__annotations__})
_NAMES: Final = {
    **{word: word for word in _WORDS},
    **OTHER_NAMES,
    "reference": "references",
    "provider": "providers",
}
"""Every name of a column, and the word it stands for."""
CSV: Final = (".csv", ".tsv")
JSONL: Final = (".jsonl", ".ndjson")
_DELIMITERS: Final = ",;\t"


class Row(NamedTuple):
    """What one row asks for."""

    line: int
    """Where it stands in the file, the first line being 1; of mappings, their number."""
    words: Mapping[str, Any]


class BadRow(NamedTuple):
    """A row that cannot be made."""

    line: int
    problem: str
    plan: Plan | None = None
    """What it would be, where that could be told."""


Read = list[Row | BadRow]


def read_batch(source: Source) -> Read:
    """Return every row of a batch, in its order.

    Raises:
        InvalidRequestError: the file as a whole is none: its name, its encoding, its columns, or no row at all.
        MediaNotFoundError: there is no such file.
        StorageError: it cannot be read.
    """
    if isinstance(source, str | PathLike):
        path = Path(source)
        rows, name = list(_lines(path)), f"`{path}`"
    else:
        rows, name = [_given(number, each) for number, each in enumerate(source, start=1)], "the batch"
    if not rows:
        raise InvalidRequestError(f"{name} holds no rows: give at least one prompt")
    return rows


def _given(number: int, said: object) -> Row | BadRow:
    said = {PROMPT: said} if isinstance(said, str) else said
    if not isinstance(said, Mapping):
        return BadRow(number, f"`{str(said)[:60]}` is no row: give a prompt, or words by name")
    return _row(number, said.items())


def _lines(path: Path) -> Iterator[Row | BadRow]:
    kind = path.suffix.lower()
    if kind not in (*CSV, *JSONL):
        kinds = ", ".join((*CSV, *JSONL))
        raise InvalidRequestError(f"`{path}` is no batch by its name: let it end in {kinds}, or give a list of prompts")
    text = _text(path)
    return _of_csv(text, path) if kind in CSV else _of_jsonl(text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MediaNotFoundError(f"there is no file `{path}`") from None
    except OSError as error:
        raise StorageError(f"`{path}` cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidRequestError(f"`{path}` is not UTF-8 in line {line}: save it as UTF-8") from None


# --- CSV -------------------------------------------------------------------------------------------------------------


def _of_csv(text: str, path: Path) -> Iterator[Row | BadRow]:
    """Read rows under a line of names; a spreadsheet's semicolons and tabs are taken as well."""
    delimiter = max(_DELIMITERS, key=text.lstrip().partition("\n")[0].count)
    records = _records(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), path)
    _, names = next(records, (1, []))
    columns = [_column(name) for name in names]
    _check_columns(columns, path)
    for line, cells in records:
        if len(cells) != len(columns):
            yield BadRow(
                line,
                f"it has {_counted(len(cells), 'cell')} for {_counted(len(columns), 'column')}: "
                'put a text that holds a comma or a quote "between quotes", its own quotes doubled',
            )
        else:
            yield _row(line, [(name, _cell(name, cell)) for name, cell in zip(columns, cells, strict=True)])


def _records(reader: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that holds something, with the line it begins in."""
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidRequestError(
            f'`{path}` is no CSV in line {line}: {error}; put a text that holds a comma or a quote "between quotes"'
        ) from None


def _check_columns(columns: Sequence[str], path: Path) -> None:
    for name in columns:
        try:
            _word(name)
        except InvalidRequestError as error:
            raise InvalidRequestError(f"`{path}`, line 1, names no columns of a batch: {error.message}") from None
        if columns.count(name) > 1 and _word(name) not in _SEVERAL:
            raise InvalidRequestError(f"`{path}`, line 1, names the column `{name}` twice: leave one of them out")


def _cell(name: str, cell: str) -> Any:
    """Return what a cell says: options by JSON, everything else as it stands."""
    text = cell.strip()
    if text and _word(name) == "extra":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text or None


# --- JSON Lines ------------------------------------------------------------------------------------------------------


def _of_jsonl(text: str) -> Iterator[Row | BadRow]:
    """Read an object a line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield BadRow(number, f"it is no JSON: {error}")
            continue
        if isinstance(said, dict):
            yield _row(number, said.items())
        else:
            yield BadRow(number, f'it is no object: write it like {{"{PROMPT}": "a calm ocean"}}')


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(line: int, said: Iterable[tuple[str, Any]]) -> Row | BadRow:
    try:
        return Row(line, _words(said))
    except InvalidRequestError as error:
        return BadRow(line, error.message)


def _words(said: Iterable[tuple[str, Any]]) -> Mapping[str, Any]:
    words: dict[str, Any] = {}
    for name, value in said:
        word = _word(_column(name))
        if value is None or not word:
            continue
        if word in _SEVERAL:
            words[word] = [*words.get(word, ()), *_several(value)]
        elif word in words:
            raise InvalidRequestError(f"`{word}` is said twice, the second time as `{name}`: leave one of them out")
        else:
            words[word] = _one(word, value)
    return words


def _column(name: Any) -> str:
    """Return a column's name as it is compared: "Aspect Ratio" and "aspect-ratio" are "aspect_ratio"."""
    return str(name).strip().lower().replace("-", "_").replace(" ", "_")


def _word(name: str) -> str:
    """Return the word a column stands for; "" where it is its writer's own affair."""
    if name.startswith(ASIDE):
        return ""
    if name not in _NAMES:
        try:
            refuse_unknown([name], _NAMES)
        except InvalidRequestError as error:
            raise InvalidRequestError(f"{error.message} A column of your own begins with `{ASIDE}`") from None
    return _NAMES[name]


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _one(word: str, value: Any) -> Any:
    if word == "extra" and not isinstance(value, Mapping):
        raise InvalidRequestError(f'`extra={value!r}`: give options by name, like {{"guidance_scale": 7}}')
    if word not in _TEXTS:
        return value
    if not isinstance(value, str | Path):
        raise InvalidRequestError(f"`{word}={value!r}`: give a text")
    return str(value)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
