"""What happens is told as it happens: to clients of server-sent events, and to nobody whose business it is not."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from server_world import SLOW, SMALL, Served, new_key, start

from video_gen.server.streams import alive

STREAM = {"Accept": "text/event-stream"}


class Told(NamedTuple):
    """One event as a client of the standard dispatches it."""

    name: str
    data: Any
    id: str


def told(response: httpx.Response) -> Iterator[Told]:
    """Read a stream as WHATWG HTML, section 9.2.6, says."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(":")
        if not line and "data" in fields:
            yield Told(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id", ""))
        if not line:
            fields = {}
        elif name:
            fields[name] = value.removeprefix(" ")


def hand_in(server: Served, headers: dict[str, str] | None = None, **words: Any) -> str:
    body = {"prompt": "a quiet lake", **SMALL, **words}
    answer = server.client.post("/api/v1/videos/generate", json=body, headers=headers)
    return str(answer.raise_for_status().json()["task_id"])


def follow(server: Served, path: str, **more: str):
    return server.client.stream("GET", path, headers={**STREAM, **more})


def test_a_task_is_told_from_its_first_event_to_its_end(server: Served):
    task_id = hand_in(server, seed=101)
    path = f"/api/v1/tasks/{task_id}/events"
    with follow(server, path) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        seen = list(told(response))
    history = server.client.get(path).json()["events"]
    assert [each.data for each in seen if each.id] == history
    assert [each.name for each in seen if each.id] == [event["kind"] for event in history]
    tasks = [each.data for each in seen if each.name == "task"]
    assert (seen[-1].name, tasks[-1]["status"]) == ("task", "completed")
    assert tasks[-1]["video_url"]


def test_who_comes_back_is_told_the_rest_and_then_nothing(server: Served, task: dict[str, Any]):
    path = f"/api/v1/tasks/{task['task_id']}/events"
    history = server.client.get(path).json()["events"]
    with follow(server, path, **{"Last-Event-ID": str(history[-2]["seq"])}) as response:
        assert [each.data for each in told(response) if each.id] == history[-1:]
    with follow(server, path, **{"Last-Event-ID": str(history[-1]["seq"])}) as response:
        assert response.status_code == 204


@pytest.mark.parametrize(
    ("path", "last", "status"),
    [("/api/v1/tasks/vid_0000000000000000/events", "0", 404), ("/api/v1/events", "a while ago", 400)],
)
def test_what_cannot_be_followed_is_said_before_the_stream_begins(server: Served, path: str, last: str, status: int):
    answer = server.client.get(path, headers={**STREAM, "Last-Event-ID": last})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_progress_is_told_and_a_killed_server_only_interrupts(tmp_path: Path):
    server = start(tmp_path)
    task_id = hand_in(server, **SLOW)
    path = f"/api/v1/tasks/{task_id}/events"
    seen: list[Told] = []
    with follow(server, path) as response:
        for each in told(response):
            seen.append(each)
            if each.name == "task" and each.data["progress"] > 0:
                break
    server.process.kill()
    server.stop()
    again = start(tmp_path)
    last = max(int(each.id) for each in seen if each.id)
    with follow(again, path, **{"Last-Event-ID": str(last)}) as response:
        again.client.post(f"/api/v1/tasks/{task_id}/cancel").raise_for_status()
        seen += told(response)
    history = again.client.get(path).json()["events"]
    again.stop()
    assert [each.data for each in seen if each.id] == history, "nothing twice, nothing lost"
    assert seen[-1].data["status"] == "cancelled"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served, dict[str, str], dict[str, str]]]:
    """A server that carries nothing out, one that does, over one store; and the headers of two keys."""
    folder = tmp_path_factory.mktemp("keyed")
    anna, bob = (asyncio.run(new_key(folder, name)) for name in ("anna", "bob"))
    told_by, working = start(folder, "--no-worker"), start(folder)
    yield told_by, working, {"Authorization": f"Bearer {anna}"}, {"Authorization": f"Bearer {bob}"}
    told_by.stop()
    working.stop()


def test_all_of_a_keys_tasks_are_told_by_a_server_that_does_not_run_them_and_nobody_elses(keyed):
    server, _, anna, bob = keyed
    before = server.client.get("/api/v1/events", headers=anna).json()["events"]
    assert before == []
    with follow(server, "/api/v1/events", **anna, **{"Last-Event-ID": "0"}) as response:
        theirs, *mine = hand_in(server, bob, seed=1), hand_in(server, anna, seed=2), hand_in(server, anna, seed=3)
        seen: list[Told] = []
        for each in told(response):
            seen.append(each)
            if sum(one.name == "job.completed" for one in seen) == len(mine):
                break
    assert {each.data["task_id"] for each in seen} == set(mine)
    history = server.client.get("/api/v1/events", headers=anna).json()["events"]
    assert [each.data for each in seen] == history[: len(seen)]
    assert server.client.get(f"/api/v1/tasks/{theirs}/events", headers={**anna, **STREAM}).status_code == 404


def test_a_server_that_is_stopped_ends_its_streams(tmp_path: Path):
    server = start(tmp_path)
    with follow(server, "/api/v1/events") as response:
        server.process.terminate()
        assert list(told(response)) == []
    server.stop()
    assert server.process.returncode == 0


async def _pieces(asked: list[int]) -> AsyncGenerator[bytes, None]:
    for number in range(1000):
        asked.append(number)
        yield b"%d" % number
    await asyncio.Event().wait()


async def test_a_slow_reader_holds_the_stream_back_and_silence_shows_signs_of_life():
    asked: list[int] = []
    stream = alive(_pieces(asked), asyncio.Event(), heartbeat=0.01)
    assert await anext(stream) == b"0"
    await asyncio.sleep(0.05)
    assert asked == [0], "nothing is made ahead of who reads"
    for _ in range(999):
        await anext(stream)
    assert (await anext(stream)).startswith(b":")
    await stream.aclose()


async def test_a_stream_ends_when_the_server_is_asked_to_stop():
    closing = asyncio.Event()
    stream = alive(_pieces([]), closing)
    await anext(stream)
    closing.set()
    assert [piece async for piece in stream] == []
