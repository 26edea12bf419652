"""Runway's own client, unmodified, drives the emulator through a task's whole life."""

import asyncio
import base64
import io
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
import runwayml
from PIL import Image
from runwayml import AsyncRunwayML, RunwayML, TaskFailedError, TaskTimeoutError
from runwayml.lib import polling

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.runway import RunwayEmulator
from video_gen.testing.emulators.serve import serving

SHORT = {"model": "gen4.5", "prompt_text": "a paper boat", "ratio": "1280:720", "duration": 5}


@pytest.fixture(scope="module")
def served():
    with serving(RunwayEmulator()) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served, monkeypatch):
    monkeypatch.setattr(polling, "POLL_TIME", 0.05)  # the client's clock, not what it does
    monkeypatch.setattr(polling, "POLL_JITTER", 0.0)
    served.faults.clear()
    served.balance, served.concurrent, served.daily = 1_000_000, 20, 30_000
    return served


@pytest.fixture
def client(emulator):
    with RunwayML(base_url=emulator.url, api_key=KEY, max_retries=0) as client:
        yield client


def picture(width=640, height=360, kind="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


def data_uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        assert reply.headers["Content-Type"] == "video/mp4"
        return reply.read()


def issues(caught) -> list[dict]:
    assert caught.value.body["error"] == "Validation of body failed"
    return caught.value.body["issues"]


# --- a task's life ----------------------------------------------------------------------------------------------


def test_text_to_video_from_create_to_download(client, emulator, tmp_path):
    task = client.text_to_video.create(**SHORT, seed=0)
    assert task.estimated_cost.credits == 60
    done = task.wait_for_task_output()
    assert done.status == "SUCCEEDED"
    assert done.id == task.id
    assert done.cost.credits == 60
    assert abs(done.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    path = tmp_path / "video.mp4"
    path.write_bytes(fetched(done.output[0]))
    info = probe(path)
    assert info.width / info.height == pytest.approx(16 / 9, rel=0.02)
    assert info.audio is None, "Gen-4.5 is silent"
    assert emulator.world.renders[task.id].film.seed == 0


def test_image_to_video_by_data_uri_by_position_by_link_and_by_upload(client, emulator, tmp_path):
    file = tmp_path / "first.png"
    file.write_bytes(picture(360, 640))
    upload = client.uploads.create_ephemeral(file=file)
    assert upload.uri.startswith("runway://")
    for image in (
        data_uri(picture()),
        upload.uri,
        "https://example.com/picture.jpg",
        [{"uri": data_uri(picture()), "position": "first"}, {"uri": upload.uri, "position": "last"}],
    ):
        task = client.image_to_video.create(model="veo3.1", prompt_image=image, ratio="1280:720", duration=4)
        assert task.wait_for_task_output().status == "SUCCEEDED"
        assert emulator.world.renders[task.id].film.audio, "Veo makes sound unless it is told not to"
    like_the_picture = client.image_to_video.create(model="happyhorse_1_0", prompt_image=upload.uri, resolution="720p")
    film = emulator.world.renders[like_the_picture.id].film
    assert (film.width, film.height) == (720, 1280)


def test_video_to_video(client, emulator):
    source = client.text_to_video.create(**SHORT).wait_for_task_output()
    video = fetched(source.output[0])
    by_uri = client.video_to_video.create(
        model="aleph2", video_uri=data_uri(video, "video/mp4"), prompt_text="make it night"
    )
    assert by_uri.wait_for_task_output().status == "SUCCEEDED"
    upload = client.uploads.create_ephemeral(file=("clip.mp4", video))
    by_prompt = client.video_to_video.create(model="seedance2", prompt_video=upload.uri, duration=5)
    assert by_prompt.wait_for_task_output().status == "SUCCEEDED"
    assert emulator.world.renders[by_uri.id].film.seconds == pytest.approx(1.0, abs=0.1), "as long as its source"


def test_a_task_shows_its_progress(client, emulator):
    usual = emulator.world.queue_s, emulator.world.render_s
    emulator.world.queue_s, emulator.world.render_s = 0.5, 2.0  # a busy machine may not look for a second
    task = client.text_to_video.create(**SHORT)
    seen = [client.tasks.retrieve(task.id)]
    while seen[-1].status != "SUCCEEDED":
        time.sleep(0.05)
        seen.append(client.tasks.retrieve(task.id))
    emulator.world.queue_s, emulator.world.render_s = usual
    assert list(dict.fromkeys(each.status for each in seen)) == ["PENDING", "RUNNING", "SUCCEEDED"]
    progress = [each.progress for each in seen if each.status == "RUNNING"]
    assert progress == sorted(progress)
    assert len(set(progress)) > 3
    assert {each.estimated_cost.credits for each in seen[:-1]} == {60}


def test_more_tasks_than_may_run_at_once_are_throttled(client, emulator):
    emulator.concurrent = 1
    emulator.world.render_s, usual = 2.0, emulator.world.render_s
    model = {**SHORT, "model": "veo3.1_fast", "duration": 4}
    first, second = (client.text_to_video.create(**model) for _ in range(2))
    assert client.tasks.retrieve(second.id).status == "THROTTLED"
    assert first.wait_for_task_output().status == "SUCCEEDED"
    assert second.wait_for_task_output().status == "SUCCEEDED"
    emulator.world.render_s = usual


def test_links_need_no_key_end_and_cannot_be_forged(client, emulator):
    task = client.text_to_video.create(**SHORT)
    link = task.wait_for_task_output().output[0]
    with pytest.raises(HTTPError, match="403"):
        fetched(link.replace("_jwt=", "_jwt=0"))
    now = emulator.world.now
    later = now() + 25 * 3600
    emulator.world.now = lambda: later
    try:
        with pytest.raises(HTTPError, match="403"):
            fetched(link)
        assert fetched(client.tasks.retrieve(task.id).output[0]), "asking again gives a fresh one"
    finally:
        emulator.world.now = now


def test_deleting(client, emulator):
    emulator.faults.inject("stuck")
    running = client.text_to_video.create(**SHORT)
    while client.tasks.retrieve(running.id).status != "RUNNING":
        pass
    assert client.tasks.delete(running.id) is None
    done = client.text_to_video.create(**SHORT).wait_for_task_output()
    client.tasks.delete(done.id)
    for gone in (running.id, done.id, "17f20503-6c24-4c16-946b-35dbbce2af2f"):
        with pytest.raises(runwayml.NotFoundError):
            client.tasks.retrieve(gone)
        with pytest.raises(runwayml.NotFoundError):
            client.tasks.delete(gone)
    with pytest.raises(HTTPError, match="403"):
        fetched(done.output[0])


def test_credits(client, emulator):
    def balance() -> int:
        return client.organization.retrieve().credit_balance

    start = balance()
    done = client.text_to_video.create(**SHORT).wait_for_task_output()
    assert start - balance() == done.cost.credits == 60
    for fault, charged in (("policy", 60), ("broken", 0)):
        before = balance()
        emulator.faults.inject(fault)
        with pytest.raises(TaskFailedError) as caught:
            client.text_to_video.create(**SHORT).wait_for_task_output()
        assert caught.value.task_details.cost.credits == before - balance() == charged
    before = balance()
    emulator.world.queue_s, usual = 5.0, emulator.world.queue_s
    client.tasks.delete(client.text_to_video.create(**SHORT).id)
    emulator.world.queue_s = usual
    assert balance() == before, "not begun, so given back"
    emulator.faults.inject("stuck")
    running = client.text_to_video.create(**SHORT)
    while client.tasks.retrieve(running.id).status != "RUNNING":
        pass
    client.tasks.delete(running.id)
    assert balance() == before - 60, "it had begun"


def test_the_organization(client, emulator):
    client.text_to_video.create(**SHORT)
    organization = client.organization.retrieve()
    assert organization.tier.models["gen4.5"].max_concurrent_generations == 20
    assert organization.usage.models["gen4.5"].daily_generations >= 1
    assert organization.usage.models["kling_4"].daily_generations == 0


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "code"), [
    ("policy", "SAFETY.INPUT.TEXT"),
    ("audio_filtered", "SAFETY.OUTPUT.AUDIO"),
    ("broken", "INTERNAL.BAD_OUTPUT.CODE01"),
])  # fmt: skip
def test_a_task_that_fails(client, emulator, fault, code):
    emulator.faults.inject(fault)
    with pytest.raises(TaskFailedError) as caught:
        client.text_to_video.create(**SHORT).wait_for_task_output()
    details = caught.value.task_details
    assert (details.status, details.failure_code) == ("FAILED", code)
    assert details.failure


