"""Every number this room decides by."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """How long each phase of a call may take, in seconds. The whole has no limit: a large file takes its time."""

    connect: float = 15.0
    """Name, connection and encryption together, and the wait for a free connection."""
    send: float = 60.0
    """Without any of the body getting away."""
    first_byte: float = 60.0
    """From the whole request to the first byte of the answer."""
    verdict: float = 300.0
    """The same for a call that is sent only once: its lost answer costs more than patience."""
    read: float = 60.0
    """Between two pieces of the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often a call that may be repeated is repeated. Waits are seconds."""

    tries: int = 3
    first: float = 0.5
    factor: float = 2.0
    cap: float = 8.0
    longest: float = 20.0
    """A longer wait than this is the engine's to plan: the answer is handed on as it is."""

    def wait(self, failures: int, *, random: float, asked: float | None = None) -> float:
        """Return the wait after the `failures`-th failure in a row, spread so that callers do not come back together.

        Args:
            failures: From 1.
            random: 0 to 1.
            asked: What the provider asks for; never waited less.
        """
        grown = min(self.cap, self.first * self.factor ** (failures - 1))
        return (asked or 0.0) + grown * (0.5 + random / 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much is taken in."""

    answer: int = 64 << 20
    """Bytes of an answer kept in memory; a longer one goes to a file."""
    text: int = 20_000
    """Characters of `Reply.text`."""
    video: int = 16 << 30
    """Bytes of one video."""
    redirects: int = 5
    idle: float = 30.0
    """Seconds over which a download's rate is judged."""
    floor: float = 1024.0
    """Bytes a second below which a download counts as stuck."""
