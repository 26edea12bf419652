"""fal's flows, fed by hand: what each model is sent, what each answer means."""

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
    MediaInputError,
    ModelRetiredError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.protocols.fal.wire import FalProtocol
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

FAL = FalProtocol()
ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
KLING = "fal-ai/kling-video/v2.5-turbo/pro/image-to-video"
FIRST, LAST = (
    MediaRef(sha256=letter * 64, media_type="image/jpeg", bytes=10, width=1280, height=720) for letter in "ab"
)
PROVIDER = Provider(
    id="fal",
    title="fal",
    protocol="fal",
    base_url="https://queue.fal.run",
    signing="header",
    key_header="Authorization",
    key_format="Key {key}",
)
FLAGGED = {"loc": ["body", "prompt"], "msg": "flagged by a content checker", "type": "content_policy_violation"}


def context(model: str = KLING, options: dict[str, str] | None = None, per_second: int = 0, **settings: Any) -> Context:
    seconds = settings.setdefault("seconds", 5.0)
    line = QuoteLine(label="", quantity=seconds or 0, unit="second", unit_price=per_second, amount=0)
    plan = Plan(
        request=Request(prompt="a lake"),
        model=f"fal/{model}",
        wire_model=model,
        wire_options=options or {},
        provider="fal",
        protocol="fal",
        task="text_to_video",
        settings=Settings(**{"prompt": "a lake", **settings}),
        quote=Quote(low=0, breakdown=(line,) if per_second else ()),
    )
    return Context(plan=plan, provider=PROVIDER, idempotency_key="key-1", intent_at=1_790_000_000.0)


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


def submitted(where: Context, answer: Reply) -> tuple[Call, Any]:
    ((call,), result) = run(FAL.submit(where), answer)
    return call, result


def accepted(**more: Any) -> Reply:
    link = f"https://queue.fal.run/fal-ai/kling-video/requests/{ID}"
    links = {"response_url": link, "status_url": f"{link}/status", "cancel_url": f"{link}/cancel"}
    return reply(body={"status": "IN_QUEUE", "request_id": ID, "queue_position": 0, **links, **more})


def operation(app: str = "fal-ai/kling-video") -> Operation:
    return Operation(provider="fal", protocol="fal", id=ID, data={"app": app})


def polled(*replies: Reply, where: Context | None = None) -> Any:
    return run(FAL.poll(operation(), where or context()), *replies)[1]


def ended(answer: Reply, *, where: Context | None = None, **status: Any) -> Any:
    return polled(reply(body={"status": "COMPLETED", "logs": None, **status}), answer, where=where)


# --- what is sent --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "settings", "body"), [
    (
        {},
        {"seconds": 10.0, "aspect_ratio": "9:16", "negative_prompt": "blur"},
        {"duration": "10", "aspect_ratio": "9:16", "negative_prompt": "blur"},
    ),
    (
        {"last_frame": "tail_image_url"},
        {"first_frame": FIRST, "last_frame": LAST},
        {"duration": "5", "image_url": Blob(ref=FIRST), "tail_image_url": Blob(ref=LAST)},
    ),
    (
        {"first_frame": "first_frame_url", "last_frame": "last_frame_url", "seconds_as": "suffixed"},
        {"seconds": 8.0, "resolution": "720p", "audio": True, "seed": 0, "first_frame": FIRST, "last_frame": LAST},
        {
            "duration": "8s",
            "resolution": "720p",
            "generate_audio": True,
            "seed": 0,
            "first_frame_url": Blob(ref=FIRST),
            "last_frame_url": Blob(ref=LAST),
        },
    ),
    (
        {"audio": "generate_audio_switch", "seconds_as": "number"},
        {"audio": False, "resolution": "540p"},
        {"duration": 5, "generate_audio_switch": False, "resolution": "540p"},
    ),
    (
        {"references": "reference_image_urls", "seconds_as": "number"},
        {"seconds": None, "references": (FIRST, LAST)},
        {"reference_image_urls": [Blob(ref=FIRST), Blob(ref=LAST)]},
    ),
    (
        {"from_image": "auto"},
        {"first_frame": FIRST},
        {"duration": "5", "aspect_ratio": "auto", "image_url": Blob(ref=FIRST)},
    ),
    ({"from_image": "auto"}, {"aspect_ratio": "1:1"}, {"duration": "5", "aspect_ratio": "1:1"}),
    ({"fps": "frames_per_second"}, {"seconds": None, "fps": 24.0}, {"frames_per_second": 24}),
    ({"seconds_as": "number"}, {"seconds": 2.5, "fps": 23.976}, {"duration": 2.5, "fps": 23.976}),
    ({}, {"seconds": 2.5}, {"duration": "2.5"}),
])  # fmt: skip
def test_each_model_is_told_in_its_own_words(
    options: dict[str, str], settings: dict[str, Any], body: dict[str, Any]
) -> None:
    call, _ = submitted(context(options=options, **settings), accepted())
    assert call.body == {"prompt": "a lake", **body}


