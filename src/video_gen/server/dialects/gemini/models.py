"""`/models`: what can be asked for."""

from typing import Any

from fastapi import APIRouter

from video_gen.catalog import ModelCard
from video_gen.server.access import Reads

router = APIRouter()


@router.get("/{version}/models", summary="List models")
async def models(gateway: Reads, version: str) -> dict[str, Any]:  # noqa: ARG001 - any version
    """List the models that can be used now."""
    return {"models": [_shown(card) for card in gateway.models() if card.lifecycle.status != "retired"]}


@router.get("/{version}/models/{model:path}", summary="Look at a model")
async def model(gateway: Reads, version: str, model: str) -> dict[str, Any]:  # noqa: ARG001 - any version
    """Find a model by its id or an alias."""
    return _shown(gateway.model(model))


def _shown(card: ModelCard) -> dict[str, Any]:
    return {
        "name": f"models/{card.id}",
        "displayName": card.title,
        "description": card.note or card.title,
        "version": "1",
        "supportedGenerationMethods": ["predictLongRunning", "interactions"] if card.makes == "video" else [],
    }
