"""The unmodified indoxrouter client, pointed here by its base URL alone; the errors of its table, one by one."""

import asyncio
import base64
import io
import time

import httpx
import indoxrouter
import pytest
import requests
from indoxrouter import exceptions as indox
from PIL import Image
from server_world import Backed, Served, new_key, start

from video_gen.testing.emulators.emulator import KEY

SMALL = {"model": "local", "duration": 1, "size": "128x72"}


def picture() -> str:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((1280, 720)).convert("RGB").save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def ended(server: Served, job_id: str) -> dict:
    """What the client has no method for: it asks for the job until it has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        job = server.client.get(f"/api/v1/jobs/{job_id}").raise_for_status().json()
        if job["status"] in {"completed", "failed"}:
            return job
        time.sleep(0.1)
    raise AssertionError(job)


@pytest.fixture(scope="module")
def client(server: Served):
    with indoxrouter.Client(api_key="any", base_url=server.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def hosted(backed: Backed):
    with indoxrouter.Client(api_key="any", base_url=backed.server.url) as opened:
        yield opened


def test_logging_in_gives_a_token_and_a_cookie(client):
    assert client.access_token.startswith("vgt_")
    assert client.session.cookies["access_token"] == client.access_token


def test_a_video_is_made_looked_at_and_downloaded(server, client):
    answer = client.videos("a calm ocean at sunset", **SMALL)
    assert answer["data"]["status"] == "queued"
    assert answer["data"]["job_id"].startswith("video_job_")
    job = ended(server, answer["data"]["job_id"])
    assert (job["status"], job["progress"], job["error"]) == ("completed", 100, None)
    assert job["created_at"].endswith("Z")
    [video] = job["result"]["data"]
    assert (job["result"]["model"], video["content_type"]) == ("local/draft", "video/mp4")
    content = requests.get(video["url"], stream=True, timeout=10).content
    assert len(content) == video["file_size"]
    assert video["s3_key"].endswith(video["file_name"])


def test_what_the_client_files_under_additional_params_counts(server, client):
    answer = client.videos(
        "rain", model="local", seconds=1, dimension="128x72", fps=12, seed=0, camera_motion="pan left"
    )
    job = server.client.get(f"/api/v1/tasks/{answer['data']['job_id']}").json()
    assert (job["model"], job["adjustments"]) == ("local/draft", [])
    video = ended(server, answer["data"]["job_id"])
    probe = server.client.get(f"/api/v1/tasks/{video['job_id']}").json()["result"]["result"]["videos"][0]
    assert (probe["width"], probe["height"], probe["fps"]) == (128, 72, 12)


def test_models_usage_and_connection(client):
    providers = client.models()
    local = next(each for each in providers if each["name"] == "local")
    assert "draft" in {model["id"] for model in local["models"]}
    assert client.models("local") == local
    assert client.get_model_info("local", "draft")["name"]
    usage = client.get_usage()
    assert usage["total_cost"] == 0
    assert usage["credits"] == {"limit": None, "used": 0, "remaining": None}
    assert client.test_connection()["status"] == "connected"


@pytest.mark.parametrize(
    ("words", "model"),
    [
        ({"model": "openai/sora-2", "size": "1280x720", "seconds": 4}, "openai/sora-2"),
        ({"model": "openai/sora-2-pro", "size": "1792x1024", "seconds": 8}, "openai/sora-2-pro"),
        ({"model": "openai/sora-2", "seconds": 4, "size": "1280x720", "input_image": picture()}, "openai/sora-2"),
        ({"model": "google/veo-3.0-generate-001", "aspect_ratio": "16:9", "duration": 8, "generate_audio": True}, None),
        (
            {
                "model": "google/veo-3.1-generate-preview",
                "aspect_ratio": "16:9",
                "duration": 8,
                "generate_audio": True,
                "negative_prompt": "blurry",
                "person_generation": "allow_all",
            },
            None,
        ),
        ({"model": "amazon/nova-reel", "dimension": "1280x720", "duration_seconds": 6, "fps": 24, "seed": 123}, None),
        (
            {"model": "openai/sora-2", "size": "1280x720", "duration": 4, "n": 1, "aspect_ratio": "16:9", "fps": 24},
            None,
        ),
    ],
)
def test_every_model_of_its_documentation_is_known_by_its_name(hosted, words, model):
    answer = hosted.videos("a cat playing piano", **words)
    assert answer["data"]["status"] == "queued"
    assert model is None or answer["data"]["model"] == model


def test_an_input_that_the_model_does_not_take_is_left_out_and_told(hosted, backed):
    words = {"model": "google/veo-3.0-generate-001", "input_image": picture(), "last_frame": picture()}
    answer = hosted.videos("a cat playing piano", **words)["data"]
    assert "takes no last frame" in "".join(answer["adjustments"])
    assert "will not end with the last frame" in "".join(answer["warnings"])
    job = backed.server.client.get(f"/api/v1/jobs/{answer['job_id']}").json()
    assert job["adjustments"] == answer["adjustments"]
    with pytest.raises(indox.InvalidParametersError, match="takes no last frame"):
        hosted.videos("a cat playing piano", **words, drop_inputs=False)


def test_a_caller_may_bring_a_key_of_their_own(hosted, backed):
    backed.sandbox.emulators["openai"].keys = (KEY, "sk-of-the-caller")
    words = {"model": "openai/sora-2", "size": "1280x720", "seconds": 4}
    job_id = hosted.videos("a rocket", byok_api_key="sk-of-the-caller", **words)["data"]["job_id"]
    assert ended(backed.server, job_id)["status"] == "completed"
    used = [each.account for each in backed.sandbox.emulators["openai"].world.accepted()]
    assert "sk-of-the-caller" in used
    assert hosted.get_usage()["credits"]["used"] == pytest.approx(0, abs=10)
    assert "sk-of-the-caller" not in (backed.server.folder / "server.log").read_text()


def test_a_job_that_fails_says_why_in_a_sentence(hosted, backed):
    backed.order("openai", "policy")
    answer = hosted.videos("something bad", model="openai/sora-2", size="1280x720", seconds=4)
    job = ended(backed.server, answer["data"]["job_id"])
    assert job["status"] == "failed"
    assert isinstance(job["error"], str)
    assert "policy" in job["error"].lower()


def test_a_cancelled_job_is_failed_here(server, client):
    answer = client.videos("rain", model="local", duration=60, size="640x360")
    server.client.post(f"/api/v1/jobs/{answer['data']['job_id']}/cancel").raise_for_status()
    job = ended(server, answer["data"]["job_id"])
    assert (job["status"], job["error"]) == ("failed", "cancelled")


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        ({"model": "nothing-of-the-kind"}, indox.ModelNotFoundError, "there is no model"),
        ({"model": "openai/sora-2"}, indox.ModelNotAvailableError, "unavailable"),
        ({"model": "local", "size": "wide"}, indox.InvalidParametersError, "not a size"),
        ({"model": "local", "n": 99}, indox.InvalidParametersError, "count"),
        ({"model": "local", "seconds": "soon"}, indox.InvalidParametersError, "not a number of seconds"),
        ({"model": "local", "strict": True, "duration": 3000}, indox.InvalidParametersError, "not offered"),
        ({"model": "local", "input_image": "data:image/png;base64,aGVsbG8="}, indox.ValidationError, "picture"),
        (
            {"model": "local", "additional": {"a": float(1)}, "reference_images": "x"},
            indox.InvalidParametersError,
            "list",
        ),
    ],
)
def test_each_refusal_raises_its_exception(client, words, kind, says):
    with pytest.raises(kind) as raised:
        client.videos("rain", **words)
    assert type(raised.value) is kind, raised.value
    assert says in str(raised.value)


def test_a_ceiling_that_is_too_low_is_a_lack_of_credits(hosted):
    with pytest.raises(indox.InsufficientCreditsError, match=r"0\.0001"):
        hosted.videos("rain", model="openai/sora-2", size="1280x720", seconds=4, max_cost=0.0001)


def test_an_unknown_provider_is_said_to_be_one(client):
    with pytest.raises(indox.ProviderNotFoundError, match="there is no provider"):
        client.models("nobody")
    with pytest.raises(indox.ModelNotFoundError, match="there is no model"):
        client.get_model_info("local", "nothing")


def test_a_provider_that_is_not_set_up_is_no_fault_of_the_request(client):
    with pytest.raises(indox.APIError, match="RUNWAYML_API_SECRET"):
        client.videos("rain", model="runway/gen4.5", duration=5)


def test_an_unknown_job_is_not_found_and_blames_no_model(server):
    answer = server.client.get("/api/v1/jobs/video_job_0000000000000000")
    assert answer.status_code == 404
    detail = answer.json()["detail"]
    assert "job" in detail
    assert "model" not in detail
    assert "provider" not in detail


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"prompt": 1, "model": "local"}', b'{"prompt": "a"}', b"[" * 99_999]
)
def test_whatever_is_sent_the_detail_is_a_sentence(server, body):
    answer = server.client.post(
        "/api/v1/videos/generations", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    assert isinstance(answer.json()["detail"], str)


# --- with keys -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server with keys, and the keys."""
    folder = tmp_path_factory.mktemp("guarded")
    keys = {name: asyncio.run(new_key(folder, name)) for name in ("ann", "bob")}
    served = start(folder)
    yield served, keys
    served.stop()


def logged_in(guarded, name: str) -> indoxrouter.Client:
    served, keys = guarded
    return indoxrouter.Client(api_key=keys[name], base_url=served.url)


def test_a_wrong_key_does_not_get_in(guarded):
    with pytest.raises(indox.AuthenticationError, match="Authentication failed: this key is not known here"):
        indoxrouter.Client(api_key="wrong", base_url=guarded[0].url)


def test_one_key_does_not_see_anothers_job(guarded):
    ann, bob = logged_in(guarded, "ann"), logged_in(guarded, "bob")
    job_id = ann.videos("rain", **SMALL)["data"]["job_id"]
    assert ann._request("GET", f"jobs/{job_id}")["job_id"] == job_id
    with pytest.raises(indox.APIError, match="there is no job"):
        bob._request("GET", f"jobs/{job_id}")


def test_a_token_that_is_not_ours_makes_the_client_log_in_again(guarded):
    ann = logged_in(guarded, "ann")
    ann.access_token = "vgt_key_0123456789abcdef.99999999999.forged"
    ann.session.cookies.clear()
    assert ann.get_usage()["total_cost"] == 0
    assert httpx.get(f"{guarded[0].url}/api/v1/user/usage").status_code == 401