def test_extra_options_go_in_as_they_are_and_win() -> None:
    call, _ = submitted(context(extra={"cfg_scale": 0, "duration": "7", "camera_control": {"x": 1}}), accepted())
    assert call.body == {"prompt": "a lake", "duration": "7", "cfg_scale": 0, "camera_control": {"x": 1}}


def test_without_a_prompt_none_is_sent() -> None:
    call, _ = submitted(context(prompt="", first_frame=FIRST), accepted())
    assert "prompt" not in call.body


def test_a_submit_goes_to_the_models_whole_path_and_is_never_repeated() -> None:
    call, made = submitted(context(), accepted())
    assert (call.method, call.path, call.resendable) == ("POST", f"/{KLING}", False)
    assert made == operation()
    assert "key" not in made.model_dump_json()
    assert FAL.guarantee is Guarantee.NONE


@pytest.mark.parametrize(("model", "link", "app"), [
    (KLING, "https://queue.fal.run/fal-ai/kling-video/requests/{id}", "fal-ai/kling-video"),
    (KLING, "http://127.0.0.1:8090/fal/fal-ai/kling-video/requests/{id}", "fal-ai/kling-video"),
    (KLING, "https://queue.fal.run/fal-ai/another-name/requests/{id}", "fal-ai/another-name"),
    ("workflows/me/mine", "https://queue.fal.run/workflows/me/mine/requests/{id}", "workflows/me/mine"),
    ("workflows/me/mine/now", "", "workflows/me/mine"),
    (KLING, "", "fal-ai/kling-video"),
    (KLING, "https://evil.example/?x=/a/b/requests/{id}", "fal-ai/kling-video"),
    (KLING, "https://queue.fal.run/../../requests/{id}", "fal-ai/kling-video"),
])  # fmt: skip
def test_questions_go_to_the_app_that_the_answer_names(model: str, link: str, app: str) -> None:
    _, made = submitted(context(model), accepted(response_url=link.format(id=ID)))
    assert made.data == {"app": app}
    (call, *_), _ = run(FAL.poll(made, context(model)), reply(body={"status": "IN_PROGRESS"}))
    assert call.path == f"/{app}/requests/{ID}/status"


