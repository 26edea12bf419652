"""Gemini Omni's flows, fed by hand."""

from contextlib import suppress
from typing import Any

import pytest
from google_flows import FILM, KEY, PICTURE, SECOND, answer, context, feed, rpc
from hypothesis import given
from hypothesis import strategies as st

from video_gen.exceptions import (
    ApiRequestError,
    AuthenticationError,
    ConfigurationError,
    ContentPolicyError,
    InvalidRequestError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    UnknownModelError,
    VideoGenerationError,
)
from video_gen.protocols.google.omni import OmniProtocol
from video_gen.spec import Done, Failed, Guarantee, Pending, Reply
from video_gen.spec.protocol import Blob

OMNI = OmniProtocol()
GEMINI = "gemini/gemini-omni-1.1-flash"
NEWEST = "gemini/gemini-omni-1.2-flash"
CLOUD = "vertex-omni/gemini-omni-1.2-flash"
PLACE = "/v1beta1/projects/films/locations/global/interactions"
FILE = "https://generativelanguage.googleapis.com/v1beta/files/a1:download?alt=media"
USAGE = {
    "total_input_tokens": 20,
    "total_thought_tokens": 281,
    "total_output_tokens": 6166,
    "total_tokens": 6186,
    "output_tokens_by_modality": [{"modality": "video", "tokens": 5793}],
}


WORDS = (
    "content",
    "data",
    "error",
    "modality",
    "output_tokens_by_modality",
    "text",
    "tokens",
    "total_input_tokens",
    "total_tokens",
    "type",
)


def submitted(model=GEMINI, **wanted: Any):
    (call,), operation = feed(OMNI.submit(context(model, **wanted)), answer({"id": "v1_a", "status": "in_progress"}))
    return call, operation


def body(model=GEMINI, **wanted: Any):
    return submitted(model, **wanted)[0].body


def parts(model=GEMINI, **wanted: Any):
    (step,) = body(model, **wanted)["input"]
    assert step["type"] == "user_input"
    return step["content"]


def given_media(ref):
    return {"type": ref.kind, "data": Blob(ref=ref, encoding="base64"), "mime_type": ref.media_type}


def polled(reply, *more, model=GEMINI):
    reply = reply if isinstance(reply, Reply) else answer(reply)
    return feed(OMNI.poll(submitted(model)[1], context(model)), reply, *more)[1]


def completed(*content, **more):
    return {"id": "v1_a", "status": "completed", "steps": [
        {"type": "user_input", "content": [{"type": "text", "text": "a lake"}]},
        {"type": "thought", "signature": "x"},
        {"type": "model_output", "content": list(content)},
    ], **more}  # fmt: skip


