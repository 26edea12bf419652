"""`/v1/models`: what can be asked for."""

from datetime import UTC, date, datetime, time
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.catalog import ModelCard
from video_gen.server.access import Reads

router = APIRouter(prefix="/v1/models", tags=["openai"])


class Model(BaseModel):
    """A model."""

    id: str = Field(description="Its id.", examples=["local/draft"])
    object: Literal["model"] = "model"
    created: int = Field(description="When it was released, in seconds since 1970; 0 where that is unknown.")
    owned_by: str = Field(description="The provider that serves it.", examples=["local"])
    shutdown_date: date | None = Field(description="The day it ends, where its owner named one.")


class Models(BaseModel):
    """The models this key may use."""

    object: Literal["list"] = "list"
    data: list[Model]


@router.get("", summary="List models")
async def models(gateway: Reads) -> Models:
    """List the models that can be used now; those that were switched off are left out."""
    return Models(data=[_shown(card) for card in gateway.models() if card.lifecycle.status != "retired"])


@router.get("/{model:path}", summary="Look at a model")
async def model(gateway: Reads, model: str) -> Model:
    """Find a model by its id or an alias."""
    return _shown(gateway.model(model))


def _shown(card: ModelCard) -> Model:
    released = card.lifecycle.released
    created = 0 if released is None else int(datetime.combine(released, time(), UTC).timestamp())
    return Model(id=card.id, created=created, owned_by=card.provider, shutdown_date=card.lifecycle.retires)
