"""What each model is told, in its own form; `wire_options.input` of its card says which form that is.

"nova-reel": docs.aws.amazon.com/nova/latest/userguide/video-gen-access.html, read 2026-11-21.
"luma-ray": docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-luma.html, read 2026-11-21.

Extra options go in by their own names, except `shots`: the shots of a Nova Reel video, six seconds each, as texts or as
the wire has them.
"""

from typing import Any, Final

from video_gen.exceptions import InvalidRequestError
from video_gen.spec import MediaRef, Plan, Settings
from video_gen.spec.protocol import Blob

SHOT: Final = 6
"""Seconds of one shot of Nova Reel."""


def model_input(plan: Plan, extra: dict[str, Any]) -> dict[str, Any]:
    """Return the model's input.

    Raises:
        InvalidRequestError: `shots` is no list of shots, or makes another length than is planned and priced.
    """
    if plan.wire_options.get("input") == "luma-ray":
        return _merged(_luma(plan.settings), extra)
    rest = {name: value for name, value in extra.items() if name != "shots"}
    return _merged(_nova(plan.settings, extra.get("shots")), rest)


def _luma(settings: Settings) -> dict[str, Any]:
    frames = {"frame0": settings.first_frame, "frame1": settings.last_frame}
    keyframes = {name: _keyframe(ref) for name, ref in frames.items() if ref is not None}
    wanted = {
        "prompt": settings.prompt,
        "aspect_ratio": settings.aspect_ratio,
        "duration": None if settings.seconds is None else f"{settings.seconds:g}s",
        "resolution": settings.resolution,
        "keyframes": keyframes or None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _keyframe(ref: MediaRef) -> dict[str, Any]:
    data = Blob(ref=ref, encoding="base64")
    return {"type": "image", "source": {"type": "base64", "media_type": ref.media_type, "data": data}}


def _nova(settings: Settings, shots: Any) -> dict[str, Any]:
    config: dict[str, Any] = {"fps": round(settings.fps or 24), "dimension": f"{settings.width}x{settings.height}"}
    if settings.seed is not None:
        config["seed"] = settings.seed
    if shots is not None:
        params: dict[str, Any] = {"shots": _shots(shots, settings)}
        return {"taskType": "MULTI_SHOT_MANUAL", "multiShotManualParams": params, "videoGenerationConfig": config}
    seconds = round(settings.seconds or SHOT)
    config["durationSeconds"] = seconds
    if seconds > SHOT:
        params = {"text": settings.prompt}
        return {"taskType": "MULTI_SHOT_AUTOMATED", "multiShotAutomatedParams": params, "videoGenerationConfig": config}
    params = {"text": settings.prompt}
    if settings.first_frame is not None:
        params["images"] = [_picture(settings.first_frame)]
    return {"taskType": "TEXT_VIDEO", "textToVideoParams": params, "videoGenerationConfig": config}


def _shots(shots: Any, settings: Settings) -> list[dict[str, Any]]:
    if not isinstance(shots, list) or not all(isinstance(shot, str | dict) for shot in shots) or not shots:
        raise InvalidRequestError('`shots` is no list of texts or shots: write it like ["a beach", "the sea"]')
    made = len(shots) * SHOT
    if settings.seconds is not None and made != settings.seconds:
        raise InvalidRequestError(
            f"{len(shots)} `shots` of {SHOT} s make {made} s, and {settings.seconds:g} s are planned: ask for {made} s"
        )
    listed: list[dict[str, Any]] = [{"text": shot} if isinstance(shot, str) else dict(shot) for shot in shots]
    if settings.first_frame is not None:
        listed[0].setdefault("image", _picture(settings.first_frame))
    return listed


def _picture(ref: MediaRef) -> dict[str, Any]:
    return {"format": ref.media_type.partition("/")[2], "source": {"bytes": Blob(ref=ref, encoding="base64")}}


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return both, group by group; where both name a value, `more` has the say."""
    merged = {**base, **more}
    for name in base.keys() & more.keys():
        if isinstance(base[name], dict) and isinstance(more[name], dict):
            merged[name] = _merged(base[name], more[name])
    return merged
