"""The unmodified clients, refused: by a wrong key, a body too large, a broken picture, a rate; each raises its own.

fal-client runs in a process of its own; it is in test_fal_sdk.py.
"""

import asyncio
import base64
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google.genai
import httpx
import indoxrouter
import openai
import pytest
import runwayml
from google.genai import types
from google.genai._gaos.lib import compat_errors as google_errors
from indoxrouter import exceptions as indox
from replicate.client import Client as Replicate
from replicate.exceptions import ReplicateError
from server_world import Served, new_key, start
from venice_sdk import VeniceClient
from venice_sdk import errors as venice
from venice_sdk.config import Config as VeniceConfig

MOST = "20000"
LARGE = b"\x89PNG\r\n\x1a\n" + b"x" * 40_000
BROKEN = b"\x89PNG\r\n\x1a\nand nothing more"
PROMPT = "a paper boat"

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one client asks, and what it raises."""

    ask: Callable[[ExitStack, str, str, bytes | None, int], Any]
    """Ask a server, with a key, for a video from a picture, and send again so often what was refused for now."""
    wrong_key: type[Exception]
    too_large: type[Exception]
    broken: type[Exception]
    too_often: type[Exception]
    patient: bool
    """Whether it sends a create again by itself, when the server has said when."""


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def data_uri(picture: bytes) -> str:
    return f"data:image/png;base64,{encoded(picture)}"


def by_openai(stack: ExitStack, url: str, key: str, picture: bytes | None, again: int) -> Any:
    client = stack.enter_context(openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=again))
    given = {} if picture is None else {"input_reference": ("still.png", picture, "image/png")}
    return client.videos.create(model="local", prompt=PROMPT, seconds="1", size="128x72", **given)


def by_runway(stack: ExitStack, url: str, key: str, picture: bytes | None, again: int) -> Any:
    client = stack.enter_context(runwayml.RunwayML(base_url=url, api_key=key, max_retries=again))
    words = {"model": "local", "ratio": "16:9", "prompt_text": PROMPT, "duration": 1, "extra_body": {"fps": 12}}
    if picture is None:
        return client.text_to_video.create(**words)
    return client.image_to_video.create(**words, prompt_image=data_uri(picture))


def by_replicate(stack: ExitStack, url: str, key: str, picture: bytes | None, again: int) -> Any:
    client = Replicate(key, base_url=f"{url}/replicate")
    stack.callback(client._client.close)
    given = {} if picture is None else {"image": data_uri(picture)}
    words = {"prompt": PROMPT, "duration": 0.5, "size": "128x72", "fps": 12}
    return client.predictions.create(version="local/draft", input=words | given)


def by_indox(stack: ExitStack, url: str, key: str, picture: bytes | None, again: int) -> Any:
    client = stack.enter_context(indoxrouter.Client(api_key=key, base_url=url))
    given = {} if picture is None else {"input_image": data_uri(picture)}
    return client.videos(PROMPT, model="local", duration=1, size="128x72", **given)


def by_venice(stack: ExitStack, url: str, key: str, picture: bytes | None, again: int) -> Any:
    client = VeniceClient(VeniceConfig(key, f"{url}/venice/api/v1", timeout=20, max_retries=again))
    given = {} if picture is None else {"image": data_uri(picture)}
    return client.video.queue("local", prompt=PROMPT, duration=1, resolution="144p", **given)


def by_google(stack: ExitStack, url: str, key: str, picture: bytes | None, again: int) -> Any:
    retries = types.HttpRetryOptions(attempts=1 + again)
    options = types.HttpOptions(base_url=f"{url}/gemini", retry_options=retries)
    client = stack.enter_context(closing(google.genai.Client(api_key=key, http_options=options)))
    image = [] if picture is None else [{"type": "image", "data": encoded(picture), "mime_type": "image/png"}]
    form = {"type": "video", "duration": "1s", "resolution": "144p"}
    parts = [{"type": "text", "text": PROMPT}, *image]
    return client.interactions.create(model="local", input=parts, response_format=form, background=True)


WAYS = {
    "openai": Way(
        ask=by_openai,
        wrong_key=openai.AuthenticationError,
        too_large=openai.APIStatusError,
        broken=openai.BadRequestError,
        too_often=openai.RateLimitError,
        patient=True,
    ),
    "runway": Way(
        ask=by_runway,
        wrong_key=runwayml.AuthenticationError,
        too_large=runwayml.BadRequestError,
        broken=runwayml.BadRequestError,
        too_often=runwayml.RateLimitError,
        patient=True,
    ),
    "replicate": Way(
        ask=by_replicate,
        wrong_key=ReplicateError,
        too_large=ReplicateError,
        broken=ReplicateError,
        too_often=ReplicateError,
        patient=False,
    ),
    "indox": Way(
        ask=by_indox,
        wrong_key=indox.AuthenticationError,
        too_large=indox.APIError,
        broken=indox.ValidationError,
        too_often=indox.RateLimitError,
        patient=False,
    ),
    "venice": Way(
        ask=by_venice,
        wrong_key=venice.UnauthorizedError,
        too_large=venice.VeniceAPIError,
        broken=venice.VeniceAPIError,
        too_often=venice.RateLimitError,
        patient=True,
    ),
    "google": Way(
        ask=by_google,
        wrong_key=google_errors.AuthenticationError,
        too_large=google_errors.BadRequestError,
        broken=google_errors.BadRequestError,
        too_often=google_errors.RateLimitError,
        patient=True,
    ),
}


@dataclass(frozen=True)
class Guarded:
    """A server that asks for keys."""

    server: Served
    key: str
    slow: dict[str, str]
    """Of each client, a key that may ask once a minute."""

    def spent(self, client: str) -> str:
        """Return the client's slow key when its minute's request is made."""
        secret = self.slow[client]
        answer = self.server.client.get("/v1/models", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 200
        return secret


def guarded(folder: Path, **how: Any) -> Guarded:
    async def keys() -> tuple[str, dict[str, str]]:
        ann = await new_key(folder, "ann")
        return ann, {client: await new_key(folder, client, requests_per_minute=1) for client in WAYS}

    ann, slow = asyncio.run(keys())
    return Guarded(start(folder, VIDEO_GEN_MAX_BODY_BYTES=MOST, **how), ann, slow)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    opened = guarded(tmp_path_factory.mktemp("strict"))
    yield opened
    opened.server.stop()


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The same, where a minute is short."""
    command = (sys.executable, str(Path(__file__).with_name("short_minutes.py")))
    opened = guarded(tmp_path_factory.mktemp("brief"), command=command)
    yield opened
    opened.server.stop()


