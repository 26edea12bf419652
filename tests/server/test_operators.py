"""What operators ask and read: health, metrics, logs; and that stopping loses nothing."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families
from server_world import SMALL, Served, new_key, start

from video_gen.config import Config
from video_gen.testing.emulators.sandbox import Sandbox, sandbox
from video_gen.testing.emulators.serve import Host

SECRET = "sk-a-secret-of-a-provider-1234"


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory):
    settings = {"VIDEO_GEN_LOG_LEVEL": "INFO", "VIDEO_GEN_LOG_FORMAT": "json", "RUNWAYML_API_SECRET": SECRET}
    served = start(tmp_path_factory.mktemp("observed"), **settings)
    yield served
    served.stop()


def log_of(served: Served) -> list[dict[str, Any]]:
    lines = (served.folder / "server.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def values(served: Served) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = served.client.get("/metrics")
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_it_says_that_it_is_alive_and_ready(observed: Served):
    assert observed.client.get("/healthz").json() == {"status": "ok"}
    ready = observed.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "problems": [], "jobs_run": True}


def test_metrics_count_requests_and_jobs(observed: Served):
    task = observed.made()
    observed.client.get("/api/v1/tasks/vid_0123456789abcdef")
    observed.client.get("/nowhere/9f86d081")
    found = values(observed)
    route = "/api/v1/tasks/{task_id}"
    assert found["video_gen_http_requests_total", (("method", "GET"), ("route", route), ("status", "404"))] == 1
    missing = (("method", "GET"), ("route", "(no route)"), ("status", "404"))
    assert found["video_gen_http_requests_total", missing] == 1
    assert found["video_gen_jobs", (("provider", "local"), ("status", "completed"))] == 1
    assert found["video_gen_provider_outcomes_total", (("model", task["model"]), ("outcome", "succeeded"))] == 1
    assert found["video_gen_spent_dollars_total", ()] == 0
    assert not [labels for _, labels in found if "9f86d081" in str(labels)], "an id is no label"


def test_the_log_is_json_and_holds_no_secret(observed: Served, tmp_path: Path):
    task = observed.made(seed=77)
    link = task["video_url"]
    observed.client.get(link, headers={"authorization": f"Bearer {SECRET}"})
    answer = observed.client.get(f"/api/v1/tasks/{task['task_id']}?token={SECRET}")
    lines = log_of(observed)
    (line,) = [line for line in lines if line.get("request_id") == answer.headers["x-request-id"]]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/tasks/{task_id}", 200)
    text = (observed.folder / "server.log").read_text()
    assert SECRET not in text
    assert link.split("/")[-2] not in text


async def test_metrics_are_for_administrators_where_there_are_keys(tmp_path: Path):
    folder = tmp_path / "keys"
    plain, admin = await new_key(folder, "plain"), await new_key(folder, "admin", scopes=frozenset({"admin"}))
    served = start(folder)
    try:
        statuses = [
            served.client.get("/metrics", headers=headers).status_code
            for headers in ({}, {"x-api-key": plain}, {"x-api-key": admin})
        ]
        assert statuses == [401, 403, 200]
        assert served.client.get("/healthz").status_code == 200
        assert served.client.get("/readyz").status_code == 200
    finally:
        served.stop()


def test_a_hook_is_heard_and_tells_nobody_anything(observed: Served):
    for body in (b"", b"{", b"x" * 100_000):
        answer = observed.client.post("/hooks/fal/0123.456", content=body)
        assert (answer.status_code, answer.content) == (204, b"")
    assert observed.client.get("/hooks/fal/0123.456").status_code == 405


@pytest.fixture(scope="module")
def relay():
    """A provider that takes its time."""
    with sandbox(port=0, only=("kuai",), size="small", queue_s=0, render_s=2) as opened:
        yield opened


def relayed(folder: Path, relay: Sandbox) -> Served:
    return start(folder, VIDEO_GEN_ALLOW_PRIVATE_URLS="1", VIDEO_GEN_MODEL="veo_3_1", **relay.environment)


def accepted(relay: Sandbox) -> int:
    return len(relay.emulators["kuai"].world.accepted())


def walk(served: Served) -> str:
    """Hand a job in that a provider is busy with."""
    body = {"prompt": "a long walk", "duration": 8}
    answer = served.client.post("/api/v1/videos/generate", json=body, headers={"Idempotency-Key": "walk-1"})
    return str(answer.raise_for_status().json()["task_id"])


def test_asked_to_stop_it_stops_cleanly_and_its_jobs_go_on_with_the_next(relay: Sandbox, tmp_path: Path):
    before, served = accepted(relay), relayed(tmp_path / "stopped", relay)
    task_id = walk(served)
    served.until(task_id, lambda task: task["phase"] == "generating")
    served.stop()
    assert served.process.returncode == 0, (served.folder / "server.log").read_text()
    assert "Traceback" not in (served.folder / "server.log").read_text()
    again = relayed(tmp_path / "stopped", relay)
    try:
        assert again.ended(task_id)["status"] == "completed"
        assert accepted(relay) == before + 1
    finally:
        again.stop()


def test_ctrl_c_ends_it_too(tmp_path: Path):
    served = start(tmp_path / "interrupted")
    served.process.send_signal(signal.SIGINT)
    served.stop()
    assert served.process.returncode == 0
    assert "Traceback" not in (served.folder / "server.log").read_text()


def test_killed_in_the_middle_it_goes_on_where_it_was_and_pays_once(relay: Sandbox, tmp_path: Path):
    before, served = accepted(relay), relayed(tmp_path / "killed", relay)
    done = served.made()
    task_id = walk(served)
    served.until(task_id, lambda task: task["phase"] == "generating")
    served.process.kill()
    served.stop()
    again = relayed(tmp_path / "killed", relay)
    try:
        assert walk(again) == task_id, "a client that lost its answer gets the same task"
        task = again.ended(task_id)
        assert task["status"] == "completed"
        assert again.client.get(task["video_url"]).status_code == 200
        kept = again.client.get(done["video_url"].replace(served.url, again.url))
        assert kept.status_code == 200, "links outlive the process that made them"
        assert accepted(relay) == before + 1
    finally:
        again.stop()


def test_a_taken_port_is_said_in_a_sentence(observed: Served):
    port = observed.url.rpartition(":")[2]
    command = observed.process.args[0]  # type: ignore[index]
    done = subprocess.run([command, "serve", "--port", port], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_setting_of_the_server_is_checked():
    for name, value in {"VIDEO_GEN_PUBLIC_URL": "ftp://a", "VIDEO_GEN_LINK_SECONDS": "1"}.items():
        with pytest.raises(Exception, match=name):
            Config.from_environment({name: value})
    assert Config.from_environment({"VIDEO_GEN_PUBLIC_URL": "https://a/b/"}).public_url == "https://a/b"


def test_links_begin_with_the_public_address(tmp_path: Path):
    served = start(tmp_path / "public", VIDEO_GEN_PUBLIC_URL="https://videos.example/gen/")
    try:
        task = served.made(**SMALL)
        assert task["video_url"].startswith("https://videos.example/gen/files/")
        path = task["video_url"].removeprefix("https://videos.example/gen")
        assert served.client.get(path, headers={"host": "videos.example"}).status_code == 200
        again = served.client.post("/api/v1/videos/generate", json={"image": task["video_url"], "model": "local"})
        told = again.json()["error"]["message"]
        assert "takes a picture" in told, "its own link is read without a network"
    finally:
        served.stop()


@pytest.fixture
def collector():
    """Where traces are sent; keeps the names of what they are about, and every value in them."""
    spans: list[Span] = []

    async def take(request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        spans.extend(span for each in sent.resource_spans for scope in each.scope_spans for span in scope.spans)
        return web.Response(body=b"", content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    host = Host()
    yield host.serve(app), spans
    host.close()


def test_requests_are_traced_where_that_is_set_up_and_links_never(collector, tmp_path: Path):
    url, spans = collector
    served = start(tmp_path / "traced", OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_COMPRESSION="none")
    task = served.made()
    assert served.client.get(task["video_url"]).status_code == 200
    served.stop()
    assert served.process.returncode == 0
    assert "POST /api/v1/videos/generate" in {span.name for span in spans}
    assert not [span for span in spans if "/files/" in str(span)]
