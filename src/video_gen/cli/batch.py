"""`video-gen batch`: a file of prompts in, a video for each row out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from video_gen.cli import options
from video_gen.cli.batch_shown import GO_ON, Watch, exit_code, say_plan, say_result, show_plan
from video_gen.cli.output import JsonOption, note
from video_gen.cli.session import with_client

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.client.batch.plan import BatchPlan


def batch(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Rows: .csv with a line of names, or .jsonl. Names are those of the options."
        ),
    ],
    model: options.Model = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where videos go. Default: OUTPUTS_DIR.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace videos that exist.")] = False,
    results: Annotated[
        Path | None,
        typer.Option("--results", metavar="FILE", help="How each row ended. Default: FILE.results, beside the rows."),
    ] = None,
    max_cost_total: Annotated[
        str | None,
        typer.Option("--max-cost-total", metavar="USD", help="Begin nothing when all rows may cost more than this."),
    ] = None,
    width: Annotated[
        int, typer.Option("--width", metavar="N", help="Rows under way at once. [default: 8]", show_default=False)
    ] = 8,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows that cannot be made.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show plans and prices. Spends nothing.")] = False,
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
    max_cost: options.MaxCostEach = None,
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
    as_json: JsonOption = False,
) -> None:
    """Make a video for each row of a file, and write down how each row ended.

    A column is named like an option of `generate` (prompt, model, seconds, size, image, seed ...), or `out` for the
    file; options hold for rows that do not say otherwise. All rows are checked and priced before anything is spent. Run
    again, it goes on: what is made is neither made nor paid again, and what failed is tried again.
    """
    words = options.words(locals())
    target = results or file.with_name(f"{file.stem}.results{'.csv' if file.suffix.lower() == '.tsv' else file.suffix}")
    terms = {"max_cost_total": max_cost_total, "at_once": width, "skip_bad": skip_bad, "results": target}

    async def work(client: "AsyncClient") -> int:
        planned = await client.batch.plan(file, out=out, overwrite=force, **words)
        if dry_run:
            show_plan(planned, as_json=as_json)
            planned.check(skip_bad=skip_bad)
            planned.check_ceiling(max_cost_total)
            return 0
        return await _make(client, planned, terms, as_json=as_json)

    try:
        code = with_client(work)
    except KeyboardInterrupt:
        note(f"stopped; {GO_ON}")
        raise
    raise typer.Exit(code)


async def _make(client: "AsyncClient", planned: "BatchPlan", terms: dict[str, Any], *, as_json: bool) -> int:
    from video_gen.cli.follow import go_on_in_background, say_unattended, terminates
    from video_gen.cli.progress import board

    planned.check(skip_bad=terms["skip_bad"])
    say_plan(planned)
    await say_unattended(client)
    with board() as shown, terminates(GO_ON):
        watch = Watch(shown, planned, as_json=as_json)
        done = await client.batch.carry_out(planned, on_row=watch.ended, on_progress=watch.moved, **terms)
    await go_on_in_background(client)
    say_result(done, terms["results"], as_json=as_json)
    return exit_code(done.missing)
