"""Progress of long work, and the wish to stop it."""

from collections.abc import Callable
from dataclasses import dataclass

from video_gen.exceptions import JobCancelledError

Progress = Callable[[float], None]
"""Told 0..1, rising."""
Cancelled = Callable[[], bool]
"""Asked between frames; True stops the work."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Passes progress on, and stops the work when asked to."""

    progress: Progress | None = None
    cancelled: Cancelled | None = None

    def at(self, fraction: float) -> None:
        """Tell how much is done.

        Raises:
            JobCancelledError: the work is no longer wanted.
        """
        if self.cancelled is not None and self.cancelled():
            raise JobCancelledError("cancelled: nothing was written")
        if self.progress is not None:
            self.progress(max(0.0, min(1.0, fraction)))
