"""Bodies as OpenAI's clients send them: JSON or a form, the same fields in either."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from video_gen.exceptions import InvalidRequestError
from video_gen.server.dialects.openai.problem import ParameterError
from video_gen.server.errors import problem

T = TypeVar("T", bound=BaseModel)

FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
_TEXT_MAX: Final = 32 << 20
"""Bytes of a text field: a picture may come as base64."""
_NESTED: Final = re.compile(r"(?P<name>[^\[\]]+)\[(?P<key>[^\[\]]*)\]")
"""How forms write objects and lists: `video[id]`, `fallback[]`."""


async def read(request: Request, kind: type[T]) -> T:
    """Read a body as a model.

    Raises:
        InvalidRequestError: it is in no form that is read here, or does not parse.
        ParameterError: a field is missing, unknown or does not fit.
    """
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type in FORMS:
        fields = await _form_fields(request)
    elif media_type == "application/json":
        fields = await _json_fields(request)
    else:
        raise InvalidRequestError(f"`Content-Type: {media_type[:80]}` is not read here: send JSON or a multipart form")
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise _refusal(error) from None


async def _json_fields(request: Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise InvalidRequestError('the body is no JSON object: send one, like {"prompt": "..."}')
    return cast("dict[str, Any]", body)


async def _form_fields(request: Request) -> Mapping[str, Any]:
    async with request.form(max_files=16, max_fields=100, max_part_size=_TEXT_MAX) as form:
        return await _fields_of(form)


async def _fields_of(form: FormData) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, part in form.multi_items():
        value = await part.read() if isinstance(part, UploadFile) else part
        nested = _NESTED.fullmatch(name)
        if nested is None:
            if name in fields:
                raise ParameterError(f"`{name}` is given twice: give it once", name)
            fields[name] = value
        elif nested["key"]:
            inner = fields.setdefault(nested["name"], {})
            if not isinstance(inner, dict):
                raise ParameterError(f"`{nested['name']}` is given twice: give it once", nested["name"])
            inner[nested["key"]] = value
        else:
            listed = fields.setdefault(nested["name"], [])
            if not isinstance(listed, list):
                raise ParameterError(f"`{nested['name']}` is given twice: give it once", nested["name"])
            listed.append(value)
    return fields


def _refusal(error: ValidationError) -> InvalidRequestError:
    first = error.errors(include_url=False)[0]
    names = [str(name) for name in first["loc"]]
    if not names:
        return InvalidRequestError(problem([{**first, "loc": ("body",)}]))
    if isinstance(first["input"], bytes):
        first["input"] = f"{len(first['input']):,} bytes of a file"
    return ParameterError(problem([{**first, "loc": ("body", names[0])}]), names[0])
