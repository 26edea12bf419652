"""venice-sdk, unmodified, drives the emulated Venice; each exchange is held to Venice's own API description."""

import base64
import io
import json
import time
from pathlib import Path

import jsonschema
import pytest
import requests
from PIL import Image
from venice_sdk import VeniceClient
from venice_sdk.config import Config
from venice_sdk.errors import (
    InsufficientBalanceError,
    InvalidRequestError,
    RateLimitError,
    UnauthorizedError,
    VeniceAPIError,
    VeniceConnectionError,
    VideoGenerationError,
)

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.serve import serving
from video_gen.testing.emulators.venice import VeniceEmulator

SPEC = json.loads((Path(__file__).parent.parent / "data/specs/venice.openapi.json").read_text(encoding="utf-8"))
TEXT, IMAGE = "wan-2.5-preview-text-to-video", "wan-2.5-preview-image-to-video"
PRIVATE = "grok-imagine-text-to-video-private"
ASKED = {"prompt": "a calm sea", "duration": 5, "aspect_ratio": "16:9"}


class Replies(list):
    """What came; the SDK's errors leave out the fields that Venice complains of."""

    def append_reply(self, reply, **_):
        self.append(reply)

    @property
    def complaint(self):
        return json.dumps(self[-1].json()["details"], ensure_ascii=False)


REPLIES = Replies()


def matches(schema, value):
    jsonschema.validate(value, schema | {"components": SPEC["components"]}, jsonschema.Draft202012Validator)


def held_to_the_description(reply, **_):
    """Check one exchange; what the description does not list (404 and 429 of the queue) must still be an error's."""
    path = reply.request.path_url.removeprefix("/api/v1").partition("?")[0]
    operation = SPEC["paths"].get(path, {}).get(reply.request.method.lower())
    if operation is None:
        return
    if reply.ok and "requestBody" in operation:
        matches(operation["requestBody"]["content"]["application/json"]["schema"], json.loads(reply.request.body))
    kind = reply.headers["Content-Type"].partition(";")[0]
    listed = operation["responses"].get(str(reply.status_code))
    if listed is None:
        assert not reply.ok
        assert isinstance(reply.json()["error"], str)
        return
    assert kind in listed["content"]
    if kind == "application/json":
        matches(listed["content"][kind]["schema"], reply.json())


def sdk(emulator, *, key=KEY, retries=0, checked=True):
    """Return the SDK's client as a user makes it."""
    config = Config(key, f"{emulator.url}/api/v1", timeout=20, max_retries=retries, retry_delay=0)
    client = VeniceClient(config)
    if checked:
        client.http_client.session.hooks["response"] += [held_to_the_description, REPLIES.append_reply]
    return client


@pytest.fixture(scope="module")
def served():
    with serving(VeniceEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    return served


@pytest.fixture
def venice(emulator, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # the SDK puts answers that are videos there
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return sdk(emulator)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "still.png"
    Image.new("RGB", (640, 360), "teal").save(path)
    return path


def waited(venice, job, model, **more):
    return venice.video.wait_for_completion(job.job_id, poll_interval=0.02, max_wait_time=20, model=model, **more)


class TestLife:
    def test_a_text_becomes_a_video(self, venice, tmp_path):
        seen = []
        job = venice.video.queue(TEXT, resolution="720p", **ASKED)
        assert job.status == "queued"
        done = waited(venice, job, TEXT, callback=seen.append)
        assert done.is_completed()
        assert {each.status for each in seen} == {"PROCESSING", "completed"}
        saved = done.download(tmp_path / "sea.mp4")
        assert probe(saved).seconds > 0
        assert done.get_video_data() == saved.read_bytes()

    def test_a_picture_becomes_a_video_of_its_shape(self, venice, emulator, tmp_path, picture):
        job = venice.video.queue(IMAGE, prompt="waves", image=picture, duration="5s")
        info = probe(waited(venice, job, IMAGE).download(tmp_path / "waves.mp4"))
        assert info.width / info.height == pytest.approx(16 / 9, rel=0.02)
        sent = emulator.world.renders[job.job_id].request["image_url"]
        assert base64.b64decode(sent.partition(",")[2]) == picture.read_bytes()

    def test_queue_and_wait_in_one(self, venice, tmp_path, monkeypatch):
        sleep = time.sleep
        monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))  # the SDK asks every 5 s
        done = venice.video.complete(TEXT, timeout=20, **ASKED)
        assert done.is_completed()
        assert probe(done.download(tmp_path / "sea.mp4")).seconds > 0

    def test_two_jobs_never_share_a_file(self, venice):
        jobs = [venice.video.queue(TEXT, **ASKED) for _ in range(3)]
        files = {waited(venice, job, TEXT).video_file_path for job in jobs}
        assert len(files) == 3

    def test_the_same_again_is_another_job(self, venice):
        first, second = (venice.video.queue(TEXT, seed=7, **ASKED) for _ in range(2))
        assert first.job_id != second.job_id

    def test_media_can_be_deleted(self, venice):
        job = venice.video.queue(TEXT, **ASKED)
        waited(venice, job, TEXT)
        assert venice.video.cleanup(job.job_id, TEXT) == {"success": True}
        with pytest.raises(InvalidRequestError, match="Media could not be found"):
            venice.video.retrieve(job.job_id, TEXT)

    def test_media_is_kept_until_it_is_deleted(self, venice):
        job = venice.video.queue(TEXT, **ASKED)
        first, second = (waited(venice, job, TEXT).get_video_data() for _ in range(2))
        assert first == second


