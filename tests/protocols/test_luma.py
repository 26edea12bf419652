"""The flows of Luma's two services, fed by hand."""

from datetime import UTC, datetime
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
    JobFailedError,
    MediaInputError,
    ModelRetiredError,
    NoVideoError,
    RateLimitError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.protocols.luma.agents import LumaAgentsProtocol
from video_gen.protocols.luma.dream_machine import DreamMachineProtocol
from video_gen.spec import (
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
    Reply,
    Request,
    Settings,
)
from video_gen.spec.protocol import Blob

AGENTS, DREAM = LumaAgentsProtocol(), DreamMachineProtocol()
BOTH = pytest.mark.parametrize("protocol", [AGENTS, DREAM], ids=["agents", "dream-machine"])
INTENT = 1_790_000_000.0
PICTURE = MediaRef(sha256="a" * 64, media_type="image/jpeg", bytes=10)
LAST = MediaRef(sha256="b" * 64, media_type="image/png", bytes=10)
FILM = MediaRef(sha256="c" * 64, media_type="video/mp4", bytes=10, seconds=5)


def context(**settings: Any) -> Context:
    plan = Plan(
        request=Request.of(prompt="x"),
        model="luma/ray",
        wire_model="ray",
        provider="luma",
        protocol="luma",
        task="text_to_video",
        settings=Settings(**{"prompt": "a paper boat", **settings}),
        quote=Quote(low=0),
    )
    provider = Provider(
        id="luma",
        title="Luma",
        protocol="luma",
        base_url="https://luma.example.com/v1",
        key_env=("LUMA_AGENTS_API_KEY",),
    )
    return Context(plan=plan, provider=provider, idempotency_key="k", intent_at=INTENT)


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


def operation(protocol) -> Operation:
    return Operation(provider="luma", protocol=protocol.name, id="g1")


def submitted(protocol, **settings: Any):
    (call,), made = drive(protocol.submit(context(**settings)), reply({"id": "g1", "state": "queued"}, 201))
    assert made == operation(protocol)
    return call


def polled(protocol, body: Any, status: int = 200):
    (call,), outcome = drive(protocol.poll(operation(protocol), context()), reply(body, status))
    assert (call.method, call.path) == ("GET", "/generations/g1")
    return outcome


# --- submit ------------------------------------------------------------------------------------------------------


def test_what_agents_is_sent():
    call = submitted(AGENTS, seconds=5.0, resolution="720p", aspect_ratio="16:9")
    assert (call.method, call.path, call.resendable) == ("POST", "/generations", False)
    assert call.body == {
        "model": "ray",
        "type": "video",
        "prompt": "a paper boat",
        "aspect_ratio": "16:9",
        "video": {"resolution": "720p", "duration": "5s"},
    }
    assert submitted(AGENTS).body == {"model": "ray", "type": "video", "prompt": "a paper boat"}


def test_agents_takes_pictures_and_a_video_inline():
    def inline(ref):
        return {"data": Blob(ref=ref, encoding="base64"), "media_type": ref.media_type}

    framed = submitted(AGENTS, first_frame=PICTURE, last_frame=LAST).body
    assert framed["video"] == {"start_frame": inline(PICTURE), "end_frame": inline(LAST)}
    edited = submitted(AGENTS, source_video=FILM, resolution="540p").body
    assert (edited["type"], edited["source"], edited["video"]) == ("video_edit", inline(FILM), {"resolution": "540p"})


def test_extra_options_are_merged_and_win():
    extra = {"user_id": "u", "type": "video_reframe", "video": {"loop": True, "resolution": "1080p"}}
    body = submitted(AGENTS, resolution="720p", seconds=5, extra=extra).body
    assert body["video"] == {"resolution": "1080p", "duration": "5s", "loop": True}
    assert (body["user_id"], body["type"]) == ("u", "video_reframe")
    assert submitted(DREAM, extra={"loop": True}).body["loop"] is True


