"""OpenAI's own client, unmodified, against the emulator; bodies both ways against OpenAI's own specification."""

import base64
import io
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import openai
import pytest
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import AzureEmulator, OpenAIEmulator
from video_gen.testing.emulators.serve import serving

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API is scheduled:DeprecationWarning")

SPEC = json.loads((Path(__file__).parents[1] / "data/specs/openai_videos.openapi.json").read_text())
SIZED = {"model": "sora-2", "seconds": "4", "size": "1280x720"}


@pytest.fixture
def emulator() -> Iterator[OpenAIEmulator]:
    with serving(OpenAIEmulator()) as (one,):
        one.world.render_s = 0.05
        yield one


@pytest.fixture
def client(emulator) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{emulator.url}/v1", api_key=KEY, max_retries=0)


def picture(width: int = 1280, height: int = 720, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


def valid(body: Any, schema: str) -> None:
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": SPEC["components"]})


def made(client, **changes):
    return client.videos.create_and_poll(**{"prompt": "a quiet lake", **SIZED, **changes})


class TestLife:
    def test_create_poll_download_delete(self, client, emulator, tmp_path):
        video = client.videos.create(prompt="a quiet lake", **SIZED)
        assert (video.status, video.progress, video.seconds, video.size) == ("queued", 0, "4", "1280x720")
        emulator.ask_after_ms = 20
        ended = client.videos.poll(video.id)
        assert (ended.id, ended.status, ended.progress) == (video.id, "completed", 100)
        assert ended.expires_at - ended.completed_at == 86_400
        client.videos.download_content(video.id).write_to_file(tmp_path / "lake.mp4")
        assert probe(tmp_path / "lake.mp4").audio is not None
        gone = client.videos.delete(video.id)
        assert (gone.id, gone.deleted) == (video.id, True)
        with pytest.raises(openai.NotFoundError):
            client.videos.retrieve(video.id)

    def test_the_least_that_is_asked_for_has_defaults(self, client):
        video = client.videos.create(prompt="a quiet lake")
        assert (video.model, video.seconds, video.size) == ("sora-2", "4", "720x1280")

    def test_variants(self, client):
        video = made(client)
        thumbnail = client.videos.download_content(video.id, variant="thumbnail")
        assert thumbnail.response.headers["content-type"] == "image/webp"
        assert Image.open(io.BytesIO(thumbnail.read())).format == "WEBP"
        sheet = client.videos.download_content(video.id, variant="spritesheet")
        assert Image.open(io.BytesIO(sheet.read())).format == "JPEG"
        with pytest.raises(openai.BadRequestError):
            client.videos.download_content(video.id, variant="poster")

    def test_a_list_is_paged(self, client):
        ids = [client.videos.create(prompt=f"lake {number}").id for number in range(5)]
        assert [video.id for video in client.videos.list(limit=2)] == ids[::-1]
        page = client.videos.list(limit=2, order="asc", after=ids[1])
        assert [video.id for video in page.data] == ids[2:4]
        assert page.has_more
        with pytest.raises(openai.BadRequestError):
            client.videos.list(limit=101)

    def test_every_answer_is_as_specified(self, client, emulator):
        video = client.videos.with_raw_response.create(prompt="a quiet lake", **SIZED)
        valid(json.loads(video.text), "VideoResource")
        assert video.headers["x-request-id"].startswith("req_")
        ended = client.videos.poll(json.loads(video.text)["id"])
        valid(json.loads(client.videos.with_raw_response.retrieve(ended.id).text), "VideoResource")
        valid(httpx2.get(f"{emulator.url}/v1/videos", headers=bearer()).json(), "VideoListResource")
        emulator.faults.inject("policy")
        failed = made(client)
        valid(json.loads(client.videos.with_raw_response.retrieve(failed.id).text), "VideoResource")
        valid(json.loads(client.videos.with_raw_response.delete(ended.id).text), "DeletedVideoResource")

    def test_keys_see_only_their_own(self, client, emulator):
        video = client.videos.create(prompt="a quiet lake")
        emulator.keys = frozenset({KEY, "another"})
        stranger = client.with_options(api_key="another")
        assert list(stranger.videos.list()) == []
        with pytest.raises(openai.NotFoundError):
            stranger.videos.retrieve(video.id)


class TestPictures:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_a_first_frame_of_the_very_size(self, client, kind):
        assert made(client, input_reference=("frame", picture(kind=kind))).status == "completed"

    def test_a_large_one(self, client):
        buffer = io.BytesIO()
        Image.effect_noise((1280, 720), 90).convert("RGB").resize((1280, 720)).save(buffer, "PNG", compress_level=0)
        assert len(buffer.getvalue()) > 2_500_000
        assert made(client, input_reference=("frame.png", buffer.getvalue())).status == "completed"

    def test_another_size_is_refused(self, client):
        with pytest.raises(openai.BadRequestError, match="Inpaint image must match"):
            made(client, input_reference=("frame.png", picture(1280, 704)))

    def test_no_picture_is_refused(self, client):
        with pytest.raises(openai.BadRequestError, match="unsupported mimetype"):
            made(client, input_reference=("frame.png", b"no picture"))
        with pytest.raises(openai.BadRequestError, match="could not be decoded"):
            made(client, input_reference=("frame.png", picture()[:200]))

    def test_a_picture_in_json(self, emulator):
        frame = "data:image/png;base64," + base64.b64encode(picture()).decode()
        body = {"prompt": "a lake", **SIZED, "input_reference": {"image_url": frame}}
        valid(body, "CreateVideoJsonBody")
        assert post(emulator, body).status_code == 200
        wrong = {"prompt": "a lake", "input_reference": {"image_url": frame, "file_id": "file-1"}}
        assert "exactly one" in post(emulator, wrong).json()["error"]["message"]

    def test_a_picture_handed_in_before(self, client, emulator):
        file = client.files.create(file=("frame.png", picture()), purpose="vision")
        body = {"prompt": "a lake", **SIZED, "input_reference": {"file_id": file.id}}
        assert post(emulator, body).status_code == 200
        assert post(emulator, body | {"input_reference": {"file_id": "file-0"}}).status_code == 400


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


def post(emulator, body: Any, path: str = "/v1/videos", **headers: str) -> httpx2.Response:
    return httpx2.post(f"{emulator.url}{path}", json=body, headers={**bearer(), **headers})


class TestChanges:
    def test_remix(self, client):
        first = made(client)
        second = client.videos.remix(first.id, prompt="at night")
        assert (second.remixed_from_video_id, second.prompt, second.size) == (first.id, "at night", "1280x720")

    def test_only_a_finished_video_is_remixed(self, client, emulator):
        emulator.faults.inject("stuck")
        video = client.videos.create(prompt="a lake")
        with pytest.raises(openai.BadRequestError):
            client.videos.remix(video.id, prompt="at night")
        with pytest.raises(openai.ConflictError):
            client.videos.delete(video.id)
        with pytest.raises(openai.NotFoundError):
            client.videos.download_content(video.id)

    def test_a_video_that_is_sent_is_edited_and_extended(self, client):
        film = client.videos.download_content(made(client).id).read()
        edited = client.videos.edit(prompt="in snow", video=("lake.mp4", film))
        assert client.videos.poll(edited.id).status == "completed"
        longer = client.videos.extend(prompt="further", seconds="8", video=("lake.mp4", film))
        assert longer.seconds == "12"
        with pytest.raises(openai.BadRequestError):
            client.videos.edit(prompt="in snow", video=("lake.mp4", b"no video"))

    def test_a_finished_video_is_edited_and_extended_by_its_id(self, client, emulator):
        first = made(client)
        edit = {"prompt": "in snow", "video": {"id": first.id}}
        valid(edit, "CreateVideoEditJsonBody")
        assert post(emulator, edit, "/v1/videos/edits").json()["remixed_from_video_id"] == first.id
        more = edit | {"seconds": "8"}
        valid(more, "CreateVideoExtendJsonBody")
        assert post(emulator, more, "/v1/videos/extensions").json()["seconds"] == "12"
        assert post(emulator, edit, "/v1/videos/extensions").status_code == 400


class TestRefusals:
    @pytest.mark.parametrize(("changes", "param"), [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
        ({"model": "sora-3"}, "model"),
        ({"seconds": "5"}, "seconds"),
        ({"size": "640x360"}, "size"),
        ({"size": "1792x1024"}, "size"),
        ({"extra_body": {"seed": 1}}, "seed"),
    ])  # fmt: skip
    def test_a_wrong_parameter_is_named(self, client, emulator, changes, param):
        with pytest.raises(openai.BadRequestError) as raised:
            made(client, **changes)
        assert (raised.value.param, raised.value.type) == (param, "invalid_request_error")
        assert emulator.world.accepted() == []

    def test_the_larger_model_takes_larger_sizes(self, client):
        assert made(client, model="sora-2-pro", size="1920x1080").size == "1920x1080"

    @pytest.mark.parametrize(("fault", "expected", "code"), [
        ("unauthorized", openai.AuthenticationError, "invalid_api_key"),
        ("rate_limited", openai.RateLimitError, "rate_limit_exceeded"),
        ("no_credit", openai.RateLimitError, "insufficient_quota"),
        ("refused", openai.BadRequestError, "moderation_blocked"),
        ("error_before", openai.InternalServerError, "server_error"),
        ("error_after", openai.InternalServerError, "server_error"),
        ("unavailable", openai.InternalServerError, "server_overloaded"),
    ])  # fmt: skip
    def test_a_fault_raises_the_clients_own_class(self, client, emulator, fault, expected, code):
        emulator.faults.inject(fault)
        with pytest.raises(expected) as raised:
            client.videos.create(prompt="a lake")
        assert type(raised.value) is expected
        assert raised.value.code == code
        assert len(emulator.world.accepted()) == (fault == "error_after")

    def test_a_wrong_key(self, client):
        with pytest.raises(openai.AuthenticationError):
            client.with_options(api_key="wrong").videos.list()

    @pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
    def test_a_cut_connection(self, client, emulator, fault):
        emulator.faults.inject(fault)
        with pytest.raises(openai.APIConnectionError):
            client.videos.create(prompt="a lake")
        assert len(emulator.world.accepted()) == (fault == "cut_after")

    def test_no_answer_in_time(self, client, emulator):
        emulator.faults.inject("hang_after")
        with pytest.raises(openai.APITimeoutError):
            client.with_options(timeout=0.3).videos.create(prompt="a lake")
        assert len(emulator.world.accepted()) == 1

    def test_the_client_pays_twice_by_itself(self, client, emulator):
        """Its retries carry no key: what this project's own driver never does."""
        emulator.faults.inject("cut_after")
        client.with_options(max_retries=2).videos.create(prompt="a lake")
        assert len(emulator.world.accepted()) == 2

    @pytest.mark.parametrize(("fault", "code"), [("policy", "moderation_blocked"), ("broken", "server_error")])
    def test_a_job_that_fails(self, client, emulator, fault, code):
        emulator.faults.inject(fault)
        video = made(client)
        assert (video.status, video.error.code) == ("failed", code)

    @pytest.mark.parametrize("body", [b"{", b"[]", b"3"])
    def test_no_json_is_refused(self, emulator, body):
        headers = {**bearer(), "Content-Type": "application/json"}
        assert httpx2.post(f"{emulator.url}/v1/videos", content=body, headers=headers).status_code == 400

    def test_other_kinds_of_body_are_refused(self, emulator):
        assert httpx2.post(f"{emulator.url}/v1/videos", content=b"a=1", headers=bearer()).status_code == 400
        broken = {**bearer(), "Content-Type": "multipart/form-data; boundary=x"}
        assert httpx2.post(f"{emulator.url}/v1/videos", content=b"--y", headers=broken).status_code == 400

    def test_numbers_count_as_texts(self, emulator):
        assert post(emulator, {"prompt": "a lake", "seconds": 8}).json()["seconds"] == "8"
        assert post(emulator, {"prompt": "a lake", "seconds": [8]}).status_code == 400


class TestWebhook:
    SECRET = "whsec_" + base64.b64encode(b"a secret of the project").decode()

    def test_a_notice_is_signed_as_the_client_checks(self):
        notices: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self):
                notices.put((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                """Keep quiet."""

        server = HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/notices"
        try:
            with serving(OpenAIEmulator(webhook=(url, self.SECRET))) as (emulator,):
                client = openai.OpenAI(base_url=f"{emulator.url}/v1", api_key=KEY)
                video = client.videos.create(prompt="a lake")
                body, headers = notices.get(timeout=20)
                client.webhooks.verify_signature(body, headers, secret=self.SECRET)
                with pytest.raises(openai.InvalidWebhookSignatureError):
                    client.webhooks.verify_signature(body + b" ", headers, secret=self.SECRET)
                event = json.loads(body)
                assert (event["type"], event["data"]) == ("video.completed", {"id": video.id})
        finally:
            server.shutdown()
            server.server_close()


class TestImages:
    def test_as_base64(self, client):
        answer = client.images.generate(prompt="a harbour at dusk", model="gpt-image-1", size="1536x1024")
        shown = Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json)))
        assert (shown.format, shown.size) == ("PNG", (1536, 1024))
        assert answer.usage.total_tokens > 0

    def test_as_links(self, client):
        answer = client.images.generate(prompt="a harbour", model="dall-e-2", size="256x256", n=2)
        first, second = (httpx2.get(each.url).content for each in answer.data)
        assert Image.open(io.BytesIO(first)).size == (256, 256)
        assert first != second

    @pytest.mark.parametrize(("changes", "param"), [
        ({"model": "dall-e-4"}, "model"),
        ({"size": "100x100"}, "size"),
        ({"model": "dall-e-3", "n": 2}, "n"),
        ({"model": "gpt-image-1", "response_format": "url"}, "response_format"),
    ])  # fmt: skip
    def test_refusals(self, client, changes, param):
        with pytest.raises(openai.BadRequestError) as raised:
            client.images.generate(**{"prompt": "a harbour", "model": "dall-e-3", **changes})
        assert raised.value.param == param

    def test_a_blocked_picture(self, client, emulator):
        emulator.faults.inject("refused")
        with pytest.raises(openai.BadRequestError, match="moderation"):
            client.images.generate(prompt="a harbour", model="dall-e-3")


class TestAzure:
    def test_sora_2_by_its_deployment(self):
        with serving(AzureEmulator()) as (emulator,):
            client = openai.OpenAI(base_url=f"{emulator.url}/openai/v1", api_key=KEY, max_retries=0)
            video = client.videos.create_and_poll(prompt="a lake", model="sora-2", poll_interval_ms=20)
            assert client.videos.download_content(video.id).read()
            with pytest.raises(openai.NotFoundError) as raised:
                client.videos.create(prompt="a lake", model="my-sora")
            assert raised.value.code == "DeploymentNotFound"
            with pytest.raises(openai.APIStatusError):
                client.videos.edit(prompt="in snow", video=("lake.mp4", b"film"))

    def test_azures_own_client_reaches_it_with_its_header(self):
        with serving(AzureEmulator()) as (emulator,):
            base = f"{emulator.url}/openai/v1"
            client = openai.AzureOpenAI(base_url=base, api_key=KEY, api_version="preview", max_retries=0)
            assert client.videos.create(prompt="a lake", model="sora-2").status == "queued"
            assert emulator.world.calls[-1].headers["api-key"] == KEY
