"""Reads an answer: its JSON, its text, or a file where it is binary or long."""

import asyncio
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import aiohttp

from video_gen.exceptions import StorageError
from video_gen.spec import Reply
from video_gen.transport.caller import LostAnswerError
from video_gen.transport.limits import Limits

PREFIX: Final = "reply_"
"""How files of answers are named, in the work folder."""
_PIECE: Final = 1 << 16
_BATCH: Final = 1 << 20
_SLOW_TO_PARSE: Final = 1 << 20
_BINARY: Final = ("video/", "image/", "audio/", "application/octet-stream", "binary/octet-stream", "application/zip")


async def read_reply(response: aiohttp.ClientResponse, work: Path, limits: Limits, read_s: float) -> Reply:
    """Return the provider's answer.

    Raises:
        LostAnswerError: it broke off.
        StorageError: the disk refused.
    """
    headers = {name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers}
    headers.pop("set-cookie", None)
    kind = response.content_type.lower()
    try:
        if kind.startswith(_BINARY):
            file = await _to_file(response, b"", work, limits, read_s)
            return Reply(status=response.status, headers=headers, file=str(file))
        data = await _in_memory(response, limits, read_s)
        if len(data) > limits.answer:
            file = await _to_file(response, data, work, limits, read_s)
            return Reply(status=response.status, headers=headers, file=str(file))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise LostAnswerError(f"its answer {response.status} broke off: {type(error).__name__}") from None
    text = _decoded(data, response.charset)
    body = await _parsed(text)
    return Reply(status=response.status, headers=headers, body=body, text=text[: limits.text])


async def _in_memory(response: aiohttp.ClientResponse, limits: Limits, read_s: float) -> bytes:
    """Read up to a little more than the limit."""
    data = bytearray()
    while len(data) <= limits.answer:
        async with asyncio.timeout(read_s):
            piece = await response.content.read(_PIECE)
        if not piece:
            break
        data += piece
    return bytes(data)


async def _to_file(response: aiohttp.ClientResponse, head: bytes, work: Path, limits: Limits, read_s: float) -> Path:
    path, file = await asyncio.to_thread(_new_file, work)
    try:
        await _copy(response, head, file, limits, read_s)
    except BaseException as error:
        await asyncio.to_thread(_discard, path, file)
        if isinstance(error, OSError) and not isinstance(error, TimeoutError | aiohttp.ClientError):
            raise _refused(work, error) from None
        raise
    await asyncio.to_thread(file.close)
    return path


async def _copy(response: aiohttp.ClientResponse, head: bytes, file: BinaryIO, limits: Limits, read_s: float) -> None:
    size, batch = 0, bytearray(head)
    while True:
        async with asyncio.timeout(read_s):
            piece = await response.content.read(_PIECE)
        batch += piece
        if not piece or len(batch) >= _BATCH:
            await asyncio.to_thread(file.write, bytes(batch))
            size += len(batch)
            batch.clear()
        if size > limits.video:
            raise LostAnswerError(f"its answer is longer than {limits.video / 1e6:g} MB")
        if not piece:
            return


def _new_file(work: Path) -> tuple[Path, BinaryIO]:
    try:
        work.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=PREFIX, dir=work)
    except OSError as error:
        raise _refused(work, error) from None
    return Path(name), os.fdopen(handle, "wb")


def _discard(path: Path, file: BinaryIO) -> None:
    with suppress(OSError):
        file.close()
    path.unlink(missing_ok=True)


def _refused(work: Path, error: OSError) -> StorageError:
    return StorageError(f"`{work}` cannot be written: {error.strerror or error}; free some space")


def _decoded(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return data.decode(errors="replace")


async def _parsed(text: str) -> Any:
    """Return the JSON a text is, None where it is none: the content type of an answer is often wrong."""
    if text.lstrip()[:1] not in set('{["-0123456789tfn'):
        return None
    try:
        if len(text) > _SLOW_TO_PARSE:
            return await asyncio.to_thread(json.loads, text)
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