def test_a_task_without_a_video_and_one_that_never_ends(client, emulator):
    emulator.faults.inject("no_video")
    assert client.text_to_video.create(**SHORT).wait_for_task_output().output == []
    emulator.faults.inject("stuck")
    with pytest.raises(TaskTimeoutError) as caught:
        client.text_to_video.create(**SHORT).wait_for_task_output(timeout=0.3)
    assert caught.value.task_details.status == "RUNNING"


async def test_the_asynchronous_client(emulator):
    async with AsyncRunwayML(base_url=emulator.url, api_key=KEY, max_retries=0) as client:
        tasks = await asyncio.gather(*(client.text_to_video.create(**SHORT) for _ in range(3)))
        done = await asyncio.gather(*(task.wait_for_task_output() for task in tasks))
        assert [each.status for each in done] == ["SUCCEEDED"] * 3
        upload = await client.uploads.create_ephemeral(file=("first.png", picture()))
        task = await client.image_to_video.create(model="gen4_turbo", prompt_image=upload.uri, ratio="1280:720")
        assert (await task.wait_for_task_output()).status == "SUCCEEDED"


@pytest.mark.parametrize(("fault", "kind", "status"), [
    ("rate_limited", runwayml.RateLimitError, 429),
    ("unavailable", runwayml.InternalServerError, 503),
    ("error_before", runwayml.InternalServerError, 500),
    ("error_after", runwayml.InternalServerError, 500),
    ("unauthorized", runwayml.AuthenticationError, 401),
    ("no_credit", runwayml.BadRequestError, 400),
])  # fmt: skip
def test_an_error_is_the_clients_own(client, emulator, fault, kind, status):
    before = len(emulator.world.renders)
    emulator.faults.inject(fault)
    with pytest.raises(kind) as caught:
        client.text_to_video.create(**SHORT)
    assert caught.value.status_code == status
    assert caught.value.body["error"]
    assert len(emulator.world.renders) == before + (fault == "error_after")


