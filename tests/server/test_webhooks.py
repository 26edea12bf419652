"""Webhooks: a real receiver is told, signed, by a real server that is killed in the middle."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from receiver import Receiver, until
from server_world import COMMAND, SMALL, Served, environment, start
from standardwebhooks import Webhook

from video_gen.transport.posting import Poster


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("told")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    opened = start(folder, VIDEO_GEN_ALLOW_PRIVATE_URLS="1")
    yield opened
    opened.stop()


def added(server: Served, url: str, **more: Any) -> dict[str, Any]:
    answer = server.client.post("/api/v1/webhooks", json={"url": url, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def log(server: Served, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a webhook's deliveries, each with its tries."""
    found = server.client.get(f"/api/v1/webhooks/{webhook['id']}/deliveries").raise_for_status().json()["deliveries"]
    for each in found:
        each["log"] = server.client.get(f"/api/v1/webhooks/deliveries/{each['id']}/tries").json()["tries"]
    return list(found)


def test_the_end_of_a_task_is_told_signed_and_once(served: Served, receiver: Receiver):
    webhook = added(served, f"{receiver.url}/good")
    other = added(served, f"{receiver.url}/starts", kinds=["job.st*"])
    task = served.made(seed=71)
    headers, body = receiver.until("/good")[0]
    told = Webhook(webhook["secret"]).verify(body, headers)
    assert told["type"] == "job.completed"
    assert told["data"]["task_id"] == task["task_id"]
    assert served.client.get(told["data"]["task"]["video_url"]).content[4:8] == b"ftyp"
    assert json.loads(receiver.until("/starts")[0][1])["type"] == "job.started"
    delivery = until(lambda: next((each for each in log(served, webhook) if each["state"] == "delivered"), None))
    assert (delivery["id"], delivery["tries"]) == (headers["webhook-id"], 1)
    assert delivery["log"][0]["status"] == 200
    again = served.client.post(f"/api/v1/webhooks/deliveries/{delivery['id']}/redeliver")
    assert again.status_code == 200
    assert receiver.until("/good", 2)[1][0]["webhook-id"] == headers["webhook-id"]
    assert len(receiver.at("/starts")) == 1
    for each in (webhook, other):
        assert served.client.delete(f"/api/v1/webhooks/{each['id']}").status_code == 200
    assert served.client.get("/api/v1/webhooks").json() == {"webhooks": []}
    assert webhook["secret"].encode() not in (served.folder / "home" / "store.db").read_bytes(), "sealed at rest"


@pytest.mark.parametrize(("path", "status", "says"), [("broken", 500, "whatever"), ("moved", 307, "redirects")])
def test_what_does_not_arrive_is_logged_and_sent_again_later(
    served: Served, receiver: Receiver, path: str, status: int, says: str
):
    webhook = added(served, f"{receiver.url}/{path}")
    served.client.post(f"/api/v1/webhooks/{webhook['id']}/test").raise_for_status()
    found = until(lambda: next((each for each in log(served, webhook) if each["tries"] and each["log"]), None))
    assert found["state"] == "pending"
    assert found["log"][0]["status"] == status
    assert says in found["log"][0]["error"]
    assert len(found["log"][0]["error"]) < 300
    assert found["due_at"] > found["at"]
    assert receiver.at("/elsewhere") == []
    assert served.client.delete(f"/api/v1/webhooks/{webhook['id']}").status_code == 200


def test_an_address_that_is_gone_is_told_nothing_any_more(served: Served, receiver: Receiver):
    webhook = added(served, f"{receiver.url}/gone")
    served.client.post(f"/api/v1/webhooks/{webhook['id']}/test").raise_for_status()
    until(lambda: [each for each in served.client.get("/api/v1/webhooks").json()["webhooks"] if each["disabled"]])
    assert log(served, webhook)[0]["state"] == "failed"
    again = served.client.post(f"/api/v1/webhooks/{webhook['id']}/test")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job_state")


def test_a_killed_server_tells_after_it_comes_back_by_the_command_line_too(tmp_path: Path, receiver: Receiver):
    settings = {"VIDEO_GEN_ALLOW_PRIVATE_URLS": "1"}

    def cli(*words: str) -> str:
        done = subprocess.run(
            [COMMAND, "webhooks", *words],
            env=environment(tmp_path, **settings),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    webhook = json.loads(cli("add", f"{receiver.url}/late", "--json"))
    first = start(tmp_path, "--no-worker", **settings)
    body = {"prompt": "a calm ocean", **SMALL}
    task_id = first.client.post("/api/v1/videos/generate", json=body).json()["task_id"]
    first.process.kill()
    first.stop()
    second = start(tmp_path, **settings)
    headers, told = receiver.until("/late")[0]
    second.process.kill()
    second.stop()
    assert Webhook(webhook["secret"]).verify(told, headers)["data"]["task_id"] == task_id
    listed = [json.loads(line) for line in cli("deliveries", webhook["id"], "--json").splitlines()]
    assert [each["id"] for each in listed] == [headers["webhook-id"]]
    assert webhook["id"] in cli("list")
    assert "removed" in cli("remove", webhook["id"])


def test_addresses_that_lead_inside_are_refused(server: Served, receiver: Receiver):
    for url in (
        f"{receiver.url}/inside",
        "http://169.254.169.254/latest",
        "ftp://example.com",
        "http://u:p@example.com",
    ):
        answer = server.client.post("/api/v1/webhooks", json={"url": url})
        assert answer.status_code == 400, url
        assert "cannot be posted to" in answer.json()["error"]["message"]
    assert (
        server.client.post("/api/v1/webhooks", json={"url": "https://e.example", "kinds": ["No!"]}).status_code == 400
    )
    for path in ("wh_0/test", "deliveries/msg_0/redeliver"):
        assert server.client.post(f"/api/v1/webhooks/{path}").json()["error"]["code"] == "webhook_not_found"


async def test_a_name_that_leads_inside_when_it_is_posted_to_is_refused_then(receiver: Receiver):
    poster = Poster(allow_private=False, resolve=lambda _host, _port: ["127.0.0.1"])
    posted = await poster.post(f"http://rebound.example:{receiver.server_port}/rebound", b"{}", {})
    await poster.close()
    assert posted.status is None
    assert "private network" in (posted.error or "")
    assert receiver.at("/rebound") == []


async def test_an_address_that_hangs_is_given_up(receiver: Receiver):
    receiver.before_answering["/hanging"] = lambda: time.sleep(1)
    poster = Poster(allow_private=True, patience=0.2)
    posted = await poster.post(f"{receiver.url}/hanging", b"{}", {})
    await poster.close()
    assert (posted.status, posted.error) == (None, "no answer within 0.2 s")
