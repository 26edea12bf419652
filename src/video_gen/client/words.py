"""Turns a caller's words into a `Request`: every spelling in, one normal form out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal, TypedDict, cast

from pydantic import SecretStr

from video_gen.exceptions import InvalidRequestError
from video_gen.spec import AUTO, CameraMotion, MediaRef, PolicyName, Request, micro, parse_size

if TYPE_CHECKING:
    from PIL.Image import Image

    MediaSource = str | Path | bytes | bytearray | memoryview | Image | IO[bytes]
else:
    MediaSource = object

_CHOOSING: Final[tuple[Literal["policy", "providers", "allow", "deny", "fallbacks"], ...]] = (
    "policy",
    "providers",
    "allow",
    "deny",
    "fallbacks",
)


Out = str | PathLike[str] | None
"""A file or folder to write."""
Dollars = float | str | Decimal | None
"""An amount: 0.5, "0.50" or "$0.50"; None: not said."""
Key = str | SecretStr | None
"""A caller's own key for a provider."""


class Words(TypedDict, total=False):
    """What a caller may say about a video; everything but the prompt may be left out."""

    model: str | None
    """A catalog id, alias or try-order, or "auto"; None: the configured default, or "auto" where the next words say
    how to choose."""
    policy: PolicyName
    """What counts where a model is chosen: "balanced", "cheapest", "fastest" or "best"."""
    providers: Sequence[str]
    """Choose among models of these."""
    allow: Sequence[str]
    """Choose among models whose id, family or alias fits one of these patterns: "veo*", "runway/*"."""
    deny: Sequence[str]
    """Never choose one that fits these."""
    fallbacks: int
    """How many of the next best are tried when the chosen one cannot be had: 2 unless said, 0 for none."""
    image: MediaSource | None
    """The first frame: path, URL, data URI, raw base64, bytes, open file or PIL image."""
    last_frame: MediaSource | None
    references: Sequence[MediaSource]
    video: MediaSource | None
    """A source video, for models that change one."""
    extend: MediaSource | None
    """A video to go on from: the result is made from its last frame, and delivered joined to it."""
    duration: float | str | None
    """Seconds: 5, "5" or "5s"."""
    size: str | None
    """"1280x720"."""
    width: int | None
    height: int | None
    resolution: str | None
    """"720p", "1080p", "4k"."""
    aspect_ratio: str | None
    """"16:9", "portrait" ..."""
    fps: float | None
    audio: bool | None
    seed: int | None
    negative_prompt: str | None
    camera_motion: str | CameraMotion | None
    """"pan left", "zoom-in" ..."""
    motion_strength: float | None
    """0..1."""
    count: int
    max_cost: Dollars
    """Spend ceiling in US dollars."""
    fallback: Sequence[str]
    """Models to try, in order, when the first cannot be had."""
    fallback_on_policy: bool
    """Try them also when the content is refused."""
    queue_timeout: float | None
    """Seconds to wait in a provider's queue before the next model is tried."""
    give_up_after: float | None
    """Seconds after which a job that its provider has not finished is given up and stopped; None: never."""
    priority: int
    """-100 to 100: higher starts earlier; ten minutes of waiting are worth one."""
    strict: bool
    """Refuse instead of adjusting."""
    drop_inputs: bool
    """Leave out references, a last frame and, beside an `image`, a `video` that the model does not take: the plan says
    so. Otherwise they are refused."""
    extra: Mapping[str, Any]
    """Provider options by their wire names."""


class Inputs(TypedDict, total=False):
    """A caller's media after reading."""

    first_frame: MediaRef | None
    last_frame: MediaRef | None
    references: tuple[MediaRef, ...]
    source_video: MediaRef | None
    extends: MediaRef | None


class ImageWords(TypedDict, total=False):
    """What a caller may say about an image; each as of a video."""

    model: str | None
    """A catalog id or alias; None: the embedded renderer's still, which is free."""
    size: str | None
    """"1024x1024"."""
    width: int | None
    height: int | None
    resolution: str | None
    aspect_ratio: str | None
    seed: int | None
    negative_prompt: str | None
    count: int
    max_cost: Dollars
    fallback: Sequence[str]
    fallback_on_policy: bool
    strict: bool
    extra: Mapping[str, Any]
    """Provider options by their wire names, such as `{"quality": "high"}`."""


