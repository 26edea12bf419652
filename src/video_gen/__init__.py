"""One durable gateway for every AI video model.

The public names, loaded when they are first used: importing this package costs next to nothing. Everything a
program needs is here; `video_gen.spec` is for authors of protocols, and every other module may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from video_gen.client import AsyncClient, Client
    from video_gen.exceptions import (
        ApiRequestError,
        AudioFilteredError,
        AuthenticationError,
        ConfigurationError,
        ContentPolicyError,
        DailyLimitError,
        DeadlineExceededError,
        InsufficientCreditsError,
        InvalidRequestError,
        JobCancelledError,
        JobFailedError,
        JobNotFoundError,
        JobStateError,
        KeyNotFoundError,
        MediaInputError,
        MediaNotFoundError,
        ModelRetiredError,
        NoVideoError,
        QueueFullError,
        RateLimitError,
        RetryExhaustedError,
        ServiceUnavailableError,
        SpendLimitError,
        StorageError,
        StoreLockedError,
        SubmissionUnknownError,
        UnknownModelError,
        UnsupportedOptionError,
        VerificationError,
        VideoGenerationError,
        VideoProcessingError,
        WaitTimeoutError,
    )
    from video_gen.smart import generate_video_smart
    from video_gen.spec import Artifact, CameraMotion, Decision, Event, Job, Plan, Quote, Request, Status

__version__ = "0.1.0"

__all__ = [
    "ApiRequestError",
    "Artifact",
    "AsyncClient",
    "AudioFilteredError",
    "AuthenticationError",
    "CameraMotion",
    "Client",
    "ConfigurationError",
    "ContentPolicyError",
    "DailyLimitError",
    "DeadlineExceededError",
    "Decision",
    "Event",
    "InsufficientCreditsError",
    "InvalidRequestError",
    "Job",
    "JobCancelledError",
    "JobFailedError",
    "JobNotFoundError",
    "JobStateError",
    "KeyNotFoundError",
    "MediaInputError",
    "MediaNotFoundError",
    "ModelRetiredError",
    "NoVideoError",
    "Plan",
    "QueueFullError",
    "Quote",
    "RateLimitError",
    "Request",
    "RetryExhaustedError",
    "ServiceUnavailableError",
    "SpendLimitError",
    "Status",
    "StorageError",
    "StoreLockedError",
    "SubmissionUnknownError",
    "UnknownModelError",
    "UnsupportedOptionError",
    "VerificationError",
    "VideoGenerationError",
    "VideoProcessingError",
    "WaitTimeoutError",
    "__version__",
    "generate_video_smart",
]

_HOMES = {
    "client": ("AsyncClient", "Client"),
    "smart": ("generate_video_smart",),
    "spec": ("Artifact", "CameraMotion", "Decision", "Event", "Job", "Plan", "Quote", "Request", "Status"),
}
"""Where the public names live that are no errors."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    home = next((module for module, names in _HOMES.items() if name in names), "exceptions")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
