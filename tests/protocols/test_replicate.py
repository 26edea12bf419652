"""Replicate's flows, fed by hand: what is sent, what each answer means, and when a lost prediction counts as found."""

import json
from datetime import UTC, datetime
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
    VideoGenerationError,
)
from video_gen.protocols.replicate.wire import ReplicateProtocol
from video_gen.spec import (
    Blob,
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
    QuoteLine,
    Reply,
    Request,
    Settings,
)

REPLICATE = ReplicateProtocol()
SPEC = json.loads((Path(__file__).parents[1] / "data/specs/replicate.openapi.json").read_text(encoding="utf-8"))
ID, OTHER = "gm3qorzdhgbfurvjtvhg6dckhu", "rrr4z55ocneqzikepnug6xezpe"
VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
VEO = "google/veo-3.1"
INTENT = 1_790_000_000.0
FIRST, LARGE, CLIP = (
    MediaRef(sha256=letter * 64, media_type=kind, bytes=size, width=1280, height=720)
    for letter, kind, size in (
        ("a", "image/jpeg", 256_000), ("b", "image/png", 256_001), ("c", "video/mp4", 5_000_000),
    )
)  # fmt: skip
LINK = f"https://api.replicate.com/v1/files/{ID}"


def context(model: str = VEO, options: dict[str, str] | None = None, base: str = "https://api.replicate.com",
            per_second: int = 0, **settings: Any) -> Context:  # fmt: skip
    line = QuoteLine(label="", quantity=8, unit="second", unit_price=per_second, amount=0)
    plan = Plan(
        request=Request(prompt="a lake"),
        model=f"replicate/{model}",
        wire_model=model,
        wire_options=options or {},
        provider="replicate",
        protocol="replicate",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", **settings}),
        quote=Quote(low=0, breakdown=(line,) if per_second else ()),
    )
    provider = Provider(id="replicate", title="Replicate", protocol="replicate", base_url=base)
    return Context(plan=plan, provider=provider, idempotency_key="key-1", intent_at=INTENT)


def reply(status: int = 200, body: Any = None, text: str = "", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=body, text=text, headers=named)


def run(flow: Any, *replies: Reply) -> tuple[list[Call], Any]:
    """Feed a flow; return its calls, and what it returned or raised."""
    calls: list[Call] = []
    try:
        calls.append(next(flow))
        for each in replies:
            calls += [flow.send(each)]
    except StopIteration as end:
        return calls, end.value
    except VideoGenerationError as error:
        return calls, error
    raise AssertionError(f"it wants more than {len(replies)} replies")


def prediction(name: str = ID, at: float = INTENT + 1, **more: Any) -> dict[str, Any]:
    created = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    return {
        "id": name, "model": VEO, "version": VERSION, "status": "starting", "source": "api", "created_at": created,
        "started_at": None, "input": {"prompt": "a lake"}, "data_removed": False, "metrics": {}, **more,
    }  # fmt: skip


def operation() -> Operation:
    return Operation(provider="replicate", protocol="replicate", id=ID)


def polled(answer: Reply, where: Context | None = None) -> Any:
    return run(REPLICATE.poll(operation(), where or context()), answer)[1]


# --- what is sent --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "settings", "given"), [
    (
        {},
        {"seconds": 8.0, "aspect_ratio": "16:9", "resolution": "720p", "audio": False, "seed": 0,
         "negative_prompt": "blur"},
        {"duration": 8, "aspect_ratio": "16:9", "resolution": "720p", "generate_audio": False, "seed": 0,
         "negative_prompt": "blur"},
    ),
    (
        {},
        {"first_frame": FIRST, "last_frame": FIRST, "references": (FIRST,)},
        {"image": Blob(ref=FIRST), "last_frame": Blob(ref=FIRST), "reference_images": [Blob(ref=FIRST)]},
    ),
    (
        {"first_frame": "start_image", "last_frame": "end_image"},
        {"first_frame": FIRST, "last_frame": FIRST},
        {"start_image": Blob(ref=FIRST), "end_image": Blob(ref=FIRST)},
    ),
    ({"mode_720p": "std", "mode_1080p": "pro"}, {"resolution": "1080p"}, {"mode": "pro"}),
    ({"audio": "with_sound"}, {"audio": True, "fps": 24.0}, {"with_sound": True, "fps": 24}),
    ({}, {"extra": {"loop": True, "prompt": "another"}}, {"loop": True, "prompt": "another"}),
])  # fmt: skip
def test_each_model_is_told_in_its_own_words(
    options: dict[str, str], settings: dict[str, Any], given: dict[str, Any]
) -> None:
    (call,), made = run(REPLICATE.submit(context(options=options, **settings)), reply(201, prediction()))
    assert call.body == {"input": {"prompt": "a lake", **given}}
    assert (call.method, call.path, call.resendable) == ("POST", f"/v1/models/{VEO}/predictions", False)
    assert "prefer" not in {name.lower() for name in call.headers}
    assert made == operation()
    assert REPLICATE.guarantee is Guarantee.FINDABLE


