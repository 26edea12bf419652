"""What a refusal, and the failure of an accepted task, mean.

Runway says "moderated" of accepted tasks only; a refused submit names the fields it does not like. Failure codes: docs
(docs.dev.runwayml.com/errors/task-failures), and those seen in public since, all read 2026-11-21.
"""

from typing import Any, Final

from video_gen.exceptions import (
    AudioFilteredError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    MediaInputError,
    ModelRetiredError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, refusal, words_at

CREDIT: Final = 10_000
"""A credit in micro-USD (docs.dev.runwayml.com/guides/pricing, 2026-11-21)."""
_MEDIA_FIELDS: Final = frozenset(
    {"promptImage", "promptVideo", "videoUri", "references", "referenceVideos", "referenceAudio", "keyframes"}
)
_SHAPE: Final = frozenset({"unrecognized_keys"})
"""Kinds of issues that speak of a field's presence, whatever it holds."""
_ISSUES_SHOWN: Final = 3
_OF_FAILURE: Final[tuple[tuple[str, type[VideoGenerationError]], ...]] = (
    ("SAFETY.OUTPUT.AUDIO", AudioFilteredError),
    ("SAFETY", ContentPolicyError),
    ("INPUT_PREPROCESSING.SAFETY", ContentPolicyError),
    ("ASSET", MediaInputError),
    ("THIRD_PARTY.UNAVAILABLE", ServiceUnavailableError),
    ("THIRD_PARTY.INPUT_VALIDATION", InvalidRequestError),
)
"""Beginnings of failure codes; any other (INTERNAL, INTERNAL.BAD_OUTPUT.*, INPUT_PREPROCESSING.INTERNAL, none) says
only that it failed."""


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    issues = at(reply.body, "issues")
    issues = issues if isinstance(issues, list) else []
    message = words_at(reply.body, "error")
    kind = _kind(message, issues) if reply.status == 400 else None
    said = (message.rstrip("."), *map(_said, issues[:_ISSUES_SHOWN]), _way_out(reply.status, kind, context))
    return refusal(reply, context.provider.id, "; ".join(filter(None, said)), kind=kind, billable=billable)


def failed(reply: Reply) -> Failed:
    """Return the outcome of a task that failed."""
    code = words_at(reply.body, "failureCode")
    kind = next((kind for head, kind in _OF_FAILURE if f"{code}.".startswith(f"{head}.")), JobFailedError)
    message = words_at(reply.body, "failure") or "Runway gave no reason"
    paid = cost(reply)
    refused_input = True if code.startswith("SAFETY.INPUT.") else None
    return Failed(
        code=kind.code,
        message=f"{message} ({code})" if code else message,
        charged=refused_input if paid is None else paid > 0,
        cost=paid,
    )


def cost(reply: Reply) -> int | None:
    """Return what an ended task has cost in micro-USD, None where it does not say."""
    credits_ = at(reply.body, "cost", "credits")
    if isinstance(credits_, bool) or not isinstance(credits_, int | float) or credits_ < 0:
        return None
    return round(credits_ * CREDIT)


def _kind(message: str, issues: list[Any]) -> type[VideoGenerationError] | None:
    if "enough credits" in message.lower():
        return InsufficientCreditsError
    if any(at(issue, "path") == ["model"] for issue in issues):
        return ModelRetiredError
    if any(at(issue, "path", 0) in _MEDIA_FIELDS and at(issue, "code") not in _SHAPE for issue in issues):
        return MediaInputError
    return None


def _way_out(status: int, kind: type[VideoGenerationError] | None, context: Context) -> str:
    if status == 401:
        return f"check {' or '.join(context.provider.key_env)}"
    return "buy some at https://dev.runwayml.com/" if kind is InsufficientCreditsError else ""


def _said(issue: Any) -> str:
    path = at(issue, "path")
    where = ".".join(map(str, path)) if isinstance(path, list) else ""
    return f"{where}: {words_at(issue, 'message')}" if where else words_at(issue, "message")
