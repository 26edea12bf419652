"""Every dialect reaches every provider: a video asked for, followed and fetched each dialect's own way.

What docs/reference/dialects.md says is what passes here: both come from tests/data/dialects.toml and the catalog.
"""

import asyncio
import hashlib
import sys
import tomllib
from collections import Counter
from pathlib import Path

import httpx
import pytest
from dialect_ways import WAYS, Way
from server_world import Backed, start

from video_gen.catalog import load_catalog
from video_gen.media.probe import probe
from video_gen.server import dialects
from video_gen.testing.emulators.sandbox import sandbox

HERE = Path(__file__).parent
DESCRIBED = tomllib.loads((HERE.parent / "data/dialects.toml").read_text(encoding="utf-8"))["dialect"]
CATALOG = load_catalog()
WITHIN = 240.0
"""Seconds in which every video is there, on a busy machine too."""
AT_ONCE = 24
"""Requests under way: what a connection is waited for counts for no dialect."""


def model_of(provider: str) -> str:
    """A model that makes a video from a prompt; one that its owner retired only where the provider has no other."""
    cards = [card for card in CATALOG.cards.values() if card.provider == provider]
    films = [card for card in cards if "text_to_video" in (card.tasks or ())]
    return next((card for card in films if card.lifecycle.status != "retired"), films[0]).id


CELLS = [(each["id"], provider) for each in DESCRIBED for provider in CATALOG.providers]


def prompt_of(dialect: str, provider: str) -> str:
    return f"a paper boat that {dialect} sends to {provider}"


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory):
    with sandbox(port=0, size="small", queue_s=0.0, render_s=0.0) as opened:
        command = (sys.executable, str(HERE / "quick_server.py"))
        served = start(tmp_path_factory.mktemp("matrix"), command=command, **opened.environment)
        yield Backed(served, opened)
        served.stop()


@pytest.fixture(scope="module")
def made(backed: Backed):
    """Every video's id and bytes, or what went wrong, by its cell."""
    return asyncio.run(make_all(backed.server.url))


async def make_all(url: str) -> dict:
    limits = httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=2)  # before the server closes them
    async with httpx.AsyncClient(base_url=url, timeout=WITHIN, limits=limits) as http:
        outcomes = await asyncio.gather(*(make(http, *cell) for cell in CELLS), return_exceptions=True)
    return dict(zip(CELLS, outcomes, strict=True))


async def make(http: httpx.AsyncClient, dialect: str, provider: str) -> tuple[str, bytes]:
    way = WAYS[dialect]
    words = way.small if provider == "local" else {}
    video_id = await way.create(http, model_of(provider), prompt_of(dialect, provider), words)
    async with asyncio.timeout(WITHIN):
        return video_id, await way.fetch(http, video_id, await end_of(way, http, video_id))


async def end_of(way: Way, http: httpx.AsyncClient, video_id: str) -> dict:
    while (end := await way.ended(http, video_id)) is None:
        await asyncio.sleep(1)
    return end


@pytest.mark.parametrize(("dialect", "provider"), CELLS)
def test_it_is_asked_for_followed_and_fetched(backed, made, tmp_path, dialect, provider):
    outcome = made[dialect, provider]
    if isinstance(outcome, BaseException):
        raise outcome
    video_id, content = outcome
    task = told_of(backed, video_id)
    assert (task["status"], task["model"]) == ("completed", model_of(provider))
    [video] = task["result"]["result"]["videos"]
    assert hashlib.sha256(content).hexdigest() == video["sha256"]
    path = tmp_path / "video.mp4"
    path.write_bytes(content)
    info = probe(path)
    assert (info.width, info.height) == (video["width"], video["height"])


def told_of(backed: Backed, video_id: str) -> dict:
    job_id = video_id.rpartition("/")[2]
    return backed.server.client.get(f"/api/v1/tasks/{job_id}").raise_for_status().json()


def test_each_was_made_once(backed, made):
    films = [render.film.prompt for each in backed.sandbox.emulators.values() for render in each.world.accepted()]
    assert Counter(films) == Counter(prompt_of(*cell) for cell in CELLS if cell[1] != "local")


def test_every_dialect_has_its_way_and_its_line():
    assert set(WAYS) == {each["id"] for each in DESCRIBED}
    assert {dialect.name.removesuffix("-shared") for dialect in dialects.load()} == {
        each["dialect"] for each in DESCRIBED
    }
