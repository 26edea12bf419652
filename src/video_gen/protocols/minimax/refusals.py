"""What a refusal means: by MiniMax's own code, in either version (platform.minimax.io/docs/api-reference/errorcode).

Version 1 answers 200 with `base_resp.status_code`; version 2 has a real status, and puts the code at the end of its
message: "insufficient balance (1008)". Read 2026-11-21.
"""

import re
from typing import Any, Final

from video_gen.exceptions import (
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec import Context, Failed, Reply
from video_gen.spec.answers import at, refusal, words_at

_BY_CODE: Final[dict[int, type[VideoGenerationError]]] = {
    1002: RateLimitError,
    1004: AuthenticationError,
    1008: InsufficientCreditsError,
    1026: ContentPolicyError,
    1027: ContentPolicyError,
    1039: RateLimitError,
    1041: RateLimitError,
    1042: InvalidRequestError,
    2013: InvalidRequestError,
    2045: RateLimitError,
    2049: AuthenticationError,
    2056: InsufficientCreditsError,
    2061: InvalidRequestError,
}
"""1002 requests, 1039 tokens, 1041 connections, 2045 growth; 2056 a plan's allowance, 2061 a model outside of it."""
_UNSURE: Final = frozenset({1000, 1001, 1024, 1033})
"""Unknown, timeout, internal, downstream: whether the job was accepted is not said."""
_WRONG_KEY: Final = 2049
_AT_THE_END: Final = re.compile(r"\((\d{4})\)\s*$")


def code_of(reply: Reply) -> int | None:
    """Return MiniMax's own code of an error; None of a success, and where there is none."""
    code = at(reply.body, "base_resp", "status_code")
    if isinstance(code, int) and not isinstance(code, bool):
        return code or None
    found = None if reply.ok else _AT_THE_END.search(words_at(reply.body, "error", "message"))
    return int(found[1]) if found else None


def refused(reply: Reply, context: Context, *, billable: bool = False) -> VideoGenerationError:
    """Return the error that a reply stands for."""
    code = code_of(reply)
    kind = _BY_CODE.get(code or 0)
    if code in _UNSURE:
        kind = SubmissionUnknownError if billable else ServiceUnavailableError
    elif words_at(reply.body, "error", "type") == "overloaded_error":
        kind = ServiceUnavailableError
    elif kind is None and reply.ok:
        kind = SubmissionUnknownError if billable else None
    said = words_at(reply.body, "base_resp", "status_msg") or words_at(reply.body, "error", "message")
    if code and str(code) not in said:
        said = f"{said} ({code})".strip()
    if code == _WRONG_KEY:
        said += " - a key of the Chinese platform needs the base URL https://api.minimaxi.com"
    error = refusal(reply, context.provider.id, said, kind=kind, billable=billable)
    error.request_id = error.request_id or words_at(reply.body, "request_id") or None
    return error


def failed(code: Any, message: str) -> Failed:
    """Return the outcome of a task that failed; `code` is a number, also as text, or nothing."""
    kind = _BY_CODE.get(int(code)) if isinstance(code, int) or (isinstance(code, str) and code.isdecimal()) else None
    fitting = ContentPolicyError if kind is ContentPolicyError else JobFailedError
    return Failed(code=fitting.code, message=f"{message or 'no reason given'}{f' ({code})' if code else ''}")