def test_a_lost_answer_is_paid_again_by_the_client(emulator):
    """The client repeats a submit, and the wire has no key that would make one of two."""
    before = len(emulator.world.renders)
    emulator.faults.inject("cut_after", times=2)
    with RunwayML(base_url=emulator.url, api_key=KEY) as client:
        client.text_to_video.create(**SHORT)
    assert len(emulator.world.renders) == before + 3


def test_a_connection_that_breaks(client, emulator):
    for fault in ("cut_before", "cut_after"):
        emulator.faults.inject(fault)
        with pytest.raises(runwayml.APIConnectionError):
            client.text_to_video.create(**SHORT)
    emulator.faults.inject("hang_after")
    with pytest.raises(runwayml.APITimeoutError):
        client.text_to_video.create(**SHORT, timeout=0.3)


def test_another_key_and_another_version_are_refused(emulator):
    for options in ({"api_key": "key_other"}, {"api_key": KEY, "runway_version": "2023-09-06"}):
        with RunwayML(base_url=emulator.url, max_retries=0, **options) as client:
            with pytest.raises(runwayml.APIStatusError) as caught:
                client.organization.retrieve()
            assert caught.value.status_code == (401 if options["api_key"] != KEY else 400)


@pytest.mark.parametrize(("change", "code", "path"), [
    ({"model": "gen9"}, "invalid_union", ["model"]),
    ({"model": "gen4_aleph"}, "invalid_union", ["model"]),
    ({"ratio": "1:1"}, "invalid_value", ["ratio"]),
    ({"ratio": "1104:832"}, "invalid_value", ["ratio"]),
    ({"duration": 11}, "too_big", ["duration"]),
    ({"duration": 1}, "too_small", ["duration"]),
    ({"duration": "five"}, "invalid_type", ["duration"]),
    ({"duration": 5.5}, "invalid_type", ["duration"]),
    ({"duration": True}, "invalid_type", ["duration"]),
    ({"prompt_text": ""}, "too_small", ["promptText"]),
    ({"prompt_text": "x" * 1001}, "too_big", ["promptText"]),
    ({"prompt_text": "🎬" * 501}, "too_big", ["promptText"]),
    ({"prompt_text": runwayml.omit}, "invalid_type", ["promptText"]),
    ({"extra_body": {"fps": 24, "tier": 1}}, "unrecognized_keys", []),
])  # fmt: skip
def test_a_body_that_is_wrong(client, emulator, change, code, path):
    before = len(emulator.world.renders)
    with pytest.raises(runwayml.BadRequestError) as caught:
        client.text_to_video.create(**{**SHORT, **change})
    (issue,) = issues(caught)
    assert (issue["code"], issue["path"]) == (code, path)
    assert len(emulator.world.renders) == before


