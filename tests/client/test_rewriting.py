from collections.abc import Iterator

import pytest
from aiohttp import web

from video_gen.client import AsyncClient
from video_gen.client.rewriting import enriched
from video_gen.config import Config
from video_gen.testing.emulators.serve import Host


def test_what_is_left_open_is_added_behind_the_callers_own_words():
    assert enriched("a red bicycle") == (
        "a red bicycle. Slow, steady camera movement, natural light with soft shadows, gentle, continuous motion, "
        "cinematic composition, realistic textures, fine detail."
    )
    assert enriched("A knight walks at dawn!") == (
        "A knight walks at dawn! Slow, steady camera movement, cinematic composition, realistic textures, fine detail."
    )


@pytest.mark.parametrize("prompt", ["", "  ", "Watercolour boats drifting at night, slow zoom"])
def test_nothing_is_added_where_nothing_is_open(prompt: str):
    assert enriched(prompt) == prompt


def test_it_says_no_more_the_second_time():
    once = enriched("a red bicycle")
    assert enriched(once) == once


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict]]]:
    asked: list[dict] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        if "unwell" in asked[-1]["messages"][1]["content"]:
            return web.json_response({"error": {"message": "overloaded"}}, status=500)
        return web.json_response({"choices": [{"message": {"content": '"A bicycle, told well."'}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    host = Host()
    yield f"{host.serve(app)}/v1", asked
    host.close()


async def test_a_language_model_rewrites_where_one_is_set_up_and_rules_where_it_fails(home, outputs, chat):
    url, asked = chat
    config = Config.from_environment({"VIDEO_GEN_CHAT_URL": url, "VIDEO_GEN_CHAT_MODEL": "small"})
    async with AsyncClient(config.model_copy(update={"home": home, "outputs_dir": outputs})) as client:
        assert await client.optimize_prompt("a red bicycle") == "A bicycle, told well."
        assert asked[0]["model"] == "small"
        assert await client.optimize_prompt("an unwell bicycle") == enriched("an unwell bicycle")
