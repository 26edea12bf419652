"""Serves a finished video the way content networks do, with the faults they have."""

import asyncio
from pathlib import Path
from typing import Final

from aiohttp import web

from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.trap import Trap

VIDEO: Final = "video/mp4"

_PAGE: Final = "<!doctype html><title>Just a moment...</title><p>Checking your browser.</p>"
_DENIED: Final = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
_UNMADE: Final = {"html": (200, _PAGE, "text/html"), "expired": (403, _DENIED, "application/xml")}
_DISTORTED: Final = frozenset({"corrupt", "cut_short", "truncated", "drip", "no_range"})


async def send_video(request: web.Request, path: Path, fault: Fault | None, trap: Trap) -> web.StreamResponse:
    """Answer with a video: Range, ETag and all, unless a fault says otherwise."""
    if fault is None or fault.name not in _DISTORTED | _UNMADE.keys() | {"redirect"}:
        return web.FileResponse(path, headers={"Content-Type": VIDEO})
    if fault.name == "redirect":
        return web.Response(status=302, headers={"Location": trap.lure(path)})
    if fault.name in _UNMADE:
        status, text, kind = _UNMADE[fault.name]
        return web.Response(status=status, text=text, content_type=kind)
    data = await asyncio.to_thread(path.read_bytes)
    if fault.name == "truncated":
        return await _broken_off(request, data, _tag(path))
    if fault.name == "drip":
        return await _slowly(request, data, _tag(path), rate=fault.value or 2000.0)
    return web.Response(body=_distorted(data, fault.name), content_type=VIDEO)


def _distorted(data: bytes, fault: str) -> bytes:
    match fault:
        case "corrupt":
            return _damaged(data)
        case "cut_short":
            return data[: len(data) // 2]
    return data


def _damaged(data: bytes) -> bytes:
    third = len(data) // 3
    return data[:third] + bytes(len(data) - third)


def _tag(path: Path) -> str:
    """Return the ETag by which a whole answer names the file, so that its rest can be asked for."""
    found = path.stat()
    return f'"{found.st_mtime_ns:x}-{found.st_size:x}"'


async def _broken_off(request: web.Request, data: bytes, tag: str) -> web.StreamResponse:
    offset = _wanted(request, len(data))
    rest = data[offset:]
    reply = await _open(request, offset, len(data), tag)
    await reply.write(rest[: max(1, len(rest) // 2)])
    if request.transport is not None:
        request.transport.close()  # what was written still goes out
    return reply


async def _slowly(request: web.Request, data: bytes, tag: str, *, rate: float) -> web.StreamResponse:
    offset = _wanted(request, len(data))
    reply = await _open(request, offset, len(data), tag)
    step = max(1, round(rate / 10))
    for start in range(offset, len(data), step):
        await reply.write(data[start : start + step])
        await asyncio.sleep(step / rate)
    await reply.write_eof()
    return reply


def _wanted(request: web.Request, length: int) -> int:
    start = request.http_range.start
    return start if isinstance(start, int) and 0 < start < length else 0


async def _open(request: web.Request, offset: int, length: int, tag: str) -> web.StreamResponse:
    headers = {"Content-Type": VIDEO, "Content-Length": str(length - offset), "Accept-Ranges": "bytes", "ETag": tag}
    if offset:
        headers["Content-Range"] = f"bytes {offset}-{length - 1}/{length}"
    reply = web.StreamResponse(status=206 if offset else 200, headers=headers)
    await reply.prepare(request)
    return reply
