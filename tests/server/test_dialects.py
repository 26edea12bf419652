"""Dialects side by side: each answers on its own paths in its own shape, and shared paths go to whom they are for."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.exceptions import ContentPolicyError, RateLimitError
from video_gen.server.access import Reads
from video_gen.server.app import create_app
from video_gen.server.auth import authorization
from video_gen.server.dialect import Dialect, routes_for
from video_gen.server.dialects.native import DIALECT as NATIVE
from video_gen.server.errors import Fault
from video_gen.server.metrics import Metrics
from video_gen.server.services import Services


def _told(fault: Fault) -> JSONResponse:
    return JSONResponse({"detail": fault.error.code}, status_code=fault.status, headers=dict(fault.headers))


def _is_acme(headers: Headers) -> bool:
    return "x-acme" in headers


shared = APIRouter(route_class=routes_for(_is_acme))
own = APIRouter()


@shared.get("/api/v1/models")
async def models(gateway: Reads) -> list[str]:
    return [card.id for card in gateway.models() if card.provider == "local"]


@own.get("/acme/{what}")
async def raising(gateway: Reads, what: str) -> str:
    raise {"policy": ContentPolicyError(), "rate": RateLimitError(retry_after=1.2)}.get(what) or KeyError(what)


ACME = Dialect(name="acme", router=own, prefixes=("/acme",), render=_told)
SHARED = Dialect(
    name="shared",
    router=shared,
    prefixes=("/api/v1/models", "/api/v1/jobs"),
    render=_told,
    recognizes=_is_acme,
    key_readers=(lambda connection: authorization(connection, "Key"),),
)


@pytest.fixture
async def client(home: Path, outputs: Path) -> AsyncIterator[httpx.AsyncClient]:
    dialects = (SHARED, ACME, NATIVE)
    async with AsyncClient(Config.from_environment(), local_files=False) as videos:
        app = create_app(videos.config, private=True, metrics=Metrics(), dialects=dialects)
        app.state.services = await Services.over(videos, dialects, open_=True)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


async def test_a_shared_path_goes_to_whom_it_is_meant_for(client: httpx.AsyncClient):
    assert (await client.get("/api/v1/models", headers={"x-acme": "1"})).json()[0] == "local/draft"
    assert (await client.get("/api/v1/models")).json()["object"] == "list"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "body"),
    [
        ("GET", "/acme/policy", {}, 422, {"detail": "content_policy_violation"}),
        ("GET", "/acme", {}, 404, {"detail": "no_such_path"}),
        ("GET", "/acme/a/b", {}, 404, {"detail": "no_such_path"}),
        ("POST", "/acme/rate", {}, 405, {"detail": "method_not_allowed"}),
        ("GET", "/acme/fault", {}, 500, {"detail": "internal_error"}),
        ("PUT", "/api/v1/models", {"x-acme": "1"}, 405, {"detail": "method_not_allowed"}),
        ("GET", "/api/v1/jobs/1", {"x-acme": "1"}, 404, {"detail": "no_such_path"}),
        ("POST", "/acme/rate", {"origin": "https://evil.example"}, 403, {"detail": "forbidden"}),
    ],
)
async def test_an_error_is_told_in_the_shape_of_the_paths_dialect(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int, body: dict[str, str]
):
    answer = await client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize("path", ["/acmes", "/api/v1/jobs/1", "/api/v1/modelss"])
async def test_what_only_begins_alike_is_somebody_elses(client: httpx.AsyncClient, path: str):
    assert set((await client.get(path)).json()) == {"error"}


async def test_when_to_come_back_is_told_in_a_header(client: httpx.AsyncClient):
    assert (await client.get("/acme/rate")).headers["retry-after"] == "2"


async def test_a_key_is_looked_for_where_the_dialect_puts_it(client: httpx.AsyncClient):
    revoked = f"Key vg_{'a' * 40}"
    answer = await client.get("/api/v1/models", headers={"x-acme": "1", "authorization": revoked})
    assert (answer.status_code, answer.json()) == (401, {"detail": "unauthorized"})
