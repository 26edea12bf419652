"""`/models`: what can be asked for."""

from datetime import UTC, datetime, time
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from video_gen.catalog import ModelCard, describe
from video_gen.catalog.card import Range
from video_gen.server.access import Reads

router = APIRouter()

Kind = Literal["all", "video", "image", "text", "asr", "code", "embedding", "inpaint", "music", "tts", "upscale"]
_EVERYTHING: Final = ("all", None)


class Model(BaseModel):
    """A model."""

    id: str
    type: str = Field(examples=["video"])
    object: Literal["model"] = "model"
    name: str
    owned_by: str
    created: int = Field(description="When it was released, in seconds since 1970; 0 where that is unknown.")
    model_spec: dict[str, Any]


class Models(BaseModel):
    """The models this key may use."""

    object: Literal["list"] = "list"
    type: str
    data: list[Model]


@router.get("/models", summary="List models")
async def models(
    gateway: Reads,
    type: Annotated[Kind | None, Query(description="Which kind; not said: all.")] = None,  # noqa: A002
) -> Models:
    """List the models that can be used now."""
    cards = [card for card in gateway.models() if card.lifecycle.status != "retired"]
    listed = [_shown(card) for card in cards if type in _EVERYTHING or card.makes == type]
    return Models(type=type or "all", data=listed)


def _shown(card: ModelCard) -> Model:
    released = card.lifecycle.released
    spec = {
        "name": card.title,
        "description": card.note or card.title,
        "offline": False,
        "pricing": {"text": describe.price(card)},
        "constraints": _constraints(card),
    }
    return Model(
        id=card.id,
        type=card.makes,
        name=card.title,
        owned_by=card.provider,
        created=0 if released is None else int(datetime.combine(released, time(), UTC).timestamp()),
        model_spec=spec,
    )


def _constraints(card: ModelCard) -> dict[str, Any]:
    """Return what the model offers; a list is empty where anything goes, or nobody knows."""
    durations = card.durations
    return {
        "aspect_ratios": list(card.ratios or ()),
        "resolutions": list(card.resolutions or card.sizes or ()),
        "durations": [] if durations is None or isinstance(durations, Range) else [f"{each:g}s" for each in durations],
        "model_type": "image-to-video" if card.first_frame == "required" else "text-to-video",
        "audio": card.audio not in {None, "never"},
        "audio_configurable": card.audio == "optional",
    }
