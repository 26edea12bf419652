"""What Gemini Omni takes, and how its interactions are shown.

google-genai 3.4.0 (API revision 2026-05-20); Gemini API, Omni guide and changelog, read 2026-11-21. A completed
interaction holds what a live one was recorded to hold: the input, a thought, the output, and the tokens.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from video_gen.spec.geometry import fit, parse_ratio, parse_tier
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.google.errors import worded
from video_gen.testing.emulators.google.media import check_picture, check_video, decoded
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, World

Surface = Literal["gemini", "vertex"]

_FIELDS: Final = frozenset({
    "model", "input", "previous_interaction_id", "generation_config", "response_format", "background", "store",
    "stream", "service_tier", "labels", "safety_settings", "webhook_config", "response_modalities",
})  # fmt: skip
_TASKS: Final = frozenset({"text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale"})
_CONFIG: Final = frozenset({"video_config", "seed", "thinking_level", "thinking_summaries"})
_TIERS: Final = ("360p", "720p", "1080p", "4k")
_SHARE: Final = {"360p": 1 / 3, "720p": 1.0, "1080p": 1.5, "4k": 3.0}
_PICTURES: Final = frozenset({
    "image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif", "image/bmp", "image/tiff"
})  # fmt: skip
TOKENS: Final = 5792
"""Of a second at 720p (Gemini API pricing page, 2026-09-19)."""
_REFUSAL: Final = "I can't generate that video. Please try a different prompt."


@dataclass(frozen=True, slots=True)
class Model:
    """What one model takes."""

    longest: int
    pictures: int


MODELS: Final = {"gemini-omni-1.2-flash": Model(15, 6), "gemini-omni-1.1-flash": Model(10, 10)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A create, read."""

    film: Film
    tier: str
    delivery: str
    folder: str
    steps: list[dict[str, Any]]


def read(body: Any, surface: Surface, retired: frozenset[str]) -> Asked:
    """Return what a create asks for.

    Raises:
        RefusedError: nothing that its model makes.
    """
    if not isinstance(body, dict):
        raise worded("invalid_request", "The request body must be a JSON object.")
    for name in body.keys() - _FIELDS:
        raise worded("invalid_request", f"Unknown or unsupported parameter '{name}'.")
    model = _model(body, retired)
    steps = _steps(body.get("input"))
    parts = [part for step in steps for part in step["content"]]
    for part in parts:
        _check_part(part)
    config = body.get("generation_config") or {}
    for name in config.keys() - _CONFIG:
        raise worded("invalid_request", f"generation_config.{name} is not supported by this model.")
    task = _task(config, parts, model, follows="previous_interaction_id" in body)
    form = body.get("response_format") or {"type": "video"}
    seconds, tier = _seconds(form, model, task, parts), _choice(form, "resolution", _TIERS, "720p")
    size = fit(parse_ratio(_choice(form, "aspect_ratio", ("16:9", "9:16"), "16:9")), parse_tier(tier))
    prompt = "\n".join(part["text"] for part in parts if part["type"] == "text")
    film = Film(
        prompt=prompt, seconds=seconds, width=size.width, height=size.height, audio=True, seed=config.get("seed")
    )
    delivery = _choice(form, "delivery", ("inline", "uri"), "inline")
    folder = form.get("gcs_uri") or ""
    if surface == "vertex" and delivery == "uri" and not folder.startswith("gs://"):
        raise worded("invalid_request", "response_format.gcs_uri is required when delivery is uri.")
    if body.get("stream"):
        raise worded("invalid_request", "Streaming is not supported for video output.")
    if body.get("background") and body.get("store") is False:
        raise worded("invalid_request", "Background interactions must be stored.")
    return Asked(film, tier, delivery, folder, steps)


def _model(body: dict[str, Any], retired: frozenset[str]) -> Model:
    name = body.get("model")
    if not isinstance(name, str):
        raise worded("invalid_request", "One of 'model' or 'agent' is required.")
    name = name.removeprefix("models/")
    if name in retired:
        raise worded("not_found", f"The model {name} is no longer available.", 404)
    if name not in MODELS:
        raise worded("not_found", f"models/{name} is not found for API version v1beta.", 404)
    return MODELS[name]


def _steps(given: Any) -> list[dict[str, Any]]:
    """Return the three forms of an input as one."""
    steps: list[dict[str, Any]]
    if isinstance(given, str):
        given = [{"type": "text", "text": given}]
    if isinstance(given, dict):
        given = [given]
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise worded("invalid_request", "'input' is required.")
    loose = all(each.get("type") != "user_input" for each in given)
    steps = [{"type": "user_input", "content": given}] if loose else given
    for step in steps:
        if step.get("type") != "user_input" or not isinstance(step.get("content"), list):
            raise worded("invalid_request", "Each step of 'input' must be a user_input with content.")
    return steps


