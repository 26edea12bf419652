"""Errors as fal tells them: {"detail": ..., "error_type": ...}, and what kind it is in a header too."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from starlette.responses import JSONResponse

from video_gen.engine.faults import class_of
from video_gen.exceptions import (
    AudioFilteredError,
    ContentPolicyError,
    InvalidRequestError,
    JobCancelledError,
    JobNotFoundError,
    MediaInputError,
    VideoGenerationError,
)
from video_gen.server.errors import Fault, policy_said
from video_gen.spec import ErrorFacts

_WRONG: Final = 422
_SENT_AGAIN: Final = frozenset({408, 409})
"""Statuses after which its clients send the same ten times over."""
_OF_FAILURES: Final[dict[type[VideoGenerationError], int]] = {JobCancelledError: 499, ContentPolicyError: _WRONG}
_TYPES: Final[dict[type[VideoGenerationError], str]] = {
    AudioFilteredError: "no_media_generated",
    ContentPolicyError: "content_policy_violation",
    JobCancelledError: "client_cancelled",
    MediaInputError: "file_download_error",
    JobNotFoundError: "not_found",
    InvalidRequestError: "bad_request",
}
_OTHER: Final = "internal_server_error"


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    error = fault.error
    wrong = isinstance(error, InvalidRequestError) and fault.status == 400
    status = _WRONG if wrong or fault.status in _SENT_AGAIN else fault.status
    detail = _flagged(error.message) if isinstance(error, ContentPolicyError) else error.message
    return _answer({"detail": detail, "error_type": _type(type(error))}, status, fault.headers)


def failure(facts: ErrorFacts) -> JSONResponse:
    """Make the answer to who asks for the result of what failed."""
    kind = class_of(facts.code)
    status = next((status for known, status in _OF_FAILURES.items() if issubclass(kind, known)), 500)
    return _answer(failed(facts), status)


def failed(facts: ErrorFacts) -> dict[str, Any]:
    """Return what is told of what ended a job."""
    kind = class_of(facts.code)
    detail = _flagged(facts.message) if issubclass(kind, ContentPolicyError) else facts.message
    return {"detail": detail, "error_type": _type(kind)}


def error_type(facts: ErrorFacts) -> str:
    """Return fal's word for what ended a job."""
    return _type(class_of(facts.code))


def _type(kind: type[VideoGenerationError]) -> str:
    return next((word for known, word in _TYPES.items() if issubclass(kind, known)), _OTHER)


def _flagged(message: str) -> list[dict[str, Any]]:
    return [{"loc": ["body", "prompt"], "msg": policy_said(message), "type": "content_policy_violation"}]


def _answer(body: dict[str, Any], status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    marks = {"x-fal-error-type": body["error_type"], "x-fal-request-id": uuid4().hex}
    return JSONResponse(body, status_code=status, headers=marks | dict(headers or {}))
