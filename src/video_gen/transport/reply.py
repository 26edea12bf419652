"""Reads an answer: its JSON, its text, or a file where it is binary or long."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import aiohttp

from video_gen.spec import Reply
from video_gen.transport.caller import LostAnswerError
from video_gen.transport.limits import Limits, Timeouts
from video_gen.transport.pace import PIECE, TooSlowError, paced
from video_gen.transport.threads import to_its_end
from video_gen.transport.work_files import WorkFiles, storage_error

_BATCH: Final = 1 << 20
_SLOW_TO_PARSE: Final = 1 << 20
_BINARY: Final = ("video/", "image/", "audio/", "application/octet-stream", "binary/octet-stream", "application/zip")


async def read_reply(response: aiohttp.ClientResponse, files: WorkFiles, limits: Limits, timeouts: Timeouts) -> Reply:
    """Return the provider's answer.

    Raises:
        LostAnswerError: it broke off; a refusal is one also in part.
        StorageError: the disk refused.
    """
    status = response.status
    headers = headers_of(response)
    data = bytearray()
    try:
        if status < 400 and headers.get("content-type", "").lower().startswith(_BINARY):
            return Reply(status=status, headers=headers, file=await _to_file(response, b"", files, limits))
        await _read(response, data, limits, timeouts)
        if len(data) > limits.answer:
            return Reply(status=status, headers=headers, file=await _to_file(response, bytes(data), files, limits))
    except (aiohttp.ClientError, TimeoutError, TooSlowError) as error:
        if not 400 <= status < 500:
            raise LostAnswerError(f"its answer {status} broke off: {str(error) or type(error).__name__}") from None
    text = _decoded(bytes(data), response.charset)
    return Reply(status=status, headers=headers, body=await _parsed(text), text=text[: limits.text])


def headers_of(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Return an answer's headers, their names in lower case; cookies are nobody's business."""
    names = {name.lower() for name in response.headers} - {"set-cookie"}
    return {name: ", ".join(response.headers.getall(name)) for name in names}


async def _read(response: aiohttp.ClientResponse, data: bytearray, limits: Limits, timeouts: Timeouts) -> None:
    """Read into memory, up to a little more than the limit."""
    async with asyncio.timeout(timeouts.verdict):
        while len(data) <= limits.answer:
            async with asyncio.timeout(timeouts.read):
                piece = await response.content.read(PIECE)
            if not piece:
                return
            data += piece


async def _to_file(response: aiohttp.ClientResponse, head: bytes, files: WorkFiles, limits: Limits) -> str:
    path, file = await asyncio.to_thread(files.new)
    try:
        await _copy(response, head, file, limits)
        await asyncio.to_thread(file.close)
    except BaseException as error:
        await asyncio.to_thread(_discard, path, file)
        if isinstance(error, OSError) and not isinstance(error, TimeoutError | aiohttp.ClientError):
            raise storage_error(path, error) from None
        raise
    return str(path.resolve())


async def _copy(response: aiohttp.ClientResponse, head: bytes, file: BinaryIO, limits: Limits) -> None:
    size, batch = 0, bytearray(head)
    async for piece in paced(response, limits):
        batch += piece
        if len(batch) < _BATCH:
            continue
        await to_its_end(file.write, bytes(batch))
        size += len(batch)
        batch.clear()
        if size > limits.video:
            raise LostAnswerError(f"its answer is longer than {limits.video / 1e6:g} MB")
    await to_its_end(file.write, bytes(batch))


def _discard(path: Path, file: BinaryIO) -> None:
    with suppress(OSError):
        file.close()
    path.unlink(missing_ok=True)


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
