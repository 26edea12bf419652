"""Serves the application until told to stop."""

import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from video_gen.config import Config
from video_gen.exceptions import ConfigurationError
from video_gen.server.app import create_app
from video_gen.server.loopback import is_loopback
from video_gen.server.slow_clients import PatientProtocol

GRACE: Final = 10
"""Seconds that answers under way have to end when the server stops."""


def serve(
    config: Config, *, host: str, port: int, open_: bool, runs_jobs: bool, on_ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or Ctrl-C; then finish the answers under way. Jobs that are not finished stay resumable.

    Args:
        config: Settings.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        open_: Serve everybody without keys, also beyond this machine.
        runs_jobs: Carry jobs out in this process.
        on_ready: Told the URL once connections are taken.

    Raises:
        ConfigurationError: the address is not free, or open to the world without keys.
    """
    only_here = is_loopback(host)
    open_ = open_ or only_here
    if not open_:
        raise ConfigurationError(
            f"`{host}` can be reached from other machines, and there is no key to tell callers apart: make one with "
            "`video-gen keys create`, listen on 127.0.0.1, or say --open to serve everybody"
        )
    listening = _listen(host, port)
    settings = uvicorn.Config(
        create_app(config, open_=open_, only_here=only_here, runs_jobs=runs_jobs),
        http=PatientProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    on_ready(url_of(listening))
    uvicorn.Server(settings).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigurationError(
            f"`{host}:{port}` cannot be listened on: {error.strerror}; choose another --port (0 takes a free one)"
        ) from None


def url_of(listening: socket.socket) -> str:
    """Return how a socket is reached over HTTP."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
