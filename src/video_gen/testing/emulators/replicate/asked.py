"""What a submit asks for, and what the service finds wrong with it before the model has seen it.

The wordings are those of gojsonschema, which the service checks inputs with (seen in public, read 2026-11-21).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.replicate.models import input_schema

Wrong = dict[str, str]
EVENTS: Final = frozenset({"start", "output", "logs", "completed"})
SOONEST: Final = 5.0
"""Seconds that a deadline leaves at least."""
_FIELDS: Final = frozenset({"version", "input", "stream", "webhook", "webhook_completed", "webhook_events_filter"})
_DEADLINE: Final = re.compile(r"(\d+)(s|m|h)?")
_URI: Final = ("http://", "https://", "data:")
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
}


async def json_of(request: web.Request) -> dict[str, Any]:
    """Return a body.

    Raises:
        RefusedError: it is no JSON object.
    """
    try:
        given = json.loads(await request.text())
    except ValueError:
        raise RefusedError(400, "Bad Request", "The request body is not valid JSON") from None
    if not isinstance(given, dict):
        raise RefusedError(422, "Input validation failed", "- (root): Invalid type. Expected: object\n")
    return given


def deadline_of(request: web.Request) -> float | None:
    """Return the seconds after which a prediction is to be canceled: "Cancel-After: 90", "30s", "5m", "1h".

    Raises:
        RefusedError: it is no such time.
    """
    header = request.headers.get("Cancel-After")
    if header is None:
        return None
    found = _DEADLINE.fullmatch(header.strip())
    seconds = float(found[1]) * {"s": 1, "m": 60, "h": 3600, None: 1}[found[2]] if found else 0.0
    if seconds < SOONEST:
        raise RefusedError(400, "Bad Request", "Cancel-After must be a duration of at least 5 seconds, like 30s or 1m")
    return seconds


def input_of(model: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of a submit's body.

    Raises:
        RefusedError: the body does not hold what it must.
    """
    wrong = [f"Additional property {name} is not allowed" for name in sorted(given.keys() - _FIELDS)]
    events = given.get("webhook_events_filter", [])
    if not isinstance(events, list) or not EVENTS.issuperset(events):
        wrong.append("webhook_events_filter must be one of the following: start, output, logs, completed")
    asked = given.get("input")
    if not isinstance(asked, dict):
        wrong.append("input is required")
    if wrong or not isinstance(asked, dict):
        raise RefusedError(422, "Input validation failed", "".join(f"- (root): {each}\n" for each in wrong))
    fields = _wrong_fields(input_schema(model), asked)
    if fields:
        detail = "".join(f"- {each['field']}: {each['description']}\n" for each in fields)
        raise RefusedError(422, "Input validation failed", detail, fields=fields)
    return asked


def _wrong_fields(schema: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Wrong]:
    found = [_wrong("required", "input", f"{name} is required") for name in schema["required"] if name not in asked]
    for name, rule in schema["properties"].items():
        if asked.get(name) is not None:
            found += _wrong_value(f"input.{name}", rule, asked[name])
    return found


def _wrong_value(field: str, rule: Mapping[str, Any], value: Any) -> list[Wrong]:
    expected = rule["type"]
    if not isinstance(value, _TYPES[expected]) or (isinstance(value, bool) and expected != "boolean"):
        return [_wrong("invalid_type", field, f"Invalid type. Expected: {expected}, given: {_name_of(value)}")]
    if isinstance(value, list):
        found = [_wrong_value(f"{field}.{index}", rule["items"], item) for index, item in enumerate(value)]
        return [each for wrong in found for each in wrong]
    broken = _broken_rule(rule, value)
    return [] if broken is None else [_wrong(broken[0], field, broken[1].format(field=field))]


def _broken_rule(rule: Mapping[str, Any], value: Any) -> tuple[str, str] | None:
    if "enum" in rule and value not in rule["enum"]:
        choices = ", ".join(f'"{each}"' if isinstance(each, str) else str(each) for each in rule["enum"])
        return "enum", "{field} must be one of the following: " + choices
    if rule.get("format") == "uri" and not value.startswith(_URI):
        return "format", "Does not match format 'uri'"
    if "minimum" in rule and value < rule["minimum"]:
        return "number_gte", f"Must be greater than or equal to {rule['minimum']:g}"
    if "maximum" in rule and value > rule["maximum"]:
        return "number_lte", f"Must be less than or equal to {rule['maximum']:g}"
    return None


def _wrong(kind: str, field: str, description: str) -> Wrong:
    return {"type": kind, "field": field, "description": description}


def _name_of(value: Any) -> str:
    names = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")
