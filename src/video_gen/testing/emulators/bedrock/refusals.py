"""How Bedrock words the faults that are answers."""

from typing import Final

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.faults import Fault

IN_S3: Final = {"UnrecognizedClient": "InvalidAccessKeyId", "InvalidSignature": "SignatureDoesNotMatch"}
"""What S3 calls the reasons for which a signature is no proof."""
_UNPAID: Final = (
    "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided. Your AWS "
    "Marketplace subscription for this model cannot be completed at this time."
)
_FILTERED: Final = (
    "This request has been blocked by our content filters. Please adjust your text prompt to submit a new request."
)
_WORDS: Final = {
    "rate_limited": (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "unavailable": (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    "error_before": (500, "InternalServerException", "The system encountered an unexpected error during processing."),
    "unauthorized": (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
    "no_credit": (403, "AccessDeniedException", _UNPAID),
    "refused": (400, "ValidationException", _FILTERED),
}


def worded(fault: Fault) -> RefusedError:
    """Return how Bedrock words a fault."""
    return RefusedError(*_WORDS[fault.name])
