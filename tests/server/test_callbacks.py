"""Callbacks: one job's own address is told what becomes of it, in the words of the dialect it was handed in by."""

import asyncio
import base64
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from openai import BadRequestError, OpenAI
from receiver import Receiver, until
from replicate.client import Client
from replicate.webhook import Webhooks
from server_world import COMMAND, SMALL, Served, environment, new_key, start
from standardwebhooks import Webhook

from video_gen.engine.postbag import LEASE
from video_gen.engine.postgres import url_of
from video_gen.engine.webhook_tables import messages

PRIVATE = {"VIDEO_GEN_ALLOW_PRIVATE_URLS": "1"}
MODEL = "local/draft"

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")
INPUT = {"prompt": "a paper boat", "duration": 0.5, "size": "128x72", "fps": 12, "seed": 0}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    opened = start(tmp_path_factory.mktemp("called"), **PRIVATE)
    yield opened
    opened.stop()


def generate(server: Served, headers: dict[str, str] | None = None, **words: Any) -> httpx.Response:
    body = {"prompt": "a calm ocean", **SMALL, **words}
    return server.client.post("/api/v1/videos/generate", json=body, headers=headers)


def callbacks(server: Served, task_id: str) -> list[dict[str, Any]]:
    answer = server.client.get("/api/v1/webhooks", params={"task_id": task_id})
    return list(answer.raise_for_status().json()["webhooks"])


def secret(server: Served) -> str:
    return str(server.client.get("/api/v1/webhooks/secret").raise_for_status().json()["secret"])


def test_a_tasks_own_address_is_told_its_end_signed_and_logged(served: Served, receiver: Receiver):
    url = f"{receiver.url}/native"
    task_id = generate(served, seed=1, callback_url=url).json()["task_id"]
    generate(served, seed=2).raise_for_status()
    headers, body = receiver.until("/native")[0]
    told = Webhook(secret(served)).verify(body, headers)
    assert (told["type"], told["data"]["task_id"]) == ("job.completed", task_id)
    [callback] = callbacks(served, task_id)
    listing = [COMMAND, "webhooks", "list", "--job", task_id.removeprefix("vid_"), "--json"]
    listed = subprocess.run(listing, env=environment(served.folder), capture_output=True, text=True, check=True)
    assert json.loads(listed.stdout)["id"] == callback["id"]
    assert (callback["url"], callback["task_id"]) == (url, task_id)
    assert served.client.get("/api/v1/webhooks").json() == {"webhooks": []}
    log = f"/api/v1/webhooks/{callback['id']}/deliveries"
    [delivery] = until(lambda: [each for each in served.client.get(log).json()["deliveries"] if each["tries"]])
    assert (delivery["id"], delivery["kind"]) == (headers["webhook-id"], "job.completed")
    served.client.post(f"/api/v1/webhooks/deliveries/{delivery['id']}/redeliver").raise_for_status()
    assert receiver.until("/native", 2)[1][0]["webhook-id"] == headers["webhook-id"]
    assert served.client.delete(f"/api/v1/tasks/{task_id}").status_code == 200
    assert served.client.get(log).status_code == 404


def test_a_retry_makes_one_task_and_another_address_another_request(served: Served, receiver: Receiver):
    key, url = {"Idempotency-Key": "called back"}, f"{receiver.url}/retried"
    first, again = (generate(served, key, seed=3, callback_url=url) for _ in range(2))
    assert first.json()["task_id"] == again.json()["task_id"]
    assert len(callbacks(served, first.json()["task_id"])) == 1
    other = generate(served, key, seed=3, callback_url=f"{url}/other")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "job_state")
    silent = [generate(served, seed=4, callback_url=url).json()["task_id"] for _ in range(2)]
    assert silent[0] == silent[1] != generate(served, seed=4).json()["task_id"]


