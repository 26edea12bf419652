"""Keeps secrets out of what people read: messages, events, the log."""

import re
from collections.abc import Collection
from typing import Final

from video_gen.exceptions import VideoGenerationError

_SHORTEST: Final = 4
_HIDDEN: Final = "***"
_QUERY: Final = re.compile(r"(?P<url>\b(?:https?|wss?)://[^\s\"'<>?#]+)\?[^\s\"'<>]+", re.IGNORECASE)
_USER: Final = re.compile(r"(?P<scheme>\bhttps?://)[^\s/@\"'<>]+@", re.IGNORECASE)
_SCHEME: Final = re.compile(r"\b(?P<scheme>Bearer|Basic|Key|Token)(?P<gap>\s+)(?=[^\s\"',;]*[\d_.\-])[^\s\"',;]{8,}")
_FIELD: Final = re.compile(
    r"(?P<name>\b(?:authorization|(?:x-)?(?:goog-)?api[-_]?key|access[-_]?token|secret|password)\b[\"']?\s*[:=]\s*[\"']?)"
    r"(?!(?:Bearer|Basic|Key|Token)\b)(?P<value>[^\s\"',;&]{8,})",
    re.IGNORECASE,
)


def redact(text: str, secrets: Collection[str] = ()) -> str:
    """Return a text without the secrets, and without what looks like one: signed queries, authorization headers."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, _HIDDEN)
    text = _QUERY.sub(rf"\g<url>?{_HIDDEN}", text)
    text = _USER.sub(r"\g<scheme>", text)
    text = _SCHEME.sub(rf"\g<scheme>\g<gap>{_HIDDEN}", text)
    return _FIELD.sub(rf"\g<name>{_HIDDEN}", text)


def redacted(error: VideoGenerationError, secrets: Collection[str]) -> VideoGenerationError:
    """Take the secrets out of an error's message; returns the same error."""
    error.message = redact(error.message, secrets)
    error.args = (error.message, *error.args[1:])
    return error
