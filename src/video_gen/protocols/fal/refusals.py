"""What a refusal, and the failure of an accepted request, mean.

A model's errors are a list, each with a type (docs.fal.ai/errors); those of fal itself are one text and an `error_type`
(docs.fal.ai/documentation/model-apis/request-errors), said in a header too. Both read 2026-11-21.
"""

from collections.abc import Iterator
from typing import Any, Final

from video_gen.exceptions import (
    AudioFilteredError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    MediaInputError,
    ModelRetiredError,
    NoVideoError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, refusal, words_at

_SHOWN: Final = 3
_BY_TYPE: Final[dict[str, type[VideoGenerationError]]] = {
    # of a model
    "content_policy_violation": ContentPolicyError,
    "no_media_generated": NoVideoError,
    "internal_server_error": ServiceUnavailableError,
    "generation_timeout": ServiceUnavailableError,
    "downstream_service_error": ServiceUnavailableError,
    "downstream_service_unavailable": ServiceUnavailableError,
    "face_detection_error": MediaInputError,
    "file_download_error": MediaInputError,
    "file_too_large": MediaInputError,
    "invalid_archive": MediaInputError,
    # of fal itself
    "request_timeout": ServiceUnavailableError,
    "startup_timeout": ServiceUnavailableError,
    "runner_scheduling_failure": ServiceUnavailableError,
    "runner_connection_timeout": ServiceUnavailableError,
    "runner_disconnected": ServiceUnavailableError,
    "runner_connection_refused": ServiceUnavailableError,
    "runner_connection_error": ServiceUnavailableError,
    "runner_incomplete_response": ServiceUnavailableError,
    "runner_server_error": ServiceUnavailableError,
    "internal_error": ServiceUnavailableError,
    "client_disconnected": JobFailedError,
    "client_cancelled": JobFailedError,
    "bad_request": InvalidRequestError,
}
_OF_MEDIA: Final = ("image_", "audio_", "video_", "unsupported_image_", "unsupported_audio_", "unsupported_video_")
"""Beginnings of the types that speak of a file handed in: image_too_small, unsupported_video_format ..."""
_UNSAFE: Final = ("unsafe", "safety", "policy", "policies", "sensitive", "flagged", "moderat", "prohibited")
_NO_BALANCE: Final = ("exhausted balance", "top_up", "top up", "insufficient")


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    gone = billable and reply.status in {404, 410} and bool(said(reply))
    kind = ModelRetiredError if gone else _kind_of_refusal(reply)
    return refusal(reply, context.provider.id, said(reply), kind=kind, billable=billable)


def error_type(reply: Reply) -> str:
    """Return the type of the first error that a reply names, empty where it names none."""
    of_model = next((words_at(each, "type") for each in _errors(reply.body)), "")
    return of_model or words_at(reply.body, "error_type") or reply.headers.get("x-fal-error-type", "")


def failed(reply: Reply, *, charged: bool | None = None) -> Failed:
    """Return the outcome of a request that failed; its result, or its status, says how.

    A fault of fal's is never charged; what a runner has worked on before it refused the input may be
    (docs.fal.ai/model-apis/faq, read 2026-11-21).
    """
    kind = _kind(reply) or (JobFailedError if reply.ok or reply.status >= 500 else InvalidRequestError)
    faulty = reply.status >= 500 or kind is ServiceUnavailableError
    named, message = error_type(reply), said(reply) or "fal gave no reason"
    told = message if not named or named in message else f"{message} ({named})"
    return Failed(code=kind.code, message=told, charged=False if faulty else charged)


def said(reply: Reply) -> str:
    """Return a reply's own words."""
    detail = at(reply.body, "detail")
    if isinstance(detail, list):
        return "; ".join(filter(None, map(_one_said, _errors(reply.body)[:_SHOWN])))
    return words_at(reply.body, "detail") or words_at(reply.body, "error")


def _kind_of_refusal(reply: Reply) -> type[VideoGenerationError] | None:
    """Return what a refusal means beyond its status; of a 5xx only the status tells whether it was carried out."""
    if reply.status >= 500:
        return None
    if reply.status == 403:
        message = said(reply).lower()
        return InsufficientCreditsError if any(words in message for words in _NO_BALANCE) else AuthenticationError
    return _kind(reply)


def _kind(reply: Reply) -> type[VideoGenerationError] | None:
    named = error_type(reply)
    kind = _BY_TYPE.get(named) or (MediaInputError if named.startswith(_OF_MEDIA) else None)
    if kind in {ContentPolicyError, NoVideoError}:
        return _filtered(reply, kind)
    return kind


def _filtered(reply: Reply, kind: type[VideoGenerationError] | None) -> type[VideoGenerationError] | None:
    """Return what exactly was filtered: models that only say "no media" tell in words that it was for safety."""
    words, where = said(reply).lower(), "".join(_places(reply.body))
    if kind is NoVideoError and not any(each in words for each in _UNSAFE):
        return NoVideoError
    return AudioFilteredError if "audio" in words and "audio" not in where else ContentPolicyError


def _errors(body: Any) -> list[Any]:
    detail = at(body, "detail")
    return detail if isinstance(detail, list) else []


def _places(body: Any) -> Iterator[str]:
    for each in _errors(body):
        place = at(each, "loc")
        yield from map(str, place) if isinstance(place, list) else ()


def _one_said(error: Any) -> str:
    place = at(error, "loc")
    where = ".".join(str(step) for step in place if step != "body") if isinstance(place, list) else ""
    message = words_at(error, "msg")
    return f"{where}: {message}" if where else message