# --- what a refused submit means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "kind", "words"), [
    (reply(401, {"detail": "No user found for Key ID and Secret"}), AuthenticationError, "No user found"),
    (reply(403, {"detail": "User is locked. Reason: Exhausted balance."}), InsufficientCreditsError, "Exhausted"),
    (reply(403, {"detail": "User is locked. Reason: TOP_UP."}), InsufficientCreditsError, "TOP_UP"),
    (reply(403, {"detail": "User is locked. Reason: Admin lock."}), AuthenticationError, "Admin lock"),
    (reply(402, {"detail": "Payment required"}), InsufficientCreditsError, "Payment"),
    (reply(404, {"detail": 'Application "kling" not found'}), ModelRetiredError, "not found"),
    (reply(410, {"detail": "This endpoint is gone"}), ModelRetiredError, "gone"),
    (reply(404, text="<html>nginx</html>"), ApiRequestError, "nginx"),
    (reply(413, text="too large"), InvalidRequestError, "too large"),
    (reply(422, {"detail": [FLAGGED]}), ContentPolicyError, "prompt: flagged"),
    (reply(422, {"detail": [{"loc": ["body", "duration"], "msg": "Input should be '5'", "type": "literal_error"}]}),
     InvalidRequestError, "duration: Input should be '5'"),
    (reply(422, {"detail": [{"loc": ["body", "image_url"], "msg": "small", "type": "image_too_small"}]}),
     MediaInputError, "image_url: small"),
    (reply(422, {"detail": [{"loc": ["body", "video_url"], "msg": "no", "type": "unsupported_video_format"}]}),
     MediaInputError, "video_url: no"),
    (reply(400, {"detail": "bad timeout", "error_type": "bad_request"}), InvalidRequestError, "bad timeout"),
    (reply(429, {"detail": "slow down"}, retry_after="7"), RateLimitError, "slow down"),
    (reply(503, {"detail": "down"}), ServiceUnavailableError, "down"),
    (reply(500, {"detail": "Internal Server Error"}), SubmissionUnknownError, "Internal"),
    (reply(500, {"detail": [{"loc": ["body"], "msg": "oops", "type": "internal_server_error"}]}),
     SubmissionUnknownError, "oops"),
    (reply(502, text="<center>nginx</center>"), SubmissionUnknownError, "nginx"),
    (reply(504, {"detail": "late", "error_type": "request_timeout"}), SubmissionUnknownError, "late"),
    (reply(408, text=""), SubmissionUnknownError, "no reason"),
    (reply(200, {"unexpected": 1}), SubmissionUnknownError, "request_id"),
    (reply(200, {"request_id": "../../secrets"}), SubmissionUnknownError, "request_id"),
    (reply(200, None, "<html>"), SubmissionUnknownError, "request_id"),
])  # fmt: skip
def test_a_refused_submit(answer: Reply, kind: type[VideoGenerationError], words: str) -> None:
    _, error = submitted(context(), answer)
    assert type(error) is kind
    assert words in error.message
    assert error.provider == "fal"
    assert error.retry_after == (7.0 if answer.status == 429 else None)


def test_a_lost_answer_passes_through() -> None:
    flow = FAL.submit(context())
    next(flow)
    with pytest.raises(SubmissionUnknownError):
        flow.throw(SubmissionUnknownError("lost"))


# --- how it stands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "outcome"), [
    ({"status": "IN_QUEUE", "queue_position": 3}, Pending(queued=True, message="3 ahead in the queue")),
    ({"status": "IN_QUEUE", "queue_position": 0}, Pending(queued=True)),
    ({"status": "IN_QUEUE"}, Pending(queued=True)),
    ({"status": "IN_PROGRESS", "logs": None}, Pending()),
])  # fmt: skip
def test_a_request_that_has_not_ended(body: Any, outcome: Pending) -> None:
    assert polled(reply(202, body)) == outcome


@pytest.mark.parametrize("body", [{"status": "PAUSED"}, {"status": None}, {}, [], None, "IN_QUEUE"])
def test_an_unknown_state_is_never_pending(body: Any) -> None:
    error = polled(reply(200, body, text="what?"))
    assert type(error) is ApiRequestError
    assert "what?" in error.message


NAMES = st.sampled_from(
    ["video", "videos", "url", "detail", "status", "error", "loc", "type", "msg", "request_id", "x"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)))
def test_no_shape_of_an_answer_breaks_it(body: Any) -> None:
    """Whatever comes, it is an outcome or an error of ours; and without a link it is never done."""
    for status in (200, 400, 422, 500):
        outcome = ended(reply(status, body))
        assert isinstance(outcome, Done | Failed | Pending | VideoGenerationError)
        if isinstance(outcome, Done):
            assert all(output.url for output in outcome.outputs)
        assert isinstance(submitted(context(), reply(status, body))[1], Operation | VideoGenerationError)
        assert isinstance(polled(reply(500, body)), ServiceUnavailableError)


