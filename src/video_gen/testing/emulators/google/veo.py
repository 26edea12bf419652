"""What Veo takes, and how its operations stand.

Gemini API, video guide, 2026-10-07; Vertex AI, model pages of Veo 2 to 3.1; discovery document aiplatform v1 of
2026-11-06; google-genai 2.34.0 (what the Gemini API refuses) and 3.4.0.
"""

import base64
from dataclasses import dataclass
from typing import Any, Final, Literal

from video_gen.spec.geometry import fit, parse_ratio, parse_tier
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.google.errors import invalid, rpc
from video_gen.testing.emulators.google.media import PICTURES, check_picture, check_video, decoded
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, World

Surface = Literal["gemini", "vertex"]

_EIGHT_ONLY: Final = frozenset({"1080p", "4k"})
_PEOPLE: Final = frozenset({"allow_all", "allow_adult", "dont_allow", "disallow"})
_ON_CLOUD_ONLY: Final = (
    "generateAudio",
    "seed",
    "fps",
    "storageUri",
    "pubsubTopic",
    "compressionQuality",
    "resizeMode",
    "mask",
)
_FILTERED: Final = (
    "We could not deliver this video because it violates our usage guidelines. If you think this was an error, send "
    "feedback. Support codes: 29310472"
)
_UNHEARD: Final = "We encountered an issue with the audio for your prompt. You have not been charged for this attempt."
_TYPES: Final = {
    "gemini": "google.ai.generativelanguage.v1beta.PredictLongRunningResponse",
    "vertex": "cloud.ai.large_models.vision.GenerateVideoResponse",
}
REASONS: Final = {"policy": _FILTERED, "audio_filtered": _UNHEARD}


@dataclass(frozen=True, kw_only=True)
class Model:
    """What one model takes."""

    seconds: tuple[int, ...] = (4, 6, 8)
    tiers: tuple[str, ...] = ("720p", "1080p", "4k")
    last_frame: bool = True
    references: int = 3
    extends: bool = True
    sound: bool = True


_LITE: Final = Model(tiers=("720p", "1080p"), last_frame=False, references=0, extends=False)
_TWO: Final = Model(seconds=(5, 6, 7, 8), tiers=("720p",), extends=False, sound=False)
MODELS: Final[dict[Surface, dict[str, Model]]] = {
    "gemini": {
        "veo-3.1-generate-preview": Model(),
        "veo-3.1-fast-generate-preview": Model(),
        "veo-3.1-lite-generate-preview": _LITE,
        "veo-3.0-generate-001": _LITE,
        "veo-3.0-fast-generate-001": _LITE,
        "veo-2.0-generate-001": _TWO,
    },
    "vertex": {
        "veo-3.1-generate-001": Model(),
        "veo-3.1-fast-generate-001": Model(),
        "veo-3.1-lite-generate-001": _LITE,
        "veo-3.0-generate-001": _LITE,
        "veo-3.0-fast-generate-001": _LITE,
        "veo-2.0-generate-001": _TWO,
    },
}


def read(body: Any, model: Model, surface: Surface) -> tuple[Film, int]:
    """Return the film that a prediction asks for, and how many of it.

    Raises:
        RefusedError: the body is none that this model takes.
    """
    instances = body.get("instances") if isinstance(body, dict) else None
    if not isinstance(instances, list) or len(instances) != 1 or not isinstance(instances[0], dict):
        raise invalid("Request must contain exactly one instance.")
    instance, parameters = instances[0], body.get("parameters") or {}
    if surface == "gemini":
        for name in _ON_CLOUD_ONLY:
            if name in parameters or name in instance:
                raise _unsupported(name)
    feature = _feature(instance, model, surface)
    seconds = _seconds(parameters, model, feature, surface)
    tier = _choice(parameters, "resolution", model.tiers, "720p")
    if surface == "gemini" and seconds != 8 and (tier in _EIGHT_ONLY or feature != "text_to_video"):
        if tier in _EIGHT_ONLY:
            raise invalid(f"Resolution {tier} requires durationSeconds to be 8 seconds, but got {seconds}.")
        if feature in {"reference_to_video", "video_extension"}:
            raise invalid(f"`durationSeconds` must be 8 for feature {feature}, but got {seconds}.")
    _choice(parameters, "personGeneration", tuple(_PEOPLE), "allow_adult")
    ratio = _choice(parameters, "aspectRatio", ("16:9", "9:16"), "16:9")
    size = fit(parse_ratio(ratio), parse_tier(tier))
    sound = parameters.get("generateAudio", True)
    if not isinstance(sound, bool):
        raise invalid("`generateAudio` must be a boolean.")
    film = Film(
        prompt=instance.get("prompt") or "",
        seconds=seconds,
        width=size.width,
        height=size.height,
        audio=model.sound and sound,
        seed=_whole(parameters, "seed", 0, 2**32 - 1, None),
    )
    return film, _whole(parameters, "sampleCount", 1, 1 if surface == "gemini" else 4, 1) or 1


def _feature(instance: dict[str, Any], model: Model, surface: Surface) -> str:
    if not instance.get("prompt") and "image" not in instance and "video" not in instance:
        raise invalid("The prompt is empty. Please provide a prompt or an input image.")
    _check_frames(instance, model, surface)
    references = _check_references(instance.get("referenceImages") or [], model, surface)
    if "video" in instance:
        if not model.extends:
            raise _unsupported("video")
        _check_film(instance["video"], surface)
        return "video_extension"
    return "reference_to_video" if references else "image_to_video" if "image" in instance else "text_to_video"


