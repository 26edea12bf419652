"""The API's description is whole, its page needs no network, and the server does what it says."""

import re

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from server_world import Served

from video_gen.config import Config
from video_gen.server.app import create_app
from video_gen.server.dialects.native import DIALECT
from video_gen.server.metrics import Metrics

APP = create_app(Config(), private=True, metrics=Metrics(), dialects=(DIALECT,))
DESCRIPTION = APP.openapi()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION).exclude(path_regex="/images/generate$|/metrics$|^/files")
"""Without what draws, what is no JSON, and what needs a signature."""
CHECKS = (not_a_server_error, response_schema_conformance, content_type_conformance)


def test_every_field_and_parameter_is_described():
    schemas = DESCRIPTION["components"]["schemas"]
    fields = [
        (f"{name}.{field}", told)
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
    ]
    parameters = [
        (f"{method} {path} {told['name']}", told)
        for path, methods in DESCRIPTION["paths"].items()
        for method, operation in methods.items()
        for told in operation.get("parameters", ())
        if told["in"] != "path"
    ]
    plain = {"const", "$ref"}
    silent = [name for name, told in fields + parameters if not told.get("description") and not plain & told.keys()]
    assert silent == []


def test_every_operation_says_what_it_does_and_how_it_fails():
    for path, methods in DESCRIPTION["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert "422" not in operation["responses"], "that is FastAPI's own shape, which no answer has"
    assert "HTTPValidationError" not in DESCRIPTION["components"]["schemas"]


def test_the_page_loads_nothing_from_anywhere(server: Served):
    page = server.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"""(?:src|href)=["']?(?!openapi\.json)[^"' >]+|@import|<script""", page.text) == []
    for path in ("/api/v1/videos/generate", "/v1/videos", "/healthz"):
        assert path in page.text
    assert server.client.get("/openapi.json").json()["info"]["title"] == "video-gen"


@SCHEMA.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_fits_the_description_is_answered_as_it_says(server: Served, case: schemathesis.Case):
    if case.path == "/api/v1/videos/generate" and isinstance(case.body, dict):
        case.body |= {"model": "local", "duration": 0.5, "resolution": "64x64", "fps": 12, "count": 1}
    case.call_and_validate(base_url=server.url, checks=CHECKS, timeout=30)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_a_stranger_may_read_what_there_is(server: Served, path: str):
    assert httpx.get(server.url + path).status_code == 200
