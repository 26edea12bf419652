"""fal-client, its code as it is, drives the emulated fal: only the addresses it holds are set to lead here.

fal-client repeats what fails up to ten times, a submit too; where that is not what is shown, it tries once.
"""

import base64
import io
import json
import time
from hashlib import sha256

import fal_client.client
import httpx
import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fal_client import AsyncClient, Completed, FalClientHTTPError, InProgress, Queued, SyncClient
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.fal import FalEmulator
from video_gen.testing.emulators.serve import Host, serving

TEXT = "fal-ai/kling-video/v2.5-turbo/pro/text-to-video"
IMAGE = "fal-ai/kling-video/v2.5-turbo/pro/image-to-video"
NO_PICTURE = "data:image/png;base64,bm90aGluZw=="
ASKED = {"prompt": "a calm sea", "duration": "5", "aspect_ratio": "16:9"}


@pytest.fixture(scope="module")
def served():
    with serving(FalEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served, monkeypatch):
    served.faults.clear()
    served.world.renders.clear()
    served.world.calls.clear()
    monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{served.url}/")
    monkeypatch.setattr(fal_client.client, "REST_URL", served.url)
    monkeypatch.setattr(fal_client.client, "CDN_URL", served.url)
    monkeypatch.setattr(fal_client.client, "MAX_ATTEMPTS", 1)
    return served


@pytest.fixture
def fal(emulator, monkeypatch):
    client, opened = SyncClient(key=KEY, default_timeout=2.0), []
    usual = SyncClient._get_cdn_client

    def noted(self):  # it leaves what it opens for an upload to the garbage collector
        opened.append(usual(self))
        return opened[-1]

    monkeypatch.setattr(SyncClient, "_get_cdn_client", noted)
    yield client
    for each in (client._client, *opened):
        each.close()


def picture(side=320):
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def refused(call, *args, **more):
    with pytest.raises(FalClientHTTPError) as caught:
        call(*args, **more)
    return caught.value


# --- a request's life ----------------------------------------------------------------------------------------------


def test_subscribe_brings_a_real_video(fal, emulator, monkeypatch, tmp_path):
    monkeypatch.setattr(emulator.world, "queue_s", 0.5)
    monkeypatch.setattr(emulator.world, "render_s", 0.5)
    seen = []
    made = fal.subscribe(TEXT, ASKED, with_logs=True, on_queue_update=seen.append, interval=0.02)
    assert list(dict.fromkeys(type(each) for each in seen)) == [Queued, InProgress, Completed]
    assert all(each.logs for each in seen[1:] if isinstance(each, InProgress))
    assert made["video"]["content_type"] == "video/mp4"
    path = tmp_path / "video.mp4"
    path.write_bytes(httpx.get(made["video"]["url"]).content)
    assert path.stat().st_size == made["video"]["file_size"]
    assert probe(path).width > probe(path).height


def test_submit_ask_and_fetch(fal, emulator, monkeypatch):
    monkeypatch.setattr(emulator.world, "queue_s", 0.5)
    handle = fal.submit(TEXT, ASKED, priority="low", start_timeout=30, hint="warm")
    assert handle.response_url == f"{emulator.url}/fal-ai/kling-video/requests/{handle.request_id}"
    assert emulator.world.calls[-1].headers["x-fal-queue-priority"] == "low"
    assert isinstance(handle.status(), Queued)
    assert isinstance(list(handle.iter_events(interval=0.02))[-1], Completed)
    assert fal.result(TEXT, handle.request_id) == handle.get()
    assert isinstance(fal.status(TEXT, handle.request_id), Completed)


def test_a_result_is_refused_while_it_is_made(fal, emulator, monkeypatch):
    monkeypatch.setattr(emulator.world, "queue_s", 0.5)
    handle = fal.submit(TEXT, ASKED)
    reply = httpx.get(handle.response_url, headers={"Authorization": f"Key {KEY}"})
    assert (reply.status_code, reply.json()) == (400, {"detail": "Request is still in progress"})


def test_the_place_in_the_queue(fal, emulator, monkeypatch):
    monkeypatch.setattr(emulator.world, "queue_s", 5.0)
    handles = [fal.submit(TEXT, ASKED) for _ in range(3)]
    assert [handle.status().position for handle in handles] == [0, 1, 2]


async def test_the_asynchronous_client(emulator):
    client = AsyncClient(key=KEY)
    made = await client.subscribe(TEXT, ASKED, interval=0.02)
    handle = await client.submit(TEXT, ASKED)
    states = [type(each) async for each in handle.iter_events(interval=0.02)]
    assert states[-1] is Completed
    assert made["video"]["file_size"] == (await handle.get())["video"]["file_size"]
    await (await client._client).aclose()


def test_a_seed_comes_back(fal):
    asked = {"prompt": "a calm sea", "duration": "4s", "seed": 0}
    assert fal.subscribe("fal-ai/veo3.1/fast", asked, interval=0.02)["seed"] == 0


