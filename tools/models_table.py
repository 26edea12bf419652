"""Write docs/reference/models.md from the catalog."""

from _generate import publish, table

from video_gen.catalog import ModelCard, load_catalog
from video_gen.catalog.describe import durations, price, sizes, sound, status
from video_gen.spec import Provider

HEAD = """\
# Models

<!-- Written by tools/models_table.py from src/video_gen/catalog/data; `make docs` writes it again. -->

What each model accepts and costs, as far as its owner says; `unknown` means that nobody said, never "no". `--model`
takes the id or an alias. `video-gen models MODEL` shows everything known about one of them.
"""
ORDERS = """\
## Try-orders

`--model` takes these names too: the first that can be had makes the video.

"""
HEADINGS = ["model", "aliases", "status", "seconds", "size", "sound", "price", "source"]


def row(card: ModelCard) -> list[str]:
    """Return one model's line."""
    aliases = ", ".join(f"`{alias}`" for alias in card.aliases)
    life = status(card) + (f", use `{card.lifecycle.replacement}`" if card.lifecycle.replacement else "")
    source = (
        f"[{card.checked}]({card.source})" if card.source.startswith("https://") else f"{card.source}, {card.checked}"
    )
    return [
        f"`{card.id}`", aliases, life, durations(card), sizes(card), sound(card), price(card), source,
    ]  # fmt: skip


def section(provider: Provider, cards: list[ModelCard]) -> str:
    """Return one provider's table."""
    note = f"\n{provider.note}\n" if provider.note else ""
    return f"## {provider.id}\n\n{provider.title}.\n{note}\n{table(HEADINGS, [row(card) for card in cards])}\n"


def page() -> str:
    """Return the whole page: the providers by name, their cards in the order of the file."""
    catalog = load_catalog()
    cards, chains = catalog.cards.values(), catalog.chains.values()
    providers = sorted(catalog.providers.values(), key=lambda each: each.id)
    tables = [section(each, [card for card in cards if card.provider == each.id]) for each in providers]
    orders = [[f"`{each.name}`", ", ".join(f"`{model}`" for model in each.models), each.note] for each in chains]
    return "\n".join([HEAD, ORDERS + table(["name", "models", "note"], orders) + "\n", *tables])


if __name__ == "__main__":
    publish("models.md", page())
