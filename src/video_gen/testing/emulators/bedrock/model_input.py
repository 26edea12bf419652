"""What Nova Reel and Luma Ray2 take, and the film that comes of it.

docs.aws.amazon.com: nova/latest/userguide/video-gen-access.html, bedrock/latest/userguide/model-parameters-luma.html;
read 2026-11-21. Refusals are worded like those of the service's JSON Schema validator.
"""

import base64
import binascii
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.studio import Film

SHOT: Final = 6
NOVA_SIZE: Final = (1280, 720)
_SEEDS: Final = range(2_147_483_647)
_RAY_RATIOS: Final = ("1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21")

Fetch = Callable[[str], bytes | None]
"""Reads an object of the bucket by its S3 URI; None where there is none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a valid input asks for."""

    film: Film
    shots: int = 0
    """Shots that are delivered one by one, too."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model, where it runs, and how it reads its input."""

    id: str
    regions: tuple[str, ...]
    read: Callable[[Any, Fetch], Wanted]


def malformed(why: str) -> RefusedError:
    """Return the refusal of an input."""
    return RefusedError(
        400, "ValidationException", f"Malformed input request: {why}, please reformat your input and try again."
    )


def ray(given: Any, fetch: Fetch) -> Wanted:  # noqa: ARG001 (a reader's signature: Ray takes no pictures from S3)
    """Read an input of Luma Ray2."""
    _object(given, "#", {"prompt"}, {"aspect_ratio", "loop", "duration", "resolution", "keyframes"})
    prompt = _text(given["prompt"], "#/prompt", 5000)
    ratio = _one_of(given.get("aspect_ratio", "16:9"), "#/aspect_ratio", _RAY_RATIOS)
    seconds = _one_of(given.get("duration", "5s"), "#/duration", ("5s", "9s"))
    tier = _one_of(given.get("resolution", "720p"), "#/resolution", ("540p", "720p"))
    if not isinstance(given.get("loop", False), bool):
        raise malformed("#/loop: expected type: Boolean")
    frames = given.get("keyframes", {})
    _object(frames, "#/keyframes", set(), {"frame0", "frame1"})
    for name, frame in frames.items():
        _keyframe(frame, f"#/keyframes/{name}")
    short, (left, right) = int(tier[:-1]), map(int, ratio.split(":"))
    scale = short / min(left, right)
    width, height = round(left * scale / 2) * 2, round(right * scale / 2) * 2
    return Wanted(Film(prompt=prompt, seconds=int(seconds[:-1]), width=width, height=height, fps=24))


def _keyframe(frame: Any, path: str) -> None:
    _object(frame, path, {"type", "source"}, set())
    _one_of(frame["type"], f"{path}/type", ("image",))
    source = frame["source"]
    _object(source, f"{path}/source", {"type", "media_type", "data"}, set())
    _one_of(source["type"], f"{path}/source/type", ("base64",))
    media = _one_of(source["media_type"], f"{path}/source/media_type", ("image/jpeg", "image/png"))
    _picture(_decoded(source["data"], f"{path}/source/data"), f"{path}/source", media.partition("/")[2])


def nova(*, longest: int) -> Callable[[Any, Fetch], Wanted]:
    """Return the reader of a Nova Reel that makes films of `longest` seconds."""
    tasks = ("TEXT_VIDEO", "MULTI_SHOT_AUTOMATED", "MULTI_SHOT_MANUAL") if longest > SHOT else ("TEXT_VIDEO",)
    readers = {"TEXT_VIDEO": _single, "MULTI_SHOT_AUTOMATED": _automated, "MULTI_SHOT_MANUAL": _manual}

    def read(given: Any, fetch: Fetch) -> Wanted:
        _object(given, "#", {"taskType"}, None)
        task = _one_of(given["taskType"], "#/taskType", tasks)
        return readers[task](given, fetch)

    return read


def _single(given: Any, fetch: Fetch) -> Wanted:
    _object(given, "#", {"taskType", "textToVideoParams"}, {"videoGenerationConfig"})
    params = given["textToVideoParams"]
    _object(params, "#/textToVideoParams", {"text"}, {"images"})
    text = _text(params["text"], "#/textToVideoParams/text", 512)
    images = params.get("images", [])
    if not isinstance(images, list) or len(images) > 1:
        raise malformed("#/textToVideoParams/images: expected maximum item count: 1")
    for image in images:
        _nova_image(image, "#/textToVideoParams/images/0", fetch)
    return Wanted(_nova_film(given, text, SHOT, durations=(SHOT,)), shots=1)


def _automated(given: Any, fetch: Fetch) -> Wanted:  # noqa: ARG001 (a reader's signature: no pictures here)
    _object(given, "#", {"taskType", "multiShotAutomatedParams"}, {"videoGenerationConfig"})
    params = given["multiShotAutomatedParams"]
    _object(params, "#/multiShotAutomatedParams", {"text"}, set())
    text = _text(params["text"], "#/multiShotAutomatedParams/text", 4000)
    film = _nova_film(given, text, 2 * SHOT, durations=range(2 * SHOT, 121, SHOT))
    return Wanted(film, shots=round(film.seconds / SHOT))


