"""What operators and their tools ask: is it alive, is it ready, how much is going on."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request, Response, Security
from pydantic import BaseModel, Field

from video_gen.engine.api_key import Scope
from video_gen.exceptions import VideoGenerationError
from video_gen.server.access import gateway_of
from video_gen.server.gateway import Gateway
from video_gen.server.services import services_of

router = APIRouter(tags=["operators"])
_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
Administers = Annotated[Gateway, Security(gateway_of, scopes=[Scope.ADMIN])]


class Alive(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether it can do its work."""

    status: Literal["ready", "not ready"] = Field(description="`ready`: requests are welcome.")
    problems: list[str] = Field(description="What is missing.")
    jobs_run: bool = Field(description="Whether any process carries jobs out just now.")


@router.get("/healthz", summary="Is it alive?")
async def healthz() -> Alive:
    """Answer as long as the process does."""
    return Alive()


@router.get("/readyz", summary="Is it ready?", responses={503: {"model": Ready, "description": "Not ready."}})
async def readyz(request: Request, response: Response) -> Ready:
    """Say whether requests are welcome: the store can be read, and the server was not asked to stop."""
    services = services_of(request)
    problems = ["the server was asked to stop"] if services.closing.is_set() else []
    attended = False
    try:
        attended = await services.client.engine.attended()
    except VideoGenerationError as error:
        problems.append(error.message)
    if problems:
        response.status_code = 503
    return Ready(status="not ready" if problems else "ready", problems=problems, jobs_run=attended)


@router.get("/metrics", response_class=Response, summary="Metrics for Prometheus")
async def metrics(request: Request, _gateway: Administers) -> Response:
    """Tell how much is going on, in Prometheus' text format. Where keys are asked for, one with `admin` is."""
    services = services_of(request)
    return Response(await services.metrics.page(services.client), media_type=_TEXT)
