"""Kling's flows, fed by hand."""

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
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.protocols.kling import KlingProtocol
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Guarantee,
    MediaRef,
    Operation,
    Output,
    Pending,
    Plan,
    Provider,
    Quote,
    Reply,
    Request,
    Settings,
)
from video_gen.spec.protocol import Blob

KLING = KlingProtocol()
PICTURE = MediaRef(sha256="a" * 64, media_type="image/jpeg", bytes=10)
OTHER = MediaRef(sha256="b" * 64, media_type="image/png", bytes=10)
OPERATION = Operation(provider="kling", protocol="kling", id="8672", data={"kind": "text2video"})


def context(**settings: Any) -> Context:
    plan = Plan(
        request=Request(prompt="a lake"),
        model="kling/kling-v2-6",
        wire_model="kling-v2-6",
        provider="kling",
        protocol="kling",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", **settings}),
        quote=Quote(low=0, high=0),
    )
    provider = Provider(id="kling", title="Kling AI", protocol="kling", base_url="https://kling.test", signing="jwt")
    return Context(plan=plan, provider=provider, idempotency_key="key-1", intent_at=1_790_000_000.0)


def feed(flow: Generator[Call, Reply, Any], *replies: Reply) -> tuple[list[Call], Any]:
    """Run a flow on these replies; return its calls and what it returns."""
    calls = [next(flow)]
    for reply in replies:
        try:
            calls.append(flow.send(reply))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("the flow wants more replies")


def answer(body: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=body, text=json.dumps(body))


def task(status: str = "submitted", **data: Any) -> Reply:
    data = {"task_id": "8672", "task_status": status, "task_info": {"external_task_id": "key-1"}, **data}
    return answer({"code": 0, "message": "SUCCEED", "request_id": "r-1", "data": data})


def error(code: Any, status: int, message: str = "no") -> Reply:
    return answer({"code": code, "message": message, "request_id": "r-1"}, status)


def submitted(**settings: Any) -> Call:
    (call,), operation = feed(KLING.submit(context(**settings)), task())
    assert operation.id == "8672"
    assert operation.data == {"kind": call.path.rpartition("/")[2]}
    return call


class TestSubmit:
    def test_a_text(self):
        call = submitted(
            negative_prompt="people", seconds=5, resolution="1080p", aspect_ratio="9:16", audio=True,
            extra={"cfg_scale": 0.5, "callback_url": "https://caller.test"},
        )  # fmt: skip
        assert (call.method, call.path, call.safe) == ("POST", "/v1/videos/text2video", False)
        assert call.body == {
            "model_name": "kling-v2-6",
            "prompt": "a lake",
            "negative_prompt": "people",
            "mode": "pro",
            "duration": "5",
            "aspect_ratio": "9:16",
            "sound": "on",
            "external_task_id": "key-1",
            "cfg_scale": 0.5,
            "callback_url": "https://caller.test",
        }

    def test_two_pictures_without_a_word(self):
        call = submitted(prompt="", first_frame=PICTURE, last_frame=OTHER, aspect_ratio="16:9", audio=False)
        assert call.path == "/v1/videos/image2video"
        assert call.body == {
            "model_name": "kling-v2-6",
            "image": Blob(ref=PICTURE, encoding="base64"),
            "image_tail": Blob(ref=OTHER, encoding="base64"),
            "sound": "off",
            "external_task_id": "key-1",
        }

    def test_references(self):
        call = submitted(references=(PICTURE, OTHER), aspect_ratio="1:1")
        assert call.path == "/v1/videos/multi-image2video"
        assert call.body["image_list"] == [
            {"image": Blob(ref=PICTURE, encoding="base64")},
            {"image": Blob(ref=OTHER, encoding="base64")},
        ]
        assert call.body["aspect_ratio"] == "1:1"

    def test_frames_and_references_do_not_go_together(self):
        with pytest.raises(InvalidRequestError, match="not both: leave one out"):
            next(KLING.submit(context(first_frame=PICTURE, references=(OTHER,))))

    @pytest.mark.parametrize(("tier", "mode"), [("720p", "std"), ("1080p", "pro"), ("4k", "4k")])
    def test_a_resolution_is_a_mode(self, tier, mode):
        assert submitted(resolution=tier).body["mode"] == mode

    def test_what_is_not_said_is_not_sent(self):
        assert submitted().body == {"model_name": "kling-v2-6", "prompt": "a lake", "external_task_id": "key-1"}

    def test_the_camera_and_masks_are_extra_options(self):
        camera = {"type": "simple", "config": {"zoom": 0}}
        assert submitted(extra={"camera_control": camera}).body["camera_control"] == camera

    @pytest.mark.parametrize("body", [
        {}, {"code": 0}, {"code": 0, "data": {}}, {"code": 0, "data": {"task_id": ""}}, {"code": "0"}, {"code": False},
        {"unexpected": ["nonsense", None]}, [], None, "ok",
    ])  # fmt: skip
    def test_an_unreadable_success_may_be_paid(self, body):
        with pytest.raises(SubmissionUnknownError):
            feed(KLING.submit(context()), answer(body))

    def test_a_lost_answer_stays_lost(self):
        flow = KLING.submit(context())
        next(flow)
        with pytest.raises(SubmissionUnknownError, match="lost"):
            flow.throw(SubmissionUnknownError("lost"))


