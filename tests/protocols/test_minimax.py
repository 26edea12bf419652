"""MiniMax's flows, fed by hand; answers are those of its documents where they show one."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from video_gen.protocols.minimax.wire import MiniMaxProtocol
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Guarantee,
    MediaRef,
    Operation,
    Pending,
    Plan,
    Provider,
    Quote,
    Reply,
    Request,
    Settings,
)
from video_gen.spec.protocol import Blob

MINIMAX = MiniMaxProtocol()
PROVIDER = Provider(id="minimax", title="MiniMax", protocol="minimax", base_url="https://api.minimax.io")
PICTURE, OTHER = (MediaRef(sha256=letter * 64, media_type="image/png", bytes=10) for letter in "ab")
TASK = Operation(provider="minimax", protocol="minimax", id="424010985738629")
OK = {"base_resp": {"status_code": 0, "status_msg": "success"}}


def context(version: str = "v2", **settings: Any) -> Context:
    plan = Plan(
        request=Request(prompt="a lake"),
        model="minimax/m",
        wire_model="m",
        wire_options={"api": version} | ({"from_image": "adaptive"} if version == "v2" else {}),
        provider="minimax",
        protocol="minimax",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", "seconds": 6, "resolution": "768P", **settings}),
        quote=Quote(low=0, high=0),
    )
    return Context(plan=plan, provider=PROVIDER, idempotency_key="key-1", intent_at=0)


def feed(flow: Generator[Call, Reply, Any], *replies: Reply) -> tuple[list[Call], Any]:
    """Run a flow on these replies; return its calls and what it returns."""
    calls = [next(flow)]
    for reply in replies:
        try:
            calls.append(flow.send(reply))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("the flow wants more replies")


def answer(body: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=body, text=json.dumps(body))


def error_v2(status: int, kind: str, message: str) -> Reply:
    error = {"type": kind, "message": message, "http_code": str(status)}
    return answer({"type": "error", "error": error, "request_id": "0217"}, status)


def error_v1(code: int, message: str) -> Reply:
    return answer({"base_resp": {"status_code": code, "status_msg": message}})


def polled(version: str, *replies: Reply) -> Any:
    return feed(MINIMAX.poll(TASK, context(version)), *replies)[1]


def body_of(version: str, **settings: Any) -> dict[str, Any]:
    (call,), _ = feed(MINIMAX.submit(context(version, **settings)), answer({"task_id": "1"} | OK))
    assert (call.method, call.path, call.resendable) == ("POST", f"/{version}/video_generation", False)
    return dict(call.body)


class TestSubmit:
    def test_a_text_in_version_2(self):
        assert body_of("v2", aspect_ratio="16:9") == {
            "model": "m",
            "content": [{"type": "text", "text": "a lake"}],
            "resolution": "768P",
            "duration": 6,
            "ratio": "16:9",
        }

    def test_pictures_in_version_2(self):
        body = body_of("v2", first_frame=PICTURE, last_frame=OTHER)
        assert body["ratio"] == "adaptive"
        assert body["content"][1:] == [
            {"type": "image_url", "image_url": {"url": Blob(ref=PICTURE)}, "role": "first_frame"},
            {"type": "image_url", "image_url": {"url": Blob(ref=OTHER)}, "role": "last_frame"},
        ]
        (reference,) = body_of("v2", references=(PICTURE,))["content"][1:]
        assert reference["role"] == "reference_image"

    def test_a_text_in_version_1(self):
        body = body_of("v1", extra={"prompt_optimizer": False})
        asked = {"model": "m", "prompt": "a lake", "duration": 6, "resolution": "768P"}
        assert body == {**asked, "prompt_optimizer": False}

    def test_pictures_in_version_1(self):
        body = body_of("v1", first_frame=PICTURE, last_frame=OTHER, prompt="", seconds=None)
        assert body == {
            "model": "m",
            "resolution": "768P",
            "first_frame_image": Blob(ref=PICTURE),
            "last_frame_image": Blob(ref=OTHER),
        }
        subject = body_of("v1", references=(PICTURE,))["subject_reference"]
        assert subject == [{"type": "character", "image": [Blob(ref=PICTURE)]}]

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_the_task_is_kept(self, version):
        _, made = feed(MINIMAX.submit(context(version)), answer({"task_id": "424010985738629"} | OK))
        assert made.id == "424010985738629"

    @pytest.mark.parametrize("body", [{}, {"task_id": ""}, {"task_id": 7}, [], None, OK])
    def test_an_unreadable_success_may_be_paid(self, body):
        with pytest.raises(SubmissionUnknownError, match="without a task_id"):
            feed(MINIMAX.submit(context("v1")), answer(body))


class TestRefusals:
    @pytest.mark.parametrize(("status", "kind", "message", "expected"), [
        (400, "bad_request_error", "invalid params, content must include a non-empty text item (2013)",
         InvalidRequestError),
        (401, "authorized_error", "login fail: Please carry the API secret key (1004)", AuthenticationError),
        (402, "insufficient_balance_error", "insufficient balance (1008)", InsufficientCreditsError),
        (422, "unprocessable_entity_error", "video description contains sensitive content (1026)", ContentPolicyError),
        (429, "rate_limit_error", "rate limit, please retry later (1002)", RateLimitError),
        (429, "rate_limit_error", "usage limit exceeded (2056)", InsufficientCreditsError),
        (500, "server_error", "internal error (1000)", SubmissionUnknownError),
        (500, "server_error", "what happened", SubmissionUnknownError),
        (529, "overloaded_error", "overloaded", ServiceUnavailableError),
        (401, "authorized_error", "no code", AuthenticationError),
    ])  # fmt: skip
    def test_of_version_2(self, status, kind, message, expected):
        with pytest.raises(expected) as raised:
            feed(MINIMAX.submit(context()), error_v2(status, kind, message))
        assert type(raised.value) is expected
        assert (raised.value.status_code, raised.value.request_id) == (status, "0217")
        assert message in str(raised.value)

    @pytest.mark.parametrize(("code", "expected"), [
        (1000, SubmissionUnknownError), (1001, SubmissionUnknownError), (1002, RateLimitError),
        (1004, AuthenticationError), (1008, InsufficientCreditsError), (1024, SubmissionUnknownError),
        (1026, ContentPolicyError), (1027, ContentPolicyError), (1033, SubmissionUnknownError),
        (1039, RateLimitError), (1041, RateLimitError), (1042, InvalidRequestError), (2013, InvalidRequestError),
        (2045, RateLimitError), (2049, AuthenticationError), (2056, InsufficientCreditsError),
        (2061, InvalidRequestError), (4711, SubmissionUnknownError),
    ])  # fmt: skip
    def test_of_version_1(self, code, expected):
        with pytest.raises(expected, match=rf"its words \({code}\)") as raised:
            feed(MINIMAX.submit(context("v1")), error_v1(code, "its words"))
        assert type(raised.value) is expected

    def test_a_key_of_the_other_platform(self):
        with pytest.raises(AuthenticationError, match=r"invalid key \(2049\) - a key of the Chinese platform needs"):
            feed(MINIMAX.submit(context()), error_v2(401, "authorized_error", "invalid key (2049)"))

    def test_a_page_in_its_place(self):
        with pytest.raises(ServiceUnavailableError, match="at capacity"):
            feed(MINIMAX.submit(context("v1")), Reply(status=503, text="at capacity"))


class TestPollVersion2:
    @pytest.mark.parametrize(("status", "queued"), [("queued", True), ("running", False)])
    def test_under_way(self, status, queued):
        assert polled("v2", answer({"task": {"status": status}})) == Pending(queued=queued)

    def test_done(self):
        task = {"id": TASK.id, "status": "succeeded", "content": {"url": "https://cdn/1.mp4"}, "usage": {}}
        outcome = polled("v2", answer({"task": task}))
        assert isinstance(outcome, Done)
        assert [(output.url, output.authorized) for output in outcome.outputs] == [("https://cdn/1.mp4", False)]

    @pytest.mark.parametrize(("task", "code", "charged"), [
        ({"status": "succeeded", "content": {}}, "no_video", None),
        ({"status": "failed", "error": {"code": "1026", "message": "sensitive"}}, "content_policy_violation", None),
        ({"status": "failed", "error": {"code": "1027", "message": "sensitive"}}, "content_policy_violation", None),
        ({"status": "failed", "error": {"code": "1000", "message": "internal"}}, "job_failed", None),
        ({"status": "failed"}, "job_failed", None),
        ({"status": "cancelled"}, "job_failed", False),
        ({"status": "expired"}, "job_failed", False),
    ])  # fmt: skip
    def test_the_end_of_others(self, task, code, charged):
        outcome = polled("v2", answer({"task": task}))
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.charged) == (code, charged)
        assert outcome.message

    def test_a_task_that_is_not_there_is_trouble(self):
        with pytest.raises(ServiceUnavailableError, match="record not found"):
            polled("v2", error_v2(500, "server_error", "record not found (1000)"))


class TestPollVersion1:
    def test_the_calls(self):
        done = {"task_id": "1", "status": "Success", "file_id": "176844028768320", "video_width": 1920} | OK
        file = {"file": {"file_id": 176844028768320, "bytes": 0, "download_url": "https://cdn/1.mp4"}} | OK
        calls, outcome = feed(MINIMAX.poll(TASK, context("v1")), answer(done), answer(file))
        assert [(call.path, call.query) for call in calls] == [
            ("/v1/query/video_generation", {"task_id": TASK.id}),
            ("/v1/files/retrieve", {"file_id": "176844028768320"}),
        ]
        assert [output.url for output in outcome.outputs] == ["https://cdn/1.mp4"]

    @pytest.mark.parametrize(("status", "queued"), [("Preparing", True), ("Queueing", True), ("Processing", False)])
    def test_under_way(self, status, queued):
        assert polled("v1", answer({"status": status} | OK)) == Pending(queued=queued)

    @pytest.mark.parametrize(("body", "code"), [
        ({"status": "Success", "file_id": ""} | OK, "no_video"),
        ({"status": "Fail"} | OK, "job_failed"),
        ({"status": "Fail", "base_resp": {"status_code": 1033, "status_msg": "system error"}}, "job_failed"),
        ({"status": "Fail", "base_resp": {"status_code": 1027, "status_msg": "new"}}, "content_policy_violation"),
        ({"base_resp": {"status_code": 1027, "status_msg": "unsafe output"}}, "content_policy_violation"),
    ])  # fmt: skip
    def test_the_end_of_others(self, body, code):
        outcome = polled("v1", answer(body))
        assert isinstance(outcome, Failed)
        assert outcome.code == code
        assert outcome.message

    @pytest.mark.parametrize(("code", "kind"), [
        (1000, ServiceUnavailableError), (1002, RateLimitError), (1004, AuthenticationError),
        (1008, InsufficientCreditsError), (2013, InvalidRequestError),
    ])  # fmt: skip
    def test_trouble_is_no_verdict(self, code, kind):
        with pytest.raises(kind):
            polled("v1", error_v1(code, "its words"))

    def test_a_file_without_a_link_is_trouble(self):
        with pytest.raises(ApiRequestError, match="without a download_url"):
            polled("v1", answer({"status": "Success", "file_id": "7"} | OK), answer({"file": {}} | OK))


@pytest.mark.parametrize("version", ["v1", "v2"])
@given(st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["task", "status", "base_resp", "x"]), inner),
    max_leaves=6,
))  # fmt: skip
def test_nonsense_is_never_an_outcome(version, body):
    with pytest.raises(ApiRequestError, match="without a status"):
        polled(version, answer(body))


class TestCancel:
    def test_what_waits_is_taken_back(self):
        gone = answer({"task_id": TASK.id, "action": "cancelled", "status": "cancelled"})
        calls, stopped = feed(MINIMAX.cancel(TASK, context()), answer({"task": {"status": "queued"}}), gone)
        assert stopped is True
        assert (calls[1].method, calls[1].path) == ("DELETE", f"/v2/video_generation/{TASK.id}")

    @pytest.mark.parametrize(("status", "stopped"), [
        ("running", False), ("succeeded", False), ("failed", False), ("cancelled", True),
    ])  # fmt: skip
    def test_what_has_ended_is_never_deleted(self, status, stopped):
        (call,), found = feed(MINIMAX.cancel(TASK, context()), answer({"task": {"status": status}}))
        assert (call.method, found) == ("GET", stopped)

    def test_version_1_stops_nothing(self):
        with pytest.raises(StopIteration) as end:
            next(MINIMAX.cancel(TASK, context("v1")))
        assert end.value.value is False


def test_it_cannot_be_looked_up():
    assert MINIMAX.guarantee is Guarantee.NONE
    with pytest.raises(ApiRequestError, match="does not say which task came from which request"):
        next(MINIMAX.find(context()))
