"""Keeps submits from a model whose provider is down: after failures in a row, one at a time asks whether it is back.

Known to this process alone: another one learns it by its own few tries.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FAILURES: Final = 5
"""Refusals in a row, of whatever jobs, after which a model is left alone."""
REST: Final = 15.0
REST_CAP: Final = 300.0


@dataclass(slots=True)
class _Line:
    failures: int = 0
    until: float = 0.0
    """When the next probe may be sent; counts only while open."""


class Breaker:
    """For each model: closed (all is well), open (nobody sends), or half open (one probe is under way)."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest: float = REST,
        cap: float = REST_CAP,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open after `failures` in a row, for `rest` seconds, doubled with each failed probe up to `cap`."""
        self._failures, self._rest, self._cap = failures, rest, cap
        self._monotonic = monotonic
        self._lines: dict[str, _Line] = {}

    def wait(self, model: str) -> float:
        """Return the seconds until a submit may be sent; 0 when it may be now."""
        line = self._lines.get(model)
        if line is None or line.failures < self._failures:
            return 0.0
        return max(0.0, line.until - self._monotonic())

    def sending(self, model: str) -> None:
        """A submit is sent; where the line is open it is the probe, and holds the others back for a while."""
        line = self._lines.get(model)
        if line is not None and line.failures >= self._failures:
            line.until = self._monotonic() + self._pause(line)

    def answered(self, model: str) -> None:
        """The provider is there: it accepted, or refused for a reason of its own."""
        self._lines.pop(model, None)

    def failed(self, model: str) -> None:
        """The provider is down or cannot be reached."""
        line = self._lines.setdefault(model, _Line())
        line.failures += 1
        line.until = self._monotonic() + self._pause(line)

    def _pause(self, line: _Line) -> float:
        probes = max(0, line.failures - self._failures)
        return min(self._cap, self._rest * 2.0**probes)
