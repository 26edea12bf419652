"""Errors with all their facts, so that the client raises what the server raised."""

from starlette.responses import JSONResponse

from video_gen.server.errors import Fault


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    error = fault.error
    told = {"code": error.code, "message": error.message, "retryable": error.retryable, **error.facts()}
    return JSONResponse({"error": told}, status_code=fault.status, headers=dict(fault.headers))
