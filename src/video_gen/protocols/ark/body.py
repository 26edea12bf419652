"""What a model is asked: the body of `POST /contents/generations/tasks`.

Its fields are those of volcengine.com/docs/82379/1520757, read 2026-11-21. Extra options go in by their own names
(`camera_fixed`, `watermark`, `service_tier`, `callback_url` ...); items of an extra `content` are added to those made
here: a video to follow is such an item, since it is taken by a public link only.
"""

from hashlib import sha256
from typing import Any, Final

from video_gen.spec import Context, MediaRef
from video_gen.spec.protocol import Blob

EXPIRES: Final = "execution_expires_after"
_USUAL: Final = 172_800
_SPARE: Final = 86_400
"""The longest that may be asked for is 72 hours, 24 more than usual."""


def mark_of(context: Context) -> int:
    """Return the seconds after which a task that was not carried out expires: the mark by which it is known again.

    A task has no name that its caller gives. But it shows, in any state and in the list, after how many seconds it
    expires; the usual 48 hours and a part of another 24, drawn from the idempotency key, does it no harm and tells one
    task from 86,399 others.
    """
    return _USUAL + int.from_bytes(sha256(context.idempotency_key.encode()).digest()[:8]) % _SPARE


def task_body(context: Context) -> dict[str, Any]:
    """Return the body of a task."""
    plan, settings = context.plan, context.plan.settings
    items: list[dict[str, Any]] = [{"type": "text", "text": settings.prompt}] if settings.prompt else []
    media = (
        *_items("first_frame", settings.first_frame),
        *_items("last_frame", settings.last_frame),
        *_items("reference_image", *settings.references),
        *_items("reference_video", settings.source_video),
    )
    extra = dict(settings.extra)
    more = extra.pop("content", [])
    wanted = {
        "model": plan.wire_model,
        "content": [*items, *media, *(more if isinstance(more, list) else [more])],
        "resolution": settings.resolution,
        "ratio": settings.aspect_ratio or (plan.wire_options.get("from_image") if media else None),
        "duration": None if settings.seconds is None else round(settings.seconds),
        "seed": settings.seed,
        "generate_audio": settings.audio,
        EXPIRES: mark_of(context),
    }
    return {name: value for name, value in wanted.items() if value is not None} | extra


def _items(role: str, *refs: MediaRef | None) -> list[dict[str, Any]]:
    given = [(f"{ref.kind}_url", ref) for ref in refs if ref is not None]
    return [{"type": kind, kind: {"url": Blob(ref=ref)}, "role": role} for kind, ref in given]