def test_a_version_has_a_call_of_its_own() -> None:
    (call,), _ = run(REPLICATE.submit(context(f"{VEO}:{VERSION}")), reply(201, prediction()))
    assert (call.path, call.body) == ("/v1/predictions", {"version": VERSION, "input": {"prompt": "a lake"}})
    jsonschema.validate(call.body, SPEC["requests"]["version_prediction"])


def test_what_is_the_predictions_own_does_not_go_into_the_input() -> None:
    extra = {"webhook": "https://me/x", "webhook_events_filter": ["completed"], "cancel_after": "5m", "loop": 1}
    (call,), _ = run(REPLICATE.submit(context(extra=extra)), reply(201, prediction()))
    assert call.headers == {"Cancel-After": "5m"}
    assert call.body == {
        "input": {"prompt": "a lake", "loop": 1},
        "webhook": "https://me/x",
        "webhook_events_filter": ["completed"],
    }
    jsonschema.validate(call.body, SPEC["requests"]["prediction"])


def test_a_base_url_may_name_the_version() -> None:
    (call,), _ = run(REPLICATE.poll(operation(), context(base="https://relay/v1/")), reply(200, prediction()))
    assert call.path == f"/predictions/{ID}"


def test_large_media_are_uploaded_first_and_small_ones_sent_along() -> None:
    where = context(first_frame=LARGE, last_frame=FIRST, source_video=CLIP)
    uploaded = reply(201, {"id": "1", "urls": {"get": LINK}})
    calls, made = run(REPLICATE.submit(where), uploaded, uploaded, reply(201, prediction()))
    assert [call.path for call in calls] == ["/v1/files", "/v1/files", f"/v1/models/{VEO}/predictions"]
    assert calls[0].form == {"content": Blob(ref=LARGE, encoding="file")}
    assert [call.resendable for call in calls] == [True, True, False]
    assert calls[2].body["input"] == {"prompt": "a lake", "image": LINK, "last_frame": Blob(ref=FIRST), "video": LINK}
    assert made == operation()


@pytest.mark.parametrize(("answer", "kind"), [
    (reply(500, {"detail": "oops"}), ServiceUnavailableError),
    (reply(413, {"detail": "too large"}), InvalidRequestError),
    (reply(201, {"id": "1"}), ApiRequestError),
])  # fmt: skip
def test_a_failed_upload_has_cost_nothing(answer: Reply, kind: type[VideoGenerationError]) -> None:
    calls, error = run(REPLICATE.submit(context(first_frame=LARGE)), answer)
    assert len(calls) == 1
    assert type(error) is kind


# --- what a refused submit means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "kind", "words"), [
    (reply(401, {"title": "Unauthenticated", "detail": "no valid token"}), AuthenticationError, "no valid token"),
    (reply(402, {"title": "Insufficient credit", "detail": "Go to billing."}), InsufficientCreditsError, "billing"),
    (reply(403, {"detail": "You do not have permission"}), AuthenticationError, "permission"),
    (reply(404, {"detail": "The requested resource could not be found."}), ModelRetiredError, "not be found"),
    (reply(404, text="<html>"), ApiRequestError, "html"),
    (reply(410, {"detail": "This model is gone."}), ModelRetiredError, "gone"),
    (reply(422, {"title": "Invalid version or not permitted", "detail": "The specified version does not exist"}),
     ModelRetiredError, "version"),
    (reply(422, {"title": "Input validation failed", "detail": "- input: prompt is required\n- input.x: safety first\n",
                 "invalid_fields": [{"type": "required", "field": "input"}]}),
     InvalidRequestError, "failed: input: prompt is required; input.x: safety first"),
    (reply(422, {"title": "Input validation failed", "detail": "- input.image: Does not match format 'uri'\n",
                 "invalid_fields": [{"type": "format", "field": "input.image"}]}), MediaInputError, "format"),
    (reply(422, {"detail": "- input.prompt: flagged as sensitive"}), ContentPolicyError, "flagged"),
    (reply(429, {"detail": "slow down"}, retry_after="7"), RateLimitError, "slow down"),
    (reply(503, {"detail": "down"}), ServiceUnavailableError, "down"),
    (reply(500, {"detail": "oops"}), SubmissionUnknownError, "oops"),
    (reply(502, text="bad gateway"), SubmissionUnknownError, "bad gateway"),
    (reply(504), SubmissionUnknownError, "no reason"),
    (reply(201, {"unexpected": 1}), SubmissionUnknownError, "an id"),
    (reply(201, {"id": "../../account"}), SubmissionUnknownError, "an id"),
    (reply(200, None, "<html>"), SubmissionUnknownError, "an id"),
])  # fmt: skip
def test_a_refused_submit(answer: Reply, kind: type[VideoGenerationError], words: str) -> None:
    _, error = run(REPLICATE.submit(context()), answer)
    assert type(error) is kind
    assert words in error.message
    assert "\n" not in error.message
    assert error.retry_after == (7.0 if answer.status == 429 else None)