class TestNameThatIsTaken:
    """An earlier send of the same attempt arrived after all."""

    TAKEN = error(1201, 400, "external_task_id key-1 already exists")

    def test_its_task_is_taken_over(self):
        calls, operation = feed(KLING.submit(context()), self.TAKEN, task("processing"))
        assert [call.method for call in calls] == ["POST", "GET"]
        assert operation.id == "8672"

    def test_where_there_is_none_it_was_a_refusal(self):
        with pytest.raises(InvalidRequestError, match="already exists"):
            feed(KLING.submit(context()), self.TAKEN, error(1203, 404))

    def test_where_nobody_answers_nobody_knows(self):
        with pytest.raises(SubmissionUnknownError):
            feed(KLING.submit(context()), self.TAKEN, error(5000, 500))
        flow = KLING.submit(context())
        next(flow)
        flow.send(self.TAKEN)
        with pytest.raises(SubmissionUnknownError):
            flow.throw(ServiceUnavailableError("no connection"))


SHEET = [
    *((code, 401, AuthenticationError) for code in range(1000, 1005)),
    (1100, 429, AuthenticationError),
    (1101, 429, InsufficientCreditsError),
    (1102, 429, InsufficientCreditsError),
    (1103, 403, AuthenticationError),
    (1200, 400, InvalidRequestError),
    (1201, 400, InvalidRequestError),
    (1202, 404, InvalidRequestError),
    (1203, 404, InvalidRequestError),
    (1300, 400, ContentPolicyError),
    (1301, 400, ContentPolicyError),
    (1302, 429, RateLimitError),
    (1303, 429, RateLimitError),
    (1304, 429, AuthenticationError),
    (5001, 503, ServiceUnavailableError),
]


class TestRefusals:
    @pytest.mark.parametrize("http", ["its own status", "200"])
    @pytest.mark.parametrize(("code", "status", "expected"), SHEET)
    def test_every_code_of_the_sheet(self, code, status, expected, http):
        reply = error(code, 200 if http == "200" else status, "why not")
        with pytest.raises(VideoGenerationError) as raised:
            feed(KLING.submit(context()), reply)
        assert type(raised.value) is expected
        assert f"why not (code {code})" in str(raised.value)

    @pytest.mark.parametrize(("code", "status"), [
        (5000, 500), (5002, 504), (5000, 200), (5002, 200), (9999, 200), (9999, 500), (None, 502), ({}, 500),
        ("x", 408),
    ])  # fmt: skip
    def test_what_may_come_after_accepting(self, code, status):
        with pytest.raises(SubmissionUnknownError):
            feed(KLING.submit(context()), error(code, status))

    @pytest.mark.parametrize(("code", "status", "expected"), [
        (5000, 500, ServiceUnavailableError),
        (5002, 504, ServiceUnavailableError),
        (9999, 200, ApiRequestError),
        (9999, 400, InvalidRequestError),
        (None, 502, ServiceUnavailableError),
    ])  # fmt: skip
    def test_a_poll_costs_nothing(self, code, status, expected):
        with pytest.raises(VideoGenerationError) as raised:
            feed(KLING.poll(OPERATION, context()), error(code, status))
        assert type(raised.value) is expected

    def test_a_model_that_is_gone(self):
        with pytest.raises(ModelRetiredError, match="model kling-v1 does not exist"):
            feed(KLING.submit(context()), error(1203, 404, "model kling-v1 does not exist"))

    def test_a_wait_is_passed_on(self):
        reply = answer({"code": 1302, "message": "slow down"}, 429, **{"retry-after": "7"})
        with pytest.raises(RateLimitError) as raised:
            feed(KLING.submit(context()), reply)
        assert raised.value.retry_after == 7


