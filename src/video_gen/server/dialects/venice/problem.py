"""Errors as Venice tells them: {"error": "..."}, and with a code where its client reads one."""

from typing import Any, Final
from uuid import uuid4

from starlette.responses import JSONResponse

from video_gen.exceptions import (
    ContentPolicyError,
    InvalidRequestError,
    ModelRetiredError,
    UnknownModelError,
    VideoGenerationError,
)
from video_gen.server.errors import Fault

_STATUSES: Final[dict[type[VideoGenerationError], int]] = {ModelRetiredError: 404}
_CODES: Final[dict[type[VideoGenerationError], str]] = {
    UnknownModelError: "MODEL_NOT_FOUND",
    ModelRetiredError: "MODEL_NOT_FOUND",
}


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    error = fault.error
    headers = {**fault.headers, "x-request-id": uuid4().hex}
    return JSONResponse({"error": _words(error)}, status_code=_status(fault), headers=headers)


def _status(fault: Fault) -> int:
    error = fault.error
    known = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), None)
    if known is not None:
        return known
    wrong = isinstance(error, InvalidRequestError) and not isinstance(error, ContentPolicyError)
    return 400 if wrong and fault.status in {409, 422} else fault.status


def _words(error: VideoGenerationError) -> Any:
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), None)
    return error.message if code is None else {"code": code, "message": error.message}