def test_a_limit_that_says_in_words_when_it_ends() -> None:
    limited = reply(429, {"detail": "Request was throttled. Your rate limit resets in ~30s."})
    assert run(REPLICATE.submit(context()), limited)[1].retry_after == 30.0


# --- how it stands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "outcome"), [
    ({"status": "starting"}, Pending(queued=True)),
    ({"status": "processing"}, Pending()),
    ({"status": "processing", "logs": None}, Pending()),
    ({"status": "processing", "logs": " 12%|#  | 1/8 [00:01]\n 45%|####   | 4/9 [00:02<00:01]\nnote"},
     Pending(progress=0.45)),
    ({"status": "processing", "logs": "999%|####| 9/9"}, Pending(progress=1.0)),
    ({"status": "processing", "logs": "50% off, said | the | sign"}, Pending()),
    ({"status": "succeeded", "output": "https://replicate.delivery/a.mp4"},
     Done(outputs=(Output(url="https://replicate.delivery/a.mp4"),))),
    ({"status": "succeeded", "output": ["https://x/a.mp4", "https://x/b.mp4", "https://x/a.mp4"]},
     Done(outputs=(Output(url="https://x/a.mp4"), Output(url="https://x/b.mp4")))),
    ({"status": "succeeded", "output": "https://api.replicate.com/v1/files/1"},
     Done(outputs=(Output(url="https://api.replicate.com/v1/files/1", authorized=True),))),
])  # fmt: skip
def test_a_prediction_that_goes_well(state: dict[str, Any], outcome: Any) -> None:
    assert polled(reply(200, prediction(**state))) == outcome


@pytest.mark.parametrize(("state", "code", "charged"), [
    ({"status": "failed", "error": "The output was flagged as sensitive. (E005)"}, "content_policy_violation", None),
    ({"status": "failed", "error": "NSFW content detected. Try running it again"}, "content_policy_violation", None),
    ({"status": "failed", "error": "The generated audio was flagged as sensitive"}, "audio_filtered", None),
    ({"status": "failed", "error": "cannot identify image file <_io.BytesIO object>"}, "invalid_media", None),
    ({"status": "failed", "error": "Failed to download file: https://x/a.png"}, "invalid_media", None),
    ({"status": "failed", "error": "Input validation error: duration"}, "invalid_request", None),
    ({"status": "failed", "error": "Prediction interrupted; please retry (code: PA)"}, "service_unavailable", None),
    ({"status": "failed", "error": "Unavailable due to high demand (E003)"}, "service_unavailable", None),
    ({"status": "failed", "error": "CUDA out of memory"}, "job_failed", None),
    ({"status": "failed", "error": None}, "job_failed", None),
    ({"status": "canceled", "started_at": "2026-11-21T10:00:00Z"}, "job_failed", True),
    ({"status": "canceled"}, "job_failed", False),
    ({"status": "aborted"}, "job_failed", False),
    ({"status": "succeeded", "output": None}, "no_video", True),
    ({"status": "succeeded", "output": []}, "no_video", True),
    ({"status": "succeeded", "output": None, "data_removed": True}, "no_video", True),
])  # fmt: skip
def test_a_prediction_that_ends_without_a_video(state: dict[str, Any], code: str, *, charged: bool | None) -> None:
    outcome = polled(reply(200, prediction(**state)))
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.charged) == (code, charged)
    assert outcome.message


@pytest.mark.parametrize("body", [{"status": "paused"}, {}, [], None, {"status": "succeeded"},
                                  {"status": "succeeded", "output": {"frames": 3}}])  # fmt: skip
