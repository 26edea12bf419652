"""`client.models`: what can be asked for, as rows."""

from typing import Any

from video_gen.catalog import Catalog, ModelCard, describe


class ModelsView:
    """The models of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def list(self, *, retired: bool = False) -> list[dict[str, Any]]:
        """Return a row for each model, by id, without those that their owners have switched off.

        A row has `id`, `type` ("video" or "image"), `name`, `owned_by` (the provider), `aliases`, `status`, `price` in
        words, and `facts`: what it takes and makes, in words.

        Args:
            retired: With those switched off, which a relay of yours may still serve.
        """
        cards = (card for _, card in sorted(self._catalog.cards.items()))
        return [_row(card) for card in cards if retired or card.lifecycle.status != "retired"]


def _row(card: ModelCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "type": card.makes,
        "name": card.title,
        "owned_by": card.provider,
        "aliases": [*card.aliases],
        "status": describe.status(card),
        "price": describe.price(card),
        "facts": {name: words for name, words in describe.describe(card) if words},
    }
