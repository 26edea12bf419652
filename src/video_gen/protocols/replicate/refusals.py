"""What a refusal, and the failure of a prediction, mean.

A refusal is a problem document (RFC 7807); an input that does not fit names its fields. A failure is one text: what
the model said, or a code of Replicate's own and what it stands for. Wordings as seen in public, read 2026-11-21.
"""

import re
from typing import Final

from video_gen.exceptions import (
    AudioFilteredError,
    ContentPolicyError,
    InvalidRequestError,
    JobFailedError,
    MediaInputError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, refusal, words_at

_RESETS: Final = re.compile(r"resets in ~?(\d+(?:\.\d+)?)\s*s")
_FILTERED: Final = re.compile(
    r"\bE005\b|flagged|sensitive|nsfw|content (?:policy|filter|moderation)|moderat|safety(?!_)|prohibited|violat",
    re.IGNORECASE,
)
_SOUND: Final = re.compile(r"\b(?:audio|sound|speech)\b", re.IGNORECASE)
_OF_FAILURE: Final[tuple[tuple[re.Pattern[str], type[VideoGenerationError]], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"(?:download|load|open|read|fetch|decode|identify)[^.]*(?:image|video|file|url)", MediaInputError),
        (
            r"input validation|invalid input|must be (?:one of|at least|at most|between)|validation error",
            InvalidRequestError,
        ),
        (r"\bE003\b|high demand|unavailable|overloaded|capacity|rate limit|too many requests", ServiceUnavailableError),
        (r"interrupted|\(code: PA\)|\bE(?:1000|6716|8765|9243|9825)\b|timed? ?out", ServiceUnavailableError),
    )
)


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    title = words_at(reply.body, "title")
    detail = "; ".join(line.removeprefix("- ") for line in words_at(reply.body, "detail").strip().splitlines())
    said = f"{title}: {detail}" if title and detail else title or detail
    kind = _kind(reply, said, billable=billable)
    error = refusal(reply, context.provider.id, said, kind=kind, billable=billable)
    if isinstance(error, RateLimitError) and error.retry_after is None:
        error.retry_after = _resets(said)
    return error


def failed(reply: Reply) -> Failed:
    """Return the outcome of a prediction that failed; nothing says whether it is charged."""
    message = words_at(reply.body, "error").strip() or "Replicate gave no reason"
    return Failed(code=_kind_of_failure(message).code, message=message)


def _kind(reply: Reply, said: str, *, billable: bool) -> type[VideoGenerationError] | None:
    if reply.status in {404, 410} and billable and said:
        return ModelRetiredError
    if reply.status not in {400, 422}:
        return None
    if "version does not exist" in said or "nvalid version" in said:
        return ModelRetiredError
    fields = at(reply.body, "invalid_fields")
    if isinstance(fields, list) and fields:
        return MediaInputError if all(words_at(each, "type") == "format" for each in fields) else None
    return ContentPolicyError if _FILTERED.search(said) else None


def _kind_of_failure(message: str) -> type[VideoGenerationError]:
    if _FILTERED.search(message):
        return AudioFilteredError if _SOUND.search(message) else ContentPolicyError
    return next((kind for words, kind in _OF_FAILURE if words.search(message)), JobFailedError)


def _resets(said: str) -> float | None:
    found = _RESETS.search(said)
    return float(found[1]) if found else None
