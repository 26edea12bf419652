"""Bedrock's flows, fed by hand; what botocore thinks of the requests is asked of botocore itself."""

import json
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import botocore.loaders
import botocore.model
import botocore.validate
import pytest
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
)
from video_gen.protocols.bedrock.wire import BedrockProtocol
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Guarantee,
    MediaRef,
    Pending,
    Plan,
    Provider,
    Quote,
    Reply,
    Request,
    Settings,
)
from video_gen.spec.protocol import Blob

BEDROCK = BedrockProtocol()
ARN = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/0a1b2c3d4e5f"
PICTURE = MediaRef(sha256="a" * 64, media_type="image/jpeg", bytes=10, width=1280, height=720)
BASE64 = Blob(ref=PICTURE, encoding="base64")
MODEL = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("bedrock-runtime", "service-2"))


def provider(**settings: str) -> Provider:
    kept = {"region": "us-west-2", "output_uri": "s3://films/from-here"} | settings
    return Provider(
        id="bedrock",
        title="Amazon Bedrock",
        protocol="bedrock",
        base_url="https://bedrock-runtime.{region}.amazonaws.com",
        signing="sigv4",
        settings_env={"output_uri": ("VIDEO_GEN_S3_URI",)},
        settings=kept,
    )


def context(
    form: str = "luma-ray", at: Provider | None = None, intent_at: float = 1_790_000_000.0, **settings: Any
) -> Context:
    model, regions = {
        "luma-ray": ("luma.ray-v2:0", "us-west-2"),
        "nova-reel": ("amazon.nova-reel-v1:1", "us-east-1"),
    }[form]
    size = {} if form == "luma-ray" else {"width": 1280, "height": 720}
    plan = Plan(
        request=Request(prompt="a lake"),
        model=f"bedrock/{model}",
        wire_model=model,
        wire_options={"input": form, "regions": regions},
        provider="bedrock",
        protocol="bedrock",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", **size, **settings}),
        quote=Quote(low=0, high=0),
    )
    return Context(plan=plan, provider=at or provider(), idempotency_key="key-1", intent_at=intent_at)


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


def error(kind: str, message: str, status: int = 400) -> Reply:
    return answer({"message": message}, status, **{"x-amzn-errortype": f"{kind}:http://internal.amazon.com/coral/"})


def submitted(**plan: Any) -> dict[str, Any]:
    (call,), operation = feed(BEDROCK.submit(context(**plan)), answer({"invocationArn": ARN}))
    assert operation.id == ARN
    assert call.body is not None
    return dict(call.body)


def operation():
    return feed(BEDROCK.submit(context()), answer({"invocationArn": ARN}))[1]


def polled(body: Any, **of: Any) -> Any:
    return feed(BEDROCK.poll(operation(), context(**of)), answer(body))[1]


