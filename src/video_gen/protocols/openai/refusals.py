"""What a refusal, or the reason of a failed job, means on this wire.

Codes of OpenAI (openai 3.52.0; video guide), Azure (azure-rest-api-specs, troubleshooting page), LiteLLM 1.109.1,
new-api and the relays of Veo, all read 2026-11-21. A code decides; the words are asked where there is no known code.
"""

from typing import Any, Final

from video_gen.exceptions import (
    AudioFilteredError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    MediaInputError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Context, Reply
from video_gen.spec.answers import at, refusal

Kind = type[VideoGenerationError]

_BY_CODE: Final[dict[str, Kind]] = {
    "access_denied": AuthenticationError,
    "audio_filtered": AudioFilteredError,
    "billing_hard_limit_reached": InsufficientCreditsError,
    "budget_exceeded": InsufficientCreditsError,
    "content_filter": ContentPolicyError,
    "content_policy": ContentPolicyError,
    "content_policy_violation": ContentPolicyError,
    "contentfilter": ContentPolicyError,
    "copyright_violation": ContentPolicyError,
    "get_channel_failed": ServiceUnavailableError,
    "input_moderation": ContentPolicyError,
    "insufficient_credits": InsufficientCreditsError,
    "insufficient_quota": InsufficientCreditsError,
    "insufficient_user_quota": InsufficientCreditsError,
    "invalid_image_file": MediaInputError,
    "invalid_api_key": AuthenticationError,
    "model_deprecated": ModelRetiredError,
    "model_retired": ModelRetiredError,
    "moderation_blocked": ContentPolicyError,
    "nsfw_content_detected": ContentPolicyError,
    "output_moderation": ContentPolicyError,
    "permissiondenied": AuthenticationError,
    "pre_consume_token_quota_failed": InsufficientCreditsError,
    "prominent_people_filter_failed": ContentPolicyError,
    "prompt_blocked": ContentPolicyError,
    "public_error_audio_filtered": AudioFilteredError,
    "public_error_prominent_people_filter_failed": ContentPolicyError,
    "public_error_unsafe_generation": ContentPolicyError,
    "rate_limit_exceeded": RateLimitError,
    "responsibleaipolicyviolation": ContentPolicyError,
    "sensitive_words_detected": ContentPolicyError,
    "too_many_requests": RateLimitError,
    "toomanyrequests": RateLimitError,
    "unsupported_file_mimetype": MediaInputError,
}
_BY_WORDS: Final[dict[str, Kind]] = {
    "audio_filtered": AudioFilteredError,
    "audio was filtered": AudioFilteredError,
    "blocked by our moderation": ContentPolicyError,
    "content management policy": ContentPolicyError,
    "content policy": ContentPolicyError,
    "content_policy": ContentPolicyError,
    "contentpolicyviolation": ContentPolicyError,
    "people_filter_failed": ContentPolicyError,
    "safety system": ContentPolicyError,
    "unsafe_generation": ContentPolicyError,
    "exceeded your current quota": InsufficientCreditsError,
    "insufficient balance": InsufficientCreditsError,
    "image must match the requested": MediaInputError,
    "has been deprecated": ModelRetiredError,
    "has been retired": ModelRetiredError,
    "has been shut down": ModelRetiredError,
    "no longer available": ModelRetiredError,
}
"""Words that no other refusal would hold."""
_MISMATCH: Final = "match the requested width and height"
_MESSAGES: Final = (
    "message", "msg", "detail", "reason", "fail_reason", "failure_reason", "errorMessage", "error_message", "error_msg",
)  # fmt: skip
_CODES: Final = ("code", "type", "errorCode", "error_code")


def reason_in(body: Any) -> tuple[tuple[str, ...], str]:
    """Return the codes and the words of an error: of `{"error": ...}`, or of a body that is one itself.

    The error may be a text or an object; FastAPI's is a text or a list of problems under `detail`.
    """
    error = at(body, "error") or at(body, "errors", 0)
    if isinstance(error, str):
        return _codes(body), error
    if isinstance(error, dict):
        return _codes(error), _message(error) or _message(body)
    return _codes(body), _message(body)


def _codes(error: Any) -> tuple[str, ...]:
    inner = at(error, "innererror") or at(error, "inner_error")
    found = [at(error, name) for name in _CODES] + [at(inner, "code")]
    return tuple(str(code) for code in found if isinstance(code, str | int) and code != "")


def _message(body: Any) -> str:
    for name in _MESSAGES:
        said = at(body, name)
        if isinstance(said, str) and said.strip():
            return said.strip()
        if isinstance(said, list):
            return "; ".join(map(_problem, said))
    return ""


def _problem(problem: Any) -> str:
    where = at(problem, "loc")
    name = ".".join(map(str, where)) if isinstance(where, list) else ""
    said = at(problem, "msg")
    return f"{name}: {said}" if name and said else str(said or problem)


def kind_of(codes: tuple[str, ...], message: str) -> Kind | None:
    """Return the error class that a reason stands for, None where it says nothing that is known.

    A policy code wins over the others, since services put it beside or inside a general one.
    """
    known = [_BY_CODE[code.lower()] for code in codes if code.lower() in _BY_CODE]
    for kind in known:
        if issubclass(kind, ContentPolicyError):
            return kind
    said = message.lower()
    return known[0] if known else next((kind for words, kind in _BY_WORDS.items() if words in said), None)


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    codes, message = reason_in(reply.body)
    code = next((code for code in codes if not code.isdigit() and code not in message), "")
    said = f"{message} ({code})" if message and code else message or code
    if _MISMATCH in message:
        said += _shapes(context)
    hint = "" if said or reply.status != 404 else _hint(context)
    kind = kind_of(codes, message)
    return refusal(reply, context.provider.id, f"{said}{hint}", kind=kind, billable=billable)


def _shapes(context: Context) -> str:
    """Return the two sizes that are to be one."""
    settings = context.plan.settings
    picture = settings.first_frame
    if picture is None or not picture.width:
        return ""
    video = f"{settings.width}x{settings.height}"
    return f": the first frame is {picture.width}x{picture.height}, the video {video}; give it a picture of its size"


def _hint(context: Context) -> str:
    """Return the way out where nobody speaks this wire at the address."""
    provider, api = context.provider, "Images" if context.plan.task == "text_to_image" else "Videos"
    variables = " or ".join(provider.base_url_env or provider.settings_env.get("resource", ()))
    return f"there is no {api} API at this address" + (f": check {variables}" if variables else "")