def _check_frames(instance: dict[str, Any], model: Model, surface: Surface) -> None:
    for name in ("image", "lastFrame"):
        if name in instance:
            _check_image(instance[name], name, surface)
    if "lastFrame" in instance and not model.last_frame:
        raise _unsupported("lastFrame")
    if "lastFrame" in instance and "image" not in instance:
        raise invalid("`lastFrame` needs `image`.")


def _check_references(references: list[Any], model: Model, surface: Surface) -> list[Any]:
    if references and not model.references:
        raise _unsupported("referenceImages")
    if len(references) > model.references:
        raise invalid(f"At most {model.references} reference images are supported, but got {len(references)}.")
    for each in references:
        if str(each.get("referenceType", "")).lower() not in {"asset", "style"}:
            raise invalid("`referenceType` must be asset or style.")
        _check_image(each.get("image"), "referenceImages", surface)
    return references


def _seconds(parameters: dict[str, Any], model: Model, feature: str, surface: Surface) -> int:
    asked = parameters.get("durationSeconds", 8)
    if surface == "gemini" and isinstance(asked, str) and asked.isdigit():
        asked = int(asked)
    if asked not in model.seconds or isinstance(asked, bool | str | float):
        listed = ",".join(map(str, model.seconds))
        raise invalid(
            f"Unsupported output video duration {asked} seconds, supported durations are [{listed}] for feature "
            f"{feature}."
        )
    return int(asked)


def _choice(parameters: dict[str, Any], name: str, choices: tuple[str, ...], otherwise: str) -> str:
    value = parameters.get(name, otherwise)
    if value not in choices:
        raise invalid(f"Unsupported value {value!r} for `{name}`, supported values are {', '.join(sorted(choices))}.")
    return str(value)


def _whole(parameters: dict[str, Any], name: str, low: int, high: int, otherwise: int | None) -> int | None:
    value = parameters.get(name, otherwise)
    if value is otherwise:
        return otherwise
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise invalid(
            f"The number value for `{name}` is out of bound. Please provide a value between {low} and {high}, "
            "inclusive."
        )
    return value


def _check_image(image: Any, name: str, surface: Surface) -> None:
    image = image if isinstance(image, dict) else {}
    if surface == "gemini" and "inlineData" in image:
        inline = image["inlineData"]
        image = {"bytesBase64Encoded": inline.get("data"), "mimeType": inline.get("mimeType")}
    if surface == "vertex" and str(image.get("gcsUri", "")).startswith("gs://"):
        return
    if "bytesBase64Encoded" not in image:
        raise invalid(f"`{name}` must hold bytesBase64Encoded{' or gcsUri' if surface == 'vertex' else ''}.")
    check_picture(decoded(image["bytesBase64Encoded"], name), image.get("mimeType"), PICTURES)


def _check_film(video: Any, surface: Surface) -> None:
    video = video if isinstance(video, dict) else {}
    place, data, kind = (
        ("gcsUri", "bytesBase64Encoded", "mimeType") if surface == "vertex" else ("uri", "encodedVideo", "encoding")
    )
    if place in video:
        return
    if data not in video:
        raise invalid(f"`video` must hold {place} or {data}.")
    check_video(decoded(video[data], "video"), video.get(kind))


def _unsupported(name: str) -> RefusedError:
    return invalid(
        f"`{name}` isn't supported by this model. Please remove it or refer to the Gemini API documentation for "
        "supported usage."
    )


def known(model: str, surface: Surface, retired: frozenset[str], where: str) -> Model:
    """Return what a model takes.

    Raises:
        RefusedError: there is none of that name, or none any more.
    """
    if model in retired:
        raise rpc("NOT_FOUND", f"This model {where} is no longer available. Please update your code to a newer model.")
    found = MODELS[surface].get(model)
    if found is not None:
        return found
    if surface == "gemini":
        raise rpc(
            "NOT_FOUND",
            f"{where} is not found for API version v1beta, or is not supported for predictLongRunning. Call ListModels "
            "to see the list of available models and their supported methods.",
        )
    raise rpc(
        "NOT_FOUND",
        f"Publisher Model `{where}` was not found or your project does not have access to it. Please ensure you are "
        "using a valid model version.",
    )


def operation(render: Render, world: World, surface: Surface, videos: Any) -> dict[str, Any]:
    """Return an operation as it stands; `videos` makes what it delivers, a list of places or of contents."""
    standing = world.standing(render)
    name, takes = render.data["name"], render.data["takes"]
    if standing.state in {"queued", "running"} or not all(take.done() for take in takes):
        return {"name": name}
    if standing.error == "broken":
        error = {"code": 13, "message": "Internal error. Please try again later. Operation ID: " + render.id}
        return {"name": name, "done": True, "error": error}
    made: dict[str, Any] = {}
    if standing.error:
        made = {"raiMediaFilteredCount": len(takes), "raiMediaFilteredReasons": [REASONS[standing.error]]}
    elif "no_video" not in render.faults:
        made = videos(render)
    kind = {"@type": f"type.googleapis.com/{_TYPES[surface]}"}
    response = {**kind, "generateVideoResponse": made} if surface == "gemini" else {**kind, **made}
    return {"name": name, "done": True, "response": response}


def inline(path: Any) -> str:
    """Return a film as base64."""
    return base64.b64encode(path.read_bytes()).decode()