def test_an_unknown_state_or_shape_is_no_verdict(body: Any) -> None:
    assert type(polled(reply(200, body, "what?"))) is ApiRequestError


@pytest.mark.parametrize(("answer", "kind"), [
    (reply(401, {"detail": "x"}), AuthenticationError), (reply(404, {"detail": "x"}), ApiRequestError),
    (reply(429, {"detail": "x"}), RateLimitError), (reply(500), ServiceUnavailableError),
])  # fmt: skip
def test_a_question_that_is_refused(answer: Reply, kind: type[VideoGenerationError]) -> None:
    assert type(polled(answer)) is kind


NAMES = st.sampled_from(
    ["id", "status", "output", "error", "logs", "metrics", "results", "next", "detail", "input", "model"]
)
LEAVES = st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["succeeded", "failed", ID, VEO])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)))
def test_no_shape_of_an_answer_breaks_it(body: Any) -> None:
    """Whatever comes, it is an outcome or an error of ours."""
    for status in (200, 422, 500):
        assert isinstance(polled(reply(status, body)), Done | Failed | Pending | VideoGenerationError)
        made = run(REPLICATE.submit(context()), reply(status, body))[1]
        assert isinstance(made, Operation | VideoGenerationError)
        listed = {"results": [body, {"id": ID, "model": VEO, "input": body, "created_at": body}], "next": None}
        found = run(REPLICATE.find(context()), reply(status, listed))[1]
        assert found is None or isinstance(found, Operation | VideoGenerationError)


# --- what it cost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metrics", "per_second", "options", "cost"), [
    ({"video_output_duration_seconds": 5, "predict_time": 80.5}, 400_000, {}, 2_000_000),
    ({"video_output_duration_seconds": 5.04}, 100_000, {}, 504_000),
    ({"predict_time": 80.5}, 0, {"usd_per_predict_second": "0.0014"}, 112_700),
    ({"predict_time": 80.5}, 400_000, {}, None),
    ({"video_output_duration_seconds": 5}, 0, {}, None),
    ({"predict_time": True}, 0, {"usd_per_predict_second": "0.0014"}, None),
    ({}, 400_000, {}, None),
    (None, 400_000, {}, None),
])  # fmt: skip
def test_the_cost_of_what_was_measured(
    metrics: Any, per_second: int, options: dict[str, str], cost: int | None
) -> None:
    done = reply(200, prediction(status="succeeded", output="https://x/a.mp4", metrics=metrics))
    assert polled(done, context(options=options, per_second=per_second)).cost == cost


# --- cancel and adopt ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "stopped"), [
    ({"status": "canceled"}, True),
    ({"status": "starting"}, True),
    ({"status": "aborted"}, True),
    ({"status": "canceled", "started_at": "2026-11-21T10:00:00Z"}, False),
    ({"status": "processing", "started_at": "2026-11-21T10:00:00Z"}, False),
    ({"status": "succeeded", "started_at": "2026-11-21T10:00:00Z"}, False),
    ({"status": "failed"}, False),
])  # fmt: skip
def test_only_what_had_not_begun_is_stopped_at_no_cost(state: dict[str, Any], *, stopped: bool) -> None:
    (call,), result = run(REPLICATE.cancel(operation(), context()), reply(200, prediction(**state)))
    assert (call.method, call.path, call.free) == ("POST", f"/v1/predictions/{ID}/cancel", True)
    assert result is stopped


def test_a_cancel_that_is_refused_is_an_error() -> None:
    assert isinstance(run(REPLICATE.cancel(operation(), context()), reply(401))[1], AuthenticationError)


def test_a_prediction_that_a_person_found_is_adopted() -> None:
    assert REPLICATE.adopt(ID, context()) == operation()
    for wrong in ("", "Job 5", "https://replicate.com/p/x", "../x"):
        with pytest.raises(InvalidRequestError, match="id of a prediction"):
            REPLICATE.adopt(wrong, context())


# --- finding one whose answer was lost -----------------------------------------------------------------------------


def page(*predictions: Any, after: str | None = None) -> Reply:
    return reply(200, {"results": list(predictions), "next": after, "previous": None})


def found(*pages: Reply, where: Context | None = None) -> Any:
    return run(REPLICATE.find(where or context()), *pages)[1]


def test_the_one_that_was_made_of_the_same_is_found() -> None:
    others = (
        prediction(OTHER, input={"prompt": "another lake"}),
        prediction(OTHER, model="google/veo-3"),
        prediction(OTHER, source="web"),
        prediction(OTHER, INTENT - 400),
    )
    assert found(page(*others[:3], prediction(), others[3])) == operation()
    assert found(page(*others)) is None
    assert found(page()) is None


