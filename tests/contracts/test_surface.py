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
    "AudioFilteredError",
    "AuthenticationError",
    "CameraMotion",
    "Client",
    "ConfigurationError",
    "ContentPolicyError",
    "DailyLimitError",
    "Decision",
    "Event",
    "DeadlineExceededError",
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
    "Quote",
    "QueueFullError",
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
