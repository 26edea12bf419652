"""How often each key asks. Counted in this process: several servers of an installation count each for itself."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Final, NamedTuple

WINDOW: Final = 60.0


class Standing(NamedTuple):
    """Where a key stands after a request."""

    limit: int
    """Requests a minute."""
    remaining: int
    """That are still welcome in this one."""
    reset: int
    """Seconds until the next one begins."""
    over: bool
    """This request was one too many."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that tell it (draft-ietf-httpapi-ratelimit-headers-06, as clients know them)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class RateLimiter:
    """Counts requests in minutes that begin with a key's first one."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, name: str, limit: int) -> Standing:
        """Count a request."""
        now = self._monotonic()
        began, asked = self._windows.get(name, (now, 0))
        if now - began >= WINDOW:
            began, asked = now, 0
        self._windows[name] = (began, asked + 1)
        reset = max(1, ceil(began + WINDOW - now))
        return Standing(limit=limit, remaining=max(0, limit - asked - 1), reset=reset, over=asked >= limit)