def test_what_the_provider_added_to_the_input_does_not_matter_and_what_we_asked_does() -> None:
    where = context(seed=0, seconds=8.0, first_frame=FIRST, references=(FIRST, LARGE))
    same = {
        "prompt": "a lake", "seed": 0, "duration": 8.0, "image": "data:image/jpeg;base64,AAAA", "resolution": "1080p",
        "reference_images": ["data:image/jpeg;base64,AAAA", LINK],
    }  # fmt: skip
    assert found(page(prediction(input=same)), where=where) == operation()
    for other in ({"seed": 1}, {"duration": 4}, {"image": ""}, {"reference_images": [LINK]}, {"prompt": "A lake"}):
        assert found(page(prediction(input=same | other)), where=where) is None
    for missing in ("seed", "image", "reference_images"):
        given = {name: value for name, value in same.items() if name != missing}
        assert found(page(prediction(input=given)), where=where) is None


def test_two_that_are_the_same_are_left_to_a_person() -> None:
    error = found(page(prediction(OTHER, INTENT + 9), prediction(ID, INTENT + 1)))
    assert isinstance(error, SubmissionUnknownError)
    assert ID in error.message
    assert OTHER in error.message


def test_an_earlier_one_of_the_same_is_not_taken_for_this_one() -> None:
    """It may be another job's, or this one's by another clock: neither adopted, nor sent again."""
    assert isinstance(found(page(prediction(at=INTENT - 60))), SubmissionUnknownError)
    assert found(page(prediction(), prediction(OTHER, INTENT - 60))) == operation()
    assert found(page(prediction(at=INTENT - 1))) == operation()


def test_one_that_is_known_to_be_anothers_is_passed_over() -> None:
    where = context().model_copy(update={"taken": frozenset({OTHER})})
    assert found(page(prediction(OTHER, INTENT + 5), prediction()), where=where) == operation()
    assert found(page(prediction(OTHER, INTENT - 60)), where=where) is None
    assert found(page(prediction(OTHER, data_removed=True)), where=where) is None


@pytest.mark.parametrize("unclear", [
    {"input": {}, "data_removed": True}, {"input": None}, {"created_at": "yesterday"}, {"created_at": None},
])  # fmt: skip
def test_one_that_cannot_be_compared_is_left_to_a_person(unclear: dict[str, Any]) -> None:
    assert isinstance(found(page(prediction(**unclear))), SubmissionUnknownError)
    assert isinstance(found(page(prediction(OTHER, **unclear), prediction())), SubmissionUnknownError)


def test_a_version_must_be_the_same_too() -> None:
    where = context(f"{VEO}:{VERSION}")
    assert found(page(prediction()), where=where) == operation()
    assert found(page(prediction(version="0" * 64)), where=where) is None


def test_it_looks_through_pages_until_they_are_older_than_the_intent() -> None:
    after = "https://api.replicate.com/v1/predictions?cursor=cD0xMDA%3D"
    newer = [prediction(OTHER, input={"prompt": "another"}) for _ in range(100)]
    calls, made = run(REPLICATE.find(context()), page(*newer, after=after), page(prediction(), after=after + "x"),
                      page(prediction(OTHER, INTENT - 301), after=after + "y"))  # fmt: skip
    assert [call.query for call in calls] == [{}, {"cursor": "cD0xMDA="}, {"cursor": "cD0xMDA=x"}]
    assert {call.path for call in calls} == {"/v1/predictions"}
    assert made == operation()


def test_a_link_to_elsewhere_or_in_a_circle_is_not_followed() -> None:
    busy = prediction(OTHER, input={"prompt": "another"})
    calls, _ = run(REPLICATE.find(context()), page(busy, after="https://evil.example/?cursor=x"), page())
    assert calls[1].path == "/v1/predictions"
    circle = page(busy, after="https://api.replicate.com/v1/predictions?cursor=x")
    assert type(found(circle, circle)) is ApiRequestError


@pytest.mark.parametrize(("answer", "kind"), [
    (reply(401, {"detail": "x"}), AuthenticationError), (reply(503), ServiceUnavailableError),
    (reply(200, {"unexpected": 1}), ApiRequestError), (reply(200, None), ApiRequestError),
])  # fmt: skip
def test_a_list_that_cannot_be_read_finds_nothing_out(answer: Reply, kind: type[VideoGenerationError]) -> None:
    assert type(found(answer)) is kind