def test_what_was_billed_is_said(fal, emulator):
    handle = fal.submit(TEXT, ASKED | {"duration": "10"})
    handle.get(interval=0.02)
    reply = httpx.get(handle.response_url, headers={"Authorization": f"Key {KEY}"})
    assert reply.headers["x-fal-billable-units"] == "10"
    assert reply.headers["x-fal-request-id"] == handle.request_id


# --- cancelling ----------------------------------------------------------------------------------------------------


def test_cancel_in_the_queue_and_at_work(fal, emulator, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(emulator.world, "queue_s", 5.0)
        waiting = fal.submit(TEXT, ASKED)
        waiting.cancel()
    emulator.faults.inject("stuck")
    working = fal.submit(TEXT, ASKED)
    while isinstance(working.status(), Queued):
        time.sleep(0.02)
    working.cancel()
    for handle in (waiting, working):
        status = handle.status()
        assert isinstance(status, Completed)
        assert status.error_type == "client_cancelled"
        assert refused(handle.get).status_code == 499
    again = refused(waiting.cancel)
    assert again.status_code == 400
    assert again.response.json() == {"status": "ALREADY_COMPLETED"}


# --- files ---------------------------------------------------------------------------------------------------------


def test_an_uploaded_picture_is_used(fal, tmp_path):
    path = tmp_path / "first.jpg"
    path.write_bytes(picture())
    link = fal.upload_file(path)
    assert httpx.get(link).content == picture()
    made = fal.subscribe(IMAGE, {"prompt": "waves", "image_url": link}, interval=0.02)
    assert made["video"]["url"]


def test_an_upload_by_a_signed_link(fal):
    link = fal.upload(picture(), "image/jpeg", file_name="p.jpg", repository="fal")
    assert httpx.get(link).headers["content-type"] == "image/jpeg"


def test_an_upload_in_parts(fal, emulator, monkeypatch, tmp_path):
    monkeypatch.setattr(fal_client.client, "MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr(fal_client.client, "MULTIPART_CHUNK_SIZE", 1500)
    path = tmp_path / "first.jpg"
    path.write_bytes(picture())
    link = fal.upload_file(path)
    assert httpx.get(link).content == picture()
    assert sum(call.method == "PUT" for call in emulator.world.calls) > 1


async def test_the_asynchronous_client_uploads(emulator):
    client = AsyncClient(key=KEY)
    link = await client.upload(picture(), "image/jpeg")
    assert (await (await client._client).get(link)).content == picture()
    await (await client._client).aclose()


def test_a_data_uri_is_a_file_too(fal):
    data = fal_client.client.encode(picture(), "image/jpeg")
    assert fal.subscribe(IMAGE, {"prompt": "waves", "image_url": data}, interval=0.02)["video"]["url"]


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "status", "accepted"), [
    ("rate_limited", 429, 0),
    ("unavailable", 503, 0),
    ("error_before", 500, 0),
    ("error_after", 500, 1),
    ("unauthorized", 401, 0),
    ("no_credit", 403, 0),
    ("refused", 422, 0),
])  # fmt: skip
def test_a_submit_that_is_refused(fal, emulator, fault, status, accepted):
    emulator.faults.inject(fault)
    error = refused(fal.submit, TEXT, ASKED)
    assert error.status_code == status
    assert len(emulator.world.accepted()) == accepted


def test_a_refusal_says_why(fal, emulator):
    emulator.faults.inject("no_credit")
    assert "Exhausted balance" in str(refused(fal.submit, TEXT, ASKED))
    emulator.faults.inject("refused")
    assert refused(fal.submit, TEXT, ASKED).message[0]["type"] == "content_policy_violation"
    stranger = SyncClient(key="another:key")
    assert "No user found" in str(refused(stranger.submit, TEXT, ASKED))
    stranger._client.close()


@pytest.mark.parametrize(("model", "words"), [
    ("fal-ai/no-such-model", 'Application "fal-ai/no-such-model" not found'),
    ("fal-ai/kling-video/v99/text-to-video", "Path /v99/text-to-video not found"),
])  # fmt: skip
def test_an_unknown_model(fal, model, words):
    error = refused(fal.submit, model, ASKED)
    assert (error.status_code, error.message) == (404, words)


def test_a_request_of_another_app_is_not_known(fal):
    handle = fal.submit(TEXT, ASKED)
    assert refused(fal.status, "fal-ai/veo3.1", handle.request_id).message == "Request not found"


@pytest.mark.parametrize(("model", "given", "where", "kind"), [
    (TEXT, {"duration": "5"}, ["body", "prompt"], "missing"),
    (TEXT, ASKED | {"duration": "7"}, ["body", "duration"], "literal_error"),
    (TEXT, ASKED | {"duration": 5}, ["body", "duration"], "literal_error"),
    (TEXT, ASKED | {"aspect_ratio": "21:9"}, ["body", "aspect_ratio"], "literal_error"),
    ("fal-ai/veo3.1/fast", {"prompt": "x", "duration": "8"}, ["body", "duration"], "literal_error"),
    ("fal-ai/veo3.1/fast", {"prompt": "x", "seed": "many"}, ["body", "seed"], "int_parsing"),
    ("fal-ai/wan/v2.7/text-to-video", {"prompt": "x", "duration": 99}, ["body", "duration"], "less_than_equal"),
    (IMAGE, {"prompt": "x"}, ["body", "image_url"], "missing"),
    (IMAGE, {"prompt": "x", "image_url": NO_PICTURE}, ["body", "image_url"], "image_load_error"),
    (IMAGE, {"prompt": "x", "image_url": "cat.png"}, ["body", "image_url"], "file_download_error"),
])  # fmt: skip
def test_a_wrong_input_is_accepted_and_then_failed(fal, model, given, where, kind):
    handle = fal.submit(model, given)
    error = refused(handle.get, interval=0.02)
    assert error.status_code == 422
    first = error.message[0]
    assert first["loc"] == where
    assert first["type"] == kind
    assert first["url"].endswith(f"#{kind}")
    assert handle.status().error