class TestSubmit:
    def test_it_starts_an_invocation_that_may_be_started_again(self):
        (call,), operation = feed(BEDROCK.submit(context()), answer({"invocationArn": ARN}))
        assert (call.method, call.path, call.safe) == ("POST", "/async-invoke", True)
        assert call.body["clientRequestToken"] == "key-1"
        assert call.body["outputDataConfig"] == {"s3OutputDataConfig": {"s3Uri": "s3://films/from-here"}}
        assert (operation.provider, operation.protocol, operation.data) == ("bedrock", "bedrock", {})
        assert BEDROCK.guarantee is Guarantee.IDEMPOTENT

    def test_ray_is_told_in_its_own_words(self):
        body = submitted(seconds=9, aspect_ratio="16:9", resolution="720p", first_frame=PICTURE, last_frame=PICTURE)
        frame = {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": BASE64}}
        assert body["modelId"] == "luma.ray-v2:0"
        assert body["modelInput"] == {
            "prompt": "a lake",
            "aspect_ratio": "16:9",
            "duration": "9s",
            "resolution": "720p",
            "keyframes": {"frame0": frame, "frame1": frame},
        }

    def test_what_is_not_said_is_not_sent(self):
        assert submitted()["modelInput"] == {"prompt": "a lake"}

    def test_one_shot_of_nova(self):
        body = submitted(form="nova-reel", seconds=6, seed=0, first_frame=PICTURE)
        assert body["modelInput"] == {
            "taskType": "TEXT_VIDEO",
            "textToVideoParams": {
                "text": "a lake",
                "images": [{"format": "jpeg", "source": {"bytes": BASE64}}],
            },
            "videoGenerationConfig": {"durationSeconds": 6, "fps": 24, "dimension": "1280x720", "seed": 0},
        }

    def test_a_longer_film_of_nova_is_cut_into_shots_by_itself(self):
        body = submitted(form="nova-reel", seconds=18)
        assert body["modelInput"] == {
            "taskType": "MULTI_SHOT_AUTOMATED",
            "multiShotAutomatedParams": {"text": "a lake"},
            "videoGenerationConfig": {"durationSeconds": 18, "fps": 24, "dimension": "1280x720"},
        }

    def test_shots_of_ones_own(self):
        shots = [
            "a beach",
            {"text": "the sea", "image": {"format": "png", "source": {"s3Location": {"uri": "s3://a/b"}}}},
        ]
        body = submitted(form="nova-reel", seconds=12, seed=0, extra={"shots": shots})
        assert body["modelInput"] == {
            "taskType": "MULTI_SHOT_MANUAL",
            "multiShotManualParams": {"shots": [{"text": "a beach"}, shots[1]]},
            "videoGenerationConfig": {"fps": 24, "dimension": "1280x720", "seed": 0},
        }

    def test_the_first_frame_is_the_first_shots(self):
        body = submitted(form="nova-reel", seconds=6, first_frame=PICTURE, extra={"shots": ["a beach"]})
        shot = body["modelInput"]["multiShotManualParams"]["shots"][0]
        assert shot == {"text": "a beach", "image": {"format": "jpeg", "source": {"bytes": BASE64}}}

    @pytest.mark.parametrize("shots", ["a beach", [], [1], {"text": "a beach"}])
    def test_what_is_no_list_of_shots_is_never_sent(self, shots):
        with pytest.raises(InvalidRequestError, match="is no list of"):
            next(BEDROCK.submit(context("nova-reel", seconds=6, extra={"shots": shots})))

    def test_shots_cost_what_was_quoted(self):
        with pytest.raises(InvalidRequestError, match="3 `shots` of 6 s make 18 s, and 6 s are planned: ask for 18 s"):
            next(BEDROCK.submit(context("nova-reel", seconds=6, extra={"shots": ["a", "b", "c"]})))

    def test_extra_options_go_where_they_belong(self):
        tags = [{"key": "team", "value": "film"}]
        extra = {"loop": True, "tags": tags, "kmsKeyId": "arn:aws:kms:us-west-2:123456789012:alias/a"}
        body = submitted(extra=extra)
        assert body["modelInput"] == {"prompt": "a lake", "loop": True}
        assert body["tags"] == tags
        assert body["outputDataConfig"]["s3OutputDataConfig"]["kmsKeyId"] == extra["kmsKeyId"]

    def test_an_extra_group_joins_its_group(self):
        body = submitted(form="nova-reel", seconds=6, extra={"videoGenerationConfig": {"seed": 7}})
        assert body["modelInput"]["videoGenerationConfig"] == {
            "durationSeconds": 6, "fps": 24, "dimension": "1280x720", "seed": 7,
        }  # fmt: skip

    @pytest.mark.parametrize("uri", ["", "films/from-here"])
    def test_without_a_bucket_it_says_which_variable_to_set(self, uri):
        with pytest.raises(ConfigurationError, match="set VIDEO_GEN_S3_URI to one like s3://"):
            next(BEDROCK.submit(context(at=provider(output_uri=uri))))

    @given(
        st.sampled_from(["luma-ray", "nova-reel"]),
        st.text(min_size=1),
        st.integers(0, 2**31 - 2),
        st.sampled_from([6, 12]),
    )
    def test_botocore_would_send_the_same(self, form, prompt, seed, seconds):
        body = submitted(form=form, prompt=prompt, seed=seed, seconds=seconds)
        shape = MODEL.operation_model("StartAsyncInvoke").input_shape
        assert not botocore.validate.ParamValidator().validate(body, shape).has_errors()
        assert body.keys() <= shape.members.keys()

    def test_a_success_without_an_arn_may_be_paid(self):
        with pytest.raises(SubmissionUnknownError, match="without an invocationArn"):
            feed(BEDROCK.submit(context()), answer({"unexpected": []}))

    def test_a_lost_answer_stays_lost(self):
        flow = BEDROCK.submit(context())
        next(flow)
        with pytest.raises(SubmissionUnknownError, match="lost"):
            flow.throw(SubmissionUnknownError("lost"))


class TestTokenThatIsKnown:
    """A setting changed between two sends of one attempt: the token comes back with another body."""

    CONFLICT = error("ConflictException", "the token was used with other parameters")

    def test_its_invocation_is_taken_over(self):
        listed = answer({"asyncInvokeSummaries": [{"clientRequestToken": "key-1", "invocationArn": ARN}]})
        calls, operation = feed(BEDROCK.submit(context()), self.CONFLICT, listed)
        assert [call.method for call in calls] == ["POST", "GET"]
        assert operation.id == ARN

    @pytest.mark.parametrize("listing", [
        answer({"asyncInvokeSummaries": []}),
        error("AccessDeniedException", "no", 403),
        answer({"unexpected": []}),
    ])  # fmt: skip
    def test_where_it_is_not_found_nobody_knows(self, listing):
        with pytest.raises(SubmissionUnknownError, match="ConflictException"):
            feed(BEDROCK.submit(context()), self.CONFLICT, listing)

    def test_a_lost_listing_is_no_verdict(self):
        flow = BEDROCK.submit(context())
        next(flow)
        flow.send(self.CONFLICT)
        with pytest.raises(SubmissionUnknownError):
            flow.throw(ServiceUnavailableError("no connection"))


class TestRefusals:
    @pytest.mark.parametrize(("kind", "status", "message", "expected"), [
        ("AccessDeniedException", 403, "You don't have access to the model", AuthenticationError),
        ("AccessDeniedException", 403, ("Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment "
         "instrument must be provided."), InsufficientCreditsError),
        ("ExpiredTokenException", 403, "The security token included in the request is expired", AuthenticationError),
        ("InvalidSignatureException", 403, "Signature expired", AuthenticationError),
        ("UnrecognizedClientException", 403, "The security token is invalid", AuthenticationError),
        ("MissingAuthenticationTokenException", 403, "Missing Authentication Token", AuthenticationError),
        ("ThrottlingException", 429, "Too many requests", RateLimitError),
        ("ServiceQuotaExceededException", 400, "Too many concurrent invocations", RateLimitError),
        ("ServiceUnavailableException", 503, "Try again", ServiceUnavailableError),
        ("ResourceNotFoundException", 404, "no such model", InvalidRequestError),
        ("ResourceNotFoundException", 404, "This model version has reached the end of its life.", ModelRetiredError),
        ("ResourceNotFoundException", 404, "This Model is marked by provider as Legacy", ModelRetiredError),
        ("ValidationException", 400, "#/duration: not a valid enum value", InvalidRequestError),
        ("ValidationException", 400, ("This request has been blocked by our content filters. Please adjust your text "
         "prompt to submit a new request."), ContentPolicyError),
    ])  # fmt: skip
    def test_a_refused_submit(self, kind, status, message, expected):
        with pytest.raises(expected) as raised:
            feed(BEDROCK.submit(context()), error(kind, message, status))
        assert type(raised.value) is expected
        assert message in str(raised.value)
        assert raised.value.status_code == status

    @pytest.mark.parametrize(("kind", "status"), [("InternalServerException", 500), ("", 502), ("", 504), ("", 408)])
    def test_an_error_of_the_servers_own_may_come_after_accepting(self, kind, status):
        with pytest.raises(SubmissionUnknownError):
            feed(BEDROCK.submit(context()), error(kind, "unexpected", status))
        with pytest.raises(ServiceUnavailableError):
            feed(BEDROCK.poll(operation(), context()), error(kind, "unexpected", status))

    def test_the_type_may_be_in_the_body(self):
        reply = answer({"__type": "com.amazon.coral.service#ThrottlingException", "Message": "slow down"}, 400)
        with pytest.raises(RateLimitError, match="ThrottlingException: slow down"):
            feed(BEDROCK.poll(operation(), context()), reply)

    def test_the_request_id_is_kept_for_support(self):
        reply = answer({"message": "no"}, 400, **{"x-amzn-requestid": "r-1", "x-amzn-errortype": "ValidationException"})
        with pytest.raises(InvalidRequestError) as raised:
            feed(BEDROCK.submit(context()), reply)
        assert raised.value.request_id == "r-1"

    def test_a_model_of_another_region_is_named_with_its_regions(self):
        elsewhere = context(at=provider(region="eu-central-1"))
        with pytest.raises(InvalidRequestError, match="known to run in us-west-2, not in eu-central-1: set AWS_REGION"):
            feed(BEDROCK.submit(elsewhere), error("ValidationException", "The provided model identifier is invalid."))

    def test_a_bucket_it_cannot_write_to_is_explained(self):
        with pytest.raises(InvalidRequestError, match=r"the bucket must be in us-west-2, and .* need s3:PutObject"):
            feed(BEDROCK.submit(context()), error("ValidationException", "Invalid Output Config/Credentials"))


class TestPoll:
    def test_the_arn_is_quoted_as_botocore_quotes_it(self):
        (call,), _ = feed(BEDROCK.poll(operation(), context()), answer({"status": "InProgress"}))
        assert call.method == "GET"
        assert call.path == "/async-invoke/" + quote(ARN, safe="-._~")
        assert "%3A" in call.path
        assert "%2F" in call.path

    def test_in_progress(self):
        assert polled({"status": "InProgress"}) == Pending()

    @pytest.mark.parametrize("place", [
        "s3://films/from-here/0a1b2c3d4e5f",
        "s3://films/from-here/0a1b2c3d4e5f/",
        "s3://films/from-here",
        "s3://films/from-here/",
    ])  # fmt: skip
    def test_completed(self, place):
        outcome = polled({"status": "Completed", "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": place}}})
        assert isinstance(outcome, Done)
        (output,) = outcome.outputs
        assert (output.url, output.authorized) == ("s3://films/from-here/0a1b2c3d4e5f/output.mp4", True)
        assert outcome.cost is None

    @pytest.mark.parametrize(("message", "code"), [
        ("The generated video has been blocked by our content filters.", "content_policy_violation"),
        ("The model encountered an unexpected error during processing.", "job_failed"),
        ("", "job_failed"),
    ])  # fmt: skip
    def test_failed(self, message, code):
        outcome = polled({"status": "Failed", "failureMessage": message})
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.charged) == (code, None)
        assert outcome.message == (message or "no reason given")

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["status", "outputDataConfig", "x"]), inner),
        max_leaves=6,
    ))  # fmt: skip
    def test_nonsense_is_never_an_outcome(self, body):
        with pytest.raises(ApiRequestError, match="without"):
            polled(body)

    def test_completed_without_a_place_is_nonsense(self):
        with pytest.raises(ApiRequestError, match="without an s3Uri"):
            polled({"status": "Completed", "outputDataConfig": {}})


