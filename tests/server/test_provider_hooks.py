"""Providers post to a running server that a job is ready, and it is asked for then; nobody else can do anything."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_world import Backed, start
from test_dialect_matrix import model_of

from video_gen.testing.emulators.sandbox import sandbox

COMMAND = (sys.executable, str(Path(__file__).with_name("told_server.py")))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    """A server that providers know the address of, and that asks by itself once an hour."""
    port = free_port()
    public = {"VIDEO_GEN_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with sandbox(port=0, size="small", queue_s=0.05, render_s=0.1) as opened:
        folder = tmp_path_factory.mktemp("told")
        served = start(folder, "--port", str(port), command=COMMAND, **opened.environment, **public)
        yield Backed(served, opened)
        served.stop()


def submitted(told: Backed, provider: str) -> str:
    body = {"prompt": f"a boat that {provider} tells of", "model": model_of(provider)}
    answer = told.server.client.post("/api/v1/videos/generate", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["task_id"])


def heard(told: Backed) -> float:
    """Return how many posts of providers were answered."""
    lines = told.server.client.get("/metrics").text.splitlines()
    counted = [line for line in lines if "requests" in line and "/hooks/" in line and "_total" in line]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


@pytest.mark.parametrize("provider", ["fal", "replicate", "kling", "luma-dream-machine", "ark"])
def test_a_job_is_fetched_when_its_provider_says_that_it_is_ready(told: Backed, provider: str):
    before = heard(told)
    task = told.server.ended(submitted(told, provider))
    assert task["status"] == "completed", task
    assert heard(told) > before


def test_a_stranger_is_told_nothing_and_causes_nothing(told: Backed):
    told.order("fal", "stuck")
    task_id = submitted(told, "fal")
    told.server.until(task_id, lambda task: task["phase"] == "generating")
    for path in (f"fal/{task_id}", f"fal/{task_id.removeprefix('vid_')}.{'0' * 32}", "nobody/x", "fal/%00"):
        answer = told.server.client.post(f"/hooks/{path}", content=b'{"status": "OK"}')
        assert (answer.status_code, answer.content) == (204, b"")
    assert told.server.client.get("/hooks/fal/x").status_code == 405
    assert told.server.client.get(f"/api/v1/tasks/{task_id}").json()["phase"] == "generating"
    told.server.client.post(f"/api/v1/tasks/{task_id}/cancel").raise_for_status()
    assert told.server.ended(task_id)["status"] == "cancelled"
