"""Keeps submits from a model or a provider that is down: after failures in a row, one at a time asks if it is back.

A model's line opens by its own failures, its provider's when several of its models fail in a row; a provider that asks
for patience is left alone as long as it says. Known to this process alone: another one learns it by its own few tries.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FAILURES: Final = 5
"""Refusals in a row, of whatever jobs, after which a model or a provider is left alone."""
SEVERAL: Final = 2
"""Models of a provider that fail before the provider itself counts as down."""
REST: Final = 15.0
REST_CAP: Final = 300.0


class State(StrEnum):
    """Whether submits are let through."""

    CLOSED = "closed"
    """All is well."""
    OPEN = "open"
    """Nobody sends."""
    HALF_OPEN = "half_open"
    """One probe may be sent, or is under way."""


@dataclass(slots=True)
class _Line:
    failures: int = 0
    breadth: int = 1
    """How many models must have failed."""
    models: set[str] = field(default_factory=set)
    """Whose failures they were."""
    until: float = 0.0
    """When the next submit may be sent, while the line is open."""
    probing: bool = False


class Breaker:
    """For each model, and for each provider: closed, open, or half open."""

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
        self._models: dict[str, _Line] = {}
        self._providers: dict[str, _Line] = {}
        self._patience: dict[str, float] = {}

    def wait(self, provider: str, model: str) -> float:
        """Return the seconds until a submit may be sent; 0 when it may be now."""
        patience = self._patience.get(provider, 0.0) - self._monotonic()
        return max(self.down(provider, model), patience)

    def down(self, provider: str, model: str) -> float:
        """Return the seconds for which submits are held back because it is down: a wish for patience is no trouble."""
        opened = [line.until for line in self._lines(provider, model) if self._open(line)]
        return max(0.0, max(opened, default=0.0) - self._monotonic())

    def down_for(self, model: str) -> float:
        """Return the same for a model by the id of its card, "provider/name"."""
        return self.down(model.partition("/")[0], model)

    def state(self, provider: str, model: str) -> State:
        """Return the state of the worse of the two lines."""
        lines = [line for line in self._lines(provider, model) if self._open(line)]
        if any(line.until > self._monotonic() and not line.probing for line in lines):
            return State.OPEN
        return State.HALF_OPEN if lines else State.CLOSED

    def sending(self, provider: str, model: str) -> None:
        """A submit is sent; where a line is open it is the probe, and holds the others back for a while."""
        for line in self._lines(provider, model):
            if self._open(line):
                line.until = self._monotonic() + self._pause(line)
                line.probing = True

    def answered(self, provider: str, model: str) -> None:
        """The provider is there: it accepted, or refused for a reason of its own."""
        self._models.pop(model, None)
        self._providers.pop(provider, None)

    def failed(self, provider: str, model: str) -> None:
        """The provider is down or cannot be reached."""
        of_provider = self._providers.setdefault(provider, _Line(breadth=SEVERAL))
        for line in (self._models.setdefault(model, _Line()), of_provider):
            line.failures += 1
            line.models.add(model)
            line.probing = False
            line.until = self._monotonic() + self._pause(line)

    def hold(self, provider: str, seconds: float) -> None:
        """The provider asks everybody to wait."""
        self._patience[provider] = max(self._patience.get(provider, 0.0), self._monotonic() + seconds)

    def _lines(self, provider: str, model: str) -> list[_Line]:
        return [line for line in (self._models.get(model), self._providers.get(provider)) if line is not None]

    def _open(self, line: _Line) -> bool:
        return line.failures >= self._failures and len(line.models) >= line.breadth

    def _pause(self, line: _Line) -> float:
        probes = max(0, line.failures - self._failures)
        return min(self._cap, self._rest * 2.0**probes)
