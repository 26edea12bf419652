"""From whatever was raised to what HTTP says of it: one status for each class of error, and the headers with it.

How it looks in JSON is each dialect's business.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from video_gen.exceptions import ApiRequestError, ContentPolicyError, InvalidRequestError, VideoGenerationError
from video_gen.server.faults import InternalError, MethodNotAllowedError, NoSuchPathError
from video_gen.spec.request import in_words

_OF_HTTP: Final[dict[int, type[VideoGenerationError]]] = {404: NoSuchPathError, 405: MethodNotAllowedError}
_THE_SERVERS_OWN: Final = frozenset({401, 402, 403})
"""What a provider says of the server's account is no word about the caller's."""
_POLICY: Final = "content_policy"
_SHOWN: Final = 80
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """An error, and what HTTP says of it."""

    error: VideoGenerationError
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


def fault_of(raised: Exception) -> Fault:
    """Return what HTTP says of anything that was raised."""
    error = error_of(raised)
    headers = dict(raised.headers or {}) if isinstance(raised, HTTPException) else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, ceil(error.retry_after)))
    status = status_of(error)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Fault(error=error, status=status, headers=headers)


def status_of(error: VideoGenerationError) -> int:
    """Return the status of an error: its class says it."""
    if isinstance(error, ApiRequestError) and error.http_status in _THE_SERVERS_OWN:
        return 502
    return error.http_status


def error_of(raised: Exception) -> VideoGenerationError:
    """Return one of our errors for anything that was raised."""
    if isinstance(raised, VideoGenerationError):
        return raised
    if isinstance(raised, RequestValidationError):
        return InvalidRequestError(problem(raised.errors()))
    if isinstance(raised, HTTPException):
        return _of_http(raised)
    return InternalError()


def _of_http(raised: HTTPException) -> VideoGenerationError:
    if isinstance(raised.__cause__, VideoGenerationError):  # raised while the body was read
        return raised.__cause__
    kind = _OF_HTTP.get(raised.status_code)
    if kind is not None:
        return kind()
    return InvalidRequestError(raised.detail) if raised.status_code < 500 else InternalError()


def policy_said(message: str) -> str:
    """Return the message of a refusal of content so that it names the policy, which is what clients look for."""
    if _POLICY in message.lower():
        return message
    return f"{ContentPolicyError().message.removesuffix('.')}: {message}"


def problem(errors: Sequence[Any]) -> str:
    """Return the first thing wrong with a request, in a sentence: where, what was given, what would do."""
    first = errors[0]
    place, *names = first["loc"] or ("body",)
    name = ".".join(str(name) for name in names)
    if first["type"] == "json_invalid":
        return f"the body is not JSON: {first['ctx']['error']} at character {names[0] if names else 0}"
    if first["type"] == "model_attributes_type" and not names:
        return "the body is no JSON object: send one, with `Content-Type: application/json`"
    if first["type"] == "missing":
        return f"`{name}` is missing in the {place}" if name else "a JSON object is missing in the body"
    text = in_words(first)
    if not name:
        return text if first["type"] == "value_error" else f"the {place}: {text}"
    return _sayable(f"`{name}={_shown(first['input'])}`: {text}")


def _sayable(text: str) -> str:
    """Return a text that can be sent: JSON may hold halves of characters, which UTF-8 does not have."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
