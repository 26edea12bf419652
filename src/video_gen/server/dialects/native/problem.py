"""Errors as the native API tells them: {"error": {"type", "message", "retryable", "code"}}."""

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from video_gen.engine.faults import class_of
from video_gen.exceptions import ContentPolicyError, VideoGenerationError
from video_gen.server.errors import Fault, policy_said
from video_gen.spec import ErrorFacts


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(
        description="`ServiceError` when the same request may work later, `VideoGenerationError` otherwise.",
        examples=["VideoGenerationError"],
    )
    message: str = Field(
        description="A sentence for a person: what, the limit, the way out.",
        examples=["Content policy violation (content_policy)"],
    )
    retryable: bool = Field(description="Whether the same request may work later.", examples=[False])
    code: str = Field(
        description="Names the kind of error for programs; the page on errors lists them.",
        examples=["content_policy_violation"],
    )


class ProblemBody(BaseModel):
    """The body of every answer that is no success."""

    error: Problem


def problem(code: str, message: str, *, retryable: bool, policy: bool = False) -> Problem:
    """Return an error in this API's words."""
    return Problem(
        type="ServiceError" if retryable else "VideoGenerationError",
        message=policy_said(message) if policy else message,
        retryable=retryable,
        code=code,
    )


def of_error(error: VideoGenerationError) -> Problem:
    """Return what was raised, in this API's words."""
    return problem(error.code, error.message, retryable=error.retryable, policy=isinstance(error, ContentPolicyError))


def of_job(facts: ErrorFacts) -> Problem:
    """Return what ended a job, in this API's words."""
    policy = issubclass(class_of(facts.code), ContentPolicyError)
    return problem(facts.code, facts.message, retryable=facts.retryable, policy=policy)


def render(fault: Fault) -> JSONResponse:
    """Make the answer of an error."""
    body = ProblemBody(error=of_error(fault.error))
    return JSONResponse(body.model_dump(), status_code=fault.status, headers=dict(fault.headers))
