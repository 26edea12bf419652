"""Runway's flows, fed by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.exceptions import (
    ApiRequestError,
    AudioFilteredError,
    AuthenticationError,
    ContentPolicyError,
    InsufficientCreditsError,
    InvalidRequestError,
    JobFailedError,
    MediaInputError,
    ModelRetiredError,
    NoVideoError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.protocols.runway.wire import RunwayProtocol
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

RUNWAY = RunwayProtocol()
TASK = "17f20503-6c24-4c16-946b-35dbbce2af2f"
OPERATION = Operation(provider="runway", protocol="runway", id=TASK)
PICTURE = MediaRef(sha256="a" * 64, media_type="image/jpeg", bytes=10, width=1280, height=720)
LAST = MediaRef(sha256="b" * 64, media_type="image/png", bytes=10)
LARGE = MediaRef(sha256="c" * 64, media_type="image/jpeg", bytes=3_750_000)
FILM = MediaRef(sha256="d" * 64, media_type="video/mp4", bytes=9_000_000, seconds=5)
SIZE = {"width": 1280, "height": 720, "aspect_ratio": "16:9", "resolution": "720p"}
PLACE = {"uploadUrl": "https://storage.example.com/x", "fields": {"key": "k", "policy": "p"}, "runwayUri": "runway://u"}


def context(
    base_url: str = "https://api.dev.runwayml.com", options: dict[str, str] | None = None, **settings: Any
) -> Context:
    plan = Plan(
        request=Request.of(prompt="x"),
        model="runway/gen4.5",
        wire_model="gen4.5",
        wire_options=options or {},
        provider="runway",
        protocol="runway",
        task="text_to_video",
        settings=Settings(**{"prompt": "a paper boat", **settings}),
        quote=Quote(low=0),
    )
    provider = Provider(
        id="runway", title="Runway", protocol="runway", base_url=base_url, key_env=("RUNWAYML_API_SECRET",)
    )
    return Context(plan=plan, provider=provider, idempotency_key="k", intent_at=1_790_000_000.0)


def reply(body: Any = None, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, body=body, text="" if body is None else str(body), headers=headers)


def drive(flow, *replies):
    """Feed a flow; return its calls and what it returns."""
    calls = [next(flow)]
    for each in replies:
        try:
            calls.append(flow.send(each))
        except StopIteration as end:
            assert each is replies[-1], "it ended early"
            return calls, end.value
    raise AssertionError("it wants more replies")


def sent(**given: Any) -> Call:
    calls, operation = drive(RUNWAY.submit(context(**given)), reply({"id": TASK, "estimatedCost": {"credits": 60}}))
    assert operation == OPERATION
    (call,) = calls
    return call


def polled(body: Any, status: int = 200, **headers: str):
    _, outcome = drive(RUNWAY.poll(OPERATION, context()), reply(body, status, **headers))
    return outcome


def task(status: str, **more: Any) -> dict[str, Any]:
    return {"id": TASK, "status": status, "createdAt": "2026-11-21T09:00:00.000Z", **more}


# --- submit ------------------------------------------------------------------------------------------------------


def test_text_to_video():
    call = sent(seconds=5.0, seed=0, negative_prompt="rain", audio=False, **SIZE)
    assert (call.method, call.path, call.resendable) == ("POST", "/v1/text_to_video", False)
    assert call.body == {
        "model": "gen4.5",
        "promptText": "a paper boat",
        "negativePrompt": "rain",
        "duration": 5,
        "audio": False,
        "seed": 0,
        "ratio": "1280:720",
    }
    assert isinstance(call.body["duration"], int)


def test_what_was_not_asked_for_is_not_sent():
    assert sent(prompt="").body == {"model": "gen4.5"}


def test_image_to_video_takes_one_picture_as_it_is_and_two_by_position():
    one = sent(first_frame=PICTURE)
    assert (one.path, one.body["promptImage"]) == ("/v1/image_to_video", Blob(ref=PICTURE))
    two = sent(first_frame=PICTURE, last_frame=LAST)
    assert two.body["promptImage"] == [
        {"uri": Blob(ref=PICTURE), "position": "first"},
        {"uri": Blob(ref=LAST), "position": "last"},
    ]
    assert sent(last_frame=LAST).body["promptImage"] == [{"uri": Blob(ref=LAST), "position": "last"}]


def test_references_go_with_a_text():
    call = sent(references=(PICTURE, LAST))
    assert call.path == "/v1/text_to_video"
    assert call.body["references"] == [{"uri": Blob(ref=PICTURE)}, {"uri": Blob(ref=LAST)}]
    typed = sent(references=(PICTURE,), options={"reference_type": "image"})
    assert typed.body["references"] == [{"uri": Blob(ref=PICTURE), "type": "image"}]


@pytest.mark.parametrize(("options", "settings", "expected"), [
    ({}, SIZE, {"ratio": "1280:720"}),
    ({"geometry": "names"}, SIZE, {"ratio": "16:9", "resolution": "720p"}),
    ({"geometry": "names"}, {"resolution": "720p"}, {"resolution": "720p"}),
    ({"from_image": "auto_{resolution}"}, {"resolution": "1080p"}, {"ratio": "auto_1080p"}),
    ({"from_image": "auto_{resolution}"}, SIZE, {"ratio": "1280:720"}),
    ({"from_image": "auto_{resolution}"}, {}, {}),
    ({}, {"resolution": "720p"}, {"resolution": "720p"}),
])  # fmt: skip
def test_each_models_own_words_for_the_geometry(options, settings, expected):
    body = sent(options=options, **settings).body
    assert {name: body[name] for name in ("ratio", "resolution") if name in body} == expected


def test_extra_options_go_in_as_they_are_and_win():
    extra = {"contentModeration": {"publicFigureThreshold": "low"}, "ratio": "960:960"}
    body = sent(extra=extra, **SIZE).body
    assert body["contentModeration"] == {"publicFigureThreshold": "low"}
    assert body["ratio"] == "960:960"


@pytest.mark.parametrize("base", ["https://api.dev.runwayml.com/v1", "https://api.dev.runwayml.com/v1/"])
def test_the_base_url_may_name_the_version(base):
    assert sent(base_url=base).path == "/text_to_video"


def test_a_large_picture_is_uploaded_first():
    place, stored, made = reply(PLACE), reply(status=204), reply({"id": TASK})
    calls, _ = drive(RUNWAY.submit(context(first_frame=LARGE, last_frame=PICTURE)), place, stored, made)
    start, store, create = calls
    assert (start.path, start.resendable) == ("/v1/uploads", True)
    assert start.body == {"filename": "image-cccccccc.jpg", "type": "ephemeral"}
    assert (store.method, store.path, store.resendable) == ("POST", "https://storage.example.com/x", True)
    assert list(store.form) == ["key", "policy", "file"], "storage takes the fields before the file"
    assert store.form["file"] == Blob(ref=LARGE, encoding="file")
    assert [each["uri"] for each in create.body["promptImage"]] == ["runway://u", Blob(ref=PICTURE)]


def test_a_source_video_goes_where_its_model_wants_it():
    replies = reply(PLACE), reply(status=204), reply({"id": TASK})
    calls, _ = drive(RUNWAY.submit(context(source_video=FILM, audio=True, options={"video_audio": "none"})), *replies)
    assert calls[0].body["filename"] == "video-dddddddd.mp4"
    assert (calls[2].path, calls[2].body["videoUri"]) == ("/v1/video_to_video", "runway://u")
    assert "audio" not in calls[2].body
    options = {"video": "promptVideo", "video_audio": "keepOriginalSound"}
    calls, _ = drive(RUNWAY.submit(context(source_video=FILM, audio=False, options=options)), *replies)
    assert calls[2].body["promptVideo"] == "runway://u"
    assert calls[2].body["providerSettings"] == {"keepOriginalSound": False}


@pytest.mark.parametrize("size", [3_749_978, 3_749_982, 3_749_985])
def test_the_limit_is_that_of_the_encoded_picture(size):
    ref = PICTURE.model_copy(update={"bytes": size})
    encoded = len("data:image/jpeg;base64,") + (size + 2) // 3 * 4
    first = next(RUNWAY.submit(context(first_frame=ref)))
    assert first.path == ("/v1/uploads" if encoded > 5_000_000 else "/v1/image_to_video")


@pytest.mark.parametrize(("status", "body", "kind"), [
    (500, {"error": "no"}, ServiceUnavailableError),
    (401, {"error": "no"}, AuthenticationError),
    (200, {"uploadUrl": "https://x"}, ApiRequestError),
])  # fmt: skip
def test_a_failed_upload_has_spent_nothing(status, body, kind):
    with pytest.raises(kind) as caught:
        drive(RUNWAY.submit(context(first_frame=LARGE)), reply(body, status))
    assert not isinstance(caught.value, SubmissionUnknownError)


@pytest.mark.parametrize(("status", "kind"), [
    (400, MediaInputError), (413, MediaInputError), (403, ServiceUnavailableError), (503, ServiceUnavailableError),
])  # fmt: skip
def test_what_the_storage_refuses_has_spent_nothing(status, kind):
    with pytest.raises(kind) as caught:
        drive(RUNWAY.submit(context(first_frame=LARGE)), reply(PLACE), reply(status=status))
    assert caught.value.provider == "runway"


def issue(code: str, *path: str | int, message: str = "Invalid input") -> dict[str, Any]:
    return {"code": code, "path": list(path), "message": message}


def invalid(*issues: dict[str, Any]) -> dict[str, Any]:
    return {"error": "Validation of body failed", "issues": list(issues), "docUrl": "https://docs.dev.runwayml.com/api"}


@pytest.mark.parametrize(("status", "body", "kind"), [
    (400, {"error": "You do not have enough credits to run this task."}, InsufficientCreditsError),
    (400, invalid(issue("invalid_value", "ratio")), InvalidRequestError),
    (400, invalid(issue("too_big", "promptText")), InvalidRequestError),
    (400, invalid(issue("custom", "promptImage")), MediaInputError),
    (400, invalid(issue("too_big", "videoUri")), MediaInputError),
    (400, invalid(issue("custom", "references", 0, "uri")), MediaInputError),
    (400, invalid(issue("invalid_union", "model")), ModelRetiredError),
    (400, {"error": "anything"}, InvalidRequestError),
    (401, {"error": "The API key is not valid."}, AuthenticationError),
    (403, {"error": "no"}, AuthenticationError),
    (404, {"error": "no"}, ApiRequestError),
    (405, {"error": "no"}, InvalidRequestError),
    (429, {"error": "daily limit"}, RateLimitError),
    (500, {"error": "internal"}, SubmissionUnknownError),
    (502, None, SubmissionUnknownError),
    (503, {"error": "load shedding"}, ServiceUnavailableError),
    (504, None, SubmissionUnknownError),
    (200, {"unexpected": []}, SubmissionUnknownError),
    (200, None, SubmissionUnknownError),
    (200, {"id": 7}, SubmissionUnknownError),
])  # fmt: skip
def test_a_refused_submit(status, body, kind):
    with pytest.raises(VideoGenerationError) as caught:
        drive(RUNWAY.submit(context()), reply(body, status))
    assert type(caught.value) is kind
    assert caught.value.status_code == status


def test_the_message_names_the_fields_and_the_wait():
    body = invalid(issue("invalid_value", "ratio", message="Invalid option"), issue("x", message="Unrecognized key"))
    with pytest.raises(InvalidRequestError, match="Validation of body failed; ratio: Invalid option; Unrecognized key"):
        drive(RUNWAY.submit(context()), reply(body, 400))
    with pytest.raises(RateLimitError) as caught:
        drive(RUNWAY.submit(context()), reply({"error": "slow"}, 429, **{"retry-after": "7"}))
    assert caught.value.retry_after == 7


def test_the_message_says_what_to_do():
    with pytest.raises(AuthenticationError, match=r"is not valid; check RUNWAYML_API_SECRET$"):
        drive(RUNWAY.submit(context()), reply({"error": "The API key is not valid."}, 401))
    with pytest.raises(InsufficientCreditsError, match=r"run this task; buy some at https://dev\.runwayml\.com/"):
        drive(RUNWAY.submit(context()), reply({"error": "You do not have enough credits to run this task."}, 400))


def test_a_lost_answer_passes_through():
    flow = RUNWAY.submit(context())
    next(flow)
    with pytest.raises(SubmissionUnknownError):
        flow.throw(SubmissionUnknownError("lost"))


# --- poll --------------------------------------------------------------------------------------------------------


def test_tasks_that_wait_and_run():
    estimated = {"estimatedCost": {"credits": 60}}
    assert polled(task("PENDING", **estimated)) == Pending(queued=True)
    throttled = polled(task("THROTTLED", **estimated))
    assert throttled.queued
    assert "fewer of your tasks" in throttled.message
    assert polled(task("RUNNING", progress=0.25, **estimated)) == Pending(progress=0.25)
    assert polled(task("PENDING"), **{"retry-after": "5"}).retry_after == 5


@pytest.mark.parametrize("progress", [None, "half", True, -0.1, 1.1, float("nan")])
def test_progress_that_is_none(progress):
    assert polled(task("RUNNING", progress=progress)) == Pending()


def test_a_finished_task_and_its_cost():
    done = polled(task("SUCCEEDED", output=["https://cdn.example.com/a.mp4?_jwt=x"], cost={"credits": 60}))
    assert isinstance(done, Done)
    assert [each.url for each in done.outputs] == ["https://cdn.example.com/a.mp4?_jwt=x"]
    assert not done.outputs[0].authorized
    assert done.cost == 600_000
    assert polled(task("SUCCEEDED", output=["https://a"])).cost is None


def test_a_finished_task_without_a_video():
    assert polled(task("SUCCEEDED", output=[], cost={"credits": 60})) == Failed(
        code=NoVideoError.code, message="the task succeeded without a video", charged=True, cost=600_000
    )


@pytest.mark.parametrize(("code", "kind"), [
    ("SAFETY.INPUT.TEXT", ContentPolicyError),
    ("SAFETY.INPUT.IMAGE", ContentPolicyError),
    ("SAFETY.INPUT.AUDIO", ContentPolicyError),
    ("SAFETY.OUTPUT.VIDEO", ContentPolicyError),
    ("SAFETY.OUTPUT.AUDIO", AudioFilteredError),
    ("INPUT_PREPROCESSING.SAFETY.TEXT", ContentPolicyError),
    ("INPUT_PREPROCESSING.SAFETY.THIRD_PARTY", ContentPolicyError),
    ("INPUT_PREPROCESSING.INTERNAL", JobFailedError),
    ("ASSET.INVALID", MediaInputError),
    ("INTERNAL", JobFailedError),
    ("INTERNAL.BAD_OUTPUT.CODE01", JobFailedError),
    ("THIRD_PARTY.UNAVAILABLE", ServiceUnavailableError),
    ("THIRD_PARTY.INPUT_VALIDATION", InvalidRequestError),
    ("SAFETYNET", JobFailedError),
    ("", JobFailedError),
    (None, JobFailedError),
])  # fmt: skip
def test_every_failure_code(code, kind):
    failed = polled(task("FAILED", failure="It did not work.", failureCode=code, cost={"credits": 0}))
    words = f"It did not work. ({code})" if code else "It did not work."
    assert failed == Failed(code=kind.code, message=words, charged=False, cost=0)


def test_who_pays_for_a_failure():
    assert polled(task("FAILED", failure="x", failureCode="SAFETY.INPUT.TEXT")).charged is True
    assert polled(task("FAILED", failure="x", failureCode="INTERNAL")).charged is None
    charged = polled(task("FAILED", failure="x", failureCode="SAFETY.INPUT.TEXT", cost={"credits": 25}))
    assert (charged.charged, charged.cost) == (True, 250_000)
    cancelled = polled(task("CANCELLED", cost={"credits": 25}))
    assert (cancelled.code, cancelled.charged, cancelled.cost) == (JobFailedError.code, True, 250_000)


@pytest.mark.parametrize(("status", "kind"), [
    (401, AuthenticationError), (404, ApiRequestError), (429, RateLimitError), (500, ServiceUnavailableError),
])  # fmt: skip
def test_a_refused_question_is_no_verdict(status, kind):
    with pytest.raises(kind):
        polled({"error": "no"}, status)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "output", "x"]), inner),
    ),
    st.sampled_from(["", "DONE", "succeeded", "CANCELED", None, 3]),
)
def test_nonsense_is_never_taken_for_not_yet(body, status):
    if isinstance(body, dict):
        body["status"] = status
    with pytest.raises(ApiRequestError):
        polled(body)


ODD = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.none() | st.text(max_size=3), max_size=2)


@given(
    st.dictionaries(st.sampled_from(["output", "cost", "progress", "failure", "failureCode"]), ODD),
    st.sampled_from(["PENDING", "THROTTLED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]),
)
def test_a_known_state_with_odd_fields_is_an_outcome_or_an_error_of_ours(fields, status):
    try:
        outcome = polled(task(status, **fields))
    except ApiRequestError:
        assert status == "SUCCEEDED"
    else:
        assert isinstance(outcome, Pending) == (status in {"PENDING", "THROTTLED", "RUNNING"})


# --- cancel, find ------------------------------------------------------------------------------------------------

GONE = reply({"error": "not found"}, 404)


@pytest.mark.parametrize(("before", "after", "free"), [
    (task("PENDING"), GONE, True),
    (task("THROTTLED"), GONE, True),
    (task("RUNNING", progress=0.5), GONE, False),
    (task("PENDING"), reply(task("CANCELLED", cost={"credits": 60})), False),
    (task("RUNNING"), reply(task("CANCELLED", cost={"credits": 0})), True),
])  # fmt: skip
def test_cancelling_is_free_only_before_it_runs(before, after, free):
    for deleted in (reply(status=204), GONE):
        calls, stopped = drive(RUNWAY.cancel(OPERATION, context()), reply(before), deleted, after)
        assert stopped is free
        assert [call.method for call in calls] == ["GET", "DELETE", "GET"]
        assert all(call.resendable and call.path == f"/v1/tasks/{TASK}" for call in calls)


@pytest.mark.parametrize(("ended", "free"), [
    (task("SUCCEEDED", output=["https://a"], cost={"credits": 60}), False),
    (task("FAILED", failure="x", cost={"credits": 0}), True),
    (task("CANCELLED"), False),
])  # fmt: skip
def test_what_has_ended_is_not_deleted(ended, free):
    calls, stopped = drive(RUNWAY.cancel(OPERATION, context()), reply(ended))
    assert (len(calls), stopped) == (1, free)


def test_a_cancel_that_is_refused_is_an_error():
    with pytest.raises(ServiceUnavailableError):
        drive(RUNWAY.cancel(OPERATION, context()), reply(task("RUNNING")), reply({"error": "x"}, 503))
    with pytest.raises(ApiRequestError):
        drive(RUNWAY.cancel(OPERATION, context()), GONE)


def test_nothing_can_be_found():
    assert RUNWAY.guarantee is Guarantee.NONE
    with pytest.raises(SubmissionUnknownError, match="lists no tasks"):
        next(RUNWAY.find(context()))
