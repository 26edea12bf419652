"""What Dream Machine takes (lumaai 1.21.0, request types; docs.lumalabs.ai/docs/errors, read 2026-11-21)."""

from typing import Any, Final
from urllib.parse import urlsplit

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.luma.details import Detail, invalid, one_of, size_of, unknown, wrong
from video_gen.testing.emulators.studio import Film

MODELS: Final = ("ray-2", "ray-flash-2")
RATIOS: Final = ("1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21")
RESOLUTIONS: Final = ("540p", "720p", "1080p", "4k")
DURATIONS: Final = ("5s", "9s")
_FIELDS: Final = {
    "model",
    "prompt",
    "aspect_ratio",
    "resolution",
    "duration",
    "loop",
    "keyframes",
    "concepts",
    "callback_url",
    "generation_type",
}
_CENTS: Final = {"540p": (40, 72), "720p": (71, 127), "1080p": (159, 287), "4k": (637, 1147)}
"""Of 5 and 9 s with Ray 2 (a partner's copy of Luma's list price, October 2025); Flash is about a third of it."""


def check(body: dict[str, Any]) -> None:
    """Refuse a body that will not do.

    Raises:
        RefusedError: in Luma's words.
    """
    found = [
        *(one_of(body["model"], MODELS, "model") if "model" in body else [wrong("missing", "Field required", "model")]),
        *(_optional(body, "aspect_ratio", RATIOS)),
        *(_optional(body, "resolution", RESOLUTIONS)),
        *(_optional(body, "duration", DURATIONS)),
        *(_optional(body, "generation_type", ("video",))),
        *unknown(body, _FIELDS),
        *_keyframes(body.get("keyframes")),
    ]
    if "loop" in body and not isinstance(body["loop"], bool):
        found.append(wrong("bool_type", "Input should be a valid boolean", "loop"))
    if found:
        raise invalid(found)
    _check_sense(body)


def _optional(body: dict[str, Any], name: str, choices: tuple[str, ...]) -> list[Detail]:
    return one_of(body[name], choices, name) if name in body else []


def _keyframes(given: Any) -> list[Detail]:
    if given is None:
        return []
    if not isinstance(given, dict):
        return [wrong("dict_type", "Input should be a valid dictionary", "keyframes")]
    found = unknown(given, {"frame0", "frame1"}, "keyframes")
    for name, frame in given.items():
        kind = str(frame.get("type")) if isinstance(frame, dict) else ""
        wanted = {"image": "url", "generation": "id"}.get(kind)
        if wanted is None:
            found.append(wrong("union_tag_invalid", "Input tag should be 'generation' or 'image'", "keyframes", name))
        elif not isinstance(frame.get(wanted), str):
            found.append(wrong("missing", "Field required", "keyframes", name, kind, wanted))
        elif wanted == "url" and not _is_link(frame["url"]):
            found.append(wrong("url_parsing", "Input should be a valid URL", "keyframes", name, kind, wanted))
    return found


def _is_link(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _check_sense(body: dict[str, Any]) -> None:
    prompt, frames = body.get("prompt"), body.get("keyframes")
    if frames is not None and not any(frames.values()):
        raise RefusedError(400, "", "No keyframes provided")
    if not prompt and not frames:
        raise RefusedError(400, "", "Prompt is required")
    if prompt and not 3 <= len(prompt) <= 5000:
        limit = "short, minimum length is 3" if len(prompt) < 3 else "long, maximum length is 5000"
        raise RefusedError(400, "", f"Prompt is too {limit} characters")
    if body.get("loop") and frames and "frame1" in frames:
        raise RefusedError(400, "", f"Loop is not supported for {'keyframes' if 'frame0' in frames else 'end frame'}")


def film_of(body: dict[str, Any]) -> Film:
    """Return the film a body asks for; Ray 2 is silent."""
    width, height = size_of(body.get("aspect_ratio"), body.get("resolution"))
    seconds = float(body.get("duration", "5s").removesuffix("s"))
    return Film(prompt=body.get("prompt", ""), seconds=seconds, width=width, height=height)


def cents(body: dict[str, Any]) -> float:
    """Return what a generation costs, in US cents."""
    price = _CENTS[body.get("resolution", "720p")][body.get("duration", "5s") == "9s"]
    return price if body["model"] == "ray-2" else round(price / 3, 1)
