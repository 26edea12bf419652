"""Errors at rest: an exception as facts that a row can hold, and back."""

from collections.abc import Iterator

from video_gen.exceptions import VideoGenerationError
from video_gen.spec.job import ErrorFacts


def facts_of(error: VideoGenerationError) -> ErrorFacts:
    """Return what a row keeps of an error."""
    return ErrorFacts(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        provider=error.provider,
        retry_after=error.retry_after,
    )


def words_of(error: BaseException) -> str:
    """Return what a person is told of an error.

    The words of an error that is not ours may hold anything, a key in an address too: they go to the log alone.
    """
    return (
        error.message if isinstance(error, VideoGenerationError) else f"unexpected {type(error).__name__} (see the log)"
    )


def facts(code: str, message: str, provider: str | None = None) -> ErrorFacts:
    """Return the facts of an error known by its code; an unknown code becomes the plain error's."""
    kind = class_of(code)
    return ErrorFacts(code=kind.code, message=message, retryable=kind.retryable, provider=provider)


def error_of(stored: ErrorFacts) -> VideoGenerationError:
    """Return a stored error as the exception it was."""
    return class_of(stored.code)(stored.message, provider=stored.provider, retry_after=stored.retry_after)


def class_of(code: str) -> type[VideoGenerationError]:
    """Return the error class of a code; `VideoGenerationError` where there is none."""
    return next((kind for kind in _tree(VideoGenerationError) if kind.code == code), VideoGenerationError)


def _tree(kind: type[VideoGenerationError]) -> Iterator[type[VideoGenerationError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)
