"""The emulated Ark, asked as its documents show it: volcengine.com/docs/82379, read 2026-11-21."""

import base64
import io
import time

import pytest
import requests
from aiohttp import web
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.ark import ArkEmulator
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.serve import Host, serving
from video_gen.testing.emulators.world import World

PATH = "/api/v3/contents/generations/tasks"
ASKED = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "a girl holds a fox"}],
    "resolution": "720p",
    "ratio": "16:9",
    "duration": 5,
    "generate_audio": True,
}
ALWAYS = {"id", "model", "status", "created_at", "updated_at", "service_tier", "execution_expires_after"}
RESULT = {"content", "usage", "seed", "resolution", "ratio", "duration", "framespersecond", "generate_audio"}
SDK_NULLS = dict.fromkeys(("seed", "frames", "callback_url", "service_tier", "execution_expires_after", "watermark"))


def data_url(width=640, height=360):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def item(role="first_frame", url=None, kind="image_url"):
    return {"type": kind, kind: {"url": url or data_url()}, "role": role}


class Client:
    """Sends as the documents' curl does."""

    def __init__(self, emulator, key=KEY):
        self.url, self.headers = emulator.url + PATH, {"Authorization": f"Bearer {key}"}

    def __call__(self, method, path="", body=None, **query):
        return requests.request(method, self.url + path, json=body, params=query, headers=self.headers, timeout=20)

    def create(self, **change):
        reply = self("POST", body=ASKED | change)
        assert reply.json().keys() == {"id"}, reply.text
        return reply.json()["id"]

    def task(self, task_id):
        while (task := self("GET", f"/{task_id}").json())["status"] in {"queued", "running"}:
            assert task.keys() == ALWAYS
            time.sleep(0.02)
        return task


