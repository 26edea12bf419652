"""What a provider's answer means where its own words say no more; for protocols, which share it by this file alone."""

from email.utils import parsedate_to_datetime
from typing import Any, Final

from video_gen.exceptions import (
    ApiRequestError,
    AuthenticationError,
    InsufficientCreditsError,
    InvalidRequestError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec.protocol import Reply

_BY_STATUS: Final[dict[int, type[VideoGenerationError]]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: InsufficientCreditsError,
    403: AuthenticationError,
    405: InvalidRequestError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
}
_REQUEST_IDS: Final = ("x-request-id", "request-id", "x-amzn-requestid", "x-fal-request-id", "cf-ray")
_QUOTED: Final = 300


def at(body: Any, *path: str | int) -> Any:
    """Return what lies at `path` in a parsed body, None where any step is missing or of another shape.

    >>> at({"error": {"message": "no"}}, "error", "message")
    'no'
    """
    for step in path:
        if isinstance(body, dict) and isinstance(step, str):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and -len(body) <= step < len(body):
            body = body[step]
        else:
            return None
    return body


def words_at(body: Any, *path: str | int) -> str:
    """Return the text that lies at `path`, empty where there is none."""
    found = at(body, *path)
    return found if isinstance(found, str) else ""


def retry_after(reply: Reply) -> float | None:
    """Return the seconds a reply asks to wait, None where it does not say.

    `retry-after-ms` and `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); a date counts from the reply's own
    `Date`, since a protocol has no clock.
    """
    millis, after = reply.headers.get("retry-after-ms"), reply.headers.get("retry-after")
    try:
        if millis is not None:
            return max(0.0, float(millis) / 1000)
        if after is None:
            return None
        if after.strip().replace(".", "", 1).isdigit():
            return float(after)
        until, now = parsedate_to_datetime(after), parsedate_to_datetime(reply.headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def dated(reply: Reply) -> float | None:
    """Return when a reply was made, seconds since the epoch by its provider's clock; None where it does not say."""
    try:
        return parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return None


def refusal(
    reply: Reply,
    provider: str,
    message: str = "",
    *,
    kind: type[VideoGenerationError] | None = None,
    billable: bool = False,
) -> VideoGenerationError:
    """Return the error that a reply stands for.

    Args:
        reply: An answer that is no success.
        provider: The provider's id.
        message: Its own words; without them the answer's text is quoted.
        kind: What its error code means, where the protocol knows; otherwise the HTTP status decides.
        billable: It answers a submit. Then a 408 or a 5xx but 503 does not tell whether the job was accepted, and is
            returned as `SubmissionUnknownError` - unless `kind` says that the protocol knows.
    """
    kind = kind or (_unsure(reply.status) if billable else None) or _kind(reply.status)
    said = message or reply.text.strip()[:_QUOTED] or "no reason given"
    return kind(
        f"{provider} answered {reply.status}: {said}",
        provider=provider,
        status_code=reply.status,
        request_id=next((reply.headers[name] for name in _REQUEST_IDS if name in reply.headers), None),
        retry_after=retry_after(reply),
    )


def garbled(reply: Reply, provider: str, missing: str, *, billable: bool = False) -> VideoGenerationError:
    """Return the error for a success that does not hold what it must: after a submit, the job may well be paid."""
    kind = SubmissionUnknownError if billable else ApiRequestError
    said = reply.text.strip()[:_QUOTED] or "nothing"
    return kind(
        f"{provider} answered {reply.status} without {missing}: {said}", provider=provider, status_code=reply.status
    )


def _unsure(status: int) -> type[VideoGenerationError] | None:
    return SubmissionUnknownError if status == 408 or (status >= 500 and status != 503) else None


def _kind(status: int) -> type[VideoGenerationError]:
    if status >= 500 or status == 408:
        return ServiceUnavailableError
    return _BY_STATUS.get(status, ApiRequestError)
