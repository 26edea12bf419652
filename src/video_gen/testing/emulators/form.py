"""Reads a multipart form whose body was read before, as every call's is: aiohttp's own way wants the connection."""

import asyncio
from dataclasses import dataclass

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form; `filename` is empty where it is no file."""

    name: str
    filename: str
    media_type: str
    data: bytes


async def parts_of(request: web.Request) -> list[Part]:
    """Return the parts of a form, in their order.

    Raises:
        ValueError: it is no multipart form.
    """
    loop, body = asyncio.get_running_loop(), await request.read()
    stream = StreamReader(BaseProtocol(loop), len(body) + 1, loop=loop)  # all of it is there: nothing to hold back
    stream.feed_data(body)
    stream.feed_eof()
    reader, found = MultipartReader(request.headers, stream), list[Part]()
    while isinstance(part := await reader.next(), BodyPartReader):
        kind = part.headers.get("Content-Type", "text/plain")
        found.append(Part(part.name or "", part.filename or "", kind, bytes(await part.read())))
    return found