class TestSubmit:
    def test_at_the_gemini_api(self):
        call, operation = submitted(seconds=5.0, aspect_ratio="16:9", resolution="720p")
        assert (call.method, call.path, call.resendable) == ("POST", "/v1beta/interactions", False)
        assert call.body == {
            "model": "gemini-omni-1.1-flash",
            "input": [{"type": "user_input", "content": [{"type": "text", "text": "a lake"}]}],
            "generation_config": {"video_config": {"task": "text_to_video"}},
            "response_format": {
                "type": "video",
                "aspect_ratio": "16:9",
                "resolution": "720p",
                "duration": "5s",
                "delivery": "uri",
            },
            "background": True,
            "store": True,
        }
        assert (operation.id, operation.protocol, operation.data) == (
            "v1_a",
            "gemini",
            {"path": "/v1beta/interactions/v1_a"},
        )
        assert OMNI.guarantee is Guarantee.NONE

    def test_on_google_cloud(self):
        call, operation = submitted(CLOUD)
        assert call.path == PLACE
        assert operation.data == {"path": f"{PLACE}/v1_a"}
        assert call.body["labels"] == {"video-gen-key": KEY}
        assert call.body["response_format"] == {"type": "video", "delivery": "inline"}
        told = body(CLOUD, settings={"storage_uri": "gs://b/videos"})["response_format"]
        assert (told["delivery"], told["gcs_uri"]) == ("uri", f"gs://b/videos/{KEY}/")

    def test_seed_zero_survives(self):
        assert body(seed=0)["generation_config"]["seed"] == 0
        assert "seed" not in body()["generation_config"]

    @pytest.mark.parametrize(
        ("task", "media", "told"),
        [
            ("image_to_video", {"first_frame": PICTURE}, "image_to_video"),
            ("first_last_frame", {"first_frame": PICTURE, "last_frame": SECOND}, "image_to_video"),
            ("reference_to_video", {"references": (PICTURE, SECOND)}, "reference_to_video"),
            ("video_to_video", {"source_video": FILM}, "edit"),
        ],
    )
    def test_media_come_before_the_words_in_their_order(self, task, media, told):
        refs = [ref for value in media.values() for ref in (value if isinstance(value, tuple) else (value,))]
        assert parts(task=task, **media) == [*map(given_media, refs), {"type": "text", "text": "a lake"}]
        assert body(task=task, **media)["generation_config"] == {"video_config": {"task": told}}

    def test_extra_options_are_merged_group_by_group(self):
        told = body(
            seconds=5, extra={"generation_config": {"thinking_level": "low"}, "response_format": {"delivery": "inline"}}
        )
        assert told["generation_config"] == {"video_config": {"task": "text_to_video"}, "thinking_level": "low"}
        assert told["response_format"] == {"type": "video", "duration": "5s", "delivery": "inline"}

    def test_a_task_can_be_named_and_is_not_guessed_for_what_follows(self):
        told = body(task="video_to_video", source_video=FILM, extra={"task": "extend"})
        assert told["generation_config"] == {"video_config": {"task": "extend"}}
        assert "task" not in told
        told = body(extra={"previous_interaction_id": "v1_b"})
        assert told["previous_interaction_id"] == "v1_b"
        assert "generation_config" not in told

    def test_what_would_not_fit_into_an_answer_needs_a_bucket_before_it_is_paid(self):
        with pytest.raises(ConfigurationError, match="set VIDEO_GEN_GCS_URI to a place like"):
            next(OMNI.submit(context(CLOUD, resolution="4k")))
        assert body(CLOUD, resolution="4k", settings={"storage_uri": "gs://b"})

    def test_a_lost_answer_stays_unknown(self):
        flow = OMNI.submit(context(GEMINI))
        next(flow)
        with pytest.raises(SubmissionUnknownError):
            flow.throw(SubmissionUnknownError("lost"))

    @pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": 7}, {"id": "../x"}, [], None])
    def test_a_success_without_an_id_is_unknown(self, body):
        with pytest.raises(SubmissionUnknownError, match="without the id of an interaction"):
            feed(OMNI.submit(context(GEMINI)), answer(body))


def worded(status, code, message):
    return answer({"error": {"code": code, "message": message}}, status)


class TestRefusals:
    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (worded(400, "invalid_request", "Invalid value at 'response_format.duration'"), InvalidRequestError),
            (worded(400, "invalid_request", "The prompt was blocked for safety reasons."), ContentPolicyError),
            (worded(400, "SAFETY", "no"), ContentPolicyError),
            (worded(400, "prohibited_content", "no"), ContentPolicyError),
            (worded(403, "permission_denied", "API_KEY_SERVICE_BLOCKED"), AuthenticationError),
            (worded(404, "not_found", "models/x is not found"), UnknownModelError),
            (worded(404, "not_found", "The model is no longer available."), ModelRetiredError),
            (worded(429, "too_many_requests", "slow down"), RateLimitError),
            (worded(500, "internal_error", "no"), SubmissionUnknownError),
            (worded(504, "gateway_timeout", "no"), SubmissionUnknownError),
            (worded(503, "unavailable", "no"), ServiceUnavailableError),
            (rpc(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), AuthenticationError),
            (rpc(429, "RESOURCE_EXHAUSTED", "spend limit reached"), RateLimitError),
        ],
    )
    def test_each_has_its_error(self, reply, kind):
        with pytest.raises(VideoGenerationError) as caught:
            feed(OMNI.submit(context(GEMINI)), reply)
        assert type(caught.value) is kind

    def test_an_interaction_that_is_not_known_is_no_verdict(self):
        with pytest.raises(InvalidRequestError, match="Invalid interaction name"):
            polled(worded(400, "invalid_request", "Invalid interaction name: v1_a"))


