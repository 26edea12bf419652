"""Real servers on loopback that remember what they were sent, and what they can answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from video_gen.spec import Call, Provider, Reply
from video_gen.transport import HttpDriver, Timeouts

KEY = "sk-very-secret-0123456789"
TIMEOUTS = Timeouts(connect=1.0, send=0.5, first_byte=0.5, verdict=0.5, read=0.5)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """A server whose answers are functions: one for each request, the last one for the rest."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    handlers: list[Handler] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.raw_path, headers, body))
        handler = self.handlers[min(len(self.seen), len(self.handlers)) - 1]
        return await handler(request)

    @property
    def last(self) -> Seen:
        return self.seen[-1]


Serve = Callable[..., Awaitable[Site]]


async def ok(_: web.Request) -> web.Response:
    return web.json_response({"id": "job-1"})


def answers(status: int = 200, body: Any = None, **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return handler


def redirects(location: str, status: int = 302) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": location})

    return handler


def serves(data: bytes, *, tag: str = '"v1"', media_type: str = "video/mp4", ranges: bool = True) -> Handler:
    """A video behind Range and If-Range, as content networks have it."""

    async def handler(request: web.Request) -> web.Response:
        headers = {"Content-Type": media_type, **({"ETag": tag} if tag else {})}
        wanted = request.headers.get("Range")
        if not (ranges and wanted and request.headers.get("If-Range", tag) == tag):
            return web.Response(body=data, headers=headers)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return web.Response(status=206, body=data[start:], headers=headers)

    return handler


def breaks_off(data: bytes, after: int, *, tag: str = '"v1"', **headers: str) -> Handler:
    """Announce all of it, send the first part, and close the connection."""

    async def handler(request: web.Request) -> web.StreamResponse:
        named = {"Content-Type": "video/mp4", "Content-Length": str(len(data)), "ETag": tag, **headers}
        reply = web.StreamResponse(headers=named)
        await reply.prepare(request)
        await reply.write(data[:after])
        assert request.transport is not None
        request.transport.close()  # what was written still goes out
        return reply

    return handler


async def cut(request: web.Request) -> web.Response:
    """Read the request, and cut the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hang(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


class Naps:
    """Stands for time between tries: takes none, and is remembered."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


Make = Callable[..., HttpDriver]


def provider(base_url: str, **changes: Any) -> Provider:
    given = {"id": "acme", "title": "Acme", "protocol": "acme", "base_url": base_url, "key_env": ("ACME_API_KEY",)}
    return Provider(**{**given, **changes})


def asking(*calls: Call) -> Any:
    """A flow that makes calls and returns their replies."""

    def flow() -> Any:
        replies: list[Reply] = []
        for call in calls:
            reply = yield call
            replies.append(reply)
        return replies

    return flow()


def once(call: Call) -> Any:
    """A flow of one call, which returns its reply."""

    def flow() -> Any:
        return (yield call)

    return flow()
