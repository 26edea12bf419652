"""Puts the application together: its services, the routes of each dialect, and errors in that dialect's shape."""

import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

import video_gen.server.dialects as installed
from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.exceptions import VideoGenerationError
from video_gen.server import file_routes
from video_gen.server.dialect import Dialect, dialect_of
from video_gen.server.errors import fault_of
from video_gen.server.files import Files
from video_gen.server.guard import Guard
from video_gen.server.links import Links
from video_gen.server.services import Services

LINKS = "links to files"
_log = logging.getLogger(__name__)


def create_app(
    config: Config, *, open_: bool, runs_jobs: bool = True, dialects: Sequence[Dialect] | None = None
) -> FastAPI:
    """Return the application; its store is opened and closed with its lifespan.

    Args:
        config: Settings.
        open_: Serve everybody, without keys.
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
    app.include_router(file_routes.router)
    for dialect in spoken:
        app.include_router(dialect.router)

    async def refuse(request: Request, raised: Exception) -> Response:
        fault = fault_of(raised)
        return dialect_of(request, spoken).render(fault)

    for kind in (VideoGenerationError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, refuse)
    return app