def test_what_dream_machine_is_sent():
    call = submitted(DREAM, seconds=9.0, resolution="4k", aspect_ratio="9:21")
    assert (call.method, call.path, call.resendable) == ("POST", "/generations", False)
    assert call.body == {
        "model": "ray",
        "prompt": "a paper boat",
        "aspect_ratio": "9:21",
        "resolution": "4k",
        "duration": "9s",
    }
    assert submitted(DREAM, prompt="").body == {"model": "ray"}


def wrong(*loc: str) -> dict[str, Any]:
    return {"detail": [{"type": "literal_error", "loc": ["body", *loc], "msg": "Input should be another"}]}


@BOTH
@pytest.mark.parametrize(("status", "body", "kind"), [
    (400, {"detail": "Prompt is required"}, InvalidRequestError),
    (400, {"detail": "Insufficient credits"}, InsufficientCreditsError),
    (400, {"detail": "Contains blacklisted words"}, ContentPolicyError),
    (400, {"detail": "The prompt was refused by content moderation"}, ContentPolicyError),
    (401, {"detail": "Invalid API key"}, AuthenticationError),
    (402, {"detail": "Insufficient balance"}, InsufficientCreditsError),
    (403, {"detail": "Access denied"}, AuthenticationError),
    (404, {"detail": "Not found"}, ApiRequestError),
    (413, {"detail": "Image exceeds 50 MB"}, MediaInputError),
    (422, wrong("model"), ModelRetiredError),
    (422, wrong("video", "duration"), InvalidRequestError),
    (422, {"detail": "Failed to read user input frames"}, MediaInputError),
    (429, {"detail": "Rate limit exceeded"}, RateLimitError),
    (500, {"detail": "x"}, SubmissionUnknownError),
    (502, {"detail": "Upstream service unavailable"}, SubmissionUnknownError),
    (503, {"detail": "Image ingestion unavailable"}, ServiceUnavailableError),
    (201, {"unexpected": []}, SubmissionUnknownError),
    (201, None, SubmissionUnknownError),
])  # fmt: skip
def test_a_refused_submit(protocol, status, body, kind):
    with pytest.raises(VideoGenerationError) as caught:
        drive(protocol.submit(context()), reply(body, status))
    assert type(caught.value) is kind
    assert caught.value.status_code == status


@BOTH
def test_the_message_names_the_field_and_the_wait(protocol):
    with pytest.raises(InvalidRequestError, match=r"video\.duration: Input should be another"):
        drive(protocol.submit(context()), reply(wrong("video", "duration"), 422))
    with pytest.raises(RateLimitError) as caught:
        drive(protocol.submit(context()), reply({"detail": "slow"}, 429, **{"retry-after": "7"}))
    assert caught.value.retry_after == 7
    with pytest.raises(AuthenticationError, match=r"no key; check LUMA_AGENTS_API_KEY$"):
        drive(protocol.submit(context()), reply({"detail": "no key"}, 401))


@BOTH
def test_a_lost_answer_passes_through(protocol):
    flow = protocol.submit(context())
    next(flow)
    with pytest.raises(SubmissionUnknownError):
        flow.throw(SubmissionUnknownError("lost"))


# --- poll --------------------------------------------------------------------------------------------------------


def test_generations_that_wait_and_run():
    assert polled(AGENTS, {"state": "queued"}) == polled(DREAM, {"state": "queued"}) == Pending(queued=True)
    assert polled(AGENTS, {"state": "processing"}) == polled(DREAM, {"state": "dreaming"}) == Pending()


def test_finished_generations():
    output = [{"type": "exr", "url": "https://a/x.exr"}, {"type": "video", "url": "https://a/v.mp4"}]
    assert polled(AGENTS, {"state": "completed", "output": output}) == Done(outputs=(Output(url="https://a/v.mp4"),))
    assets = {"video": "https://a/v.mp4", "progress_video": "https://a/p.mp4"}
    assert polled(DREAM, {"state": "completed", "assets": assets}) == Done(outputs=(Output(url="https://a/v.mp4"),))


@pytest.mark.parametrize(("protocol", "body"), [
    (AGENTS, {"output": []}),
    (AGENTS, {"output": [{"type": "image", "url": "https://a"}]}),
    (AGENTS, {"output": [{"type": "video"}]}),
    (DREAM, {"assets": None}),
    (DREAM, {"assets": {"video": None}}),
])  # fmt: skip
def test_finished_without_a_video(protocol, body):
    assert polled(protocol, {"state": "completed", **body}).code == NoVideoError.code


