"""Models by Replicate's names: OWNER/NAME, or the id of a version, of which each model has one."""

import re
from hashlib import sha256
from typing import Final, NamedTuple

from video_gen.catalog import ModelCard
from video_gen.server.dialects.inputs import card_named
from video_gen.server.gateway import Gateway

_VERSION: Final = re.compile(r":[0-9a-f]{64}\Z")
"""What follows a name to say its version; any other colon is part of the name, as in `bedrock/luma.ray-v2:0`."""


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
    found = _VERSION.search(version)
    named = version[: found.start()] if found else version
    if "/" in named:
        return card_of(gateway, *name_of(named)).id
    return next((card.id for card in gateway.models() if version_of(card.id) == named), version)
