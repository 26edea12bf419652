"""`video-gen generate`: prompts and pictures in, videos out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from video_gen.cli import options
from video_gen.cli.media import Force
from video_gen.cli.output import JsonOption, note, print_json, say
from video_gen.cli.session import with_client
from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.spec import Job, Plan

Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE|FOLDER/",
        help="The file to write, or a folder. Default: named by date in OUTPUTS_DIR.",
    ),
]
Detach = Annotated[bool, typer.Option("--detach", help="Hand the job to the background and return at once.")]


def generate(
    prompt: options.PromptArgument = None,
    model: options.Model = None,
    out: Out = None,
    force: Force = False,
    image: options.Image = None,
    last_frame: options.LastFrame = None,
    reference: options.Reference = None,
    video: options.Video = None,
    extend: options.Extend = None,
    duration: options.Duration = None,
    size: options.Size = None,
    resolution: options.Resolution = None,
    aspect_ratio: options.AspectRatio = None,
    fps: options.Fps = None,
    audio: options.Audio = None,
    seed: options.Seed = None,
    negative_prompt: options.NegativePrompt = None,
    camera_motion: options.CameraMotion = None,
    motion_strength: options.MotionStrength = None,
    count: options.Count = 1,
    max_cost: options.MaxCost = None,
    policy: options.Policy = None,
    provider: options.Providers = None,
    allow: options.Allow = None,
    deny: options.Deny = None,
    fallback: options.Fallback = None,
    fallbacks: options.Fallbacks = None,
    fallback_on_policy: options.FallbackOnPolicy = False,
    queue_timeout: options.QueueTimeout = None,
    give_up_after: options.GiveUpAfter = None,
    priority: options.Priority = None,
    strict: options.Strict = False,
    extra: options.Extra = None,
    detach: Detach = False,
    as_json: JsonOption = False,
) -> None:
    """Make a video, and print where it is.

    The plan and its price are settled before anything is spent. Ctrl-C cancels the job; a job whose process was killed
    goes on with the next start, or with `video-gen jobs resume`.
    """
    words = options.words(locals())
    prompts = options.prompts(prompt, words)
    check_place(out, f"{len(prompts)} videos" if len(prompts) > 1 else "")

    async def work(client: "AsyncClient") -> int:
        plans = [await client.plan(prompt, **words) for prompt in prompts]
        return await carry_out(client, plans, out, force=force, detach=detach, as_json=as_json)

    raise typer.Exit(with_client(work))


def check_place(out: str | None, several: str) -> None:
    """Refuse one file for several results, which `several` counts in words."""
    if several and out is not None and not (out.endswith("/") or Path(out).is_dir()):
        raise InvalidRequestError(f"`--out {out}` is one file for {several}: give a folder, like `{out}/`")


async def carry_out(
    client: "AsyncClient", plans: "list[Plan]", out: str | None, *, force: bool, detach: bool, as_json: bool
) -> int:
    """Tell what the plans changed, hand them in, follow them to their ends, and return the exit code."""
    from video_gen.cli.follow import run_and_follow, say_unattended

    for plan in plans:
        say_changes(plan)
    jobs = [await client.submit(plan, out=out, overwrite=force) for plan in plans]
    if detach:
        client.run_in_background()
        _say_detached(jobs, as_json=as_json)
        await say_unattended(client)
        return 0
    return await run_and_follow(client, jobs, as_json=as_json)


def say_changes(plan: "Plan") -> None:
    """Tell what the plan changed, before anything is spent."""
    from video_gen.cli.catalog import price_text

    if plan.decision is not None:
        note(f"routing: {plan.decision}")
    for adjustment in plan.adjustments:
        note(f"adjusted: {adjustment.reason}")
    for warning in plan.warnings:
        note(f"warning: {warning}")
    if plan.quote.high != 0:
        note(f"quote: {price_text(plan.quote)} for {plan.model}")
    for other in plan.alternatives:
        note(f"else: {price_text(other.quote)} for {other.model}")


def _say_detached(jobs: "list[Job]", *, as_json: bool) -> None:
    from video_gen.cli.follow import as_object

    for job in jobs:
        if as_json:
            print_json(as_object(job))
        else:
            say(job.id)
    note(f"running in the background: `video-gen jobs watch {jobs[0].id}` shows it")
