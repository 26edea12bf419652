"""Ark's flows, fed by hand; answers are those of its documents, and one of the real service."""

import json
from collections.abc import Generator
from email.utils import formatdate
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
)
from video_gen.protocols.ark.body import mark_of
from video_gen.protocols.ark.wire import ArkProtocol
from video_gen.spec import (
    Call,
    Context,
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

ARK = ArkProtocol()
PROVIDER = Provider(id="ark", title="ModelArk", protocol="ark", base_url="https://ark.example/api/v3")
PICTURE, OTHER = (MediaRef(sha256=letter * 64, media_type="image/png", bytes=10) for letter in "ab")
TASK = Operation(provider="ark", protocol="ark", id="cgt-20260808075608-thsls")
INTENT = 1_790_000_000.0
MODEL = "dreamina-seedance-2-5-260628"
TASKS = "/contents/generations/tasks"


def context(*, model: str = MODEL, key: str = "key-1", **settings: Any) -> Context:
    plan = Plan(
        request=Request(prompt="a lake"),
        model=f"ark/{model}",
        wire_model=model,
        wire_options={"from_image": "adaptive"},
        provider="ark",
        protocol="ark",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", "seconds": 5, **settings}),
        quote=Quote(low=0, high=0),
    )
    return Context(plan=plan, provider=PROVIDER, idempotency_key=key, intent_at=INTENT)


MARK = mark_of(context())


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


def error(status: int, code: str, message: str = "The request failed. Request id: 1") -> Reply:
    return answer({"error": {"code": code, "message": message, "param": "", "type": ""}}, status)


def body_of(**plan: Any) -> dict[str, Any]:
    (call,), operation = feed(ARK.submit(context(**plan)), answer({"id": "cgt-1"}))
    assert (call.method, call.path, call.resendable) == ("POST", TASKS, False)
    assert operation.id == "cgt-1"
    return dict(call.body)


def polled(reply: Reply) -> Any:
    return feed(ARK.poll(TASK, context()), reply)[1]


class TestSubmit:
    def test_a_text(self):
        assert body_of(aspect_ratio="16:9", resolution="720p", audio=False, seed=0) == {
            "model": MODEL,
            "content": [{"type": "text", "text": "a lake"}],
            "resolution": "720p",
            "ratio": "16:9",
            "duration": 5,
            "seed": 0,
            "generate_audio": False,
            "execution_expires_after": MARK,
        }

    def test_pictures(self):
        body = body_of(first_frame=PICTURE, last_frame=OTHER, prompt="")
        assert body["ratio"] == "adaptive"
        assert body["content"] == [
            {"type": "image_url", "image_url": {"url": Blob(ref=PICTURE)}, "role": "first_frame"},
            {"type": "image_url", "image_url": {"url": Blob(ref=OTHER)}, "role": "last_frame"},
        ]
        roles = [item.get("role") for item in body_of(references=(PICTURE, OTHER))["content"]]
        assert roles == [None, "reference_image", "reference_image"]

    def test_extra_options_and_items(self):
        video = {"type": "video_url", "video_url": {"url": "https://a/b.mp4"}, "role": "reference_video"}
        body = body_of(extra={"watermark": True, "content": [video], "execution_expires_after": 3600})
        assert (body["watermark"], body["execution_expires_after"]) == (True, 3600)
        assert body["content"] == [{"type": "text", "text": "a lake"}, video]

    @given(st.uuids())
    def test_the_mark_is_a_time_that_may_be_asked_for(self, key):
        mark = mark_of(context(key=str(key)))
        assert 172_800 <= mark <= 259_200
        assert mark == mark_of(context(key=str(key)))

    def test_marks_differ(self):
        assert len({mark_of(context(key=f"key-{number}")) for number in range(200)}) > 195

    @pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": 7}, [], None])
    def test_an_unreadable_success_may_be_paid(self, body):
        with pytest.raises(SubmissionUnknownError, match="without an id"):
            feed(ARK.submit(context()), answer(body))


class TestRefusals:
    @pytest.mark.parametrize(("status", "code", "kind"), [
        (400, "MissingParameter", InvalidRequestError),
        (400, "InvalidParameter.TaskTypeMismatch", InvalidRequestError),
        (400, "InvalidEndpoint.ClosedEndpoint", InvalidRequestError),
        (400, "SensitiveContentDetected.Violence", ContentPolicyError),
        (400, "InputTextSensitiveContentDetected", ContentPolicyError),
        (400, "InputImageSensitiveContentDetected.PrivacyInformation", ContentPolicyError),
        (400, "InputTextRiskDetection", ContentPolicyError),
        (401, "AuthenticationError", AuthenticationError),
        (403, "AccessDenied", AuthenticationError),
        (403, "AccountOverdueError", InsufficientCreditsError),
        (404, "InvalidEndpointOrModel.NotFound", InvalidRequestError),
        (404, "ModelNotOpen", AuthenticationError),
        (404, "UnsupportedModel", InvalidRequestError),
        (429, "RateLimitExceeded.EndpointRPMExceeded", RateLimitError),
        (429, "ModelAccountRpmRateLimitExceeded", RateLimitError),
        (429, "QuotaExceeded", InsufficientCreditsError),
        (429, "SetLimitExceeded", InsufficientCreditsError),
        (429, "ServerOverloaded", ServiceUnavailableError),
        (429, "ModelLoadingError", ServiceUnavailableError),
        (500, "InternalServiceError", SubmissionUnknownError),
        (503, "ServiceUnavailable", ServiceUnavailableError),
    ])  # fmt: skip
    def test_of_a_submit(self, status, code, kind):
        with pytest.raises(kind, match=code) as raised:
            feed(ARK.submit(context()), error(status, code))
        assert type(raised.value) is kind
        assert raised.value.status_code == status

    def test_a_model_that_is_not_activated_says_where(self):
        with pytest.raises(AuthenticationError, match=f"activate `{MODEL}` in its console"):
            feed(ARK.submit(context()), error(404, "ModelNotOpen"))

    def test_a_model_that_has_ended(self):
        with pytest.raises(ModelRetiredError):
            feed(ARK.submit(context()), error(404, "InvalidEndpointOrModel.NotFound", "The model has been retired."))


class TestPoll:
    @pytest.mark.parametrize(("status", "queued"), [("queued", True), ("running", False)])
    def test_under_way(self, status, queued):
        assert polled(answer({"id": TASK.id, "status": status})) == Pending(queued=queued)

    def test_done_as_the_real_service_says_it(self):
        task = {
            "id": TASK.id, "model": MODEL, "status": "succeeded", "content": {"video_url": "https://tos/1.mp4"},
            "usage": {"completion_tokens": 38830, "total_tokens": 38830}, "created_at": 1786146968,
            "updated_at": 1786147078, "seed": 88034, "resolution": "480p", "ratio": "16:9", "duration": 4,
            "framespersecond": 24, "service_tier": "default", "execution_expires_after": 172800,
            "generate_audio": True, "draft": False, "priority": 0, "output_format": "mp4",
        }  # fmt: skip
        outcome = polled(answer(task))
        assert [(output.url, output.authorized) for output in outcome.outputs] == [("https://tos/1.mp4", False)]

    @pytest.mark.parametrize(("code", "said"), [
        ("OutputVideoSensitiveContentDetected.PolicyViolation", "content_policy_violation"),
        ("OutputAudioSensitiveContentDetected", "audio_filtered"),
        ("InvalidParameter.TaskTypeConstraint", "job_failed"),
        ("InternalServiceError", "job_failed"),
        ("", "job_failed"),
    ])  # fmt: skip
    def test_failed(self, code, said):
        task = {"status": "failed", "error": {"code": code, "message": "may contain"}}
        outcome = polled(answer(task))
        assert (outcome.code, outcome.charged, outcome.cost) == (said, False, 0)
        assert outcome.message == (f"{code}: may contain" if code else "may contain")

    @pytest.mark.parametrize(("task", "code"), [
        ({"status": "succeeded", "content": {}}, "no_video"), ({"status": "expired"}, "job_failed"),
        ({"status": "cancelled"}, "job_failed"), ({"status": "failed"}, "job_failed"),
    ])  # fmt: skip
    def test_other_ends(self, task, code):
        outcome = polled(answer(task))
        assert isinstance(outcome, Failed)
        assert outcome.code == code

    @pytest.mark.parametrize(("days", "gone"), [(1, False), (8, True)])
    def test_a_task_that_is_not_there(self, days, gone):
        date = formatdate(INTENT + days * 86_400, usegmt=True)
        reply = error(404, "ResourceNotFound").model_copy(update={"headers": {"date": date}})
        if gone:
            assert polled(reply).code == "no_video"
        else:
            with pytest.raises(ApiRequestError, match="ResourceNotFound"):
                polled(reply)

    @given(st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["status", "content", "error"]), inner),
        max_leaves=6,
    ))  # fmt: skip
    def test_nonsense_is_never_an_outcome(self, body):
        with pytest.raises(ApiRequestError, match="without a status"):
            polled(answer(body))


