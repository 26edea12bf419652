"""Errors as OpenAI tells them: {"error": {"message", "type", "param", "code"}}, with the statuses its clients know."""

import re
from typing import Any, Final
from uuid import uuid4

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from video_gen.engine.faults import class_of
from video_gen.exceptions import (
    ContentPolicyError,
    InvalidRequestError,
    ModelRetiredError,
    SpendLimitError,
    UnknownModelError,
    VideoGenerationError,
)
from video_gen.server.errors import Fault
from video_gen.spec import ErrorFacts

_STATUSES: Final[dict[type[VideoGenerationError], int]] = {SpendLimitError: 429, ModelRetiredError: 404}
"""Where OpenAI has another status for it: no money left is a quota, a model that ended is not found."""
_CODES: Final[dict[type[VideoGenerationError], str]] = {
    UnknownModelError: "model_not_found",
    ModelRetiredError: "model_not_found",
    SpendLimitError: "insufficient_quota",
    ContentPolicyError: "moderation_blocked",
}
_CODES_OF_STATUS: Final = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
_TYPES: Final = {403: "permission_error", 429: "requests"}
_PARAM: Final = re.compile(r"`(?P<name>[a-z][a-z_.]*)=")
"""What a message begins with that is about one parameter."""


class ParameterError(InvalidRequestError):
    """A parameter is missing or does not fit."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


class Problem(BaseModel):
    """What went wrong."""

    message: str = Field(description="A sentence for a person.")
    type: str = Field(description="The family of error.", examples=["invalid_request_error"])
    param: str | None = Field(description="The parameter that does not fit.", examples=["seconds"])
    code: str | None = Field(description="Names the kind of error for programs.", examples=["model_not_found"])


class ProblemBody(BaseModel):
    """The body of every answer that is no success."""

    error: Problem


class VideoProblem(BaseModel):
    """What ended a video."""

    code: str = Field(description="Names the kind of error for programs.", examples=["moderation_blocked"])
    message: str = Field(description="A sentence for a person.")


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    status = _status(fault)
    headers = {**fault.headers, "x-request-id": f"req_{uuid4().hex}"}
    if not fault.error.retryable and status in {409, 429}:
        headers["x-should-retry"] = "false"  # OpenAI's clients send again after these unless told otherwise
    body = ProblemBody(error=_problem(fault.error, status))
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def of_job(facts: ErrorFacts) -> VideoProblem:
    """Return what ended a job."""
    code = next((code for kind, code in _CODES.items() if issubclass(class_of(facts.code), kind)), facts.code)
    return VideoProblem(code=code, message=facts.message)


def _status(fault: Fault) -> int:
    error = fault.error
    known = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), None)
    if known is not None:
        return known
    return 400 if fault.status == 422 else fault.status


def _problem(error: VideoGenerationError, status: int) -> Problem:
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), None)
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    if isinstance(error, SpendLimitError):
        kind = "insufficient_quota"
    return Problem(
        message=error.message, type=kind, param=_param(error), code=code or _CODES_OF_STATUS.get(status, error.code)
    )


def _param(error: VideoGenerationError) -> Any:
    if isinstance(error, ParameterError):
        return error.param
    if isinstance(error, UnknownModelError | ModelRetiredError):
        return "model"
    found = _PARAM.match(error.message)
    return found["name"] if found else None
