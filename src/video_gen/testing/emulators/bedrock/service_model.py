"""Holds requests to the service's own description, as botocore ships it."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from video_gen.testing.emulators.emulator import RefusedError


def check(operation: str, parameters: dict[str, Any]) -> None:
    """Hold an operation's parameters to its description.

    Raises:
        RefusedError: in the words AWS's services have for it.
    """
    problems = list(_problems(_input_of(operation), parameters, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise RefusedError(400, "ValidationException", f"{count}: {'; '.join(problems)}")


@cache
def _input_of(operation: str) -> Any:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return (
        ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2")).operation_model(operation).input_shape
    )


def _problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    if getattr(shape, "is_document_type", False):
        return
    kind: str = shape.type_name
    if not _is(kind, value):
        yield f"Value at '{path or 'request'}' is no {kind}"
    elif kind == "structure":
        yield from _members(shape, value, path)
    elif kind == "list":
        yield from _size(shape, len(value), value, path)
        for number, each in enumerate(value, 1):
            yield from _problems(shape.member, each, f"{path}.{number}.member")
    elif kind == "string":
        yield from _size(shape, len(value), value, path)
        yield from _text(shape, value, path)
    elif kind == "integer":
        yield from _size(shape, value, value, path, word="value")


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind != "boolean")


def _members(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    inside = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield _failed("null", inside + name, "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], inside + name)


def _size(shape: Any, size: int, value: Any, path: str, *, word: str = "length") -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _failed(value, path, f"Member must have {word} greater than or equal to {least}")
    if most is not None and size > most:
        yield _failed(value, path, f"Member must have {word} less than or equal to {most}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _failed(value: Any, path: str, why: str) -> str:
    return f"Value '{str(value)[:100]}' at '{path}' failed to satisfy constraint: {why}"


_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "integer": int,
    "boolean": bool,
    "timestamp": datetime,
}