STEPS = st.recursive(
    st.none() | st.integers() | st.sampled_from(["model_output", "video", "AAAA"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=10,
)


class TestPoll:
    def test_where_it_asks(self):
        (call,), outcome = feed(OMNI.poll(submitted(CLOUD)[1], context(CLOUD)), answer({"status": "in_progress"}))
        assert (call.method, call.path) == ("GET", f"{PLACE}/v1_a")
        assert outcome == Pending()
        assert polled({"status": "queued"}) == Pending(queued=True)

    def test_a_video_in_a_file_is_there_when_the_file_is(self):
        video = completed({"type": "video", "uri": FILE, "mime_type": "video/mp4"})
        flow = OMNI.poll(submitted()[1], context(GEMINI))
        calls, outcome = feed(flow, answer(video), answer({"name": "files/a1", "state": "ACTIVE"}))
        assert calls[1].path == "/v1beta/files/a1"
        assert [(each.url, each.authorized) for each in outcome.outputs] == [
            ("/v1beta/files/a1:download?alt=media", True)
        ]
        assert isinstance(polled(video, answer({"state": "PROCESSING"})), Pending)
        broken = {"state": "FAILED", "error": {"code": 13, "message": "no"}}
        assert polled(video, answer(broken)).code == "job_failed"
        assert isinstance(polled(video, rpc(403, "PERMISSION_DENIED", "or it may not exist")), Done)

    def test_a_video_in_the_answer_or_in_the_bucket(self):
        (output,) = polled(completed({"type": "video", "data": "AAAA", "mime_type": "video/mp4"})).outputs
        assert (output.url, output.authorized) == ("data:video/mp4;base64,AAAA", False)
        (output,) = polled(completed({"type": "video", "uri": "gs://b/o.mp4"}), model=CLOUD).outputs
        assert (output.url, output.authorized) == ("gs://b/o.mp4", True)

    def test_a_file_at_a_relay_is_not_looked_at(self):
        uri = "https://relay.example/v/1.mp4"
        assert polled(completed({"type": "video", "uri": uri})).outputs[0].url == uri

    def test_the_price_is_that_of_the_tokens_where_it_is_published(self):
        video = completed({"type": "video", "data": "AAAA"}, usage=USAGE)
        assert polled(video).cost == pytest.approx(5793 * 17.5 + (6186 - 20 - 5793) * 9 + 20 * 1.5, abs=1)
        assert polled(video, model=NEWEST).cost is None
        assert polled(completed({"type": "video", "data": "AAAA"})).cost is None
        untotalled = {name: value for name, value in USAGE.items() if name != "total_tokens"}
        cost = polled(completed({"type": "video", "data": "AAAA"}, usage=untotalled)).cost
        assert cost == pytest.approx(5793 * 17.5 + (6166 + 281 - 5793) * 9 + 20 * 1.5, abs=1)

    def test_words_in_place_of_a_video_are_a_refusal(self):
        outcome = polled(completed({"type": "text", "text": "I can't make that."}))
        assert (outcome.code, outcome.charged) == ("content_policy_violation", None)
        assert "I can't make that." in outcome.message

    def test_nothing_at_all_is_no_video(self):
        for body in (completed(), {"status": "completed", "steps": []}, {"status": "completed", "outputs": []}):
            assert polled(body).code == "no_video"

    def test_the_older_shape_is_read(self):
        body = {"status": "completed", "outputs": [{"type": "video", "data": "AAAA"}]}
        assert polled(body).outputs[0].url == "data:video/mp4;base64,AAAA"

    @pytest.mark.parametrize("steps", [None, 1, "x", {"0": {}}])
    def test_a_shape_that_is_not_known_is_no_verdict(self, steps):
        with pytest.raises(ApiRequestError, match="a place where its video would be"):
            polled({"status": "completed", "steps": steps})

    def test_tokens_of_a_video_that_is_not_to_be_seen_are_not_given_up(self):
        with pytest.raises(ApiRequestError, match="a place where its video would be"):
            polled(completed({"type": "film", "where": "elsewhere"}, usage=USAGE))

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"status": "failed", "errors": [{"code": "internal_error", "message": "no"}]}, "job_failed"),
            ({"status": "failed", "errors": [{"code": "SAFETY", "message": "no"}]}, "content_policy_violation"),
            ({"status": "failed", "errors": [{"code": "unavailable", "message": "no"}]}, "service_unavailable"),
            ({"status": "failed", "error": {"code": 8, "message": "no"}}, "rate_limited"),
            ({"status": "failed"}, "job_failed"),
            ({"status": "completed", "steps": [{"type": "model_output", "error": {"code": 13}}]}, "job_failed"),
            ({"status": "cancelled"}, "job_failed"),
            ({"status": "incomplete"}, "job_failed"),
            ({"status": "budget_exceeded"}, "insufficient_credits"),
            ({"status": "requires_action"}, "job_failed"),
            ({"status": "requires_continuation"}, "job_failed"),
        ],
    )  # fmt: skip
    def test_an_interaction_that_failed(self, body, code):
        outcome = polled(body)
        assert isinstance(outcome, Failed)
        assert (outcome.code, bool(outcome.message)) == (code, True)

    @pytest.mark.parametrize("body", [None, [], {}, {"unexpected": ["nonsense"]}, {"status": "resting"}, {"status": 1}])
    def test_nonsense_is_never_pending(self, body):
        with pytest.raises(ApiRequestError, match="without a status that is known"):
            polled(body)

    @given(STEPS, STEPS)
    def test_whatever_a_completed_one_holds_it_has_an_outcome_or_is_not_understood(self, steps, usage):
        with suppress(ApiRequestError):
            assert isinstance(polled({"status": "completed", "steps": steps, "usage": usage}), Done | Failed)