def test_an_address_may_ask_for_more_than_the_end(served: Served, receiver: Receiver):
    generate(served, seed=5, callback_url=f"{receiver.url}/more", callback_kinds=["job.*"]).raise_for_status()
    kinds = [json.loads(body)["type"] for _, body in receiver.until("/more", 3)]
    assert sorted(kinds) == ["job.completed", "job.queued", "job.started"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"callback_url": "http://169.254.169.254/latest"}, "cannot be posted to"),
        ({"callback_url": "http://localhost:1/hook"}, "cannot be posted to"),
        ({"callback_url": "ftp://example.com"}, "cannot be posted to"),
        ({"callback_url": "https://example.com/" + "a" * 2000}, "2000"),
        ({"callback_url": "example.com"}, "`example.com` is not an http or https address"),
        ({"callback_url": "https://exa mple.com/"}, "names no host"),
        ({"callback_url": "https://example.com/\0"}, "cannot be shown"),
        ({"callback_url": "https://example.com/\n"}, "cannot be shown"),
        ({"callback_url": ""}, "callback_url"),
        ({"callback_url": 3}, "callback_url"),
        ({"callback_url": "https://example.com", "callback_kinds": ["No!"]}, "no kind of event"),
        ({"callback_url": "https://example.com", "callback_kinds": ["job.complete"]}, "did you mean `job.completed`?"),
        ({"callback_url": "https://example.com", "callback_kinds": "job.*"}, "give a list"),
        ({"callback_kinds": ["job.*"]}, "callback_url"),
    ],
)
def test_what_cannot_be_called_is_refused_and_nothing_is_made(server: Served, words: dict[str, Any], says: str):
    answer = generate(server, **words)
    assert answer.status_code == 400, answer.text
    assert says in answer.json()["error"]["message"]
    assert server.client.get("/api/v1/tasks").json()["tasks"] == []


def test_openais_callback_says_that_it_has_ended_and_its_client_finds_it_genuine(served: Served, receiver: Receiver):
    with OpenAI(base_url=f"{served.url}/v1", api_key="any") as client:
        asked = {"model": "local", "prompt": "a calm sea", "seconds": "1", "size": "128x72"}
        made = client.videos.create(**asked, extra_body={"callback_url": f"{receiver.url}/openai"})
        headers, posted = receiver.until("/openai")[0]
        client.webhooks.verify_signature(posted, headers, secret=secret(served))
        told = json.loads(posted)
        assert (told["object"], told["type"]) == ("event", "video.completed")
        assert client.videos.retrieve(told["data"]["id"]).id == made.id
        with pytest.raises(BadRequestError, match="cannot be posted to"):
            client.videos.create(**asked, extra_body={"callback_url": "ftp://a.example"})


def assert_signed_as_fal_does(client: httpx.Client, headers: dict[str, str], body: bytes) -> None:
    [key] = client.get("/fal/.well-known/jwks.json").raise_for_status().json()["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(f"{key['x']}="))
    named = [headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    message = "\n".join([*named, hashlib.sha256(body).hexdigest()]).encode()
    public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), message)
    with pytest.raises(InvalidSignature):
        public.verify(bytes.fromhex(headers["x-fal-webhook-signature"]), message + b" ")


def test_fals_callback_is_posted_the_result_or_the_error(served: Served, receiver: Receiver):
    client, asked = served.client, {"fal_webhook": f"{receiver.url}/fal"}
    made = client.post(f"/fal/queue/{MODEL}", params=asked, json=INPUT).raise_for_status().json()
    headers, body = receiver.until("/fal")[0]
    told = Webhook(secret(served)).verify(body, headers)
    assert (told["request_id"], told["gateway_request_id"], told["status"]) == (made["request_id"],) * 2 + ("OK",)
    assert client.get(told["payload"]["video"]["url"]).content[4:8] == b"ftyp"
    assert_signed_as_fal_does(client, headers, body)
    slow = INPUT | {"duration": 60, "size": "1280x720", "fps": 60}
    stopped = client.post(f"/fal/queue/{MODEL}", params=asked, json=slow).raise_for_status().json()
    client.put(stopped["cancel_url"]).raise_for_status()
    told = json.loads(receiver.until("/fal", 2)[1][1])
    assert (told["request_id"], told["status"]) == (stopped["request_id"], "ERROR")
    assert told["error"]
    assert told["payload"]["error_type"] == "client_cancelled"


def test_replicates_callback_is_posted_the_prediction_and_its_client_finds_it_genuine(
    served: Served, receiver: Receiver
):
    client = Client("any", base_url=f"{served.url}/replicate")
    hook = f"{receiver.url}/replicate"
    made = client.predictions.create(
        version=MODEL, input=INPUT | {"seed": 9}, webhook=hook, webhook_events_filter=["start", "completed"]
    )
    posts = receiver.until("/replicate", 2)
    signed_with = client.webhooks.default.secret()
    client._client.close()
    for headers, body in posts:
        Webhooks.validate(headers=headers, body=body.decode(), secret=signed_with, tolerance=300)
    ended = next(told for _, body in posts if (told := json.loads(body))["status"] == "succeeded")
    assert ended["id"] == made.id
    assert httpx.get(ended["output"]).content[4:8] == b"ftyp"


