"""One track of a video file, as the file's index declares it."""

from dataclasses import dataclass
from typing import Literal

TrackKind = Literal["video", "audio", "other"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """What the index says of one track; only decoding tells whether it is true."""

    kind: TrackKind
    codec: str = ""
    """The container's own code: "avc1", "hvc1", "V_VP9" ..."""
    width: int = 0
    """Coded pixels; 0 where there are none, or they are not declared."""
    height: int = 0
    seconds: float | None = None
    samples: int | None = None
    """Coded frames, shown or not."""
