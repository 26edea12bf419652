"""What a refusal of either service means. Both are FastAPI's kind: `detail` is a sentence, or a list of wrong fields.

Read 2026-11-21: docs.agents.lumalabs.ai/guides/error-handling, docs.lumalabs.ai/docs/errors.
"""

from typing import Any, Final

from video_gen.exceptions import (
    ContentPolicyError,
    InsufficientCreditsError,
    MediaInputError,
    ModelRetiredError,
    VideoGenerationError,
)
from video_gen.spec import Context, Reply
from video_gen.spec.answers import at, refusal, words_at

_BY_WORDS: Final[dict[str, type[VideoGenerationError]]] = {
    "moderation": ContentPolicyError,
    "moderated": ContentPolicyError,
    "blacklisted": ContentPolicyError,
    "insufficient": InsufficientCreditsError,
    "input frames": MediaInputError,
}
"""What has no code of its own; found in the words."""


def by_words(words: str) -> type[VideoGenerationError] | None:
    """Return the kind of error that words speak of, None where they name none."""
    return next((kind for part, kind in _BY_WORDS.items() if part in words.lower()), None)


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    detail = at(reply.body, "detail")
    fields = detail if isinstance(detail, list) else []
    said = "; ".join(map(_said, fields)) or (detail if isinstance(detail, str) else "")
    kind = _kind(reply.status, said, fields)
    if reply.status == 401:
        said = "; ".join(filter(None, (said, f"check {' or '.join(context.provider.key_env)}")))
    return refusal(reply, context.provider.id, said, kind=kind, billable=billable)


def _kind(status: int, said: str, fields: list[Any]) -> type[VideoGenerationError] | None:
    if status == 413:
        return MediaInputError
    if status not in {400, 422}:
        return None
    if any(at(field, "loc", -1) == "model" for field in fields):
        return ModelRetiredError
    return by_words(said)


def _said(field: Any) -> str:
    loc = at(field, "loc")
    where = ".".join(str(step) for step in loc if step != "body") if isinstance(loc, list) else ""
    return ": ".join(filter(None, (where, words_at(field, "msg"))))
