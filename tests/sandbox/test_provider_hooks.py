"""Providers that take an address at submit say there that a job is ready, and that ends a long wait."""

import asyncio
import os
from pathlib import Path

import pytest
from aiohttp import web

from video_gen import AsyncClient
from video_gen.catalog import load_catalog
from video_gen.client import wiring
from video_gen.config import Config
from video_gen.engine.policy import Policy
from video_gen.spec import Status
from video_gen.testing.emulators.sandbox import sandbox

CATALOG = load_catalog()
TELLING = ("ark", "fal", "kling", "luma-dream-machine", "replicate")
"""The wires that take an address."""


def model_of(protocol: str) -> str:
    """A model of the wire that makes a video of a prompt; one that lives, or else one that relays still serve."""
    of_wire = {provider.id for provider in CATALOG.providers.values() if provider.protocol == protocol}
    cards = [each for each in CATALOG.cards.values() if each.provider in of_wire and "text_to_video" in each.tasks]
    return min(cards, key=lambda card: card.lifecycle.status == "retired").id


async def test_a_notice_ends_the_wait_for_every_wire_that_sends_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wiring, "policy_of", lambda _: Policy(poll_first=3600, poll_cap=3600))
    heard: dict[str, list[bool]] = {}
    with sandbox(port=0, size="small", queue_s=0.05, render_s=0.1) as opened:
        application = web.Application()
        runner = web.AppRunner(application, access_log=None)

        async def hook(request: web.Request) -> web.Response:
            provider, token = request.match_info["provider"], request.match_info["token"]
            heard.setdefault(provider, []).append(await client.engine.heard(provider, token))
            return web.Response(status=204)

        application.router.add_post("/hooks/{provider}/{token}", hook)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        environment = {
            **os.environ,
            **opened.environment,
            "VIDEO_GEN_HOME": str(tmp_path / "home"),
            "OUTPUTS_DIR": str(tmp_path / "outputs"),
            "VIDEO_GEN_PUBLIC_URL": f"http://127.0.0.1:{runner.addresses[0][1]}",
        }
        async with AsyncClient(Config.from_environment(environment)) as client, client.running():
            jobs = [
                await client.submit(await client.plan("a paper boat", model=model_of(protocol))) for protocol in TELLING
            ]
            ended = await asyncio.gather(*(client.engine.wait(job.id, timeout_s=60) for job in jobs))
        await runner.cleanup()
    assert [job.status for job in ended] == [Status.COMPLETED] * len(TELLING)
    assert set(heard) == {job.plan.provider for job in jobs}
    assert all(any(each) for each in heard.values())
