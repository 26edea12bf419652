"""What a refusal of Bedrock's means."""

from typing import Final

from video_gen.exceptions import (
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec import Context, Reply
from video_gen.spec.answers import refusal, words_at

_BY_TYPE: Final[dict[str, type[VideoGenerationError]]] = {
    "AccessDeniedException": AuthenticationError,
    "ConflictException": SubmissionUnknownError,
    "ExpiredTokenException": AuthenticationError,
    "IncompleteSignature": AuthenticationError,
    "InvalidSignatureException": AuthenticationError,
    "MissingAuthenticationTokenException": AuthenticationError,
    "OptInRequired": AuthenticationError,
    "RequestExpired": AuthenticationError,
    "ResourceNotFoundException": InvalidRequestError,
    "ServiceQuotaExceededException": RateLimitError,
    "ServiceUnavailableException": ServiceUnavailableError,
    "ThrottlingException": RateLimitError,
    "UnrecognizedClientException": AuthenticationError,
    "ValidationException": InvalidRequestError,
}
_BY_WORDS: Final[dict[str, type[VideoGenerationError]]] = {
    "content filter": ContentPolicyError,
    "reached the end of its life": ModelRetiredError,
    "marked by provider as legacy": ModelRetiredError,
    "payment_instrument": InsufficientCreditsError,
}
"""What no error type of its own says; found in the message."""


def type_of(reply: Reply) -> str:
    """Return the error's type: "ValidationException:http://..." in the header, "namespace#Name" in the body."""
    named = reply.headers.get("x-amzn-errortype") or words_at(reply.body, "__type")
    return "" if reply.ok else named.partition(":")[0].rpartition("#")[2]


def by_words(message: str, otherwise: type[VideoGenerationError]) -> type[VideoGenerationError]:
    """Return the kind of error a message speaks of."""
    return next((kind for words, kind in _BY_WORDS.items() if words in message.lower()), otherwise)


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    message = words_at(reply.body, "message") or words_at(reply.body, "Message")
    named = type_of(reply)
    kind = _BY_TYPE.get(named)
    if kind is not None:
        kind = by_words(message, kind)
    said = f"{named}: {message}" if named and message else message or named
    return refusal(reply, context.provider.id, said + _hint(message, context), kind=kind, billable=billable)


def _hint(message: str, context: Context) -> str:
    """Return the way out of what Bedrock words for nobody."""
    plan, region = context.plan, context.provider.settings.get("region", "")
    regions = plan.wire_options.get("regions", "").split()
    if "model identifier is invalid" in message and regions and region not in regions:
        return f" (`{plan.wire_model}` is known to run in {' or '.join(regions)}, not in {region}: set AWS_REGION)"
    if "Output Config" in message:
        return f" (the bucket must be in {region}, and these credentials need s3:PutObject on it)"
    return ""
