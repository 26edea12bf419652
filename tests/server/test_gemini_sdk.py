"""The unmodified google-genai client, pointed here by its base URL: interactions, Veo's operations, files, models."""

import base64
import io
import time

import google.oauth2.credentials
import httpx
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image
from server_world import Served

ONCE = types.HttpRetryOptions(attempts=1)
FORM = {"type": "video", "duration": "1s", "resolution": "144p", "aspect_ratio": "16:9"}


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((256, 144)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def gemini(server: Served) -> genai.Client:
    options = types.HttpOptions(base_url=f"{server.url}/gemini", retry_options=ONCE)
    return genai.Client(api_key="any", http_options=options)


def cloud(server: Served) -> genai.Client:
    options = types.HttpOptions(base_url=f"{server.url}/gemini", retry_options=ONCE)
    credentials = google.oauth2.credentials.Credentials("any")
    return genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=credentials, http_options=options
    )


@pytest.fixture(scope="module")
def client(server: Served) -> genai.Client:
    return gemini(server)


@pytest.fixture(scope="module")
def on_cloud(server: Served) -> genai.Client:
    return cloud(server)


def create(client: genai.Client, prompt="a calm sea", **more):
    words = {"model": "local", "input": prompt, "response_format": FORM, "background": True, **more}
    return client.interactions.create(**words)


def finished(client: genai.Client, interaction):
    for _ in range(600):
        if interaction.status != "in_progress":
            return interaction
        time.sleep(0.1)
        interaction = client.interactions.get(interaction.id)
    raise AssertionError("it never ended")


def done(client: genai.Client, operation):
    for _ in range(600):
        if operation.done:
            return operation
        time.sleep(0.1)
        operation = client.operations.get(operation)
    raise AssertionError("it never ended")


def make(client: genai.Client, model="local", prompt="a calm sea", image=None, **config):
    source = types.GenerateVideosSource(prompt=prompt, image=image)
    config = types.GenerateVideosConfig(**{"duration_seconds": 1, "resolution": "144p", **config})
    return client.models.generate_videos(model=model, source=source, config=config)


def test_a_prompt_becomes_a_video_in_the_answer(client):
    started = create(client)
    assert started.status == "in_progress"
    ended = finished(client, started)
    assert (ended.status, ended.id, ended.model) == ("completed", started.id, "local/draft")
    assert base64.b64decode(ended.output_video.data)[4:8] == b"ftyp"


def test_without_background_the_answer_waits(client):
    assert create(client, prompt="a sea that is waited for", background=False).output_video.data


def test_a_video_may_be_fetched_as_a_file(client):
    ended = finished(client, create(client, response_format={**FORM, "delivery": "uri"}))
    assert ended.output_video.data is None
    name = ended.output_video.uri.rpartition("/")[2].partition(":")[0]
    assert client.files.download(file=f"files/{name}")[4:8] == b"ftyp"


def test_pictures_come_in_the_input_or_as_files(client, tmp_path):
    data = {"type": "image", "data": base64.b64encode(picture()).decode(), "mime_type": "image/png"}
    text = {"type": "text", "text": "drift"}
    assert finished(client, create(client, prompt=[text, data])).status == "completed"
    path = tmp_path / "still.png"
    path.write_bytes(picture())
    file = client.files.upload(file=path)
    assert (file.mime_type, file.state.value) == ("image/png", "ACTIVE")
    uploaded = {"type": "image", "uri": file.uri, "mime_type": "image/png"}
    assert finished(client, create(client, prompt=[text, uploaded, uploaded])).status == "completed"


def test_an_interaction_is_stopped_and_forgotten(client):
    started = create(client, response_format={"type": "video", "duration": "60s"})
    client.interactions.cancel(started.id)
    ended = finished(client, started)
    assert ended.status == "cancelled"
    client.interactions.delete(started.id)
    with pytest.raises(Exception, match="there is no job") as raised:
        client.interactions.get(started.id)
    assert raised.value.status_code == 404


def test_models_are_listed_and_found(client):
    assert "models/local/draft" in {model.name for model in client.models.list()}
    assert client.models.get(model="local").name == "models/local/draft"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({"model": "nothing-of-the-kind"}, 404),
        ({"model": "veo-2.0-generate-001"}, 404),
        ({"response_format": {**FORM, "duration": "soon"}}, 400),
        ({"response_format": {**FORM, "aspect_ratio": "wide"}}, 400),
        ({"input": [{"type": "image", "data": "aGVsbG8=", "mime_type": "image/png"}]}, 400),
        ({"stream": True}, 400),
    ],
)
def test_a_wrong_interaction_is_refused(server, words, status):
    body = {"model": "local", "input": "rain", "response_format": FORM, "background": True, **words}
    answer = server.client.post("/gemini/v1beta/interactions", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_operations_of_google_cloud(on_cloud, tmp_path):
    operation = done(on_cloud, make(on_cloud, seed=0, aspect_ratio="16:9"))
    [made] = operation.response.generated_videos
    path = tmp_path / "video.mp4"
    made.video.save(str(path))
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_model_of_another_provider_is_named_by_both(on_cloud):
    image = types.Image(image_bytes=picture(), mime_type="image/png")
    operation = make(on_cloud, model="local/draft", prompt="drift", image=image)
    assert "publishers/local/models/draft" in operation.name
    assert done(on_cloud, operation).response.generated_videos


def test_a_model_whose_name_has_slashes_is_found(backed):
    client = cloud(backed.server)
    operation = make(client, model="replicate/google/veo-3.1", duration_seconds=4, resolution=None)
    assert operation.name.partition("/operations/")[0] == "publishers/replicate/models/google/veo-3.1"
    assert client.operations.get(operation).name == operation.name


def test_operations_of_the_gemini_api(server):
    body = {"instances": [{"prompt": "rain"}], "parameters": {"durationSeconds": 1, "resolution": "144p"}}
    name = server.client.post("/gemini/v1beta/models/local:predictLongRunning", json=body).json()["name"]
    for _ in range(600):
        operation = server.client.get(f"/gemini/v1beta/{name}").json()
        if operation.get("done"):
            break
        time.sleep(0.1)
    [sample] = operation["response"]["generateVideoResponse"]["generatedSamples"]
    assert httpx.get(sample["video"]["uri"]).content[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({"model": "nothing-of-the-kind"}, 404),
        ({"duration_seconds": -1}, 400),
        ({"aspect_ratio": "wide"}, 400),
        ({"output_gcs_uri": "gs://mine/videos"}, 400),
    ],
)
def test_a_wrong_prediction_raises_the_right_exception(on_cloud, words, status):
    with pytest.raises(errors.APIError) as raised:
        make(on_cloud, **words)
    assert raised.value.code == status
    assert raised.value.message


def test_a_refusal_of_content_is_a_filtered_video(backed):
    client = cloud(backed.server)
    backed.order("openai", "policy")
    operation = make(client, model="openai/sora-2", prompt="bad", duration_seconds=4, resolution=None)
    ended = done(client, operation)
    assert ended.response.rai_media_filtered_count == 1
    assert "policy" in ended.response.rai_media_filtered_reasons[0].lower()
    backed.order("openai", "broken")
    broken = done(client, make(client, model="openai/sora-2", prompt="broken", duration_seconds=4, resolution=None))
    assert broken.error["message"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"model": 1}', b"{}", b"[" * 99_999])
@pytest.mark.parametrize("path", ["v1beta/interactions", "v1/models/local:predictLongRunning"])
def test_whatever_is_sent_the_error_is_googles(server, path, body):
    answer = server.client.post(f"/gemini/{path}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
