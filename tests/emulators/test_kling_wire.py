"""The emulated Kling, spoken to as its documents say: Kling publishes no client for Python.

Requests and answers are held to the community's description of its interface.
"""

import base64
import hashlib
import hmac
import io
import json
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.kling.emulator import ACCESS_KEY, KlingEmulator
from video_gen.testing.emulators.serve import serving

SPEC = json.loads((Path(__file__).parents[1] / "data/specs/kling.openapi.json").read_text())
TEXT = {"model_name": "kling-v1-6", "prompt": "a calm sea", "duration": "5", "mode": "std", "aspect_ratio": "16:9"}


def signed(secret=KEY, algorithm="HS256", **claims):
    """Return a token, made as Kling's documents make it."""
    now = int(time.time())
    claims = {"iss": ACCESS_KEY, "exp": now + 1800, "nbf": now - 5, **claims}
    parts = [json.dumps(each).encode() for each in ({"alg": algorithm, "typ": "JWT"}, claims)]
    head = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.new(secret.encode(), head, hashlib.sha256).digest()
    return (head + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def picture(kind="PNG", size=(640, 360)):
    buffer = io.BytesIO()
    Image.new("RGB", size, (90, 120, 200)).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def fits(body, schema):
    jsonschema.Draft7Validator({**SPEC, "$ref": f"#/components/schemas/{schema}"}).validate(body)


class Client:
    """The least client."""

    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, *, token=None, headers=None):
        """Return status and parsed body, whatever they are."""
        request = urllib.request.Request(self.url + path, method=method)
        authorization = f"Bearer {signed()}" if token is None else token
        for name, value in {"Authorization": authorization, **(headers or {})}.items():
            request.add_header(name, value)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def make(self, body=TEXT, kind="text2video"):
        status, reply = self.call("POST", f"/v1/videos/{kind}", body)
        assert status == 200, reply
        fits(reply, "CreateTaskResponse")
        return reply["data"]

    def get(self, name, kind="text2video"):
        status, reply = self.call("GET", f"/v1/videos/{kind}/{name}")
        assert status == 200, reply
        fits(reply, "TaskResponse")
        return reply["data"]

    def ended(self, name, kind="text2video"):
        for _ in range(400):
            task = self.get(name, kind)
            if task["task_status"] in {"succeed", "failed"}:
                return task
            time.sleep(0.02)
        raise AssertionError("it never ended")

    def refused(self, body, kind="text2video"):
        status, reply = self.call("POST", f"/v1/videos/{kind}", body)
        fits(reply, "ErrorResponse")
        return status, reply["code"], reply["message"]


