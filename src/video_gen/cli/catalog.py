"""`video-gen models`, `plan` and `quote`: what there is, what would be sent, what it would cost."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from video_gen.cli import options
from video_gen.cli.health import show_health
from video_gen.cli.output import JsonOption, facts, note, print_json, say, table

if TYPE_CHECKING:
    from video_gen.catalog import Catalog, ModelCard
    from video_gen.spec import Plan, Quote


def models(
    name: Annotated[str | None, typer.Argument(help="Show all facts about one model.")] = None,
    provider: Annotated[str | None, typer.Option("--provider", "-p", help="Only this provider's models.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-s", help="Only models whose name holds this.")] = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Retired models too.")] = False,
    health: Annotated[
        bool, typer.Option("--health", help="How the models that were used lately have been doing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the models of the catalog, or show one."""
    from video_gen.catalog import load_catalog

    if health:
        show_health(name, as_json=as_json)
        return
    catalog = load_catalog()
    if name is not None:
        for card in catalog.chain(name):
            _show_card(catalog, card, as_json=as_json)
        return
    fitting = [card for card in catalog.cards.values() if _fits(card, provider, search)]
    cards = [card for card in fitting if everything or search or card.lifecycle.status != "retired"]
    if as_json:
        for card in cards:
            print_json(card.model_dump(mode="json", exclude_none=True))
        return
    table(
        ("model", "title", "status", "seconds", "size", "sound", "price"),
        [_row(card) for card in cards],
    )
    hidden = len(fitting) - len(cards)
    if hidden:
        retired = "1 retired one is" if hidden == 1 else f"{hidden} retired ones are"
        note(f"{len(cards)} model{'' if len(cards) == 1 else 's'}; {retired} left out (--all shows them)")
    elif not cards:
        note("no model fits")


def _fits(card: "ModelCard", provider: str | None, search: str | None) -> bool:
    if provider is not None and card.provider != provider:
        return False
    words = " ".join((card.id, card.title, card.family, *card.aliases)).lower()
    return search is None or search.lower() in words


def _row(card: "ModelCard") -> tuple[str, ...]:
    from video_gen.catalog.describe import durations, price, sizes, sound, status

    return (card.id, card.title, status(card), durations(card), sizes(card), sound(card), price(card))


def _show_card(catalog: "Catalog", card: "ModelCard", *, as_json: bool) -> None:
    if as_json:
        print_json(card.model_dump(mode="json", exclude_none=True))
        return
    from video_gen.catalog.describe import describe

    provider = catalog.provider_of(card)
    facts([*describe(card), ("provider", provider.title), ("keys", ", ".join(provider.key_env))])


def plan(
    prompt: options.PromptArgument = None,
    model: options.Model = None,
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
    strict: options.Strict = False,
    extra: options.Extra = None,
    as_json: JsonOption = False,
) -> None:
    """Show what exactly would be sent, how it differs from what was asked, and its quote. Spends nothing."""
    for one in _plans(prompt, **options.words(locals())):
        if as_json:
            print_json(one.model_dump(mode="json", exclude_none=True))
        else:
            print_plan(one)


def quote(
    prompt: options.PromptArgument = None,
    model: options.Model = None,
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
    count: options.Count = 1,
    policy: options.Policy = None,
    provider: options.Providers = None,
    allow: options.Allow = None,
    deny: options.Deny = None,
    fallback: options.Fallback = None,
    fallbacks: options.Fallbacks = None,
    strict: options.Strict = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a video would cost, and how that comes about. Spends nothing."""
    words = options.words(locals())
    for one in _plans(prompt or ["(any prompt)"], **words):
        if as_json:
            print_json({"model": one.model, **_quote_object(one.quote)})
        else:
            say(f"{one.model}: {price_text(one.quote)}")
            for line in one.quote.breakdown:
                units = f"{line.quantity:g} {line.unit}{'' if line.quantity == 1 else 's'}"
                say(f"  {line.label}: {units} x {_usd(line.unit_price)} = {_usd(line.amount)}")
            if one.quote.source:
                say(f"  price: {one.quote.source}")


def _plans(prompts: list[str] | None, **words: Any) -> list["Plan"]:
    import asyncio

    from video_gen.client import AsyncClient

    async def ask() -> list["Plan"]:
        async with AsyncClient.here() as client:
            return [await client.plan(prompt, **words) for prompt in options.prompts(prompts, words)]

    return asyncio.run(ask())


def print_plan(one: "Plan") -> None:
    """Print a plan for a person."""
    settings = one.settings
    if one.decision is not None:
        say(f"routing: {one.decision}")
    size = f"{settings.width}x{settings.height}" if settings.width else "left to the provider"
    facts(
        [
            ("model", f"{one.model} ({one.provider})"),
            ("task", one.task.replace("_", " ")),
            ("prompt", settings.prompt),
            ("seconds", _text(settings.seconds)),
            ("size", " ".join(filter(None, [size, settings.aspect_ratio, settings.resolution]))),
            ("fps", "" if settings.fps is None else f"{settings.fps:g}"),
            ("audio", "" if settings.audio is None else ("on" if settings.audio else "off")),
            ("seed", "" if settings.seed is None else str(settings.seed)),
            ("camera", "" if settings.camera is None else str(settings.camera)),
            ("quote", price_text(one.quote)),
        ]
    )
    for other in one.alternatives:
        say(f"else: {other.model} ({other.provider}), {price_text(other.quote)}")
    for adjustment in one.adjustments:
        say(f"adjusted: {adjustment.reason}")
    for warning in one.warnings:
        say(f"warning: {warning}")


def _text(seconds: float | None) -> str:
    return "left to the provider" if seconds is None else f"{seconds:g}"


def _usd(amount: int) -> str:
    from video_gen.spec import usd

    return usd(amount)


def price_text(quote: "Quote") -> str:
    """Return "$0.40", "$0.40 to $0.60 (why)" or "unknown (why)"."""
    why = f" ({quote.note})" if quote.note else ""
    if quote.exact:
        return _usd(quote.low)
    if quote.high is None:
        return f"at least {_usd(quote.low)}{why}" if quote.low else f"unknown{why}"
    return f"{_usd(quote.low)} to {_usd(quote.high)}{why}"


def _quote_object(quote: "Quote") -> dict[str, Any]:
    from video_gen.spec.money import MICRO

    return {
        "currency": "USD",
        "low": quote.low / MICRO,
        "high": None if quote.high is None else quote.high / MICRO,
        "exact": quote.exact,
        "note": quote.note,
        "source": quote.source,
        "breakdown": [
            {
                "label": line.label,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_price": line.unit_price / MICRO,
                "amount": line.amount / MICRO,
            }
            for line in quote.breakdown
        ],
    }
