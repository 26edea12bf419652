"""The unmodified openai client, pointed here by its base URL alone, runs a video's whole life, errors included."""

import asyncio
import io
import json
import time
import warnings
from pathlib import Path

import httpx
import openai
import pytest
from jsonschema import Draft202012Validator
from openai import AsyncOpenAI, OpenAI
from PIL import Image
from server_world import Backed, Served

from video_gen.media.probe import probe

SMALL = {"model": "local", "seconds": "1", "size": "128x72"}
SPEC = json.loads((Path(__file__).parents[1] / "data" / "specs" / "openai_videos.openapi.json").read_text())

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


def client_of(server: Served, key: str = "not-needed", **options) -> OpenAI:
    return OpenAI(base_url=f"{server.url}/v1", api_key=key, **options)


@pytest.fixture(scope="module")
def client(server: Served):
    with client_of(server) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(client: OpenAI):
    with warnings.catch_warnings(action="ignore"):
        return client.videos.create_and_poll(prompt="a calm ocean at sunset", **SMALL)


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((128, 72)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def checked(kind: str, value: dict) -> dict:
    """Hold an answer to OpenAI's own description; sizes and lengths that only this server makes are let through."""
    schemas = SPEC["components"]["schemas"]
    open_ended = {"VideoSize": {"type": "string"}, "VideoSeconds": {"type": "string"}}
    root = {"$ref": f"#/components/schemas/{kind}", "components": {"schemas": {**schemas, **open_ended}}}
    Draft202012Validator(root).validate(value)
    return value


def test_create_and_poll_makes_a_video_that_can_be_downloaded(client, made, tmp_path):
    assert (made.status, made.progress, made.model) == ("completed", 100, "local/draft")
    assert (made.seconds, made.size, made.prompt) == ("1", "128x72", "a calm ocean at sunset")
    path = tmp_path / "video.mp4"
    client.videos.download_content(made.id).write_to_file(path)
    assert (probe(path).width, probe(path).height) == (128, 72)


@pytest.mark.parametrize(("variant", "kind"), [("thumbnail", "WEBP"), ("spritesheet", "JPEG")])
def test_a_picture_of_it_can_be_downloaded(client, made, variant, kind):
    content = client.videos.download_content(made.id, variant=variant).content
    assert Image.open(io.BytesIO(content)).format == kind


def test_every_answer_is_as_openai_describes_it(server, made):
    with httpx.Client(base_url=f"{server.url}/v1", headers={"User-Agent": "OpenAI/Python 3.52.0"}) as http:
        created = http.post("/videos", json={"prompt": "rain", **SMALL}).json()
        checked("VideoResource", created)
        assert checked("VideoResource", http.get(f"/videos/{made.id}").json())["status"] == "completed"
        page = checked("VideoListResource", http.get("/videos", params={"limit": 1}).json())
        assert (page["first_id"], page["last_id"], page["has_more"]) == (created["id"], created["id"], True)
        assert checked("VideoListResource", http.get("/videos", params={"limit": 0}).json())["data"] == []
        answer = http.get("/videos/video_0000000000000000")
        assert answer.status_code == 404
        checked("ErrorResponse", answer.json())
        assert answer.headers["x-request-id"]


def test_others_hear_the_words_of_the_documentation(server, made):
    """Seed clients poll for `completed` and know `pending` and `processing`."""
    created = server.client.post("/v1/videos", json={"prompt": "rain", "seconds": 1, "size": "128x72"}).json()
    assert created["object"] == "video"
    assert created["status"] in {"pending", "processing"}
    assert (created["progress"], created["video_url"]) == (0, None)
    assert created["created"] == created["created_at"]
    assert server.client.get(f"/v1/videos/{created['id']}?dialect=openai").json()["status"] in {
        "queued",
        "in_progress",
        "completed",
    }
    assert server.client.get(f"/v1/videos/{made.id}").json()["video_url"].endswith("/video.mp4")


def test_content_leads_to_a_link_that_needs_no_key(server, made):
    answer = server.client.get(f"/v1/videos/{made.id}/content")
    assert answer.status_code == 307
    part = httpx.get(answer.headers["location"], headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)


@pytest.mark.parametrize("form", ["file", "data URI", "base64", "object"])
def test_the_first_frame_is_taken_in_every_form(server, client, form):
    import base64

    if form == "file":
        video = client.videos.create(prompt="drift", input_reference=("a.png", picture(), "image/png"), **SMALL)
        assert video.status in {"queued", "in_progress"}
        return
    encoded = base64.b64encode(picture()).decode()
    said = {
        "data URI": f"data:image/png;base64,{encoded}",
        "base64": encoded,
        "object": {"image_url": f"data:image/png;base64,{encoded}"},
    }[form]
    answer = server.client.post("/v1/videos", json={"prompt": "drift", "input_reference": said, **SMALL})
    assert answer.status_code == 200, answer.text


def test_fields_that_openai_lacks_travel_in_extra_body(client):
    video = client.videos.create(prompt="drift", extra_body={"seed": 0, "camera_motion": "pan left"}, **SMALL)
    assert video.status in {"queued", "in_progress"}
    with pytest.raises(openai.BadRequestError, match="takes right or left") as raised:
        client.videos.create(prompt="drift", extra_body={"camera_motion": "pan up"}, **SMALL)
    assert raised.value.status_code == 400


def test_a_list_runs_over_its_pages_either_way(client, made):
    newest = [video.id for video in client.videos.list(limit=2)]
    oldest = [video.id for video in client.videos.list(limit=2, order="asc")]
    assert made.id in newest
    assert newest == oldest[::-1]


def test_a_remix_keeps_the_settings_and_says_where_it_comes_from(client, made):
    remix = client.videos.remix(made.id, prompt="the same ocean under the stars")
    assert remix.remixed_from_video_id == made.id
    assert (remix.size, remix.seconds, remix.model) == (made.size, made.seconds, made.model)
    assert client.videos.poll(remix.id).status == "completed"


def test_a_deleted_video_is_gone(client):
    video = client.videos.create_and_poll(prompt="a grey square", **SMALL)
    assert client.videos.delete(video.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve(video.id)
    with pytest.raises(openai.NotFoundError):
        client.videos.download_content(video.id)


def test_models_are_listed_and_found_by_any_name(client):
    listed = {model.id for model in client.models.list()}
    assert "local/draft" in listed
    assert "openai/sora-2" not in listed, "it was switched off"
    assert client.models.retrieve("local").id == "local/draft"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing-of-the-kind")


async def test_the_asynchronous_client_does_the_same(server):
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none") as client:
        first, second = await asyncio.gather(
            *(client.videos.create_and_poll(prompt=prompt, **SMALL) for prompt in ("rain", "snow"))
        )
        assert (first.status, second.status) == ("completed", "completed")
        assert (await client.videos.download_content(first.id)).content[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("words", "kind", "param", "code"),
    [
        ({"model": "nothing-of-the-kind"}, openai.NotFoundError, "model", "model_not_found"),
        ({"model": "sora-2"}, openai.NotFoundError, "model", "model_not_found"),
        ({"prompt": ""}, openai.BadRequestError, "prompt", None),
        ({"prompt": "x" * 32_001}, openai.BadRequestError, "prompt", None),
        ({"size": "wide"}, openai.BadRequestError, None, None),
        ({"seconds": "soon"}, openai.BadRequestError, "seconds", None),
        ({"input_reference": ("a.png", b"no picture", "image/png")}, openai.BadRequestError, None, "invalid_media"),
        ({"extra_body": {"sed": 1}}, openai.BadRequestError, "sed", None),
        ({"extra_body": {"seed": -1}}, openai.BadRequestError, "seed", None),
        ({"extra_body": {"seed": "x"}}, openai.BadRequestError, "seed", None),
        ({"extra_body": {"strict": True}, "seconds": "3000"}, openai.BadRequestError, "seconds", "unsupported_option"),
        ({"model": "runway/gen4.5", "seconds": "5"}, openai.InternalServerError, None, "configuration_error"),
    ],
)
def test_a_wrong_create_raises_the_right_exception(server, words, kind, param, code):
    with client_of(server, max_retries=0) as client, pytest.raises(kind) as raised:
        client.videos.create(**{"prompt": "rain", **SMALL, **words})
    error = raised.value
    assert isinstance(error, openai.APIStatusError)
    assert error.body["message"]
    assert error.body["param"] == param
    assert code is None or error.code == code


def test_what_is_not_there_or_not_ready_is_said_so(client, server):
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve("video_0000000000000000")
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve("../../etc/passwd")
    long = client.videos.create(prompt="rain", model="local", seconds="60", size="640x360")
    for call in (client.videos.download_content, client.videos.delete):
        before = time.monotonic()
        with pytest.raises(openai.ConflictError):
            call(long.id)
        assert time.monotonic() - before < 5, "a client that sends again would only hear the same"
    server.client.post(f"/api/v1/tasks/{long.id}/cancel")
    stopped = client.videos.poll(long.id)
    assert (stopped.status, stopped.error.code) == ("failed", "cancelled")


def test_characters_are_refused_with_what_to_do_instead(client, server, made):
    film = ("a.mp4", client.videos.download_content(made.id).content, "video/mp4")
    with pytest.raises(openai.BadRequestError, match="by a picture, as `input_reference`") as raised:
        client.videos.create_character(name="Mila", video=film)
    assert raised.value.code == "unsupported_option"
    with pytest.raises(openai.NotFoundError, match="there is no character `char_1`"):
        client.videos.get_character("char_1")
    for answer in (server.client.get("/v1/videos/characters"), server.client.delete("/v1/videos/characters/char_1")):
        assert answer.status_code in {404, 405}
        checked("ErrorResponse", answer.json())


def test_an_edit_needs_a_model_that_takes_videos(client, made):
    content = client.videos.download_content(made.id).content
    with pytest.raises(openai.BadRequestError, match="takes no video"):
        client.videos.edit(prompt="make it night", video=("a.mp4", content, "video/mp4"))


def test_an_extension_is_the_video_and_what_comes_next_in_one(client, made, server, tmp_path):
    content = client.videos.download_content(made.id).content
    extended = client.videos.extend(prompt="the tide comes in", video=("a.mp4", content, "video/mp4"), seconds="1")
    assert (extended.seconds, extended.size) == ("2", "128x72"), "the whole is said, also before it is made"
    assert client.videos.poll(extended.id).status == "completed"
    path = tmp_path / "whole.mp4"
    client.videos.download_content(extended.id).write_to_file(path)
    assert 1.5 < probe(path).seconds <= 2.01
    body = {"prompt": "night falls", "video": {"id": made.id}, "seconds": "1"}
    by_id = server.client.post("/v1/videos/extensions", json=body, headers={"User-Agent": "OpenAI/Python 3.52.0"})
    assert client.videos.poll(by_id.json()["id"]).status == "completed"
    assert client.videos.retrieve(by_id.json()["id"]).remixed_from_video_id == made.id
    with pytest.raises(openai.BadRequestError, match="`extend` takes a video"):
        client.videos.extend(prompt="x", video=("a.png", picture(), "image/png"), seconds="1")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"prompt": "\\u0000"}', "application/json", 400),
        (b'{"prompt": "\\ud800"}', "application/json", 400),
        (b'{"prompt": 3}', "application/json", 400),
        (b'{"prompt": "a", "input_reference": {"file_id": "file-1"}}', "application/json", 400),
        (b'{"prompt": "a", "input_reference": {}}', "application/json", 400),
        (b'{"prompt": "a", "input_reference": "http://127.0.0.1:1/a.png"}', "application/json", 400),
        (b'{"prompt": "a", "input_reference": "/etc/passwd"}', "application/json", 400),
        (b'{"prompt": "a", "extra": "{"}', "application/json", 400),
        (b"prompt=a", "text/plain", 400),
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (b"nonsense", "multipart/form-data", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="prompt[a]"\r\n\r\nb\r\n--x--',
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"prompt=a&prompt=b", "application/x-www-form-urlencoded", 400),
    ],
)
def test_whatever_is_sent_the_answer_is_an_error_of_openais_shape(server, body, kind, status):
    answer = server.client.post("/v1/videos", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    checked("ErrorResponse", answer.json())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/videos", 405),
        ("GET", "/v1/videos?limit=101", 400),
        ("GET", "/v1/videos?order=up", 400),
        ("GET", "/v1/videos?after=video_0000000000000000", 404),
        ("GET", "/v1/videos/video_0000000000000000/content?variant=sound", 400),
        ("POST", "/v1/videos/video_0000000000000000/remix", 400),
    ],
)
def test_wrong_paths_and_queries_too(server, method, path, status):
    answer = server.client.request(method, path)
    assert answer.status_code == status, answer.text
    checked("ErrorResponse", answer.json())


