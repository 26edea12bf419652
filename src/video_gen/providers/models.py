"""Which card of the catalog a backend means by a model's name."""

from video_gen.catalog import Catalog, ModelCard
from video_gen.config import Config
from video_gen.exceptions import UnknownModelError
from video_gen.spec import Provider


def model_of(name: str, services: tuple[str, ...], settings: Config, catalog: Catalog) -> str:
    """Return the id of the card that `name` means at the first of some services.

    Where its owner has switched it off there, the same model at the next service that is set up stands in for it.

    Args:
        name: As a service calls it, or any name the catalog knows.
        services: Ids of providers; the first is the one that is set up to be used.
        settings: Says which of the others could be used.
        catalog: What there is.

    Raises:
        UnknownModelError: there is no such model, or none of these services has it.
    """
    found = [card for service in services if (card := _at(service, name, catalog)) is not None]
    if not found:
        others = ", ".join(card.id for card in catalog.cards.values() if card.provider in services)
        raise UnknownModelError(f"`{name}` is no model of {' or '.join(services)}: choose one of {others}")
    usable = (card for card in found if _serves(card, found[0], settings, catalog))
    return next(usable, found[0]).id


def _at(service: str, name: str, catalog: Catalog) -> ModelCard | None:
    own = catalog.cards.get(f"{service}/{name}")
    if own is not None:
        return own
    try:
        asked = catalog.card(name)
    except UnknownModelError:
        return None
    kin = (card for card in catalog.cards.values() if card.provider == service and card.family == asked.family)
    return asked if asked.provider == service else next(kin, None)


def _serves(card: ModelCard, first: ModelCard, settings: Config, catalog: Catalog) -> bool:
    provider = catalog.provider_of(card)
    alive = card.lifecycle.status != "retired" or settings.base_url_for(provider) is not None
    return alive and (card is first or _set_up(provider, settings))


def _set_up(provider: Provider, settings: Config) -> bool:
    if provider.signing == "google":
        return bool(settings.settings_for(provider).get("project"))
    return settings.key_for(provider) is not None
