"""What a body may hold (volcengine.com/docs/82379/1520757, read 2026-11-21). A field that is null is not set."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from video_gen.catalog import ModelCard, load_catalog
from video_gen.catalog.card import Range
from video_gen.spec.geometry import Geometry, fit, parse_size
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.pictures import Picture, picture_in, shape
from video_gen.testing.emulators.studio import Film

EXPIRES: Final = "execution_expires_after"
_LINK: Final = re.compile(r"(https?|asset)://\S+")
_ROLES: Final = {
    "image_url": ("first_frame", "last_frame", "reference_image"),
    "video_url": ("reference_video",),
    "audio_url": ("reference_audio",),
}
_FRAMES: Final = frozenset({"first_frame", "last_frame"})
_NUMBERS: Final = {"seed": (-1, 2**32 - 1), EXPIRES: (3600, 259_200), "priority": (0, 9)}
_SIDE: Final = (300, 6000)
_SHAPE: Final = (0.4, 2.5)
_FPS: Final = 24


@dataclass(frozen=True, slots=True)
class Order:
    """A task that is accepted: its film, and what it is said to be."""

    film: Film
    resolution: str
    ratio: str
    seed: int | None
    tier: str
    expires: int

    @property
    def tokens(self) -> int:
        """What it is charged by."""
        return int(self.film.seconds * self.film.width * self.film.height * _FPS // 1024)


def wrong(name: str, why: str, code: str = "InvalidParameter") -> RefusedError:
    """Return the refusal of a parameter."""
    return RefusedError(400, code, f"The parameter `{name}` specified in the request is not valid: {why}.", param=name)


@cache
def _cards() -> dict[str, ModelCard]:
    return {card.wire: card for card in load_catalog().cards.values() if card.provider in {"ark", "volcengine"}}


def read(body: Mapping[str, Any]) -> Order:
    """Return what a body asks for.

    Raises:
        RefusedError: a parameter is missing or wrong.
    """
    asked = {name: value for name, value in body.items() if value is not None}
    card = _model(asked)
    prompt, media = _content(asked, card)
    for name, (low, high) in _NUMBERS.items():
        value = asked.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high):
            raise wrong(name, f"it must be an integer from {low} to {high}")
    resolution = _of_list("resolution", asked.get("resolution") or card.resolution_default, card.resolutions or ())
    ratio = _of_list("ratio", asked.get("ratio", "adaptive"), (*(card.ratios or ()), "adaptive"))
    tier = _of_list("service_tier", asked.get("service_tier", "default"), ("default", "flex"))
    size, ratio = _size(card, resolution, ratio, media.get("first_frame"))
    audio = asked.get("generate_audio", card.audio != "never")
    if not isinstance(audio, bool) or (audio and card.audio == "never"):
        raise wrong("generate_audio", "the model makes no sound")
    film = Film(prompt=prompt, seconds=_seconds(asked, card), width=size.width, height=size.height, audio=audio)
    seed = asked.get("seed")
    return Order(film, resolution, ratio, seed if seed != -1 else None, tier, asked.get(EXPIRES, 172_800))


def _model(asked: Mapping[str, Any]) -> ModelCard:
    name = asked.get("model")
    if not isinstance(name, str) or not name:
        raise RefusedError(400, "MissingParameter", "The request failed because it is missing `model` parameter.")
    if name not in _cards():
        raise RefusedError(
            404,
            "InvalidEndpointOrModel.NotFound",
            f"The model or endpoint {name} does not exist or you do not have access to it.",
        )
    return _cards()[name]


def _content(asked: Mapping[str, Any], card: ModelCard) -> tuple[str, dict[str, Picture | None]]:
    items = asked.get("content")
    if not isinstance(items, list) or not items:
        raise RefusedError(400, "MissingParameter", "The request failed because it is missing `content` parameter.")
    prompt, media, roles = "", dict[str, Picture | None](), list[str]()
    for index, item in enumerate(items):
        if isinstance(item, dict) and item.get("type") == "text" and isinstance(item.get("text"), str):
            prompt = item["text"]
            continue
        role, picture = _medium(f"content[{index}]", item)
        roles.append(role)
        media[role] = picture
    for problem in _together(roles, card, prompt):
        raise wrong("content", problem)
    return prompt, media


def _medium(name: str, item: Any) -> tuple[str, Picture | None]:
    kind = item.get("type") if isinstance(item, dict) else None
    holder = item.get(kind) if kind in _ROLES else None
    url = holder.get("url") if isinstance(holder, dict) else None
    if not isinstance(kind, str) or not isinstance(url, str):
        raise wrong(f"{name}.type", "it is no text, image_url, video_url or audio_url")
    role = item.get("role") or _ROLES[kind][0]
    if role not in _ROLES[kind]:
        raise wrong(f"{name}.role", f"{role} is not one of {', '.join(_ROLES[kind])}")
    if _LINK.fullmatch(url):
        return role, None
    if kind == "video_url":
        raise wrong(f"{name}.{kind}", "a video is taken by its URL only")
    return role, _readable(name, url) if kind == "image_url" else None


def _readable(name: str, url: str) -> Picture:
    try:
        picture = picture_in(url)
    except ValueError as error:
        raise wrong(f"{name}.image_url", str(error)) from None
    if not (_SIDE[0] <= min(picture.width, picture.height) and max(picture.width, picture.height) <= _SIDE[1]):
        raise wrong(f"{name}.image_url", f"each side must be {_SIDE[0]} to {_SIDE[1]} pixels")
    if not _SHAPE[0] <= picture.width / picture.height <= _SHAPE[1]:
        raise wrong(f"{name}.image_url", f"width divided by height must be {_SHAPE[0]} to {_SHAPE[1]}")
    return picture


def _together(roles: list[str], card: ModelCard, prompt: str) -> Iterator[str]:
    frames = _FRAMES & {*roles}
    if not roles and not prompt:
        yield "it holds nothing"
    if frames and {*roles} - _FRAMES:
        yield "first and last frames cannot be mixed with reference media"
    if frames == {"last_frame"}:
        yield "a last frame needs a first frame"
    if "last_frame" in roles and card.last_frame == "no":
        yield "last_frame is not supported by the model"
    if roles.count("first_frame") > 1 or roles.count("last_frame") > 1:
        yield "a frame is given twice"
    if roles.count("reference_image") > (card.references_max or 0):
        yield f"the model takes at most {card.references_max or 0} reference images"


def _of_list(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise wrong(name, f"{value} is not one of {', '.join(allowed)}")
    return value


def _seconds(asked: Mapping[str, Any], card: ModelCard) -> float:
    lengths, value = card.durations, asked.get("duration", 5)
    low, high = (lengths.min, lengths.max) if isinstance(lengths, Range) else (2, 12)
    if not isinstance(value, int) or (value != -1 and not low <= value <= high):
        raise wrong("duration", f"it must be an integer from {low:g} to {high:g}")
    return 5.0 if value == -1 else float(value)


def _size(card: ModelCard, resolution: str, ratio: str, first: Picture | None) -> tuple[Geometry, str]:
    """Return the pixels, and the ratio they are called by; a picture is cropped to the nearest ratio there is."""
    if ratio == "adaptive":
        wanted = first.width / first.height if first else 16 / 9
        ratio = min(card.ratios or ("16:9",), key=lambda name: abs(float(shape(name, "720p").ratio) - wanted))
    known = card.frame_sizes.get(f"{ratio} {resolution}")
    return (
        parse_size(known) if known else fit(shape(ratio, resolution).ratio, shape(ratio, resolution).short_side)
    ), ratio
