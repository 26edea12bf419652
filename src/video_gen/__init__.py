"""One durable gateway for every AI video model.

The public names, loaded when they are first used: importing this package costs next to nothing. Everything a
program needs is here; `video_gen.spec` is for authors of protocols, and every other module may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from video_gen.client import (
        AsyncClient,
        AsyncVideoJob,
        BatchPlan,
        BatchResult,
        BatchRow,
        Client,
        ComparedVideo,
        Comparison,
        ComparisonPlan,
        Film,
        FilmPlan,
        ImageResult,
        Storyboard,
        Usage,
        VideoJob,
        VideoMetadata,
        VideoQuote,
    )
    from video_gen.config import AzureSoraConfig, RunwayConfig, SoraConfig, Veo3Config, create_config_for_backend
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
        WebhookNotFoundError,
    )
    from video_gen.logger import get_library_logger
    from video_gen.providers import AzureSoraAPIClient, RunwayGen4Client, RunwayVeoClient, SoraAPIClient, Veo3APIClient
    from video_gen.smart import generate_video_smart
    from video_gen.spec import Artifact, CameraMotion, Decision, Event, Job, Plan, Quote, Request, Status
    from video_gen.video_generator import (
        extract_last_frame_as_png,
        generate_video,
        generate_video_sequence_with_veo3_stitching,
        generate_video_with_azure_sora,
        generate_video_with_runway,
        generate_video_with_runway_veo,
        generate_video_with_sora2,
        generate_video_with_veo3,
    )

__version__ = "0.1.0"

__all__ = [
    "ApiRequestError",
    "Artifact",
    "AsyncClient",
    "AsyncVideoJob",
    "AudioFilteredError",
    "AuthenticationError",
    "AzureSoraAPIClient",
    "AzureSoraConfig",
    "BatchPlan",
    "BatchResult",
    "BatchRow",
    "CameraMotion",
    "Client",
    "ComparedVideo",
    "Comparison",
    "ComparisonPlan",
    "ConfigurationError",
    "ContentPolicyError",
    "DailyLimitError",
    "DeadlineExceededError",
    "Decision",
    "Event",
    "Film",
    "FilmPlan",
    "ImageResult",
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
    "RunwayConfig",
    "RunwayGen4Client",
    "RunwayVeoClient",
    "ServiceUnavailableError",
    "SoraAPIClient",
    "SoraConfig",
    "SpendLimitError",
    "Status",
    "StorageError",
    "StoreLockedError",
    "Storyboard",
    "SubmissionUnknownError",
    "UnknownModelError",
    "UnsupportedOptionError",
    "Usage",
    "Veo3APIClient",
    "Veo3Config",
    "VerificationError",
    "VideoGenerationError",
    "VideoJob",
    "VideoMetadata",
    "VideoProcessingError",
    "VideoQuote",
    "WaitTimeoutError",
    "WebhookNotFoundError",
    "__version__",
    "create_config_for_backend",
    "extract_last_frame_as_png",
    "generate_video",
    "generate_video_sequence_with_veo3_stitching",
    "generate_video_smart",
    "generate_video_with_azure_sora",
    "generate_video_with_runway",
    "generate_video_with_runway_veo",
    "generate_video_with_sora2",
    "generate_video_with_veo3",
    "get_library_logger",
]

_HOMES = {
    "client": (
        "AsyncClient",
        "AsyncVideoJob",
        "BatchPlan",
        "BatchResult",
        "BatchRow",
        "Client",
        "ComparedVideo",
        "Comparison",
        "ComparisonPlan",
        "Film",
        "FilmPlan",
        "ImageResult",
        "Storyboard",
        "Usage",
        "VideoJob",
        "VideoMetadata",
        "VideoQuote",
    ),
    "config": ("AzureSoraConfig", "RunwayConfig", "SoraConfig", "Veo3Config", "create_config_for_backend"),
    "logger": ("get_library_logger",),
    "providers": ("AzureSoraAPIClient", "RunwayGen4Client", "RunwayVeoClient", "SoraAPIClient", "Veo3APIClient"),
    "smart": ("generate_video_smart",),
    "spec": ("Artifact", "CameraMotion", "Decision", "Event", "Job", "Plan", "Quote", "Request", "Status"),
    "video_generator": (
        "extract_last_frame_as_png",
        "generate_video",
        "generate_video_sequence_with_veo3_stitching",
        "generate_video_with_azure_sora",
        "generate_video_with_runway",
        "generate_video_with_runway_veo",
        "generate_video_with_sora2",
        "generate_video_with_veo3",
    ),
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
