"""Venice's flows, fed by hand."""

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
from video_gen.protocols.venice.wire import VeniceProtocol
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

VENICE = VeniceProtocol()
PROVIDER = Provider(id="venice", title="Venice", protocol="venice", base_url="https://api.venice.ai/api/v1")
PICTURE, OTHER, CLIP = (
    MediaRef(sha256=letter * 64, media_type=kind, bytes=10)
    for letter, kind in (("a", "image/png"), ("b", "image/jpeg"), ("c", "video/mp4"))
)
INTENT = 1_790_000_000.0


def context(*, model: str = "kling", options: dict[str, str] | None = None, **settings: Any) -> Context:
    plan = Plan(
        request=Request(prompt="a lake"),
        model=f"venice/{model}",
        wire_model=model,
        wire_options=options or {},
        provider="venice",
        protocol="venice",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", "seconds": 5, **settings}),
        quote=Quote(low=0, high=0),
    )
    return Context(plan=plan, provider=PROVIDER, idempotency_key="key-1", intent_at=INTENT)


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
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, body=body, text=json.dumps(body))


def operation(**data: Any) -> Operation:
    return Operation(provider="venice", protocol="venice", id="q-1", data={"model": "kling", **data})


def polled(reply: Reply, **data: Any) -> Any:
    _, outcome = feed(VENICE.poll(operation(**data), context()), reply)
    return outcome


def body_of(**plan: Any) -> dict[str, Any]:
    (call,), _ = feed(VENICE.submit(context(**plan)), answer({"queue_id": "q-1", "model": "kling"}))
    return dict(call.body)


class TestSubmit:
    def test_it_is_sent_once_and_never_looked_up(self):
        assert VENICE.guarantee is Guarantee.NONE
        (call,), made = feed(VENICE.submit(context()), answer({"queue_id": "q-1", "model": "kling-now"}))
        assert (call.method, call.path, call.free, call.resendable) == ("POST", "/video/queue", False, False)
        assert (made.id, made.data) == ("q-1", {"model": "kling-now"})

    def test_a_text(self):
        assert body_of(aspect_ratio="16:9", resolution="720p", audio=False, negative_prompt="fog") == {
            "model": "kling",
            "prompt": "a lake",
            "negative_prompt": "fog",
            "duration": "5s",
            "aspect_ratio": "16:9",
            "resolution": "720p",
            "audio": False,
        }

    def test_what_was_not_planned_is_not_sent(self):
        assert body_of() == {"model": "kling", "prompt": "a lake", "duration": "5s"}

    def test_pictures_and_videos(self):
        body = body_of(first_frame=PICTURE, last_frame=OTHER, references=(OTHER,), source_video=CLIP, seconds=None)
        assert body == {
            "model": "kling",
            "prompt": "a lake",
            "image_url": Blob(ref=PICTURE),
            "end_image_url": Blob(ref=OTHER),
            "reference_image_urls": [Blob(ref=OTHER)],
            "video_url": Blob(ref=CLIP),
        }

    def test_the_word_for_the_pictures_ratio(self):
        assert body_of(options={"from_image": "adaptive"}, first_frame=PICTURE)["aspect_ratio"] == "adaptive"

    def test_no_prompt_is_no_field(self):
        assert "prompt" not in body_of(prompt="")

    def test_extra_options_go_through_as_they_are_and_win(self):
        body = body_of(seed=0, extra={"upscale_factor": 2, "consents": {"seedance": {}}, "duration": "auto"})
        assert (body["upscale_factor"], body["consents"], body["duration"]) == (2, {"seedance": {}}, "auto")
        assert body["seed"] == 0

    def test_deletion_is_not_asked_for(self):
        with pytest.raises(InvalidRequestError, match="`delete_media_on_completion` is not sent"):
            next(VENICE.submit(context(extra={"delete_media_on_completion": True})))

    def test_the_address_that_is_given_only_once_is_kept(self):
        reply = answer({"queue_id": "q-1", "model": "grok", "download_url": "https://share/1"})
        _, made = feed(VENICE.submit(context(model="grok")), reply)
        assert made.data == {"model": "grok", "download_url": "https://share/1"}

    @pytest.mark.parametrize("body", [{}, {"queue_id": 1}, {"queue_id": ""}, [], None, "queued"])
    def test_an_unreadable_success_may_be_paid(self, body):
        with pytest.raises(SubmissionUnknownError, match="without a queue_id"):
            feed(VENICE.submit(context()), answer(body))

    def test_a_lost_answer_passes(self):
        flow = VENICE.submit(context())
        next(flow)
        with pytest.raises(SubmissionUnknownError):
            flow.throw(SubmissionUnknownError("lost"))


