"""The unmodified venice-sdk, pointed here by its base URL alone."""

import json
from pathlib import Path

import jsonschema
import pytest
from PIL import Image
from server_world import Backed, Served, start
from venice_sdk import VeniceClient
from venice_sdk.config import Config
from venice_sdk.errors import (
    InsufficientBalanceError,
    InvalidRequestError,
    ModelNotFoundError,
    UnauthorizedError,
    VeniceAPIError,
    VideoGenerationError,
)

from video_gen.media.probe import probe

SPEC = json.loads((Path(__file__).parents[1] / "data" / "specs" / "venice.openapi.json").read_text())
MODEL = "local"
ASKED = {"model": MODEL, "prompt": "a calm sea", "duration": 1, "resolution": "144p", "aspect_ratio": "16:9"}
HOSTED = "wan-2.5-preview-text-to-video"


def sdk(server: Served, *, base: str = "/venice/api/v1", key: str = "any", retries: int = 0) -> VeniceClient:
    return VeniceClient(Config(key, f"{server.url}{base}", timeout=20, max_retries=retries, retry_delay=0))


@pytest.fixture(scope="module")
def venice(server: Served) -> VeniceClient:
    return sdk(server)


@pytest.fixture(scope="module")
def hosted(backed: Backed) -> VeniceClient:
    return sdk(backed.server)


def waited(venice: VeniceClient, job, **more):
    return venice.video.wait_for_completion(job.job_id, poll_interval=0.1, max_wait_time=60, model=MODEL, **more)


def test_queue_wait_with_callback_and_download(venice, tmp_path):
    job = venice.video.queue(**ASKED, seed=0, motion_bucket_id=64)
    assert job.status == "queued"
    seen = []
    done = waited(venice, job, callback=seen.append)
    assert {each.status for each in seen} <= {"queued", "processing", "completed"}
    assert done.is_completed()
    assert (done.progress, done.video_url[:4], done.model) == (100, "http", "local/draft")
    assert (done.metadata.duration, done.metadata.format) == (pytest.approx(1, abs=0.1), "mp4")
    saved = done.download(tmp_path / "sea.mp4")
    info = probe(saved)
    assert (info.height, info.bytes) == (144, done.metadata.file_size)
    assert done.get_video_data() == saved.read_bytes()
    assert venice.video.cleanup(job.job_id, MODEL)["success"] is True
    with pytest.raises(InvalidRequestError):
        venice.video.retrieve(job.job_id, MODEL)


@pytest.mark.parametrize("base", ["/api/v1", "/venice/api/v1/"])
def test_it_is_spoken_at_other_bases_too(server, base):
    venice = sdk(server, base=base)
    assert waited(venice, venice.video.queue(**ASKED)).is_completed()


def test_complete_queues_and_waits(venice, monkeypatch):
    from venice_sdk import video

    sleep = video.time.sleep
    monkeypatch.setattr(video.time, "sleep", lambda seconds: sleep(min(seconds, 0.1)))
    assert venice.video.complete(**ASKED, timeout=60).is_completed()


def test_the_same_request_sent_again_is_the_same_video(venice):
    asked = {**ASKED, "prompt": "a sea that is asked for twice"}
    assert venice.video.queue(**asked).job_id == venice.video.queue(**asked).job_id


def test_a_picture_becomes_a_video(venice, tmp_path):
    path = tmp_path / "still.png"
    Image.linear_gradient("L").resize((256, 144)).convert("RGB").save(path)
    job = venice.video.queue(MODEL, prompt="drift", image=path, duration="1s", resolution="144p")
    assert waited(venice, job).is_completed()


def test_who_accepts_a_video_is_sent_it(server, venice):
    job = venice.video.queue(**ASKED)
    waited(venice, job)
    answer = server.client.post(
        "/venice/api/v1/video/retrieve", json={"queue_id": job.job_id}, headers={"Accept": "video/mp4"}
    )
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"


def test_a_quote_costs_nothing_and_says_what_it_is_made_of(venice, hosted):
    free = venice.video.quote(**ASKED)
    assert (free.estimated_cost, free.currency) == (0, "USD")
    quote = hosted.video.quote(model=HOSTED, prompt="a calm sea", duration="5s", resolution="1080p")
    longer = hosted.video.quote(model=HOSTED, prompt="a calm sea", duration="10s", resolution="1080p")
    assert 0 < quote.estimated_cost < longer.estimated_cost
    assert quote.minimum_cost <= quote.estimated_cost
    assert sum(quote.pricing_breakdown.values()) == pytest.approx(quote.estimated_cost)


