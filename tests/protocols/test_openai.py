"""The OpenAI wire's flows, fed by hand."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.exceptions import (
    ApiRequestError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    MediaInputError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.protocols.openai.images import OpenAIImagesProtocol
from video_gen.protocols.openai.wire import OpenAIProtocol
from video_gen.spec import (
    Blob,
    Call,
    Context,
    Done,
    Failed,
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

WIRE = OpenAIProtocol()
SPEC = json.loads((Path(__file__).parents[1] / "data/specs/openai_videos.openapi.json").read_text())
NOW = 1_795_255_200.0
PICTURE = MediaRef(sha256="a" * 64, media_type="image/png", bytes=10, width=1280, height=720)
VIDEO = MediaRef(sha256="b" * 64, media_type="video/mp4", bytes=10)
FILE = Blob(ref=PICTURE, encoding="file")
SENT = {"prompt": "a sea", "model": "sora-2", "seconds": "4", "size": "1280x720"}


def context(
    *, provider: dict[str, str] | None = None, options: dict[str, str] | None = None, **settings: Any
) -> Context:
    at = Provider(
        id="relay",
        title="Relay",
        protocol="openai",
        base_url="https://relay.example/v1",
        base_url_env=("RELAY_URL",),
        settings=provider or {},
    )
    chosen = Settings(**{"prompt": "a sea", "seconds": 4.0, "width": 1280, "height": 720, **settings})
    plan = Plan(
        request=Request(prompt=chosen.prompt),
        model="relay/sora-2",
        wire_model="sora-2",
        wire_options=options or {},
        provider="relay",
        protocol="openai",
        task="text_to_video",
        settings=chosen,
        quote=Quote(low=0),
    )
    return Context(plan=plan, provider=at, idempotency_key="key-1", intent_at=NOW)


def answer(body: Any = None, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=body, text=json.dumps(body), headers=named)


def feed(flow: Generator[Call, Reply, Any], *replies: Reply) -> tuple[list[Call], Any]:
    calls: list[Call] = []
    waiting = iter(replies)
    try:
        calls.append(next(flow))
        while (reply := next(waiting, None)) is not None:
            calls.append(flow.send(reply))
    except StopIteration as end:
        return calls, end.value
    raise AssertionError("the flow wants more replies")


def submitted(*replies: Reply, **more: Any) -> tuple[list[Call], Operation]:
    return feed(WIRE.submit(context(**more)), *(replies or (answer({"id": "video_1", "status": "queued"}),)))


def polled(*replies: Reply, job: str = "video_1", **more: Any) -> Any:
    here = context(**more)
    _, outcome = feed(WIRE.poll(WIRE.adopt(job, here), here), *replies)
    return outcome


def valid(body: Any, schema: str) -> None:
    resolver = {"$ref": f"#/components/schemas/{schema}", "components": SPEC["components"]}
    jsonschema.validate(body, resolver)


class TestSubmit:
    def test_json_is_what_the_specification_says(self):
        (call,), operation = submitted()
        assert (call.method, call.path, call.body, call.resendable) == ("POST", "/videos", SENT, False)
        valid(call.body, "CreateVideoJsonBody")
        assert operation.id == "video_1"

    def test_a_form_where_the_service_reads_forms(self):
        (call,), _ = submitted(provider={"encoding": "form", "endpoint": "/v1/videos"})
        assert (call.path, call.form, call.body) == ("/v1/videos", SENT, None)

    def test_a_picture_makes_it_a_form(self):
        (call,), _ = submitted(first_frame=PICTURE)
        assert call.form == {**SENT, "input_reference": [FILE]}

    def test_more_pictures_repeat_the_field_in_their_order(self):
        last, other = (PICTURE.model_copy(update={"sha256": each * 64}) for each in "cd")
        (call,), _ = submitted(first_frame=PICTURE, last_frame=last, references=(other,))
        assert [blob.ref for blob in call.form["input_reference"]] == [PICTURE, last, other]

    def test_a_picture_goes_ahead_where_it_is_not_to_be_skipped(self):
        first = answer({"id": "file-1"})
        (upload, create), _ = submitted(
            first, answer({"id": "video_1"}), first_frame=PICTURE, provider={"skip_upload": "false"}
        )
        assert (upload.path, upload.form) == ("/files", {"purpose": "vision", "file": FILE})
        assert (upload.free, create.free) == (True, False)
        assert create.body == SENT | {"input_reference": {"file_id": "file-1"}}
        valid(create.body, "CreateVideoJsonBody")

    def test_an_upload_that_fails_cost_nothing(self):
        with pytest.raises(ServiceUnavailableError):
            submitted(answer({}, 500), first_frame=PICTURE, provider={"skip_upload": "false"})
        with pytest.raises(ApiRequestError) as raised:
            submitted(answer({}), first_frame=PICTURE, provider={"skip_upload": "no"})
        assert not isinstance(raised.value, SubmissionUnknownError)

    def test_what_is_not_settled_is_not_sent(self):
        (call,), _ = submitted(seconds=None, width=None, height=None)
        assert call.body == {"prompt": "a sea", "model": "sora-2"}

    def test_what_only_relays_take(self):
        more = {"seed": 0, "negative_prompt": "birds", "fps": 24.0, "audio": False, "count": 2}
        (call,), _ = submitted(width=None, height=None, aspect_ratio="16:9", resolution="720p", **more)
        assert call.body == {
            "prompt": "a sea", "model": "sora-2", "seconds": "4", "aspect_ratio": "16:9", "resolution": "720p",
            "seed": 0, "negative_prompt": "birds", "fps": 24.0, "generate_audio": False, "n": 2,
        }  # fmt: skip

    def test_constant_fields_and_extra_options_go_along(self):
        (call,), _ = submitted(options={"watermark": "false"}, extra={"user": "me", "watermark": "true"})
        assert call.body == SENT | {"watermark": "true", "user": "me"}

    def test_a_length_of_another_name_is_a_number(self):
        (call,), _ = submitted(provider={"seconds_field": "duration"})
        assert call.body["duration"] == 4
        assert "seconds" not in call.body

    def test_a_finished_video_is_remixed_edited_and_extended(self):
        (call,), _ = submitted(extra={"remix": "video_0"})
        assert (call.path, call.body) == ("/videos/video_0/remix", {"prompt": "a sea"})
        valid(call.body, "CreateVideoRemixBody")
        (call,), _ = submitted(extra={"edit": "video_0"})
        assert (call.path, call.body) == ("/videos/edits", {"prompt": "a sea", "video": {"id": "video_0"}})
        valid(call.body, "CreateVideoEditJsonBody")
        (call,), _ = submitted(extra={"extend": "video_0"})
        assert call.path == "/videos/extensions"
        valid(call.body, "CreateVideoExtendJsonBody")

    def test_a_source_video_is_edited_or_extended(self):
        blob = Blob(ref=VIDEO, encoding="file")
        (call,), _ = submitted(source_video=VIDEO)
        assert (call.path, call.form) == ("/videos/edits", {"video": blob, "model": "sora-2", "prompt": "a sea"})
        (call,), _ = submitted(source_video=VIDEO, extra={"extend": True})
        assert (call.path, call.form["seconds"]) == ("/videos/extensions", "4")

    @pytest.mark.parametrize("body", [
        {"id": "task_1", "task_id": "task_1"},
        {"task_id": "task_1"},
        {"code": "success", "message": "", "data": {"task_id": "task_1", "status": "SUBMITTED"}},
        {"code": "success", "data": "task_1"},
        {"code": 200, "msg": "success", "data": {"taskId": "task_1"}},
    ])  # fmt: skip
    def test_the_id_is_found_in_every_envelope(self, body):
        _, operation = submitted(answer(body))
        assert operation.id == "task_1"

    def test_the_operation_remembers_its_endpoint(self):
        _, operation = submitted(answer({"id": "a/b="}), provider={"endpoint": "/v1/videos"})
        calls, _ = feed(WIRE.poll(operation, context(provider={"endpoint": "/v2"})), answer({"status": "queued"}))
        assert calls[0].path == "/v1/videos/a%2Fb%3D"

    def test_the_service_says_when_to_ask(self):
        _, operation = submitted(answer({"id": "video_1"}, openai_poll_after_ms="2500"))
        assert operation.retry_after == 2.5


class TestRefusedSubmit:
    @pytest.mark.parametrize(("status", "body", "expected"), [
        (400, {"error": {"message": "Invalid value", "type": "invalid_request_error", "param": "seconds",
                         "code": "invalid_value"}}, InvalidRequestError),
        (400, {"error": {"message": "Your request was blocked by our moderation system.", "type":
                         "invalid_request_error", "param": None, "code": "moderation_blocked"}}, ContentPolicyError),
        (401, {"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}}, AuthenticationError),
        (403, {"error": {"message": "no role", "code": "PermissionDenied"}}, AuthenticationError),
        (429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, RateLimitError),
        (429, {"error": {"message": "pay", "type": "insufficient_quota", "code": "insufficient_quota"}},
         InsufficientCreditsError),
        (404, {"error": {"message": "The model `sora-2` has been deprecated, learn more", "code": "model_not_found"}},
         ModelRetiredError),
        (404, {"error": {"message": "There is no such deployment", "code": "DeploymentNotFound"}}, ApiRequestError),
        (400, {"error": {"message": "litellm.ContentPolicyViolationError: OpenAIException - no", "code": "400"}},
         ContentPolicyError),
        (400, {"error": {"message": "Budget has been exceeded!", "type": "budget_exceeded", "code": "400"}},
         InsufficientCreditsError),
        (400, {"code": "invalid_request", "message": "prompt is required", "data": None}, InvalidRequestError),
        (403, {"code": "insufficient_user_quota", "message": "no quota", "data": None}, InsufficientCreditsError),
        (422, {"detail": [{"loc": ["body", "size"], "msg": "Field required", "type": "missing"}]}, InvalidRequestError),
        (400, {"error": {"code": "BadRequest", "message": "no", "innererror": {"code":
                         "ResponsibleAIPolicyViolation"}}}, ContentPolicyError),
        (400, {"error": {"code": "rate_limit_exceeded", "message": "no", "innererror": {"code":
                         "ResponsibleAIPolicyViolation"}}}, ContentPolicyError),
        (503, {"error": {"message": "overloaded", "code": "server_overloaded"}}, ServiceUnavailableError),
        (503, {"error": {"message": "no channel", "code": "get_channel_failed"}}, ServiceUnavailableError),
        (200, {"code": 401, "msg": "Unauthorized", "data": None}, AuthenticationError),
        (200, {"code": 402, "msg": "Insufficient balance"}, InsufficientCreditsError),
    ])  # fmt: skip
    def test_each_means_one_thing(self, status, body, expected):
        with pytest.raises(expected) as raised:
            submitted(answer(body, status))
        assert type(raised.value) is expected

    @pytest.mark.parametrize(("status", "body"), [
        (500, {"error": {"message": "oops", "code": "server_error"}}),
        (500, {"code": "do_request_failed", "message": "upstream", "data": None}),
        (502, None),
        (524, None),
        (408, None),
        (200, {"unexpected": ["nonsense", None]}),
        (200, {"code": 500, "message": "unknown", "data": None}),
        (200, {"code": "fail", "message": "unknown", "data": None}),
        (200, None),
    ])  # fmt: skip
    def test_what_tells_nothing_may_be_paid(self, status, body):
        with pytest.raises(SubmissionUnknownError):
            submitted(answer(body, status))

    def test_a_lost_answer_passes_through(self):
        flow = WIRE.submit(context())
        next(flow)
        with pytest.raises(SubmissionUnknownError, match="lost"):
            flow.throw(SubmissionUnknownError("lost"))

    def test_the_words_name_the_field_and_the_code(self):
        body = {"detail": [{"loc": ["body", "size"], "msg": "Field required", "type": "missing"}]}
        with pytest.raises(InvalidRequestError, match=r"relay answered 422: body\.size: Field required"):
            submitted(answer(body, 422))
        with pytest.raises(InvalidRequestError, match=r"400: wrong \(invalid_value\)"):
            submitted(answer({"error": {"message": "wrong", "code": "invalid_value"}}, 400))

    def test_a_picture_of_another_size_is_told_with_both(self):
        body = {"error": {"message": "Inpaint image must match the requested width and height", "code": None}}
        said = "width and height: the first frame is 1280x720, the video 720x1280; give it a picture of its size"
        with pytest.raises(MediaInputError, match=said) as raised:
            submitted(answer(body, 400), first_frame=PICTURE, width=720, height=1280)
        assert raised.value.status_code == 400

    def test_a_wrong_address_is_said_so(self):
        with pytest.raises(ApiRequestError, match="no Videos API at this address: check RELAY_URL"):
            submitted(Reply(status=404, text="<html>"))

    def test_the_wait_is_kept(self):
        with pytest.raises(RateLimitError) as raised:
            submitted(answer({"error": {"code": "rate_limit_exceeded"}}, 429, retry_after_ms="1500"))
        assert raised.value.retry_after == 1.5


class TestPoll:
    @pytest.mark.parametrize(("body", "progress", "queued"), [
        ({"status": "queued", "progress": 0}, 0.0, True),
        ({"status": "in_progress", "progress": 33}, 0.33, False),
        ({"status": "pending"}, None, True),
        ({"status": "processing", "progress": "35%"}, 0.35, False),
        ({"code": "success", "data": {"task_id": "t", "status": "NOT_START", "progress": "0%"}}, 0.0, True),
        ({"code": "success", "data": {"task_id": "t", "status": "IN_PROGRESS", "progress": ""}}, None, False),
        ({"code": 200, "data": {"taskId": "t", "successFlag": 0}}, None, False),
        ({"status": "generating", "progress": 250}, 1.0, False),
        ({"status": "running", "progress": float("nan")}, None, False),
    ])  # fmt: skip
    def test_under_way(self, body, progress, queued):
        assert polled(answer(body)) == Pending(progress=progress, queued=queued)

    def test_when_to_ask_again(self):
        outcome = polled(answer({"status": "queued"}, openai_poll_after_ms="1500"))
        assert outcome.retry_after == 1.5
        assert polled(answer({"status": "queued"}, retry_after="7")).retry_after == 7

    @pytest.mark.parametrize(("body", "urls"), [
        ({"status": "completed", "progress": 100}, ["/videos/video_1/content"]),
        ({"status": "completed", "video_url": "https://cdn.example/v.mp4"}, ["https://cdn.example/v.mp4"]),
        ({"status": "completed", "video_url": None}, ["/videos/video_1/content"]),
        ({"status": "succeeded", "data": [{"url": "https://a/1.mp4"}, {"url": "https://a/2.mp4"}]},
         ["https://a/1.mp4", "https://a/2.mp4"]),
        ({"status": "completed", "metadata": {"url": "https://a/v.mp4"}}, ["https://a/v.mp4"]),
        ({"code": "success", "data": {"task_id": "t", "status": "SUCCESS", "result_url": "https://a/v.mp4"}},
         ["https://a/v.mp4"]),
        ({"status": "completed", "url": None, "urls": ["https://a/1.mp4", "https://a/2.mp4"]},
         ["https://a/1.mp4", "https://a/2.mp4"]),
        ({"status": "completed", "url": None, "urls": [], "file_path": "outputs/v.mp4"}, ["/videos/video_1/content"]),
        ({"status": "completed", "num_outputs": 2},
         ["/videos/video_1/content?variant=0", "/videos/video_1/content?variant=1"]),
        ({"status": "completed", "urls": ["https://signed/v.mp4"], "unsigned_urls": ["/api/v1/videos/x/content"]},
         ["https://signed/v.mp4"]),
        ({"code": 200, "data": {"taskId": "t", "successFlag": 1, "response": {"resultUrls": ["https://a/v.mp4"]}}},
         ["https://a/v.mp4"]),
        ({"status": "success", "output": "https://a/v.mp4"}, ["https://a/v.mp4"]),
        ({"status": "completed", "thumbnail_url": "https://a/t.jpg"}, ["/videos/video_1/content"]),
    ])  # fmt: skip
    def test_done(self, body, urls):
        outcome = polled(answer(body))
        assert isinstance(outcome, Done)
        assert [output.url for output in outcome.outputs] == urls
        assert all(output.authorized for output in outcome.outputs), "its own content asks for the key"

    @pytest.mark.parametrize("body", [
        {"status": "succeeded", "data": []},
        {"status": "completed", "urls": [], "unsigned_urls": []},
    ])  # fmt: skip
    def test_done_without_a_video(self, body):
        assert polled(answer(body)).code == "no_video"

    @pytest.mark.parametrize(("usage", "more", "cost"), [
        ({"cost": 0.4}, {"polling_url": "/p"}, 400_000),
        ({"provider_reported_cost_usd": 1.2}, {}, 1_200_000),
        ({"cost": 0}, {"unsigned_urls": ["https://a/v.mp4"]}, 0),
        ({"cost": 0.4}, {}, None),
        ({"total_tokens": 5}, {"polling_url": "/p"}, None),
        ({"cost": "NaN"}, {"polling_url": "/p"}, None),
    ])  # fmt: skip
    def test_the_price_is_taken_only_where_its_currency_is_known(self, usage, more, cost):
        body = {"status": "completed", "url": "https://a/v.mp4", "usage": usage, **more}
        assert polled(answer(body)).cost == cost

    @pytest.mark.parametrize(("body", "code", "message"), [
        ({"status": "failed", "error": {"code": "moderation_blocked", "message": "blocked"}},
         "content_policy_violation", "blocked (moderation_blocked)"),
        ({"status": "failed", "error": "generation failed"}, "job_failed", "generation failed"),
        ({"status": "failed", "error": {"message": "out of memory"}}, "job_failed", "out of memory"),
        ({"status": "failed", "error": {"code": "PUBLIC_ERROR_AUDIO_FILTERED", "message": "x"}},
         "audio_filtered", "x (PUBLIC_ERROR_AUDIO_FILTERED)"),
        ({"status": "failed", "error": {"code": "PROMINENT_PEOPLE_FILTER_FAILED", "message": "x"}},
         "content_policy_violation", "x (PROMINENT_PEOPLE_FILTER_FAILED)"),
        ({"status": "failed", "error": {"code": "INSUFFICIENT_QUOTA", "message": "x"}},
         "insufficient_credits", "x (INSUFFICIENT_QUOTA)"),
        ({"code": "success", "data": {"task_id": "t", "status": "FAILURE", "fail_reason": "The content policy"}},
         "content_policy_violation", "The content policy"),
        ({"code": 200, "data": {"taskId": "t", "successFlag": 2, "errorMessage": "boom"}}, "job_failed", "boom"),
        ({"status": "cancelled"}, "job_failed", "the job is cancelled there"),
        ({"status": "expired"}, "job_failed", "the job is expired there"),
        ({"status": "failed"}, "job_failed", "no reason given"),
    ])  # fmt: skip
    def test_failed(self, body, code, message):
        assert polled(answer(body)) == Failed(code=code, message=message)

    def test_a_failure_with_a_number_of_its_own_is_a_verdict(self):
        body = {"task_id": "video_1", "status": "failed", "code": 500, "message": "boom"}
        assert polled(answer(body)) == Failed(code="job_failed", message="boom (500)")
        unnamed = {"status": "failed", "code": 400, "message": "boom"}
        assert polled(answer(unnamed)) == Failed(code="job_failed", message="boom (400)")

    def test_a_failed_job_may_come_with_the_failures_status(self):
        body = {"id": "video_1", "object": "video", "status": "failed", "error": {"code": 500, "message": "CUDA"}}
        assert polled(answer(body, 500)) == Failed(code="job_failed", message="CUDA (500)")

    @pytest.mark.parametrize("body", [
        {"status": "failed", "message": "gateway"},
        {"id": "another", "status": "failed", "error": "x"},
        {"id": "video_1", "status": "in_progress"},
    ])  # fmt: skip
    def test_an_error_of_the_question_is_no_verdict_on_the_job(self, body):
        with pytest.raises(ServiceUnavailableError):
            polled(answer(body, 500))

    @pytest.mark.parametrize("body", [None, [], {}, {"status": "weird"}, {"status": None}, {"data": None}, "text", 3])
    def test_nonsense_is_never_taken_for_not_yet(self, body):
        with pytest.raises(ApiRequestError, match="without a status that is known"):
            polled(answer(body))

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                            st.sampled_from(["status", "data", "error", "url", "urls", "id", "code", "progress",
                                             "message", "usage", "cost", "num_outputs", "polling_url"])
                            | st.text(max_size=4), inner, max_size=4)))  # fmt: skip
    def test_no_answer_breaks_it(self, body):
        for status in ("queued", "completed", "failed", None):
            named = {**body, "status": status} if isinstance(body, dict) and status else body
            try:
                outcome = polled(Reply(status=200, body=named, text=repr(named)))
            except (ApiRequestError, InvalidRequestError):
                continue
            assert isinstance(outcome, Pending | Done | Failed)


class TestLookingAtContent:
    """A service whose `/content` may be a link instead of a video."""

    DONE = answer({"status": "completed", "video_url": None})

    def look(self, reply: Reply) -> Any:
        return polled(self.DONE, reply, provider={"content": "look"})

    def test_one_byte_is_asked_for(self):
        here = context(provider={"content": "look"})
        flow = WIRE.poll(WIRE.adopt("video_1", here), here)
        next(flow)
        call = flow.send(self.DONE)
        assert (call.path, call.headers) == ("/videos/video_1/content", {"Range": "bytes=0-0"})

    @pytest.mark.parametrize(("reply", "url"), [
        (Reply(status=206, file="/x/reply_1"), "/videos/video_1/content"),
        (answer({"video_url": "https://a/v.mp4"}), "https://a/v.mp4"),
        (answer({"url": "https://a/v.mp4"}), "https://a/v.mp4"),
        (answer({"detail": "uploaded to cloud storage: https://s3.example/v.mp4?sig=1 instead"}, 400),
         "https://s3.example/v.mp4?sig=1"),
    ])  # fmt: skip
    def test_a_link_is_found_wherever_it_is(self, reply, url):
        assert [output.url for output in self.look(reply).outputs] == [url]

    def test_no_content_is_no_video(self):
        assert self.look(answer({"error": {"message": "not available"}}, 404)).code == "no_video"

    @pytest.mark.parametrize("reply", [answer({"status": "processing"}), Reply(status=200, text="<html>"),
                                       answer({}, 500), answer({}, 429)])  # fmt: skip
    def test_what_tells_nothing_is_asked_again(self, reply):
        with pytest.raises(ApiRequestError):
            self.look(reply)


class TestCancel:
    def test_nothing_stops_a_job_at_openai(self):
        calls, stopped = feed(WIRE.cancel(WIRE.adopt("video_1", context()), context()))
        assert (calls, stopped) == ([], False)

    @pytest.mark.parametrize(("reply", "stopped"), [
        (answer({"id": "video_1", "object": "video.deleted", "deleted": True}), True),
        (answer({"id": "video_1", "status": "deleted"}), False),
        (answer({"detail": "Cancellation in progress"}, 409), False),
        (answer({}, 404), False),
    ])  # fmt: skip
    def test_deleting_stops_it_where_the_settings_say_so(self, reply, stopped):
        here = context(provider={"cancel": "delete"})
        (call,), result = feed(WIRE.cancel(WIRE.adopt("video_1", here), here), reply)
        assert (call.method, call.path, result) == ("DELETE", "/videos/video_1", stopped)
        assert call.free

    def test_a_failure_to_delete_is_told(self):
        here = context(provider={"cancel": "delete"})
        with pytest.raises(ServiceUnavailableError):
            feed(WIRE.cancel(WIRE.adopt("video_1", here), here), answer({}, 500))


def listed(*jobs: dict[str, Any], more: bool | None = False, **body: Any) -> Reply:
    said = {"object": "list", "data": list(jobs), **body}
    return answer(said | ({} if more is None else {"has_more": more}))


def job(number: int = 1, **changes: Any) -> dict[str, Any]:
    full = {"id": f"video_{number}", "created_at": NOW + 1, "prompt": "a sea", "model": "sora-2", "seconds": "4"}
    return {**full, "size": "1280x720", **changes}


def found(*replies: Reply, **more: Any) -> str | None:
    _, operation = feed(WIRE.find(context(**more)), *replies)
    return operation and operation.id


class TestFind:
    def test_the_one_that_agrees_is_taken_over(self):
        old, other = job(2, created_at=NOW - 4000), job(3, prompt="a hill")
        assert found(listed(job(), other, old)) == "video_1"

    @pytest.mark.parametrize("changes", [
        {"created_at": NOW - 3}, {"seconds": 4}, {"seconds": "4.0"}, {"model": None}, {"prompt": "a  sea\n"},
    ])  # fmt: skip
    def test_what_means_the_same_agrees(self, changes):
        assert found(listed(job(**changes))) == "video_1"

    @pytest.mark.parametrize("changes", [{"prompt": "a hill"}, {"created_at": NOW - 301}, {"prompt": "a sea of ice"}])
    def test_what_is_certainly_another_is_not_it(self, changes):
        assert found(listed(job(**changes))) is None
        assert found(listed()) is None

    @pytest.mark.parametrize("changes", [
        {"prompt": None},
        {"prompt": "a s"},
        {"created_at": NOW - 60},
        {"created_at": None},
        {"model": "sora-2-2025-12-08"},
        {"seconds": "8"},
        {"size": "720x1280"},
    ])  # fmt: skip
    def test_a_doubt_is_left_to_a_person(self, changes):
        with pytest.raises(ApiRequestError, match="does not say enough to tell: video_1"):
            found(listed(job(**changes)))

    def test_two_that_agree_are_a_doubt(self):
        with pytest.raises(ApiRequestError, match="video_1, video_2"):
            found(listed(job(1), job(2)))

    def test_it_turns_pages_until_they_are_older(self):
        first = listed(job(2, prompt="x", created_at=NOW + 9), more=True, last_id="video_2")
        second = listed(job(1), job(3, created_at=NOW - 400), more=True, last_id="video_3")
        calls, operation = feed(WIRE.find(context()), first, second)
        assert operation.id == "video_1"
        assert [call.query.get("after") for call in calls] == [None, "video_2"]
        assert calls[0].query == {"limit": "100", "order": "desc"}

    def test_a_list_that_is_oldest_first_is_read_to_its_end(self):
        first = listed(job(2, prompt="x", created_at=NOW - 900), job(3, prompt="x", created_at=NOW - 800), more=True)
        calls, operation = feed(WIRE.find(context()), first, listed(job(1)))
        assert (len(calls), operation.id) == (2, "video_1")

    def test_a_list_that_does_not_go_on_is_no_answer(self):
        page = listed(job(2, prompt="x"), more=True, last_id="video_2")
        with pytest.raises(ApiRequestError, match="the rest of its list"):
            found(page, page)

    def test_a_short_page_is_the_last_where_nothing_is_said(self):
        assert found(listed(job(), more=None)) == "video_1"

    @pytest.mark.parametrize("reply", [
        answer({}, 404), answer({}, 405), answer({}, 500), answer({"data": None}), answer({"data": [{"no": "id"}]}),
        Reply(status=200, text="<html>"), answer([]),
    ])  # fmt: skip
    def test_no_list_is_no_answer(self, reply):
        with pytest.raises(ApiRequestError):
            found(reply)

    def test_a_service_without_a_list_is_not_asked(self):
        with pytest.raises(ApiRequestError, match="keeps no list"):
            feed(WIRE.find(context(provider={"lists": "no"})))


def image_context(*, prices: dict[str, str] | None = None, **asked: Any) -> Context:
    known = {"seconds": None, "width": 1024, "height": 1024}
    here = context(options=prices, **{**known, **asked})
    return here.model_copy(update={"plan": here.plan.model_copy(update={"task": "text_to_image"})})


class TestImages:
    IMAGES = OpenAIImagesProtocol()

    def made(self, reply: Reply, **asked: Any) -> tuple[Call, Operation]:
        (call,), operation = feed(self.IMAGES.submit(image_context(**asked)), reply)
        return call, operation

    def test_links_and_base64(self):
        reply = answer({"data": [{"url": "https://a/p.png"}, {"b64_json": "aGk="}], "output_format": "webp"})
        asked = {"width": 1536, "height": 1024, "count": 2, "extra": {"quality": "high"}}
        call, operation = self.made(reply, **asked)
        assert call.path == "/images/generations"
        assert call.body == {
            "model": "sora-2", "prompt": "a sea", "n": 2, "size": "1536x1024", "quality": "high",
        }  # fmt: skip
        assert not call.resendable
        calls, done = feed(self.IMAGES.poll(operation, image_context()))
        assert calls == []
        assert [output.url for output in done.outputs] == ["https://a/p.png", "data:image/webp;base64,aGk="]

    def test_what_is_not_said_is_not_sent(self):
        call, _ = self.made(answer({"data": [{"url": "https://a/p.png"}]}), width=None, height=None)
        assert call.body == {"model": "sora-2", "prompt": "a sea"}

    def test_tokens_have_their_price(self):
        body = {"data": [{"b64_json": "aGk="}], "usage": {"input_tokens": 10, "output_tokens": 1756}}
        prices = {"usd_per_mtok_image": "30", "usd_per_mtok_text": "5"}
        assert self.made(answer(body), prices=prices)[1].done.cost == 10 * 5 + 1756 * 30
        assert self.made(answer(body))[1].done.cost is None

    @pytest.mark.parametrize("body", [None, {}, {"data": []}, {"data": [{}]}, {"data": [{"url": "ftp://a"}]}])
    def test_a_success_without_images_may_be_paid(self, body):
        with pytest.raises(SubmissionUnknownError):
            self.made(answer(body))

    def test_refusals_mean_the_same_as_of_videos(self):
        with pytest.raises(ContentPolicyError):
            self.made(answer({"error": {"code": "moderation_blocked", "message": "no"}}, 400))
        with pytest.raises(ApiRequestError, match="no Images API at this address"):
            self.made(answer({}, 404))

    def test_nothing_can_be_asked_for_later(self):
        with pytest.raises(SubmissionUnknownError, match="lists no images"):
            feed(self.IMAGES.find(image_context()))
        with pytest.raises(InvalidRequestError, match="cannot be adopted"):
            self.IMAGES.adopt("img_1", image_context())
        operation = self.made(answer({"data": [{"url": "https://a/p.png"}]}))[1]
        assert feed(self.IMAGES.cancel(operation, image_context()))[1] is False
