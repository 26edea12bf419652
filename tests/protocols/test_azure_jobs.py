"""Azure's video generation jobs, fed by hand."""

import json
from typing import Any

import pytest

from video_gen.exceptions import (
    ApiRequestError,
    AuthenticationError,
    ContentPolicyError,
    InvalidRequestError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
)
from video_gen.protocols.openai.azure_jobs import AzureJobsProtocol
from video_gen.spec import Blob, Context, Failed, MediaRef, Pending, Plan, Provider, Quote, Reply, Request, Settings

WIRE = AzureJobsProtocol()
NOW = 1_795_255_200.0
PICTURE = MediaRef(sha256="a" * 64, media_type="image/jpeg", bytes=10)
JOBS = "/video/generations/jobs"
VERSION = {"api-version": "preview"}
SENT = {"model": "sora", "prompt": "a sea", "width": 1280, "height": 720, "n_seconds": 5, "n_variants": 1}


def context(**settings: Any) -> Context:
    chosen = Settings(**{"prompt": "a sea", "seconds": 5.0, "width": 1280, "height": 720, **settings})
    plan = Plan(
        request=Request(prompt="a sea"),
        model="azure-jobs/sora",
        wire_model="sora",
        provider="azure-jobs",
        protocol="azure-jobs",
        task="text_to_video",
        settings=chosen,
        quote=Quote(low=0),
    )
    provider = Provider(id="azure-jobs", title="Azure", protocol="azure-jobs", base_url="https://a.example/openai/v1")
    return Context(plan=plan, provider=provider, idempotency_key="k", intent_at=NOW)


def answer(body: Any = None, status: int = 200) -> Reply:
    return Reply(status=status, body=body, text=json.dumps(body))


def feed(flow, *replies):
    calls = [next(flow)]
    for reply in replies:
        try:
            calls.append(flow.send(reply))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("the flow wants more replies")


def polled(body: Any, status: int = 200) -> Any:
    operation = feed(WIRE.submit(context()), answer({"id": "task_1"}, 201))[1]
    (call,), outcome = feed(WIRE.poll(operation, context()), answer(body, status))
    assert (call.path, call.query) == (f"{JOBS}/task_1", VERSION)
    return outcome


class TestSubmit:
    def test_json(self):
        (call,), operation = feed(WIRE.submit(context(extra={"n_variants": 2})), answer({"id": "task_1"}, 201))
        assert (call.path, call.query, call.body) == (JOBS, VERSION, SENT | {"n_variants": 2})
        assert not call.resendable
        assert operation.id == "task_1"

    @pytest.mark.parametrize(("media_type", "kind", "name"), [
        ("image/jpeg", "image", "image-aaaaaaaa.jpg"),
        ("image/png", "image", "image-aaaaaaaa.png"),
        ("video/mp4", "video", "video-aaaaaaaa.mp4"),
    ])  # fmt: skip
    def test_media_are_files_with_an_item_each(self, media_type, kind, name):
        ref = PICTURE.model_copy(update={"media_type": media_type})
        settings = {"first_frame": ref} if kind == "image" else {"source_video": ref}
        (call,), _ = feed(WIRE.submit(context(**settings)), answer({"id": "task_1"}, 201))
        items = [{"frame_index": 0, "type": kind, "file_name": name}]
        assert json.loads(call.form["inpaint_items"]) == items
        assert call.form["files"] == Blob(ref=ref, encoding="file")

    @pytest.mark.parametrize(("status", "body", "expected"), [
        (401, {"error": {"code": "401", "message": "Access denied"}}, AuthenticationError),
        (403, {"error": {"code": "PermissionDenied", "message": "role"}}, AuthenticationError),
        (429, {"error": {"code": "429", "message": "slow down"}}, RateLimitError),
        (400, {"error": {"code": "BadRequest", "message": "dimension"}}, InvalidRequestError),
        (400, {"code": "contentFilter", "message": "no"}, ContentPolicyError),
        (400, {"error": {"code": "x", "message": "no", "inner_error": {"code": "ResponsibleAIPolicyViolation"}}},
         ContentPolicyError),
        (404, {"error": {"code": "DeploymentNotFound", "message": "none"}}, ApiRequestError),
        (500, {"error": {"code": "InternalServerError", "message": "oops"}}, SubmissionUnknownError),
        (201, {"status": "queued"}, SubmissionUnknownError),
    ])  # fmt: skip
    def test_a_refusal(self, status, body, expected):
        with pytest.raises(expected) as raised:
            feed(WIRE.submit(context()), answer(body, status))
        assert type(raised.value) is expected