def test_valid_parameters_are_found_by_quotes(hosted):
    valid = hosted.video.get_valid_parameters(HOSTED, prompt="a calm sea")
    assert "5s" in valid["duration"]
    assert "16:9" in valid["aspect_ratio"]
    assert "4s" not in valid["duration"]


def test_models_are_listed_with_names(venice):
    rows = venice.models.list()
    video = next(row for row in rows if row["id"] == "local/draft")
    assert (video["type"], bool(video["name"])) == ("video", True)
    assert {row["type"] for row in venice.models.list("image")} == {"image"}
    assert venice.models.list("tts") == []


def test_images_have_a_link(venice):
    image = venice.images.generate(prompt="a red square", model="local/still")
    assert image.url.startswith("http")


def test_a_hosted_model_makes_it_and_a_failure_is_told(hosted, backed):
    job = hosted.video.queue(HOSTED, prompt="a paper boat", duration="5s", resolution="720p")
    assert waited(hosted, job).is_completed()
    backed.order("venice", "policy")
    bad = hosted.video.queue(HOSTED, prompt="something bad", duration="5s", resolution="720p")
    with pytest.raises(VideoGenerationError, match=r"Video generation failed: .*policy"):
        waited(hosted, bad)
    assert hosted.video.retrieve(bad.job_id, HOSTED).error_code == "CONTENT_POLICY_VIOLATION"


def test_a_cancelled_video_is_failed_here(server, venice):
    job = venice.video.queue(MODEL, prompt="rain", duration=60, resolution="720p")
    server.client.post(f"/api/v1/tasks/{job.job_id}/cancel").raise_for_status()
    with pytest.raises(VideoGenerationError):
        waited(venice, job)
    assert venice.video.retrieve(job.job_id, MODEL).error_code == "CANCELLED"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"model": "nothing-of-the-kind"}, ModelNotFoundError),
        ({"model": "sora-2-text-to-video"}, ModelNotFoundError),
        ({"duration": "soon"}, VeniceAPIError),
        ({"aspect_ratio": "wide"}, VeniceAPIError),
        ({"seed": -1}, VeniceAPIError),
        ({"motion_bucket_id": 128}, VeniceAPIError),
        ({"image": "data:image/png;base64,aGVsbG8="}, VeniceAPIError),
    ],
)
def test_each_refusal_raises_its_exception(venice, words, kind):
    with pytest.raises(kind) as raised:
        venice.video.queue(**{**ASKED, **words})
    assert type(raised.value) is kind
    assert raised.value.status_code == (404 if kind is ModelNotFoundError else 400)
    assert "Unknown error" not in str(raised.value)


def test_an_unknown_video_is_an_invalid_request(venice):
    with pytest.raises(InvalidRequestError, match="there is no job"):
        venice.video.retrieve("0000000000000000", MODEL)
    with pytest.raises(VeniceAPIError):
        venice.video.cleanup("0000000000000000", MODEL)


def test_a_ceiling_is_a_lack_of_balance(hosted):
    asked = {"model": HOSTED, "prompt": "a boat", "duration": "5s", "max_cost": 0.0001}
    with pytest.raises(InsufficientBalanceError):
        hosted.video.queue(**asked)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"model": 1}', b"{}", b"[" * 99_999, b'{"model": "local"}'])
@pytest.mark.parametrize("call", ["queue", "retrieve", "quote", "complete"])
def test_whatever_is_sent_the_error_is_a_sentence(server, call, body):
    answer = server.client.post(
        f"/venice/api/v1/video/{call}", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    assert isinstance(answer.json()["error"], str)


def test_wrong_paths_are_told_in_its_shape(server):
    for answer in (server.client.get("/venice/api/v1/nothing"), server.client.get("/api/v1/video/queue")):
        assert isinstance(answer.json()["error"], str)


def test_answers_fit_venices_own_description(server):
    operation = SPEC["paths"]["/video/queue"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = server.client.post("/venice/api/v1/video/queue", json=ASKED).json()
    jsonschema.validate(answer, operation | {"components": SPEC["components"]}, jsonschema.Draft202012Validator)


def test_a_wrong_key_does_not_get_in(tmp_path):
    import asyncio

    from server_world import new_key

    asyncio.run(new_key(tmp_path, "ann"))
    served = start(tmp_path)
    try:
        with pytest.raises(UnauthorizedError):
            sdk(served, key="wrong").video.queue(**ASKED)
    finally:
        served.stop()
