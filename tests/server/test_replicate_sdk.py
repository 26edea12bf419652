"""The unmodified replicate client, pointed here by its base URL alone."""

import asyncio
import io
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import jsonschema
import pytest
from PIL import Image
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError
from replicate.helpers import FileOutput
from replicate.pagination import paginate
from server_world import Backed, Served, start
from tls_front import front

SPEC = json.loads((Path(__file__).parents[1] / "data/specs/replicate.openapi.json").read_text(encoding="utf-8"))
MODEL = "local/draft"
SMALL = {"prompt": "a paper boat", "duration": 0.5, "size": "128x72", "fps": 12, "seed": 0}
LONG = {"prompt": "a long river", "duration": 60, "resolution": "720p", "fps": 60}
HOSTED = {"prompt": "a boat", "duration": 4, "size": "1280x720"}


@contextmanager
def opened(url: str, key: str = "any", **more) -> Iterator[Client]:
    client = Client(key, base_url=f"{url}/replicate", timeout=httpx.Timeout(20), **more)
    client.poll_interval = 0.1
    yield client
    client._client.close()  # which it leaves to nobody


@pytest.fixture(scope="module")
def replicate(server: Served) -> Iterator[Client]:
    with opened(server.url) as client:
        yield client


@pytest.fixture(scope="module")
def hosted(backed: Backed) -> Iterator[Client]:
    with opened(backed.server.url) as client:
        yield client


@pytest.fixture(scope="module")
def secure(tmp_path_factory) -> Iterator[Client]:
    """A client of a server that the world reaches by https."""
    folder = tmp_path_factory.mktemp("secure")
    with front(folder) as before:
        served = start(folder / "server", VIDEO_GEN_PUBLIC_URL=before.url)
        before.target = httpx.URL(served.url).port
        trust = ssl.create_default_context(cafile=before.certificate)
        with opened(before.url, transport=httpx.HTTPTransport(verify=trust)) as client:
            yield client
        served.stop()


def check(body: dict, name: str = "prediction") -> None:
    jsonschema.validate(body, SPEC[name] | {"prediction": SPEC["prediction"]})


def test_run_brings_the_link_of_a_video(replicate):
    output = replicate.run(MODEL, input=SMALL)
    assert httpx.get(output).content[4:8] == b"ftyp"


def test_behind_https_run_brings_a_file_that_is_read_or_streamed(secure):
    output = secure.run(MODEL, input=SMALL)
    assert isinstance(output, FileOutput)
    whole = output.read()
    assert whole[4:8] == b"ftyp"
    assert b"".join(output) == whole


def test_a_prediction_from_create_to_its_end(replicate, server):
    prediction = replicate.predictions.create(version=MODEL, input={**SMALL, "prompt": "a calm sea"})
    assert (prediction.status in {"starting", "processing"}, prediction.model) == (True, MODEL)
    prediction.wait()
    assert prediction.status == "succeeded"
    assert prediction.input["seed"] == 0
    assert prediction.progress.percentage == 1
    assert prediction.metrics["predict_time"] <= prediction.metrics["total_time"]
    found = replicate.predictions.get(prediction.id)
    assert (found.output[:4], found.version) == ("http", prediction.version)
    assert replicate.models.get(MODEL).latest_version.id == prediction.version
    check(server.client.get(f"/replicate/v1/predictions/{prediction.id}").json())


def test_a_version_by_its_id(replicate):
    version = replicate.models.get(MODEL).versions.list()[0]
    prediction = replicate.predictions.create(version=version, input=SMALL)
    assert prediction.model == MODEL
    assert replicate.run(f"{MODEL}:{version.id}", input=SMALL).startswith("http")
    with pytest.raises(ReplicateError, match="its only one"):
        replicate.models.get(MODEL).versions.get("0" * 64)


def test_a_prediction_waits_as_long_as_it_is_told(replicate):
    done = replicate.models.predictions.create(MODEL, input={**SMALL, "prompt": "wait for it"}, wait=30)
    assert done.status == "succeeded"
    late = replicate.models.predictions.create(MODEL, input=LONG, wait=2)
    assert (late.status, late.output) == ("starting", None)
    late.cancel()
    late.wait()
    assert late.status == "canceled"
    late.cancel()
    assert late.status == "canceled"


def test_pages_follow_each_other(replicate, server):
    first = replicate.predictions.create(version=MODEL, input={**SMALL, "prompt": "the last of them"})
    pages = list(paginate(replicate.predictions.list))
    assert pages[0].results[0].id == first.id
    body = server.client.get("/replicate/v1/predictions").json()
    check(body, "page")
    older = server.client.get("/replicate/v1/predictions", params={"cursor": first.id}).json()
    assert first.id not in {each["id"] for each in older["results"]}


def test_a_picture_is_handed_in_ahead_or_with_it(replicate, tmp_path):
    path = tmp_path / "still.png"
    Image.linear_gradient("L").resize((256, 144)).convert("RGB").save(path)
    file = replicate.files.create(path)
    assert (file.name, file.content_type, file.size) == ("still.png", "image/png", path.stat().st_size)
    again = replicate.files.get(file.id)
    assert (again.checksums, again.urls) == (file.checksums, file.urls)
    assert httpx.get(file.urls["get"]).content == path.read_bytes()
    for image in (file.urls["get"], path):
        assert replicate.run(MODEL, input={**SMALL, "start_image": image}).startswith("http")
    with path.open("rb") as opened:
        encoded = {**SMALL, "image": opened}
        made = replicate.predictions.create(version=MODEL, input=encoded, file_encoding_strategy="base64", wait=30)
    assert made.status == "succeeded"
    assert replicate.files.delete(file.id)
    with pytest.raises(ReplicateError, match="status: 404"):
        replicate.files.get(file.id)