# --- behind providers ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hosted(backed: Backed):
    with client_of(backed.server, max_retries=0) as client:
        yield client


HOSTED = {"model": "openai/sora-2", "seconds": "4", "size": "1280x720"}


def test_a_hosted_model_makes_it(hosted):
    video = hosted.videos.create_and_poll(prompt="a paper boat", **HOSTED)
    assert (video.status, video.model) == ("completed", "openai/sora-2")
    assert hosted.videos.download_content(video.id).content[4:8] == b"ftyp"


@pytest.mark.parametrize(("fault", "code"), [("policy", "moderation_blocked"), ("broken", "job_failed")])
def test_a_failure_at_the_provider_has_openais_words(hosted, backed, fault, code):
    backed.order("openai", fault)
    video = hosted.videos.create_and_poll(prompt=f"a boat that is {fault}", **HOSTED)
    assert (video.status, video.error.code) == ("failed", code)
    assert video.error.message


def test_a_lost_answer_at_the_provider_is_none_of_the_clients_business(hosted, backed):
    before = backed.accepted("openai")
    backed.order("openai", "cut_after")
    video = hosted.videos.create_and_poll(prompt="a boat whose answer is lost", **HOSTED)
    assert video.status in {"completed", "failed"}
    assert backed.accepted("openai") == before + 1
    assert video.status == "completed" or video.error.code == "submission_unknown"


def test_identical_retries_while_the_provider_says_429_are_one_paid_video(hosted, backed):
    before = backed.accepted("openai")
    backed.order("openai", "rate_limited", value=1, times=2)
    retries = [hosted.videos.create(prompt="a boat that is asked for again", **HOSTED) for _ in range(4)]
    assert len({video.id for video in retries}) == 1
    assert hosted.videos.poll(retries[0].id).status == "completed"
    assert backed.accepted("openai") == before + 1


def test_an_edit_gives_the_finished_video_to_a_model_that_takes_one(hosted, backed):
    source = hosted.videos.create_and_poll(prompt="a boat to be changed", **HOSTED)
    answer = backed.server.client.post(
        "/v1/videos/edits",
        json={"prompt": "make it night", "video": {"id": source.id}, "model": "runway/aleph2"},
        headers={"User-Agent": "OpenAI/Python 3.52.0"},
    )
    assert answer.status_code == 200, answer.text
    edited = hosted.videos.poll(answer.json()["id"])
    assert edited.status == "completed", edited.error
    assert edited.remixed_from_video_id == source.id
