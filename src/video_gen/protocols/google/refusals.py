"""What an error of Google's means: the answer to a call, or the end of an operation.

google.rpc.Status and its details (googleapis/google/rpc); Gemini API troubleshooting page; Vertex AI, responsible AI
and usage guidelines for Veo. Read 2026-11-21. The code is a number, a name in either case, or an HTTP status, and the
whole may lie in an array.
"""

import re
from typing import Any, Final, NamedTuple

from video_gen.exceptions import (
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    UnknownModelError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, refusal, words_at

Kind = type[VideoGenerationError]

_NAMES: Final = {
    1: "CANCELLED",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    16: "UNAUTHENTICATED",
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_BY_NAME: Final[dict[str, Kind]] = {
    "BLOCKLIST": ContentPolicyError,
    "BUDGET_EXCEEDED": InsufficientCreditsError,
    "DEADLINE_EXCEEDED": ServiceUnavailableError,
    "FAILED_PRECONDITION": InvalidRequestError,
    "GATEWAY_TIMEOUT": ServiceUnavailableError,
    "IMAGE_SAFETY": ContentPolicyError,
    "INVALID_ARGUMENT": InvalidRequestError,
    "INVALID_REQUEST": InvalidRequestError,
    "OUT_OF_RANGE": InvalidRequestError,
    "PERMISSION_DENIED": AuthenticationError,
    "PROHIBITED_CONTENT": ContentPolicyError,
    "RESOURCE_EXHAUSTED": RateLimitError,
    "SAFETY": ContentPolicyError,
    "SPII": ContentPolicyError,
    "TOO_MANY_REQUESTS": RateLimitError,
    "UNAUTHENTICATED": AuthenticationError,
    "UNAVAILABLE": ServiceUnavailableError,
    "UNIMPLEMENTED": InvalidRequestError,
}
_BY_REASON: Final[dict[str, Kind]] = {
    "API_KEY_INVALID": AuthenticationError,
    "BILLING_DISABLED": InsufficientCreditsError,
}
"""google.rpc.ErrorInfo says it where the code does not: a wrong key is an invalid argument."""
_BY_WORDS: Final[dict[str, Kind]] = {
    "api key not valid": AuthenticationError,
    "api key not found": AuthenticationError,
    "api key expired": AuthenticationError,
    "location is not supported": AuthenticationError,
    "no longer available": ModelRetiredError,
    "credits are depleted": InsufficientCreditsError,
    "billed users": InsufficientCreditsError,
    "enable billing": InsufficientCreditsError,
}
_POLICY: Final = re.compile(
    r"responsible ai|usage guidelines|support codes?:|sensitive words|\bviolat|\bsafety\b|prohibited|content polic",
    re.IGNORECASE,
)
_REQUEST: Final = frozenset({"INVALID_ARGUMENT", "INVALID_REQUEST", "FAILED_PRECONDITION"})
_SUPPORT_CODES: Final = {
    "child": ("58061214", "17301594"),
    "celebrity": ("29310472", "15236754"),
    "unsafe video": ("64151117", "42237218"),
    "dangerous content": ("62263041",),
    "hate": ("57734940", "22137204"),
    "prohibited content": ("89371032", "49114662", "63429089", "72817394", "60599140"),
    "third-party content": ("35561574", "35561575"),
    "sexual": ("90789179", "43188360"),
    "toxic": ("78610348",),
    "violence": ("61493863", "56562880"),
    "vulgar": ("32635315",),
}
_LONGEST: Final = 500


class Trouble(NamedTuple):
    """An error, read."""

    name: str
    """Of its code, in capitals."""
    message: str
    details: list[Any]

    @property
    def retry_after(self) -> float | None:
        """Seconds that google.rpc.RetryInfo asks to wait."""
        delays = (words_at(each, "retryDelay") for each in self.details)
        found = next((re.fullmatch(r"(\d+(?:\.\d+)?)s", delay) for delay in delays if delay), None)
        return float(found[1]) if found else None

    @property
    def kind(self) -> Kind | None:
        """The error class that fits; None where the code says no more than the HTTP status."""
        for each in self.details:
            if words_at(each, "reason") in _BY_REASON:
                return _BY_REASON[words_at(each, "reason")]
        for words, kind in _BY_WORDS.items():
            if words in self.message.lower():
                return kind
        if self.name in _REQUEST and _POLICY.search(self.message):
            return ContentPolicyError
        return InsufficientCreditsError if self._spent_for_today() else _BY_NAME.get(self.name)

    def _spent_for_today(self) -> bool:
        quotas = (words_at(each, "violations", 0, "quotaId") for each in self.details)
        return any("PerDay" in quota for quota in quotas)


def trouble(error: Any, status: int = 0) -> Trouble:
    """Read a google.rpc.Status, or what is like it."""
    code = at(error, "status") or at(error, "code") or status
    name = _NAMES.get(code, str(code or "")) if isinstance(code, int) else str(code).upper()
    message = " ".join((words_at(error, "message") or (error if isinstance(error, str) else "")).split())
    details = at(error, "details")
    return Trouble(name, message[:_LONGEST], details if isinstance(details, list) else [])


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    found = trouble(at(reply.body, "error") or at(reply.body, 0, "error"), reply.status)
    kind = found.kind if reply.status < 500 and reply.status != 408 else None
    if billable and reply.status == 404:
        kind = kind if kind is ModelRetiredError else UnknownModelError
    if billable and reply.status == 499:
        kind = SubmissionUnknownError
    said = explained(found.message) + _hint(reply, context)
    error = refusal(reply, context.provider.id, said, kind=kind, billable=billable)
    error.retry_after = error.retry_after if error.retry_after is not None else found.retry_after
    return error


def _hint(reply: Reply, context: Context) -> str:
    """Return the way out of a refused token: Google's words for it name none."""
    if reply.status != 401 or context.provider.signing != "google":
        return ""
    return f" (a token in {context.provider.key_env[0]} ends after an hour: `gcloud auth print-access-token` makes one)"


def failed(error: Any, *, charged: bool | None = None, cost: int | None = None) -> Failed:
    """Return the end of an accepted job, by its google.rpc.Status. What a filter stops is not charged."""
    found = trouble(error)
    kind = found.kind or JobFailedError
    if kind is ContentPolicyError and charged is None and cost is None:
        charged = False
    message = explained(found.message) or f"it failed with the code {found.name or 'unknown'}"
    return Failed(code=kind.code, message=message, charged=charged, cost=cost)


def explained(message: str) -> str:
    """Add what Google's support codes in a message mean.

    >>> explained("Blocked. Support codes: 15236754")
    'Blocked. Support codes: 15236754 (celebrity)'
    """
    found = [meaning for meaning, codes in _SUPPORT_CODES.items() if any(code in message for code in codes)]
    return f"{message} ({', '.join(found)})" if found else message