@BOTH
def test_a_finished_generation_that_does_not_say_what_it_made_is_no_verdict(protocol):
    with pytest.raises(ApiRequestError):
        polled(protocol, {"state": "completed"})


@pytest.mark.parametrize(("code", "kind"), [
    ("content_moderated", ContentPolicyError),
    ("generation_failed", JobFailedError),
    ("budget_exhausted", InsufficientCreditsError),
    ("output_not_found", NoVideoError),
    ("image_too_large", MediaInputError),
    ("unsupported_format", MediaInputError),
    ("corrupt_input", MediaInputError),
    ("invalid_request", InvalidRequestError),
    ("rate_limited", RateLimitError),
    ("of tomorrow", JobFailedError),
    (None, JobFailedError),
])  # fmt: skip
def test_every_failure_code_of_agents(code, kind):
    failed = polled(AGENTS, {"state": "failed", "failure_code": code, "failure_reason": "It failed."})
    assert failed == Failed(code=kind.code, message=f"It failed. ({code})" if code else "It failed.")


@pytest.mark.parametrize(("reason", "kind"), [
    ("Contains blacklisted words", ContentPolicyError),
    ("Frame moderation failed", ContentPolicyError),
    ("Advanced prompt moderation failed", ContentPolicyError),
    ("Failed to read user input frames", MediaInputError),
    ("Prompt processing failed", JobFailedError),
    ("Job errored", JobFailedError),
    (None, JobFailedError),
])  # fmt: skip
def test_every_failure_reason_of_dream_machine(reason, kind):
    failed = polled(DREAM, {"state": "failed", "failure_reason": reason})
    assert failed == Failed(code=kind.code, message=reason or "Luma gave no reason", charged=False, cost=0)


@BOTH
@pytest.mark.parametrize(("status", "kind"), [
    (401, AuthenticationError), (404, ApiRequestError), (429, RateLimitError), (502, ServiceUnavailableError),
])  # fmt: skip
def test_a_refused_question_is_no_verdict(protocol, status, kind):
    with pytest.raises(kind):
        polled(protocol, {"detail": "no"}, status)


@BOTH
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "assets", "output"]), inner),
    ),
    state=st.sampled_from(["", "done", "COMPLETED", "running", None, 3]),
)
def test_nonsense_is_never_taken_for_not_yet(protocol, body, state):
    if isinstance(body, dict):
        body["state"] = state
    with pytest.raises(ApiRequestError):
        polled(protocol, body)


# --- cancel ------------------------------------------------------------------------------------------------------


def test_agents_stops_and_lists_nothing():
    assert (AGENTS.guarantee, DREAM.guarantee) == (Guarantee.NONE, Guarantee.FINDABLE)
    with pytest.raises(StopIteration) as end:
        next(AGENTS.cancel(operation(AGENTS), context()))
    assert end.value.value is False
    with pytest.raises(SubmissionUnknownError, match="lists no generations"):
        next(AGENTS.find(context()))


@pytest.mark.parametrize(("state", "free"), [("completed", False), ("failed", True)])
def test_what_has_ended_is_not_deleted(state, free):
    calls, stopped = drive(DREAM.cancel(operation(DREAM), context()), reply({"state": state}))
    assert (len(calls), stopped) == (1, free)


@pytest.mark.parametrize("deleted", [reply(status=204), reply({"detail": "Generation not found"}, 404)])
def test_a_deleted_generation_may_be_charged(deleted):
    calls, stopped = drive(DREAM.cancel(operation(DREAM), context()), reply({"state": "dreaming"}), deleted)
    assert [call.method for call in calls] == ["GET", "DELETE"]
    assert all(call.resendable for call in calls)
    assert stopped is False


def test_a_cancel_that_is_refused_is_an_error():
    with pytest.raises(ServiceUnavailableError):
        drive(DREAM.cancel(operation(DREAM), context()), reply({"state": "queued"}), reply(None, 503))
    with pytest.raises(ApiRequestError):
        drive(DREAM.cancel(operation(DREAM), context()), reply({"detail": "Generation not found"}, 404))


