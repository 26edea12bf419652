import pytest

from video_gen.exceptions import (
    ApiRequestError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.spec import Reply
from video_gen.spec.answers import at, dated, garbled, refusal, retry_after, words_at


def test_at_walks_into_any_shape_without_falling():
    body = {"error": {"details": [{"reason": "no"}], "message": 7}}
    assert at(body, "error", "details", 0, "reason") == "no"
    assert at(body, "error", "details", -1, "reason") == "no"
    assert at(body, "error", "details", 1, "reason") is None
    assert at(body, "error", 0) is None
    assert at(None, "error") is None
    assert words_at(body, "error", "message") == ""


@pytest.mark.parametrize(("headers", "moment"), [
    ({"date": "Thu, 01 Jan 1970 00:01:00 GMT"}, 60.0), ({"date": "today"}, None), ({}, None),
])  # fmt: skip
def test_dated(headers, moment):
    assert dated(Reply(status=200, headers=headers)) == moment


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"retry-after": "7"}, 7.0),
    ({"retry-after": "0.5"}, 0.5),
    ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
    ({"retry-after": "Sat, 21 Nov 2026 09:00:00 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 0.0),
    ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, None),
    ({"retry-after": "soon"}, None),
    ({}, None),
])  # fmt: skip
def test_retry_after(headers, seconds):
    assert retry_after(Reply(status=429, headers=headers)) == seconds


@pytest.mark.parametrize(("status", "kind"), [
    (400, InvalidRequestError), (401, AuthenticationError), (402, InsufficientCreditsError), (403, AuthenticationError),
    (404, ApiRequestError), (409, ApiRequestError), (422, InvalidRequestError), (429, RateLimitError),
    (408, ServiceUnavailableError), (500, ServiceUnavailableError), (503, ServiceUnavailableError),
])  # fmt: skip
def test_the_status_decides_where_the_protocol_does_not_know(status, kind):
    assert type(refusal(Reply(status=status), "acme")) is kind


@pytest.mark.parametrize("status", [408, 500, 502, 504, 520])
def test_a_server_error_after_a_submit_leaves_open_whether_it_is_paid(status):
    assert type(refusal(Reply(status=status), "acme", billable=True)) is SubmissionUnknownError


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 503])
def test_a_refusal_after_a_submit_is_a_refusal(status):
    error = refusal(Reply(status=status), "acme", billable=True)
    assert isinstance(error, ApiRequestError | InvalidRequestError)
    assert not isinstance(error, SubmissionUnknownError)


def test_the_protocol_may_know_better():
    error = refusal(Reply(status=500), "acme", "unsafe", kind=ContentPolicyError, billable=True)
    assert type(error) is ContentPolicyError


def test_the_error_carries_the_facts():
    reply = Reply(status=429, headers={"x-request-id": "req-1", "retry-after": "3"}, text="x" * 1000)
    error = refusal(reply, "acme")
    assert (error.provider, error.status_code, error.request_id, error.retry_after) == ("acme", 429, "req-1", 3.0)
    assert str(error).startswith("acme answered 429: xxx")
    assert len(str(error)) < 400


def test_a_success_that_says_nothing_is_no_refusal_after_a_submit():
    assert type(garbled(Reply(status=200, text="[]"), "acme", "an id")) is ApiRequestError
    error = garbled(Reply(status=200, text="[]"), "acme", "an id", billable=True)
    assert type(error) is SubmissionUnknownError
    assert "without an id" in str(error)
