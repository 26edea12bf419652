"""What a prediction's body says, and what that is in the client's words."""

import re
from typing import Final, Literal

from pydantic import BaseModel, Field

from video_gen.engine.callback import Callback
from video_gen.engine.kinds import ENDS
from video_gen.engine.webhook import MOST_URL
from video_gen.exceptions import InvalidRequestError
from video_gen.server.callbacks import callback_at
from video_gen.server.dialects.inputs import ModelInput, also
from video_gen.server.dialects.replicate.shown import NAME
from video_gen.server.gateway import Gateway

LONGEST_WAIT_S: Final = 60.0
Occasion = Literal["start", "output", "logs", "completed"]
_KINDS: Final[dict[Occasion, tuple[str, ...]]] = {
    "start": ("job.started",),
    "output": ("job.completed",),
    "logs": ("*",),
    "completed": ENDS,
}
"""The events that each occasion to call back stands for."""
_NOT_SAID: Final[list[Occasion]] = ["output", "completed"]
_WAIT: Final = re.compile(r"wait(?:=(?P<seconds>[1-9]|[1-5]\d|60))?")
_AFTER: Final = re.compile(r"(?P<number>\d{1,6})(?P<unit>[smh]?)")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}


class Input(ModelInput):
    """What a model is given. Each of Replicate's models has names of its own: these are what most of them share."""

    image: str | None = also("image", "start_image", "first_frame_image", "first_frame", "input_image")
    last_frame: str | None = also("last_frame", "end_image", "last_frame_image", "tail_image")
    references: list[str] | None = also("reference_images", "references")
    video: str | None = also("video", "input_video", "source_video")
    duration: float | str | None = also("duration", "seconds")
    fps: float | None = also("fps", "frames_per_second")
    audio: bool | None = also("generate_audio", "audio", "enable_audio")
    count: int | None = also("num_outputs", "count")


class PredictionBody(BaseModel):
    """A new prediction."""

    input: Input
    version: str | None = Field(
        default=None, max_length=300, description="A version's id, a model's name, or both: OWNER/NAME:VERSION."
    )
    stream: bool = Field(default=False, description="Of no effect: a video comes as a whole.")
    webhook: str | None = Field(default=None, max_length=MOST_URL, description="Where to post the prediction.")
    webhook_completed: str | None = Field(
        default=None, max_length=MOST_URL, description="Where to post its end, as older clients say it."
    )
    webhook_events_filter: list[Occasion] = Field(default=_NOT_SAID, max_length=20, description="When to post it.")

    def callback(self, gateway: Gateway) -> Callback | None:
        """Return who is called back; errors as of `callback_at`."""
        if self.webhook:
            kinds = dict.fromkeys(kind for occasion in self.webhook_events_filter for kind in _KINDS[occasion])
            return callback_at(gateway, self.webhook, tuple(kinds), dialect=NAME)
        return callback_at(gateway, self.webhook_completed, dialect=NAME)


def wait_of(prefer: str | None) -> float | None:
    """Return the seconds to wait for a prediction's end: `Prefer: wait`, `Prefer: wait=20`. None: not at all.

    Raises:
        InvalidRequestError: it is no such wish.
    """
    if not prefer:
        return None
    found = _WAIT.fullmatch(prefer.strip())
    if found is None:
        raise InvalidRequestError(f"`Prefer: {prefer[:40]}` is not understood: say `wait`, or `wait=1` to `wait=60`")
    return float(found["seconds"] or LONGEST_WAIT_S)


def deadline_of(cancel_after: str | None) -> float | None:
    """Return the seconds after which a prediction is given up: `Cancel-After: 90`, `30s`, `5m`, `1h`.

    Raises:
        InvalidRequestError: it is no such time.
    """
    if not cancel_after:
        return None
    found = _AFTER.fullmatch(cancel_after.strip())
    if found is None:
        raise InvalidRequestError(f"`Cancel-After: {cancel_after[:40]}` is no time: write it like 90, 30s, 5m or 1h")
    return float(found["number"]) * _UNITS[found["unit"]]
