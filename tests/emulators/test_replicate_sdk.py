"""replicate, unmodified, drives the emulated Replicate; requests and replies are held to the published description.

The client takes a transport: here it leads to the emulator what the service would deliver from another host.
"""

import asyncio
import base64
import json
import time
from io import BytesIO
from pathlib import Path

import httpx
import jsonschema
import pytest
from aiohttp import web
from PIL import Image
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError
from replicate.helpers import FileOutput
from replicate.pagination import paginate
from replicate.webhook import InvalidSignatureError, Webhooks

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.replicate import ReplicateEmulator
from video_gen.testing.emulators.serve import Host, serving

SPEC = json.loads((Path(__file__).parents[1] / "data/specs/replicate.openapi.json").read_text(encoding="utf-8"))
DELIVERY = "https://replicate.delivery"
VEO, KLING = "google/veo-3.1", "kwaivgi/kling-v1.6-pro"
ASKED = {"prompt": "a calm sea", "duration": 4, "resolution": "720p"}


class ToTheEmulator(httpx.HTTPTransport, httpx.AsyncHTTPTransport):
    """Leads the delivery's host to the emulator."""

    def __init__(self, url):
        self._here = httpx.URL(url)
        self._sync, self._async = httpx.HTTPTransport(), httpx.AsyncHTTPTransport()

    def _led(self, request):
        if request.url.host == "replicate.delivery":
            request.url = request.url.copy_with(scheme="http", host=self._here.host, port=self._here.port)
        return request

    def handle_request(self, request):
        return self._sync.handle_request(self._led(request))

    async def handle_async_request(self, request):
        return await self._async.handle_async_request(self._led(request))

    def close(self):
        self._sync.close()

    async def aclose(self):
        await self._async.aclose()


@pytest.fixture(scope="module")
def served():
    with serving(ReplicateEmulator(delivery=DELIVERY)) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    served.world.renders.clear()
    served.world.calls.clear()
    return served


@pytest.fixture
def replicate(emulator):
    client = make(emulator)
    yield client
    client._client.close()


def make(emulator, token=KEY):
    client = Client(token, base_url=emulator.url, transport=ToTheEmulator(emulator.url), timeout=httpx.Timeout(2.0))
    client.poll_interval = 0.02
    return client


def picture(side=320):
    buffer = BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def refused(call, *args, **more):
    with pytest.raises(ReplicateError) as caught:
        call(*args, **more)
    return caught.value


def check_reply(name, body):
    jsonschema.validate(body, SPEC[name] | {"prediction": SPEC["prediction"]})


# --- a prediction's life -------------------------------------------------------------------------------------------


def test_run_brings_a_real_video(replicate, emulator, tmp_path):
    output = replicate.run(VEO, input=ASKED)
    assert isinstance(output, FileOutput)
    assert str(output).startswith(DELIVERY)
    path = tmp_path / "video.mp4"
    path.write_bytes(output.read())
    assert probe(path).audio is not None
    submit = next(call for call in emulator.world.calls if call.step == "submit")
    jsonschema.validate(json.loads(submit.body), SPEC["requests"]["prediction"])
    assert submit.headers["prefer"] == "wait"


def test_run_without_waiting_asks_again(replicate, emulator):
    assert replicate.run(VEO, input=ASKED, wait=False).read()
    assert [call.step for call in emulator.world.calls].count("poll") > 1


def test_a_wait_that_is_too_short_ends_as_starting(replicate, emulator):
    emulator.faults.inject("stuck")
    begun = time.monotonic()
    prediction = replicate.models.predictions.create(VEO, ASKED, wait=1)
    assert time.monotonic() - begun >= 0.9
    assert prediction.status == "starting"
    prediction.cancel()


def test_create_reload_wait_and_list(replicate, emulator, monkeypatch):
    monkeypatch.setattr(emulator.world, "queue_s", 0.5)
    made = replicate.predictions.create(model=VEO, input=ASKED | {"seed": 0})
    assert made.status == "starting"
    assert made.started_at is None
    made.reload()
    made.wait()
    assert (made.status, made.error, made.input["seed"]) == ("succeeded", None, 0)
    assert made.metrics["video_output_duration_seconds"] == 4
    assert made.metrics["predict_time"] > 0
    assert made.started_at < made.completed_at
    assert replicate.predictions.get(made.id).output == made.output
    (listed,) = replicate.predictions.list()
    assert (listed.id, listed.model) == (made.id, VEO)


