"""What a body of `/video/queue` or `/video/quote` may hold, for each model; refusals as Venice words them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from video_gen.catalog import ModelCard
from video_gen.catalog.price import quote
from video_gen.spec import Settings
from video_gen.spec.money import MICRO
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.pictures import picture_in, shape
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.venice.models import PROMPT_MAX, durations_of, ratios_of, video_models

_URL: Final = re.compile(r"https?://\S+")
_MEDIA: Final = {"image_url": "first_frame", "end_image_url": "last_frame", "video_url": "source_video"}

Issue = tuple[str, str]


def invalid(*issues: Issue) -> RefusedError:
    """Return the refusal that names fields."""
    details: dict[str, Any] = {"_errors": []}
    for name, message in issues:
        details.setdefault(name, {"_errors": []})["_errors"].append(message)
    listed = [{"code": "custom", "path": [name], "message": message} for name, message in issues]
    return RefusedError(400, "INVALID_REQUEST", "Invalid request parameters", details=details, issues=listed)


def model_of(body: Mapping[str, Any]) -> ModelCard:
    """Return the model a body names.

    Raises:
        RefusedError: none, or one that is not there (any more).
    """
    name = body.get("model")
    if name is None:
        raise RefusedError(400, "INVALID_REQUEST", "model is required")
    if not isinstance(name, str):
        raise RefusedError(400, "INVALID_REQUEST", "model must be a string")
    card = video_models().get(name)
    if card is None:
        raise RefusedError(404, "MODEL_NOT_FOUND", f"Specified model not found: {name}")
    if card.lifecycle.status == "retired":
        new = (card.lifecycle.replacement or "another model").removeprefix("venice/")
        raise RefusedError(404, "MODEL_NOT_FOUND", f"Model {name} has been deprecated. Please use {new}.")
    return card


def check_queue(card: ModelCard, body: Mapping[str, Any]) -> None:
    """Refuse what the model does not take, and what is missing.

    Raises:
        RefusedError: names the fields.
    """
    issues = [*_prompt(card, body), *_options(card, body, quoting=False), *_media(card, body)]
    if issues:
        raise invalid(*issues)


def check_quote(card: ModelCard, body: Mapping[str, Any]) -> None:
    """Refuse a question that has no price.

    Raises:
        RefusedError: names the fields.
    """
    issues = [*_options(card, body, quoting=True)]
    if issues:
        raise invalid(*issues)


def price(card: ModelCard, body: Mapping[str, Any]) -> float:
    """Return the price in dollars."""
    settings = Settings(
        seconds=_seconds(body),
        resolution=body.get("resolution") or _default_resolution(card),
        aspect_ratio=body.get("aspect_ratio") or card.ratio_default,
        audio=body.get("audio", True) if card.audio == "optional" else None,
    )
    task = card.tasks[0] if card.tasks else "text_to_video"
    found = quote(card, task, settings)
    return (found.high or found.low) / MICRO


def film(body: Mapping[str, Any], card: ModelCard) -> Film:
    """Return what a body asks for."""
    size = shape(body.get("aspect_ratio"), body.get("resolution") or _default_resolution(card), body.get("image_url"))
    sound = card.audio == "always" or (card.audio == "optional" and body.get("audio", True))
    return Film(
        prompt=body.get("prompt") or "",
        seconds=_seconds(body) or 5.0,
        width=size.width,
        height=size.height,
        audio=bool(sound),
    )


def _prompt(card: ModelCard, body: Mapping[str, Any]) -> Iterator[Issue]:
    limit = card.prompt_max or PROMPT_MAX
    if "prompt" not in body and card.prompt_required:
        yield "prompt", "Required"
    for name in ("prompt", "negative_prompt"):
        text = body.get(name)
        if name in body and not isinstance(text, str):
            yield name, f"Expected string, received {type(text).__name__}"
        elif text == "" and name == "prompt":
            yield name, "String must contain at least 1 character(s)"
        elif isinstance(text, str) and len(text) > limit:
            yield name, f"String must contain at most {limit} character(s)"


def _options(card: ModelCard, body: Mapping[str, Any], *, quoting: bool) -> Iterator[Issue]:
    lengths, ratios = durations_of(card), ratios_of(card)
    if "duration" not in body and (lengths or quoting):
        yield "duration", "Required"
    elif "duration" in body:
        yield from _one_of("duration", body["duration"], lengths or ["Auto", "auto"])
    if "aspect_ratio" in body:
        yield from _one_of("aspect_ratio", body["aspect_ratio"], ratios)
    elif ratios and not quoting:
        yield "aspect_ratio", "Required"
    if "resolution" in body:
        yield from _one_of("resolution", body["resolution"], list(card.resolutions or ()))
    if "audio" in body and card.audio != "optional":
        yield "audio", "This model does not support audio configuration"
    elif not isinstance(body.get("audio", True), bool):
        yield "audio", f"Expected boolean, received {type(body['audio']).__name__}"


def _one_of(name: str, value: Any, allowed: list[str]) -> Iterator[Issue]:
    if not allowed:
        yield name, f"This model does not support {name}"
    elif value not in allowed:
        choices = " | ".join(f"'{each}'" for each in allowed)
        yield name, f"Invalid enum value. Expected {choices}, received '{value}'"


def _media(card: ModelCard, body: Mapping[str, Any]) -> Iterator[Issue]:
    for name, field in _MEDIA.items():
        presence = getattr(card, field)
        if name not in body:
            if presence == "required":
                yield name, "Required"
        elif presence == "no":
            yield name, f"This model does not support {name}"
        else:
            yield from _url(name, body[name])
    urls = body.get("reference_image_urls", [])
    if not isinstance(urls, list):
        yield "reference_image_urls", "Expected array"
    elif len(urls) > (card.references_max or 0):
        yield "reference_image_urls", f"Array must contain at most {card.references_max or 0} element(s)"
    else:
        for url in urls:
            yield from _url("reference_image_urls", url)


def _url(name: str, url: Any) -> Iterator[Issue]:
    if not isinstance(url, str) or not (_URL.fullmatch(url) or url.startswith("data:")):
        yield name, "Must be a URL or a data URL"
    elif url.startswith("data:") and name != "video_url":
        try:
            picture_in(url)
        except ValueError as error:
            yield name, str(error)
    elif url.startswith("data:") and not url.startswith("data:video/"):
        yield name, "Invalid video format. Supported formats include MP4, MOV, WebM, MKV, AVI, and others."


def _seconds(body: Mapping[str, Any]) -> float | None:
    text = str(body.get("duration", ""))
    return float(text[:-1]) if re.fullmatch(r"\d+s", text) else None


def _default_resolution(card: ModelCard) -> str | None:
    names = card.resolutions or ()
    return card.resolution_default or ("720p" if "720p" in names else next(iter(names), None))
