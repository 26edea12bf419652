"""What Luma Agents takes for videos (luma-agents 0.5.0, request types and what they say, read 2026-11-21)."""

import base64
import binascii
import io
import tempfile
from pathlib import Path
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from video_gen.exceptions import VideoProcessingError
from video_gen.media.probe import probe
from video_gen.spec.media import MediaInfo
from video_gen.testing.emulators.emulator import RefusedError
from video_gen.testing.emulators.luma.details import Detail, invalid, one_of, size_of, unknown, wrong
from video_gen.testing.emulators.studio import Film

RATIOS: Final = ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
RESOLUTIONS: Final = ("360p", "540p", "720p", "1080p")
DURATIONS: Final = ("5s", "10s")
TYPES: Final = ("video", "video_edit", "video_reframe")
MEDIA_MAX: Final = 50 * 2**20
SOURCE_SECONDS: Final = 18.0
_FIELDS: Final = {"prompt", "model", "type", "aspect_ratio", "source", "video", "user_id", "output_format"}
_VIDEO: Final = {
    "duration",
    "resolution",
    "start_frame",
    "end_frame",
    "keyframes",
    "keyframe_indexes",
    "loop",
    "hdr",
    "exr_export",
    "edit",
    "source_position",
}


def check(body: dict[str, Any]) -> Film:
    """Return the film a body asks for, or refuse it.

    Raises:
        RefusedError: in Luma's words.
    """
    video = body.get("video") or {}
    found = [
        *([] if body.get("prompt") else [wrong("missing", "Field required", "prompt")]),
        *one_of(body.get("model"), ("ray-3.2",), "model"),
        *one_of(body.get("type"), TYPES, "type"),
        *(one_of(body["aspect_ratio"], RATIOS, "aspect_ratio") if body.get("aspect_ratio") else []),
        *unknown(body, _FIELDS),
        *_video(video),
    ]
    if found:
        raise invalid(found)
    _check_sense(body, video)
    source = _source(body)
    _pictures(video)
    width, height = (
        (source.width, source.height) if source else size_of(body.get("aspect_ratio"), video.get("resolution"))
    )
    seconds = source.seconds if source else float(video.get("duration", "5s").removesuffix("s"))
    return Film(prompt=body["prompt"], seconds=seconds, width=width, height=height)


def _video(video: Any) -> list[Detail]:
    if not isinstance(video, dict):
        return [wrong("dict_type", "Input should be a valid dictionary", "video")]
    return [
        *unknown(video, _VIDEO, "video"),
        *(one_of(video["resolution"], RESOLUTIONS, "video", "resolution") if "resolution" in video else []),
        *(one_of(video["duration"], DURATIONS, "video", "duration") if "duration" in video else []),
    ]


def _check_sense(body: dict[str, Any], video: dict[str, Any]) -> None:
    kind, ratio = body["type"], bool(body.get("aspect_ratio"))
    edits, long, loop = kind != "video", video.get("duration") == "10s", bool(video.get("loop"))
    framed = bool(video.get("start_frame") or video.get("end_frame"))
    guides, places = (len(video.get(name) or ()) for name in ("keyframes", "keyframe_indexes"))
    for bad, message in (
        (long and framed, "duration=10s is not supported with start_frame or end_frame: use keyframes"),
        (loop and long, "loop is not supported with duration=10s"),
        (loop and video.get("hdr"), "loop is not supported with hdr=true"),
        (guides and (framed or loop), "keyframes exclude start_frame, end_frame and loop"),
        (guides != places, "keyframe_indexes must match keyframes in length"),
        (video.get("edit") and kind != "video_edit", "video.edit is only valid with type=video_edit"),
        (edits and "duration" in video, "the duration of an edit is that of its source"),
        (edits and not body.get("source"), "source is required"),
        (ratio and kind == "video_edit", "aspect_ratio is not supported with type=video_edit"),
        (not ratio and kind == "video_reframe", "aspect_ratio is required with type=video_reframe"),
    ):
        if bad:
            raise RefusedError(422, "", message)


def _data(ref: Any, where: str) -> bytes | None:
    """Return the bytes of a media reference; None where it names what only Luma could fetch."""
    given = [name for name in ("url", "data", "generation_id", "file_id") if isinstance(ref, dict) and ref.get(name)]
    if len(given) != 1:
        raise RefusedError(422, "", f"{where}: provide exactly one of url, data, generation_id or file_id")
    if given != ["data"]:
        return None
    if not ref.get("media_type"):
        raise RefusedError(422, "", f"{where}: media_type is required with data")
    try:
        data = base64.b64decode(ref["data"], validate=True)
    except binascii.Error:
        raise RefusedError(422, "", f"{where}: invalid base64 data") from None
    if len(data) > MEDIA_MAX:
        raise RefusedError(413, "", f"{where}: input media exceeds 50 MB")
    return data


def _pictures(video: dict[str, Any]) -> None:
    named = {name: video[name] for name in ("start_frame", "end_frame") if video.get(name) is not None}
    for where, ref in {
        **named,
        **{f"keyframes.{i}": ref for i, ref in enumerate(video.get("keyframes") or ())},
    }.items():
        data = _data(ref, where)
        if data is None:
            continue
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
                picture.load()
        except (UnidentifiedImageError, OSError, SyntaxError):
            raise RefusedError(422, "", f"{where}: the image could not be decoded") from None


def _source(body: dict[str, Any]) -> MediaInfo | None:
    data = _data(body["source"], "source") if body.get("source") else None
    if data is None:
        return None
    try:
        with tempfile.TemporaryDirectory() as room:
            path = Path(room) / "source"
            path.write_bytes(data)
            info = probe(path)
    except VideoProcessingError:
        raise RefusedError(422, "", "source: the video could not be decoded") from None
    if info.seconds > SOURCE_SECONDS:
        raise RefusedError(422, "", f"source: the video must be {SOURCE_SECONDS:g} seconds or shorter")
    return info