class TestFind:
    def test_it_looks_for_the_token_page_by_page(self):
        other = {"clientRequestToken": "key-2", "invocationArn": "arn:other"}
        pages = [
            answer({"asyncInvokeSummaries": [other, {"invocationArn": "arn:without-token"}], "nextToken": "more"}),
            answer({"asyncInvokeSummaries": [{"clientRequestToken": "key-1", "invocationArn": ARN}]}),
        ]
        calls, found = feed(BEDROCK.find(context(intent_at=1_790_000_000.0)), *pages)
        assert found.id == ARN
        assert calls[0].query == {
            "submitTimeAfter": "2026-09-21T14:08:20Z",  # five minutes before the intent
            "maxResults": "1000",
            "sortBy": "SubmissionTime",
            "sortOrder": "Ascending",
        }
        assert calls[1].query == {**calls[0].query, "nextToken": "more"}

    def test_none_that_carries_the_token(self):
        _, found = feed(BEDROCK.find(context()), answer({"asyncInvokeSummaries": []}))
        assert found is None

    def test_nonsense_proves_nothing(self):
        with pytest.raises(ApiRequestError, match="without asyncInvokeSummaries"):
            feed(BEDROCK.find(context()), answer({"unexpected": []}))

    def test_a_refusal_proves_nothing(self):
        with pytest.raises(AuthenticationError):
            feed(BEDROCK.find(context()), error("AccessDeniedException", "no", 403))


def test_it_cannot_be_stopped():
    with pytest.raises(StopIteration) as end:
        next(BEDROCK.cancel(operation(), context()))
    assert end.value.value is False
