"""How a prediction is shown at a moment (Replicate's OpenAPI, predictions.get; docs, lifecycle, read 2026-11-21)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from video_gen.testing.emulators.replicate.models import version_of
from video_gen.testing.emulators.world import Render, Standing, World

DATA_LIFE: Final = 3600.0
"""Seconds that the input, the output and the logs of an ended prediction are kept."""
_FAILURES: Final[Mapping[str, str]] = {
    "policy": "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
    "audio_filtered": "The generated audio was flagged as sensitive. Please try again with different inputs. (E005)",
    "broken": "Prediction interrupted; please retry (code: PA)",
}
_STEPS: Final = 20


def status_of(render: Render, standing: Standing) -> str:
    """Return a prediction's status in Replicate's words."""
    if standing.state == "cancelled":
        return "aborted" if render.data.get("late") and not _begun(render, render.cancelled_at) else "canceled"
    if render.data["unreadable"] and standing.state in {"running", "succeeded"}:
        return "failed"
    words = {"queued": "starting", "running": "processing", "succeeded": "succeeded", "failed": "failed"}
    return words[standing.state]


def shown(render: Render, world: World, url: str, link: str) -> dict[str, Any]:
    """Return a prediction, as the service shows it; `link` leads to its video."""
    _end_when_late(render, world)
    standing = world.standing(render)
    status, now = status_of(render, standing), world.now()
    ended = status not in {"starting", "processing"}
    if ended and "ended" not in render.data:
        render.data["ended"] = render.cancelled_at or now
    removed = ended and now - render.data["ended"] > DATA_LIFE
    output = link if status == "succeeded" and "no_video" not in render.faults else None
    place = f"{url}/v1/predictions/{render.id}"
    return {
        "id": render.id,
        "model": render.model,
        "version": version_of(render.model),
        "input": {} if removed else render.request["input"],
        "logs": "" if removed else _logs(standing),
        "output": None if removed else output,
        "error": _error(render, standing) if status == "failed" else None,
        "status": status,
        "source": "api",
        "data_removed": removed,
        "created_at": _written(render.accepted_at),
        "started_at": _written(_start(render)) if _begun(render, render.cancelled_at or now) else None,
        "completed_at": _written(render.data["ended"]) if ended else None,
        "metrics": _metrics(render, status) if ended else {},
        "urls": {"get": place, "cancel": f"{place}/cancel", "web": f"https://replicate.com/p/{render.id}"},
    }


def _start(render: Render) -> float:
    return render.accepted_at + float(render.data["queue_s"])


def _begun(render: Render, at: float | None) -> bool:
    return at is not None and at >= _start(render)


def _end_when_late(render: Render, world: World) -> None:
    deadline = render.data.get("deadline")
    late = deadline is not None and world.now() > deadline
    if late and world.standing(render).state in {"queued", "running"}:
        render.cancelled_at, render.data["late"] = deadline, True


def _error(render: Render, standing: Standing) -> str:
    return str(render.data["unreadable"]) or _FAILURES[standing.error]


def _metrics(render: Render, status: str) -> dict[str, float]:
    if not _begun(render, render.data["ended"]):
        return {}
    worked = max(0.0, render.data["ended"] - _start(render))
    metrics = {"predict_time": worked, "total_time": worked + float(render.data["queue_s"])}
    if status == "succeeded":
        metrics |= {"video_output_count": 1, "video_output_duration_seconds": render.film.seconds}
    return metrics


def _logs(standing: Standing) -> str:
    if standing.state == "queued":
        return ""
    done = round(standing.progress * _STEPS)
    bar = "█" * done + " " * (_STEPS - done)
    return f"Using seed: 1\n{standing.progress:4.0%}|{bar}| {done}/{_STEPS} [00:01<00:01,  9.9it/s]\n"


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