class TestCancel:
    def test_what_waits_is_taken_back(self):
        calls, stopped = feed(ARK.cancel(TASK, context()), answer({"status": "queued"}), answer({}))
        assert stopped is True
        assert (calls[1].method, calls[1].path) == ("DELETE", f"{TASKS}/{TASK.id}")

    @pytest.mark.parametrize(("status", "stopped"), [
        ("running", False), ("succeeded", False), ("failed", False), ("expired", False), ("cancelled", True),
    ])  # fmt: skip
    def test_what_has_ended_is_never_deleted(self, status, stopped):
        (call,), found = feed(ARK.cancel(TASK, context()), answer({"status": status}))
        assert (call.method, found) == ("GET", stopped)


def listed(number: int, mark: int | None = 172_800, *, model: str = MODEL, after: float = 1.0) -> dict[str, Any]:
    shown = {} if mark is None else {"execution_expires_after": mark}
    return {"id": f"cgt-{number}", "model": model, "status": "queued", "created_at": round(INTENT + after)} | shown


def page(*items: dict[str, Any], total: int | None = None, days: float = 0.0) -> Reply:
    date = formatdate(INTENT + days * 86_400, usegmt=True)
    return answer({"items": list(items), "total": len(items) if total is None else total}, date=date)


class TestFind:
    def test_it_is_known_by_its_mark(self):
        assert ARK.guarantee is Guarantee.FINDABLE
        (call,), found = feed(ARK.find(context()), page(listed(1), listed(2, MARK), listed(3, MARK + 1)))
        assert found.id == "cgt-2"
        assert (call.path, call.query) == (TASKS, {"page_num": "1", "page_size": "500"})

    def test_all_pages_are_read_and_a_task_that_moved_on_is_one_task(self):
        pages = [page(listed(2, MARK), listed(1), total=4), page(listed(1), listed(2, MARK), total=4)]
        calls, found = feed(ARK.find(context()), *pages)
        assert [call.query["page_num"] for call in calls] == ["1", "2"]
        assert found.id == "cgt-2"

    def test_an_empty_page_is_the_last(self):
        _, found = feed(ARK.find(context()), page(listed(1), total=9), page(total=9))
        assert found is None

    def test_none_that_carries_it_is_certainty(self):
        _, found = feed(ARK.find(context()), page(listed(1), listed(2, after=-3600.0, mark=None)))
        assert found is None

    def test_the_other_tier_has_a_list_of_its_own(self):
        (call,), _ = feed(ARK.find(context(extra={"service_tier": "flex"})), page())
        assert call.query["filter.service_tier"] == "flex"

    @pytest.mark.parametrize("items", [
        [listed(1, MARK), listed(2, MARK)],
        [listed(1, None)],
        [listed(1, MARK, model="another")],
        [{"id": "cgt-1", "execution_expires_after": MARK + 1}, listed(2, None)],
    ])  # fmt: skip
    def test_doubt_is_left_to_a_person(self, items):
        with pytest.raises(ApiRequestError, match=r"tasks that may be this one, and none that certainly is: cgt-"):
            feed(ARK.find(context()), page(*items))

    def test_a_mark_of_the_callers_own_marks_nothing(self):
        chosen = context(extra={"execution_expires_after": 3600})
        with pytest.raises(ApiRequestError, match="may be this one"):
            feed(ARK.find(chosen), page(listed(1, 3600)))
        assert feed(ARK.find(chosen), page(listed(1)))[1] is None

    def test_an_endpoint_goes_by_another_name(self):
        _, found = feed(ARK.find(context(model="ep-2026-x")), page(listed(1, MARK)))
        assert found.id == "cgt-1"

    def test_a_list_that_does_not_reach_back_proves_nothing(self):
        with pytest.raises(ApiRequestError, match="lists the tasks of 7 days"):
            feed(ARK.find(context()), page(days=8))

    @pytest.mark.parametrize(("reply", "words"), [
        (answer({"unexpected": []}), "without items"), (error(401, "AuthenticationError"), "AuthenticationError"),
    ])  # fmt: skip
    def test_nonsense_and_refusals_prove_nothing(self, reply, words):
        with pytest.raises(ApiRequestError, match=words):
            feed(ARK.find(context()), reply)
