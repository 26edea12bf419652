"""Cards made up for one question each, and the shipped catalog."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from video_gen.catalog import Catalog, ModelCard, load_catalog, plan
from video_gen.spec import MediaRef, Plan, Provider, Request

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def provider() -> Provider:
    return Provider(id="acme", title="Acme", protocol="openai", base_url="https://acme.example", key_env=("ACME_KEY",))


@pytest.fixture(scope="session")
def card_of() -> Callable[..., ModelCard]:
    """Build a card that knows nothing but what is given."""

    def build(**facts: Any) -> ModelCard:
        known = {"id": "acme/one", "wire": "one", "title": "One", "source": "a test", "checked": TODAY}
        return ModelCard.model_validate({**known, **facts})

    return build


@pytest.fixture(scope="session")
def plan_of(provider: Provider) -> Callable[..., Plan]:
    """Plan a request, given as fields, against a card."""

    def build(card: ModelCard, service: Provider = provider, *, allow_retired: bool = False, **asked: Any) -> Plan:
        request = Request.of(**{"prompt": "a calm ocean", **asked})
        return plan(request, card, service, today=TODAY, allow_retired=allow_retired)

    return build


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def plan_named(catalog: Catalog, plan_of: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plan against a shipped card, retired or not, for what it makes."""

    def build(name: str, **asked: Any) -> Plan:
        card = catalog.card(name)
        return plan_of(card, catalog.provider_of(card), allow_retired=True, **{"kind": card.makes, **asked})

    return build


@pytest.fixture(scope="session")
def cards_of(catalog: Catalog) -> Callable[[str], list[ModelCard]]:
    """Every card of one provider."""
    return lambda provider: [card for card in catalog.cards.values() if card.provider == provider]


@pytest.fixture(scope="session")
def picture() -> Callable[..., MediaRef]:
    """A picture handed in, of the given size."""

    def build(width: int | None = 1600, height: int | None = 900) -> MediaRef:
        return MediaRef(sha256="a" * 64, media_type="image/png", bytes=1000, width=width, height=height)

    return build


@pytest.fixture(scope="session")
def clip() -> Callable[..., MediaRef]:
    """A video handed in."""

    def build(seconds: float | None = 4.2) -> MediaRef:
        return MediaRef(sha256="b" * 64, media_type="video/mp4", bytes=9000, width=1280, height=720, seconds=seconds)

    return build
