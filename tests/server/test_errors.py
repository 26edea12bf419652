"""Whatever may be raised has one status; a provider's word on the server's own account is not the caller's."""

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from video_gen import exceptions
from video_gen.exceptions import VideoGenerationError
from video_gen.server import faults
from video_gen.server.errors import fault_of


def kinds() -> list[type[VideoGenerationError]]:
    modules = (exceptions, faults)
    return [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, VideoGenerationError) and each.__module__ == module.__name__
    ]


def test_codes_are_unique_also_with_those_that_only_http_knows():
    assert len({each.code for each in kinds()}) == len(kinds())


@pytest.mark.parametrize("kind", kinds())
def test_every_error_has_a_status_and_its_headers(kind: type[VideoGenerationError]):
    fault = fault_of(kind("what happened", retry_after=1.5))
    assert 400 <= fault.status < 600
    assert fault.error.message == "what happened"
    assert fault.headers["Retry-After"] == "2"
    assert ("WWW-Authenticate" in fault.headers) is (fault.status == 401)


@pytest.mark.parametrize("kind", [exceptions.AuthenticationError, exceptions.InsufficientCreditsError])
def test_the_servers_own_trouble_with_a_provider_is_not_the_callers(kind: type[VideoGenerationError]):
    assert fault_of(kind(provider="acme", status_code=401)).status == 502


def test_what_nobody_expected_tells_nothing_of_itself():
    fault = fault_of(KeyError("sk-secret"))
    assert fault.status == 500
    assert "sk-secret" not in fault.error.message


def test_what_the_framework_raises_becomes_ours():
    assert fault_of(HTTPException(404)).error.code == "no_such_path"
    assert fault_of(HTTPException(405, headers={"Allow": "GET"})).headers["Allow"] == "GET"
    assert fault_of(HTTPException(415, "no such type")).error.message == "no such type"
    long = {"type": "string_type", "loc": ("body", "prompt"), "msg": "", "input": ["x" * 500]}
    assert len(fault_of(RequestValidationError([long])).error.message) < 150


def test_what_was_raised_while_the_body_was_read_is_told_itself():
    wrapped = HTTPException(400, "There was an error parsing the body")
    wrapped.__cause__ = faults.BodyTooLargeError("too large")
    assert fault_of(wrapped).error.message == "too large"
