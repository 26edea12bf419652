"""Serves the application until told to stop."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn

import video_gen.server.dialects as installed
from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.exceptions import ConfigurationError
from video_gen.server.app import create_app
from video_gen.server.deliverer import Deliverer
from video_gen.server.logs import set_up
from video_gen.server.loopback import is_loopback
from video_gen.server.notices import notices
from video_gen.server.services import Services
from video_gen.server.slow_clients import PatientProtocol
from video_gen.transport.posting import Poster

GRACE: Final = 10
"""Seconds that answers under way have to end when the server stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where and how to serve."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    open: bool = False
    """Serve everybody without keys, wherever that is."""
    runs_jobs: bool = True
    """Carry jobs out in this process."""


async def serve(config: Config, place: Place, *, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; then finish the answers under way. Jobs that are not finished stay resumable.

    Args:
        config: Settings.
        place: Where and how.
        on_ready: Told the URL once connections are taken.

    Raises:
        ConfigurationError: the address is not free, or nothing would keep strangers from using it.
        StorageError: the home cannot be used.
    """
    async with AsyncClient(config, local_files=False) as client:
        set_up(config, _secrets(client))
        open_ = await _is_open(client, place)
        dialects = installed.load()
        services = await Services.over(client, dialects, open_=open_)
        app = create_app(config, private=open_ and is_loopback(place.host), metrics=services.metrics, dialects=dialects)
        app.state.services = services
        server = _Server(app, services)
        with listening_at(place.host, place.port) as listening, _ended_by_signals(server):
            if place.runs_jobs:
                client.engine.run()
            url = _url_of(listening)
            on_ready(url)
            async with _delivering(services, url):
                await server.serve(sockets=[listening])


async def _is_open(client: AsyncClient, place: Place) -> bool:
    """Say whether everybody may come in: where that is wanted, or on this machine alone as long as there is no key.

    Raises:
        ConfigurationError: other machines can reach it, and there is no key to tell callers apart.
    """
    if place.open:
        return True
    if await client.keys.list():
        return False
    if not is_loopback(place.host):
        raise ConfigurationError(
            f"`{place.host}` can be reached from other machines, and there is no key to tell callers apart: make one "
            "with `video-gen keys create`, listen on 127.0.0.1, or say --open to serve everybody"
        )
    return True


def _secrets(client: AsyncClient) -> list[str]:
    """Return what must never be logged."""
    keys = (client.config.key_for(provider) for provider in client.catalog.providers.values())
    own = (client.config.secret, client.config.database_url)
    return [secret.get_secret_value() for secret in (*keys, *own) if secret is not None]


@asynccontextmanager
async def _delivering(services: Services, url: str) -> AsyncIterator[None]:
    """Tell webhooks what happens meanwhile."""
    client = services.client
    poster = Poster(allow_private=client.config.allow_private_urls)
    deliverer = Deliverer(client.engine.webhooks.postbag, poster, notices(services, url))
    sending = asyncio.create_task(deliverer.run(), name="video-gen webhooks")
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.wait([sending])


class _Server(uvicorn.Server):
    """uvicorn's server, which tells the services when it is asked to stop."""

    def __init__(self, app: object, services: Services) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]
                http=PatientProtocol,
                lifespan="on",  # by which traces are set up
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._services = services

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish the answers under way."""
        self._services.closing.set()
        await super().shutdown(sockets)


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Let a signal end the server, also one that comes before it has begun.

    uvicorn handles signals while it serves, and raises the one that ended it once more when it is done: then the server
    is told again, which has no effect, and the client can be closed in peace.
    """
    ending = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, server.handle_exit) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def listening_at(host: str, port: int) -> Iterator[socket.socket]:
    """Listen at an address for the length of the block.

    Raises:
        ConfigurationError: it is taken, or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigurationError(
            f"`{host}:{port}` cannot be listened on: {error.strerror}; choose another --port (0 takes a free one)"
        ) from None
    with listening:
        # Each connection inherits it. asyncio sets it only where it made the socket; without it an answer in two pieces
        # waits 40 ms for the client's word that the first one came.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listening


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
