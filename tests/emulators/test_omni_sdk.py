"""The emulated Interactions API, judged by google-genai as it is, at both of its places."""

import base64
import hashlib
import hmac
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import google.oauth2.credentials
import pytest
from google import genai
from google.genai import types
from google.genai._gaos.lib import compat_errors as errors
from google_specs import fits_create, fits_interaction, fits_omni
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.google.gemini import GeminiEmulator
from video_gen.testing.emulators.google.omni import TOKENS
from video_gen.testing.emulators.google.vertex import BUCKET, PROJECT, VertexEmulator
from video_gen.testing.emulators.serve import serving

MODEL = "gemini-omni-1.2-flash"
FORM = {"type": "video", "duration": "4s", "aspect_ratio": "16:9", "resolution": "720p"}
ONCE = types.HttpRetryOptions(attempts=1)


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (640, 360), (90, 120, 200)).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return {"type": "image", "data": data, "mime_type": "image/png"}


@pytest.fixture(scope="module")
def hosts():
    with serving(GeminiEmulator(retired=["gemini-omni-1.1-flash"]), VertexEmulator()) as both:
        yield dict(zip(("gemini", "vertex"), both, strict=True))


@pytest.fixture(params=["gemini", "vertex"])
def host(request, hosts):
    emulator = hosts[request.param]
    emulator.faults.clear()
    emulator.world.calls.clear()
    return emulator


@pytest.fixture
def gemini(hosts):
    hosts["gemini"].faults.clear()
    hosts["gemini"].world.calls.clear()
    return hosts["gemini"]


def client_of(host, **options):
    http_options = types.HttpOptions(base_url=host.url, **options)
    if host.surface == "gemini":
        return genai.Client(api_key=KEY, http_options=http_options)
    credentials = google.oauth2.credentials.Credentials(KEY)
    return genai.Client(
        vertexai=True, project=PROJECT, location="global", credentials=credentials, http_options=http_options
    )


@pytest.fixture
def client(host):
    return client_of(host, retry_options=ONCE)


def create(client, prompt="a calm sea", **more):
    return client.interactions.create(**{
        "model": MODEL, "input": prompt, "response_format": FORM, "background": True, **more,
    })  # fmt: skip


def finished(client, interaction):
    for _ in range(300):
        if interaction.status != "in_progress":
            return interaction
        time.sleep(0.02)
        interaction = client.interactions.get(interaction.id)
    raise AssertionError("it never ended")