# --- find --------------------------------------------------------------------------------------------------------

ASKED: dict[str, Any] = {"seconds": 5, "resolution": "720p"}
REQUEST = {"model": "ray", "prompt": "a paper boat", "resolution": "720p", "duration": "5s", "generation_type": "video"}


def listed(name: str, after: float = 1.0, zone: str = "+00:00", **changes: Any) -> dict[str, Any]:
    created = datetime.fromtimestamp(INTENT + after, UTC).isoformat().replace("+00:00", zone)
    return {"id": name, "created_at": created, "state": "queued", "request": {**REQUEST, **changes}}


def page(*generations: Any, more: bool | None = False) -> Reply:
    return reply({"generations": list(generations), **({} if more is None else {"has_more": more})})


def found(*pages: Reply):
    calls, made = drive(DREAM.find(context(**ASKED)), *pages)
    assert all(call.path == "/generations" and call.resendable for call in calls)
    return calls, None if made is None else made.id


@pytest.mark.parametrize("zone", ["+00:00", "Z", ""])
def test_the_one_that_agrees_is_adopted(zone):
    others = (listed("other", prompt="another"), listed("flash", model="ray-flash"), listed("old", -3600))
    assert found(page(*others, listed("it", zone=zone)))[1] == "it"


def test_none_that_agrees_means_it_never_arrived():
    assert found(page())[1] is None
    assert found(page(listed("other", prompt="another"), listed("old", -3600), listed("late", 3600)))[1] is None


@pytest.mark.parametrize("pages", [
    [page(listed("one"), listed("two"))],
    [page(listed("longer", duration="9s"))],
    [page(listed("tidied", prompt=" a  paper boat\n"))],
    [page(listed("early", -60))],
    [page({"id": "bare", "created_at": listed("x")["created_at"]})],
    [page({**listed("undated"), "created_at": None})],
    [page({**listed("nameless"), "id": None})],
])  # fmt: skip
def test_what_cannot_be_told_is_not_adopted(pages):
    with pytest.raises(ApiRequestError, match="lists"):
        found(*pages)


def test_a_certain_one_outweighs_what_only_resembles_it():
    assert found(page(listed("it"), listed("longer", duration="9s"), listed("early", -60)))[1] == "it"


def test_pages_are_read_until_they_are_older_than_the_intent():
    newer = [listed(f"n{number}", 500 - number, prompt="another") for number in range(50)]
    older = [listed("it", 2), *(listed(f"o{number}", -400 - number, prompt="another") for number in range(49))]
    calls, name = found(page(*newer, more=True), page(*older, more=True))
    assert name == "it"
    assert [call.query for call in calls] == [{"limit": "50", "offset": "0"}, {"limit": "50", "offset": "50"}]


def test_a_list_in_another_order_is_read_to_its_end():
    oldest_first = [listed(f"o{number}", number - 5000, prompt="another") for number in range(50)]
    assert found(page(*oldest_first, more=True), page(listed("it")))[1] == "it"


def test_what_moves_to_the_next_page_counts_once():
    assert found(page(listed("it"), more=True), page(listed("it"), listed("x", prompt="another")))[1] == "it"


def test_a_list_that_does_not_say_whether_it_goes_on_is_read_until_nothing_new_comes():
    one = page(listed("it"), more=None)
    assert found(one, one)[1] == "it"
    assert found(one, page(more=None))[1] == "it"


@pytest.mark.parametrize(
    "answer", [reply(None, 503), reply({"unexpected": []}), reply(None), reply({"detail": "x"}, 401)]
)
def test_a_list_that_cannot_be_read_settles_nothing(answer):
    with pytest.raises(ApiRequestError):
        found(answer)


@given(st.lists(st.none() | st.integers() | st.dictionaries(st.sampled_from(["id", "created_at", "request"]),
                st.none() | st.text(max_size=4) | st.integers(), max_size=3), max_size=6))  # fmt: skip
def test_an_odd_list_is_never_adopted_from(generations):
    try:
        _, name = found(page(*generations))
    except ApiRequestError:
        return
    assert name is None
