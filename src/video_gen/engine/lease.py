"""How long a worker may count on its jobs being its own: a sign of life every so often, or others take them over."""

import time
from collections.abc import Callable
from typing import Final

BEATS: Final = 6
"""Signs of life in one lease."""
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def awake() -> float:
    """Return seconds that never go back and, where the system can tell, also count while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """The lease of one worker.

    Others wait for all of it; the worker itself trusts only the first half. What it sends in that time has the other
    half to arrive before anybody takes over.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = awake) -> None:
        self.seconds = seconds
        self.clock = clock
        self._renewed: float | None = None

    @property
    def beat(self) -> float:
        """Seconds between signs of life."""
        return self.seconds / BEATS

    def renew(self, asked: float) -> None:
        """Note a sign of life that the database has taken, by the time it was sent."""
        self._renewed = asked

    @property
    def fresh(self) -> bool:
        """Whether the last sign of life is younger than half the lease; a frozen worker that wakes up is not."""
        return self._renewed is not None and self.clock() - self._renewed < self.seconds / 2