def test_googles_callback_names_what_has_ended_and_its_file(served: Served, receiver: Receiver):
    hook = {"uris": [f"{receiver.url}/google"]}
    form = {"type": "video", "duration": "1s", "resolution": "144p", "delivery": "uri"}
    body = {"model": "local", "input": "a calm sea", "response_format": form, "background": True}
    path = "/gemini/v1beta/interactions"
    made = served.client.post(path, json=body | {"webhook_config": hook}).raise_for_status().json()
    headers, posted = receiver.until("/google")[0]
    told = Webhook(secret(served)).verify(posted, headers)
    assert (told["type"], told["data"]["id"]) == ("interaction.completed", made["id"])
    assert served.client.get(told["data"]["output_file_uri"]).content[4:8] == b"ftyp"
    predicted = {"instances": [{"prompt": "rain"}], "parameters": {"durationSeconds": 1, "resolution": "144p"}}
    place = "/gemini/v1beta/models/local:predictLongRunning"
    made = served.client.post(place, json=predicted | {"webhookConfig": hook}).raise_for_status().json()
    told = json.loads(receiver.until("/google", 2)[1][1])
    assert (told["type"], told["data"]["id"]) == ("video.generated", made["name"])
    for wrong in (
        {"uris": ["http://[::1]/hook", "http://[::1]/"]},
        {"uris": ["ftp://a.example"]},
        {"user_metadata": {}},
    ):
        answer = served.client.post(path, json=body | {"webhook_config": wrong})
        assert answer.status_code == 400, answer.text


def test_a_job_that_is_given_up_is_an_end_too(served: Served, receiver: Receiver):
    slow = INPUT | {"duration": 60, "size": "1280x720", "fps": 60}
    body = {"version": MODEL, "input": slow, "webhook": f"{receiver.url}/given-up"}
    made = served.client.post("/replicate/v1/predictions", json=body, headers={"Cancel-After": "1"})
    told = json.loads(receiver.until("/given-up")[0][1])
    assert (told["id"], told["status"]) == (made.json()["id"], "failed")


def test_each_key_has_a_secret_of_its_own(tmp_path: Path):
    ann, bob, eve = (
        asyncio.run(new_key(tmp_path, name, **more))
        for name, more in (("ann", {}), ("bob", {}), ("eve", {"scopes": ("read",)}))
    )
    served = start(tmp_path)
    try:

        def told(key: str) -> httpx.Response:
            return served.client.get("/api/v1/webhooks/secret", headers={"Authorization": f"Bearer {key}"})

        secrets = [told(key).json()["secret"] for key in (ann, bob, ann)]
        assert secrets[0] == secrets[2] != secrets[1]
        assert told(eve).status_code == 403, "who may only look could make messages up"
    finally:
        served.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[sa.URL, dict[str, str]]:
    """Where a server's rows are, and the settings that lead there."""
    if request.param == "sqlite":
        return sa.URL.create("sqlite", database=str(tmp_path / "home" / "store.db")), PRIVATE
    url = request.getfixturevalue("database_url")
    return url_of(url), {
        **PRIVATE,
        "VIDEO_GEN_DATABASE_URL": url,
        "VIDEO_GEN_SECRET": "the same on every machine" * 2,
    }


def test_a_server_killed_before_it_noted_the_answer_posts_again_with_the_same_id(
    tmp_path: Path, receiver: Receiver, store: tuple[sa.URL, dict[str, str]]
):
    receiver.came.clear()
    url, settings = store
    first = start(tmp_path, **settings)
    receiver.before_answering["/killed"] = lambda: os.kill(first.process.pid, signal.SIGKILL)
    task_id = generate(first, callback_url=f"{receiver.url}/killed").json()["task_id"]
    receiver.until("/killed")
    first.stop()
    del receiver.before_answering["/killed"]
    rows = sa.create_engine(url)
    with rows.begin() as connection:
        [message] = connection.execute(sa.select(messages)).all()
        assert (message.state, message.tries) == ("pending", 1), "it was taken, and how it went is not noted"
        lease_is_over = message.due_at - LEASE
        connection.execute(sa.update(messages).values(due_at=lease_is_over))
    rows.dispose()
    second = start(tmp_path, **settings)
    (before, body), (after, again) = receiver.until("/killed", 2)[:2]
    assert before["webhook-id"] == after["webhook-id"]
    for headers, posted in ((before, body), (after, again)):
        assert Webhook(secret(second)).verify(posted, headers)["data"]["task_id"] == task_id
    second.stop()
    assert len(receiver.at("/killed")) == 2
