"""The API's own description (OpenAPI), read into what pages show of it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]


class Field(NamedTuple):
    """A parameter, or a field of a body."""

    name: str
    kind: str
    """In words: "text", "number" ..."""
    needed: bool
    meaning: str


class Operation(NamedTuple):
    """What can be done at one path by one method."""

    method: str
    path: str
    tag: str
    summary: str
    meaning: str
    deprecated: bool
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]


_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object", "null": ""}


def operations(description: Schema) -> Iterator[Operation]:
    """Yield every operation, in the order of the paths."""
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                tag=next(iter(told.get("tags", ())), ""),
                summary=told.get("summary", ""),
                meaning=told.get("description", ""),
                deprecated=told.get("deprecated", False),
                parameters=tuple(_parameter(each) for each in told.get("parameters", ())),
                body=_fields(_json(told.get("requestBody", {})), description),
                answer=_fields(_json(told.get("responses", {}).get("200", {})), description),
            )


def _json(told: Schema) -> Schema:
    schema: Schema = told.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _parameter(told: Schema) -> Field:
    schema = told.get("schema", {})
    meaning = told.get("description") or schema.get("description", "")
    return Field(told["name"], f"{_kind(schema)}, in the {told['in']}", told.get("required", False), meaning)


def _fields(schema: Schema, description: Schema) -> tuple[Field, ...]:
    """Return the fields of an object; a list's or a wrapper's are not followed."""
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    needed = schema.get("required", ())
    return tuple(
        Field(name, _kind(told), name in needed, told.get("description", ""))
        for name, told in schema.get("properties", {}).items()
    )


def _kind(schema: Schema) -> str:
    """Return a type in words, with its choices and default."""
    options = schema.get("anyOf") or schema.get("allOf")
    if options:
        text = " or ".join(dict.fromkeys(filter(None, map(_kind, options))))
    elif "$ref" in schema:
        text = schema["$ref"].rpartition("/")[2]
    elif "enum" in schema:
        text = " or ".join(f"`{value}`" for value in schema["enum"])
    elif schema.get("type") == "array":
        text = f"list of {_kind(schema.get('items', {})) or 'anything'}"
    else:
        named = str(schema.get("type", "anything"))
        text = _WORDS.get(named, named)
    default = schema.get("default")
    return text if default in (None, [], {}, "") else f"{text}, default `{default}`"