def test_a_picture_that_is_too_small_or_gone(fal, emulator):
    small = fal_client.client.encode(picture(side=16), "image/jpeg")
    for link, kind in ((small, "image_too_small"), (f"{emulator.url}/files/b/gone/x.jpg", "file_download_error")):
        error = refused(fal.subscribe, IMAGE, {"prompt": "x", "image_url": link}, interval=0.02)
        assert error.message[0]["type"] == kind


@pytest.mark.parametrize(("fault", "status", "kind"), [
    ("policy", 422, "content_policy_violation"),
    ("audio_filtered", 422, "no_media_generated"),
    ("broken", 500, "internal_server_error"),
])  # fmt: skip
def test_a_request_that_fails(fal, emulator, fault, status, kind):
    emulator.faults.inject(fault)
    error = refused(fal.subscribe, TEXT, ASKED, interval=0.02)
    assert error.status_code == status
    assert error.message[0]["type"] == kind
    assert error.error_type == kind


def test_done_without_a_video(fal, emulator):
    emulator.faults.inject("no_video")
    assert fal.subscribe(TEXT, ASKED, interval=0.02)["video"] is None


# --- lost answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "accepted"), [("cut_before", 0), ("cut_after", 1), ("hang_after", 1)])
def test_a_lost_answer(fal, emulator, fault, accepted):
    emulator.faults.inject(fault)
    with pytest.raises(httpx.TransportError):
        fal.submit(TEXT, ASKED)
    assert len(emulator.world.accepted()) == accepted


def test_fal_client_pays_twice_for_a_lost_answer(fal, emulator, monkeypatch):
    """What we are careful about: the queue has no idempotency, and its own client sends again."""
    monkeypatch.setattr(fal_client.client, "MAX_ATTEMPTS", 10)
    emulator.faults.inject("cut_after")
    fal.submit(TEXT, ASKED)
    assert len(emulator.world.accepted()) == 2


def test_garbage_is_no_handle(fal, emulator):
    emulator.faults.inject("garbage")
    with pytest.raises(KeyError):
        fal.submit(TEXT, ASKED)
    assert len(emulator.world.accepted()) == 1


# --- notices -------------------------------------------------------------------------------------------------------


@pytest.fixture
def inbox():
    got = []

    async def take(request):
        got.append((dict(request.headers), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    host = Host()
    yield f"{host.serve(app)}/hook", got
    host.close()


def waited(got, count):
    for _ in range(200):
        if len(got) >= count:
            time.sleep(0.1)
            return got
        time.sleep(0.02)
    raise AssertionError("no notice came")


def check(emulator, headers, body):
    """Check a notice as fal's documents say a receiver must."""
    (key,) = httpx.get(f"{emulator.url}/.well-known/jwks.json").json()["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    named = [headers[f"X-Fal-Webhook-{name}"] for name in ("Request-Id", "User-Id", "Timestamp")]
    public.verify(
        bytes.fromhex(headers["X-Fal-Webhook-Signature"]), "\n".join([*named, sha256(body).hexdigest()]).encode()
    )
    return json.loads(body)


def test_a_notice_is_signed(fal, emulator, inbox):
    url, got = inbox
    handle = fal.submit(TEXT, ASKED, webhook_url=url)
    ((headers, body),) = waited(got, 1)
    said = check(emulator, headers, body)
    assert (said["request_id"], said["status"]) == (handle.request_id, "OK")
    assert said["payload"] == handle.get()
    with pytest.raises(InvalidSignature):
        check(emulator, headers, body + b" ")


def test_a_notice_of_a_failure(fal, emulator, inbox):
    url, got = inbox
    emulator.faults.inject("policy")
    fal.submit(TEXT, ASKED, webhook_url=url)
    ((headers, body),) = waited(got, 1)
    said = check(emulator, headers, body)
    assert said["status"] == "ERROR"
    assert said["payload"]["detail"][0]["type"] == "content_policy_violation"


def test_notices_that_come_twice_or_never(fal, emulator, inbox):
    url, got = inbox
    emulator.faults.inject("duplicate_webhook")
    fal.submit(TEXT, ASKED, webhook_url=url)
    assert len(waited(got, 2)) == 2
    got.clear()
    emulator.faults.inject("missing_webhook")
    fal.submit(TEXT, ASKED, webhook_url=url).get(interval=0.02)
    time.sleep(0.2)
    assert not got
