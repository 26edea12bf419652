"""What a caller's text stands for: a URL, a data URI, base64, or the name of a file."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from video_gen.exceptions import MediaInputError, MediaNotFoundError, VideoGenerationError
from video_gen.media.sniff import HEAD_BYTES, TEXT, UNKNOWN, sniff

_LONGEST_NAME: Final = 1024
"""Characters; a longer text is taken for content, not for a path."""
_SHOWN: Final = 40
"""Characters of a text that a message repeats."""
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/_=-]")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes, and what to call them."""

    data: bytes
    label: str


def read_text(text: str, *, fetch: Callable[[str], bytes] | None, most: int, local_files: bool) -> Content | Path:
    """Return the bytes that a text holds or leads to, or the path it names.

    Args:
        text: an http(s) URL, a data URI, base64 (also its URL-safe alphabet, also wrapped), a path or a file URL.
        fetch: how to read a URL; None refuses them.
        most: bytes that base64 may stand for.
        local_files: whether the name of a file is accepted.

    Raises:
        MediaNotFoundError: it looks like a path, and no such file exists.
        MediaInputError: it is none of them. A long text is not repeated in the message.
    """
    text = text.strip()
    if not text:
        raise MediaInputError("an empty text is no picture and no video: give a path, a URL, a data URI or base64")
    if text[:5].lower() == "data:":
        return _data_uri(text, most)
    scheme = _SCHEME.match(text)
    if scheme:
        return _url(text, scheme[1].lower(), fetch, local_files=local_files)
    path = Path(text) if len(text) <= _LONGEST_NAME and "\x00" not in text else None
    if local_files and path is not None and _exists(path):
        return path
    return _base64_or_nothing(text, most, local_files=local_files)


def _data_uri(text: str, most: int) -> Content:
    head, comma, payload = text.partition(",")
    if not comma:
        raise MediaInputError(f"`{_short(text)}` is a data URI without a comma: no content follows")
    if not head.lower().rstrip().endswith(";base64"):
        raise MediaInputError(f"`{_short(head)}` is a data URI without `;base64`: encode its content in base64")
    return Content(_decoded(unquote(payload), f"`{_short(head)}`", most), "data URI")


def _url(text: str, scheme: str, fetch: Callable[[str], bytes] | None, *, local_files: bool) -> Content | Path:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        label = f"{scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError as error:
        raise MediaInputError(f"a text that begins with `{scheme}://` is not a URL: {error}") from None
    if scheme == "file" and local_files:
        return Path(unquote(parts.path))
    if scheme not in {"http", "https"}:
        raise MediaInputError(f"`{_short(label)}` cannot be fetched: only http and https URLs can")
    if not host:
        raise MediaInputError(f"`{_short(label)}` names no host: write a whole URL")
    if fetch is None:
        raise MediaInputError(f"`{_short(label)}` is a URL, which is not fetched here: send the content itself")
    try:
        return Content(fetch(text), label)
    except VideoGenerationError:
        raise
    except (OSError, ValueError) as error:
        reason = str(error).replace(text, label)  # the query of a signed URL is a secret
        raise MediaInputError(f"`{_short(label)}` cannot be fetched: {reason}") from error


def _base64_or_nothing(text: str, most: int, *, local_files: bool) -> Content:
    wanted = "give a path, a URL, a data URI or base64" if local_files else "give a URL, a data URI or base64"
    compact = _SPACE.sub("", text)
    wrong = _NOT_BASE64.search(compact)
    if wrong is None:
        try:
            data = _decoded(compact, "base64", most)
        except MediaInputError:
            if len(compact) > _LONGEST_NAME:
                raise
        else:
            if len(text) > _LONGEST_NAME or sniff(data[:HEAD_BYTES]) not in {UNKNOWN, TEXT}:
                return Content(data, "base64")
    elif len(text) > _LONGEST_NAME:
        raise MediaInputError(
            f"a text of {len(text)} characters (`{_short(text)}`) is not valid base64, "
            f"it holds `{wrong[0]}`, and no path or URL either: {wanted}"
        )
    if local_files:
        raise MediaNotFoundError(f"`{_short(text)}` does not exist, and is no URL or base64 either: {wanted}")
    raise MediaInputError(f"`{_short(text)}` is no URL and no base64, and local files are not read here: {wanted}")


def _decoded(text: str, label: str, most: int) -> bytes:
    compact = _SPACE.sub("", text).rstrip("=")
    if len(compact) * 3 // 4 > most:
        raise MediaInputError(f"{label} stands for {len(compact) * 3 // 4} bytes, the limit is {most}: make it smaller")
    standard = compact.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MediaInputError(f"{label} does not hold valid base64: {error}") from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file system takes
        return False


def _short(text: str) -> str:
    """Return text as a message may repeat it: never whole base64, never a whole signed URL."""
    return text if len(text) <= _SHOWN * 3 else f"{text[:_SHOWN]}..."
