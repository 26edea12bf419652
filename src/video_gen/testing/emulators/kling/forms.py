"""What a request may hold, by kind (docs: Text, Image and Multi-Image to Video, stored copies, read 2026-11-21)."""

import base64
import binascii
import io
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.kling.models import DEFAULTS, MODELS, MODES, Kind, Model
from video_gen.testing.emulators.studio import Film

_RATIOS: Final = ("16:9", "9:16", "1:1")
_MOVES: Final = ("simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward")
_AXES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
_PICTURE_BYTES: Final = 10 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a valid request asks for."""

    model: str
    film: Film
    units: float


def invalid(why: str) -> RefusedError:
    """Return the refusal of a value."""
    return RefusedError(400, "1201", why)


def read(kind: Kind, given: Any) -> Wanted:
    """Read a request.

    Raises:
        RefusedError: in Kling's codes.
    """
    if not isinstance(given, dict):
        raise RefusedError(400, "1200", "Failed to resolve the request body")
    name = _text(given, "model_name", 100) or DEFAULTS[kind]
    model = MODELS.get(name)
    if model is None:
        raise RefusedError(404, "1203", f"model {name} does not exist")
    if kind not in model.kinds:
        raise invalid(f"model_name value '{name}' is invalid for {kind}")
    _check_words(kind, given)
    mode = _one_of(given, "mode", model.modes or tuple(MODES), "std")
    sound = _one_of(given, "sound", ("on", "off"), "off") == "on"
    if sound and mode not in (model.sound or {}):
        raise invalid(f"sound is not supported by {name} in mode {mode}")
    left, right = _shape(kind, given)
    seconds = _seconds(given, model, mode, sound=sound)
    scale = (model.short_side or MODES[mode]) / min(left, right)
    film = Film(
        prompt=given.get("prompt") or "",
        seconds=seconds,
        width=round(left * scale / 2) * 2,
        height=round(right * scale / 2) * 2,
        fps=model.fps,
        audio=sound,
    )
    return Wanted(name, film, model.price(mode, seconds, sound=sound))


def _check_words(kind: Kind, given: dict[str, Any]) -> None:
    prompt = _text(given, "prompt", 2500)
    _text(given, "negative_prompt", 2500)
    _text(given, "callback_url", 2048)
    _text(given, "external_task_id", 256)
    if not prompt and kind != "image2video" and not given.get("multi_shot"):
        raise invalid("prompt is required")
    scale = given.get("cfg_scale", 0.5)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale <= 1:
        raise invalid(f"cfg_scale value '{scale}' is invalid, it must be between 0 and 1")
    if given.get("camera_control") is not None:
        _check_camera(given["camera_control"])


def _check_camera(camera: Any) -> None:
    if not isinstance(camera, dict) or camera.get("type") not in _MOVES:
        raise invalid("camera_control.type is invalid")
    config = camera.get("config")
    if camera["type"] != "simple":
        if config:
            raise invalid("camera_control.config must be empty for this type")
        return
    if not isinstance(config, dict) or not config.keys() <= set(_AXES):
        raise invalid("camera_control.config is invalid")
    moved = [value for value in config.values() if value]
    if len(moved) != 1 or not isinstance(moved[0], int | float) or not -10 <= moved[0] <= 10:
        raise invalid("camera_control.config must have one value that is not zero, between -10 and 10")


def _shape(kind: Kind, given: dict[str, Any]) -> tuple[int, int]:
    if kind == "image2video":
        pictures = [_picture(given[name], name) for name in ("image", "image_tail") if given.get(name)]
        if not pictures:
            raise invalid("at least one of image and image_tail is required")
        return pictures[0]
    if kind == "multi-image2video":
        listed = given.get("image_list")
        if not isinstance(listed, list) or not 1 <= len(listed) <= 4:
            raise invalid("image_list must hold 1 to 4 images")
        for number, each in enumerate(listed):
            _picture(each.get("image") if isinstance(each, dict) else None, f"image_list[{number}].image")
    left, _, right = _one_of(given, "aspect_ratio", _RATIOS, "16:9").partition(":")
    return int(left), int(right)


def _seconds(given: dict[str, Any], model: Model, mode: str, *, sound: bool) -> int:
    if given.get("image_tail"):
        if mode not in model.tail:
            raise invalid(f"image_tail is not supported in mode {mode}")
        if sound and not model.tail_sound:
            raise invalid("image_tail and sound are mutually exclusive")
    durations = model.tail_durations if given.get("image_tail") else model.durations
    return int(_one_of(given, "duration", [str(each) for each in durations], "5"))


def _picture(value: Any, name: str) -> tuple[int, int]:
    if not isinstance(value, str) or not value:
        raise invalid(f"{name} is required")
    if value.startswith(("http://", "https://")):
        return 16, 9  # a link is fetched later
    try:
        data = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        raise invalid(f"{name}: File is not in a valid base64 format") from None
    if len(data) > _PICTURE_BYTES:
        raise invalid(f"{name}: Image file size exceeds 10MB")
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind, (width, height) = image.format, image.size
    except OSError:
        raise invalid(f"{name}: Image cannot be read") from None
    if kind not in {"JPEG", "PNG"}:
        raise invalid(f"{name}: Image format {kind} is not supported")
    if min(width, height) < 300 or not 0.4 <= width / height <= 2.5:
        raise invalid(f"{name}: Image size {width}x{height} is invalid: at least 300px, between 1:2.5 and 2.5:1")
    return width, height


def _text(given: dict[str, Any], name: str, longest: int) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedError(400, "1200", f"{name} must be a string, not {json.dumps(value)[:50]}")
    if len(value) > longest:
        raise invalid(f"{name} must not exceed {longest} characters")
    return value


def _one_of(given: dict[str, Any], name: str, choices: Collection[str], usual: str) -> str:
    value = _text(given, name, 100) or usual
    if value not in choices:
        raise invalid(f"{name} value '{value}' is invalid")
    return value
