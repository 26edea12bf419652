"""`/models`: what can be asked for, each with the one version it has."""

from datetime import UTC, datetime, time
from typing import Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from video_gen.catalog import ModelCard
from video_gen.server.access import Reads
from video_gen.server.dialects.replicate.asked import Input
from video_gen.server.dialects.replicate.names import card_of, name_of, version_of
from video_gen.server.faults import NoSuchPathError

router = APIRouter(prefix="/models")

_COG: Final = "0.16.0"
"""The version whose schemas look as ours do: newer than 0.3.9, where an output that is a list is one."""


class Version(BaseModel):
    """What a model takes."""

    id: str
    created_at: str
    cog_version: str
    openapi_schema: dict[str, Any]


class Model(BaseModel):
    """A model."""

    url: str
    owner: str
    name: str
    description: str
    visibility: Literal["public"] = "public"
    github_url: None = None
    paper_url: None = None
    license_url: None = None
    run_count: int = Field(default=0, description="Not counted: always 0.")
    cover_image_url: None = None
    default_example: None = None
    latest_version: Version


class Models(BaseModel):
    """The models this key may use."""

    previous: None = None
    next: None = None
    results: list[Model]


class Versions(BaseModel):
    """A model's versions."""

    previous: None = None
    next: None = None
    results: list[Version]


@router.get("", summary="List models")
async def models(gateway: Reads) -> Models:
    """List the models that can be used now, all on one page."""
    cards = [card for card in gateway.models() if card.lifecycle.status != "retired"]
    return Models(results=[_shown(card, gateway.base_url) for card in cards])


@router.get("/{owner}/{name:path}/versions/{version}", summary="Look at a model's version")
async def version(gateway: Reads, owner: str, name: str, version: str) -> Version:
    """Find a model's version by its id."""
    found = _version(card_of(gateway, owner, name))
    if version != found.id:
        raise NoSuchPathError(f"`{owner}/{name}` has no version `{version[:80]}`: its only one is {found.id}")
    return found


@router.get("/{owner}/{name:path}/versions", summary="List a model's versions")
async def versions(gateway: Reads, owner: str, name: str) -> Versions:
    """Tell the only version a model has."""
    return Versions(results=[_version(card_of(gateway, owner, name))])


@router.get("/{owner}/{name:path}", summary="Look at a model")
async def model(gateway: Reads, owner: str, name: str) -> Model:
    """Find a model by its owner and name."""
    return _shown(card_of(gateway, owner, name), gateway.base_url)


def _shown(card: ModelCard, base_url: str) -> Model:
    owner, name = name_of(card.id)
    return Model(
        url=f"{base_url}/api/v1/models/{card.id}",
        owner=owner,
        name=name,
        description=card.note or card.title,
        latest_version=_version(card),
    )


def _version(card: ModelCard) -> Version:
    released = card.lifecycle.released or card.checked
    schemas = {
        "Input": Input.model_json_schema(),
        "Output": {"type": "string", "title": "Output", "format": "uri"},
    }
    document = {"openapi": "3.0.2", "info": {"title": "Cog", "version": "0.1.0"}, "paths": {}}
    return Version(
        id=version_of(card.id),
        created_at=datetime.combine(released, time(), UTC).isoformat(),
        cog_version=_COG,
        openapi_schema=document | {"components": {"schemas": schemas}},
    )
