"""Errors as Replicate tells them: problem documents (RFC 7807)."""

from typing import Final

from starlette.responses import JSONResponse

from video_gen.exceptions import ContentPolicyError, InvalidRequestError
from video_gen.server.errors import Fault, policy_said

_WRONG_INPUT: Final = 422
_GONE: Final = 410


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    error, status = fault.error, _status(fault)
    detail = policy_said(error.message) if isinstance(error, ContentPolicyError) else error.message
    title = "Input validation failed" if status == _WRONG_INPUT else error.code.replace("_", " ").capitalize()
    body = {"title": title, "detail": detail, "status": status, "type": f"about:blank#{error.code}"}
    return JSONResponse(body, status_code=status, headers=dict(fault.headers))


def _status(fault: Fault) -> int:
    if fault.status == _GONE:
        return 404
    wrong = isinstance(fault.error, InvalidRequestError) and fault.status == 400
    return _WRONG_INPUT if wrong else fault.status