class TestRefusals:
    @pytest.mark.parametrize(("status", "body", "kind", "words"), [
        (400, {"error": "Invalid request", "details": {"_errors": [], "duration": {"_errors": ["Required"]}}},
         InvalidRequestError, "Invalid request; duration: Required"),
        (400, {"error": "Invalid request", "details": "no such ratio"}, InvalidRequestError, "no such ratio"),
        (400, {"error": "Upstream says no", "request_id": "r"}, InvalidRequestError, "Upstream says no"),
        (401, {"error": "Authentication failed"}, AuthenticationError, "Authentication failed"),
        (401, {"error": "This model is only available to Pro users"}, AuthenticationError, "Pro users"),
        (402, {"error": "Insufficient USD or Diem balance to complete request."}, InsufficientCreditsError, "balance"),
        (402, {"error": "API key USD spend limit exceeded."}, InsufficientCreditsError, "spend limit"),
        (402, {"x402Version": 2, "error": "Authentication required"}, InsufficientCreditsError, "Authentication"),
        (403, {"error": "API access has been disabled for this account."}, AuthenticationError, "disabled"),
        (403, {"error": "The specified model is unavailable in your region."}, InvalidRequestError, "region"),
        (404, {"error": "Specified model not found: kling"}, InvalidRequestError, "not found"),
        (404, {"error": "Model sora has been deprecated. Please use wan."}, ModelRetiredError, "Please use wan"),
        (409, {"error": {"code": "needs_consent", "message": "Faces"}, "docs_url": "https://docs"},
         InvalidRequestError, r"Faces \(read https://docs, and send the extra option `consents`\)"),
        (413, {"code": "PAYLOAD_TOO_LARGE", "error": "Request body exceeds"}, InvalidRequestError, "exceeds"),
        (415, {"error": "Invalid request content-type"}, InvalidRequestError, "content-type"),
        (422, {"error": "Your prompt violates the content policy of Venice.ai", "suggested_prompt": "a calm lake"},
         ContentPolicyError, "it suggests: a calm lake"),
        (422, {"error": "Your input was blocked by content moderation."}, ContentPolicyError, "moderation"),
        (422, {"error": {"message": "refused due to its content policies", "type": "provider_content_policy",
                         "credits_refunded": True}}, ContentPolicyError, "content policies"),
        (422, {"error": "Video duration exceeds the maximum allowed."}, InvalidRequestError, "duration"),
        (429, {"error": "Rate limit exceeded"}, RateLimitError, "Rate limit"),
        (429, {"error": "The model is currently overloaded. Please try again later."}, ServiceUnavailableError, "over"),
        (500, {"error": "Inference processing failed"}, SubmissionUnknownError, "Inference"),
        (502, {"error": "bad gateway"}, SubmissionUnknownError, "bad gateway"),
        (503, {"error": "The model is at capacity. Please try again later."}, ServiceUnavailableError, "capacity"),
        (504, {"error": "The request took too long"}, SubmissionUnknownError, "too long"),
    ])  # fmt: skip
    def test_of_a_submit(self, status, body, kind, words):
        with pytest.raises(kind, match=words) as raised:
            feed(VENICE.submit(context()), answer(body, status))
        assert type(raised.value) is kind
        assert raised.value.status_code == status

    def test_a_page_in_its_place_is_quoted(self):
        with pytest.raises(SubmissionUnknownError, match="<h1>Bad Gateway</h1>"):
            feed(VENICE.submit(context()), Reply(status=502, text="<h1>Bad Gateway</h1>"))

    @pytest.mark.parametrize(("headers", "message", "wait"), [
        ({"retry_after": "30"}, "The model is currently overloaded.", 30.0),
        ({"x_ratelimit_reset_requests": str(round((INTENT + 12) * 1000))}, "Rate limit exceeded", 12.0),
        ({"x_ratelimit_reset_requests": str(round(INTENT + 12))}, "Rate limit exceeded", 12.0),
        ({"x_ratelimit_resets": str(round((INTENT + 30) * 1000))}, "Too many failed attempts (> 50)", 30.0),
        ({"x_ratelimit_reset_requests": str(round(INTENT - 12))}, "Rate limit exceeded", 0.0),
        ({"x_ratelimit_reset_requests": "soon"}, "Rate limit exceeded", None),
        ({}, "Rate limit exceeded", None),
    ])  # fmt: skip
    def test_how_long_to_wait(self, headers, message, wait):
        reply = answer({"error": message}, 429, date=formatdate(INTENT, usegmt=True), **headers)
        with pytest.raises(ApiRequestError) as raised:
            feed(VENICE.submit(context()), reply)
        assert raised.value.retry_after == wait

    def test_a_reset_without_a_date_tells_nothing(self):
        with pytest.raises(RateLimitError) as raised:
            feed(VENICE.submit(context()), answer({"error": "no"}, 429, x_ratelimit_reset_requests="1790000012"))
        assert raised.value.retry_after is None