@pytest.fixture(scope="module")
def served():
    with serving(KlingEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    return served


@pytest.fixture
def kling(emulator):
    return Client(emulator.url)


class TestLife:
    def test_from_prompt_to_file(self, kling, tmp_path):
        jsonschema.Draft7Validator({**SPEC, **SPEC["requests"]["text2video"]}).validate(TEXT)
        made = kling.make(TEXT)
        assert made["task_status"] == "submitted"
        task = kling.ended(made["task_id"])
        assert task["task_status"] == "succeed"
        assert task["final_unit_deduction"] == "2"  # two units for 5 s of 1.6 in its standard mode
        assert made["created_at"] == task["created_at"] <= task["updated_at"]
        (video,) = task["task_result"]["videos"]
        with urllib.request.urlopen(video["url"]) as reply:
            assert reply.headers["Content-Type"] == "video/mp4"
            (tmp_path / "film.mp4").write_bytes(reply.read())
        info = probe(tmp_path / "film.mp4")
        assert info.width / info.height == pytest.approx(16 / 9, rel=0.02)
        assert info.audio is None

    def test_with_sound(self, kling, emulator, tmp_path):
        task = kling.ended(kling.make({**TEXT, "model_name": "kling-v2-6", "mode": "pro", "sound": "on"})["task_id"])
        with urllib.request.urlopen(task["task_result"]["videos"][0]["url"]) as reply:
            (tmp_path / "film.mp4").write_bytes(reply.read())
        assert probe(tmp_path / "film.mp4").audio is not None
        assert task["final_unit_deduction"] == "5"

    def test_from_pictures(self, kling, emulator):
        body = {
            "model_name": "kling-v1-6",
            "image": picture(size=(360, 640)),
            "image_tail": picture("JPEG"),
            "mode": "pro",
        }
        jsonschema.Draft7Validator({**SPEC, **SPEC["requests"]["image2video"]}).validate(body)
        task = kling.ended(kling.make(body, "image2video")["task_id"], "image2video")
        assert task["task_status"] == "succeed"
        film = emulator.world.renders[task["task_id"]].film
        assert (film.width, film.height) == (1080, 1920)

    def test_from_several_pictures(self, kling):
        body = {"image_list": [{"image": picture()}, {"image": "https://pictures.test/a.png"}], "prompt": "a sea"}
        made = kling.make(body, "multi-image2video")
        assert kling.ended(made["task_id"], "multi-image2video")["task_status"] == "succeed"

    def test_it_is_found_by_the_callers_name_under_its_kind_alone(self, kling):
        made = kling.make({**TEXT, "external_task_id": "mine-1"})
        assert kling.get("mine-1")["task_id"] == made["task_id"]
        assert kling.get("mine-1")["task_info"] == {"external_task_id": "mine-1"}
        assert kling.call("GET", "/v1/videos/image2video/mine-1")[1]["code"] == 1203
        assert kling.call("GET", "/v1/videos/text2video/nobodys")[0] == 404

    def test_a_name_is_used_once(self, kling, emulator):
        kling.make({**TEXT, "external_task_id": "mine-2"})
        before = len(emulator.world.accepted())
        assert kling.refused({**TEXT, "external_task_id": "mine-2"})[:2] == (400, 1201)
        assert len(emulator.world.accepted()) == before

    def test_the_list_is_paged_newest_first(self, kling):
        made = [kling.make({**TEXT, "external_task_id": f"listed-{number}"})["task_id"] for number in range(3)]
        pages = [kling.call("GET", f"/v1/videos/text2video?pageNum={page}&pageSize=2")[1] for page in (1, 2)]
        for page in pages:
            fits(page, "TaskListResponse")
        assert [each["task_id"] for page in pages for each in page["data"]][:3] == made[::-1]
        assert kling.call("GET", "/v1/videos/text2video?pageSize=501")[1]["code"] == 1201

    def test_the_resource_pack_shrinks(self, kling):
        def left():
            _, reply = kling.call("GET", "/account/costs?start_time=0&end_time=1")
            fits(reply, "AccountCostsResponse")
            return reply["data"]["resource_pack_subscribe_infos"][0]["remaining_quantity"]

        before = left()
        kling.ended(kling.make({**TEXT, "model_name": "kling-v3", "duration": "15", "mode": "4k"})["task_id"])
        assert before - left() == pytest.approx(45, abs=10)  # tasks of other checks may end in between
        assert kling.call("GET", "/account/costs")[1]["code"] == 1201

    def test_a_link_ends(self):
        with serving(KlingEmulator(link_life=-1)) as (emulator,):
            kling = Client(emulator.url)
            (video,) = kling.ended(kling.make()["task_id"])["task_result"]["videos"]
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(video["url"])

    def test_a_link_cannot_be_made_up(self, kling):
        (video,) = kling.ended(kling.make()["task_id"])["task_result"]["videos"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(video["url"].replace("x-expires=", "x-expires=9"))


class TestTokens:
    @pytest.mark.parametrize(("token", "code"), [
        ("", 1001),
        ("Bearer nonsense", 1002),
        ("Basic a.b.c", 1002),
        ("Bearer a.b.c", 1002),
        (f"Bearer {signed(secret='another')}", 1002),
        (f"Bearer {signed(algorithm='none')}", 1002),
        (f"Bearer {signed(iss='another')}", 1002),
        (f"Bearer {signed(exp='soon')}", 1002),
        (f"Bearer {signed(nbf=2_000_000_000_000)}", 1003),
        (f"Bearer {signed(exp=1_700_000_000)}", 1004),
    ])  # fmt: skip
    def test_each_flaw_has_its_code(self, kling, emulator, token, code):
        before = len(emulator.world.accepted())
        status, reply = kling.call("POST", "/v1/videos/text2video", TEXT, token=token)
        assert (status, reply["code"]) == (401, code)
        assert len(emulator.world.accepted()) == before


class TestRefusals:
    @pytest.mark.parametrize(("fault", "status", "code"), [
        ("rate_limited", 429, 1302),
        ("unavailable", 503, 5001),
        ("error_before", 500, 5000),
        ("unauthorized", 401, 1002),
        ("no_credit", 429, 1102),
        ("refused", 400, 1301),
    ])  # fmt: skip
    def test_a_fault_is_one_of_its_codes(self, kling, emulator, fault, status, code):
        emulator.faults.inject(fault)
        before = len(emulator.world.accepted())
        assert kling.refused(TEXT)[:2] == (status, code)
        assert len(emulator.world.accepted()) == before

    def test_too_many_at_once(self):
        with serving(KlingEmulator(concurrent=1)) as (emulator,):
            kling = Client(emulator.url)
            emulator.faults.inject("stuck")
            kling.make()
            assert kling.refused(TEXT) == (429, 1303, "parallel task over resource pack limit")

    @pytest.mark.parametrize(("kind", "changed", "code", "words"), [
        ("text2video", {"model_name": "kling-v9"}, 1203, "model kling-v9 does not exist"),
        ("text2video", {"model_name": "kling-v2-1"}, 1201, "invalid for text2video"),
        ("text2video", {"prompt": ""}, 1201, "prompt is required"),
        ("text2video", {"prompt": "x" * 2501}, 1201, "must not exceed 2500"),
        ("text2video", {"prompt": 5}, 1200, "must be a string"),
        ("text2video", {"duration": 5}, 1200, "duration must be a string"),
        ("text2video", {"duration": "6"}, 1201, "duration value '6'"),
        ("text2video", {"duration": "16", "model_name": "kling-v3"}, 1201, "duration value '16'"),
        ("text2video", {"mode": "4k"}, 1201, "mode value '4k'"),
        ("text2video", {"aspect_ratio": "4:3"}, 1201, "aspect_ratio value '4:3'"),
        ("text2video", {"sound": "on"}, 1201, "sound is not supported by kling-v1-6"),
        ("text2video", {"sound": "on", "model_name": "kling-v2-6"}, 1201, "in mode std"),
        ("text2video", {"cfg_scale": 2}, 1201, "between 0 and 1"),
        ("text2video", {"camera_control": {"type": "spin"}}, 1201, "camera_control.type"),
        ("text2video", {"camera_control": {"type": "simple", "config": {"pan": 1, "tilt": 1}}}, 1201, "one value"),
        ("text2video", {"camera_control": {"type": "down_back", "config": {"pan": 1}}}, 1201, "must be empty"),
        ("image2video", {}, 1201, "at least one of image and image_tail"),
        ("image2video", {"image": "data:image/png;base64," + picture()}, 1201, "not in a valid base64"),
        ("image2video", {"image": picture(size=(299, 299))}, 1201, "at least 300px"),
        ("image2video", {"image": picture(size=(1000, 390))}, 1201, "between 1:2.5 and 2.5:1"),
        ("image2video", {"image": picture("GIF")}, 1201, "format GIF"),
        ("image2video", {"image": base64.b64encode(b"no picture").decode()}, 1201, "cannot be read"),
        ("image2video", {"image": picture(), "image_tail": picture()}, 1201, "image_tail is not supported in mode std"),
        ("image2video", {"image": picture(), "image_tail": picture(), "mode": "pro", "sound": "on",
                         "model_name": "kling-v2-6"}, 1201, "mutually exclusive"),
        ("multi-image2video", {"image_list": []}, 1201, "1 to 4"),
        ("multi-image2video", {"image_list": [{"image": picture()}] * 5}, 1201, "1 to 4"),
        ("multi-image2video", {"image_list": [{}]}, 1201, "image_list[0].image is required"),
        ("multi-image2video", {"model_name": "kling-v3"}, 1201, "invalid for multi-image2video"),
    ])  # fmt: skip
    def test_what_it_does_not_take(self, kling, kind, changed, code, words):
        _, found, message = kling.refused({**TEXT, **changed}, kind)
        assert (found, words in message) == (code, True), message


class TestTasksThatFail:
    @pytest.mark.parametrize(("fault", "words"), [
        ("policy", "risk control"), ("audio_filtered", "risk control"), ("broken", "Internal error"),
    ])  # fmt: skip
    def test_it_says_why_and_charges_nothing(self, kling, emulator, fault, words):
        emulator.faults.inject(fault)
        task = kling.ended(kling.make()["task_id"])
        assert task["task_status"] == "failed"
        assert words in task["task_status_msg"]
        assert "final_unit_deduction" not in task

    def test_done_without_a_film(self, kling, emulator):
        emulator.faults.inject("no_video")
        assert kling.ended(kling.make()["task_id"])["task_result"] == {"videos": []}


@pytest.fixture
def inbox():
    """An address of the caller's, and what was sent there."""
    got = []

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Inbox)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/kling", got
    server.shutdown()
    thread.join()
    server.server_close()


class TestNotices:
    def told(self, kling, inbox):
        address, got = inbox
        made = kling.make({**TEXT, "callback_url": address})
        kling.ended(made["task_id"])
        time.sleep(0.3)
        assert {each["task_id"] for each in got} <= {made["task_id"]}
        return [each["task_status"] for each in got]

    def test_each_change_is_told(self, kling, inbox):
        assert self.told(kling, inbox) == ["processing", "succeed"]
        assert inbox[1][-1]["task_result"]["videos"][0]["url"]

    def test_it_may_be_told_twice(self, kling, emulator, inbox):
        emulator.faults.inject("duplicate_webhook")
        assert self.told(kling, inbox) == ["processing"] * 2 + ["succeed"] * 2

    def test_or_never(self, kling, emulator, inbox):
        emulator.faults.inject("missing_webhook")
        assert self.told(kling, inbox) == []
