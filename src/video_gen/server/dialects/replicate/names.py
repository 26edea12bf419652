"""Models by Replicate's names: OWNER/NAME, or the id of a version, of which each model has one."""

from hashlib import sha256
from typing import NamedTuple

from video_gen.catalog import ModelCard
from video_gen.server.dialects.inputs import card_named
from video_gen.server.gateway import Gateway


class Name(NamedTuple):
    """How Replicate names a model."""

    owner: str
    name: str


def name_of(model: str) -> Name:
    """Return the two parts of a model's id: the owner is what stands before the first slash."""
    owner, _, name = model.partition("/")
    return Name(owner, name)


def version_of(model: str) -> str:
    """Return the id of a model's version."""
    return sha256(model.encode()).hexdigest()


def card_of(gateway: Gateway, owner: str, name: str) -> ModelCard:
    """Return the model of an owner and a name; where there is none, Replicate's own of that name.

    Raises:
        UnknownModelError: there is neither.
    """
    return card_named(gateway, f"{owner}/{name}", "replicate")


def model_of(gateway: Gateway, version: str) -> str:
    """Return what to ask for by a version's id, OWNER/NAME, OWNER/NAME:VERSION, or any word for a model.

    Raises:
        UnknownModelError: there is no such model.
    """
    named, _, _ = version.partition(":")
    if "/" in named:
        return card_of(gateway, *name_of(named)).id
    return next((card.id for card in gateway.models() if version_of(card.id) == named), version)
