"""Errors as Runway tells them: {"error": "..."}."""

from typing import Final

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from video_gen.engine.faults import class_of
from video_gen.exceptions import (
    AudioFilteredError,
    ContentPolicyError,
    MediaInputError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.server.errors import Fault
from video_gen.spec import ErrorFacts

_WRONG: Final = frozenset({402, 409, 410, 413, 422})
"""Statuses that its clients do not know, or send again after: each is a wrong request there."""
_FAILURES: Final[dict[type[VideoGenerationError], str]] = {
    AudioFilteredError: "SAFETY.OUTPUT.AUDIO",
    ContentPolicyError: "SAFETY.INPUT.TEXT",
    MediaInputError: "ASSET.INVALID",
    ServiceUnavailableError: "THIRD_PARTY.UNAVAILABLE",
}
_OTHER: Final = "INTERNAL"


class Problem(BaseModel):
    """What went wrong."""

    error: str = Field(description="A sentence for a person.")


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    status = 400 if fault.status in _WRONG else fault.status
    return JSONResponse(
        Problem(error=fault.error.message).model_dump(), status_code=status, headers=dict(fault.headers)
    )


def failure_code(facts: ErrorFacts) -> str:
    """Return Runway's code for what ended a job."""
    kind = class_of(facts.code)
    return next((code for known, code in _FAILURES.items() if issubclass(kind, known)), _OTHER)
