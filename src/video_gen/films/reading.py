"""Reads a storyboard from a YAML or JSON file; what is wrong in it is said with its place and the way out."""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from video_gen.exceptions import InvalidRequestError, MediaNotFoundError
from video_gen.films.storyboard import Shot, Storyboard
from video_gen.spec.request import in_words

MAX_BYTES: Final = 1_000_000
_A_FILE: Final = ("image", "last_frame")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML brings no types
    """YAML as people write it: `16:9` and dates stay text, `yes` is true, and no name stands twice."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse a name that stands twice: which of the two was meant?"""
        seen = set[str]()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"`{key.value}` stands here twice", key.start_mark)
            seen.add(str(key.value))
        super().flatten_mapping(node)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE|yes|Yes|no|No|on|On|off|Off", "tTfFyYnNoO"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+0123456789."),
    ("null", r"~|null|Null|NULL|", "~nN"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), [*_first, ""])


def read(path: Path) -> Storyboard:
    """Return the storyboard in a file; its pictures' paths are made to start where the file lies.

    Raises:
        MediaNotFoundError: there is no such file.
        InvalidRequestError: it cannot be read, or is no storyboard; the message names the line or the shot.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise MediaNotFoundError(
            f"there is no storyboard `{path}`: `video-gen sequence --example > {path}` writes one to start from"
        ) from None
    except OSError as error:
        raise InvalidRequestError(f"the storyboard `{path}` cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise InvalidRequestError(f"`{path}` has {len(data):,} bytes, a storyboard has at most {MAX_BYTES:,}")
    found = _parsed(data, path)
    return _at_home(parse(found, str(path)), path.absolute().parent)


def parse(found: object, source: str = "the storyboard") -> Storyboard:
    """Return the storyboard that plain mappings and lists describe.

    Raises:
        InvalidRequestError: names the shot, the value, its limit and the way out.
    """
    if not isinstance(found, Mapping):
        raise InvalidRequestError(f"{source} is no storyboard: it takes `shots:`, a list, and what all of them share")
    try:
        return Storyboard.model_validate(found)
    except ValidationError as error:
        raise InvalidRequestError(f"{source}: {_problem(error, found)}") from None


def _parsed(data: bytes, path: Path) -> object:
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text) if path.suffix.lower() == ".json" else yaml.load(text, _Loader)  # noqa: S506 - a safe one
    except UnicodeDecodeError:
        raise InvalidRequestError(f"`{path}` is no text: save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidRequestError(f"{path}, line {error.lineno}: this is no JSON: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidRequestError(f"{path}{line}: {error.problem or 'this is no YAML'}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidRequestError(f"{path}: this is no YAML: {error}") from None


def _problem(error: ValidationError, found: Mapping[str, Any]) -> str:
    """Return the first thing wrong, where it stands, and what would do."""
    first = error.errors()[0]
    where, name = _place(first["loc"], found), first["loc"][-1] if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        kind: type[BaseModel] = Shot if where else Storyboard
        near = get_close_matches(str(name), kind.model_fields, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"it takes {', '.join(kind.model_fields)}"
        return f"{where}there is no `{name}`: {hint}"
    if first["type"] == "missing":
        return f"{where}`{name}` is missing"
    said = repr(first["input"])
    shown = said if len(said) <= 60 else f"{said[:57]}..."
    names = [part for part in first["loc"][2 if where else 0 :] if isinstance(part, str)]
    return f"{where}`{names[0]}: {shown}`: {in_words(first)}" if names else f"{where}{in_words(first)}"


def _place(loc: tuple[int | str, ...], found: Mapping[str, Any]) -> str:
    if len(loc) < 2 or loc[0] != "shots" or not isinstance(loc[1], int):
        return ""
    shot = found["shots"][loc[1]]
    name = shot.get("name") if isinstance(shot, Mapping) else None
    return f"shot {loc[1] + 1}{f' ({name})' if isinstance(name, str) else ''}: "


def _at_home(board: Storyboard, folder: Path) -> Storyboard:
    shots = [
        shot.model_copy(
            update={
                **{name: _path(getattr(shot, name), folder) for name in _A_FILE if getattr(shot, name) is not None},
                **_references(shot.references, folder),
            }
        )
        for shot in board.shots
    ]
    return board.model_copy(update={"shots": tuple(shots), **_references(board.references, folder)})


def _references(said: tuple[str, ...] | None, folder: Path) -> dict[str, tuple[str, ...]]:
    return {} if said is None else {"references": tuple(_path(each, folder) for each in said)}


def _path(said: str, folder: Path) -> str:
    return said if "://" in said or said.startswith("data:") else str(folder / Path(said).expanduser())
