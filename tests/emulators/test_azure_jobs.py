"""Azure's video generation jobs over plain HTTP: no client of the vendor's ever spoke them."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import AzureEmulator
from video_gen.testing.emulators.serve import serving

JOBS = "/openai/v1/video/generations/jobs"
ASKED = {"model": "sora", "prompt": "a lake", "width": 480, "height": 480, "n_seconds": 2}


@pytest.fixture
def emulator() -> Iterator[AzureEmulator]:
    with serving(AzureEmulator()) as (one,):
        yield one


@pytest.fixture
def http(emulator) -> Iterator[httpx2.Client]:
    params = {"api-version": "preview"}
    with httpx2.Client(base_url=emulator.url, headers={"api-key": KEY}, params=params) as client:
        yield client


def ended(http: httpx2.Client, job_id: str) -> tuple[dict[str, Any], list[str]]:
    states: list[str] = []
    for _ in range(400):
        job = http.get(f"{JOBS}/{job_id}").json()
        states += [job["status"]] if states[-1:] != [job["status"]] else []
        if job["status"] in {"succeeded", "failed"}:
            return job, states
        time.sleep(0.01)
    raise AssertionError("the job never ends")


def test_a_job_and_its_generations(http, emulator):
    emulator.world.render_s = 0.4
    answer = http.post(JOBS, json=ASKED | {"n_variants": 2})
    assert (answer.status_code, answer.json()["object"]) == (201, "video.generation.job")
    job, states = ended(http, answer.json()["id"])
    order = ["queued", "preprocessing", "running", "processing", "succeeded"]
    assert states == [state for state in order if state in states]
    assert len(states) > 2
    first, second = job["generations"]
    assert first["id"] != second["id"]
    shown = http.get(f"/openai/v1/video/generations/{first['id']}").json()
    assert (shown["job_id"], shown["n_seconds"]) == (job["id"], 2)
    content = http.get(f"/openai/v1/video/generations/{second['id']}/content/video", params={"quality": "low"})
    assert content.headers["content-type"] == "video/mp4"
    assert content.content[4:8] == b"ftyp"


def test_a_list_is_paged(http):
    ids = [http.post(JOBS, json=ASKED | {"prompt": str(number)}).json()["id"] for number in range(3)]
    page = http.get(JOBS, params={"limit": 2}).json()
    assert [job["id"] for job in page["data"]] == ids[:0:-1]
    assert page["has_more"]
    rest = http.get(JOBS, params={"limit": 2, "after": page["last_id"]}).json()
    assert [job["id"] for job in rest["data"]] == ids[:1]
    assert not rest["has_more"]


def test_what_has_ended_is_deleted(http):
    job_id = http.post(JOBS, json=ASKED).json()["id"]
    assert http.delete(f"{JOBS}/{job_id}").status_code == 400
    ended(http, job_id)
    assert http.delete(f"{JOBS}/{job_id}").status_code == 204
    assert http.get(f"{JOBS}/{job_id}").status_code == 404


@pytest.mark.parametrize(("fault", "reason"), [("policy", "output_moderation"), ("broken", "internal_error")])
def test_a_job_that_fails(http, emulator, fault, reason):
    emulator.faults.inject(fault)
    job, _ = ended(http, http.post(JOBS, json=ASKED).json()["id"])
    assert (job["status"], job["failure_reason"], job["generations"]) == ("failed", reason, [])


@pytest.mark.parametrize(("changes", "status", "code"), [
    ({"model": "sora-2"}, 404, "DeploymentNotFound"),
    ({"prompt": ""}, 400, "missing_required_parameter"),
    ({"width": 481}, 400, "BadRequest"),
    ({"width": None}, 400, "BadRequest"),
    ({"n_seconds": 21}, 400, "BadRequest"),
    ({"n_variants": 5}, 400, "BadRequest"),
    ({"width": 1920, "height": 1080, "n_variants": 2}, 400, "BadRequest"),
    ({"seconds": 5}, 400, "unknown_parameter"),
])  # fmt: skip
def test_refusals(http, emulator, changes, status, code):
    answer = http.post(JOBS, json=ASKED | changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert emulator.world.accepted() == []


def test_the_version_and_the_key_are_asked_for(http, emulator):
    assert httpx2.get(f"{emulator.url}{JOBS}", headers={"api-key": KEY}).status_code == 404
    refused = http.get(JOBS, headers={"api-key": "wrong"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "401")


class TestMedia:
    def send(self, http, *, name: str = "lake.png", kind: str = "image", data: bytes | None = None):
        buffer = io.BytesIO()
        Image.new("RGB", (480, 480)).save(buffer, "PNG")
        items = json.dumps([{"frame_index": 0, "type": kind, "file_name": "lake.png"}])
        fields = {key: str(value) for key, value in ASKED.items()} | {"inpaint_items": items}
        return http.post(JOBS, data=fields, files={"files": (name, data or buffer.getvalue(), "image/png")})

    def test_a_picture_of_the_name_of_its_item(self, http):
        answer = self.send(http)
        assert answer.status_code == 201, answer.text

    @pytest.mark.parametrize("wrong", [{"name": "sea.png"}, {"kind": "video"}, {"kind": "sound"}, {"data": b"none"}])
    def test_what_does_not_fit_is_refused(self, http, wrong):
        assert self.send(http, **wrong).status_code == 400
