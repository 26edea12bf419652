"""`video-gen compare`: one prompt by several models, side by side."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from video_gen.cli import options
from video_gen.cli.batch_shown import GO_ON, exit_code, say_plan, show_plan
from video_gen.cli.media import Force
from video_gen.cli.output import JsonOption, note, print_json, say, table
from video_gen.cli.session import with_client

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.client.comparison.entry import ComparedVideo, Comparison
    from video_gen.client.comparison.plan import ComparisonPlan

_COLUMNS: Final = ("model", "cost", "quote", "time", "delivered", "differs", "file")


def compare(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What the videos show; `-` reads stdin.")],
    model: Annotated[
        list[str], typer.Option("--model", "-m", metavar="MODEL", help="A model's id or alias; give two or more.")
    ],
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FOLDER", help="Where videos go. Default: OUTPUTS_DIR.")
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", metavar="FILE", help="The picture: .jpg, .png or .webp. Default: beside the videos."),
    ] = None,
    frames: Annotated[int, typer.Option("--frames", metavar="N", help="Frames of each video in it.")] = 5,
    force: Force = False,
    image: options.Image = None,
    last_frame: options.LastFrame = None,
    reference: options.Reference = None,
    video: options.Video = None,
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
    max_cost: options.MaxCostAll = None,
    give_up_after: options.GiveUpAfter = None,
    priority: options.Priority = None,
    strict: options.Strict = False,
    extra: options.Extra = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show plans and prices. Spends nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a video of one prompt by each of several models, and show them side by side.

    A table tells what each cost, how long it took, and how it differs from what was asked for; a picture shows frames
    of all. One that fails leaves the others alone. Run again, it goes on; with another model, only that one is made.
    """
    words = {name: value for name, value in options.words(locals()).items() if name not in {"model", "max_cost"}}
    text = options.prompts([prompt], words)[0]

    async def work(client: "AsyncClient") -> int:
        planned = await client.compare.plan(text, model, out=out, overwrite=force, **words)
        if dry_run:
            show_plan(planned.batch, as_json=as_json, thing="model")
        planned.check(max_cost)
        if dry_run:
            return 0
        return await _make(client, planned, {"max_cost": max_cost, "sheet": sheet, "frames": frames}, as_json=as_json)

    try:
        code = with_client(work)
    except KeyboardInterrupt:
        note(f"stopped; {GO_ON}")
        raise
    raise typer.Exit(code)


async def _make(client: "AsyncClient", planned: "ComparisonPlan", terms: dict[str, Any], *, as_json: bool) -> int:
    from video_gen.cli.follow import go_on_in_background, say_unattended, show_job, terminates
    from video_gen.cli.progress import board

    say_plan(planned.batch, thing="model")
    await say_unattended(client)
    with board() as shown, terminates(GO_ON):
        made = await client.compare.carry_out(
            planned, on_progress=lambda item, job: show_job(shown, job, planned.models[item.line - 1]), **terms
        )
    await go_on_in_background(client)
    _show(made, as_json=as_json)
    return exit_code(video for video in made.videos if not video.made)


def _show(made: "Comparison", *, as_json: bool) -> None:
    from video_gen.spec import usd

    if as_json:
        print_json(_as_object(made))
        return
    table(_COLUMNS, map(_cells, made.videos))
    note(f"in all {usd(made.cost)}")
    if made.sheet is not None:
        say(made.sheet)


def _cells(video: "ComparedVideo") -> tuple[str, ...]:
    from video_gen.cli.catalog import price_text
    from video_gen.cli.follow import relative
    from video_gen.spec import usd

    if video.info is None:
        problem = video.error.message if video.error else "no video"
        return (video.model, usd(video.cost), price_text(video.plan.quote), "", "", "", problem)
    took = "" if video.took is None else f"{video.took:.1f} s"
    differs = ", ".join(video.differences) or "as asked"
    files = ", ".join(map(relative, video.files))
    return (
        video.model, usd(video.cost), price_text(video.plan.quote), took, ", ".join(video.delivered), differs, files,
    )  # fmt: skip


def _as_object(made: "Comparison") -> dict[str, Any]:
    from video_gen.spec.money import MICRO

    return {
        "prompt": made.prompt,
        "sheet": made.sheet,
        "cost_usd": made.cost / MICRO,
        "videos": [
            {
                "asked": video.asked,
                "model": video.model,
                "made": video.made,
                "job": video.job.id if video.job else None,
                "files": [*video.files],
                "cost_usd": video.cost / MICRO,
                "quote_usd": None if video.plan.quote.high is None else video.plan.quote.high / MICRO,
                "took_seconds": video.took,
                "delivered": video.info.model_dump(mode="json") if video.info else None,
                "differences": [*video.differences],
                "adjustments": [change.reason for change in video.plan.adjustments],
                "error": video.error.model_dump() if video.error else None,
            }
            for video in made.videos
        ],
    }
