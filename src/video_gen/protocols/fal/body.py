"""A model's input. Each model of fal has its own schema (@fal-ai/client 1.10.1, request types); most share these names.

`wire_options` of a card say where a model differs: `first_frame`, `last_frame`, `references`, `source_video`, `audio`
and `fps` name its field; `seconds_as` is "number" (5) or "suffixed" ("5s"), otherwise the length is text ("5");
`from_image` is what the ratio says when the video takes its picture's.

A file is a link or a data URI wherever fal takes one (docs.fal.ai, "Fast file uploads", read 2026-11-21). Media travel
as data URIs: fal's storage is another host than its queue, and a key goes to one host only.
"""

from typing import Any

from video_gen.spec import Blob, MediaRef, Plan


def body(plan: Plan) -> dict[str, Any]:
    """Return the JSON of the submit; extra options go in as they are, and win."""
    settings, options = plan.settings, plan.wire_options
    said = {
        "prompt": settings.prompt or None,
        "negative_prompt": settings.negative_prompt,
        "duration": _length(settings.seconds, options.get("seconds_as", "text")),
        "aspect_ratio": settings.aspect_ratio or (options.get("from_image") if settings.first_frame else None),
        "resolution": settings.resolution,
        "seed": settings.seed,
        options.get("fps", "fps"): _whole(settings.fps),
        options.get("audio", "generate_audio"): settings.audio,
        options.get("first_frame", "image_url"): _file(settings.first_frame),
        options.get("last_frame", "end_image_url"): _file(settings.last_frame),
        options.get("references", "image_urls"): [_file(ref) for ref in settings.references] or None,
        options.get("source_video", "video_url"): _file(settings.source_video),
    }
    return {name: value for name, value in said.items() if value is not None} | settings.extra


def _file(ref: MediaRef | None) -> Blob | None:
    return None if ref is None else Blob(ref=ref)


def _length(seconds: float | None, form: str) -> float | str | None:
    if seconds is None or form == "number":
        return _whole(seconds)
    return f"{seconds:g}s" if form == "suffixed" else f"{seconds:g}"


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value
