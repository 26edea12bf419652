"""What the body of a task may hold, and the issues of one that does not: as zod words them, which Runway's server uses.

The forms are data, `models.toml`; its head says how to read them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

Issue = dict[str, Any]

_KINDS: Final = {"text": "string", "uri": "string", "integer": "int", "number": "number", "boolean": "boolean"}
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "uri": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "list": (list,),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """One way a field may look: a kind with its limits, or a choice."""

    kind: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    positions: tuple[str, ...] = ()
    position_needed: bool = False
    item_type: str = ""

    @classmethod
    def parse(cls, text: str) -> "Shape":
        """Read "integer 2..10", "list first/last? ..9", "16:9 | 9:16"."""
        kind, *words = text.split()
        if kind not in _TYPES:
            return cls(kind="choice", choices=tuple(each.strip() for each in text.split("|")))
        if "," in "".join(words):
            return cls(kind=kind, choices=tuple(int(each) for each in words[0].split(",")))
        limits = next((word for word in words if ".." in word), "..").partition("..")
        positions = next((word for word in words if word.rstrip("?") in {"first", "first/last"}), "")
        return cls(
            kind=kind,
            low=float(limits[0]) if limits[0] else None,
            high=float(limits[2]) if limits[2] else None,
            positions=tuple(filter(None, positions.rstrip("?").split("/"))),
            position_needed=bool(positions) and not positions.endswith("?"),
            item_type=words[words.index("typed") + 1] if "typed" in words else "",
        )

    def issues(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Issue]:
        """Yield what is wrong with a value."""
        if self.kind == "choice":
            if value not in self.choices:
                yield _no_option(self.choices, path)
        elif not self._is_of_kind(value):
            expected = _KINDS.get(self.kind, "array" if self.kind == "list" else self.kind)
            yield _wrong_type(expected, value, path)
        elif self.choices and value not in self.choices:
            yield _no_option(self.choices, path)
        else:
            yield from self._out_of_limits(value, path)
            if self.kind == "list":
                yield from self._of_items(value, path)

    def _is_of_kind(self, value: Any) -> bool:
        if isinstance(value, bool):
            return self.kind == "boolean"
        whole = self.kind == "integer" and isinstance(value, float) and value.is_integer()
        return whole or isinstance(value, _TYPES[self.kind])

    def _out_of_limits(self, value: Any, path: tuple[str | int, ...]) -> Iterator[Issue]:
        if self.low is None and self.high is None:
            return
        origin = {"text": "string", "list": "array"}.get(self.kind, "number")
        size = utf16(value) if origin == "string" else len(value) if origin == "array" else value
        verb, unit = {"string": ("have", " characters"), "array": ("have", " items")}.get(origin, ("be", ""))
        if self.low is not None and size < self.low:
            message = f"Too small: expected {origin} to {verb} >={self.low:g}{unit}"
            yield _issue("too_small", path, message, origin=origin, minimum=self.low, inclusive=True)
        if self.high is not None and size > self.high:
            message = f"Too big: expected {origin} to {verb} <={self.high:g}{unit}"
            yield _issue("too_big", path, message, origin=origin, maximum=self.high, inclusive=True)

    def _of_items(self, items: list[Any], path: tuple[str | int, ...]) -> Iterator[Issue]:
        for index, item in enumerate(items):
            here = (*path, index)
            if not isinstance(item, dict):
                yield _wrong_type("object", item, here)
                continue
            if not isinstance(item.get("uri"), str):
                yield _wrong_type("string", item.get("uri"), (*here, "uri"))
            if self.positions and (self.position_needed or "position" in item):
                yield from Shape(kind="choice", choices=self.positions).issues(
                    item.get("position"), (*here, "position")
                )
            if self.item_type and item.get("type") != self.item_type:
                yield _no_option((self.item_type,), (*here, "type"))


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body: the shapes it may have, and whether it must be there."""

    shapes: tuple[Shape, ...]
    required: bool

    def issues(self, value: Any, path: tuple[str | int, ...]) -> list[Issue]:
        """Return what is wrong with a value: nothing, as soon as it fits one shape."""
        found = [list(shape.issues(value, path)) for shape in self.shapes]
        if len(found) == 1 or not all(found):
            return next((each for each in found if not each), found[0])
        near = [each for shape, each in zip(self.shapes, found, strict=True) if isinstance(value, _types_of(shape))]
        return near[0] if near else [_issue("invalid_union", path, "Invalid input", errors=found)]