def test_every_state_is_as_described(replicate, emulator, monkeypatch):
    monkeypatch.setattr(emulator.world, "queue_s", 0.5)
    monkeypatch.setattr(emulator.world, "render_s", 0.5)
    prediction = replicate.predictions.create(model=VEO, input=ASKED)
    states = []
    with httpx.Client(base_url=emulator.url, headers={"Authorization": f"Bearer {KEY}"}) as http:
        while True:
            body = http.get(f"/v1/predictions/{prediction.id}").json()
            check_reply("prediction", body)
            states.append(body["status"])
            if body["status"] == "succeeded":
                break
        check_reply("page", http.get("/v1/predictions").json())
    assert list(dict.fromkeys(states)) == ["starting", "processing", "succeeded"]


def test_progress_is_read_from_the_logs(replicate, emulator, monkeypatch):
    monkeypatch.setattr(emulator.world, "render_s", 0.6)
    prediction = replicate.predictions.create(model=VEO, input=ASKED)
    seen = []
    while prediction.status not in {"succeeded", "failed"}:
        seen += [prediction.progress.percentage] if prediction.progress else []
        prediction.reload()
    assert seen == sorted(seen)
    assert any(0 < each < 1 for each in seen)


def test_a_version_runs_too(replicate, emulator):
    version = replicate.models.get(VEO).latest_version
    for named in (version.id, f"{VEO}:{version.id}"):
        prediction = replicate.predictions.create(version=named, input=ASKED)
        assert prediction.model == VEO
    submit = next(call for call in emulator.world.calls if call.step == "submit")
    jsonschema.validate(json.loads(submit.body), SPEC["requests"]["version_prediction"])
    assert replicate.run(f"{VEO}:{version.id}", input=ASKED).read()


def test_the_asynchronous_client(emulator):
    async def drive():
        client = make(emulator)
        output = await client.async_run(VEO, input=ASKED)
        prediction = await client.predictions.async_create(model=VEO, input=ASKED)
        await prediction.async_wait()
        await client._async_client.aclose()
        return output, prediction

    output, prediction = asyncio.run(drive())
    assert isinstance(output, FileOutput)
    assert prediction.status == "succeeded"


def test_pages_newest_first(replicate, emulator):
    made = [replicate.predictions.create(model=VEO, input=ASKED).id for _ in range(103)]
    pages = list(paginate(replicate.predictions.list))
    assert [len(page) for page in pages] == [100, 3]
    assert [each.id for page in pages for each in page] == made[::-1]
    assert [each.id for each in replicate.predictions.list(pages[1].previous)] == [each.id for each in pages[0]]


def test_models_and_their_schemas(replicate):
    model = replicate.models.get("minimax/hailuo-02")
    fields = model.latest_version.openapi_schema["components"]["schemas"]["Input"]["properties"]
    assert fields["resolution"]["enum"] == ["512p", "768p", "1080p"]
    assert "first_frame_image" in fields
    assert {each.id for each in replicate.models.list()} >= {VEO, KLING}
    assert [each.id for each in model.versions.list()] == [model.latest_version.id]
    assert replicate.accounts.current().username == "emulated"


# --- ending early --------------------------------------------------------------------------------------------------


