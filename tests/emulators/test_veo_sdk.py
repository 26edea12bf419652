"""The emulated hosts of Veo, judged by google-genai as it is.

It makes videos on Google Cloud only; at the Gemini API it still asks for operations and fetches files, and a video is
ordered there as its version 2.34.0 did.
"""

import io
import json
import time
import urllib.error
import urllib.request

import google.oauth2.credentials
import pytest
from google import genai
from google.genai import errors, types
from google_specs import fits_operation, fits_prediction
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.google.gemini import GeminiEmulator
from video_gen.testing.emulators.google.vertex import BUCKET, PROJECT, VertexEmulator
from video_gen.testing.emulators.serve import serving

CLOUD = "veo-3.1-generate-001"
GEMINI = "veo-3.1-generate-preview"


def picture(kind="PNG", size=(640, 360)):
    buffer = io.BytesIO()
    Image.new("RGB", size, (90, 120, 200)).save(buffer, kind)
    return types.Image(image_bytes=buffer.getvalue(), mime_type=f"image/{kind.lower()}")


@pytest.fixture(scope="module")
def hosts():
    with serving(GeminiEmulator(retired=["veo-2.0-generate-001"]), VertexEmulator()) as both:
        yield both


@pytest.fixture
def gemini(hosts):
    hosts[0].faults.clear()
    return hosts[0]


@pytest.fixture
def vertex(hosts):
    hosts[1].faults.clear()
    hosts[1].world.calls.clear()
    return hosts[1]


@pytest.fixture
def cloud(vertex):
    return genai.Client(
        vertexai=True,
        project=PROJECT,
        location="us-central1",
        credentials=google.oauth2.credentials.Credentials(KEY),
        http_options=types.HttpOptions(base_url=vertex.url),
    )


@pytest.fixture
def client(gemini):
    return genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=gemini.url))


def make(client, model=CLOUD, prompt="a calm sea", image=None, video=None, **config):
    source = types.GenerateVideosSource(prompt=prompt, image=image, video=video)
    return client.models.generate_videos(model=model, source=source, config=types.GenerateVideosConfig(**config))


def finished(client, operation):
    for _ in range(300):
        if operation.done:
            return operation
        time.sleep(0.02)
        operation = client.operations.get(operation)
    raise AssertionError("it never ended")


def videos(client, operation):
    return finished(client, operation).response.generated_videos


def refused(client, **wanted):
    with pytest.raises(errors.APIError) as caught:
        make(client, **wanted)
    return caught.value


