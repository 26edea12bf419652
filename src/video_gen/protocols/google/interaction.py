"""What an interaction is told, and what it says: its videos, its words, its tokens.

Interaction of google-genai 3.4.0 (API revision 2026-05-20); Gemini API, Omni guide, read 2026-11-21. Extra options go
into the body by their own names, group by group (`generation_config`, `response_format`, `previous_interaction_id`,
`safety_settings`, `service_tier`, `labels`); `task` alone is short for the video's task ("extend", "upscale").
"""

from decimal import Decimal
from typing import Any, Final

from video_gen.exceptions import ContentPolicyError, NoVideoError
from video_gen.protocols.google.places import bucket, labels, on_cloud, own
from video_gen.spec import Blob, Context, Done, Failed, MediaRef, Output, micro
from video_gen.spec.answers import at, words_at

_TASKS: Final = {
    "text_to_video": "text_to_video",
    "image_to_video": "image_to_video",
    "first_last_frame": "image_to_video",  # of two pictures, the second is the last frame
    "reference_to_video": "reference_to_video",
    "video_to_video": "edit",
}
_QUOTED: Final = 300


def interaction(context: Context) -> dict[str, Any]:
    """Return the body of a create: answered at once, kept until the video is fetched."""
    settings = context.plan.settings
    extra = dict(settings.extra)
    task = extra.pop("task", None if "previous_interaction_id" in extra else _TASKS[context.plan.task])
    generation = {"video_config": None if task is None else {"task": task}, "seed": settings.seed}
    media = [_content(ref) for ref in settings.media]
    body = {
        "model": context.plan.wire_model,
        "input": [{"type": "user_input", "content": [*media, {"type": "text", "text": settings.prompt}]}],
        "generation_config": _said(generation) or None,
        "response_format": _format(context),
        "background": True,
        "store": True,
        "labels": labels(context) or None,
    }
    return _merged(_said(body), extra)


def _format(context: Context) -> dict[str, Any]:
    settings, place = context.plan.settings, bucket(context)
    wanted = {
        "type": "video",
        "aspect_ratio": settings.aspect_ratio,
        "resolution": settings.resolution,
        "duration": None if settings.seconds is None else f"{settings.seconds:g}s",
        "delivery": "inline" if on_cloud(context) and place is None else "uri",
        "gcs_uri": place,
    }
    return _said(wanted)


def _content(ref: MediaRef) -> dict[str, Any]:
    return {"type": ref.kind, "data": Blob(ref=ref, encoding="base64"), "mime_type": ref.media_type}


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return both, group by group; where both name a value, `more` has the say."""
    merged = {**base, **more}
    for name in base.keys() & more.keys():
        if isinstance(base[name], dict) and isinstance(more[name], dict):
            merged[name] = _merged(base[name], more[name])
    return merged


def contents(body: Any) -> list[Any] | None:
    """Return what the model put out, parts of text and video; None where it does not say.

    Until 2026-06-08 the parts lay in `outputs`; relays may still speak so.
    """
    steps, before = at(body, "steps"), at(body, "outputs")
    if not isinstance(steps, list):
        return before if isinstance(before, list) else None
    found = [at(step, "content") for step in steps if at(step, "type") == "model_output"]
    return [part for parts in found if isinstance(parts, list) for part in parts]


def step_error(body: Any) -> Any:
    """Return the error of an output, None where there is none."""
    steps = at(body, "steps")
    errors = [at(step, "error") for step in steps] if isinstance(steps, list) else []
    return next((error for error in errors if isinstance(error, dict)), None)


def outputs(body: Any) -> tuple[Output, ...]:
    """Return the videos: in the caller's bucket, in a file of the Gemini API, or in the answer itself."""
    found: list[Output] = []
    for part in contents(body) or []:
        if at(part, "type") != "video":
            continue
        uri, data = words_at(part, "uri"), words_at(part, "data")
        if uri:
            found.append(Output(url=own(uri), authorized=True))
        elif data:
            found.append(Output(url=f"data:{words_at(part, 'mime_type') or 'video/mp4'};base64,{data}"))
    return tuple(found)


def tokens(body: Any, modality: str) -> int | None:
    """Return how many tokens of a kind it put out; None where it does not say."""
    listed = at(body, "usage", "output_tokens_by_modality")
    if not isinstance(listed, list):
        return None
    return sum(_count(each, "tokens") for each in listed if words_at(each, "modality").lower() == modality)


def _count(body: Any, *path: str) -> int:
    found = at(body, *path)
    return found if isinstance(found, int) and found > 0 else 0


def cost(body: Any, context: Context) -> int | None:
    """Return what the tokens cost, where the card knows their prices in dollars a million (`usd_per_mtok_...`)."""
    prices, video = context.plan.wire_options, tokens(body, "video")
    if video is None or "usd_per_mtok_video" not in prices:
        return None
    given, output, thought, total = (
        _count(body, "usage", f"total_{name}tokens") for name in ("input_", "output_", "thought_", "")
    )
    words = max(0, (total - given if total else output + thought) - video)
    counts = {"video": video, "text": words, "input": given}
    dollars = sum((Decimal(prices[f"usd_per_mtok_{name}"]) * count for name, count in counts.items()), Decimal(0))
    return micro(dollars / 1_000_000)


def finished(body: Any, context: Context) -> Done | Failed | None:
    """Return what a completed interaction delivers; None where it is not to be seen whether there is a video.

    A refusal is completed too: it has words in place of a video.
    """
    found, price = outputs(body), cost(body, context)
    if found:
        return Done(outputs=found, cost=price)
    parts = contents(body)
    if parts is None or tokens(body, "video"):
        return None
    said = " ".join(" ".join(words_at(part, "text") for part in parts).split())
    if said:
        return Failed(code=ContentPolicyError.code, message=f"no video, but words: {said[:_QUOTED]}", cost=price)
    return Failed(code=NoVideoError.code, message="the interaction is completed, and has no video", cost=price)
