"""The functions for short vertical films, against the emulated Sora and Veo."""

import asyncio
import re
from functools import partial
from pathlib import Path

import pytest

from video_gen import AsyncClient, JobCancelledError, StorageError, SubmissionUnknownError
from video_gen.media.probe import probe
from video_gen.smart import (
    analyze_prompt_complexity,
    generate_video_smart,
    generate_video_sora,
    generate_video_veo3,
)
from video_gen.testing.emulators.sandbox import sandbox

SIMPLE = "a calm ocean at sunset"
WOMAN = "A woman smiles at the camera in a cafe"
CROWD = "Two samurai fighting in the rain, cinematic tracking shot"
SUCCESS = {"success", "video_path", "model", "model_used", "duration", "file_size_mb", "job_id"}


@pytest.fixture(scope="module")
def hosts():
    with sandbox(port=0, only=("openai", "gemini"), queue_s=0.0, render_s=0.05, size="small") as opened:
        yield opened


@pytest.fixture(autouse=True)
def emulated(hosts, monkeypatch):
    for name, value in hosts.environment.items():
        monkeypatch.setenv(name, value)
    for emulator in hosts.emulators.values():
        emulator.faults.clear()


async def all_at_once(*calls):
    """Most of the time is waiting: one client, its jobs side by side."""
    async with AsyncClient() as client:
        return await asyncio.gather(*(call(client=client) for call in calls))


async def test_the_prompt_says_who_makes_the_film_and_each_has_a_name_of_its_own(outputs, monkeypatch):
    monkeypatch.setenv("VIDEO_MAX_CONCURRENT", "9")
    prompts = (SIMPLE, WOMAN, CROWD, "snow in a forest")
    results = await all_at_once(*(partial(generate_video_smart, prompt) for prompt in prompts))
    assert len({result["video_path"] for result in results}) == 4, results
    result, sora, pro, _ = results
    assert result.keys() == SUCCESS
    assert (result["success"], result["model"], result["model_used"]) == (True, "veo-3.1", "veo-3.1")
    film = Path(result["video_path"])
    assert film.parent == outputs
    assert re.fullmatch(r"veo_\d{8}_\d{6}(_2)?\.mp4", film.name)
    info = probe(film)
    assert (info.width < info.height, result["file_size_mb"]) == (True, round(film.stat().st_size / 1e6, 2))
    assert result["duration"] == pytest.approx(info.seconds, abs=0.05)
    for result, model in ((sora, "sora-2"), (pro, "sora-2-pro")):
        assert result.keys() == {*SUCCESS, "video_id"}
        assert (result["model"], result["video_id"][:6]) == (model, "video_")
        assert re.fullmatch(r"sora_\d{8}_\d{6}(_2)?\.mp4", Path(result["video_path"]).name)


async def test_veo_stands_in_for_sora_and_says_so(hosts):
    hosts.emulators["openai"].faults.inject("no_credit", times=9)
    result = await generate_video_smart(WOMAN)
    assert (result["success"], result["model"], result["fallback_from"]) == (True, "veo-3.1", "sora-2")
    assert "video_id" not in result


