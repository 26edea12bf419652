"""What the server holds while it runs; every request finds it at `app.state.services`."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from starlette.requests import HTTPConnection

from video_gen.client import AsyncClient
from video_gen.server.dialect import Dialect
from video_gen.server.files import Files
from video_gen.server.guard import Guard
from video_gen.server.links import Links
from video_gen.server.metrics import Metrics
from video_gen.server.previews import Previews
from video_gen.server.rate import RateLimiter
from video_gen.server.sessions import Sessions
from video_gen.server.uploads import Uploads

_LINKS: Final = "links to files"
_SESSIONS: Final = "access tokens"


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What requests are served with."""

    client: AsyncClient
    dialects: Sequence[Dialect]
    guard: Guard
    sessions: Sessions
    links: Links
    files: Files
    uploads: Uploads
    metrics: Metrics = field(default_factory=Metrics)
    public_url: str | None = None
    """How the world reaches this server; None: as the request did."""
    rewritten: dict[str, str] = field(default_factory=dict)
    """Prompts and what was made of them lately; a language model would not answer a retry alike."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is asked to stop: answers that would go on for long end now."""

    @classmethod
    async def over(cls, client: AsyncClient, dialects: Sequence[Dialect], *, open_: bool) -> Self:
        """Return the services over an open client.

        Args:
            client: Whose jobs are served.
            dialects: What is spoken.
            open_: Serve everybody, without keys.
        """
        config = client.config
        secret = await client.engine.derived_secret(_LINKS)
        uploads = Uploads(client.engine.files, now=lambda: datetime.now(UTC))
        sessions = Sessions(await client.engine.derived_secret(_SESSIONS), now=time.time)
        return cls(
            client=client,
            dialects=dialects,
            guard=Guard(client.keys, sessions, RateLimiter(time.monotonic), open_=open_),
            sessions=sessions,
            links=Links(secret, seconds=config.link_seconds, now=time.time),
            files=Files(client, uploads, Previews(config.home, now=lambda: datetime.now(UTC))),
            uploads=uploads,
            public_url=config.public_url,
        )


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the application that a request came to."""
    services: Services = connection.app.state.services
    return services
