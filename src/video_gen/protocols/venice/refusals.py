"""What a refusal means, and when it is the end of a job.

Venice's answers hold words and hardly ever codes. The words are those of docs.venice.ai/api-reference/error-codes and
of github.com/veniceai/skills, venice-errors (both read 2026-11-21).
"""

from collections.abc import Iterator
from typing import Any, Final

from video_gen.exceptions import (
    ContentPolicyError,
    InvalidRequestError,
    JobFailedError,
    ModelRetiredError,
    NoVideoError,
    ServiceUnavailableError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, dated, refusal, words_at

_BY_WORDS: Final[dict[int, tuple[tuple[str, type[VideoGenerationError]], ...]]] = {
    403: (("region", InvalidRequestError), ("country", InvalidRequestError)),
    404: (("deprecated", ModelRetiredError), ("model", InvalidRequestError)),
    409: (("", InvalidRequestError),),
    422: (
        ("policy", ContentPolicyError),
        ("policies", ContentPolicyError),
        ("moderation", ContentPolicyError),
        ("", InvalidRequestError),
    ),
    429: (("overloaded", ServiceUnavailableError),),
}
"""By status, the first that the message holds."""
_FAILED: Final = "inference processing failed"
"""The words of a job that failed at its provider: the wire has no state for that."""
_SETTLED: Final = 3600.0
"""Seconds after which a job that is not found is gone, and not only late to appear."""
_ISSUES_SHOWN: Final = 3
_MILLISECONDS: Final = 1e11


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    said = _said(reply.body)
    kind = _kind(reply.status, said)
    error = refusal(reply, context.provider.id, said + _way_out(reply.body), kind=kind, billable=billable)
    if reply.status == 429 and error.retry_after is None:
        error.retry_after = _until_reset(reply, said)
    return error


def verdict(reply: Reply, context: Context) -> Failed | None:
    """Return the end of a job that a refused retrieve call tells of, None where it tells nothing of the job.

    A failed job is told by an error: 422 by the content policy, with or without the credits; 500 "Inference processing
    failed". 404 says that the media is gone once the job is old enough to have been there.
    """
    said = _said(reply.body)
    if reply.status == 422:
        kind = ContentPolicyError if _kind(422, said) is ContentPolicyError else JobFailedError
        refunded = at(reply.body, "error", "credits_refunded")
        refunded = at(reply.body, "credits_refunded") if refunded is None else refunded
        charged = not refunded if isinstance(refunded, bool) else None
        return Failed(code=kind.code, message=said or "refused by the content policy", charged=charged)
    if reply.status == 500 and _FAILED in said.lower():
        return Failed(code=JobFailedError.code, message=said)
    if reply.status == 404 and "media" in said.lower() and _age(reply, context) > _SETTLED:
        return Failed(code=NoVideoError.code, message=f"Venice no longer has the video: {said}")
    return None


def _said(body: Any) -> str:
    """Return the message, with the fields it is about."""
    message = words_at(body, "error") or words_at(body, "error", "message") or words_at(body, "message")
    details = at(body, "details")
    issues = [details] if isinstance(details, str) else list(_issues(details, ""))
    return "; ".join(filter(None, (message, *issues[:_ISSUES_SHOWN])))


def _issues(tree: Any, path: str) -> Iterator[str]:
    """Yield "field: what is wrong with it" for each leaf of `details`."""
    if not isinstance(tree, dict):
        return
    for name, branch in tree.items():
        if name != "_errors":
            yield from _issues(branch, f"{path}.{name}" if path else str(name))
        elif isinstance(branch, list):
            yield from (f"{path}: {each}" if path else str(each) for each in branch)


def _kind(status: int, said: str) -> type[VideoGenerationError] | None:
    return next((kind for words, kind in _BY_WORDS.get(status, ()) if words in said.lower()), None)


def _way_out(body: Any) -> str:
    if words_at(body, "error", "code") == "needs_consent":
        return f" (read {words_at(body, 'docs_url') or 'its documentation'}, and send the extra option `consents`)"
    suggested = words_at(body, "suggested_prompt")
    return f" (it suggests: {suggested})" if suggested else ""


def _until_reset(reply: Reply, said: str) -> float | None:
    """Return the seconds until a limit ends; its headers say when, and the reply's own date what time it is."""
    name = "x-ratelimit-resets" if "failed attempts" in said else "x-ratelimit-reset-requests"
    now = dated(reply)
    try:
        reset = float(reply.headers[name])
    except (KeyError, ValueError):
        return None
    if now is None:
        return None
    return max(0.0, (reset / 1000 if reset > _MILLISECONDS else reset) - now)


def _age(reply: Reply, context: Context) -> float:
    now = dated(reply)
    return 0.0 if now is None else now - context.intent_at
