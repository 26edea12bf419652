"""What a model's input may hold: a pydantic model each, as fal's own apps have, so that errors read as theirs.

Which fields there are, and what they may hold, is what the catalog says of each model (@fal-ai/client's request types).
Fields that a model does not know are ignored, as they are there.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, ValidationError, create_model

from video_gen.catalog import load_catalog
from video_gen.catalog.card import ModelCard, Range
from video_gen.testing.emulators.pictures import picture_in, shape
from video_gen.testing.emulators.studio import Film

ErrorItem = dict[str, Any]
Place = list[str | int]
DOCS: Final = "https://docs.fal.ai/errors#"
SMALLEST: Final = 64
"""Pixels a picture needs on each side."""
_LENGTH: Final = 5.0
_MEDIA: Final = {
    "first_frame": "image_url",
    "last_frame": "end_image_url",
    "references": "image_urls",
    "source_video": "video_url",
}


@cache
def cards() -> Mapping[str, ModelCard]:
    """Return fal's models by their paths."""
    return {card.wire: card for card in load_catalog().cards.values() if card.provider == "fal"}


def issues(card: ModelCard, given: Mapping[str, Any], known_files: frozenset[str], host: str) -> list[ErrorItem]:
    """Return what a model finds wrong with an input, in the words of its errors.

    Args:
        card: The model.
        given: The input.
        known_files: Links of the files that fal's own storage holds.
        host: What those links begin with.
    """
    try:
        _schema(card.wire).model_validate(given)
    except ValidationError as error:
        return [{**item, "loc": ["body", *item["loc"]]} for item in _items(error)]
    found: list[ErrorItem] = []
    for name, field in _media_fields(card).items():
        value = given.get(field)
        for index, link in enumerate(value if isinstance(value, list) else [value]):
            where: Place = ["body", field, index] if isinstance(value, list) else ["body", field]
            if isinstance(link, str) and (wrong := _unusable(link, name, known_files, host)):
                found.append(_item(where, *wrong))
    return found


def film_of(card: ModelCard, given: Mapping[str, Any]) -> Film:
    """Return the film an input asks for."""
    first = given.get(_media_fields(card)["first_frame"])
    ratio = given.get("aspect_ratio") or (None if first else card.ratio_default)
    size = shape(ratio, given.get("resolution") or card.resolution_default, first)
    audio = given.get(_audio(card), card.audio_default or card.audio == "always")
    return Film(
        prompt=given.get("prompt", ""),
        seconds=seconds_of(card, given),
        width=size.width,
        height=size.height,
        audio=bool(audio) and card.audio != "never",
        seed=given.get("seed"),
    )


def seconds_of(card: ModelCard, given: Mapping[str, Any]) -> float:
    """Return the seconds an input asks for."""
    text = str(given.get("duration", "")).removesuffix("s")
    try:
        return float(text)
    except ValueError:  # "auto", or left to the model
        return card.duration_default or _LENGTH


@cache
def _schema(wire: str) -> type[BaseModel]:
    card = cards()[wire]
    fields: dict[str, Any] = {"prompt": _prompt(card), "aspect_ratio": _one_of(_ratios(card))}
    fields["resolution"] = _one_of(card.resolutions or ())
    fields["duration"] = (_length(card), None)
    fields["seed"] = (int | None, None)
    fields["negative_prompt"] = (str | None, None)
    fields[_audio(card)] = (bool | None, None)
    names = _media_fields(card)
    for name in ("first_frame", "last_frame", "source_video"):
        required = getattr(card, name) == "required"
        fields[names[name]] = (str, ...) if required else (str | None, None)
    if card.references_max != 0:
        most = Field(max_length=card.references_max) if card.references_max else Field()
        fields[names["references"]] = (Annotated[list[str] | None, most], None)
    return create_model(f"{card.title} input", **fields)


def _prompt(card: ModelCard) -> Any:
    text: Any = Annotated[str, Field(max_length=card.prompt_max)] if card.prompt_max else str
    return (text, ...) if card.prompt_required else (text | None, None)


def _ratios(card: ModelCard) -> tuple[str, ...]:
    extra = card.wire_options.get("from_image")
    return (*(card.ratios or ()), *([extra] if card.ratios and extra else []))


def _one_of(values: tuple[Any, ...]) -> Any:
    return (_literal(values), None) if values else (Any, None)


def _literal(values: tuple[Any, ...]) -> Any:
    literal: Any = Literal
    return literal[values] | None


def _length(card: ModelCard) -> Any:
    form = card.wire_options.get("seconds_as", "text")
    match card.durations:
        case Range() as allowed if form == "number":
            return Annotated[float | None, Field(ge=allowed.min, le=allowed.max)]
        case Range() as allowed:
            values: list[float] = list(range(round(allowed.min), round(allowed.max) + 1))
        case None | ():
            return Any
        case listed:
            values = list(listed)
    if form == "number":
        choices: list[Any] = [int(value) if value == int(value) else value for value in values]
    else:
        choices = [f"{value:g}{'s' if form == 'suffixed' else ''}" for value in values] + ["auto"]
    return _literal(tuple(choices))


def _audio(card: ModelCard) -> str:
    return card.wire_options.get("audio", "generate_audio")


def _media_fields(card: ModelCard) -> dict[str, str]:
    return {name: card.wire_options.get(name, usual) for name, usual in _MEDIA.items()}


def _items(error: ValidationError) -> list[ErrorItem]:
    return [
        {**item, "ctx": item.get("ctx", {}), "url": DOCS + item["type"]} for item in error.errors(include_url=False)
    ]


def _unusable(link: str, name: str, known: frozenset[str], host: str) -> tuple[str, str] | None:
    """Return the type and the words of what is wrong with a file, None where nothing is."""
    if link.startswith("data:") and name != "source_video":
        return _unusable_picture(link)
    if link.startswith(host) and link not in known:
        return "file_download_error", "Failed to download the file."
    if not link.startswith(("http://", "https://", "data:")):
        return "file_download_error", "Input should be a valid URL or a data URI."
    return None


def _unusable_picture(link: str) -> tuple[str, str] | None:
    try:
        picture = picture_in(link)
    except ValueError:
        return "image_load_error", "Failed to load the image."
    if min(picture.width, picture.height) < SMALLEST:
        return "image_too_small", f"Image must be at least {SMALLEST}x{SMALLEST} pixels."
    return None


def _item(where: Place, kind: str, message: str) -> ErrorItem:
    return {"loc": where, "msg": message, "type": kind, "url": DOCS + kind, "ctx": {}}