class TestPoll:
    @pytest.mark.parametrize("state", ["queued", "preprocessing", "running", "processing"])
    def test_under_way(self, state):
        assert polled({"status": state}) == Pending(queued=state in {"queued", "preprocessing"})

    def test_done_with_each_of_its_videos(self):
        outcome = polled({"status": "succeeded", "generations": [{"id": "gen_1"}, {"id": "gen_2"}]})
        content = "content/video?api-version=preview&quality=high"
        assert [output.url for output in outcome.outputs] == [
            f"/video/generations/gen_1/{content}", f"/video/generations/gen_2/{content}",
        ]  # fmt: skip
        assert all(output.authorized for output in outcome.outputs)

    @pytest.mark.parametrize(("reason", "code"), [
        ("input_moderation", "content_policy_violation"),
        ("output_moderation", "content_policy_violation"),
        ("internal_error", "job_failed"),
    ])  # fmt: skip
    def test_failed(self, reason, code):
        assert polled({"status": "failed", "failure_reason": reason}) == Failed(code=code, message=reason)

    def test_ended_otherwise(self):
        assert polled({"status": "cancelled"}) == Failed(code="job_failed", message="the job is cancelled there")
        assert polled({"status": "succeeded", "generations": []}).code == "no_video"

    @pytest.mark.parametrize("body", [{}, None, {"status": "odd"}, {"status": "succeeded", "generations": [{}]}])
    def test_nonsense_is_no_state(self, body):
        with pytest.raises(ApiRequestError, match="without"):
            polled(body)

    def test_trouble_is_no_verdict(self):
        with pytest.raises(ServiceUnavailableError):
            polled({}, 500)


class TestFind:
    JOB = SENT | {"id": "task_1", "created_at": NOW + 1}

    def found(self, *pages):
        calls, operation = feed(WIRE.find(context()), *map(answer, pages))
        return calls, operation and operation.id

    def test_the_one_that_agrees(self):
        assert self.found({"data": [self.JOB], "has_more": False})[1] == "task_1"
        assert self.found({"data": [self.JOB | {"prompt": "a hill"}], "has_more": False})[1] is None

    @pytest.mark.parametrize("changes", [{"n_seconds": 6}, {"width": 720}, {"model": "sora-b"}])
    def test_a_doubt_is_left_to_a_person(self, changes):
        with pytest.raises(ApiRequestError, match="does not say enough"):
            self.found({"data": [self.JOB | changes], "has_more": False})

    def test_pages(self):
        young, old = {"id": "t2", "created_at": NOW + 2, "prompt": "x"}, {"id": "t3", "created_at": NOW - 999}
        calls, found = self.found(
            {"data": [young], "has_more": True, "last_id": "t2"}, {"data": [self.JOB, old], "has_more": True}
        )
        assert (found, calls[1].query["after"]) == ("task_1", "t2")

    def test_no_list_is_no_answer(self):
        with pytest.raises(ApiRequestError, match="a list of jobs"):
            self.found({"data": "none"})


def test_nothing_stops_a_job():
    flow = WIRE.cancel(feed(WIRE.submit(context()), answer({"id": "task_1"}))[1], context())
    with pytest.raises(StopIteration) as end:
        next(flow)
    assert end.value.value is False