class TestStopping:
    @pytest.mark.parametrize(
        ("reply", "stopped"),
        [
            (answer({"status": "cancelled"}), True),
            (answer({"status": "completed"}), False),
            (answer({"status": "cancelled", "usage": USAGE}), False),
            (worded(400, "invalid_request", "Only running interactions"), False),
        ],
    )
    def test_cancel(self, reply, stopped):
        (call,), answered = feed(OMNI.cancel(submitted()[1], context(GEMINI)), reply)
        assert (call.method, call.path, call.resendable) == ("POST", "/v1beta/interactions/v1_a/cancel", True)
        assert answered is stopped

    def test_a_refused_cancel_is_an_error(self):
        with pytest.raises(ServiceUnavailableError):
            feed(OMNI.cancel(submitted()[1], context(GEMINI)), worded(503, "unavailable", "no"))

    def test_it_lists_nothing_and_says_where_a_person_looks(self):
        with pytest.raises(SubmissionUnknownError, match="logs and usage pages"):
            next(OMNI.find(context(GEMINI)))
        with pytest.raises(SubmissionUnknownError, match=f"look in gs://b/{KEY}/"):
            next(OMNI.find(context(CLOUD, settings={"storage_uri": "gs://b"})))

    def test_an_id_found_by_hand_is_adopted(self):
        assert OMNI.adopt("v1_a", context(GEMINI)) == submitted()[1]
        assert OMNI.adopt("interactions/v1_a", context(CLOUD)) == submitted(CLOUD)[1]
        with pytest.raises(InvalidRequestError, match="is no interaction of"):
            OMNI.adopt("a b", context(GEMINI))
