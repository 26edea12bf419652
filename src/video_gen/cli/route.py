"""`video-gen route`: which model would be chosen, and why no other one."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from video_gen.cli import options
from video_gen.cli.output import JsonOption, facts, note, print_json, say, table

if TYPE_CHECKING:
    from video_gen.spec import Decision, Excluded, Ranked

_SHOWN: Final = 10


def route(
    prompt: options.PromptArgument = None,
    policy: options.Policy = None,
    provider: options.Providers = None,
    allow: options.Allow = None,
    deny: options.Deny = None,
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
    count: options.Count = 1,
    max_cost: options.MaxCost = None,
    strict: options.Strict = False,
    extra: options.Extra = None,
    explain: Annotated[
        bool, typer.Option("--explain", "-e", help="Show every model: the parts of its score, or why it is left out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show which model would be chosen for a prompt, and why. Spends nothing.

    `video-gen generate --model auto` with the same options then makes the video.
    """
    from video_gen.routing import choose

    words = options.words(locals())
    for decision in asyncio.run(_decisions(options.prompts(prompt, words), words)):
        if as_json:
            print_json(decision.model_dump(mode="json"))
        else:
            print_decision(decision, explain=explain)
        choose(decision)


async def _decisions(prompts: list[str], words: dict[str, Any]) -> "list[Decision]":
    from video_gen.client import AsyncClient

    async with AsyncClient.here() as client:
        return [await client.route(prompt, **words) for prompt in prompts]


def print_decision(decision: "Decision", *, explain: bool) -> None:
    """Print a decision for a person."""
    say(str(decision))
    if explain:
        facts(
            [
                ("policy", decision.policy),
                ("prompt", f"demands {decision.demand} skill: {decision.demand_because}"),
                ("score", _formula(decision)),
            ]
        )
    shown = decision.ranked if explain else decision.ranked[:_SHOWN]
    if shown:
        table(
            ("", "model", "score", *(("parts",) if explain else ()), "price", "time", "quality", "remarks"),
            [_row(number, each, explain=explain) for number, each in enumerate(shown, 1)],
        )
    if not explain:
        more = len(decision.ranked) - len(shown)
        note(f"{f'{more} more can do it; ' if more else ''}--explain shows all, and why the others are left out")
    elif decision.excluded:
        table(("left out", "because"), list(_left_out(decision.excluded)))


def _formula(decision: "Decision") -> str:
    weighed = [f"{weight:g} {name}" for name, weight in decision.weights.items() if weight]
    return f"({' + '.join(weighed)}) x fit x health"


def _row(number: int, each: "Ranked", *, explain: bool) -> tuple[str, ...]:
    parts = ", ".join(f"{name} {part:.2f}" for name, part in each.parts.items())
    remarks = "; ".join(each.notes)
    return (
        str(number),
        each.model,
        f"{each.score:.3f}",
        *((parts,) if explain else ()),
        each.price,
        each.wait,
        each.quality,
        remarks,
    )


def _left_out(excluded: "Sequence[Excluded]") -> Iterator[tuple[str, str]]:
    """Yield a line for each model, or for all models of a provider that share a reason."""
    together = Counter((each.model.partition("/")[0], each.because) for each in excluded)
    for each in excluded:
        provider = each.model.partition("/")[0]
        count = together.pop((provider, each.because), 0)
        if count:
            yield (each.model if count == 1 else f"{provider}: {count} models", each.because)
