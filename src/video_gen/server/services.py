"""What the server holds while it runs; every request finds it at `app.state.services`."""

import asyncio
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from video_gen.client import AsyncClient
from video_gen.server.dialect import Dialect
from video_gen.server.files import Files
from video_gen.server.guard import Guard
from video_gen.server.links import Links


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What requests are served with."""

    client: AsyncClient
    dialects: tuple[Dialect, ...]
    guard: Guard
    links: Links
    files: Files
    public_url: str | None = None
    """How the world reaches this server; None: as the request did."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is asked to stop: answers that would go on for long end now."""


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the application that a request came to."""
    services: Services = connection.app.state.services
    return services
