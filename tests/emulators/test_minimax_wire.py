"""The emulated MiniMax, asked as its documents show it: platform.minimax.io/docs/api-reference, read 2026-11-21."""

import base64
import io
import time

import pytest
import requests
from aiohttp import web
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.minimax import MiniMaxEmulator
from video_gen.testing.emulators.serve import Host, serving
from video_gen.testing.emulators.world import World

TASK_V2 = {
    "id",
    "model",
    "status",
    "created_at",
    "updated_at",
    "resolution",
    "duration",
    "ratio",
    "task_type",
    "modality",
}
TEXT = [{"type": "text", "text": "Epic space-opera theatrical teaser"}]
H3 = {"model": "MiniMax-H3", "content": TEXT, "resolution": "2K", "duration": 5, "ratio": "16:9"}
HAILUO = {"model": "MiniMax-Hailuo-2.3", "prompt": "a man reads [Pan left]", "duration": 6, "resolution": "1080P"}


def data_url(width=640, height=360):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def image(role="first_frame", url=None):
    return {"type": "image_url", "image_url": {"url": url or data_url()}, "role": role}


class Client:
    """Sends as the documents' curl does."""

    def __init__(self, emulator, key=KEY):
        self.url, self.headers = emulator.url, {"Authorization": f"Bearer {key}"}

    def __call__(self, method, path, body=None, **query):
        return requests.request(method, self.url + path, json=body, params=query, headers=self.headers, timeout=20)

    def ended(self, ask, running):
        while (answer := ask().json()) and running(answer):
            time.sleep(0.02)
        return answer

    def task(self, task_id):
        def ask():
            return self("GET", f"/v2/query/video_generation/{task_id}")

        return self.ended(ask, lambda answer: answer["task"]["status"] in {"queued", "running"})["task"]

    def task_v1(self, task_id):
        def ask():
            return self("GET", "/v1/query/video_generation", task_id=task_id)

        return self.ended(ask, lambda answer: answer["status"] in {"Preparing", "Queueing", "Processing"})