class TestPoll:
    def test_the_question(self):
        (call,), _ = feed(VENICE.poll(operation(), context()), answer({"status": "PROCESSING"}))
        assert (call.method, call.path, call.free) == ("POST", "/video/retrieve", True)
        assert call.body == {"model": "kling", "queue_id": "q-1"}  # and never its deletion

    @pytest.mark.parametrize(("spent", "usual", "progress"), [
        (53_200, 145_000, 53_200 / 145_000), (0, 145_000, 0.0), (300_000, 145_000, 0.99), (1, 0, None), (None, 5, None),
    ])  # fmt: skip
    def test_under_way(self, spent, usual, progress):
        body = {"status": "PROCESSING", "average_execution_time": usual, "execution_duration": spent}
        assert polled(answer(body)) == Pending(progress=progress)

    def test_the_answer_that_is_the_video_is_kept(self):
        outcome = polled(Reply(status=200, headers={"content-type": "video/mp4"}, file="/kept/reply_1"))
        assert [output.url for output in outcome.outputs] == ["file:///kept/reply_1"]
        assert outcome.cost is None

    def test_a_private_model_is_fetched_at_its_address(self):
        outcome = polled(answer({"status": "COMPLETED"}), download_url="https://share/1")
        assert isinstance(outcome, Done)
        (output,) = outcome.outputs
        assert (output.url, output.authorized) == ("https://share/1", False)

    def test_finished_without_a_video(self):
        outcome = polled(answer({"status": "COMPLETED"}))
        assert isinstance(outcome, Failed)
        assert outcome.code == "no_video"

    @pytest.mark.parametrize(("body", "code", "charged"), [
        ({"error": {"message": "content policies. Credits have been refunded.", "type": "provider_content_policy",
                    "credits_refunded": True}}, "content_policy_violation", False),
        ({"error": {"message": "content policies", "credits_refunded": False}}, "content_policy_violation", True),
        ({"error": "Your generation was blocked due to the model provider's content policies.",
          "credits_refunded": True}, "content_policy_violation", False),
        ({"error": "Your prompt violates the content policy"}, "content_policy_violation", None),
        ({"error": "Image dimensions exceed the maximum allowed."}, "job_failed", None),
    ])  # fmt: skip
    def test_a_refused_job(self, body, code, charged):
        outcome = polled(answer(body, 422))
        assert (outcome.code, outcome.charged) == (code, charged)
        assert outcome.message

    def test_a_job_that_failed_at_its_provider(self):
        outcome = polled(answer({"error": "Inference processing failed"}, 500))
        assert (outcome.code, outcome.charged) == ("job_failed", None)

    @pytest.mark.parametrize(("after", "gone"), [(60.0, False), (2 * 3600.0, True)])
    def test_media_that_is_not_there(self, after, gone):
        reply = answer({"error": "Media could not be found."}, 404, date=formatdate(INTENT + after, usegmt=True))
        if gone:
            assert polled(reply).code == "no_video"
        else:
            with pytest.raises(ApiRequestError, match="Media could not be found"):
                polled(reply)

    @pytest.mark.parametrize(("status", "kind"), [
        (400, InvalidRequestError), (401, AuthenticationError), (402, InsufficientCreditsError),
        (404, ApiRequestError), (429, RateLimitError), (500, ServiceUnavailableError), (503, ServiceUnavailableError),
    ])  # fmt: skip
    def test_trouble_is_no_verdict(self, status, kind):
        with pytest.raises(kind):
            polled(answer({"error": "An unknown error occurred"}, status))

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["status", "error", "video_url"]), inner),
        max_leaves=6,
    ))  # fmt: skip
    def test_nonsense_is_never_an_outcome(self, body):
        with pytest.raises(ApiRequestError, match="without a video"):
            polled(answer(body))

    @given(st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["error", "message", "details", "_errors", "code", "x"]), inner)
        ),
        max_leaves=10,
    ), st.integers(400, 599))  # fmt: skip
    def test_any_refusal_reads(self, body, status):
        with pytest.raises(Exception, match=f"venice answered {status}") as raised:
            feed(VENICE.submit(context()), answer(body, status))
        assert isinstance(raised.value, ApiRequestError | InvalidRequestError)


def test_it_cannot_be_stopped():
    with pytest.raises(StopIteration) as end:
        next(VENICE.cancel(operation(), context()))
    assert end.value.value is False


def test_it_cannot_be_looked_up():
    with pytest.raises(ApiRequestError, match="has no list of its jobs"):
        next(VENICE.find(context()))
