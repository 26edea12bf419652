"""An invocation from its beginning to what it leaves in the bucket, and how it is shown."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from video_gen.testing.emulators.bedrock.bucket import Bucket
from video_gen.testing.emulators.bedrock.model_input import SHOT
from video_gen.testing.emulators.world import Render, World

_FILTERED: Final = "The generated video has been blocked by our content filters."
_BROKEN: Final = "The model encountered an unexpected error during processing. Try your request again."
_MESSAGES: Final = {"": None, "policy": _FILTERED, "audio_filtered": _FILTERED, "broken": _BROKEN}
_FAILURES: Final = {_FILTERED: "RAI_VIOLATION_OUTPUT_VIDEO_DEFLECTION", _BROKEN: "INTERNAL_SERVER_EXCEPTION"}


def begin(render: Render, world: World, bucket: Bucket, place: str, *, shots: int) -> None:
    """Give an invocation its folder, and have its shots drawn where it delivers them one by one."""
    short = replace(render.film, seconds=SHOT)
    render.data |= {
        "place": f"{place}/{render.id.rpartition('/')[2]}",
        "shots": shots,
        "shot": world.studio.shoot(short) if shots > 1 else render.take,
    }
    _put(bucket, render, "manifest.json", {"version": "1.0", "invocationArn": render.id})


def settle(render: Render, world: World, bucket: Bucket) -> None:
    """Write what an invocation that has ended leaves in the bucket, once."""
    if "status" in render.data:
        return
    standing = world.standing(render)
    if standing.state not in {"succeeded", "failed"} or not render.data["shot"].done():
        return
    done, message = standing.state == "succeeded", _MESSAGES[standing.error]
    render.data |= {"status": "Completed" if done else "Failed", "message": message, "ended": world.now()}
    if done and "no_video" not in render.faults:
        _put(bucket, render, "output.mp4", render.take.path)
        for name in _shots(render):
            _put(bucket, render, name, render.data["shot"].path)
    if render.data["shots"]:
        _put(bucket, render, "video-generation-status.json", _status_file(render))


def view(render: Render) -> dict[str, Any]:
    """Return an invocation as both GetAsyncInvoke and ListAsyncInvokes show it."""
    ended = render.data.get("ended")
    seen = {
        "invocationArn": render.id,
        "modelArn": render.data["model_arn"],
        "clientRequestToken": render.key,
        "status": render.data.get("status", "InProgress"),
        "failureMessage": render.data.get("message"),
        "submitTime": _stamp(render.accepted_at),
        "lastModifiedTime": _stamp(ended or render.accepted_at),
        "endTime": _stamp(ended) if ended else None,
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": render.data["place"]}},
    }
    return {name: value for name, value in seen.items() if value is not None}


def time(seconds: float) -> datetime:
    """Return a moment as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def _shots(render: Render) -> list[str]:
    return [f"shot_{number:04}.mp4" for number in range(1, render.data["shots"] + 1)]


def _put(bucket: Bucket, render: Render, name: str, content: Any) -> None:
    key = bucket.key_of(f"{render.data['place']}/{name}")
    assert key is not None, "the place was checked when the invocation was accepted"
    bucket.objects[key] = json.dumps(content).encode() if isinstance(content, dict) else content


def _status_file(render: Render) -> dict[str, Any]:
    message = render.data["message"]

    def entry(name: str) -> dict[str, str]:
        if message:
            return {"status": "FAILURE", "failureType": _FAILURES[message], "failureMessage": message}
        return {"status": "SUCCESS", "location": f"{render.data['place']}/{name}"}

    shots = [entry(name) for name in _shots(render)]
    return {"schemaVersion": "1.0.0", "shots": shots, "fullVideo": entry("output.mp4")}


def _stamp(seconds: float) -> str:
    return f"{time(seconds):%Y-%m-%dT%H:%M:%S.%fZ}"