@pytest.fixture(scope="module")
def served():
    with serving(MiniMaxEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    return served


@pytest.fixture
def minimax(emulator):
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
    return info.width / info.height


class TestVersion2:
    def test_life(self, minimax, tmp_path):
        created = minimax("POST", "/v2/video_generation", H3)
        assert created.json().keys() == {"task_id"}
        task = minimax.task(created.json()["task_id"])
        assert task.keys() == TASK_V2 | {"content", "usage"}
        assert (task["status"], task["resolution"], task["duration"]) == ("succeeded", "2K", 5)
        assert task["usage"]["output_seconds"] == 5
        assert shape_of(task["content"]["url"], tmp_path) == pytest.approx(16 / 9, rel=0.02)

    def test_a_first_frame_gives_its_shape(self, minimax, tmp_path):
        body = H3 | {"content": [*TEXT, image(url=data_url(360, 640))], "ratio": "adaptive"}
        task = minimax.task(minimax("POST", "/v2/video_generation", body).json()["task_id"])
        assert shape_of(task["content"]["url"], tmp_path) == pytest.approx(9 / 16, rel=0.02)
        assert task["usage"]["input_image_count"] == 1

    def test_the_list(self, minimax):
        made = [minimax("POST", "/v2/video_generation", H3).json()["task_id"] for _ in range(2)]
        first = minimax("GET", "/v2/query/video_generation", page_num=1, page_size=1).json()
        assert [task["id"] for task in first["items"]] == made[1:]
        assert first["total"] >= 2
        none = minimax("GET", "/v2/query/video_generation", **{"filter.model": "MiniMax-H3-Max"}).json()
        assert none == {"items": [], "total": 0}

    def test_links_are_signed_and_end(self, minimax, emulator, monkeypatch):
        url = minimax.task(minimax("POST", "/v2/video_generation", H3).json()["task_id"])["content"]["url"]
        assert requests.get(url.replace("Signature=", "Signature=0"), timeout=20).status_code == 403
        late = time.time() + 10 * 3600
        monkeypatch.setattr(emulator.world, "now", lambda: late)
        assert requests.get(url, timeout=20).status_code == 403

    def test_a_finished_task_can_only_be_deleted(self, minimax):
        task_id = minimax("POST", "/v2/video_generation", H3).json()["task_id"]
        minimax.task(task_id)
        gone = minimax("DELETE", f"/v2/video_generation/{task_id}").json()
        assert gone == {"task_id": task_id, "action": "deleted", "status": "deleted"}
        after = minimax("GET", f"/v2/query/video_generation/{task_id}")
        assert (after.status_code, after.json()["error"]["message"]) == (500, "record not found (1000)")

    def test_only_what_waits_can_be_cancelled(self):
        with serving(MiniMaxEmulator(World(queue_s=60))) as (emulator,):
            client = Client(emulator)
            task_id = client("POST", "/v2/video_generation", H3).json()["task_id"]
            gone = client("DELETE", f"/v2/video_generation/{task_id}").json()
            assert gone == {"task_id": task_id, "action": "cancelled", "status": "cancelled"}
            assert client("DELETE", f"/v2/video_generation/{task_id}").status_code == 400

    @pytest.mark.parametrize(("change", "words"), [
        ({"model": "MiniMax-H9"}, "model MiniMax-H9 is not supported"),
        ({"content": []}, "content must include a non-empty text item (prompt is required)"),
        ({"content": [{"type": "text", "text": " "}]}, "content must include a non-empty text item"),
        ({"content": [{"type": "text", "text": "x" * 7001}]}, "longer than 7000"),
        ({"resolution": "480P"}, "resolution 480P is not one of 768P, 2K"),
        ({"resolution": None}, "resolution None"),
        ({"duration": 16}, "duration 16"),
        ({"duration": "5"}, "duration 5"),
        ({"ratio": "adaptive"}, "ratio is required for text to video"),
        ({"ratio": "2:1"}, "ratio 2:1"),
        ({"content": [*TEXT, image(), image("reference_image")]}, "cannot be used together"),
        ({"content": [*TEXT, image(), image()]}, "at most 1 content items may be first_frame"),
        ({"content": [*TEXT, image("hero")]}, "role hero"),
        ({"content": [*TEXT, image(url="data:image/png;base64,AAAA")]}, "corrupted or unreadable"),
        ({"content": [*TEXT, image(url=data_url(100, 100))]}, "each side must be 256 to 5760 pixels"),
        ({"content": [*TEXT, image(url=data_url(1600, 400))]}, "width divided by height"),
    ])  # fmt: skip
    def test_what_is_refused(self, minimax, emulator, change, words):
        before = len(emulator.world.renders)
        reply = minimax("POST", "/v2/video_generation", H3 | change)
        error = reply.json()["error"]
        assert (reply.status_code, error["type"], error["http_code"]) == (400, "bad_request_error", "400")
        assert words in error["message"]
        assert error["message"].endswith("(2013)")
        assert len(emulator.world.renders) == before


class TestVersion1:
    def test_life(self, minimax, tmp_path):
        created = minimax("POST", "/v1/video_generation", HAILUO).json()
        assert created["base_resp"] == {"status_code": 0, "status_msg": "success"}
        done = minimax.task_v1(created["task_id"])
        assert done["status"] == "Success"
        file = minimax("GET", "/v1/files/retrieve", file_id=done["file_id"]).json()["file"]
        assert file.keys() == {"file_id", "bytes", "created_at", "filename", "purpose", "download_url"}
        assert shape_of(file["download_url"], tmp_path) == pytest.approx(16 / 9, rel=0.02)

    def test_versions_do_not_see_each_others_tasks(self, minimax):
        old = minimax("POST", "/v1/video_generation", HAILUO).json()["task_id"]
        assert minimax("GET", f"/v2/query/video_generation/{old}").status_code == 500

    @pytest.mark.parametrize(("change", "words"), [
        ({"model": "MiniMax-H3"}, "model MiniMax-H3 is not supported"),
        ({"prompt": ""}, "prompt is required"),
        ({"prompt": "x" * 2001}, "longer than 2000"),
        ({"duration": 10}, "duration 10"),  # 1080P is 6 s long
        ({"resolution": "2K"}, "resolution 2K"),
        ({"last_frame_image": data_url()}, "last_frame_image is not supported"),
        ({"first_frame_image": data_url(200, 200)}, "each side must be 300"),
        ({"model": "I2V-01"}, "first_frame_image is required"),
        ({"model": "S2V-01"}, "subject_reference is required"),
        ({"model": "S2V-01", "subject_reference": []}, "one character with one image"),
    ])  # fmt: skip
    def test_what_is_refused(self, minimax, change, words):
        reply = minimax("POST", "/v1/video_generation", HAILUO | change)
        assert reply.status_code == 200
        assert reply.json()["base_resp"]["status_code"] == 2013
        assert words in reply.json()["base_resp"]["status_msg"]

    def test_a_subject(self, minimax):
        body = {"model": "S2V-01", "prompt": "he waves", "resolution": "720P"}
        body["subject_reference"] = [{"type": "character", "image": [data_url()]}]
        created = minimax("POST", "/v1/video_generation", body).json()
        assert minimax.task_v1(created["task_id"])["status"] == "Success"


class TestNotices:
    def test_an_address_that_echoes_is_told_the_end(self, minimax, listener):
        task_id = minimax("POST", "/v2/video_generation", H3 | {"callback_url": listener.url}).json()["task_id"]
        challenge, told = listener.until(2)
        assert challenge.keys() == {"challenge"}
        assert (told["task"]["id"], told["task"]["status"]) == (task_id, "succeeded")
        minimax("POST", "/v1/video_generation", HAILUO | {"callback_url": listener.url})
        assert listener.until(4)[3]["status"] == "Success"

    def test_an_address_that_does_not_is_refused(self, minimax, emulator, listener):
        listener.echoes = False
        before = len(emulator.world.renders)
        reply = minimax("POST", "/v2/video_generation", H3 | {"callback_url": listener.url})
        assert (reply.status_code, len(emulator.world.renders)) == (400, before)


class TestFaults:
    @pytest.mark.parametrize(("fault", "status", "code"), [
        ("unauthorized", 401, 1004), ("no_credit", 402, 1008), ("refused", 422, 1026), ("rate_limited", 429, 1002),
        ("error_before", 500, 1000), ("unavailable", 529, 1041),
    ])  # fmt: skip
    def test_each_in_its_version(self, minimax, emulator, fault, status, code):
        emulator.faults.inject(fault, times=2)
        new = minimax("POST", "/v2/video_generation", H3)
        assert new.status_code == status
        assert new.json()["error"]["message"].endswith(f"({code})")
        old = minimax("POST", "/v1/video_generation", HAILUO)
        assert (old.status_code, old.json()["base_resp"]["status_code"]) == (200, code)

    @pytest.mark.parametrize(("fault", "code"), [("policy", "1027"), ("broken", "1000")])
    def test_tasks_that_fail(self, minimax, emulator, fault, code):
        emulator.faults.inject(fault, times=2)
        task = minimax.task(minimax("POST", "/v2/video_generation", H3).json()["task_id"])
        assert (task["status"], task["error"]["code"]) == ("failed", code)
        old = minimax.task_v1(minimax("POST", "/v1/video_generation", HAILUO).json()["task_id"])
        assert (old["status"], old["base_resp"]["status_code"]) == ("Fail", int(code))

    def test_a_wrong_key(self, emulator):
        assert Client(emulator, "other")("POST", "/v2/video_generation", H3).status_code == 401
