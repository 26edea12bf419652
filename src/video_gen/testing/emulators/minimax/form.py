"""What the bodies of both versions may hold (platform.minimax.io/docs/api-reference, read 2026-11-21)."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from video_gen.catalog import ModelCard, load_catalog
from video_gen.catalog.card import Range
from video_gen.catalog.situation import effective
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.pictures import Picture, picture_in, shape
from video_gen.testing.emulators.studio import Film

PROMPT_MAX: Final = {"v1": 2000, "v2": 7000}
ROLES: Final = ("first_frame", "last_frame", "reference_image", "reference_video", "reference_audio")
_KINDS: Final = ("image_url", "video_url", "audio_url")
_FRAMES: Final = frozenset({"first_frame", "last_frame"})
_RATIOS: Final = ("adaptive", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
_LINK: Final = re.compile(r"(https?://|mm_file://)\S+")
_SIDE: Final = {"v1": (300, 1 << 16), "v2": (256, 5760)}
_SHAPE: Final = (0.4, 2.5)


def invalid(why: str) -> RefusedError:
    """Return the refusal of a parameter."""
    return RefusedError(400, "2013", f"invalid params, {why}")


@cache
def _cards(version: str) -> dict[str, ModelCard]:
    mine = (card for card in load_catalog().cards.values() if card.provider == "minimax")
    return {card.wire: card for card in mine if card.wire_options["api"] == version}


def read_v2(body: Mapping[str, Any]) -> Film:
    """Return what a body of version 2 asks for.

    Raises:
        RefusedError: a parameter is missing or wrong.
    """
    card = _model(body, "v2")
    items = body.get("content")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid("content is required")
    texts = [item.get("text") for item in items if item.get("type") == "text"]
    if len(texts) != 1 or not isinstance(texts[0], str) or not texts[0].strip():
        raise invalid("content must include a non-empty text item (prompt is required)")
    _short_enough(texts[0], "v2")
    media = list(_media(items, card))
    _of_list("resolution", body.get("resolution"), card.resolutions or ())
    _length(body, card, {})
    ratio = _ratio(body, roles={role for role, _ in media})
    first = next((picture for role, picture in media if role == "first_frame" and picture), None)
    return _film(texts[0], body, ratio, first, audio=True)


def read_v1(body: Mapping[str, Any]) -> Film:
    """Return what a body of version 1 asks for.

    Raises:
        RefusedError: a parameter is missing or wrong.
    """
    card = _model(body, "v1")
    prompt, tasks = body.get("prompt", ""), card.tasks or ()
    if not isinstance(prompt, str):
        raise invalid("prompt must be a string")
    _short_enough(prompt, "v1")
    if "first_frame_image" not in body and "last_frame_image" not in body and "subject_reference" not in body:
        if "text_to_video" not in tasks:
            raise invalid(
                "subject_reference is required" if "reference_to_video" in tasks else "first_frame_image is required"
            )
        if not prompt.strip():
            raise invalid("prompt is required")
    pictures = {name: _picture(url, name, "v1") for name, url in _pictures_v1(body, card)}
    resolution = body.get("resolution")
    if resolution is not None:
        _of_list("resolution", resolution, card.resolutions or ())
    if card.durations is not None:
        _length({"duration": 6, **body}, card, {"resolution": resolution})
    elif body.get("duration", 6) != 6:
        raise invalid("duration must be 6 for this model")
    return _film(prompt, {"duration": 6, **body}, "", pictures.get("first_frame_image"), audio=False)


def _model(body: Mapping[str, Any], version: str) -> ModelCard:
    name = body.get("model")
    card = _cards(version).get(name) if isinstance(name, str) else None
    if card is None:
        raise invalid(f"model {name} is not supported")
    return card


def _short_enough(prompt: str, version: str) -> None:
    if len(prompt) > PROMPT_MAX[version]:
        raise invalid(f"prompt is longer than {PROMPT_MAX[version]} characters")


def _of_list(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise invalid(f"{name} {value} is not one of {', '.join(allowed)}")


def _length(body: Mapping[str, Any], card: ModelCard, situation: dict[str, Any]) -> None:
    lengths, _ = effective(card, "durations", situation)
    value = body.get("duration")
    if isinstance(lengths, Range):
        fits = isinstance(value, int) and lengths.min <= value <= lengths.max
    else:
        fits = isinstance(value, int) and value in (lengths or ())
    if not fits:
        raise invalid(f"duration {value} is not supported")


def _media(items: list[dict[str, Any]], card: ModelCard) -> Iterator[tuple[str, Picture | None]]:
    found: list[str] = []
    for item in items:
        kind = item.get("type")
        if kind == "text":
            continue
        holder = item.get(str(kind))
        if kind not in _KINDS or not isinstance(holder, dict):
            raise invalid(f"content type {kind} is not supported")
        role = item.get("role") or "first_frame"
        if role not in ROLES:
            raise invalid(f"role {role} is not supported")
        found.append(role)
        yield role, _picture(holder.get("url"), role, "v2") if kind == "image_url" else None
    if _FRAMES & {*found} and {*found} - _FRAMES:
        raise invalid("frames and references cannot be used together")
    for role, most in (("first_frame", 1), ("last_frame", 1), ("reference_image", card.references_max or 0)):
        if found.count(role) > most:
            raise invalid(f"at most {most} content items may be {role}")


def _ratio(body: Mapping[str, Any], *, roles: set[str]) -> str:
    ratio = body.get("ratio", "adaptive")
    _of_list("ratio", ratio, _RATIOS)
    if not roles and ratio == "adaptive":
        raise invalid("ratio is required for text to video, and cannot be adaptive")
    return "adaptive" if roles & _FRAMES else str(ratio)


def _pictures_v1(body: Mapping[str, Any], card: ModelCard) -> Iterator[tuple[str, Any]]:
    for name, presence in (("first_frame_image", card.first_frame), ("last_frame_image", card.last_frame)):
        if name in body:
            if presence in {"no", None}:
                raise invalid(f"{name} is not supported by this model")
            yield name, body[name]
    if "subject_reference" in body:
        subjects = body["subject_reference"]
        one = subjects[0] if isinstance(subjects, list) and len(subjects) == 1 else None
        if not isinstance(one, dict) or one.get("type") != "character" or len(one.get("image", [])) != 1:
            raise invalid("subject_reference must be one character with one image")
        yield "subject_reference", one["image"][0]


def _picture(url: Any, name: str, version: str) -> Picture | None:
    if not isinstance(url, str):
        raise invalid(f"{name} has no url")
    if _LINK.fullmatch(url):
        return None
    try:
        picture = picture_in(url)
    except ValueError as error:
        raise invalid(f"{name}: {error}") from None
    low, high = _SIDE[version]
    if not (low <= min(picture.width, picture.height) and max(picture.width, picture.height) <= high):
        raise invalid(f"{name}: each side must be {low} to {high} pixels")
    if not _SHAPE[0] <= picture.width / picture.height <= _SHAPE[1]:
        raise invalid(f"{name}: width divided by height must be {_SHAPE[0]} to {_SHAPE[1]}")
    return picture


def _film(prompt: str, body: Mapping[str, Any], ratio: str, first: Picture | None, *, audio: bool) -> Film:
    if first is not None:
        ratio = f"{first.width}:{first.height}"
    size = shape(ratio, body.get("resolution"), side=768)
    return Film(prompt=prompt, seconds=float(body["duration"]), width=size.width, height=size.height, audio=audio)
