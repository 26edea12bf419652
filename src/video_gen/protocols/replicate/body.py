"""What a prediction is told. Each model has an input schema of its own; most video models share these names.

`wire_options` of a card say where a model differs: `first_frame`, `last_frame`, `references`, `source_video` and
`audio` name its field; `mode_720p`, `mode_1080p` ... are the word of its input `mode` that stands for a resolution.

Extra options go into the input, but for three that are the prediction's own: `webhook`, `webhook_events_filter`, and
`cancel_after`, a header ("30s", "5m"; changelog of 2025-10-16): Replicate stops a prediction that takes longer.
"""

from collections.abc import Mapping
from typing import Any, Final

from video_gen.spec import MediaRef, Plan

INLINE_MAX: Final = 256_000
"""Bytes of a file that may travel as a data URI (Replicate's OpenAPI, predictions.create); larger ones are uploaded."""
_OWN: Final = frozenset({"webhook", "webhook_events_filter"})
_DEADLINE: Final = "cancel_after"
Files = Mapping[str, Any]
"""What stands for each media input on the wire, by its sha256."""


def body(plan: Plan, files: Files) -> dict[str, Any]:
    """Return the JSON of the submit."""
    version = plan.wire_model.partition(":")[2]
    extra = plan.settings.extra
    own = {name: extra[name] for name in extra.keys() & _OWN}
    return ({"version": version} if version else {}) | {"input": model_input(plan, files)} | own


def model_input(plan: Plan, files: Files) -> dict[str, Any]:
    """Return the model's input; extra options go in as they are, and win."""
    settings, options = plan.settings, plan.wire_options
    mode = options.get(f"mode_{settings.resolution}")
    said = {
        "prompt": settings.prompt or None,
        "negative_prompt": settings.negative_prompt,
        "duration": _whole(settings.seconds),
        "aspect_ratio": settings.aspect_ratio,
        "resolution": settings.resolution if mode is None else None,
        "mode": mode,
        "fps": _whole(settings.fps),
        "seed": settings.seed,
        options.get("audio", "generate_audio"): settings.audio,
        options.get("first_frame", "image"): _file(settings.first_frame, files),
        options.get("last_frame", "last_frame"): _file(settings.last_frame, files),
        options.get("references", "reference_images"): [_file(ref, files) for ref in settings.references] or None,
        options.get("source_video", "video"): _file(settings.source_video, files),
    }
    extra = {name: value for name, value in settings.extra.items() if name not in _OWN | {_DEADLINE}}
    return {name: value for name, value in said.items() if value is not None} | extra


def headers(plan: Plan) -> dict[str, str]:
    """Return the headers of the submit."""
    deadline = plan.settings.extra.get(_DEADLINE)
    return {} if deadline is None else {"Cancel-After": str(deadline)}


def _file(ref: MediaRef | None, files: Files) -> Any:
    return None if ref is None else files[ref.sha256]


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value