def test_cancel_before_it_begins_and_at_work(replicate, emulator, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(emulator.world, "queue_s", 5.0)
        waiting = replicate.predictions.create(model=VEO, input=ASKED)
        waiting.cancel()
    assert (waiting.status, waiting.started_at) == ("canceled", None)
    emulator.faults.inject("stuck")
    working = replicate.predictions.create(model=VEO, input=ASKED)
    while working.status == "starting":
        working.reload()
    assert replicate.predictions.cancel(working.id).status == "canceled"
    working.reload()
    assert working.started_at
    assert working.metrics["predict_time"] >= 0
    assert not working.output


@pytest.mark.parametrize(("queue_s", "status"), [(9.0, "aborted"), (0.0, "canceled")])
def test_a_deadline(replicate, emulator, monkeypatch, queue_s, status):
    monkeypatch.setattr(emulator.world, "queue_s", queue_s)
    emulator.faults.inject("stuck")
    late = Client(KEY, base_url=emulator.url, headers={"Cancel-After": "6s", "Authorization": f"Bearer {KEY}"})
    prediction = late.predictions.create(model=VEO, input=ASKED)
    real = emulator.world.now
    monkeypatch.setattr(emulator.world, "now", lambda: real() + 7)
    body = late._client.get(f"/v1/predictions/{prediction.id}").json()
    late._client.close()
    assert body["status"] == status
    check_reply("prediction", body)


def test_what_was_made_is_removed_after_an_hour(replicate, emulator, monkeypatch):
    prediction = replicate.predictions.create(model=VEO, input=ASKED)
    prediction.wait()
    link, real = prediction.output, emulator.world.now
    monkeypatch.setattr(emulator.world, "now", lambda: real() + 3700)
    prediction.reload()
    gone = replicate._client.get(link)
    assert (prediction.status, prediction.output, prediction.input) == ("succeeded", None, {})
    assert gone.status_code == 404


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_and_used(replicate, emulator):
    data = picture()
    file = replicate.files.create(BytesIO(data), filename="first.jpg", metadata={"shot": 1})
    assert (file.name, file.content_type, file.size) == ("first.jpg", "image/jpeg", len(data))
    assert file.metadata == {"shot": 1}
    assert replicate.files.get(file.id).checksums == file.checksums
    assert [each.id for each in replicate.files.list()] == [file.id]
    made = replicate.run(KLING, input={"prompt": "waves", "start_image": file.urls["get"]})
    assert made.read()
    assert replicate.files.delete(file.id) is True
    assert refused(replicate.files.get, file.id).status == 404


@pytest.mark.parametrize("strategy", ["url", "base64"])
def test_an_open_file_is_an_input(replicate, strategy, tmp_path):
    path = tmp_path / "first.jpg"
    path.write_bytes(picture())
    with path.open("rb") as file:
        asked = {"prompt": "waves", "start_image": file}
        prediction = replicate.predictions.create(model=KLING, input=asked, file_encoding_strategy=strategy)
    prediction.wait()
    assert prediction.status == "succeeded"


@pytest.mark.parametrize(("link", "words"), [
    (f"data:image/png;base64,{base64.b64encode(b'nothing').decode()}", "cannot identify image file"),
    ("{url}/v1/files/gone", "Failed to download file"),
])  # fmt: skip
def test_a_file_that_cannot_be_read(replicate, emulator, link, words):
    with pytest.raises(ModelError, match=words):
        replicate.run(KLING, input={"prompt": "waves", "start_image": link.format(url=emulator.url)})


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "status", "words", "accepted"), [
    ("rate_limited", 429, "Your rate limit resets in ~1s", 0),
    ("unavailable", 503, "temporarily unavailable", 0),
    ("error_before", 500, "internal error", 0),
    ("error_after", 500, "internal error", 1),
    ("unauthorized", 401, "valid authentication token", 0),
    ("no_credit", 402, "insufficient credit", 0),
    ("refused", 422, "flagged", 0),
])  # fmt: skip
def test_a_submit_that_is_refused(replicate, emulator, fault, status, words, accepted):
    emulator.faults.inject(fault)
    error = refused(replicate.predictions.create, model=VEO, input=ASKED)
    assert error.status == status
    assert words in error.detail
    assert len(emulator.world.accepted()) == accepted


def test_another_account_sees_nothing(replicate, emulator):
    made = replicate.predictions.create(model=VEO, input=ASKED)
    stranger = make(emulator, "another-token")
    assert refused(stranger.predictions.get, made.id).status == 401
    stranger._client.close()


