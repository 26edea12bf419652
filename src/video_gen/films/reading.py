"""Reads a storyboard from a YAML or JSON file; what is wrong in it is said with its place and the way out."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from video_gen.exceptions import InvalidRequestError, MediaNotFoundError
from video_gen.films.storyboard import Shot, Storyboard
from video_gen.spec.request import in_words

MAX_BYTES: Final = 1_000_000
_A_FILE: Final = ("image", "last_frame")


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
    from video_gen.films.notation import parsed

    found = parsed(data, path)
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