class TestPoll:
    def test_the_path_is_the_submits(self):
        operation = OPERATION.model_copy(update={"data": {"kind": "image2video"}})
        (call,), _ = feed(KLING.poll(operation, context()), task())
        assert (call.method, call.path) == ("GET", "/v1/videos/image2video/8672")

    @pytest.mark.parametrize(("status", "outcome"), [("submitted", Pending(queued=True)), ("processing", Pending())])
    def test_not_finished(self, status, outcome):
        assert feed(KLING.poll(OPERATION, context()), task(status))[1] == outcome

    def test_finished(self):
        result = {"videos": [{"id": "v-1", "url": "https://cdn.test/v-1.mp4?sig=1", "duration": "5.1"}]}
        _, outcome = feed(
            KLING.poll(OPERATION, context()), task("succeed", task_result=result, final_unit_deduction="2.5")
        )
        assert outcome == Done(outputs=(Output(url="https://cdn.test/v-1.mp4?sig=1"),), cost=350_000)

    @pytest.mark.parametrize(("units", "cost"), [
        ("0.6", 84_000), ("0", 0), ("", None), ("many", None), ("NaN", None), ("-1", None), ("Infinity", None),
        (3, None),
    ])  # fmt: skip
    def test_units_are_money_at_the_list_price(self, units, cost):
        result = {"videos": [{"url": "https://cdn.test/v-1.mp4"}]}
        reply = task("succeed", task_result=result, final_unit_deduction=units)
        assert feed(KLING.poll(OPERATION, context()), reply)[1].cost == cost

    @pytest.mark.parametrize(
        "result", [{}, {"videos": []}, {"videos": [{"id": "v-1"}]}, {"videos": [{"url": ""}]}, None]
    )
    def test_finished_without_a_video(self, result):
        _, outcome = feed(
            KLING.poll(OPERATION, context()), task("succeed", task_result=result, final_unit_deduction="1")
        )
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.cost) == ("no_video", 140_000)

    @pytest.mark.parametrize(("message", "code"), [
        ("Failure to pass the risk control system", "content_policy_violation"),
        ("Content security policy triggered", "content_policy_violation"),
        ("The input image is sensitive", "content_policy_violation"),
        ("The content of the image cannot be read", "job_failed"),
        ("Internal error", "job_failed"),
        ("", "job_failed"),
    ])  # fmt: skip
    def test_failed_and_not_charged(self, message, code):
        _, outcome = feed(KLING.poll(OPERATION, context()), task("failed", task_status_msg=message))
        assert outcome == Failed(code=code, message=message or "no reason given", charged=False)

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["code", "data", "task_status", "x"]), inner),
        max_leaves=6,
    ), st.booleans())  # fmt: skip
    def test_nonsense_is_never_an_outcome(self, body, enveloped):
        reply = answer({"code": 0, "data": body} if enveloped else body)
        with pytest.raises(ApiRequestError):
            feed(KLING.poll(OPERATION, context()), reply)


class TestFind:
    def test_it_asks_by_the_attempts_key(self):
        (call,), found = feed(KLING.find(context(first_frame=PICTURE)), task())
        assert call.path == "/v1/videos/image2video/key-1"
        assert (found.id, found.data) == ("8672", {"kind": "image2video"})
        assert KLING.guarantee is Guarantee.FINDABLE

    @pytest.mark.parametrize("reply", [
        error(1203, 404, "the resource does not exist"), error(1203, 200), error(1201, 400, "Task not found"),
    ])  # fmt: skip
    def test_there_certainly_is_none(self, reply):
        assert feed(KLING.find(context()), reply)[1] is None

    @pytest.mark.parametrize("reply", [
        Reply(status=404, text="<html>not found</html>"),  # a proxy's word, not Kling's
        error(1201, 400, "invalid parameter"),
        error(1202, 404),
        error(1002, 401),
        error(5000, 500),
        answer({"code": 0, "data": {}}),
        task(task_info={"external_task_id": "another"}),
        task(task_id=""),
    ])  # fmt: skip
    def test_whatever_else_proves_nothing(self, reply):
        with pytest.raises(VideoGenerationError):
            feed(KLING.find(context()), reply)


def test_it_cannot_be_stopped():
    with pytest.raises(StopIteration) as end:
        next(KLING.cancel(OPERATION, context()))
    assert end.value.value is False
