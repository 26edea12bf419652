"""With keys: who shows none gets nothing, each sees its own jobs alone, and may do what it is for."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from server_world import COMMAND, SMALL, Served, environment, new_key, start

from video_gen.engine.api_key import Scope

GENERATE = "/api/v1/videos/generate"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def secrets(folder) -> dict[str, str]:
    async def make() -> dict[str, str]:
        return {
            "anna": await new_key(folder, "anna"),
            "ben": await new_key(folder, "ben"),
            "viewer": await new_key(folder, "viewer", scopes=frozenset({Scope.READ})),
            "boss": await new_key(folder, "boss", scopes=frozenset({Scope.ADMIN})),
            "narrow": await new_key(folder, "narrow", models=("google/*",)),
            "slow": await new_key(folder, "slow", requests_per_minute=2),
        }

    return asyncio.run(make())


@pytest.fixture(scope="module")
def served(folder, secrets) -> Iterator[Served]:
    served = start(folder)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def as_(served: Served, secrets) -> Iterator[Callable[[str], httpx.Client]]:
    """A client that shows somebody's key."""
    clients = {
        name: httpx.Client(base_url=served.url, headers={"authorization": f"Bearer {secret}"}, timeout=30)
        for name, secret in secrets.items()
    }
    yield clients.__getitem__
    for client in clients.values():
        client.close()


@pytest.fixture(scope="module")
def annas(as_) -> dict[str, Any]:
    """A job of Anna's."""
    answer = as_("anna").post(GENERATE, json={"prompt": "a calm ocean", **SMALL})
    assert answer.status_code == 200
    task: dict[str, Any] = answer.json()
    while task["status"] in {"pending", "processing"}:
        task = as_("anna").get(f"/api/v1/tasks/{task['task_id']}").json()
    return task


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer not-needed"},
        {"authorization": "Bearer vg_" + "a" * 40},
        {"authorization": "Basic dXNlcjpwYXNz"},
        {"x-api-key": "wrong"},
    ],
)
def test_without_a_known_key_there_is_nothing(served: Served, headers: dict[str, str]):
    for method, path in (("POST", GENERATE), ("GET", "/api/v1/tasks"), ("GET", "/api/v1/models")):
        answer = served.client.request(method, path, headers=headers)
        assert error(answer, 401)["code"] == "unauthorized"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "wrong" not in answer.text


def test_a_key_is_taken_in_either_header(served: Served, secrets: dict[str, str]):
    assert served.client.get("/api/v1/tasks", headers={"x-api-key": secrets["anna"]}).status_code == 200
    assert served.client.get("/api/v1/tasks", headers={"authorization": f"bearer {secrets['anna']}"}).status_code == 200


def test_auto_chooses_among_the_models_of_a_key(as_):
    answer = as_("narrow").post(GENERATE, json={"prompt": "a calm ocean", "model": "auto"})
    assert answer.status_code != 403, answer.text
    assert "GEMINI_API_KEY" in answer.json()["error"]["message"]


def test_anothers_job_does_not_exist(as_, annas: dict[str, Any]):
    path, ben = f"/api/v1/tasks/{annas['task_id']}", as_("ben")
    nothing = error(ben.get("/api/v1/tasks/vid_0123456789abcdef"), 404)
    requests = [("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("DELETE", "?files=true")]
    for method, below in requests:
        told = error(ben.request(method, path + below), 404)
        assert told == {**nothing, "message": nothing["message"].replace("vid_0123456789abcdef", annas["task_id"])}
    assert error(ben.get(f"/api/v1/videos/{annas['task_id']}"), 404)["code"] == "job_not_found"
    assert ben.get("/api/v1/tasks").json()["tasks"] == []
    assert [task["task_id"] for task in as_("anna").get("/api/v1/tasks").json()["tasks"]] == [annas["task_id"]]


def test_an_admin_sees_everyones(as_, annas: dict[str, Any]):
    assert as_("boss").get(f"/api/v1/tasks/{annas['task_id']}").status_code == 200
    assert annas["task_id"] in [task["task_id"] for task in as_("boss").get("/api/v1/tasks").json()["tasks"]]


def test_a_link_needs_no_key(served: Served, annas: dict[str, Any]):
    assert served.client.get(annas["video_url"]).status_code == 200


def test_a_key_for_looking_spends_nothing(as_):
    assert as_("viewer").get("/api/v1/models").status_code == 200
    told = error(as_("viewer").post(GENERATE, json={"prompt": "a", **SMALL}), 403)
    assert "lacks the scope `generate`" in told["message"]


def test_a_key_is_for_its_models_alone(as_):
    told = error(as_("narrow").post(GENERATE, json={"prompt": "a", **SMALL}), 403)
    assert "`narrow` is not for the model `local/draft`: it is for google/*" in told["message"]
    told = error(as_("narrow").post(GENERATE, json={"prompt": "a", "model": "veo-3.1", "fallback": ["local"]}), 403)
    assert "`local/draft`" in told["message"]
    offered = as_("narrow").get("/api/v1/models").json()["data"]
    assert offered
    assert {model["owned_by"] for model in offered} == {"google"}


def test_who_asks_too_often_is_told_when_to_come_back(as_):
    slow = as_("slow")
    standings = [slow.get("/api/v1/models/local").headers["ratelimit-remaining"] for _ in range(2)]
    assert standings == ["1", "0"]
    answer = slow.get("/api/v1/models/local")
    told = error(answer, 429)
    assert told["retryable"] is True
    assert told["type"] == "ServiceError"
    assert answer.headers["ratelimit-limit"] == "2"
    assert 1 <= int(answer.headers["retry-after"]) == int(answer.headers["ratelimit-reset"]) <= 60


def test_another_address_is_not_served_without_keys(tmp_path):
    refused = subprocess.run(
        [COMMAND, "serve", "--host", "0.0.0.0", "--port", "0"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 3
    assert "video-gen keys create" in refused.stderr


def test_another_address_is_served_to_everybody_where_that_is_said(tmp_path):
    served = start(tmp_path / "open", "--host", "0.0.0.0", "--open")
    try:
        url = served.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/api/v1/tasks", headers={"host": "videos.example"}).status_code == 200
    finally:
        served.stop()


def test_on_an_open_server_any_key_will_do_and_ours_is_its_owners(server: Served):
    asked = {"headers": {"authorization": "Bearer not-needed"}}
    made = server.client.post(GENERATE, json={"prompt": "a", **SMALL}, **asked).json()
    assert server.client.get(f"/api/v1/tasks/{made['task_id']}").status_code == 200
    secret = asyncio.run(new_key(server.folder, "later"))
    mine = {"authorization": f"Bearer {secret}"}
    assert server.client.get(f"/api/v1/tasks/{made['task_id']}", headers=mine).status_code == 404
    assert server.client.get("/api/v1/tasks", headers={"x-api-key": "vg_" + "a" * 40}).status_code == 401
