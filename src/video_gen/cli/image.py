"""`video-gen image`: prompts in, pictures out."""

from typing import TYPE_CHECKING

import typer

from video_gen.cli import options
from video_gen.cli.generate import Detach, Out, carry_out, check_place
from video_gen.cli.media import Force
from video_gen.cli.output import JsonOption
from video_gen.cli.session import with_client

if TYPE_CHECKING:
    from video_gen.client import AsyncClient


def image(
    prompt: options.PicturePrompt = None,
    model: options.PictureModel = None,
    out: Out = None,
    force: Force = False,
    size: options.Size = None,
    resolution: options.Resolution = None,
    aspect_ratio: options.AspectRatio = None,
    seed: options.Seed = None,
    negative_prompt: options.NegativePrompt = None,
    count: options.PictureCount = 1,
    max_cost: options.MaxCost = None,
    fallback: options.Fallback = None,
    fallback_on_policy: options.FallbackOnPolicy = False,
    strict: options.Strict = False,
    extra: options.Extra = None,
    detach: Detach = False,
    as_json: JsonOption = False,
) -> None:
    """Make an image, and print where it is.

    Without a model it is a still of the embedded renderer: free, no key, no AI. Everything else is as of `generate`.
    """
    words = options.words(locals())
    prompts = options.prompts(prompt, words, 'video-gen image "a harbour at dusk"')
    check_place(out, f"{len(prompts)} images" if len(prompts) > 1 else "")

    async def work(client: "AsyncClient") -> int:
        plans = [await client.images.plan(prompt, **words) for prompt in prompts]
        return await carry_out(client, plans, out, force=force, detach=detach, as_json=as_json)

    raise typer.Exit(with_client(work))
