"""`client.models`: what can be asked for, as rows."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from video_gen.catalog import ModelCard, describe
from video_gen.client.installation import Installation

Rows = list[dict[str, Any]]
Cards = Sequence[ModelCard]


class ModelsView:
    """The models of an installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    async def list(self, *, retired: bool = False) -> Rows:
        """Return a row for each model, by id, without those that their owners have switched off.

        A row has `id`, `type` ("video" or "image"), `name`, `owned_by` (the provider), `aliases`, `status`, `price` in
        words, and `facts`: what it takes and makes, in words.

        Args:
            retired: With those switched off, which a relay of yours may still serve.
        """
        return await self._installation.models(retired=retired)

    async def cards(self, name: str | None = None) -> Cards:
        """Return models as the catalog describes them: of a try-order, or the one whose id or alias is `name`; or all.

        Raises:
            UnknownModelError: there is neither.
        """
        return await self._installation.cards(name)


class ModelsCalls:
    """The models of an installation, for a `Client`."""

    def __init__(self, models: Callable[[], ModelsView], call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._models = models
        self._call = call

    def list(self, *, retired: bool = False) -> Rows:
        """Return a row for each model; see `ModelsView.list`."""
        rows: Rows = self._call(self._models().list(retired=retired))
        return rows


def rows_of(cards: Iterable[ModelCard], *, retired: bool) -> Rows:
    """Return a row for each of some models; see `ModelsView.list`."""
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