class TestGoogleCloud:
    def test_a_prompt_becomes_a_video(self, cloud, tmp_path):
        (made,) = videos(cloud, make(cloud, duration_seconds=4, aspect_ratio="9:16", generate_audio=True))
        path = tmp_path / "video.mp4"
        made.video.save(str(path))
        info = probe(path)
        assert (info.width < info.height, info.audio is not None) == (True, True)

    def test_every_option_arrives(self, cloud, vertex):
        operation = make(
            cloud,
            number_of_videos=2,
            output_gcs_uri=f"gs://{BUCKET}/here",
            duration_seconds=6,
            seed=0,
            aspect_ratio="16:9",
            resolution="1080p",
            person_generation="allow_adult",
            negative_prompt="rain",
            enhance_prompt=True,
            generate_audio=False,
            labels={"team": "films"},
            compression_quality="OPTIMIZED",
        )
        made = videos(cloud, operation)
        assert [video.video.uri.rpartition("/")[2] for video in made] == ["sample_0.mp4", "sample_1.mp4"]
        assert all(video.video.uri.startswith(f"gs://{BUCKET}/here/") for video in made)
        render = vertex.world.accepted()[-1]
        film = render.film
        assert (film.seed, film.seconds, film.height, film.audio) == (0, 6, 1080, False)
        assert render.request["labels"] == {"team": "films"}

    def test_the_bucket_gives_the_film_to_its_owner_alone(self, cloud, vertex):
        (made,) = videos(cloud, make(cloud, output_gcs_uri=f"gs://{BUCKET}/mine"))
        name = made.video.uri.removeprefix(f"gs://{BUCKET}/").replace("/", "%2F")
        url = f"{vertex.url}/storage/v1/b/{BUCKET}/o/{name}?alt=media"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})) as reply:
            assert reply.read() == vertex.world.accepted()[-1].take.path.read_bytes()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url)

    def test_pictures_and_films_are_taken(self, cloud, vertex):
        reference = types.VideoGenerationReferenceImage(image=picture(), reference_type="ASSET")
        film = vertex_film(cloud)
        for wanted in (
            {"image": picture("JPEG"), "last_frame": picture()},
            {"reference_images": [reference, reference], "duration_seconds": 8},
            {"video": types.Video(video_bytes=film, mime_type="video/mp4")},
        ):
            assert videos(cloud, make(cloud, **wanted))

    def test_what_is_said_is_what_google_describes(self, cloud, vertex):
        reference = types.VideoGenerationReferenceImage(image=picture(), reference_type="ASSET")
        finished(cloud, make(cloud, reference_images=[reference], seed=1))
        for call in vertex.world.calls:
            body = json.loads(call.body)
            if call.path.endswith(":predictLongRunning"):
                fits_prediction(body)
        operation = f"{vertex.url}{vertex.world.calls[-1].path}"
        request = urllib.request.Request(
            operation, data=vertex.world.calls[-1].body, headers={"Authorization": f"Bearer {KEY}"}
        )
        with urllib.request.urlopen(request) as reply:
            fits_operation(json.load(reply))

    @pytest.mark.parametrize(
        ("wanted", "code", "status", "words"),
        [
            ({"duration_seconds": 5}, 400, "INVALID_ARGUMENT", "duration 5"),
            ({"number_of_videos": 5}, 400, "INVALID_ARGUMENT", "sampleCount"),
            ({"resolution": "360p"}, 400, "INVALID_ARGUMENT", "resolution"),
            ({"aspect_ratio": "1:1"}, 400, "INVALID_ARGUMENT", "aspectRatio"),
            ({"seed": -1}, 400, "INVALID_ARGUMENT", "seed"),
            ({"prompt": ""}, 400, "INVALID_ARGUMENT", "prompt is empty"),
            ({"image": types.Image(image_bytes=b"no", mime_type="image/png")}, 400, "INVALID_ARGUMENT", "input image"),
            ({"image": picture("WEBP")}, 400, "INVALID_ARGUMENT", "mime type"),
            ({"last_frame": picture()}, 400, "INVALID_ARGUMENT", "lastFrame"),
            ({"output_gcs_uri": "gs://another/place"}, 400, "FAILED_PRECONDITION", "storage.objects.create"),
            ({"model": "veo-9"}, 404, "NOT_FOUND", "Publisher Model"),
            ({"model": "veo-3.1-lite-generate-001", "resolution": "4k"}, 400, "INVALID_ARGUMENT", "resolution"),
        ],
    )
    def test_what_cannot_be_is_refused(self, cloud, vertex, wanted, code, status, words):
        before = len(vertex.world.renders)
        error = refused(cloud, **wanted)
        assert (error.code, error.status) == (code, status)
        assert words in error.message
        assert len(vertex.world.renders) == before

    @pytest.mark.parametrize(
        ("fault", "code", "status"),
        [
            ("rate_limited", 429, "RESOURCE_EXHAUSTED"),
            ("no_credit", 429, "RESOURCE_EXHAUSTED"),
            ("unavailable", 503, "UNAVAILABLE"),
            ("error_before", 500, "INTERNAL"),
            ("unauthorized", 401, "UNAUTHENTICATED"),
            ("refused", 400, "INVALID_ARGUMENT"),
        ],
    )
    def test_faults_raise_the_clients_own_errors(self, cloud, vertex, fault, code, status):
        vertex.faults.inject(fault, value=30.0 if fault == "rate_limited" else None)
        error = refused(cloud)
        assert (error.code, error.status) == (code, status)
        assert isinstance(error, errors.ServerError if code >= 500 else errors.ClientError)
        if fault == "rate_limited":
            assert error.details["error"]["details"][0]["retryDelay"] == "30s"

    @pytest.mark.parametrize(("fault", "words"), [("policy", "usage guidelines"), ("audio_filtered", "audio")])
    def test_filters_take_the_video_out(self, cloud, vertex, fault, words):
        vertex.faults.inject(fault)
        response = finished(cloud, make(cloud, number_of_videos=2)).response
        assert response.rai_media_filtered_count == 2
        assert words in response.rai_media_filtered_reasons[0]
        assert not response.generated_videos

    def test_a_job_that_breaks_says_so(self, cloud, vertex):
        vertex.faults.inject("broken")
        operation = finished(cloud, make(cloud))
        assert operation.error["code"] == 13

    def test_with_an_api_key_no_project_is_named(self, vertex):
        http_options = types.HttpOptions(base_url=vertex.url)
        keyed = genai.Client(vertexai=True, api_key=KEY, http_options=http_options)
        operation = make(keyed)
        assert operation.name.startswith("publishers/google/models/")
        assert videos(keyed, operation)

    def test_another_operation_is_not_known(self, cloud):
        operation = make(cloud)
        name = operation.name.rpartition("/")[0] + "/none"
        with pytest.raises(errors.ClientError, match="NOT_FOUND"):
            cloud.operations.get(types.GenerateVideosOperation(name=name))


