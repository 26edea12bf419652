"""Replicate's models, their schemas, and what a model makes of an input.

Which fields there are, and what they may hold, is what the catalog says of each model (the models' own pages). Fields
that a model does not know are passed on to it, which ignores them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final

from video_gen.catalog import load_catalog
from video_gen.catalog.card import ModelCard, Range
from video_gen.testing.emulators.pictures import picture_in, shape
from video_gen.testing.emulators.studio import Film

_LENGTH: Final = 5.0
_BORN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FILES: Final = {
    "first_frame": "image",
    "last_frame": "last_frame",
    "references": "reference_images",
    "source_video": "video",
}


@cache
def cards() -> Mapping[str, ModelCard]:
    """Return the models by owner and name."""
    return {card.wire: card for card in load_catalog().cards.values() if card.provider == "replicate"}


def version_of(model: str) -> str:
    """Return the id of a model's only version."""
    return sha256(f"version of {model}".encode()).hexdigest()


def model_of(version: str) -> str | None:
    """Return the model of "VERSION", "OWNER/NAME" or "OWNER/NAME:VERSION", None where there is none."""
    name, _, wanted = version.partition(":") if "/" in version else ("", "", version)
    for model in cards():
        if name in {"", model} and wanted in ({"", version_of(model)} if name else {version_of(model)}):
            return model
    return None


def file_fields(card: ModelCard) -> dict[str, str]:
    """Return the names of a model's file inputs, by what they are."""
    return {name: card.wire_options.get(name, usual) for name, usual in _FILES.items()}


@cache
def input_schema(model: str) -> dict[str, Any]:
    """Return the schema of a model's input (JSON Schema, as its OpenAPI document holds it)."""
    card = cards()[model]
    uri = {"type": "string", "format": "uri"}
    names = file_fields(card)
    fields: dict[str, Any] = {
        "prompt": {"type": "string"},
        "negative_prompt": {"type": "string"},
        "seed": {"type": "integer"},
        "duration": _length(card),
        "aspect_ratio": _one_of(card.ratios),
        "resolution": _one_of(card.resolutions),
        "mode": _one_of(tuple(each for name, each in card.wire_options.items() if name.startswith("mode_"))),
        card.wire_options.get("audio", "generate_audio"): {"type": "boolean"},
        names["first_frame"]: uri,
        names["last_frame"]: uri,
        names["source_video"]: uri,
        names["references"]: {"type": "array", "items": uri},
    }
    required = ["prompt"] if card.prompt_required else []
    required += [names[name] for name in ("first_frame", "last_frame") if getattr(card, name) == "required"]
    return {"type": "object", "title": "Input", "properties": fields, "required": required}


def version(model: str) -> dict[str, Any]:
    """Return a model's version, as the service shows it."""
    output = {"type": "string", "title": "Output", "format": "uri"}
    schemas = {"Input": input_schema(model), "Output": output}
    document = {"openapi": "3.0.2", "info": {"title": "Cog", "version": "0.1.0"}, "paths": {}}
    return {
        "id": version_of(model),
        "created_at": _BORN.isoformat().replace("+00:00", "Z"),
        "cog_version": "0.16.0",
        "openapi_schema": document | {"components": {"schemas": schemas}},
    }


def shown(model: str) -> dict[str, Any]:
    """Return a model, as the service shows it."""
    owner, _, name = model.partition("/")
    return {
        "url": f"https://replicate.com/{model}",
        "owner": owner,
        "name": name,
        "description": cards()[model].title,
        "visibility": "public",
        "is_official": True,
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 1,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": version(model),
    }


def unreadable(card: ModelCard, given: Mapping[str, Any], known: frozenset[str], host: str) -> str:
    """Return what a model says of a file that it cannot read, empty where there is none.

    Args:
        card: The model.
        given: Its input.
        known: Links of the files that were uploaded.
        host: What those links begin with.
    """
    for field in file_fields(card).values():
        value = given.get(field)
        for link in value if isinstance(value, list) else [value]:
            if not isinstance(link, str):
                continue
            if link.startswith("data:image/"):
                try:
                    picture_in(link)
                except ValueError:
                    return "cannot identify image file <_io.BytesIO object at 0x7f0c5c2b9f40>"
            if link.startswith(host) and link not in known:
                return f"Failed to download file: {link}: 404 Not Found"
    return ""


def film_of(card: ModelCard, given: Mapping[str, Any]) -> Film:
    """Return the film an input asks for."""
    names = file_fields(card)
    modes = {word: name.removeprefix("mode_") for name, word in card.wire_options.items() if name.startswith("mode_")}
    tier = given.get("resolution") or modes.get(given.get("mode", "")) or card.resolution_default
    first = given.get(names["first_frame"])
    ratio = given.get("aspect_ratio") or (None if first else card.ratio_default)
    size = shape(ratio, tier, first)
    audio = given.get(card.wire_options.get("audio", "generate_audio"), card.audio_default or card.audio == "always")
    return Film(
        prompt=given.get("prompt") or "",
        seconds=float(given.get("duration") or card.duration_default or _LENGTH),
        width=size.width,
        height=size.height,
        audio=bool(audio) and card.audio != "never",
        seed=given.get("seed"),
    )


def _length(card: ModelCard) -> dict[str, Any]:
    match card.durations:
        case Range() as allowed:
            return {"type": "integer", "minimum": allowed.min, "maximum": allowed.max}
        case None | ():
            return {"type": "integer"}
        case listed if any(isinstance(rule.durations, Range) for rule in card.rules):
            return {"type": "integer", "minimum": 1, "maximum": max(listed)}
        case listed:
            return {"type": "integer", "enum": [int(each) for each in listed]}


def _one_of(values: tuple[str, ...] | None) -> dict[str, Any]:
    return {"type": "string", **({"enum": list(values)} if values else {})}
