"""Reads catalog files: those of this package and those other packages announce.

A package announces its files by an entry point in the group `video_gen.catalogs` whose value is a package that
holds `*.toml`.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import tomli  # compiled: the standard library's takes three times as long, at the start of every command
from pydantic import Field, ValidationError

from video_gen.catalog.card import ModelCard
from video_gen.catalog.notes import choices
from video_gen.exceptions import ConfigurationError, UnknownModelError
from video_gen.spec import Provider, Value

GROUP = "video_gen.catalogs"


class Chain(Value):
    """Models to try in this order, under a name of their own."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    models: tuple[str, ...] = Field(min_length=1)
    """Cards' ids."""
    note: str = ""


class CatalogFile(Value):
    """One TOML file: a provider, its models, and try-orders that begin with one of them."""

    provider: Provider
    model: tuple[ModelCard, ...] = Field(min_length=1)
    chain: tuple[Chain, ...] = ()


class Catalog:
    """Every provider and model card known, by id and by alias."""

    def __init__(self, catalog_files: Iterable[CatalogFile]) -> None:
        """Index the files.

        Raises:
            ConfigurationError: two cards or aliases share a name, or a card's id does not begin with its provider's.
        """
        self._providers: dict[str, Provider] = {}
        self._cards: dict[str, ModelCard] = {}
        self._names: dict[str, str] = {}
        self._chains: dict[str, Chain] = {}
        for file in catalog_files:
            self._add(file)

    def _add(self, file: CatalogFile) -> None:
        provider = file.provider
        if provider.id in self._providers:
            raise ConfigurationError(f"two catalog files describe the provider `{provider.id}`")
        self._providers[provider.id] = provider
        for card in file.model:
            if card.provider != provider.id:
                raise ConfigurationError(f"card `{card.id}` stands in the file of provider `{provider.id}`")
            self._cards[card.id] = card
            for name in (card.id, *card.aliases):
                key = name.lower()
                if key in self._names:
                    raise ConfigurationError(f"`{name}` names both `{self._names[key]}` and `{card.id}`")
                self._names[key] = card.id
        for chain in file.chain:
            if chain.name in self._chains:
                raise ConfigurationError(f"two catalog files have a try-order `{chain.name}`")
            self._chains[chain.name] = chain

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Providers by id."""
        return MappingProxyType(self._providers)

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """Model cards by id."""
        return MappingProxyType(self._cards)

    @property
    def chains(self) -> Mapping[str, Chain]:
        """Try-orders by name."""
        return MappingProxyType(self._chains)

    def chain(self, name: str) -> tuple[ModelCard, ...]:
        """Return the cards of a try-order, or the one whose id or alias is `name`.

        Raises:
            UnknownModelError: there is neither.
        """
        found = self._chains.get(name.strip().lower())
        return (self.card(name),) if found is None else tuple(self.card(model) for model in found.models)

    def card(self, name: str) -> ModelCard:
        """Return the card whose id or alias is `name`, in any case.

        Raises:
            UnknownModelError: there is none; the message offers the nearest names.
        """
        found = self._names.get(name.strip().lower())
        if found is None:
            near = self._near(name.strip().lower())
            hint = f"did you mean {choices(near)}? " if near else ""
            raise UnknownModelError(f"there is no model `{name}`: {hint}`video-gen models` lists them all")
        return self._cards[found]

    def _near(self, name: str) -> list[str]:
        """Return the nearest names, each of another model, in backticks."""
        found: dict[str, str] = {}
        for near in get_close_matches(name, self._names, n=9, cutoff=0.5):
            found.setdefault(self._names[near], f"`{near}`")
        return list(found.values())[:3]

    def provider(self, provider_id: str) -> Provider:
        """Return a provider by its id.

        Raises:
            ConfigurationError: the catalog has none of that name (any more).
        """
        if provider_id not in self._providers:
            raise ConfigurationError(f"there is no provider `{provider_id}` in the catalog")
        return self._providers[provider_id]

    def provider_of(self, card: ModelCard) -> Provider:
        """Return the provider that serves `card`."""
        return self._providers[card.provider]


def parse_catalog_file(text: str, name: str) -> CatalogFile:
    """Read one TOML file.

    Raises:
        ConfigurationError: names the file and the first thing wrong in it.
    """
    try:
        return CatalogFile.model_validate(tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        raise ConfigurationError(f"catalog file {name} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"catalog file {name}, {where} `{_short(first['input'])}`: {first['msg']}") from None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


@cache
def load_catalog() -> Catalog:
    """Load every installed catalog file.

    Raises:
        ConfigurationError: a file is broken, or two of them claim one name.
    """
    packages = sorted({point.value for point in entry_points(group=GROUP)})
    return Catalog(
        parse_catalog_file(entry.read_text(encoding="utf-8"), f"{package}/{entry.name}")
        for package in packages
        for entry in sorted(files(package).iterdir(), key=lambda item: item.name)
        if entry.name.endswith(".toml")
    )
