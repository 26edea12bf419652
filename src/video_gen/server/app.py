"""Puts the application together: its services, the routes of each dialect, and errors in that dialect's shape."""

import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

import video_gen.server.dialects as installed
from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.exceptions import VideoGenerationError
from video_gen.server import file_routes
from video_gen.server.bodies import BodyLimits
from video_gen.server.dialect import Dialect, refusal
from video_gen.server.files import Files
from video_gen.server.guard import Guard
from video_gen.server.links import Links
from video_gen.server.origins import OriginGuard
from video_gen.server.services import Services

LINKS = "links to files"
_log = logging.getLogger(__name__)


def create_app(
    config: Config,
    *,
    open_: bool,
    only_here: bool,
    runs_jobs: bool = True,
    dialects: Sequence[Dialect] | None = None,
) -> FastAPI:
    """Return the application; its store is opened and closed with its lifespan.

    Args:
        config: Settings.
        open_: Serve everybody, without keys.
        only_here: It listens on loopback: only this machine can reach it.
        runs_jobs: Carry jobs out in this process; without it another one has to.
        dialects: What it speaks; None: all that is installed.
    """
    spoken = tuple(dialects if dialects is not None else installed.load())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncClient(config, local_files=False) as client:
            if runs_jobs:
                client.engine.run()
            app.state.services = Services(
                client=client,
                dialects=spoken,
                guard=Guard(open_=open_),
                links=Links(await client.engine.derived_secret(LINKS), seconds=config.link_seconds, now=time.time),
                files=Files(client, config.home),
                public_url=config.public_url,
            )
            yield

    app = FastAPI(title="video-gen", lifespan=lifespan, redirect_slashes=False)
    app.add_middleware(BodyLimits, most=config.max_body_bytes)
    _add_browser_rules(app, config, spoken, private=open_ and only_here)
    app.include_router(file_routes.router)
    for dialect in spoken:
        app.include_router(dialect.router)

    async def refuse(request: Request, raised: Exception) -> Response:
        return refusal(request, raised, spoken)

    for kind in (VideoGenerationError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, refuse)
    return app


def _add_browser_rules(app: FastAPI, config: Config, dialects: Sequence[Dialect], *, private: bool) -> None:
    origins = [origin.strip() for origin in config.cors_origins.split(",") if origin.strip()]
    only_hosts = {urlsplit(config.public_url or "").hostname or ""} if private else None
    app.add_middleware(OriginGuard, dialects=dialects, allowed=origins, only_hosts=only_hosts)
    if origins:
        everything = ["*"]
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=everything,
            allow_headers=everything,
            expose_headers=everything,
        )