class TestLife:
    def test_a_prompt_becomes_a_video(self, client, host, tmp_path):
        started = create(client)
        assert started.status == "in_progress"
        done = finished(client, started)
        assert (done.status, done.id, done.model) == ("completed", started.id, MODEL)
        path = tmp_path / "video.mp4"
        path.write_bytes(base64.b64decode(done.output_video.data))
        assert path.read_bytes() == host.world.accepted()[-1].take.path.read_bytes()
        assert probe(path).audio is not None
        assert done.usage.output_tokens_by_modality[0].tokens == TOKENS * 4

    def test_without_background_the_answer_waits(self, client):
        assert create(client, background=False).output_video.data

    def test_a_long_video_is_delivered_elsewhere(self, client, host, tmp_path):
        place = {"gcs_uri": f"gs://{BUCKET}/videos"} if host.surface == "vertex" else {}
        done = finished(client, create(client, response_format={**FORM, "delivery": "uri", **place}))
        uri = done.output_video.uri
        assert done.output_video.data is None
        if host.surface == "vertex":
            assert uri.startswith(f"gs://{BUCKET}/videos/")
        else:
            name = uri.rpartition("/")[2].partition(":")[0]
            assert client.files.download(file=f"files/{name}") == host.world.accepted()[-1].take.path.read_bytes()

    def test_every_option_arrives(self, client, host):
        form = {**FORM, "aspect_ratio": "9:16", "resolution": "1080p"}
        config = {"seed": 0, "video_config": {"task": "text_to_video"}, "thinking_level": "low"}
        create(client, generation_config=config, response_format=form, labels={"team": "films"}, service_tier="flex")
        render = host.world.accepted()[-1]
        film = render.film
        assert (film.seed, film.seconds, film.width, film.height) == (0, 4, 1080, 1920)
        assert render.request["labels"] == {"team": "films"}

    def test_pictures_and_films_are_taken(self, client):
        text = {"type": "text", "text": "it begins to rain"}
        film = {"type": "video", "data": finished(client, create(client)).output_video.data, "mime_type": "video/mp4"}
        for task, media in (
            ("image_to_video", [picture(), picture()]),
            ("reference_to_video", [picture()] * 3),
            ("edit", [film]),
            ("extend", [film]),
        ):
            config = {"video_config": {"task": task}}
            assert create(client, [*media, text], generation_config=config).status == "in_progress"

    def test_one_follows_another(self, client):
        first = finished(client, create(client))
        assert create(client, "make it night", previous_interaction_id=first.id).status == "in_progress"
        with pytest.raises(errors.BadRequestError, match="Invalid interaction name"):
            create(client, previous_interaction_id="v1_none")

    def test_cancel(self, client, host):
        host.faults.inject("stuck")
        started = create(client)
        assert client.interactions.cancel(started.id).status == "cancelled"
        assert client.interactions.get(started.id).status == "cancelled"
        with pytest.raises(errors.BadRequestError, match="still running"):
            client.interactions.cancel(started.id)

    def test_delete(self, client):
        done = finished(client, create(client))
        client.interactions.delete(done.id)
        with pytest.raises(errors.BadRequestError, match="Invalid interaction name"):
            client.interactions.get(done.id)

    def test_what_is_not_stored_is_not_found(self, client):
        done = create(client, background=False, store=False)
        assert done.status == "completed"
        with pytest.raises(errors.BadRequestError, match="Invalid interaction name"):
            client.interactions.get(done.id)

    def test_what_is_said_is_what_google_describes(self, client, host):
        finished(client, create(client, [picture(), {"type": "text", "text": "rain"}]))
        host.faults.inject("broken")
        finished(client, create(client))
        asked = [json.loads(call.body) for call in host.world.calls if call.step == "submit"]
        for body in asked:
            fits_create({**body, "input": body["input"] if isinstance(body["input"], list) else []})
        for render in host.world.accepted()[-2:]:
            fits_interaction(host._shown(render))


class TestRefusals:
    @pytest.mark.parametrize(
        ("wanted", "kind", "words"),
        [
            ({"response_format": {**FORM, "duration": "2s"}}, errors.BadRequestError, "between 3s and 15s"),
            ({"response_format": {**FORM, "duration": "5"}}, errors.BadRequestError, "must end with 's'"),
            ({"response_format": {**FORM, "aspect_ratio": "1:1"}}, errors.BadRequestError, "aspect_ratio"),
            ({"response_format": {**FORM, "resolution": "480p"}}, errors.BadRequestError, "resolution"),
            ({"response_format": {"type": "image"}}, errors.BadRequestError, "must be video"),
            ({"generation_config": {"temperature": 1.0}}, errors.BadRequestError, "temperature"),
            ({"system_instruction": "be brief"}, errors.BadRequestError, "system_instruction"),
            ({"prompt": [picture()] * 7}, errors.BadRequestError, "At most 6"),
            ({"prompt": [{**picture(), "data": "bm8="}]}, errors.BadRequestError, "input image"),
            ({"prompt": " "}, errors.BadRequestError, "text prompt"),
            ({"generation_config": {"video_config": {"task": "edit"}}}, errors.BadRequestError, "does not fit"),
            ({"store": False}, errors.BadRequestError, "must be stored"),
            ({"model": "gemini-omni-9"}, errors.NotFoundError, "not found"),
        ],
    )
    def test_what_cannot_be_is_refused(self, client, host, wanted, kind, words):
        before = len(host.world.renders)
        with pytest.raises(kind, match=words):
            create(client, **wanted)
        assert len(host.world.renders) == before

    def test_two_frames_allow_ten_seconds(self, client):
        pair = [picture(), picture(), {"type": "text", "text": "x"}]
        with pytest.raises(errors.BadRequestError, match="between 3s and 10s"):
            create(client, pair, response_format={**FORM, "duration": "12s"})

    def test_a_retired_model(self, gemini):
        with pytest.raises(errors.NotFoundError, match="no longer available"):
            create(client_of(gemini, retry_options=ONCE), model="gemini-omni-1.1-flash")

    def test_a_bucket_is_needed_on_google_cloud(self, hosts):
        with pytest.raises(errors.BadRequestError, match="gcs_uri is required"):
            create(client_of(hosts["vertex"]), response_format={**FORM, "delivery": "uri"})

    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ("rate_limited", errors.RateLimitError),
            ("no_credit", errors.RateLimitError),
            ("unavailable", errors.InternalServerError),
            ("error_before", errors.InternalServerError),
            ("refused", errors.BadRequestError),
            ("cut_after", errors.APIConnectionError),
        ],
    )
    def test_faults_raise_the_clients_own_errors(self, client, host, fault, kind):
        host.faults.inject(fault)
        with pytest.raises(kind):
            create(client)

    def test_a_wrong_key(self, client, host):
        host.faults.inject("unauthorized")
        kind = errors.BadRequestError if host.surface == "gemini" else errors.AuthenticationError
        with pytest.raises(kind, match=r"API key not valid|invalid authentication credentials"):
            create(client)

    def test_a_refusal_is_completed_and_has_words_in_place_of_a_video(self, client, host):
        host.faults.inject("policy")
        done = finished(client, create(client))
        assert (done.status, done.output_video) == ("completed", None)
        assert "can't generate" in done.output_text

    def test_a_job_that_breaks_says_so(self, client, host):
        host.faults.inject("broken")
        done = finished(client, create(client))
        assert (done.status, done.errors[0].code) == ("failed", "internal_error")


