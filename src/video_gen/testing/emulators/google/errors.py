"""How Google says no: google.rpc.Status in an envelope, with details that say why and how long.

The Interactions API has an envelope of its own for what it judges itself: a code in words, and nothing else. The front
end, which judges keys and quotas, answers for both.
"""

from typing import Any, Final

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.faults import Fault

_STATUS: Final = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
POLICY: Final = (
    "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI "
    "practices. Try rephrasing your prompt. Support codes: 42876398"
)
_DEPLETED: Final = (
    "Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project "
    "and billing."
)
_QUOTA: Final = "You exceeded your current quota, please check your plan and billing details."
_FAULTS: Final = {
    "rate_limited": ("RESOURCE_EXHAUSTED", _QUOTA),
    "unavailable": ("UNAVAILABLE", "The model is overloaded. Please try again later."),
    "error_before": ("INTERNAL", "An internal error has occurred. Please retry or report it."),
    "no_credit": ("RESOURCE_EXHAUSTED", _DEPLETED),
    "refused": ("INVALID_ARGUMENT", POLICY),
}


def rpc(name: str, message: str, *details: dict[str, Any]) -> RefusedError:
    """Return an error of the front end, or of an API that speaks google.rpc."""
    return RefusedError(_STATUS[name], name, message, details=list(details))


def invalid(message: str) -> RefusedError:
    """Return the error for a request that cannot be."""
    return rpc("INVALID_ARGUMENT", message)


def worded(code: str, message: str, status: int = 400) -> RefusedError:
    """Return an error of the Interactions API."""
    return RefusedError(status, code, message, worded=True)


def no_key() -> RefusedError:
    """Return how the Gemini API refuses a key."""
    reason = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }
    return rpc("INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", reason)


def no_token() -> RefusedError:
    """Return how Google Cloud refuses a token."""
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential."
    )
    reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED"}
    return rpc("UNAUTHENTICATED", message, reason)


def of_fault(fault: Fault) -> RefusedError:
    """Return how Google words a fault."""
    return rpc(*_FAULTS[fault.name])


def body_of(refused: RefusedError) -> dict[str, Any]:
    """Return the body of an error."""
    if "worded" in refused.more:
        return {"error": {"message": refused.message, "code": refused.code}}
    details = list(refused.more.get("details", []))
    if "retry_after" in refused.more:
        delay = f"{refused.more['retry_after']:g}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    error = {"code": refused.status, "message": refused.message, "status": refused.code}
    return {"error": {**error, "details": details} if details else error}