@pytest.mark.parametrize(("body", "urls"), [
    ({"video": {"url": "https://v3.fal.media/a.mp4", "file_size": 9}, "seed": 0}, ["https://v3.fal.media/a.mp4"]),
    ({"video": "https://v3.fal.media/a.mp4"}, ["https://v3.fal.media/a.mp4"]),
    ({"video_url": "https://v3.fal.media/a.mp4"}, ["https://v3.fal.media/a.mp4"]),
    ({"videos": [{"url": "https://v3.fal.media/a.mp4"}, {"url": "https://v3.fal.media/b.mp4"}]},
     ["https://v3.fal.media/a.mp4", "https://v3.fal.media/b.mp4"]),
])  # fmt: skip
def test_done(body: Any, urls: list[str]) -> None:
    assert ended(reply(200, body)) == Done(outputs=tuple(Output(url=url) for url in urls))


@pytest.mark.parametrize(("body", "code"), [
    ({"video": None}, "no_video"),
    ({"video": {"url": ""}}, "no_video"),
    ({"videos": []}, "no_video"),
    ({"video": None, "has_nsfw_concepts": [True]}, "content_policy_violation"),
])  # fmt: skip
def test_done_without_a_video(body: Any, code: str) -> None:
    outcome = ended(reply(200, body, x_fal_billable_units="0"))
    assert (outcome.code, outcome.charged) == (code, False)


@pytest.mark.parametrize("body", [{"images": []}, {"unexpected": ["nonsense"]}, [], None])
def test_a_result_of_another_shape_is_no_verdict(body: Any) -> None:
    assert type(ended(reply(200, body))) is ApiRequestError


@pytest.mark.parametrize(("answer", "code", "charged"), [
    (reply(422, {"detail": [FLAGGED]}), "content_policy_violation", None),
    (reply(422, {"detail": [FLAGGED]}, x_fal_billable_units="0"), "content_policy_violation", False),
    (reply(422, {"detail": [FLAGGED]}, x_fal_billable_units="5"), "content_policy_violation", True),
    (reply(422, {"detail": [{"type": "no_media_generated", "msg": "The model made nothing"}]}), "no_video", None),
    (reply(422, {"detail": [{"type": "no_media_generated", "msg": "Unsafe content"}]}),
     "content_policy_violation", None),
    (reply(422, {"detail": [{"type": "no_media_generated", "msg": "The audio broke the safety policies"}]}),
     "audio_filtered", None),
    (reply(422, {"detail": [FLAGGED | {"msg": "audio flagged", "loc": ["body", "audio_url"]}]}),
     "content_policy_violation", None),
    (reply(422, {"detail": [{"type": "file_download_error", "msg": "gone", "loc": ["body", "image_url"]}]}),
     "invalid_media", None),
    (reply(422, {"detail": [{"type": "missing", "msg": "Field required", "loc": ["body", "prompt"]}]}),
     "invalid_request", None),
    (reply(400, {"detail": "the input makes no sense"}), "invalid_request", None),
    (reply(500, {"detail": [{"type": "internal_server_error", "msg": "oops"}]}), "service_unavailable", False),
    (reply(504, {"detail": [{"type": "generation_timeout", "msg": "too long"}]}), "service_unavailable", False),
    (reply(500, {"detail": [{"type": "brand_new_error", "msg": "hm"}]}), "job_failed", False),
    (reply(503, {"detail": "gone", "error_type": "runner_disconnected"}), "service_unavailable", False),
    (reply(504, {"detail": "late"}, x_fal_error_type="request_timeout"), "service_unavailable", False),
    (reply(499, {"detail": "cancelled", "error_type": "client_cancelled"}), "job_failed", None),
])  # fmt: skip
def test_a_request_that_failed(answer: Reply, code: str, *, charged: bool | None) -> None:
    outcome = ended(answer)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.charged) == (code, charged)


def test_a_failure_is_told_in_full() -> None:
    errors = [{"loc": ["body", name], "msg": "Field required", "type": "missing"} for name in ("prompt", "image_url")]
    outcome = ended(reply(422, {"detail": errors}))
    assert outcome.message == "prompt: Field required; image_url: Field required (missing)"