def _types_of(shape: Shape) -> tuple[type, ...]:
    return _TYPES.get(shape.kind, (str,))


@cache
def forms() -> Mapping[str, Mapping[str, Mapping[str, Field]]]:
    """Return the fields of each endpoint's models."""
    text = (files("video_gen.testing.emulators.runway") / "models.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    sets = tables.pop("sets")
    return {
        endpoint: {
            model: {name: _field(spec, sets) for name, spec in fields.items()} for model, fields in models.items()
        }
        for endpoint, models in tables.items()
    }


def _field(spec: str, sets: Mapping[str, str]) -> Field:
    required = spec.endswith("!")
    spec = spec.rstrip("! ")
    if spec.startswith("@"):
        spec = sets[spec[1:]]
    return Field(tuple(Shape.parse(each) for each in spec.split(" or ")), required)


def issues(endpoint: str, body: Any) -> list[Issue]:
    """Return what is wrong with the body of a task; empty where nothing is."""
    if not isinstance(body, dict):
        return [_wrong_type("object", body, ())]
    fields = forms()[endpoint].get(body.get("model", ""))
    if fields is None:
        note = {"errors": [], "note": "No matching discriminator", "discriminator": "model"}
        return [_issue("invalid_union", ("model",), "Invalid input", **note)]
    found: list[Issue] = []
    for name, field in fields.items():
        if name in body:
            found += field.issues(body[name], (name,))
        elif field.required:
            found.append(_missing(field, (name,)))
    unknown = [name for name in body if name not in {*fields, "model"}]
    if unknown:
        named = ", ".join(f'"{name}"' for name in unknown)
        message = f"Unrecognized key{'s' if len(unknown) > 1 else ''}: {named}"
        found.append(_issue("unrecognized_keys", (), message, keys=unknown))
    if str(body["model"]).startswith("wan3") and _frames_a_ratio(body):
        found.append(_issue("custom", ("ratio",), "Keyframe requests must use auto_480p, auto_720p or auto_1080p."))
    return found


def _frames_a_ratio(body: Mapping[str, Any]) -> bool:
    """Whether a body asks for a ratio though its pictures are frames, which have one."""
    given = body.get("promptImage", [])
    frames = isinstance(given, str) or any(isinstance(each, dict) and "position" in each for each in given)
    return frames and not str(body.get("ratio", "auto_")).startswith("auto_")


def utf16(text: str) -> int:
    """Return a text's length as Runway measures it."""
    return len(text.encode("utf-16-le")) // 2


def _missing(field: Field, path: tuple[str | int, ...]) -> Issue:
    shape = field.shapes[0]
    if len(field.shapes) > 1:
        return _issue("invalid_union", path, "Invalid input", errors=[])
    return _no_option(shape.choices, path) if shape.choices else _wrong_type(_KINDS[shape.kind], None, path)


def _wrong_type(expected: str, value: Any, path: tuple[str | int, ...]) -> Issue:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    message = f"Invalid input: expected {expected}, received {names.get(type(value), 'undefined')}"
    return _issue("invalid_type", path, message, expected=expected)


def _no_option(choices: tuple[Any, ...], path: tuple[str | int, ...]) -> Issue:
    shown = "|".join(f'"{each}"' if isinstance(each, str) else str(each) for each in choices)
    message = f"Invalid input: expected {shown}" if len(choices) == 1 else f"Invalid option: expected one of {shown}"
    return _issue("invalid_value", path, message, values=list(choices))


def _issue(code: str, path: tuple[str | int, ...], message: str, **more: Any) -> Issue:
    return {"code": code, "path": list(path), "message": message, **more}
