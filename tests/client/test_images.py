"""`client.images`: free by default, paid once where it costs, and kept like a video."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from video_gen import AsyncClient, Client
from video_gen.config import Config
from video_gen.exceptions import (
    ContentPolicyError,
    InvalidRequestError,
    ModelRetiredError,
    SpendLimitError,
    SubmissionUnknownError,
    UnsupportedOptionError,
)
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import OpenAIEmulator
from video_gen.testing.emulators.serve import serving


@pytest.fixture
def emulator():
    with serving(OpenAIEmulator()) as (one,):
        yield one


@pytest.fixture
def client(emulator, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", f"{emulator.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Client() as one:
        yield one


def submits(emulator) -> int:
    return sum(call.path == "/v1/images/generations" for call in emulator.world.calls)


def legs(home: Path) -> list[tuple[str, int, int]]:
    with closing(sqlite3.connect(home / "store.db")) as database:
        return database.execute("SELECT kind, held, spent FROM ledger ORDER BY seq").fetchall()


def test_without_any_key_it_is_a_still_of_the_renderer_and_free(outputs):
    with Client() as client:
        made = client.images.generate("a harbour at dusk", size="320x180", seed=0)
    assert made.job.cost == 0
    assert made.url == Path(made.path).as_uri()
    assert Path(made.path).parent == outputs
    with Image.open(made.path) as picture:
        assert (picture.format, picture.size) == ("PNG", (320, 180))
    (artifact,) = made.job.artifacts
    assert (artifact.media_type, artifact.info.width, artifact.info.frames) == ("image/png", 320, 1)


async def test_the_same_without_blocking(tmp_path):
    async with AsyncClient() as client:
        plan = await client.images.plan("a harbour", size="64x64")
        assert (plan.model, plan.task, plan.quote.high) == ("local/still", "text_to_image", 0)
        made = await client.images.generate("a harbour", size="64x64", out=tmp_path / "harbour.png")
    assert made.path == str(tmp_path / "harbour.png")


@pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-2.6-flare"])
def test_links_and_base64_become_files(client, model, tmp_path):
    made = client.images.generate("a harbour at dusk", model=model, size="1024x1024", out=tmp_path / "harbour.png")
    with Image.open(made.url.removeprefix("file://")) as picture:
        assert picture.size == (1024, 1024)


def test_it_is_held_before_and_settled_after(client, home):
    made = client.images.generate("a harbour at dusk", model="dall-e-3")
    assert legs(home) == [("reserve", 80_000, 0), ("settle", -80_000, 80_000)]
    assert made.job.cost == 80_000


def test_what_the_answer_counts_is_what_it_costs(client):
    made = client.images.generate("a harbour at dusk", model="gpt-image-2.6-flare", size="1024x1024")
    assert made.job.cost == 4 * 5 + 1056 * 30


def test_several_images_of_one_call(client):
    made = client.images.generate("a harbour", model="dall-e-2", size="256x256", count=2)
    assert len(made.paths) == 2
    assert Path(made.paths[0]).read_bytes() != Path(made.paths[1]).read_bytes()


@pytest.mark.parametrize("fault", ["cut_after", "error_after", "garbage"])
def test_a_lost_answer_may_be_paid_and_is_never_sent_again(client, emulator, home, fault):
    emulator.faults.inject(fault)
    with pytest.raises(SubmissionUnknownError):
        client.images.generate("a harbour", model="dall-e-2", size="256x256", idempotency_key="one")
    with pytest.raises(SubmissionUnknownError):
        client.images.generate("a harbour", model="dall-e-2", size="256x256", idempotency_key="one")
    assert submits(emulator) == 1
    assert legs(home) == [("reserve", 16_000, 0)]
    (job,) = client.jobs.list()
    with pytest.raises(InvalidRequestError, match="cannot be adopted"):
        client.jobs.adopt(job.id, "img_1")
    assert client.jobs.write_off(job.id).cost == 16_000


def test_the_same_key_is_the_same_image(client, emulator):
    first, again = (
        client.images.generate("a harbour", model="dall-e-2", size="256x256", idempotency_key="one") for _ in range(2)
    )
    assert first.path == again.path
    assert submits(emulator) == 1


def test_a_name_that_says_another_format_is_told(client, tmp_path):
    made = client.images.generate("a harbour", model="dall-e-2", size="256x256", out=tmp_path / "harbour.jpg")
    told = [event.message for event in client.jobs.events(made.job.id) if event.kind == "artifact.differs"]
    assert told == [f"{made.path} holds image/png, whatever its name says."]


def test_a_blocked_prompt_costs_nothing(client, emulator, home):
    emulator.faults.inject("refused")
    with pytest.raises(ContentPolicyError):
        client.images.generate("a harbour", model="dall-e-3")
    assert legs(home)[-1] == ("refund", -80_000, 0)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"model": "sora-2"}, UnsupportedOptionError, "`openai/sora-2` makes videos and was asked for an image"),
        ({"model": "dall-e-3", "max_cost": "0.01"}, SpendLimitError, "above the ceiling"),
        ({"model": "gpt-image", "max_cost": "5"}, SpendLimitError, "is not known"),
        ({"out": "harbour.mp4"}, InvalidRequestError, "name it `harbour.png`"),
        ({"size": "big"}, InvalidRequestError, "big"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_sent(client, emulator, asked, error, words):
    with pytest.raises(error, match=words):
        client.images.generate("a harbour", **asked)
    assert submits(emulator) == 0


def test_a_model_that_makes_images_makes_no_video(client):
    with pytest.raises(UnsupportedOptionError, match="makes images and was asked for a video"):
        client.generate("a harbour", model="dall-e-3")


def test_a_model_that_ended_says_what_to_use_and_where_to_point(tmp_path):
    with Client(Config.from_environment(dotenv=tmp_path / "none")) as client, pytest.raises(ModelRetiredError) as told:
        client.images.generate("a harbour", model="dall-e-3")
    assert "2026-05-12" in str(told.value)
    assert "OPENAI_BASE_URL" in str(told.value)
