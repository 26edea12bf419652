"""What a task is told (runwayml 5.24.0, request types), one form for each of the three endpoints.

`wire_options` of a card say where a model differs: `geometry = "names"` sends the ratio as "16:9" and the resolution
beside it; `from_image` is what stands for the ratio when the video takes its picture's; `video` names the field of the
source video, `video_audio` the provider setting that keeps its sound ("none": there is no word for it).
"""

from collections.abc import Mapping
from typing import Any, Final

from video_gen.spec import MediaRef, Plan

DATA_URI_MAX: Final = 5_000_000
"""Characters a data URI may have (runwayml 5.24.0, request types); larger media are uploaded first."""
Uris = Mapping[str, Any]
"""What stands for each media input on the wire, by its sha256."""


def endpoint(plan: Plan) -> str:
    """Return the endpoint that makes this kind of video."""
    settings = plan.settings
    if settings.source_video is not None:
        return "video_to_video"
    return "image_to_video" if settings.first_frame or settings.last_frame else "text_to_video"


def too_large(ref: MediaRef) -> bool:
    """Whether a media input does not fit into a data URI."""
    head = len(f"data:{ref.media_type};base64,")
    return head + 4 * -(-ref.bytes // 3) > DATA_URI_MAX


def body(plan: Plan, uris: Uris) -> dict[str, Any]:
    """Return the JSON of the submit; extra options go in as they are, and win."""
    settings = plan.settings
    said = {
        "model": plan.wire_model,
        "promptText": settings.prompt or None,
        "negativePrompt": settings.negative_prompt,
        "duration": _whole(settings.seconds),
        "seed": settings.seed,
        **_audio(plan),
        **_geometry(plan),
        **_media(plan, uris),
    }
    return {name: value for name, value in said.items() if value is not None} | settings.extra


def _whole(seconds: float | None) -> float | None:
    return int(seconds) if seconds is not None and seconds == int(seconds) else seconds


def _audio(plan: Plan) -> dict[str, Any]:
    settings = plan.settings
    edits = plan.wire_options.get("video_audio") if settings.source_video is not None else None
    if settings.audio is None or edits == "none":
        return {}
    return {"audio": settings.audio} if edits is None else {"providerSettings": {edits: settings.audio}}


def _geometry(plan: Plan) -> dict[str, str | None]:
    settings, options = plan.settings, plan.wire_options
    if options.get("geometry") == "names":
        return {"ratio": settings.aspect_ratio, "resolution": settings.resolution}
    if settings.width and settings.height:
        return {"ratio": f"{settings.width}:{settings.height}"}
    if settings.resolution and "from_image" in options:
        return {"ratio": options["from_image"].format(resolution=settings.resolution)}
    return {"resolution": settings.resolution}


def _media(plan: Plan, uris: Uris) -> dict[str, Any]:
    settings, found = plan.settings, dict[str, Any]()
    if settings.source_video is not None:
        found[plan.wire_options.get("video", "videoUri")] = uris[settings.source_video.sha256]
    if settings.first_frame is not None and settings.last_frame is None:
        found["promptImage"] = uris[settings.first_frame.sha256]
    elif settings.last_frame is not None:
        frames = (("first", settings.first_frame), ("last", settings.last_frame))
        found["promptImage"] = [{"uri": uris[ref.sha256], "position": name} for name, ref in frames if ref is not None]
    if settings.references:
        kind = plan.wire_options.get("reference_type")
        found["references"] = [
            {"uri": uris[ref.sha256]} | ({"type": kind} if kind else {}) for ref in settings.references
        ]
    return found
