"""The unmodified fal-client, in a process of its own: its hosts are told by its environment, and must speak https."""

import asyncio
import base64
import io
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from receiver import until
from server_world import Backed, Served, new_key, start
from tls_front import front

QUEUE = "/fal/queue"
MODEL = "local/draft"
SMALL = {"prompt": "a paper boat", "duration": 0.5, "size": "128x72", "fps": 12, "seed": 0}
HOSTED = {"prompt": "a boat", "duration": 4, "size": "1280x720"}
Script = Callable[..., dict]
BEFORE = f"""
import asyncio, json, sys
import fal_client
from fal_client.client import FalClientHTTPError

MODEL, SMALL = {MODEL!r}, {SMALL!r}
LONG = dict(prompt="a long river", duration=60, resolution="720p", fps=60)
told = {{}}

def refused(call, *given):
    try:
        call(*given)
    except FalClientHTTPError as error:
        return [error.status_code, error.error_type, bool(error.message)]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fal")


@pytest.fixture(scope="module")
def script(folder) -> Iterator[Script]:
    """Runs a program against a server behind https, with its key; returns what it put into `told`."""
    key = asyncio.run(new_key(folder / "server", "ann"))
    with front(folder) as before:
        command = (sys.executable, str(Path(__file__).with_name("short_minutes.py")))
        settings = {"VIDEO_GEN_PUBLIC_URL": before.url, "VIDEO_GEN_MAX_BODY_BYTES": "100000"}
        served = start(folder / "server", command=command, **settings)
        before.target = httpx.URL(served.url).port
        settings = {
            "FAL_RUN_HOST": f"{before.netloc}/fal/run",
            "FAL_QUEUE_RUN_HOST": f"{before.netloc}{QUEUE}",
            "FAL_KEY": key,
            "SSL_CERT_FILE": str(before.certificate),
            "HOME": str(folder),
        }
        environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | settings

        def run(text: str, *arguments: str, **more: str) -> dict:
            whole = BEFORE + textwrap.dedent(text) + "\nprint(json.dumps(told))"
            command = [sys.executable, "-c", whole, before.url, *arguments]
            done = subprocess.run(
                command, env=environment | more, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        yield run
        served.stop()


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((256, 144)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def test_subscribe_submit_events_result_run_and_cancel(script):
    told = script("""
        seen = []
        told["subscribed"] = fal_client.subscribe(MODEL, SMALL, with_logs=True, on_queue_update=seen.append)
        told["seen"] = [type(each).__name__ for each in seen]
        told["logs"] = [line["message"] for line in seen[-1].logs]

        handle, again = (fal_client.submit(MODEL, {**SMALL, "prompt": "rain"}, priority="low") for _ in range(2))
        last = list(handle.iter_events())[-1]
        told["metrics"] = last.metrics
        told["same"] = handle.get() == fal_client.result(MODEL, handle.request_id)
        told["status"] = type(fal_client.status(MODEL, handle.request_id, with_logs=True)).__name__
        told["again"] = again.request_id == handle.request_id

        told["run"] = fal_client.run(MODEL, SMALL)
        told["image"] = fal_client.run("local/still", {"prompt": "a red square", "size": "256x256"})

        long = fal_client.submit(MODEL, LONG)
        fal_client.cancel(MODEL, long.request_id)
        told["cancelled"] = refused(long.get)
        told["ended"] = refused(long.cancel)

        async def asynchronous():
            return await fal_client.AsyncClient().subscribe(MODEL, {**SMALL, "prompt": "snow"})

        told["async"] = asyncio.run(asynchronous())
    """)
    for name in ("subscribed", "run", "async"):
        assert (told[name]["video"]["url"][:8], told[name]["video"]["content_type"]) == ("https://", "video/mp4")
        assert told[name]["seed"] == 0
    assert told["seen"][-1] == "Completed"
    assert told["logs"]
    assert told["metrics"]["inference_time"] >= 0
    assert (told["same"], told["status"], told["again"]) == (True, "Completed", True)
    assert told["image"]["images"][0]["width"] == 256
    assert told["cancelled"] == [499, "client_cancelled", True]
    assert told["ended"][0] == 400


def test_refusals_have_their_status_and_kind(script):
    told = script("""
        told["model"] = refused(fal_client.submit, "nothing/of-the-kind", SMALL)
        told["duration"] = refused(fal_client.submit, MODEL, {**SMALL, "duration": "soon"})
        told["picture"] = refused(fal_client.submit, MODEL, {**SMALL, "image_url": "data:image/png;base64,aGVsbG8="})
        told["unknown"] = refused(fal_client.result, MODEL, "0000000000000000")
        told["webhook"] = refused(lambda: fal_client.submit(MODEL, SMALL, webhook_url="http://127.0.0.1:1/hook"))
    """)
    assert told == {
        "model": [404, "bad_request", True],
        "duration": [422, "bad_request", True],
        "picture": [422, "file_download_error", True],
        "unknown": [404, "not_found", True],
        "webhook": [422, "bad_request", True],
    }
    wrong = script("told['key'] = refused(fal_client.submit, MODEL, SMALL)", FAL_KEY="wrong")
    assert wrong["key"][0] == 401


def test_a_body_too_large_is_told_once_and_a_key_that_asks_too_often_is_served_later(script, folder):
    told = script("""
        import base64, time
        large = "data:image/png;base64," + base64.b64encode(bytes(100_000)).decode()
        before = time.monotonic()
        told["large"] = refused(fal_client.submit, MODEL, {**SMALL, "image_url": large})
        told["at once"] = time.monotonic() - before < 5
    """)
    assert told == {"large": [413, "bad_request", True], "at once": True}
    slow = asyncio.run(new_key(folder / "server", "slow", requests_per_minute=1))
    told = script("told['ids'] = [fal_client.submit(MODEL, SMALL).request_id for _ in range(2)]", FAL_KEY=slow)
    assert told["ids"][0] == told["ids"][1], "the second was refused, sent again, and is the same request"


def test_pictures_are_handed_in_where_the_client_is_told_its_storage(script, tmp_path):
    path = tmp_path / "still.png"
    path.write_bytes(picture())
    told = script(
        """
        told["encoded"] = fal_client.run(MODEL, {**SMALL, "image_url": fal_client.encode_file(sys.argv[2])})
        fal_client.client.REST_URL = fal_client.client.CDN_URL = sys.argv[1] + "/fal"
        told["links"] = [
            fal_client.upload_file(sys.argv[2]), fal_client.upload_file(sys.argv[2], repository="fal")
        ]
        told["made"] = [fal_client.run(MODEL, {**SMALL, "image_url": link}) for link in told["links"]]
        """,
        str(path),
    )
    assert told["encoded"]["video"]["url"]
    assert len({*told["links"]}) == 2
    assert all(made["video"]["url"] for made in told["made"])


def asked(server: Served, job: dict) -> httpx.Response:
    def told() -> httpx.Response | None:
        answer = server.client.get(job["status_url"], params={"logs": "true"})
        if answer.json()["status"] == "COMPLETED":
            return answer
        assert answer.status_code == 202
        return None

    return until(told)


@pytest.mark.parametrize(
    ("fault", "status", "kind"), [("policy", 422, "content_policy_violation"), ("broken", 500, "internal_server_error")]
)
def test_a_failure_is_told_by_the_status_and_the_result(backed: Backed, fault: str, status: int, kind: str):
    backed.order("openai", fault)
    client = backed.server.client
    job = client.post(f"{QUEUE}/openai/sora-2", json=HOSTED | {"prompt": fault}).json()
    assert client.get(job["response_url"]).status_code == 400
    told = asked(backed.server, job).json()
    assert told["error_type"] == kind
    answer = client.get(job["response_url"])
    assert (answer.status_code, answer.headers["x-fal-error-type"]) == (status, kind)


def test_a_model_of_fals_own_is_found_by_its_own_name(backed: Backed):
    model = "fal-ai/kling-video/v2.5-turbo/pro/text-to-video"
    job = backed.server.client.post(f"{QUEUE}/{model}", json={"prompt": "a boat", "duration": "5"}).json()
    assert job["response_url"].endswith(f"/fal-ai/kling-video/requests/{job['request_id']}")
    backed.server.client.put(job["cancel_url"]).raise_for_status()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"prompt": 1}', b"[" * 99_999, b'{"prompt": "\\u0000"}'])
@pytest.mark.parametrize("way", ["queue", "run"])
def test_whatever_is_sent_the_error_is_a_detail(backed: Backed, way: str, body: bytes):
    answer = backed.server.client.post(
        f"/fal/{way}/{MODEL}", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, bool(answer.json()["detail"])) == (422, True), answer.text


def test_a_picture_in_the_body_needs_no_storage(backed: Backed):
    encoded = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    answer = backed.server.client.post(f"/fal/run/{MODEL}", json=SMALL | {"start_image_url": encoded})
    assert answer.json()["video"]["file_size"] > 0
