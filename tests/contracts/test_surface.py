"""The public names: exactly these, each really there, for people and for type checkers alike."""

import ast
import inspect
from pathlib import Path

import pytest

import video_gen
from video_gen import exceptions

PUBLIC = [
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


def test_exactly_these_names_are_public():
    assert sorted(video_gen.__all__) == sorted(PUBLIC), "a name here is a promise: change both lists, and CHANGELOG.md"
    assert dir(video_gen) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_resolves_and_explains_itself(name: str):
    value = getattr(video_gen, name)
    if name != "__version__":
        assert inspect.getdoc(value)
        assert value.__module__.startswith("video_gen.")


def test_every_error_is_public():
    errors = {name for name, value in vars(exceptions).items() if inspect.isclass(value) and name.endswith("Error")}
    assert errors <= set(PUBLIC)


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(video_gen.__file__).read_text(encoding="utf-8"))
    guard = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in guard.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen | {"__version__"} == set(PUBLIC)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="`Klient`"):
        _ = video_gen.Klient