def image_request_of(prompt: str, words: ImageWords, default_model: str) -> Request:
    """Build the request of an image.

    Raises:
        InvalidRequestError: names the word, its value and what it takes.
    """
    refuse_unknown(words, ImageWords.__annotations__)
    return request_of(prompt, cast("Words", words), Inputs(), default_model).model_copy(update={"kind": "image"})


def parted(said: Mapping[str, Any], names: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is said under these names, and the rest."""
    named = {name: value for name, value in said.items() if name in names}
    return named, {name: value for name, value in said.items() if name not in named}


def refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    """Refuse a word that would otherwise be passed over in silence.

    Raises:
        InvalidRequestError: names the first unknown one, and the nearest known one.
    """
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        near = get_close_matches(unknown, known, n=1)
        way = f"did you mean `{near[0]}`?" if near else f"choose among {', '.join(sorted(known))}"
        raise InvalidRequestError(f"there is no `{unknown}`: {way}")


_SHAPES: Final = ("size", "width", "height", "resolution", "aspect_ratio")
"""The words that say how large, or of what shape, a video is."""


def request_of(prompt: str, words: Words, inputs: Inputs, default_model: str) -> Request:
    """Build the request.

    Raises:
        InvalidRequestError: names the word, its value and what it takes.
    """
    refuse_unknown(words, Words.__annotations__)
    camera = words.get("camera_motion")
    ceiling = words.get("max_cost")
    width, height = _size(words)
    extends = inputs.get("extends")
    if extends is not None and not any(words.get(name) for name in _SHAPES):
        width, height = extends.width, extends.height  # as what it is joined to
    return Request.of(
        prompt=prompt,
        **_model(words, default_model),
        seconds=seconds_of(words.get("duration")),
        width=width,
        height=height,
        aspect_ratio=words.get("aspect_ratio"),
        resolution=words.get("resolution"),
        fps=words.get("fps"),
        audio=words.get("audio"),
        seed=words.get("seed"),
        negative_prompt=words.get("negative_prompt"),
        count=words.get("count", 1),
        camera=CameraMotion.parse(camera) if isinstance(camera, str) else camera,
        motion_strength=words.get("motion_strength"),
        max_cost=None if ceiling is None else micro(ceiling),
        fallback=tuple(words.get("fallback") or ()),
        fallback_on_policy=words.get("fallback_on_policy", False),
        queue_timeout=words.get("queue_timeout"),
        give_up_after=words.get("give_up_after"),
        priority=words.get("priority", 0),
        strict=words.get("strict", False),
        drop_inputs=words.get("drop_inputs", False),
        extra=dict(words.get("extra") or {}),
        **inputs,
    )


def _model(words: Words, default: str) -> dict[str, Any]:
    """Return the model and how it is chosen; whoever says how to choose wants one chosen."""
    choice = {name: value for name in _CHOOSING if (value := words.get(name)) is not None}
    model = words.get("model") or (AUTO if choice else default)
    if model.strip().lower() == AUTO:
        return {"model": AUTO, "choice": choice}
    if choice:
        said = ", ".join(choice)
        raise InvalidRequestError(
            f"`{model}` is named, while {said} would have a model chosen: leave out one of the two"
        )
    return {"model": model}


def seconds_of(duration: float | str | None, *, name: str = "duration") -> float | None:
    """Read 5, "5" or "5s"; a message calls it by the name that it was given by.

    Raises:
        InvalidRequestError: it is no number of seconds.
    """
    if not isinstance(duration, str):
        return duration
    text = duration.strip().lower().removesuffix("seconds").removesuffix("sec").removesuffix("s").strip()
    try:
        return float(text)
    except ValueError:
        raise InvalidRequestError(f"`{name}={duration}` is not a number of seconds: write it like 5 or 5s") from None


def _size(words: Words) -> tuple[int | None, int | None]:
    size = words.get("size")
    if size is None:
        return words.get("width"), words.get("height")
    if words.get("width") is not None or words.get("height") is not None:
        raise InvalidRequestError("give size, or width and height, not both")
    geometry = parse_size(size)
    return geometry.width, geometry.height