def test_an_image_is_a_prediction_too(replicate):
    link = replicate.run("local/still", input={"prompt": "a red square", "size": "256x256"})
    assert Image.open(io.BytesIO(httpx.get(link).content)).size == (256, 256)


def test_models_and_the_account_are_told(replicate):
    assert MODEL in {model.id for model in replicate.models.list()}
    assert replicate.accounts.current().username == "nobody"


async def test_the_asynchronous_client_does_the_same(server):
    with opened(server.url) as client:
        links = await asyncio.gather(
            *(client.async_run(MODEL, input={**SMALL, "prompt": prompt}) for prompt in ("rain", "snow"))
        )
        assert len({*links}) == 2
        page = await client.predictions.async_list()
        await page[0].async_reload()
        assert page[0].status == "succeeded"
        await client._async_client.aclose()


def test_the_same_request_sent_again_is_the_same_prediction(replicate):
    asked = {**SMALL, "prompt": "asked for twice"}
    first, second = (replicate.predictions.create(version=MODEL, input=asked) for _ in range(2))
    assert first.id == second.id


def test_a_hosted_model_makes_it_and_a_failure_is_told(hosted, backed):
    assert hosted.run("openai/sora-2", input=HOSTED).startswith("http")
    for fault, says in (("policy", "policy"), ("broken", "[a-z]")):
        backed.order("openai", fault)
        with pytest.raises(ModelError, match=says) as raised:
            hosted.run("openai/sora-2", input={**HOSTED, "prompt": fault})
        assert raised.value.prediction.status == "failed"


def test_a_model_of_replicates_own_is_found_by_its_own_name(hosted):
    assert hosted.models.get("kwaivgi/kling-v2.5-turbo-pro").owner == "replicate"
    prediction = hosted.predictions.create(
        version="kwaivgi/kling-v2.5-turbo-pro", input={"prompt": "a boat", "duration": 7, "guidance_scale": 0.5}
    )
    assert prediction.input["guidance_scale"] == 0.5
    assert "7" in prediction.logs
    prediction.cancel()


@pytest.mark.parametrize(
    ("model", "more", "status"),
    [
        ("nothing/of-the-kind", {}, 404),
        ("openai/sora-2", {}, 404),
        ("runway/gen4.5", {}, 503),
        (MODEL, {"duration": "soon"}, 422),
        (MODEL, {"aspect_ratio": "wide"}, 422),
        (MODEL, {"seed": -1}, 422),
        (MODEL, {"prompt": 3}, 422),
        (MODEL, {"image": "data:image/png;base64,aGVsbG8="}, 422),
        (MODEL, {"image": "file:///etc/passwd"}, 422),
        (MODEL, {"strict": True, "duration": 3000}, 422),
    ],
)
def test_each_refusal_is_a_problem_document(replicate, model, more, status):
    with pytest.raises(ReplicateError) as raised:
        replicate.predictions.create(model=model, input={**SMALL, **more})
    assert (raised.value.status, bool(raised.value.title), bool(raised.value.detail)) == (status, True, True)


@pytest.mark.parametrize("hook", ["http://127.0.0.1:1/hook", "http://[::1]/hook", "ftp://example.com/hook"])
def test_nobody_inside_is_called_back_and_that_is_said(replicate, hook):
    with pytest.raises(ReplicateError, match="cannot be posted to") as raised:
        replicate.predictions.create(version=MODEL, input=SMALL, webhook=hook)
    assert raised.value.status == 422


def test_an_unknown_prediction_is_not_found(replicate):
    for call in (replicate.predictions.get, replicate.predictions.cancel):
        with pytest.raises(ReplicateError, match="status: 404"):
            call("0000000000000000")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"input": 1}', b"[" * 99_999, b'{"input": {}}'])
def test_whatever_is_sent_the_error_is_a_problem_document(server, body):
    answer = server.client.post("/replicate/v1/predictions", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (422, 422), answer.text


@pytest.mark.parametrize("headers", [{"Prefer": "wait=61"}, {"Prefer": "return"}, {"Cancel-After": "soon"}])
def test_wrong_wishes_are_told(server, headers):
    body = {"version": MODEL, "input": SMALL}
    assert server.client.post("/replicate/v1/predictions", json=body, headers=headers).status_code == 422


def test_a_prediction_is_given_up_when_it_is_told(server):
    body = {"version": MODEL, "input": LONG | {"prompt": "too slow"}}
    made = server.client.post("/replicate/v1/predictions", json=body, headers={"Cancel-After": "1", "Prefer": "wait"})
    assert made.json()["status"] in {"failed", "canceled"}


def test_another_keys_prediction_is_not_there_and_a_wrong_key_does_not_get_in(tmp_path):
    from server_world import new_key

    ann, bob = (asyncio.run(new_key(tmp_path, name)) for name in ("ann", "bob"))
    served = start(tmp_path)
    try:
        with opened(served.url, ann) as hers, opened(served.url, bob) as his, opened(served.url, "wrong") as nobodys:
            made = hers.predictions.create(version=MODEL, input=SMALL)
            with pytest.raises(ReplicateError, match="status: 404"):
                his.predictions.get(made.id)
            assert his.accounts.current().name == "bob"
            with pytest.raises(ReplicateError, match="status: 401"):
                nobodys.predictions.get(made.id)
    finally:
        served.stop()
