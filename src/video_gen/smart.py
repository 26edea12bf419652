"""Short vertical films from one call: the prompt says whether Veo or Sora is tried, and Veo stands in for Sora.

Each function answers with a dictionary and raises nothing for what a provider does:

    result = await generate_video_smart("a calm ocean at sunset")
    print(result["video_path"] if result["success"] else result["error"])

A result that succeeded has `video_path`, `model` and `model_used` (which model made it), `duration` in seconds,
`file_size_mb`, and `video_id` where Sora made it; one that failed has `error`, and `fallback` where Veo is worth a try.
Both have `job_id` as soon as there is a job: `video-gen jobs show` tells its history. What is to be chosen among every
model there is, `Client.generate(..., model="auto")` chooses.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from video_gen.client import AsyncClient
from video_gen.engine.artifacts import file_name, numbered
from video_gen.engine.faults import facts_of
from video_gen.engine.policy import allows_fallback
from video_gen.exceptions import VideoGenerationError, WaitTimeoutError
from video_gen.routing import analyze
from video_gen.spec import Artifact, Job, Tier

Result = dict[str, Any]
Judge = Callable[[str, str], Tier]
"""Says how much a prompt demands, from the prompt and its topic: a language model, for one."""

VEO: Final = "veo3"
VEO_ORDER: Final = "veo"
"""The catalog's try-order."""
MODELS: Final[dict[Tier, str]] = {"low": VEO, "medium": "sora-2", "high": "sora-2-pro"}
TIMEOUT_S: Final = 300.0
SECONDS: Final = 8.0


def analyze_prompt_complexity(prompt: str, topic: str = "", *, judge: Judge | None = None) -> Result:
    """Say how much a prompt demands of a model, which one to take, and why. The rules find the same every time.

    Args:
        prompt: What is to be seen.
        topic: What it is for; read along with the prompt.
        judge: Who decides instead of the rules. One that fails, or says something else than "low", "medium" or "high",
            is passed over, and the reasons say so.

    Returns:
        `complexity` ("low", "medium" or "high"), `model` ("veo3", "sora-2" or "sora-2-pro"), `score`, `reasons`, and
        `judge` ("rules" or "judge").
    """
    demand = analyze(prompt, topic)
    tier, by, reasons = demand.tier, "rules", [str(feature) for feature in demand.features]
    if judge is not None:
        said, problem = _judged(judge, prompt, topic)
        reasons += [problem] if problem else []
        tier, by = (said, "judge") if said is not None else (tier, by)
    return {"complexity": tier, "model": MODELS[tier], "score": demand.points, "reasons": reasons, "judge": by}


async def generate_video_smart(
    prompt: str, topic: str = "", *, judge: Judge | None = None, client: AsyncClient | None = None
) -> Result:
    """Make a vertical film: with Veo where the prompt is simple, else with Sora, and with Veo where Sora fails.

    A film that Veo made in Sora's place says so by `fallback_from`.

    Args:
        prompt: What is to be seen.
        topic: What it is for; read along with the prompt.
        judge: Says how much the prompt demands, as in `analyze_prompt_complexity`. None: the language model that
            VIDEO_GEN_CHAT_URL names does, and without one the rules.
        client: An open client; None opens one for this call.
    """
    try:
        async with _opened(client) as opened:
            if judge is not None:
                analysis = await asyncio.to_thread(analyze_prompt_complexity, prompt, topic, judge=judge)
                model = analysis["model"]
            else:
                model = MODELS[(await opened.demand(prompt, topic)).tier]
            return await _by(model, prompt, opened)
    except VideoGenerationError as error:
        return {"success": False, "error": error.message}


async def _by(model: str, prompt: str, client: AsyncClient) -> Result:
    if model == VEO:
        return await generate_video_veo3(prompt, client=client)
    result = await generate_video_sora(prompt, model=model, client=client)
    if result["success"] or result.get("fallback") != VEO:
        return result
    return {**await generate_video_veo3(prompt, client=client), "fallback_from": model}


async def generate_video_veo3(
    prompt: str,
    aspect_ratio: str = "9:16",
    *,
    duration: float = SECONDS,
    timeout_s: float = TIMEOUT_S,
    client: AsyncClient | None = None,
) -> Result:
    """Make a film with the first Veo model that can be had: 3.1, 3.1 Fast, 2, and at last the one that replaced them.

    Args:
        prompt: What is to be seen.
        aspect_ratio: "9:16" or "16:9".
        duration: Seconds; rounded to the nearest that the model takes.
        timeout_s: Seconds to wait. The job then goes on in the background, since it may be paid.
        client: An open client; None opens one for this call.
    """
    words = {"model": VEO_ORDER, "aspect_ratio": aspect_ratio, "duration": duration}
    return await _result("veo", prompt, words, timeout_s, client)


