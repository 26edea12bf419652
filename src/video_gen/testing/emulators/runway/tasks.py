"""How a task is shown, and what film it asks for."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from video_gen.testing.emulators.runway.assets import Asset
from video_gen.testing.emulators.studio import Film
from video_gen.testing.emulators.world import Render, Standing

FAILURES: Final = {
    "policy": ("SAFETY.INPUT.TEXT", "The prompt did not pass content moderation."),
    "audio_filtered": ("SAFETY.OUTPUT.AUDIO", "The generated audio did not pass content moderation."),
    "broken": ("INTERNAL.BAD_OUTPUT.CODE01", "The generation did not meet our quality standards."),
}
_SILENT: Final = frozenset({"gen4.5", "gen4_turbo", "gen4", "aleph2", "kling2.5_turbo_pro"})
_LENGTH: Final = 5.0
_TIER: Final = re.compile(r"(?:auto_)?(\d+)[pP]")


def film_of(body: Mapping[str, Any], assets: Sequence[Asset]) -> Film:
    """Return the film a body asks for."""
    source = next(
        (asset for asset in assets if asset.kind == "video" and asset.field in {"videoUri", "promptVideo"}), None
    )
    first = next((asset for asset in assets if asset.field == "promptImage"), None)
    width, height = _size(body, source or first)
    length = body.get("duration")
    seconds = (
        float(length) if isinstance(length, int | float) else source.seconds if source and source.seconds else _LENGTH
    )
    return Film(
        prompt=body.get("promptText", ""),
        seconds=seconds,
        width=width,
        height=height,
        audio=body.get("audio", True) and body["model"] not in _SILENT,
        seed=body.get("seed"),
    )


def _size(body: Mapping[str, Any], like: Asset | None) -> tuple[int, int]:
    ratio = str(body.get("ratio", ""))
    wide, _, high = ratio.partition(":")
    if wide.isdigit() and high.isdigit() and int(wide) > 100:
        return int(wide), int(high)
    tier = _TIER.fullmatch(body.get("resolution") or ratio)
    short = int(tier[1]) if tier else 1440 if str(body.get("resolution")).lower() == "2k" else 720
    if wide.isdigit() and high.isdigit():
        shape = int(wide) / int(high)
    else:
        shape = like.width / like.height if like and like.height else 16 / 9
    long = round(short * max(shape, 1 / shape) / 2) * 2
    return (long, short) if shape >= 1 else (short, long)


def shown(render: Render, standing: Standing, *, throttled: bool, output: str) -> dict[str, Any]:
    """Return a task as the API shows it."""
    created = datetime.fromtimestamp(render.data["created"], UTC).isoformat(timespec="milliseconds")
    task = {"id": render.id, "createdAt": created.replace("+00:00", "Z")}
    estimated = {"estimatedCost": {"credits": render.data["credits"]}}
    match standing.state:
        case "queued":
            return task | estimated | {"status": "THROTTLED" if throttled else "PENDING"}
        case "running":
            return task | estimated | {"status": "RUNNING", "progress": round(standing.progress, 4)}
        case "succeeded":
            outputs = [] if "no_video" in render.faults else [output]
            return task | {"status": "SUCCEEDED", "output": outputs, "cost": {"credits": render.data["credits"]}}
        case "cancelled":
            return task | {"status": "CANCELLED", "cost": {"credits": 0}}
    code, words = FAILURES[standing.error]
    charged = render.data["credits"] if charged_for(standing.error) else 0
    return task | {"status": "FAILED", "failure": words, "failureCode": code, "cost": {"credits": charged}}


def charged_for(error: str) -> bool:
    """Whether a failed task is paid all the same: when its input was refused."""
    return FAILURES[error][0].startswith("SAFETY.INPUT.")
