"""How patient the workflow is: every number it decides by, and the pure decisions made from them."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from video_gen.engine.faults import class_of
from video_gen.exceptions import ApiRequestError, ContentPolicyError, InvalidRequestError, VideoGenerationError
from video_gen.spec.job import ErrorFacts


class Bounds(NamedTuple):
    """How many jobs may wait for their start."""

    total: int = 10_000
    per_owner: int = 1_000
    """Of one API key; the installation itself is held to `total` alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Times are seconds."""

    retries: int = 3
    """How often a refused submit is repeated where the refusal is temporary (too many requests, overloaded)."""
    retry_first: float = 5.0
    retry_factor: float = 2.0
    retry_cap: float = 300.0

    queue: Bounds = field(default_factory=Bounds)

    poll_first: float = 5.0
    poll_factor: float = 1.5
    poll_cap: float = 30.0
    poll_jitter: float = 0.1
    """Share of an interval added at random, so that jobs submitted together are not polled together for ever."""
    poll_width: int = 32
    """Polls of one provider under way at once."""

    late_after: float = 3600.0
    """A job that takes longer is said to be late and asked for less often; it is not given up."""
    late_cap: float = 120.0

    settle: float = 20.0
    """How long a submit may still travel after its sender died: an earlier "no such job" proves nothing."""
    touch_every: float = 0.25
    """Between looks whether a worker that was silent has given a sign of life again."""
    reconcile_tries: int = 10
    """Tries to learn what became of a submit before a person has to decide."""

    bad_files: int = 3
    """Times a file is fetched that turns out to be broken."""
    collect_tries: int = 10
    """Times a download is tried that does not come through."""
    cancel_tries: int = 3
    """Times a provider is asked to stop before its price counts as spent."""

    def retry_after(self, tries: int, hint: float | None) -> float:
        """Return the wait after the `tries`-th failure in a row; a provider's hint wins when it is longer."""
        wait = min(self.retry_cap, self.retry_first * self.retry_factor ** max(0, tries - 1))
        return max(wait, hint or 0.0)

    def poll_gap(self, per_minute: int | None) -> float:
        """Return the seconds between two questions to a provider that takes so many a minute; None: any number."""
        return 0.0 if per_minute is None else 60.0 / per_minute

    def poll_after(
        self, interval: float | None, *, hint: float | None = None, late: bool = False, due: float | None = None
    ) -> float:
        """Return the wait before the next poll; a provider's hint is taken as it is.

        Args:
            interval: The wait before the poll just made; None before the first one, and where the rhythm begins anew.
            hint: What the provider asks for.
            late: The job takes longer than `late_after`.
            due: Seconds until jobs of this model are usually nearly done; None where that is over or unknown.
        """
        if hint is not None:
            return hint
        if due is not None and due > 0:
            return min(self.poll_cap, max(due, self.poll_first))
        grown = self.poll_first if interval is None else interval * self.poll_factor
        return min(self.late_cap if late else self.poll_cap, max(grown, self.poll_first))


def refuses_request(error: VideoGenerationError) -> bool:
    """Whether an error is a verdict on the request itself, so that the same request was never accepted before.

    A refused key or an empty account says nothing of an earlier submit: both may have changed since.
    """
    if isinstance(error, ContentPolicyError | InvalidRequestError):
        return True
    return type(error) is ApiRequestError and error.status_code in {400, 413, 415, 422}


_NO_WAY_ON: Final = frozenset({"submission_unknown", "cancelled", "spend_limit", "storage_error", "deadline_exceeded"})
_RETIRED: Final = frozenset({"model_retired", "unknown_model"})


def allows_fallback(error: ErrorFacts | None, *, on_policy: bool) -> bool:
    """Whether another model may be tried after an error of the one before.

    Trouble of a provider is a reason: switched off, overloaded, no credit, no key, waited too long, failed. A request
    that cannot be done is none: it would be as wrong elsewhere. A refusal of the content is one where the caller says
    so.
    """
    if error is None or error.code in _RETIRED:
        return True
    kind = class_of(error.code)
    if issubclass(kind, ContentPolicyError):
        return on_policy
    return error.code not in _NO_WAY_ON and not issubclass(kind, InvalidRequestError)
