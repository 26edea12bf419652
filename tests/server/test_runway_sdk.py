"""The unmodified runwayml client, pointed here by its base URL alone."""

import asyncio
import base64
import io

import httpx
import pytest
import runwayml
from PIL import Image
from receiver import until
from runwayml import AsyncRunwayML, RunwayML, TaskFailedError
from runwayml.lib import polling
from server_world import Backed, Served

SMALL = {"model": "local", "ratio": "16:9", "prompt_text": "a paper boat", "duration": 1}
EXTRA = {"resolution": "144p"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(polling, "POLL_TIME", 0.1)  # the client's clock, not what it does
    monkeypatch.setattr(polling, "POLL_JITTER", 0.0)


@pytest.fixture(scope="module")
def client(server: Served):
    with RunwayML(base_url=server.url, api_key="any", max_retries=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def hosted(backed: Backed):
    with RunwayML(base_url=backed.server.url, api_key="any", max_retries=0) as opened:
        yield opened


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((256, 144)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def small(client: RunwayML, prompt: str = "a paper boat"):
    return client.text_to_video.create(**{**SMALL, "prompt_text": prompt}, extra_body=EXTRA)


def test_text_to_video_from_create_to_download(client):
    task = small(client)
    assert task.estimated_cost.credits == 0
    done = task.wait_for_task_output()
    assert (done.status, done.id, done.cost.credits) == ("SUCCEEDED", task.id, 0)
    assert httpx.get(done.output[0]).content[4:8] == b"ftyp"


@pytest.mark.parametrize("how", ["data URI", "upload", "two frames"])
def test_image_to_video_takes_pictures_in_every_form(client, how):
    encoded = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    given = {
        "data URI": lambda: encoded,
        "upload": lambda: client.uploads.create_ephemeral(file=("still.png", picture())).uri,
        "two frames": lambda: [{"position": "first", "uri": encoded}, {"position": "last", "uri": encoded}],
    }[how]()
    task = client.image_to_video.create(**SMALL, prompt_image=given, extra_body=EXTRA)
    assert task.wait_for_task_output().status == "SUCCEEDED"


def test_text_to_image_is_a_task_too(client):
    task = client.text_to_image.create(model="local/still", prompt_text="a red square", ratio="1280:720")
    done = task.wait_for_task_output()
    assert Image.open(io.BytesIO(httpx.get(done.output[0]).content)).size == (1280, 720)


def test_a_task_is_stopped_and_one_that_ended_is_deleted(client):
    long = client.text_to_video.create(**{**SMALL, "duration": 60, "ratio": "1280:720"})
    client.tasks.delete(long.id)
    until(lambda: client.tasks.retrieve(long.id).status == "CANCELLED")
    client.tasks.delete(long.id)
    with pytest.raises(runwayml.NotFoundError):
        client.tasks.retrieve(long.id)


def test_the_organization_says_what_is_left(client):
    organization = client.organization.retrieve()
    assert organization.credit_balance > 0


async def test_the_asynchronous_client_does_the_same(server):
    async with AsyncRunwayML(base_url=server.url, api_key="any") as client:
        prompts = ("rain", "snow")
        tasks = [
            await client.text_to_video.create(**{**SMALL, "prompt_text": prompt}, extra_body=EXTRA)
            for prompt in prompts
        ]
        done = await asyncio.gather(*(task.wait_for_task_output() for task in tasks))
        assert [each.status for each in done] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_hosted_model_makes_it_and_says_what_it_cost(hosted):
    task = hosted.text_to_video.create(model="gen4.5", prompt_text="a paper boat", ratio="1280:720", duration=5)
    assert task.estimated_cost.credits == 60
    done = task.wait_for_task_output()
    assert (done.status, done.cost.credits) == ("SUCCEEDED", 60)


def test_any_model_is_reached(hosted):
    task = hosted.text_to_video.create(model="openai/sora-2", prompt_text="a boat", ratio="1280:720", duration=4)
    assert task.wait_for_task_output().status == "SUCCEEDED"


@pytest.mark.parametrize(("fault", "code"), [("policy", "SAFETY.INPUT.TEXT"), ("broken", "INTERNAL")])
def test_a_failure_has_runways_code(hosted, backed, fault, code):
    backed.order("openai", fault)
    task = hosted.text_to_video.create(model="openai/sora-2", prompt_text=fault, ratio="1280:720", duration=4)
    with pytest.raises(TaskFailedError) as raised:
        task.wait_for_task_output()
    assert raised.value.task_details.failure_code == code
    assert raised.value.task_details.failure


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"model": "nothing-of-the-kind"}, runwayml.NotFoundError),
        ({"model": "openai/sora-2"}, runwayml.BadRequestError),
        ({"ratio": "wide"}, runwayml.BadRequestError),
        ({"duration": "soon"}, runwayml.BadRequestError),
        ({"seed": -1}, runwayml.BadRequestError),
        ({"extra_body": {"strict": True}, "duration": 3000}, runwayml.BadRequestError),
        ({"model": "gen4.5", "ratio": "1280:720", "duration": 5}, runwayml.InternalServerError),
    ],
)
def test_each_refusal_raises_its_exception(client, words, kind):
    with pytest.raises(kind) as raised:
        client.text_to_video.create(**{**SMALL, **words})
    assert isinstance(raised.value, runwayml.APIStatusError)
    assert raised.value.body["error"]


def test_a_picture_that_is_none_is_refused(client):
    with pytest.raises(runwayml.BadRequestError, match="picture"):
        client.image_to_video.create(**SMALL, prompt_image="data:image/png;base64,aGVsbG8=")
    with pytest.raises(runwayml.APIStatusError, match="upload"):
        client.image_to_video.create(**SMALL, prompt_image=f"runway://{'0' * 32}")


def test_an_unknown_task_is_not_found(client):
    with pytest.raises(runwayml.NotFoundError):
        client.tasks.retrieve("17f20503-6c24-4c16-946b-35dbbce2af2f")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"model": 1}', b"{}", b"[" * 99_999, b'{"model": "local"}'])
def test_whatever_is_sent_the_error_is_a_sentence(server, body):
    answer = server.client.post("/v1/text_to_video", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert isinstance(answer.json()["error"], str)


def test_an_upload_link_takes_nothing_without_its_signature(server):
    place = server.client.post("/v1/uploads", json={"filename": "still.png", "type": "ephemeral"}).json()
    assert httpx.put(place["uploadUrl"], content=picture()).status_code == 204
    assert httpx.get(place["uploadUrl"]).content == picture()
    forged = place["uploadUrl"].replace("/uploads/", "/uploads/9")
    assert httpx.put(forged, content=b"x").status_code in {403, 404}
    assert httpx.post(place["uploadUrl"], data={"a": "b"}).status_code == 400