def test_left_to_itself_the_client_pays_again_for_a_lost_answer(gemini):
    """It sends a create five times unless told not to, without anything to know the repeats by."""
    before = len(gemini.world.renders)
    gemini.faults.inject("error_after", times=2)
    assert create(client_of(gemini)).status == "in_progress"
    assert len(gemini.world.renders) - before == 3


class Ear(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def ear():
    server = HTTPServer(("127.0.0.1", 0), Ear)
    server.heard = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("fault", "notices"), [(None, 1), ("duplicate_webhook", 2), ("missing_webhook", 0)])
def test_a_webhook_is_told_and_can_tell_by_whom(gemini, ear, fault, notices):
    client = client_of(gemini)
    hook = client.webhooks.create(
        subscribed_events=["interaction.completed", "interaction.failed"], uri=f"http://127.0.0.1:{ear.server_port}/"
    )
    secret = base64.b64decode(hook.new_signing_secret.removeprefix("whsec_"))
    assert [each.id for each in client.webhooks.list().webhooks] == [hook.id]
    if fault:
        gemini.faults.inject(fault)
    started = create(client, response_format={**FORM, "delivery": "uri"})
    finished(client, started)
    until = time.monotonic() + (10 if notices else 0.5)
    while time.monotonic() < until and len(ear.heard) < max(notices, 1):
        time.sleep(0.02)
    client.webhooks.delete(hook.id)
    assert len(ear.heard) == notices
    for headers, body in ear.heard:
        names = {name.lower(): value for name, value in headers.items()}
        signed = f"{names['webhook-id']}.{names['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        assert names["webhook-signature"] == f"v1,{expected}"
        notice = json.loads(body)
        assert (notice["type"], notice["data"]["id"]) == ("interaction.completed", started.id)
        assert notice["data"]["output_file_uri"].endswith(":download?alt=media")
    fits_omni(hook.model_dump(mode="json", exclude_none=True), "Webhook")


def test_an_uploaded_film_can_be_changed_when_it_was_looked_through(gemini, tmp_path):
    client = client_of(gemini, retry_options=ONCE)
    path = tmp_path / "film.mp4"
    path.write_bytes(base64.b64decode(finished(client, create(client)).output_video.data))
    gemini.world.queue_s, usual = 2.0, gemini.world.queue_s
    try:
        put = client.files.upload(file=str(path))
        parts = [{"type": "video", "uri": put.uri, "mime_type": "video/mp4"}, {"type": "text", "text": "at night"}]
        assert put.state == "PROCESSING"
        with pytest.raises(errors.BadRequestError, match="not in an ACTIVE state"):
            create(client, parts)
        while client.files.get(name=put.name).state == "PROCESSING":
            time.sleep(0.05)
        assert create(client, parts).status == "in_progress"
    finally:
        gemini.world.queue_s = usual
