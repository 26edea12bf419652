"""IndoxRouter's paths that other dialects have too; they are its own for clients that logged in (see `tokens`)."""

from collections.abc import Iterable

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.catalog import ModelCard, describe
from video_gen.exceptions import UnknownModelError
from video_gen.server.access import Reads
from video_gen.server.dialect import Dialect, routes_for
from video_gen.server.dialects.generations import add_generations
from video_gen.server.dialects.indox.problem import render
from video_gen.server.dialects.indox.tokens import KEY_READERS, recognizes

router = APIRouter(prefix="/api/v1", tags=["indoxrouter"], route_class=routes_for(recognizes), include_in_schema=False)

DIALECT = Dialect(
    name="indox-shared",
    router=router,
    prefixes=("/api/v1",),
    render=render,
    key_readers=KEY_READERS,
    recognizes=recognizes,
)


add_generations(router, "/images/generations")


class Model(BaseModel):
    """A model of one provider."""

    id: str = Field(description="Without its provider.")
    name: str
    description: str
    type: str = Field(examples=["video"])
    status: str
    pricing: str = Field(description="In words.")


class Provider(BaseModel):
    """A provider, and its models."""

    name: str
    models: list[Model]


class ModelInfo(Model):
    """A model, with all that is known of it."""

    provider: str
    facts: dict[str, str]


@router.get("/models")
async def models(gateway: Reads) -> list[Provider]:
    """List the models that can be used now, by provider."""
    found: dict[str, list[Model]] = {}
    for card in _alive(gateway.models()):
        found.setdefault(card.provider, []).append(Model(**_shown(card)))
    return [Provider(name=name, models=listed) for name, listed in found.items()]


@router.get("/models/{provider}")
async def of_provider(gateway: Reads, provider: str) -> Provider:
    """List the models of one provider."""
    cards = [card for card in _alive(gateway.models()) if card.provider == provider]
    if not cards:
        raise UnknownModelError(f"there is no provider `{provider[:80]}`, or none of its models can be used")
    return Provider(name=provider, models=[Model(**_shown(card)) for card in cards])


@router.get("/models/{provider}/{model:path}")
async def info(gateway: Reads, provider: str, model: str) -> ModelInfo:
    """Tell all that is known of a model."""
    card = gateway.model(f"{provider}/{model}")
    facts = {name: words for name, words in describe.describe(card) if words}
    return ModelInfo(provider=card.provider, facts=facts, **_shown(card))


def _alive(cards: Iterable[ModelCard]) -> list[ModelCard]:
    return [card for card in cards if card.lifecycle.status != "retired"]


def _shown(card: ModelCard) -> dict[str, str]:
    return {
        "id": card.id.partition("/")[2],
        "name": card.title,
        "description": card.note or card.title,
        "type": card.makes,
        "status": describe.status(card),
        "pricing": describe.price(card),
    }
