"""Veo's flows, fed by hand."""

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
    InsufficientCreditsError,
    InvalidRequestError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    UnknownModelError,
    VideoGenerationError,
)
from video_gen.protocols.google.veo import VeoProtocol
from video_gen.spec import Done, Failed, Guarantee, Pending, Quote, Reply
from video_gen.spec.protocol import Blob

VEO = VeoProtocol()
GEMINI = "google/veo-3.1-generate-preview"
CLOUD = "vertex/veo-3.1-generate-001"
HOST = "https://generativelanguage.googleapis.com"
MODEL = "projects/films/locations/us-central1/publishers/google/models/veo-3.1-generate-001"
ON_CLOUD = f"{MODEL}/operations/0f8f"
AT_GEMINI = "models/veo-3.1-generate-preview/operations/abc123"
BASE64 = {ref.sha256: Blob(ref=ref, encoding="base64") for ref in (PICTURE, SECOND, FILM)}


def submitted(model=CLOUD, **wanted: Any):
    name = ON_CLOUD if model.startswith("vertex") else AT_GEMINI
    (call,), operation = feed(VEO.submit(context(model, **wanted)), answer({"name": name}))
    return call, operation


def body(model=CLOUD, **wanted: Any):
    return submitted(model, **wanted)[0].body


def polled(reply, model=CLOUD, **wanted: Any):
    operation = submitted(model)[1]
    reply = reply if isinstance(reply, Reply) else answer(reply)
    return feed(VEO.poll(operation, context(model, **wanted)), reply)[1]


def done(model=CLOUD, of=None, **response: Any):
    response = response if model == CLOUD else {"generateVideoResponse": response}
    return polled({"name": "n", "done": True, "response": {"@type": "t", **response}}, model, **(of or {}))


def taken(**media: Any):
    return {"bytesBase64Encoded": BASE64[media["ref"].sha256], "mimeType": media["ref"].media_type}


class TestSubmit:
    def test_on_google_cloud(self):
        call, operation = submitted(seconds=8.0, aspect_ratio="16:9", resolution="720p")
        assert (call.method, call.path, call.resendable) == ("POST", f"/v1/{MODEL}:predictLongRunning", False)
        assert call.body == {
            "instances": [{"prompt": "a lake"}],
            "parameters": {"sampleCount": 1, "durationSeconds": 8, "aspectRatio": "16:9", "resolution": "720p"},
            "labels": {"video-gen-key": KEY},
        }
        assert (operation.id, operation.protocol, operation.provider) == (ON_CLOUD, "veo", "vertex")
        assert VEO.guarantee is Guarantee.NONE

    def test_at_the_gemini_api(self):
        call, operation = submitted(GEMINI, seconds=8.0, audio=True)
        assert call.path == "/v1beta/models/veo-3.1-generate-preview:predictLongRunning"
        assert call.body == {
            "instances": [{"prompt": "a lake"}],
            "parameters": {"sampleCount": 1, "durationSeconds": 8},
        }
        assert (operation.id, operation.provider) == (AT_GEMINI, "google")

    def test_every_setting_is_told(self):
        told = body(seed=0, negative_prompt="rain", audio=False)["parameters"]
        assert told == {"sampleCount": 1, "seed": 0, "negativePrompt": "rain", "generateAudio": False}

    def test_frames_references_and_films(self):
        (instance,) = body(first_frame=PICTURE, last_frame=SECOND)["instances"]
        assert instance["image"] == taken(ref=PICTURE)
        assert instance["lastFrame"] == taken(ref=SECOND)
        (instance,) = body(references=(PICTURE, SECOND))["instances"]
        assert instance["referenceImages"] == [
            {"image": taken(ref=PICTURE), "referenceType": "asset"},
            {"image": taken(ref=SECOND), "referenceType": "asset"},
        ]
        assert body(source_video=FILM)["instances"][0]["video"] == taken(ref=FILM)
        encoded = {"encodedVideo": BASE64[FILM.sha256], "encoding": "video/mp4"}
        assert body(GEMINI, source_video=FILM)["instances"][0]["video"] == encoded

    def test_extra_options_go_where_they_belong(self):
        extra = {
            "personGeneration": "allow_all",
            "enhancePrompt": True,
            "video": {"gcsUri": "gs://b/o.mp4"},
            "labels": {"team": "films"},
        }
        told = body(extra=extra, seconds=8)
        assert told["parameters"] == {
            "sampleCount": 1, "durationSeconds": 8, "personGeneration": "allow_all", "enhancePrompt": True,
        }  # fmt: skip
        assert told["instances"] == [{"prompt": "a lake", "video": {"gcsUri": "gs://b/o.mp4"}}]
        assert told["labels"] == {"video-gen-key": KEY, "team": "films"}
        assert "labels" not in body(GEMINI)

    def test_the_bucket_gets_a_folder_that_names_the_key(self):
        told = body(settings={"storage_uri": "gs://b/videos/"})["parameters"]
        assert told["storageUri"] == f"gs://b/videos/{KEY}/"
        assert "storageUri" not in body(GEMINI, settings={"storage_uri": "gs://b/videos"})["parameters"]

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"project": ""}, "set GOOGLE_CLOUD_PROJECT or VEO3_PROJECT_ID"),
            ({"location": "global"}, "set VEO3_LOCATION or GOOGLE_CLOUD_LOCATION"),
            ({"storage_uri": "s3://b"}, "set VIDEO_GEN_GCS_URI"),
        ],
    )
    def test_a_setting_that_is_missing_or_wrong_is_named(self, settings, words):
        with pytest.raises(ConfigurationError, match=words):
            next(VEO.submit(context(CLOUD, settings=settings)))

    @pytest.mark.parametrize("wanted", [{"count": 2}, {"resolution": "4k"}])
    def test_what_would_not_fit_into_an_answer_needs_a_bucket_before_it_is_paid(self, wanted):
        with pytest.raises(ConfigurationError, match="set VIDEO_GEN_GCS_URI to a place like"):
            next(VEO.submit(context(CLOUD, **wanted)))
        assert submitted(CLOUD, settings={"storage_uri": "gs://b"}, **wanted)
        assert submitted(GEMINI, **wanted)

    def test_a_lost_answer_stays_unknown(self):
        flow = VEO.submit(context(CLOUD))
        next(flow)
        with pytest.raises(SubmissionUnknownError):
            flow.throw(SubmissionUnknownError("lost"))

    @pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 5}, {"name": "../../x"}, [], None, {"done": True}])
    def test_a_success_without_a_name_is_unknown(self, body):
        with pytest.raises(SubmissionUnknownError, match="without the name of an operation"):
            feed(VEO.submit(context(CLOUD)), answer(body))


RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}
DAILY = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "PredictLongRunningRequestsPerDayPerProjectPerModel"}],
}
BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
UNPAID = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "BILLING_DISABLED"}
REFUSALS = [
    (rpc(400, "INVALID_ARGUMENT", "Unsupported output video duration 5 seconds"), InvalidRequestError),
    (
        rpc(400, "INVALID_ARGUMENT", "It contains words that violate Google's Responsible AI practices."),
        ContentPolicyError,
    ),
    (rpc(400, "INVALID_ARGUMENT", "The input image violates Vertex AI's usage guidelines"), ContentPolicyError),
    (rpc(400, "INVALID_ARGUMENT", "Invalid value at 'safety_settings[0].threshold'"), InvalidRequestError),
    (rpc(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", BAD_KEY), AuthenticationError),
    (rpc(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), AuthenticationError),
    (rpc(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), AuthenticationError),
    (rpc(400, "FAILED_PRECONDITION", "Veo is only accessible to billed users at this time."), InsufficientCreditsError),
    (rpc(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), AuthenticationError),
    (rpc(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied."), AuthenticationError),
    (rpc(403, "PERMISSION_DENIED", "Requests to this API method are blocked."), AuthenticationError),
    (
        rpc(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", UNPAID),
        InsufficientCreditsError,
    ),
    (rpc(404, "NOT_FOUND", "models/veo-2 is not found for API version v1beta"), UnknownModelError),
    (rpc(404, "NOT_FOUND", "This model models/veo-2.0 is no longer available."), ModelRetiredError),
    (
        rpc(429, "RESOURCE_EXHAUSTED", "You exceeded your quota, please check your plan and billing details."),
        RateLimitError,
    ),
    (rpc(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", DAILY), InsufficientCreditsError),
    (rpc(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), InsufficientCreditsError),
    (rpc(499, "CANCELLED", "The operation was cancelled."), SubmissionUnknownError),
    (rpc(500, "INTERNAL", "An internal error has occurred."), SubmissionUnknownError),
    (rpc(503, "UNAVAILABLE", "The model is overloaded."), ServiceUnavailableError),
    (rpc(504, "DEADLINE_EXCEEDED", "The request timed out."), SubmissionUnknownError),
    (answer([{"error": {"code": 400, "message": "API key not valid."}}], 400), AuthenticationError),
    (answer({"error": {"code": 403, "message": "no"}}, 403), AuthenticationError),
    (answer({"error": "plain words"}, 418), ApiRequestError),
    (Reply(status=502, text="<html>bad gateway</html>"), SubmissionUnknownError),
    (Reply(status=413, text="too large"), InvalidRequestError),
]


class TestRefusals:
    @pytest.mark.parametrize(("reply", "kind"), REFUSALS, ids=lambda value: getattr(value, "text", "")[:60] or None)
    def test_each_has_its_error(self, reply, kind):
        with pytest.raises(VideoGenerationError) as caught:
            feed(VEO.submit(context(CLOUD)), reply)
        assert type(caught.value) is kind
        assert (caught.value.provider, caught.value.status_code) == ("vertex", reply.status)

    def test_how_long_to_wait_is_in_the_details(self):
        with pytest.raises(RateLimitError, match="slow down") as caught:
            feed(
                VEO.submit(context(CLOUD)),
                rpc(429, "RESOURCE_EXHAUSTED", "slow down", DAILY | {"violations": []}, RETRY),
            )
        assert caught.value.retry_after == 37.5

    def test_a_refused_token_says_how_to_get_another(self):
        refused = rpc(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        with pytest.raises(AuthenticationError, match="GOOGLE_OAUTH_ACCESS_TOKEN ends after an hour"):
            feed(VEO.submit(context(CLOUD)), refused)
        with pytest.raises(AuthenticationError, match=r"credentials\.$"):
            feed(VEO.submit(context(GEMINI)), refused)

    def test_support_codes_are_explained(self):
        message = "This violates our usage guidelines. Support codes: 15236754, 61493863"
        with pytest.raises(ContentPolicyError, match=r"\(celebrity, violence\)"):
            feed(VEO.submit(context(CLOUD)), rpc(400, "INVALID_ARGUMENT", message))

    def test_an_operation_that_is_not_known_says_nothing_of_the_model(self):
        with pytest.raises(ApiRequestError) as caught:
            polled(rpc(404, "NOT_FOUND", "Operation not found."))
        assert type(caught.value) is ApiRequestError

    @pytest.mark.parametrize("status", [408, 500, 503, 504])
    def test_trouble_with_asking_is_trouble_of_the_service(self, status):
        with pytest.raises(ServiceUnavailableError):
            polled(rpc(status, "INTERNAL", "no"))


WORDS = (
    "bytesBase64Encoded",
    "gcsUri",
    "generateVideoResponse",
    "generatedSamples",
    "raiMediaFilteredCount",
    "raiMediaFilteredReasons",
    "uri",
    "video",
    "videos",
)
RESPONSES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=8,
)


class TestPoll:
    def test_where_it_asks(self):
        (call,), outcome = feed(VEO.poll(submitted()[1], context(CLOUD)), answer({"name": ON_CLOUD}))
        assert (call.method, call.path) == ("POST", f"/v1/{MODEL}:fetchPredictOperation")
        assert (call.body, call.resendable) == ({"operationName": ON_CLOUD}, True)
        assert outcome == Pending()
        (call,), outcome = feed(VEO.poll(submitted(GEMINI)[1], context(GEMINI)), answer({"name": "n", "done": False}))
        assert (call.method, call.path) == ("GET", f"/v1beta/{AT_GEMINI}")
        assert outcome == Pending()

    def test_a_video_in_the_bucket(self):
        outcome = done(videos=[{"gcsUri": "gs://b/k/sample_0.mp4", "mimeType": "video/mp4"}], raiMediaFilteredCount=0)
        assert [(each.url, each.authorized) for each in outcome.outputs] == [("gs://b/k/sample_0.mp4", True)]

    def test_a_video_in_the_answer(self):
        (output,) = done(videos=[{"bytesBase64Encoded": "AAAA", "mimeType": "video/mp4"}]).outputs
        assert (output.url, output.authorized) == ("data:video/mp4;base64,AAAA", False)

    @pytest.mark.parametrize(
        ("uri", "url"),
        [
            (f"{HOST}/v1beta/files/a1:download?alt=media", "/v1beta/files/a1:download?alt=media"),
            (f"{HOST}/v1beta/files/a1", "/v1beta/files/a1:download?alt=media"),
            ("https://relay.example/v/1.mp4", "https://relay.example/v/1.mp4"),
            (f"{HOST}.evil.example/a", f"{HOST}.evil.example/a"),
        ],
    )
    def test_a_video_in_a_file_is_fetched_where_calls_are_sent(self, uri, url):
        (output,) = done(GEMINI, generatedSamples=[{"video": {"uri": uri}}]).outputs
        assert (output.url, output.authorized) == (url, True)

    def test_older_shapes(self):
        assert done(generatedSamples=["gs://b/o.mp4"]).outputs[0].url == "gs://b/o.mp4"
        sample = {"video": {"encodedVideo": "AAAA", "encoding": "video/mp4"}}
        assert done(GEMINI, generatedSamples=[sample]).outputs[0].url == "data:video/mp4;base64,AAAA"
        assert done(videos=[{"encodedVideo": "AAAA"}]).outputs[0].url == "data:video/mp4;base64,AAAA"

    def test_only_what_is_delivered_is_paid(self):
        videos = [{"gcsUri": "gs://b/o.mp4"}]
        of = {"count": 4, "quote": Quote(low=4_000_000, high=4_000_000)}
        assert done(videos=videos, raiMediaFilteredCount=3, of=of).cost == 1_000_000
        assert done(videos=videos * 4, of=of).cost is None
        assert done(videos=videos, of={"count": 4, "quote": Quote(low=1, high=2)}).cost is None

    @pytest.mark.parametrize("model", [GEMINI, CLOUD])
    def test_filters(self, model):
        heard = "We encountered an issue with the audio for your prompt. You have not been charged for this attempt."
        outcome = done(model, raiMediaFilteredCount=1, raiMediaFilteredReasons=[heard])
        assert outcome == Failed(code="audio_filtered", message=heard, charged=False)
        seen = "It violates our usage guidelines. Support codes: 29310472"
        outcome = done(model, raiMediaFilteredCount=2, raiMediaFilteredReasons=[seen, heard])
        assert (outcome.code, outcome.charged) == ("content_policy_violation", False)
        assert outcome.message == f"{seen} (celebrity); {heard}"
        assert done(model, raiMediaFilteredCount=1).code == "content_policy_violation"

    def test_done_without_a_video(self):
        for response in ({}, {"videos": []}, {"videos": [{}]}, {"raiMediaFilteredCount": 0}):
            outcome = done(**response)
            assert (outcome.code, outcome.charged) == ("no_video", None)

    @pytest.mark.parametrize(
        ("error", "code", "charged"),
        [
            ({"code": 3, "message": "It might violate our policies."}, "content_policy_violation", False),
            ({"code": 3, "message": "Unable to process input image."}, "invalid_request", None),
            ({"code": 5, "message": "The model is no longer available."}, "model_retired", None),
            ({"code": 7, "message": "No access to the bucket."}, "authentication_error", None),
            ({"code": 8, "message": "Quota exceeded."}, "rate_limited", None),
            ({"code": 13, "message": "Internal error."}, "job_failed", None),
            ({"code": 14, "message": "The service is currently unavailable."}, "service_unavailable", None),
            ({"code": 429, "message": "Resource exhausted."}, "rate_limited", None),
            ({"code": 500, "message": "Internal."}, "job_failed", None),
            ({"code": 99, "message": "?"}, "job_failed", None),
            ({"message": "no code"}, "job_failed", None),
            ({}, "job_failed", None),
        ],
    )
    def test_an_operation_that_failed(self, error, code, charged):
        outcome = polled({"name": "n", "done": True, "error": error})
        assert (outcome.code, outcome.charged) == (code, charged)
        assert outcome.message

    @pytest.mark.parametrize(
        "body",
        [None, [], {}, {"unexpected": ["nonsense"]}, {"done": True}, {"name": "n", "done": "yes"}, {"done": False}],
    )
    def test_nonsense_is_never_pending(self, body):
        with pytest.raises(ApiRequestError, match="without an operation"):
            polled(body)

    def test_an_answer_too_long_to_read_says_the_way_out(self):
        with pytest.raises(ApiRequestError, match="VIDEO_GEN_GCS_URI"):
            polled(Reply(status=200, file="/somewhere"))

    @given(RESPONSES)
    def test_any_response_has_an_outcome(self, response):
        try:
            outcome = polled({"name": "n", "done": True, "response": response})
        except ApiRequestError:
            assert not isinstance(response, dict)
        else:
            assert isinstance(outcome, Done | Failed)


class TestLookingUp:
    def test_it_lists_nothing_and_says_where_a_person_looks(self):
        with pytest.raises(SubmissionUnknownError, match="usage and billing pages"):
            next(VEO.find(context(GEMINI)))
        with pytest.raises(SubmissionUnknownError, match=f"look in gs://b/{KEY}/"):
            next(VEO.find(context(CLOUD, settings={"storage_uri": "gs://b"})))

    def test_nothing_stops_it(self):
        with pytest.raises(StopIteration) as end:
            next(VEO.cancel(submitted()[1], context(CLOUD)))
        assert end.value.value is False

    def test_a_name_found_by_hand_is_adopted_whole_or_in_part(self):
        assert VEO.adopt(ON_CLOUD, context(CLOUD)) == submitted()[1]
        assert VEO.adopt("0f8f", context(CLOUD)) == submitted()[1]
        assert VEO.adopt(" /abc123 ", context(GEMINI)) == submitted(GEMINI)[1]
        for nonsense in ("", "a/b", "models/x/operations/", "operations/a?b"):
            with pytest.raises(InvalidRequestError, match="is no operation of"):
                VEO.adopt(nonsense, context(CLOUD))
