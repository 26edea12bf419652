"""A language model that says how much a prompt demands, where the settings name one."""

import asyncio

import pytest
from aiohttp import web

from video_gen import AsyncClient, ConfigurationError
from video_gen.client import chat
from video_gen.testing.emulators.serve import Host

KEY = "a-key-for-a-test"


class Model:
    """Answers every question the same."""

    def __init__(self):
        self.answer: object = "high: many dancers"
        self.status = 200
        self.asked: list[dict] = []
        self.keys: list[str | None] = []

    async def complete(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        if self.answer is None:
            await asyncio.sleep(0.5)
        message = {"role": "assistant", "content": self.answer}
        return web.json_response({"choices": [{"index": 0, "message": message}]}, status=self.status)


@pytest.fixture(scope="module")
def served():
    model, host, app = Model(), Host(), web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    yield model, host.serve(app)
    host.close()


@pytest.fixture
def model(served, monkeypatch):
    found, url = served
    found.__init__()
    monkeypatch.setenv("VIDEO_GEN_CHAT_URL", f"{url}/v1")
    monkeypatch.setenv("VIDEO_GEN_CHAT_MODEL", "judge-1")
    monkeypatch.setenv("VIDEO_GEN_CHAT_API_KEY", KEY)
    return found


async def test_the_language_model_decides_and_says_why(model):
    async with AsyncClient() as client:
        demand = await client.demand("a calm ocean", "news")
        decision = await client.route("a calm ocean")
    assert (demand.tier, demand.judge, demand.because) == ("high", "chat", "judge-1: many dancers")
    assert (decision.demand, decision.demand_because) == ("high", "judge-1: many dancers")
    assert model.asked[0]["model"] == "judge-1"
    assert model.asked[0]["messages"][1] == {"role": "user", "content": "a calm ocean\n\nTopic: news"}
    assert model.keys == [f"Bearer {KEY}"] * 2


@pytest.mark.parametrize("answer", ["Medium: a person", "**medium**: x", " 'medium' ", "MEDIUM."])
async def test_the_word_counts_however_it_is_dressed(model, answer):
    model.answer = answer
    async with AsyncClient() as client:
        assert (await client.demand("a calm ocean")).tier == "medium"


@pytest.mark.parametrize(
    ("status", "answer"), [(500, "high"), (401, "high"), (429, "high"), (200, "epic"), (200, ""), (200, {"a": 1})]
)
async def test_where_it_fails_the_rules_decide_and_that_is_said(model, status, answer):
    model.status, model.answer = status, answer
    async with AsyncClient() as client:
        demand = await client.demand("a calm ocean")
    assert (demand.tier, demand.judge) == ("low", "rules")
    assert "so the rules decide" in demand.because
    assert KEY not in demand.because
    assert len(model.asked) == 1, "a question is asked once"


async def test_it_is_not_waited_for_long(model, monkeypatch):
    model.answer = None
    monkeypatch.setattr(chat, "PATIENCE_S", 0.2)
    async with AsyncClient() as client:
        demand = await client.demand("a calm ocean")
    assert "TimeoutError" in demand.because


async def test_what_it_says_is_cut_and_harmless_in_a_terminal(model):
    model.answer = "low: \x1b[31mred\n" + "x" * 1000
    async with AsyncClient() as client:
        because = (await client.demand("a calm ocean")).because
    assert because.isprintable()
    assert len(because) < 250


async def test_half_a_setting_is_an_error_and_none_is_no_matter(model, monkeypatch):
    monkeypatch.delenv("VIDEO_GEN_CHAT_MODEL")
    async with AsyncClient() as client:
        with pytest.raises(ConfigurationError, match="set VIDEO_GEN_CHAT_MODEL"):
            await client.demand("a calm ocean")
    monkeypatch.delenv("VIDEO_GEN_CHAT_URL")
    async with AsyncClient() as client:
        assert client.chat is None
        assert (await client.demand("a calm ocean")).judge == "rules"