def test_a_status_that_says_it_failed_needs_no_result() -> None:
    outcome = ended(reply(500, {"detail": "hm"}), error="Runner went away", error_type="runner_disconnected")
    assert (outcome.code, outcome.message) == ("service_unavailable", "Runner went away (runner_disconnected)")
    assert ended(reply(200, {"video": {"url": "https://x/a.mp4"}}), error="It broke").code == "job_failed"


@pytest.mark.parametrize("answer", [
    reply(401, {"detail": "no key"}), reply(403, {"detail": "locked"}), reply(404, {"detail": "Request not found"}),
    reply(408), reply(429, {"detail": "slow down"}), reply(500, {"detail": "Internal Server Error"}),
    reply(502, text="nginx"),
])  # fmt: skip
def test_an_answer_about_the_question_is_no_verdict(answer: Reply) -> None:
    assert isinstance(ended(answer), ApiRequestError)
    assert isinstance(polled(answer), ApiRequestError)


def test_a_result_that_comes_late_is_waited_for() -> None:
    assert ended(reply(400, {"detail": "Request is still in progress"})) == Pending()


# --- what it cost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("units", "per_second", "seconds", "cost"), [
    ("5", 70_000, 5.0, 350_000),
    ("5.008", 70_000, 5.0, 350_560),
    ("0", 70_000, 5.0, 0),
    ("10", 70_000, 5.0, None),
    ("1", 70_000, 5.0, None),
    ("5", 0, 5.0, None),
    ("5", 70_000, None, None),
    ("", 70_000, 5.0, None),
    ("nan", 70_000, 5.0, None),
    ("-5", 70_000, 5.0, None),
])  # fmt: skip
def test_the_cost_is_told_only_where_the_unit_is_sure(
    units: str, per_second: int, seconds: float | None, cost: int | None
) -> None:
    answer = reply(200, {"video": {"url": "https://x/a.mp4"}}, x_fal_billable_units=units)
    assert ended(answer, where=context(per_second=per_second, seconds=seconds)).cost == cost


# --- cancel, find, adopt -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("replies", "stopped"), [
    ([reply(200, {"status": "OK"})], True),
    ([reply(200)], True),
    ([reply(400, {"status": "ALREADY_COMPLETED"})], False),
    ([reply(404, {"status": "NOT_FOUND"})], False),
    ([reply(202, {"status": "CANCELLATION_REQUESTED"}), reply(202, {"status": "IN_QUEUE"})], True),
    ([reply(202, {"status": "CANCELLATION_REQUESTED"}), reply(202, {"status": "IN_PROGRESS"})], False),
    ([reply(202, {"status": "CANCELLATION_REQUESTED"}), reply(200, {"status": "COMPLETED"})], False),
    ([reply(202, {"status": "CANCELLATION_REQUESTED"}),
      reply(200, {"status": "COMPLETED", "error": "cancelled", "error_type": "client_cancelled"})], True),
    ([reply(202, {"status": "CANCELLATION_REQUESTED"}), reply(500)], False),
])  # fmt: skip
def test_cancel(replies: list[Reply], *, stopped: bool) -> None:
    (call, *_), result = run(FAL.cancel(operation(), context()), *replies)
    assert (call.method, call.path, call.free) == ("PUT", f"/fal-ai/kling-video/requests/{ID}/cancel", True)
    assert result is stopped


def test_a_cancel_that_is_refused_is_an_error() -> None:
    assert isinstance(run(FAL.cancel(operation(), context()), reply(401, {"detail": "no"}))[1], AuthenticationError)


def test_nothing_can_be_found_and_it_says_where_to_look() -> None:
    calls, error = run(FAL.find(context()))
    assert not calls
    assert isinstance(error, SubmissionUnknownError)
    assert "dashboard" in error.message


def test_a_request_that_a_person_found_is_adopted() -> None:
    assert FAL.adopt(ID, context()) == operation()
    for wrong in ("", "job 5", "https://fal.ai/x", "../../../x", "a" * 200):
        with pytest.raises(InvalidRequestError, match="request id"):
            FAL.adopt(wrong, context())
