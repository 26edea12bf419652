"""The embedded renderer's wire, fed by hand: no renderer is needed to know what the protocol says."""

from collections.abc import Generator
from typing import Any

import pytest

from video_gen.exceptions import ApiRequestError, InvalidRequestError
from video_gen.protocols.local import LOOK_EVERY, LocalProtocol
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Guarantee,
    Operation,
    Pending,
    Plan,
    Provider,
    Quote,
    Reply,
    Request,
    Settings,
)

LOCAL = LocalProtocol()
PLAN = Plan(
    request=Request(prompt="a lake", model="local"),
    model="local/draft",
    wire_model="draft",
    provider="local",
    protocol="local",
    task="text_to_video",
    settings=Settings(prompt="a lake", seconds=2, width=64, height=64, fps=24, seed=0),
    quote=Quote(low=0, high=0),
)
CONTEXT = Context(
    plan=PLAN,
    provider=Provider(id="local", title="Local", protocol="local", base_url="local:", signing="none"),
    idempotency_key="key-1",
    intent_at=0.0,
)
OPERATION = Operation(provider="local", protocol="local", id="key-1", retry_after=LOOK_EVERY)


def feed(flow: Generator[Call, Reply, Any], *replies: Reply) -> tuple[list[Call], Any]:
    """Run a flow on these replies; return its calls and what it returns."""
    calls = [next(flow)]
    for reply in replies:
        try:
            calls.append(flow.send(reply))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("the flow wants more replies")


def state(word: str, progress: float = 0.0, **body: Any) -> Reply:
    return Reply(status=200, body={"key": "key-1", "state": word, "progress": progress, **body})


def test_submit_hands_in_the_settings_under_the_key():
    [call], operation = feed(LOCAL.submit(CONTEXT), state("queued"))
    assert (call.method, call.path, call.resendable) == ("POST", "/renders", True)
    assert call.body["key"] == "key-1"
    assert Settings.model_validate(call.body["settings"]) == PLAN.settings, "seed 0 survives"
    assert operation == OPERATION
    assert LOCAL.guarantee is Guarantee.IDEMPOTENT


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (state("queued"), Pending(progress=0.0, queued=True, retry_after=LOOK_EVERY)),
        (state("running", 0.25), Pending(progress=0.25, retry_after=LOOK_EVERY)),
        (
            state("failed", error={"code": "invalid_media", "message": "no picture"}),
            Failed(code="invalid_media", message="no picture", charged=False, cost=0),
        ),
        (
            state("cancelled", error={"code": "cancelled", "message": "stopped"}),
            Failed(code="cancelled", message="stopped", charged=False, cost=0),
        ),
    ],
)
def test_poll_says_how_it_stands(reply: Reply, outcome: Pending | Failed):
    [call], found = feed(LOCAL.poll(OPERATION, CONTEXT), reply)
    assert (call.method, call.path) == ("GET", "/renders/key-1")
    assert found == outcome


def test_poll_says_where_the_video_is():
    _, found = feed(LOCAL.poll(OPERATION, CONTEXT), state("done", 1.0))
    assert isinstance(found, Done)
    assert ([output.url for output in found.outputs], found.cost) == (["/renders/key-1/video"], 0)


def test_poll_hands_a_forgotten_render_in_again():
    calls, found = feed(LOCAL.poll(OPERATION, CONTEXT), Reply(status=404), state("queued"))
    assert [(call.method, call.path) for call in calls] == [("GET", "/renders/key-1"), ("POST", "/renders")]
    assert calls[1] == next(LOCAL.submit(CONTEXT))
    assert isinstance(found, Pending)


@pytest.mark.parametrize(("status", "stopped"), [(200, True), (404, True), (500, False)])
def test_cancel(status: int, stopped: bool):  # noqa: FBT001
    [call], found = feed(LOCAL.cancel(OPERATION, CONTEXT), Reply(status=status))
    assert (call.method, call.path) == ("DELETE", "/renders/key-1")
    assert found is stopped


def test_find_looks_under_the_key():
    [call], found = feed(LOCAL.find(CONTEXT), state("running"))
    assert (call.method, call.path, found) == ("GET", "/renders/key-1", OPERATION)
    assert feed(LOCAL.find(CONTEXT), Reply(status=404))[1] is None


@pytest.mark.parametrize(("status", "error"), [(400, InvalidRequestError), (500, ApiRequestError)])
def test_a_refusal_is_raised_in_its_own_words(status: int, error: type[Exception]):
    for flow in (LOCAL.submit(CONTEXT), LOCAL.poll(OPERATION, CONTEXT)):
        with pytest.raises(error, match="says why"):
            feed(flow, Reply(status=status, text="says why"))


def test_an_operation_is_json_and_holds_no_secret():
    assert Operation.model_validate_json(OPERATION.model_dump_json()) == OPERATION
    assert OPERATION.data == {}