@pytest.mark.parametrize(("image", "path", "words"), [
    (data_uri(picture(1000, 400)), ["promptImage"], "at most 2. Got 2.50"),
    (data_uri(picture(300, 700)), ["promptImage"], "at least 0.5. Got 0.43"),
    (data_uri(b"no picture"), ["promptImage"], "could not be read as an image"),
    (data_uri(picture(kind="GIF"), "image/gif"), ["promptImage"], "could not be read as an image"),
    (data_uri(picture(), "video/mp4"), ["promptImage"], "base64-encoded image"),
    ("data:image/png;base64,!!!", ["promptImage"], "could not be decoded"),
    ("data:image/png;base64," + "A" * 5_000_000, ["promptImage"], "up to 5MB"),
    ("http://example.com/a.png", ["promptImage"], "Only HTTPS"),
    ("https://10.0.0.1/a.png", ["promptImage"], "not an IP address"),
    ("https://example.com/" + "a" * 2048, ["promptImage"], "2048"),
    ("runway://unknown", ["promptImage"], "Upload not found"),
    ([{"uri": data_uri(b"x"), "position": "first"}], ["promptImage", 0, "uri"], "could not be read"),
    ([{"uri": "https://example.com", "position": "last"}], ["promptImage", 0, "position"], 'expected "first"'),
    ([{"position": "first"}], ["promptImage", 0, "uri"], "received undefined"),
    (7, ["promptImage"], "Invalid input"),
])  # fmt: skip
def test_a_picture_that_does_not_do(client, image, path, words):
    with pytest.raises(runwayml.BadRequestError) as caught:
        client.image_to_video.create(model="gen4_turbo", prompt_image=image, ratio="1280:720")
    (issue,) = issues(caught)
    assert issue["path"] == path
    assert words in issue["message"]


def test_frames_have_a_ratio_of_their_own(client):
    wan = {"model": "wan3", "prompt_text": "a paper boat", "prompt_image": data_uri(picture())}
    with pytest.raises(runwayml.BadRequestError, match="Keyframe requests"):
        client.image_to_video.create(**wan, ratio="1280:720")
    assert client.image_to_video.create(**wan, ratio="auto_720p").wait_for_task_output().status == "SUCCEEDED"


def test_an_upload_needs_a_name_and_its_own_policy(client, emulator):
    with pytest.raises(runwayml.BadRequestError):
        client.uploads.create_ephemeral(file=("x", picture()))
    with pytest.raises(runwayml.AuthenticationError):
        client.with_options(api_key="other").uploads.create_ephemeral(file=("first.png", picture()))
    place = client.post("/v1/uploads", body={"filename": "a.png", "type": "ephemeral"}, cast_to=dict[str, Any])
    request = urllib.request.Request(
        place["uploadUrl"],
        data=b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n',
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(request)


def test_what_an_account_may(client, emulator):
    emulator.balance = 59
    with pytest.raises(runwayml.BadRequestError, match="enough credits"):
        client.text_to_video.create(**SHORT)
    emulator.balance, emulator.daily = 1_000_000, 0
    with pytest.raises(runwayml.RateLimitError):
        client.text_to_video.create(**SHORT)