class TestPrivate:
    """Models with an address of their own; the SDK does not know its word for the end, COMPLETED."""

    def test_the_address_needs_no_key_and_can_be_ended(self, venice, emulator):
        job = venice.video.queue(PRIVATE, **ASKED)
        url = f"{emulator.url}/v1/share/read/{emulator.world.renders[job.job_id].data['token']}"
        assert requests.get(url, timeout=5).status_code == 404  # not made yet
        while (found := venice.video.retrieve(job.job_id, PRIVATE)).status != "COMPLETED":
            time.sleep(0.02)
        assert found.video_file_path is None
        part = requests.get(url, timeout=5, headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        assert requests.delete(url, timeout=5).status_code == 204
        assert requests.get(url, timeout=5).status_code == 410

    def test_the_address_ends_by_itself(self, venice, emulator, monkeypatch):
        job = venice.video.queue(PRIVATE, **ASKED)
        url = f"{emulator.url}/v1/share/read/{emulator.world.renders[job.job_id].data['token']}"
        late = time.time() + 25 * 3600
        monkeypatch.setattr(emulator.world, "now", lambda: late)
        assert requests.get(url, timeout=5).status_code == 410


class TestPrices:
    def test_a_quote(self, venice):
        quote = venice.video.quote(TEXT, prompt="x", duration=5, resolution="1080p")
        assert (quote.estimated_cost, quote.currency) == (pytest.approx(0.83), "USD")

    def test_longer_and_larger_costs_more(self, venice):
        prices = [
            venice.video.quote(TEXT, prompt="x", duration=seconds, resolution=size).estimated_cost
            for seconds, size in ((5, "480p"), (5, "720p"), (10, "720p"), (10, "1080p"))
        ]
        assert prices == sorted(set(prices))

    def test_what_a_model_takes_is_found_by_asking(self, venice):
        found = venice.video.get_valid_parameters(TEXT, prompt="x")
        assert found["duration"] == ["5s", "10s"]
        assert found["combinations"]

    def test_a_submit_that_is_validated_first(self, venice):
        with pytest.raises(VideoGenerationError, match="Invalid parameter combination"):
            venice.video.queue(TEXT, prompt="x", duration=7, validate_parameters=True)


class TestModels:
    def test_the_list_by_type(self, venice):
        video = venice.models.list(type="video")
        assert len(video) > 100
        assert {row["type"] for row in video} == {"video"}
        row = next(row for row in video if row["id"] == TEXT)
        assert row["model_spec"]["constraints"]["durations"] == ["5s", "10s"]
        assert {row["type"] for row in venice.models.list()} == {"text"}

    def test_one_model(self, venice):
        assert venice.models.get(TEXT)["id"] == TEXT
        assert not venice.models.validate("no-such-model")

    def test_an_unknown_type(self, venice):
        with pytest.raises(VeniceAPIError, match="Invalid request parameters"):
            venice.models.list(type="films")
        assert "Invalid enum value" in REPLIES.complaint


class TestPictures:
    def test_a_picture_is_made_and_then_moved(self, venice, tmp_path):
        made = venice.images.generate(prompt="a mountain lake", model="dall-e-3")
        with Image.open(io.BytesIO(base64.b64decode(made.url.partition(",")[2]))) as picture:
            assert picture.size == (96, 96)
        job = venice.video.queue(IMAGE, image=made.url, prompt="clouds", duration=5)
        info = probe(waited(venice, job, IMAGE).download(tmp_path / "lake.mp4"))
        assert info.width == info.height

    def test_an_unknown_model(self, venice):
        with pytest.raises(InvalidRequestError, match="Specified model not found"):
            venice.images.generate(prompt="x", model="no-such-model")


class TestRefusals:
    @pytest.mark.parametrize(("asked", "words"), [
        ({"duration": 7}, "Invalid enum value. Expected '5s' | '10s', received '7s'"),
        ({"duration": None}, "Required"),
        ({"aspect_ratio": "21:9"}, "received '21:9'"),
        ({"aspect_ratio": None}, "Required"),
        ({"resolution": "8k"}, "received '8k'"),
        ({"prompt": "x" * 2501}, "at most"),
        ({"image": "https://example.com/a.png"}, "This model does not support image_url"),
        ({"audio": True}, "This model does not support audio configuration"),
    ])  # fmt: skip
    def test_what_the_model_does_not_take(self, venice, emulator, asked, words):
        before = len(emulator.world.renders)
        with pytest.raises(VeniceAPIError) as raised:
            venice.video.queue(TEXT, **{**ASKED, **asked})
        assert raised.value.status_code == 400
        assert words in REPLIES.complaint
        assert len(emulator.world.renders) == before

    @pytest.mark.parametrize(("image", "words"), [
        (None, "Required"), (b"no picture", "corrupted or unreadable"), ("data:text/plain,x", "not a base64 data URL"),
    ])  # fmt: skip
    def test_a_picture_that_is_none(self, venice, image, words):
        with pytest.raises(VeniceAPIError, match="Invalid request parameters"):
            venice.video.queue(IMAGE, prompt="x", image=image, duration=5)
        assert words in REPLIES.complaint

    def test_an_unknown_model(self, venice):
        with pytest.raises(InvalidRequestError, match="Specified model not found: no-such-model"):
            venice.video.queue("no-such-model", prompt="x", duration=5)

    def test_a_retired_model_names_its_heir(self, venice):
        with pytest.raises(InvalidRequestError, match="Please use ltx-2-v2-3-full-text-to-video"):
            venice.video.queue("ltx-2-full-text-to-video", prompt="x", duration=6)

    def test_a_wrong_key(self, emulator):
        with pytest.raises(UnauthorizedError):
            sdk(emulator, key="other").video.queue(TEXT, **ASKED)

    def test_anothers_job_and_a_wrong_model(self, venice):
        job = venice.video.queue(TEXT, **ASKED)
        for queue_id, model in ((job.job_id, IMAGE), ("none", TEXT)):
            with pytest.raises(InvalidRequestError, match="Media could not be found"):
                venice.video.retrieve(queue_id, model)

    def test_cleaning_up_what_is_not_there(self, venice):
        with pytest.raises(VeniceAPIError, match="Request ID is invalid"):
            venice.video.cleanup("none", TEXT)

    def test_no_json(self, emulator):
        auth = {"Authorization": f"Bearer {KEY}"}
        typed = auth | {"Content-Type": "application/json"}
        for sent in ({"data": "{", "headers": typed}, {"data": "x", "headers": auth}, {"json": [], "headers": auth}):
            reply = requests.post(f"{emulator.url}/api/v1/video/queue", timeout=5, **sent)
            assert reply.status_code == 400
            assert "JSON" in reply.json()["error"] or "Content-Type" in reply.json()["error"]


class TestFaults:
    @pytest.mark.parametrize(("fault", "kind", "status", "accepted"), [
        ("unauthorized", UnauthorizedError, 401, 0),
        ("no_credit", InsufficientBalanceError, 402, 0),
        ("refused", VeniceAPIError, 422, 0),
        ("rate_limited", RateLimitError, 429, 0),
        ("error_before", VeniceAPIError, 500, 0),
        ("error_after", VeniceAPIError, 500, 1),
        ("unavailable", VeniceAPIError, 503, 0),
    ])  # fmt: skip
    def test_an_answer_of_the_queue(self, venice, emulator, fault, kind, status, accepted):
        before = len(emulator.world.renders)
        emulator.faults.inject(fault)
        with pytest.raises(kind) as raised:
            venice.video.queue(TEXT, **ASKED)
        assert raised.value.status_code == status
        assert len(emulator.world.renders) == before + accepted

    def test_a_limit_says_when_it_ends(self, venice, emulator):
        emulator.faults.inject("rate_limited", value=7)
        with pytest.raises(RateLimitError) as raised:
            venice.video.queue(TEXT, **ASKED)
        assert raised.value.retry_after == 7

    @pytest.mark.parametrize(("fault", "accepted"), [
        ("cut_before", 0), ("cut_after", 1), ("hang_before", 0), ("hang_after", 1),
    ])  # fmt: skip
    def test_no_answer(self, emulator, fault, accepted):
        venice = sdk(emulator)
        venice.http_client.config.timeout = 0.5
        before = len(emulator.world.renders)
        emulator.faults.inject(fault)
        with pytest.raises(VeniceConnectionError):
            venice.http_client.post("video/queue", data={"model": TEXT, **ASKED, "duration": "5s"})
        assert len(emulator.world.renders) == before + accepted

    def test_nonsense(self, emulator):
        emulator.faults.inject("garbage")
        with pytest.raises(VideoGenerationError, match="No job_id"):
            sdk(emulator, checked=False).video.queue(TEXT, **ASKED)

    @pytest.mark.parametrize(("fault", "status", "words"), [
        ("policy", 422, "content policies"), ("audio_filtered", 422, "content policies"),
        ("broken", 500, "Inference processing failed"),
    ])  # fmt: skip
    def test_a_job_that_fails(self, venice, emulator, fault, status, words):
        emulator.faults.inject(fault)
        job = venice.video.queue(TEXT, **ASKED)
        with pytest.raises(VeniceAPIError, match=words) as raised:
            waited(venice, job, TEXT)
        assert raised.value.status_code == status

    def test_its_own_repeats_pay_again(self, emulator):
        """The SDK repeats a submit whose answer was an error: a provider that had accepted it makes two videos."""
        before = len(emulator.world.renders)
        emulator.faults.inject("error_after")
        sdk(emulator, retries=1, checked=False).video.queue(TEXT, **ASKED)
        assert len(emulator.world.renders) == before + 2
