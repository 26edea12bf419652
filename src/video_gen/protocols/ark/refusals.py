"""What a refusal, and the failure of an accepted task, mean: by Ark's own code.

docs.byteplus.com/en/docs/ModelArk/1299023 and volcengine.com/docs/82379/1299023, read 2026-11-21.
"""

from typing import Final

from video_gen.exceptions import (
    AudioFilteredError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, refusal, words_at

_BY_CODE: Final[tuple[tuple[str, type[VideoGenerationError]], ...]] = (
    ("OutputAudioSensitiveContentDetected", AudioFilteredError),
    ("InputTextSensitiveContentDetected", ContentPolicyError),
    ("InputImageSensitiveContentDetected", ContentPolicyError),
    ("InputVideoSensitiveContentDetected", ContentPolicyError),
    ("InputAudioSensitiveContentDetected", ContentPolicyError),
    ("OutputVideoSensitiveContentDetected", ContentPolicyError),
    ("OutputImageSensitiveContentDetected", ContentPolicyError),
    ("OutputTextSensitiveContentDetected", ContentPolicyError),
    ("SensitiveContentDetected", ContentPolicyError),
    ("InputTextRiskDetection", ContentPolicyError),
    ("InputImageRiskDetection", ContentPolicyError),
    ("OutputTextRiskDetection", ContentPolicyError),
    ("OutputImageRiskDetection", ContentPolicyError),
    ("AuthenticationError", AuthenticationError),
    ("AccessDenied", AuthenticationError),
    ("ModelNotOpen", AuthenticationError),
    ("AccountOverdueError", InsufficientCreditsError),
    ("QuotaExceeded", InsufficientCreditsError),
    ("SetLimitExceeded", InsufficientCreditsError),
    ("ServerOverloaded", ServiceUnavailableError),
    ("ModelLoadingError", ServiceUnavailableError),
    ("RateLimitExceeded", RateLimitError),
    ("InvalidEndpointOrModel", InvalidRequestError),
    ("InvalidEndpoint", InvalidRequestError),
    ("InvalidParameter", InvalidRequestError),
    ("MissingParameter", InvalidRequestError),
    ("UnsupportedModel", InvalidRequestError),
)
"""By the code up to a dot: "InvalidParameter.TaskTypeMismatch" is an InvalidParameter."""
_ENDED: Final = ("retired", "deprecated", "discontinued", "taken offline", "shut down")


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    code, message = words_at(reply.body, "error", "code"), words_at(reply.body, "error", "message")
    kind = _kind(code)
    if reply.status == 404 and any(word in message.lower() for word in _ENDED):
        kind = ModelRetiredError
    said = f"{code}: {message}" if code and message else message or code
    way_out = f" (activate `{context.plan.wire_model}` in its console)" if code == "ModelNotOpen" else ""
    return refusal(reply, context.provider.id, said + way_out, kind=kind, billable=billable)


def failed(reply: Reply) -> Failed:
    """Return the outcome of a task that failed; only tasks that succeed are charged."""
    code, message = (words_at(at(reply.body, "error"), name) for name in ("code", "message"))
    kind = _kind(code)
    fitting = kind if kind is not None and issubclass(kind, ContentPolicyError) else JobFailedError
    said = f"{code}: {message}" if code and message else message or code or "no reason given"
    return Failed(code=fitting.code, message=said, charged=False, cost=0)


def _kind(code: str) -> type[VideoGenerationError] | None:
    return next((kind for head, kind in _BY_CODE if f"{code}.".startswith(f"{head}.")), None)
