"""What the emulated service has: the catalog's cards, described as its list of models describes them."""

from datetime import UTC, datetime, time
from functools import cache
from typing import Any, Final

from video_gen.catalog import ModelCard, load_catalog
from video_gen.catalog.card import Range

ALIASES: Final = {"dall-e-3": "venice-sd35"}
"""Names of other services, as `/models/compatibility_mapping` has them."""
IMAGE_MODELS: Final = ("venice-sd35", "qwen-image")
TEXT_MODELS: Final = ("venice-uncensored",)
PROMPT_MAX: Final = 2500
"""Characters, where a model names no limit of its own."""
TYPES: Final = frozenset(
    {"asr", "embedding", "image", "music", "text", "tts", "upscale", "inpaint", "video", "all", "code"}
)


@cache
def video_models() -> dict[str, ModelCard]:
    """Return every video model by its name on the wire."""
    return {card.wire: card for card in load_catalog().cards.values() if card.provider == "venice"}


def is_private(card: ModelCard) -> bool:
    """Whether its videos are fetched from an address of their own."""
    return card.wire.endswith("-private")


def durations_of(card: ModelCard) -> list[str]:
    """Return the lengths it makes, as the wire writes them."""
    if isinstance(card.durations, Range):
        low, high, step = card.durations.min, card.durations.max, card.durations.step or 1.0
        values = [low + index * step for index in range(round((high - low) / step) + 1)]
    else:
        values = list(card.durations or ())
    return [f"{value:g}s" for value in values]


def ratios_of(card: ModelCard) -> list[str]:
    """Return the ratios it takes, with the word for "like the picture" where it has one."""
    word = card.wire_options.get("from_image")
    return [*(card.ratios or ()), *([word] if word else ())]


def listed(kind: str) -> list[dict[str, Any]]:
    """Return the rows of `/models?type=kind`; retired models are left out."""
    rows = [_described(card) for card in video_models().values() if card.lifecycle.status != "retired"]
    rows += [_row(name, "image", name) for name in IMAGE_MODELS]
    rows += [_row(name, "text", name) for name in TEXT_MODELS]
    return [row for row in rows if kind in {"all", row["type"]}]


def _row(name: str, kind: str, title: str, **spec: Any) -> dict[str, Any]:
    described = {"name": title, "privacy": "private", "traits": [], **spec}
    return {"id": name, "object": "model", "type": kind, "owned_by": "venice.ai", "model_spec": described}


def _described(card: ModelCard) -> dict[str, Any]:
    constraints = {
        "model_type": _kind_of(card),
        "aspect_ratios": ratios_of(card),
        "resolutions": list(card.resolutions or ()),
        "durations": durations_of(card) or ["Auto"],
        "audio": card.audio in {"always", "optional"},
        "audio_configurable": card.audio == "optional",
        "prompt_character_limit": card.prompt_max or PROMPT_MAX,
    }
    privacy = "private" if is_private(card) else "anonymized"
    row = _row(card.wire, "video", card.title, constraints=constraints, privacy=privacy)
    if card.lifecycle.released:
        row["created"] = round(datetime.combine(card.lifecycle.released, time(), UTC).timestamp())
    if card.lifecycle.retires:
        end = f"{card.lifecycle.retires.isoformat()}T00:00:00.000Z"
        row["model_spec"]["deprecation"] = {"autoRemap": False, "date": end, "removesAt": end}
    return row


def _kind_of(card: ModelCard) -> str:
    if card.source_video == "required":
        return "video"
    return "text-to-video" if card.tasks and "text_to_video" in card.tasks else "image-to-video"
