"""Clients of both kinds: jobs in this process, and behind a real server."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

from server_world import Served, start

from video_gen import AsyncClient, Client
from video_gen.client import wiring
from video_gen.engine.policy import Policy
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import OpenAIEmulator
from video_gen.testing.emulators.sandbox import Sandbox, sandbox
from video_gen.testing.emulators.serve import serving
from video_gen.testing.emulators.studio import Studio
from video_gen.testing.emulators.world import World

OWN_KEYS = ("sk-your-openai-key-here", "your-google-api-key-here")
"""The keys of their own that callers bring, on a documented page."""
PLACES = ("embedded", "remote")
Connect = Callable[..., Client]


@pytest.fixture(scope="module")
def services() -> Iterator[Sandbox]:
    """Every provider, emulated."""
    with sandbox(port=0, size="small", queue_s=0.05, render_s=0.05) as opened:
        for emulator in opened.emulators.values():
            emulator.keys = (KEY, *OWN_KEYS)
        yield opened


@pytest.fixture(scope="module")
def served(services: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An open server of this module that reaches them."""
    server = start(tmp_path_factory.mktemp("served"), **services.environment)
    yield server
    server.stop()


@pytest.fixture(params=PLACES)
def options(request: pytest.FixtureRequest, services: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """How a client is made: of this process, which reaches the emulated providers, or of the server that does."""
    if request.param == "remote":
        return {"base_url": request.getfixturevalue("served").url}
    for name, value in services.environment.items():
        monkeypatch.setenv(name, value)
    return {}


@pytest.fixture
def connect(options: dict[str, Any]) -> Iterator[Connect]:
    """Makes a client; afterwards nothing is under way at the server."""
    yield partial(Client, **options)
    if options:
        with Client(**options) as client:
            for status in ("running", "queued"):
                for job in client.jobs.list(status=status, limit=100):
                    client.jobs.cancel(job.id)


@pytest.fixture
def aconnect(options: dict[str, Any]) -> Callable[..., AsyncClient]:
    """Makes a client for an event loop."""
    return partial(AsyncClient, **options)


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIEmulator]:
    """A provider that counts what it accepts, asked at once: a poll a few seconds later would tell no more."""
    with serving(OpenAIEmulator(World(studio=Studio(size="small"), queue_s=0, render_s=0))) as (emulator,):
        monkeypatch.setenv("OPENAI_BASE_URL", f"{emulator.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setattr(wiring, "policy_of", lambda _: Policy(poll_first=0.02))
        yield emulator
