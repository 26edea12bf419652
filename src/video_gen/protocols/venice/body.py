"""What the queue is asked: `QueueVideoRequest` of Venice's API description 20260821.193530.

It refuses a field that a model does not take, so nothing is sent that was not planned. Extra options go in by their own
names (`reference_audio_urls`, `elements`, `upscale_factor`, `consents` ...).
"""

from typing import Any, Final

from video_gen.exceptions import InvalidRequestError
from video_gen.spec import MediaRef, Plan, Settings
from video_gen.spec.protocol import Blob

_DELETION: Final = "delete_media_on_completion"


def queue_body(plan: Plan) -> dict[str, Any]:
    """Return the body of a queue call.

    Raises:
        InvalidRequestError: the extra options ask to delete the video with its first retrieval.
    """
    settings = plan.settings
    if _DELETION in settings.extra:
        raise InvalidRequestError(
            f"`{_DELETION}` is not sent: a download that breaks off could never be repeated. Leave it out; "
            "Venice removes the video by itself"
        )
    wanted = {
        "model": plan.wire_model,
        "prompt": settings.prompt or None,
        "negative_prompt": settings.negative_prompt,
        "duration": None if settings.seconds is None else f"{settings.seconds:g}s",
        "aspect_ratio": settings.aspect_ratio or plan.wire_options.get("from_image"),
        "resolution": settings.resolution,
        "audio": settings.audio,
        "seed": settings.seed,
        "image_url": _data(settings.first_frame),
        "end_image_url": _data(settings.last_frame),
        "video_url": _data(settings.source_video),
        "reference_image_urls": _references(settings),
    }
    return {name: value for name, value in wanted.items() if value is not None} | settings.extra


def _data(ref: MediaRef | None) -> Blob | None:
    return None if ref is None else Blob(ref=ref)


def _references(settings: Settings) -> list[Blob] | None:
    return [Blob(ref=ref) for ref in settings.references] or None
