"""`/api/v1/models`: what can be asked for, and what it costs."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.catalog import ModelCard, describe
from video_gen.server.access import Reads

router = APIRouter(prefix="/api/v1/models", tags=["models"])


class Model(BaseModel):
    """A model of the catalog."""

    id: str = Field(description="Its id.", examples=["local/draft"])
    object: Literal["model"] = "model"
    type: Literal["video", "image"] = Field(description="What it makes.")
    name: str = Field(description="What people call it.")
    owned_by: str = Field(description="The provider that serves it.", examples=["local"])
    aliases: list[str] = Field(description="Other names it answers to.")
    status: str = Field(description="`active`, `preview`, `deprecated`, `retired 2026-09-24` ...")
    price: str = Field(description="In words.", examples=["free"])
    facts: dict[str, str] = Field(description="What it takes and makes, in words.")


class Models(BaseModel):
    """The models this key may use."""

    object: Literal["list"] = "list"
    data: list[Model] = Field(description="One for each model.")


@router.get("", summary="List models")
async def models(gateway: Reads) -> Models:
    """List the models that the caller may use."""
    return Models(data=[_shown(card) for card in gateway.models()])


@router.get("/{model:path}", summary="Look at a model")
async def model(gateway: Reads, model: str) -> Model:
    """Tell what a model takes, makes and costs; by its id or an alias."""
    return _shown(gateway.model(model))


def _shown(card: ModelCard) -> Model:
    return Model(
        id=card.id,
        type="image" if card.tasks == ("text_to_image",) else "video",
        name=card.title,
        owned_by=card.provider,
        aliases=list(card.aliases),
        status=describe.status(card),
        price=describe.price(card),
        facts={name: words for name, words in describe.describe(card) if words},
    )