@pytest.fixture(scope="module")
def served():
    with serving(ArkEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    return served


@pytest.fixture
def ark(emulator):
    return Client(emulator)


class Listener:
    """An address for notices."""

    def __init__(self, *, echoes=True):
        self.heard, self.echoes = [], echoes
        app = web.Application()
        app.router.add_post("/", self._hear)
        self._host = Host()
        self.url = self._host.serve(app)

    async def _hear(self, request):
        self.heard.append(await request.json())
        return web.json_response(self.heard[-1] if self.echoes else {})

    def until(self, count):
        while len(self.heard) < count:
            time.sleep(0.02)
        return self.heard

    def close(self):
        self._host.close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()


def shape_of(url, tmp_path):
    path = tmp_path / "video.mp4"
    path.write_bytes(requests.get(url, timeout=20).content)
    info = probe(path)
    assert info.audio is not None
    return info.width / info.height


class TestLife:
    def test_a_text(self, ark, tmp_path):
        task = ark.task(ark.create())
        assert task.keys() == ALWAYS | RESULT
        assert (task["status"], task["duration"], task["framespersecond"]) == ("succeeded", 5, 24)
        assert task["usage"]["completion_tokens"] == 5 * 1280 * 720 * 24 // 1024
        assert shape_of(task["content"]["video_url"], tmp_path) == pytest.approx(16 / 9, rel=0.02)

    def test_unset_fields_may_be_null_as_the_sdk_sends_them(self, ark):
        assert ark.task(ark.create(**SDK_NULLS))["execution_expires_after"] == 172_800

    def test_what_was_chosen_is_shown(self, ark):
        task = ark.task(ark.create(seed=0, execution_expires_after=200_000, ratio="1:1", generate_audio=False))
        assert (task["seed"], task["execution_expires_after"], task["ratio"]) == (0, 200_000, "1:1")
        assert task["generate_audio"] is False

    def test_a_first_frame_gives_its_shape(self, ark, tmp_path):
        frame = item(url=data_url(360, 640))
        task = ark.task(ark.create(content=[*ASKED["content"], frame], ratio="adaptive"))
        assert task["ratio"] == "9:16"
        assert shape_of(task["content"]["video_url"], tmp_path) == pytest.approx(9 / 16, rel=0.02)

    def test_the_list(self, ark):
        first, second = ark.create(), ark.create(model="dreamina-seedance-2-0-260128")
        found = ark("GET", page_num=1, page_size=2).json()
        assert [task["id"] for task in found["items"]] == [second, first]
        assert found["total"] >= 2
        one = ark("GET", **{"filter.task_ids": [first, "cgt-none"]}).json()
        assert [task["id"] for task in one["items"]] == [first]
        model = ark("GET", **{"filter.model": "dreamina-seedance-2-0-260128"}).json()
        assert [task["id"] for task in model["items"]] == [second]
        assert ark("GET", **{"filter.service_tier": "flex"}).json() == {"items": [], "total": 0}
        assert ark("GET", page_size=501).status_code == 400

    def test_another_account_sees_nothing(self):
        with serving(ArkEmulator(keys=("one", "two"))) as (emulator,):
            task_id = Client(emulator, "one").create()
            assert Client(emulator, "two")("GET", f"/{task_id}").status_code == 404
            assert Client(emulator, "two")("GET").json()["total"] == 0

    def test_links_are_signed_and_end(self, ark, emulator, monkeypatch):
        url = ark.task(ark.create())["content"]["video_url"]
        assert requests.get(url.replace("Signature=", "Signature=0"), timeout=20).status_code == 403
        late = time.time() + 25 * 3600
        monkeypatch.setattr(emulator.world, "now", lambda: late)
        assert requests.get(url, timeout=20).status_code == 403

    def test_tasks_are_shown_for_a_week(self, ark, emulator, monkeypatch):
        task_id = ark.create()
        late = time.time() + 8 * 86_400
        monkeypatch.setattr(emulator.world, "now", lambda: late)
        assert ark("GET", f"/{task_id}").status_code == 404
        assert ark("GET").json()["total"] == 0

    def test_a_finished_task_can_only_be_deleted(self, ark):
        task_id = ark.create()
        ark.task(task_id)
        assert ark("DELETE", f"/{task_id}").json() == {}
        assert ark("GET", f"/{task_id}").status_code == 404

    def test_only_what_waits_can_be_cancelled(self):
        with serving(ArkEmulator(World(queue_s=60))) as (emulator,):
            client = Client(emulator)
            task_id = client.create()
            assert client("DELETE", f"/{task_id}").status_code == 200
            assert client("GET", f"/{task_id}").json()["status"] == "cancelled"
            assert client("DELETE", f"/{task_id}").status_code == 409


class TestNotices:
    def test_the_end_is_told(self, ark, listener):
        task_id = ark.create(callback_url=listener.url)
        (told,) = listener.until(1)
        assert told.keys() == ALWAYS | RESULT
        assert (told["id"], told["status"]) == (task_id, "succeeded")

    def test_a_notice_may_come_twice_or_never(self, ark, emulator, listener):
        emulator.faults.inject("duplicate_webhook")
        ark.create(callback_url=listener.url)
        listener.until(2)
        emulator.faults.inject("missing_webhook")
        ark.task(ark.create(callback_url=listener.url))
        time.sleep(0.2)
        assert len(listener.heard) == 2


class TestRefusals:
    @pytest.mark.parametrize(("change", "words"), [
        ({"model": None}, "missing `model`"),
        ({"content": []}, "missing `content`"),
        ({"content": [{"type": "text", "text": ""}]}, "it holds nothing"),
        ({"content": [{"type": "music"}]}, "no text, image_url"),
        ({"content": [item("hero")]}, "hero is not one of first_frame"),
        ({"content": [item(), item("reference_image")]}, "cannot be mixed"),
        ({"content": [item("last_frame")]}, "a last frame needs a first frame"),
        ({"content": [item(), item()]}, "a frame is given twice"),
        ({"content": [item("reference_image", "https://a/b.png")] * 10}, "at most 9 reference images"),
        ({"content": [item("reference_video", "data:video/mp4;base64,AA", "video_url")]}, "taken by its URL only"),
        ({"content": [item(url="data:image/png;base64,AAAA")]}, "corrupted or unreadable"),
        ({"content": [item(url=data_url(200, 200))]}, "each side must be 300"),
        ({"content": [item(url=data_url(1200, 400))]}, "width divided by height"),
        ({"resolution": "8k"}, "8k is not one of"),
        ({"ratio": "2:1"}, "2:1 is not one of"),
        ({"duration": 16}, "an integer from 4 to 15"),
        ({"duration": "5"}, "an integer from 4 to 15"),
        ({"seed": "0"}, "an integer from -1"),
        ({"execution_expires_after": 259_201}, "an integer from 3600 to 259200"),
        ({"service_tier": "best"}, "best is not one of default, flex"),
        ({"model": "seedance-1-0-pro-250528"}, "the model makes no sound"),
    ])  # fmt: skip
    def test_a_wrong_parameter(self, ark, emulator, change, words):
        before = len(emulator.world.renders)
        reply = ark("POST", body=ASKED | change)
        error = reply.json()["error"]
        assert (reply.status_code, error["type"]) == (400, "BadRequest")
        assert words in error["message"]
        assert "Request id: " in error["message"]
        assert len(emulator.world.renders) == before

    def test_an_unknown_model(self, ark):
        reply = ark("POST", body=ASKED | {"model": "seedance-9"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "InvalidEndpointOrModel.NotFound")

    def test_a_wrong_key(self, emulator):
        reply = Client(emulator, "other")("POST", body=ASKED)
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, "AuthenticationError")

    def test_no_json(self, ark):
        reply = requests.post(ark.url, data="{", headers=ark.headers, timeout=20)
        assert reply.status_code == 400

    @pytest.mark.parametrize(("fault", "status", "code"), [
        ("no_credit", 403, "AccountOverdueError"), ("refused", 400, "InputTextSensitiveContentDetected"),
        ("rate_limited", 429, "RateLimitExceeded.EndpointRPMExceeded"), ("unavailable", 429, "ServerOverloaded"),
        ("error_before", 500, "InternalServiceError"),
    ])  # fmt: skip
    def test_a_fault(self, ark, emulator, fault, status, code):
        emulator.faults.inject(fault)
        reply = ark("POST", body=ASKED)
        assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)

    @pytest.mark.parametrize(("fault", "code"), [
        ("policy", "OutputVideoSensitiveContentDetected"), ("audio_filtered", "OutputAudioSensitiveContentDetected"),
        ("broken", "InternalServiceError"),
    ])  # fmt: skip
    def test_a_task_that_fails(self, ark, emulator, fault, code):
        emulator.faults.inject(fault)
        task = ark.task(ark.create())
        assert task.keys() == ALWAYS | {"error"}
        assert task["error"]["code"] == code