@pytest.mark.parametrize(("given", "detail"), [
    ({"duration": 4}, "- input: prompt is required\n"),
    (ASKED | {"duration": 7}, "- input.duration: input.duration must be one of the following: 4, 6, 8\n"),
    (ASKED | {"duration": "4"}, "- input.duration: Invalid type. Expected: integer, given: string\n"),
    (
        ASKED | {"resolution": "4k"},
        '- input.resolution: input.resolution must be one of the following: "720p", "1080p"\n',
    ),
    (ASKED | {"seed": True}, "- input.seed: Invalid type. Expected: integer, given: boolean\n"),
    (ASKED | {"image": "cat.png"}, "- input.image: Does not match format 'uri'\n"),
    (ASKED | {"reference_images": ["cat.png"]}, "- input.reference_images.0: Does not match format 'uri'\n"),
])  # fmt: skip
def test_a_wrong_input(replicate, emulator, given, detail):
    error = refused(replicate.predictions.create, model=VEO, input=given)
    assert (error.status, error.title, error.detail) == (422, "Input validation failed", detail)
    assert not emulator.world.accepted()


@pytest.mark.parametrize(("more", "detail"), [
    ({"version": "0" * 64}, "The specified version does not exist"),
    ({"model": "google/veo-99"}, "could not be found"),
    ({"model": VEO, "webhook_events_filter": ["later"]}, "webhook_events_filter must be one of"),
])  # fmt: skip
def test_a_wrong_request(replicate, more, detail):
    assert detail in refused(replicate.predictions.create, input=ASKED, **more).detail


@pytest.mark.parametrize(("fault", "words"), [
    ("policy", "flagged as sensitive.*E005"), ("audio_filtered", "audio was flagged"), ("broken", "interrupted"),
])  # fmt: skip
def test_a_prediction_that_fails(replicate, emulator, fault, words):
    emulator.faults.inject(fault)
    with pytest.raises(ModelError, match=words) as caught:
        replicate.run(VEO, input=ASKED)
    assert caught.value.prediction.status == "failed"


def test_done_without_a_video(replicate, emulator):
    emulator.faults.inject("no_video")
    assert replicate.run(VEO, input=ASKED) is None


@pytest.mark.parametrize(("fault", "accepted"), [("cut_before", 0), ("cut_after", 1), ("hang_after", 1)])
def test_a_lost_answer(replicate, emulator, fault, accepted):
    emulator.faults.inject(fault)
    with pytest.raises(httpx.TransportError):
        replicate.models.predictions.create(VEO, ASKED, wait=1)  # without a wait it waits forever
    assert len(emulator.world.accepted()) == accepted


def test_the_client_asks_again_but_submits_once(replicate, emulator):
    emulator.faults.inject("rate_limited", step="poll", value=0.0, times=2)
    replicate.predictions.create(model=VEO, input=ASKED).wait()
    assert len(emulator.world.accepted()) == 1
    emulator.faults.inject("unavailable")
    assert refused(replicate.predictions.create, model=VEO, input=ASKED).status == 503


# --- notices -------------------------------------------------------------------------------------------------------


@pytest.fixture
def inbox():
    got = []

    async def take(request):
        got.append((dict(request.headers), await request.text()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    host = Host()
    yield f"{host.serve(app)}/hook", got
    host.close()


def waited(got, count):
    for _ in range(200):
        if len(got) >= count:
            return got
        time.sleep(0.02)
    raise AssertionError("no notice came")


def test_a_notice_is_signed_as_the_client_checks_it(replicate, inbox):
    url, got = inbox
    prediction = replicate.predictions.create(model=VEO, input=ASKED, webhook=url, webhook_events_filter=["completed"])
    ((headers, body),) = waited(got, 1)
    secret = replicate.webhooks.default.secret()
    Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=60)
    said = json.loads(body)
    check_reply("prediction", said)
    assert (said["id"], said["status"]) == (prediction.id, "succeeded")
    with pytest.raises(InvalidSignatureError):
        Webhooks.validate(headers=headers, body=body + " ", secret=secret)


def test_notices_that_come_twice_or_never(replicate, emulator, inbox):
    url, got = inbox
    emulator.faults.inject("duplicate_webhook")
    replicate.predictions.create(model=VEO, input=ASKED, webhook=url)
    assert len(waited(got, 2)) == 2
    got.clear()
    emulator.faults.inject("missing_webhook")
    replicate.predictions.create(model=VEO, input=ASKED, webhook=url).wait()
    replicate.predictions.create(model=VEO, input=ASKED, webhook=url, webhook_events_filter=["start"]).wait()
    time.sleep(0.2)
    assert not got
