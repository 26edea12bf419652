"""Puts the application together: the routes of each dialect, errors in that dialect's shape, and what guards them."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

import video_gen.server.dialects as installed
from video_gen.config import Config
from video_gen.exceptions import VideoGenerationError
from video_gen.server import docs_page, file_routes, hook_routes, operators
from video_gen.server.bodies import BodyLimits
from video_gen.server.dialect import Dialect, refusal
from video_gen.server.metrics import Metrics
from video_gen.server.observing import Observer
from video_gen.server.origins import OriginGuard

_UNTRACED: Final = ("/files/", "/hooks/", "/healthz", "/readyz", "/metrics")
"""Paths that hold a secret, or that machines ask for all the time."""
_TRACES: Final[TelemetryConfig] = {
    "auto_configure": True,  # by OpenTelemetry's own variables, and not at all without them
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "exclude": lambda scope: scope.get("path", "").startswith(_UNTRACED),
}


def create_app(
    config: Config, *, private: bool, metrics: Metrics, dialects: Sequence[Dialect] | None = None
) -> FastAPI:
    """Return the application; it serves once `app.state.services` is set (see `services`).

    Args:
        config: Settings.
        private: It is open to everybody, and only this machine can reach it.
        metrics: Counts requests.
        dialects: What it speaks; None: all that is installed.
    """
    spoken = tuple(dialects if dialects is not None else installed.load())
    app = FastAPI(
        title="video-gen",
        version=version("video-gen"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_TRACES,
    )
    app.add_middleware(BodyLimits, most=config.max_body_bytes)
    _add_browser_rules(app, config, spoken, private=private)
    app.add_middleware(Observer, metrics=metrics)
    for router in (file_routes.router, operators.router, hook_routes.router, docs_page.router):
        app.include_router(router)
    for dialect in spoken:
        app.include_router(dialect.router, responses={"4XX": {"description": f"An error as {dialect.name} tells it."}})

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