def _check_part(part: Any) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return
    if kind not in {"image", "video"}:
        raise worded("invalid_request", f"Unsupported content type {kind!r}.")
    if isinstance(part.get("uri"), str):
        return
    try:
        data = decoded(part.get("data"), f"input.{kind}.data")
        if kind == "image":
            check_picture(data, part.get("mime_type"), _PICTURES)
        else:
            check_video(data, part.get("mime_type"))
    except RefusedError as refused:
        raise worded("invalid_request", refused.message) from None


def _task(config: dict[str, Any], parts: list[Any], model: Model, *, follows: bool) -> str:
    pictures = sum(part["type"] == "image" for part in parts)
    films = sum(part["type"] == "video" for part in parts)
    task = (config.get("video_config") or {}).get("task")
    if task is None:
        guess = "edit" if films or follows else "image_to_video" if pictures else "text_to_video"
        task = "reference_to_video" if not films and pictures > 2 else guess
    fits = {
        "text_to_video": pictures == films == 0,
        "image_to_video": pictures in {1, 2} and films == 0,
        "reference_to_video": pictures + films > 0,
    }
    if task not in _TASKS:
        raise worded("invalid_request", f"Invalid value {task!r} at 'generation_config.video_config.task'.")
    if not fits.get(task, films > 0 or follows):
        raise worded("invalid_request", f"The input does not fit the task {task}.")
    if pictures > model.pictures:
        raise worded("invalid_request", f"At most {model.pictures} images are supported, but got {pictures}.")
    if not any(part["type"] == "text" and part["text"].strip() for part in parts) and not pictures:
        raise worded("invalid_request", "The input must contain a text prompt.")
    return str(task)


def _seconds(form: Any, model: Model, task: str, parts: list[Any]) -> float:
    if not isinstance(form, dict) or form.get("type") != "video":
        raise worded("invalid_request", "response_format.type must be video for this model.")
    duration = form.get("duration", "5s")
    found = re.fullmatch(r"(\d+(?:\.\d+)?)s", duration) if isinstance(duration, str) else None
    if found is None:
        raise worded(
            "invalid_request",
            "Invalid value at 'response_format.duration' (type.googleapis.com/google.protobuf.Duration): "
            "Field 'duration', Illegal duration format; duration must end with 's'.",
        )
    pair = task == "image_to_video" and sum(part["type"] == "image" for part in parts) == 2
    longest = min(10, model.longest) if pair else model.longest
    if not 3 <= float(found[1]) <= longest:
        raise worded("invalid_request", f"The duration must be between 3s and {longest}s.")
    return float(found[1])


def _choice(form: dict[str, Any], name: str, choices: tuple[str, ...], otherwise: str) -> str:
    value = form.get(name, otherwise)
    if value not in choices:
        raise worded(
            "invalid_request", f"Invalid value {value!r} at 'response_format.{name}': use {', '.join(choices)}."
        )
    return str(value)


def shown(render: Render, world: World, video: Any) -> dict[str, Any]:
    """Return an interaction as it stands; `video` makes what the output says of where the video is."""
    standing, asked = world.standing(render), render.data["asked"]
    status = {
        "queued": "in_progress",
        "running": "in_progress",
        "succeeded": "completed",
        "failed": "completed" if standing.error != "broken" else "failed",
        "cancelled": "cancelled",
    }[standing.state]
    made = {
        "id": render.id,
        "object": "interaction",
        "model": render.model,
        "status": status,
        "created": _stamp(render.accepted_at),
        "updated": _stamp(world.now()),
        "service_tier": render.request.get("service_tier", "standard"),
    }
    steps = list(asked.steps)
    if status == "failed":
        made["errors"] = [{"code": "internal_error", "message": "An internal error has occurred. Please retry."}]
    if status == "completed":
        filmed = standing.state == "succeeded" and "no_video" not in render.faults
        words = [{"type": "text", "text": _REFUSAL}] if standing.error else []
        content = [video(render)] if filmed else words
        steps += [{"type": "thought", "signature": "c2lnbmF0dXJl"}, {"type": "model_output", "content": content}]
        made["usage"] = _usage(render, filmed=filmed)
    return {**made, "steps": steps}


def _usage(render: Render, *, filmed: bool) -> dict[str, Any]:
    asked = render.data["asked"]
    video = round(TOKENS * _SHARE[asked.tier] * asked.film.seconds) if filmed else 0
    given, thought, words = 20 + len(asked.film.prompt) // 4, 281, 92
    by_modality = [{"modality": "video", "tokens": video}] if filmed else [{"modality": "text", "tokens": words}]
    return {
        "total_input_tokens": given,
        "total_cached_tokens": 0,
        "total_output_tokens": video + thought + words,
        "total_thought_tokens": thought,
        "total_tool_use_tokens": 0,
        "total_tokens": given + video + thought + words,
        "output_tokens_by_modality": by_modality,
        "input_tokens_by_modality": [{"modality": "text", "tokens": given}],
    }


def _stamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
