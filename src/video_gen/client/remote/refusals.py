"""An answer that is no success, as the exception it was on the server. Pure."""

from typing import Any, Final

from video_gen.engine.faults import class_of
from video_gen.exceptions import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    RateLimitError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Reply
from video_gen.spec.answers import retry_after

_FACTS: Final = ("provider", "status_code", "request_id", "retry_after")
_OF_STATUS: Final[dict[int, type[VideoGenerationError]]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    408: ServiceUnavailableError,
    429: RateLimitError,
}
"""What an answer means whose code is HTTP's own: the server's front door says it, or a proxy before it."""


def error_of(reply: Reply, url: str) -> VideoGenerationError:
    """Return what an answer says, as the class and with the facts that it was raised with.

    Args:
        reply: The answer.
        url: Where the server is, for messages.
    """
    said = _said(reply)
    code, message = str(said.get("code", "")), str(said.get("message", ""))
    kind = class_of(code)
    if message and kind.code == code and kind.__module__ == VideoGenerationError.__module__:  # not a server's own
        return kind(message, **{name: said.get(name) for name in _FACTS})
    if reply.status in {404, 405} and code in {"", "no_such_path", "method_not_allowed"}:
        return not_ours(url)
    return _by_status(reply, url, message)


def not_ours(url: str) -> ConfigurationError:
    """Return the error for what answers and is no server of this kind."""
    return ConfigurationError(
        f"`{url}` answers, but not as a video-gen server that this client knows: give the address that "
        "`video-gen serve` prints, like http://localhost:8000, and the same version on both sides"
    )


def _by_status(reply: Reply, url: str, message: str) -> VideoGenerationError:
    said, asked = message or f"it answered {reply.status}", retry_after(reply)
    if reply.status == 401:
        return AuthenticationError(f"`{url}` did not let this client in, {said}; set VIDEO_GEN_API_KEY, or `api_key=`")
    if reply.status >= 500:
        return ServiceUnavailableError(f"`{url}` cannot answer just now: {said}; its log says more", retry_after=asked)
    return _OF_STATUS.get(reply.status, InvalidRequestError)(f"`{url}`: {said}", retry_after=asked)


def _said(reply: Reply) -> dict[str, Any]:
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    return error if isinstance(error, dict) else {}