async def test_without_a_relay_sora_is_known_to_be_gone_and_nothing_is_sent(hosts, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL")
    result = await generate_video_sora(WOMAN)
    assert (result["success"], result["fallback"]) == (False, "veo3")
    assert "switched off by its owner on 2026-09-24" in result["error"]
    assert "job_id" not in result


async def test_without_a_relay_veo_is_followed_by_the_model_that_replaced_it(hosts, monkeypatch):
    monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL")
    async with AsyncClient() as client:
        plan = await client.plan(SIMPLE, model="veo")
    assert plan.model == "gemini/gemini-omni-1.2-flash"


async def test_a_veo_model_that_is_not_found_makes_room_for_the_next(hosts):
    hosts.emulators["gemini"].retired = frozenset({"veo-3.1-generate-preview"})
    try:
        result = await generate_video_veo3(SIMPLE, aspect_ratio="16:9")
    finally:
        hosts.emulators["gemini"].retired = frozenset()
    assert (result["success"], result["model"]) == (True, "veo-3.1-fast"), result
    info = probe(Path(result["video_path"]))
    assert info.width > info.height


async def test_lengths_are_rounded_to_the_nearest_and_a_tie_to_the_shorter():
    async with AsyncClient() as client:
        for asked, veo, sora in ((5, 4, 4), (7, 6, 8), (10, 8, 8), (1, 4, 4), (6, 6, 4), (11, 8, 12), (8, 8, 8)):
            plans = [await client.plan(SIMPLE, model=model, duration=asked) for model in ("veo", "sora-2")]
            assert [plan.settings.seconds for plan in plans] == [veo, sora], asked
        for size in ("720x1280", "1280x720"):
            plan = await client.plan(SIMPLE, model="sora-2", size=size)
            assert f"{plan.settings.width}x{plan.settings.height}" == size


async def test_a_timeout_is_told_and_the_paid_film_still_comes(hosts):
    hosts.emulators["openai"].faults.inject("latency", step="poll", value=2)
    result = await generate_video_sora(WOMAN, timeout_s=0.3)
    assert (result["success"], result["error"]) == (False, "Timeout")
    assert "fallback" not in result, "a second one would be paid twice"
    async with AsyncClient() as client:
        job = await client.jobs.wait(result["job_id"], timeout_s=60)
        while await client.jobs.unfinished():
            await asyncio.sleep(0.1)
    assert Path(job.artifacts[0].path).exists()


async def test_a_failed_film_says_which_job_it_was(hosts):
    hosts.emulators["openai"].faults.inject("policy")
    refused = await generate_video_sora(WOMAN)
    assert (refused["success"], refused["fallback"]) == (False, "veo3")
    assert refused["job_id"]


@pytest.mark.parametrize("kind", [SubmissionUnknownError, JobCancelledError, StorageError])
async def test_what_may_be_paid_or_was_stopped_is_not_made_once_more_by_another(monkeypatch, kind):
    async def fails(*_words, **_more):
        raise kind("it was like that")

    monkeypatch.setattr(AsyncClient, "submit", fails)
    assert await generate_video_smart(WOMAN) == {"success": False, "error": "it was like that"}


@pytest.mark.parametrize("prompt", ["", "x\x00y"])
async def test_a_prompt_that_cannot_be_is_a_result_too(prompt):
    result = await generate_video_smart(prompt)
    assert result["success"] is False
    assert result["error"]


async def test_missing_keys_are_a_result_too(monkeypatch):
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert "GEMINI_API_KEY" in (await generate_video_veo3(SIMPLE))["error"]
    assert "OPENAI_API_KEY" in (await generate_video_sora(SIMPLE))["error"]


# --- reading a prompt ----------------------------------------------------------------------------------------------


def test_the_analysis_names_the_model_and_its_reasons():
    assert analyze_prompt_complexity(SIMPLE, "") == {
        "complexity": "low",
        "model": "veo3",
        "score": -1,
        "reasons": ["plain (calm) -1"],
        "judge": "rules",
    }
    assert analyze_prompt_complexity(WOMAN)["model"] == "sora-2"
    assert analyze_prompt_complexity("the finale", "two boxers fighting, cinematic")["model"] == "sora-2-pro"


def test_a_judge_decides_and_one_that_fails_is_passed_over():
    def broken(prompt, topic):
        raise OSError("no network, and a key in here")

    asked = []
    judged = analyze_prompt_complexity(SIMPLE, "news", judge=lambda *words: asked.append(words) or "high")
    assert (judged["model"], judged["judge"], asked) == ("sora-2-pro", "judge", [(SIMPLE, "news")])
    failed = analyze_prompt_complexity(SIMPLE, judge=broken)
    assert (failed["model"], failed["judge"]) == ("veo3", "rules")
    assert "OSError" in failed["reasons"][-1]
    assert "key in here" not in str(failed)
    odd = analyze_prompt_complexity(SIMPLE, judge=lambda *_: "epic")
    assert "`epic`" in odd["reasons"][-1]