@pytest.fixture
def asked() -> Iterator[Callable[..., Any]]:
    with ExitStack() as stack:

        def ask(way: Way, server: Served, key: str, picture: bytes | None = None, *, again: int = 0) -> Any:
            return way.ask(stack, server.url, key, picture, again)

        yield ask


def of_exactly(raised: pytest.ExceptionInfo[Exception], kind: type[Exception]) -> bool:
    return type(raised.value) is kind


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_wrong_key(strict: Guarded, asked, way: Way):
    with pytest.raises(way.wrong_key, match="not known here") as raised:
        asked(way, strict.server, "vg_wrong")
    assert of_exactly(raised, way.wrong_key)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_body_too_large(strict: Guarded, asked, way: Way):
    with pytest.raises(way.too_large, match="the limit is 20,000") as raised:
        asked(way, strict.server, strict.key, LARGE, again=3)
    assert of_exactly(raised, way.too_large)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_broken_picture(strict: Guarded, asked, way: Way):
    with pytest.raises(way.broken, match="damaged") as raised:
        asked(way, strict.server, strict.key, BROKEN, again=3)
    assert of_exactly(raised, way.broken)


@pytest.mark.parametrize(("name", "way"), WAYS.items(), ids=WAYS)
def test_too_many_requests(strict: Guarded, asked, name: str, way: Way):
    with pytest.raises(way.too_often, match="may ask 1 times a minute: try again in") as raised:
        asked(way, strict.server, strict.spent(name))
    assert of_exactly(raised, way.too_often)


@pytest.mark.parametrize("name", [name for name, way in WAYS.items() if way.patient])
def test_a_client_that_sends_again_waits_as_it_is_told_and_is_served(brief: Guarded, asked, name: str):
    assert asked(WAYS[name], brief.server, brief.spent(name), again=5)


def test_replicates_client_waits_where_nothing_is_bought(brief: Guarded):
    with ExitStack() as stack:
        client = Replicate(brief.spent("replicate"), base_url=f"{brief.server.url}/replicate")
        stack.callback(client._client.close)
        assert client.accounts.current().name == "replicate"


def test_nothing_was_made_of_what_was_refused(strict: Guarded):
    headers = {"Authorization": f"Bearer {strict.key}"}
    assert httpx.get(f"{strict.server.url}/api/v1/tasks", headers=headers).json()["tasks"] == []