async def generate_video_sora(
    prompt: str,
    model: str = "sora-2",
    size: str = "720x1280",
    *,
    duration: float = SECONDS,
    timeout_s: float = TIMEOUT_S,
    client: AsyncClient | None = None,
) -> Result:
    """Make a film with Sora, at the service that OPENAI_BASE_URL names: OpenAI's own has ended.

    A failure has `fallback: "veo3"`, unless another model is no way on: the film may be paid for and still come (after
    a timeout, or where the answer to the submit was lost), somebody cancelled it, the disk refuses, or what was asked
    cannot be done.

    Args:
        prompt: What is to be seen.
        model: "sora-2", or "sora-2-pro" for complex scenes and people.
        size: "720x1280" or "1280x720".
        duration: Seconds; rounded to 4, 8 or 12, whichever is nearest.
        timeout_s: Seconds to wait. The job then goes on in the background, since it may be paid.
        client: An open client; None opens one for this call.
    """
    words = {"model": model, "size": size, "duration": duration}
    return await _result("sora", prompt, words, timeout_s, client)


async def _result(
    kind: Literal["veo", "sora"], prompt: str, words: dict[str, Any], timeout_s: float, client: AsyncClient | None
) -> Result:
    try:
        async with _opened(client) as opened:
            return await _made(kind, prompt, words, timeout_s, opened)
    except VideoGenerationError as error:
        return _failure(kind, error)


@asynccontextmanager
async def _opened(client: AsyncClient | None) -> AsyncIterator[AsyncClient]:
    """Open a client, unless the caller has one."""
    if client is not None:
        yield client
        return
    async with AsyncClient.here() as own:
        yield own


async def _made(
    kind: Literal["veo", "sora"], prompt: str, words: dict[str, Any], timeout_s: float, client: AsyncClient
) -> Result:
    out = _free_name(kind, client.config.outputs_dir)
    job = await client.submit(await client.plan(prompt, **words), out=out)
    try:
        async with client.running():
            job = await client.jobs.wait(job.id, timeout_s=timeout_s)
    except WaitTimeoutError:
        client.run_in_background()
        return {"success": False, "error": "Timeout", "job_id": job.id}
    except VideoGenerationError as error:
        return {**_failure(kind, error), "job_id": job.id}
    return await _success(kind, job, client)


async def _success(kind: Literal["veo", "sora"], job: Job, client: AsyncClient) -> Result:
    film: Artifact = job.artifacts[0]
    card = client.catalog.card(job.model_used or job.plan.model)
    name = card.family or card.wire
    result = {
        "success": True,
        "video_path": film.path,
        "model": name,
        "model_used": name,
        "duration": _plain(film.info.seconds),
        "file_size_mb": round(film.info.bytes / 1e6, 2),
        "job_id": job.id,
    }
    operation = (await client.engine.attempts(job.id))[-1].operation
    return {**result, "video_id": operation.id} if kind == "sora" and operation is not None else result


def _failure(kind: Literal["veo", "sora"], error: VideoGenerationError) -> Result:
    failed: Result = {"success": False, "error": error.message}
    if kind == "sora" and allows_fallback(facts_of(error), on_policy=True):
        return {**failed, "fallback": VEO}
    return failed


def _free_name(kind: str, outputs: Path) -> Path:
    """Return a name that says who made it and when, like "veo_20241215_143022.mp4"."""
    wanted = outputs / file_name(kind, datetime.now().astimezone())
    return next(path for path in numbered(wanted) if not path.exists())


def _plain(seconds: float) -> float:
    """Return 8 for 8.0: what was asked for in whole seconds is told in them."""
    return round(seconds) if abs(seconds - round(seconds)) < 0.05 else round(seconds, 2)


def _judged(judge: Judge, prompt: str, topic: str) -> tuple[Tier | None, str]:
    try:
        said = judge(prompt, topic)
    except Exception as error:  # noqa: BLE001 (a helper of the caller's: whatever fails in it, the rules are there)
        return None, f"the judge failed ({type(error).__name__}), so the rules decide"
    if said not in MODELS:
        return None, f"the judge said `{said}`, which is neither low, medium nor high, so the rules decide"
    return said, ""
