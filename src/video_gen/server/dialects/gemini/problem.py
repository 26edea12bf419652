"""Errors as Google tells them: google.rpc.Status in an envelope."""

from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from video_gen.engine.faults import class_of
from video_gen.exceptions import ContentPolicyError
from video_gen.server.errors import Fault
from video_gen.spec import ErrorFacts

_STATUSES: Final[dict[int, tuple[int, str]]] = {
    401: (401, "UNAUTHENTICATED"),
    402: (429, "RESOURCE_EXHAUSTED"),
    403: (403, "PERMISSION_DENIED"),
    404: (404, "NOT_FOUND"),
    405: (404, "NOT_FOUND"),
    409: (400, "FAILED_PRECONDITION"),
    410: (404, "NOT_FOUND"),
    429: (429, "RESOURCE_EXHAUSTED"),
    502: (502, "INTERNAL"),
    503: (503, "UNAVAILABLE"),
    504: (504, "DEADLINE_EXCEEDED"),
}
"""What Google says of a status, and under which one."""
_INTERNAL: Final = 13
"""The code of google.rpc for a fault that is nobody's else."""


class Status(BaseModel):
    """What went wrong."""

    code: int
    message: str = Field(description="A sentence for a person.")
    status: str = Field(examples=["INVALID_ARGUMENT"])
    details: list[dict[str, Any]] = Field(default_factory=list)


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    usual = (fault.status, "INTERNAL") if fault.status >= 500 else (400, "INVALID_ARGUMENT")
    code, status = _STATUSES.get(fault.status, usual)
    details = []
    if fault.error.retry_after is not None:
        delay = f"{fault.error.retry_after:g}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    body = Status(code=code, message=fault.error.message, status=status, details=details)
    return JSONResponse({"error": body.model_dump()}, status_code=code, headers=dict(fault.headers))


def refused(facts: ErrorFacts) -> bool:
    """Whether a job ended because its content was refused."""
    return issubclass(class_of(facts.code), ContentPolicyError)


def failure(facts: ErrorFacts) -> dict[str, Any]:
    """Return what ended a job, as an operation's error."""
    return {"code": _INTERNAL, "message": facts.message}
