"""What a model is asked, in the form of its interface's version (platform.minimax.io/docs/api-reference, 2026-11-21).

Extra options go in by their own names (`prompt_optimizer`, `fast_pretreatment`; for H3 Max
`extra.prompt_expansion_mode`).
"""

from typing import Any

from video_gen.spec import MediaRef, Plan, Settings
from video_gen.spec.protocol import Blob


def body_v2(plan: Plan) -> dict[str, Any]:
    """Return the body of `POST /v2/video_generation`: the prompt and the pictures are items of one list."""
    settings = plan.settings
    items: list[dict[str, Any]] = [{"type": "text", "text": settings.prompt}]
    items += _items("first_frame", settings.first_frame) + _items("last_frame", settings.last_frame)
    items += _items("reference_image", *settings.references) + _items("reference_video", settings.source_video)
    wanted = {
        "model": plan.wire_model,
        "content": items,
        "resolution": settings.resolution,
        "duration": _whole(settings),
        "ratio": settings.aspect_ratio or (plan.wire_options.get("from_image") if len(items) > 1 else None),
    }
    return _sent(wanted, settings)


def body_v1(plan: Plan) -> dict[str, Any]:
    """Return the body of `POST /v1/video_generation`."""
    settings = plan.settings
    subject = [{"type": "character", "image": [Blob(ref=ref)]} for ref in settings.references]
    wanted = {
        "model": plan.wire_model,
        "prompt": settings.prompt or None,
        "duration": _whole(settings),
        "resolution": settings.resolution,
        "first_frame_image": None if settings.first_frame is None else Blob(ref=settings.first_frame),
        "last_frame_image": None if settings.last_frame is None else Blob(ref=settings.last_frame),
        "subject_reference": subject or None,
    }
    return _sent(wanted, settings)


def _items(role: str, *refs: MediaRef | None) -> list[dict[str, Any]]:
    given = [(f"{ref.kind}_url", ref) for ref in refs if ref is not None]
    return [{"type": kind, kind: {"url": Blob(ref=ref)}, "role": role} for kind, ref in given]


def _whole(settings: Settings) -> int | None:
    return None if settings.seconds is None else round(settings.seconds)


def _sent(wanted: dict[str, Any], settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if value is not None} | settings.extra
