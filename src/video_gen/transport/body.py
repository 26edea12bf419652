"""A call's body as it travels: JSON, a multipart form, or a file as it is; media inputs are put in here."""

import base64
import json
import mimetypes
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Call, MediaRef
from video_gen.spec.protocol import Blob
from video_gen.transport.threads import to_its_end

FileOf = Callable[[MediaRef], Path]
"""Where the bytes of a media input are; raises `MediaNotFoundError` where they are gone."""
_PIECE: Final = 1 << 16
_EXTENSIONS: Final = {"image/jpeg": ".jpg", "image/webp": ".webp", "image/avif": ".avif", "video/webm": ".webm"}


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: pieces in memory and files, one after another."""

    media_type: str
    parts: tuple[bytes | Path, ...]
    length: int

    async def stream(self) -> AsyncGenerator[bytes]:
        """Yield it piece by piece; the next one is asked for when the one before has got away.

        Closed in the middle, as when an answer comes before the whole was sent, it closes its file.
        """
        for part in self.parts:
            async with aclosing(_of_file(part) if isinstance(part, Path) else _of_bytes(part)) as pieces:
                async for piece in pieces:
                    yield piece

    def whole(self) -> bytes:
        """Return all of it. Blocks."""
        return b"".join(part.read_bytes() if isinstance(part, Path) else part for part in self.parts)


async def _of_bytes(data: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


async def _of_file(path: Path) -> AsyncGenerator[bytes]:
    # Opened and closed here and not in a thread, which would leave it open where the sending is broken off meanwhile.
    with path.open("rb") as file:
        while piece := await to_its_end(file.read, _PIECE * 4):
            yield piece


def body_of(call: Call, file_of: FileOf) -> Body | None:
    """Return a call's body, None where it has none. Blocks: it reads media inputs.

    Raises:
        InvalidRequestError: a media input is gone, or the body cannot be written.
    """
    if call.form is not None:
        return _form(call.form, file_of)
    if call.body is None:
        return None
    if isinstance(call.body, Blob) and call.body.encoding == "file":
        path = file_of(call.body.ref)
        return Body(call.body.ref.media_type, (path,), path.stat().st_size)
    try:
        data = json.dumps(_filled(call.body, file_of), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"the call to `{call.path}` cannot be written as JSON: {error}") from None
    return _body("application/json", [data.encode()])


def _body(media_type: str, parts: list[bytes | Path]) -> Body:
    length = sum(part.stat().st_size if isinstance(part, Path) else len(part) for part in parts)
    return Body(media_type, tuple(parts), length)


def _filled(value: Any, file_of: FileOf) -> Any:
    """Put the bytes of media inputs into a JSON value."""
    match value:
        case Blob():
            return _as_text(value, file_of)
        case dict():
            return {name: _filled(each, file_of) for name, each in value.items()}
        case list() | tuple():
            return [_filled(each, file_of) for each in value]
        case _:
            return value


def _as_text(blob: Blob, file_of: FileOf) -> str:
    if blob.encoding == "file":
        raise TypeError("a file is a part of a form or the whole body, not a value in JSON")
    data = base64.b64encode(file_of(blob.ref).read_bytes()).decode("ascii")
    return data if blob.encoding == "base64" else f"data:{blob.ref.media_type};base64,{data}"


def _form(form: dict[str, Any], file_of: FileOf) -> Body:
    """Write a form as multipart (RFC 7578)."""
    boundary = f"video-gen-{secrets.token_hex(16)}"
    parts: list[bytes | Path] = []
    for name, value in form.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            if each is None:
                continue
            head, content = _part(name, each, file_of)
            parts += [f"--{boundary}\r\n{head}\r\n\r\n".encode(), content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return _body(f"multipart/form-data; boundary={boundary}", parts)


def _part(name: str, value: Any, file_of: FileOf) -> tuple[str, bytes | Path]:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, Blob) and value.encoding == "file":
        ref = value.ref
        return f'{head}; filename="{_file_name(ref)}"\r\nContent-Type: {ref.media_type}', file_of(ref)
    return head, _form_text(value, file_of).encode()


def _form_text(value: Any, file_of: FileOf) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Blob():
            return _as_text(value, file_of)
        case dict():
            return json.dumps(_filled(value, file_of), ensure_ascii=False, allow_nan=False)
        case _:
            return str(value)


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _file_name(ref: MediaRef) -> str:
    """Name a file by its content: services go by the ending, and the caller's own name is none of theirs."""
    ending = _EXTENSIONS.get(ref.media_type) or mimetypes.guess_extension(ref.media_type) or ".bin"
    return f"{ref.kind}-{ref.sha256[:8]}{ending}"
