"""Write docs/reference/providers.md from the catalog: how to use each provider."""

from typing import Final

from _generate import publish

from video_gen.catalog import Catalog, ModelCard, load_catalog
from video_gen.catalog.describe import price, status
from video_gen.client.wiring import load_protocol
from video_gen.spec import Guarantee, Provider

HEAD = """\
# Providers

<!-- Written by tools/providers_reference.py from src/video_gen/catalog/data; `make docs` writes it again. -->

How to use each provider: what to set, a first video, and what to know before it costs money. Variables are read from
the environment or from `.env`. [Use a provider](../how-to/use-a-provider.md) tells what is the same for all of them,
[Models](models.md) what each model accepts, and [What is proven](proofs.md) what was tried.
"""
LOST: Final = {
    Guarantee.IDEMPOTENT: "it is sent again with the same key, of which the provider makes one job.",
    Guarantee.FINDABLE: "the provider is asked what became of it, and the job that was made is gone on with.",
    Guarantee.NONE: "the provider has no way to tell, so the price stays held and "
    "[you decide](../how-to/use-a-provider.md#when-an-answer-is-lost).",
}
CREDENTIALS: Final = {
    "google": "without it, google-auth finds this machine's credentials",
    "sigv4": "without it, botocore finds this machine's credentials",
}


def code(names: tuple[str, ...]) -> str:
    """Return variable names as code, the first to count first."""
    return " or ".join(f"`{name}`" for name in names)


def example(cards: list[ModelCard]) -> ModelCard:
    """Return the model to begin with: one that lives, makes a video of a prompt, and whose price is known."""
    return min(
        cards,
        key=lambda card: (
            status(card).startswith("retired"),
            card.makes != "video",
            "text_to_video" not in (card.tasks or ()),
            not card.prices,
        ),
    )


def exports(provider: Provider) -> list[str]:
    """Return the variables without which nothing can be sent."""
    needed = [provider.settings_env[name][0] for name in provider.needs if name in provider.settings_env]
    signs = [provider.settings_env["access_key"][0]] if provider.signing == "jwt" else []
    return [*provider.key_env[:1], *signs, *needed]


def guarantee(provider: Provider) -> Guarantee:
    """Return what is promised of a submit whose answer was lost; some relays lack the list that OpenAI has."""
    return Guarantee.NONE if provider.settings.get("lists") == "no" else load_protocol(provider.protocol).guarantee


def facts(provider: Provider, cards: list[ModelCard]) -> list[str]:
    """Return what is to be known of a provider, a line each."""
    lines = []
    if provider.key_env:
        also = CREDENTIALS.get(provider.signing)
        lines.append(f"Key: {code(provider.key_env)}{f'; {also}' if also else ''}.")
    lines += [
        f"{'Needed: ' if name in provider.needs else 'Setting: '}{name}, {code(names)}."
        for name, names in provider.settings_env.items()
    ]
    at = f", another one by {code(provider.base_url_env)}" if provider.base_url_env else ""
    if provider.base_url:
        lines.append(f"Address: `{provider.base_url}`{at}.")
    lines.append(f"When the answer to a submit is lost, {LOST[guarantee(provider)]}")
    if provider.concurrency is not None:
        lines.append(f"Jobs at once: {provider.concurrency}.")
    if provider.submits_per_minute is not None:
        lines.append(f"Jobs in a minute: {provider.submits_per_minute}.")
    living = [card for card in cards if not status(card).startswith("retired")]
    lines.append(f"[Models](models.md#{provider.id}): {len(living)} that live, of {len(cards)} known.")
    if provider.docs:
        lines.append(f"Its own documentation: <{provider.docs}>.")
    return lines


def first_video(provider: Provider, card: ModelCard) -> str:
    """Return the commands that make a first video, or a first image where no video can be had."""
    if status(card).startswith("retired"):
        instead = f": use `{card.lifecycle.replacement}`" if card.lifecycle.replacement else ""
        return f"None of its models lives{instead}. A relay that still serves them is named by its address variable.\n"
    exported = [f"$ export {name}=..." for name in exports(provider)]
    command, file = ("image", "ocean.png") if card.makes == "image" else ("generate", "ocean.mp4")
    lines = [*exported, f'$ video-gen {command} "a calm ocean at sunset" --model {card.id} -o {file}']
    return "\n".join(["```console norun", *lines, "```", "", f"Price: {price(card)}.\n"])


def section(provider: Provider, cards: list[ModelCard]) -> str:
    """Return how to use one provider."""
    note = [provider.note, ""] if provider.note else []
    known = [f"- {line}" for line in facts(provider, cards)]
    return "\n".join(
        [f"## {provider.id}", "", f"{provider.title}.", "", *note, first_video(provider, example(cards)), *known, ""]
    )


def page(catalog: Catalog) -> str:
    """Return the whole page: the providers by name."""
    cards = catalog.cards.values()
    providers = sorted(catalog.providers.values(), key=lambda each: each.id)
    return "\n".join([HEAD, *(section(one, [card for card in cards if card.provider == one.id]) for one in providers)])


if __name__ == "__main__":
    publish("providers.md", page(load_catalog()))
