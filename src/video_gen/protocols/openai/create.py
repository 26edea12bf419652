"""The call that makes a job: a new video, or a change of one that is there already.

`settings.encoding` "form" sends every new video as a form, as OpenAI's own clients do; otherwise only media make it
one. `settings.seconds_field` names the length where it is not `seconds` but a number of another name ("duration").
`wire_options` of a card are constant fields. Extra options are fields by their own names, except three of ours that
name a finished video by its id: `remix`, `edit` and `extend`. A source video is edited, and with `extend` set to true
extended.

Fields: openai-openapi f85dbe2 (2026-08-21); those OpenAI itself has not are vLLM-Omni's, SGLang's and OpenRouter's.
"""

from typing import Any, Final
from urllib.parse import quote

from video_gen.spec import Blob, Call, Context, MediaRef, Settings

_OURS: Final = ("remix", "edit", "extend")


def endpoint(context: Context) -> str:
    """Return the path of the service's videos."""
    return context.provider.settings.get("endpoint", "/videos").rstrip("/")


def wants_upload(context: Context) -> bool:
    """Whether the first frame is handed in as a file of its own, ahead of the job."""
    skipped = context.provider.settings.get("skip_upload", "true").lower() not in {"false", "0", "no", "off"}
    return not skipped and context.plan.settings.first_frame is not None


def upload(picture: MediaRef, context: Context) -> Call:
    """Return the call that hands a picture in (`/files`, purpose "vision")."""
    files = endpoint(context).removesuffix("/videos") + "/files"
    form = {"purpose": "vision", "file": Blob(ref=picture, encoding="file")}
    return Call(method="POST", path=files, form=form, free=True)


def create(context: Context, file_id: str = "") -> Call:
    """Return the billable call; with `file_id`, the first frame was handed in before."""
    settings, path = context.plan.settings, endpoint(context)
    ours, extra = _parted(settings.extra)
    said = {"prompt": settings.prompt, **extra}
    if ours.get("remix"):
        return Call(method="POST", path=f"{path}/{quote(str(ours['remix']), safe='')}/remix", body=said)
    if isinstance(ours.get("extend"), str):
        body = said | {"video": {"id": ours["extend"]}, "seconds": _seconds(settings)}
        return Call(method="POST", path=f"{path}/extensions", body=body)
    if ours.get("edit"):
        return Call(method="POST", path=f"{path}/edits", body=said | {"video": {"id": str(ours["edit"])}})
    if settings.source_video is not None:
        return _from_video(settings.source_video, context, said, extends=bool(ours.get("extend")))
    fields = {**_fields(context), **context.plan.wire_options, **extra}
    return _new(path, fields, context, file_id)


def _parted(extra: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    ours = {name: value for name, value in extra.items() if name in _OURS}
    return ours, {name: value for name, value in extra.items() if name not in _OURS}


def _from_video(video: MediaRef, context: Context, said: dict[str, Any], *, extends: bool) -> Call:
    form = {"video": Blob(ref=video, encoding="file"), "model": context.plan.wire_model, **said}
    if extends:
        form["seconds"] = _seconds(context.plan.settings)
    return Call(method="POST", path=f"{endpoint(context)}/{'extensions' if extends else 'edits'}", form=form)


def _new(path: str, fields: dict[str, Any], context: Context, file_id: str) -> Call:
    settings = context.plan.settings
    frames = (settings.first_frame, settings.last_frame, *settings.references)
    pictures = [Blob(ref=ref, encoding="file") for ref in frames if ref is not None]
    if file_id:
        return Call(method="POST", path=path, body=fields | {"input_reference": {"file_id": file_id}})
    if pictures:
        return Call(method="POST", path=path, form={**fields, "input_reference": pictures})
    if context.provider.settings.get("encoding") == "form":
        return Call(method="POST", path=path, form=fields)
    return Call(method="POST", path=path, body=fields)


def _fields(context: Context) -> dict[str, Any]:
    """Return what the plan holds; what it leaves open is not sent."""
    settings = context.plan.settings
    sized = settings.width is not None and settings.height is not None
    wanted = {
        "prompt": settings.prompt,
        "model": context.plan.wire_model,
        **_length(context),
        "size": f"{settings.width}x{settings.height}" if sized else None,
        "aspect_ratio": None if sized else settings.aspect_ratio,
        "resolution": None if sized else settings.resolution,
        "fps": settings.fps,
        "generate_audio": settings.audio,
        "seed": settings.seed,
        "negative_prompt": settings.negative_prompt,
        "n": settings.count if settings.count > 1 else None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _length(context: Context) -> dict[str, Any]:
    name = context.provider.settings.get("seconds_field", "seconds")
    seconds = context.plan.settings.seconds
    if name == "seconds" or seconds is None:
        return {"seconds": _seconds(context.plan.settings)}
    return {name: int(seconds) if seconds == int(seconds) else seconds}


def _seconds(settings: Settings) -> str | None:
    """A length is a text on this wire."""
    return None if settings.seconds is None else f"{settings.seconds:g}"