def _manual(given: Any, fetch: Fetch) -> Wanted:
    _object(given, "#", {"taskType", "multiShotManualParams"}, {"videoGenerationConfig"})
    params = given["multiShotManualParams"]
    _object(params, "#/multiShotManualParams", {"shots"}, set())
    shots, texts = params["shots"], []
    if not isinstance(shots, list) or not 1 <= len(shots) <= 20:
        raise malformed("#/multiShotManualParams/shots: expected 1 to 20 items")
    for number, shot in enumerate(shots):
        path = f"#/multiShotManualParams/shots/{number}"
        _object(shot, path, {"text"}, {"image"})
        texts.append(_text(shot["text"], f"{path}/text", 512))
        if "image" in shot:
            _nova_image(shot["image"], f"{path}/image", fetch)
    return Wanted(_nova_film(given, " ".join(texts), len(shots) * SHOT, durations=None), shots=len(shots))


def _nova_film(given: Any, text: str, seconds: int, *, durations: Collection[int] | None) -> Film:
    path, config = "#/videoGenerationConfig", given.get("videoGenerationConfig", {})
    timed = {"durationSeconds"} if durations is not None else set()
    _object(config, path, set(), {"fps", "dimension", "seed", *timed})
    _one_of(config.get("fps", 24), f"{path}/fps", (24,))
    _one_of(config.get("dimension", "1280x720"), f"{path}/dimension", ("1280x720",))
    if durations is not None:
        seconds = _one_of(config.get("durationSeconds", seconds), f"{path}/durationSeconds", durations)
    seed = config.get("seed", 42)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed not in _SEEDS:
        raise malformed(f"{path}/seed: {seed} is not between 0 and {_SEEDS[-1]}")
    width, height = NOVA_SIZE
    return Film(prompt=text, seconds=seconds, width=width, height=height, fps=24, seed=seed)


def _nova_image(image: Any, path: str, fetch: Fetch) -> None:
    _object(image, path, {"format", "source"}, set())
    kind = _one_of(image["format"], f"{path}/format", ("png", "jpeg"))
    source = image["source"]
    _object(source, f"{path}/source", set(), {"bytes", "s3Location"})
    if len(source) != 1:
        raise malformed(f"{path}/source: #: 0 subschemas matched instead of one")
    if "bytes" in source:
        data = _decoded(source["bytes"], f"{path}/source/bytes")
    else:
        _object(source["s3Location"], f"{path}/source/s3Location", {"uri"}, {"bucketOwner"})
        found = fetch(_text(source["s3Location"]["uri"], f"{path}/source/s3Location/uri", 1024))
        if found is None:
            raise RefusedError(400, "ValidationException", "Unable to read the image from the provided S3 location.")
        data = found
    width, height = _picture(data, path, kind)
    if (width, height) != NOVA_SIZE:
        raise RefusedError(
            400,
            "ValidationException",
            f"Invalid image dimensions: the image is {width}x{height} and must be exactly 1280x720.",
        )


def _picture(data: bytes, path: str, kind: str) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if (image.format or "").lower() != kind:
                raise malformed(f"{path}: the picture is {image.format}, not {kind}")
            if image.mode in {"RGBA", "LA"} and image.getchannel("A").getextrema()[0] != 255:
                raise malformed(f"{path}: the picture has transparent or translucent pixels")
            return image.size
    except OSError:
        raise malformed(f"{path}: no picture that can be read") from None


def _decoded(data: Any, path: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise malformed(f"{path}: no Base64") from None


def _object(value: Any, path: str, required: set[str], optional: set[str] | None) -> None:
    if not isinstance(value, dict):
        raise malformed(f"{path}: expected type: JSONObject")
    missing = sorted(required - value.keys())
    if missing:
        raise malformed(f"{path}: required key [{missing[0]}] not found")
    extra = sorted(value.keys() - required - optional) if optional is not None else []
    if extra:
        raise malformed(f"{path}: extraneous key [{extra[0]}] is not permitted")


def _text(value: Any, path: str, longest: int) -> str:
    if not isinstance(value, str):
        raise malformed(f"{path}: expected type: String")
    if not 1 <= len(value) <= longest:
        bound = f"expected maxLength: {longest}" if value else "expected minLength: 1"
        raise malformed(f"{path}: {bound}, actual: {len(value)}")
    return value


def _one_of(value: Any, path: str, choices: Collection[Any]) -> Any:
    if isinstance(value, bool) or value not in choices:
        raise malformed(f"{path}: {value} is not a valid enum value")
    return value


MODELS: Final = {
    model.id: model
    for model in (
        Model("luma.ray-v2:0", ("us-west-2",), ray),
        Model("amazon.nova-reel-v1:0", ("us-east-1", "eu-west-1", "ap-northeast-1"), nova(longest=SHOT)),
        Model("amazon.nova-reel-v1:1", ("us-east-1",), nova(longest=120)),
    )
}