def vertex_film(cloud):
    (made,) = videos(cloud, make(cloud))
    return made.video.video_bytes


class TestGeminiApi:
    def order(self, gemini, body=None, model=GEMINI, key=KEY):
        """Order a video as google-genai 2.34.0 did."""
        wanted = {"instances": [{"prompt": "a calm sea"}], "parameters": {"sampleCount": 1}, **(body or {})}
        request = urllib.request.Request(
            f"{gemini.url}/v1beta/models/{model}:predictLongRunning",
            data=json.dumps(wanted).encode(),
            headers={"x-goog-api-key": key, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def test_the_client_of_today_asks_and_fetches(self, gemini, client, tmp_path):
        operation = types.GenerateVideosOperation(name=self.order(gemini)["name"])
        (made,) = videos(client, operation)
        file_name = made.video.uri.rpartition("/")[2].partition(":")[0]
        path = tmp_path / "video.mp4"
        client.files.download(file=f"files/{file_name}", destination=str(path))
        assert path.read_bytes() == gemini.world.accepted()[-1].take.path.read_bytes()
        assert probe(path).audio is not None
        shown = client.files.get(name=f"files/{file_name}")
        assert (shown.state, shown.source, shown.size_bytes) == ("ACTIVE", "GENERATED", path.stat().st_size)
        assert file_name in {each.name.removeprefix("files/") for each in client.files.list()}
        client.files.delete(name=f"files/{file_name}")
        with pytest.raises(errors.ClientError, match="PERMISSION_DENIED"):
            client.files.get(name=f"files/{file_name}")

    def test_the_client_of_today_makes_none_here(self, client):
        with pytest.raises(ValueError, match="Gemini Enterprise Agent Platform"):
            make(client, model=GEMINI)

    def test_a_file_can_be_put_there(self, gemini, client, tmp_path):
        path = tmp_path / "picture.png"
        path.write_bytes(picture().image_bytes)
        put = client.files.upload(file=str(path))
        assert (put.state, put.source, put.size_bytes) == ("ACTIVE", "UPLOADED", path.stat().st_size)
        with pytest.raises(errors.ClientError, match="Only generated files"):
            client.files.download(file=put.name)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"parameters": {"seed": 1}}, "`seed` isn't supported"),
            ({"parameters": {"generateAudio": True}}, "`generateAudio` isn't supported"),
            ({"parameters": {"storageUri": "gs://a/b"}}, "`storageUri` isn't supported"),
            ({"parameters": {"resolution": "1080p", "durationSeconds": 4}}, "requires durationSeconds"),
            ({"instances": []}, "one instance"),
        ],
    )
    def test_what_it_does_not_take(self, gemini, body, words):
        error = self.order(gemini, body)["error"]
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
        assert words in error["message"]

    def test_it_takes_seconds_as_text_and_pictures_in_both_forms(self, gemini):
        data = json.loads(json.dumps({"mimeType": "image/png", "data": picture_text()}))
        for image in ({"inlineData": data}, {"bytesBase64Encoded": data["data"], "mimeType": "image/png"}):
            body = {"instances": [{"prompt": "x", "image": image}], "parameters": {"durationSeconds": "8"}}
            assert "name" in self.order(gemini, body)

    def test_a_wrong_key_is_an_invalid_argument(self, gemini):
        error = self.order(gemini, key="wrong")["error"]
        assert (error["status"], error["details"][0]["reason"]) == ("INVALID_ARGUMENT", "API_KEY_INVALID")

    @pytest.mark.parametrize(
        ("model", "words"),
        [("veo-2.0-generate-001", "no longer available"), ("veo-2", "not supported for predictLongRunning")],
    )
    def test_a_model_that_is_gone(self, gemini, model, words):
        error = self.order(gemini, model=model)["error"]
        assert (error["code"], error["status"]) == (404, "NOT_FOUND")
        assert words in error["message"]


def picture_text():
    import base64

    return base64.b64encode(picture().image_bytes).decode()
