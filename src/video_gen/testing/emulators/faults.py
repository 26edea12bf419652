"""Faults to order: what can go wrong between a client and a provider, at a step of its life cycle.

A fault is asked for by a header of one request, `X-Emulate: cut_after` or `X-Emulate: rate_limited=3`, or put in ahead
for the requests to come, with `Faults.inject` or by the control route:

    POST /_control/faults {"name": "cut_after", "step": "submit", "times": 1}
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Step = Literal["submit", "upload", "poll", "find", "cancel", "download", "other"]

HEADER: Final = "X-Emulate"

FAULTS: Final[dict[str, tuple[Step, str]]] = {
    "latency": ("submit", "the answer comes VALUE seconds late"),
    "rate_limited": ("submit", "429; with a value, Retry-After says so many seconds"),
    "unavailable": ("submit", "503, nothing was accepted"),
    "error_before": ("submit", "500, nothing was accepted"),
    "error_after": ("submit", "500, though the job was accepted"),
    "cut_before": ("submit", "the connection is cut before anything was accepted"),
    "cut_after": ("submit", "the connection is cut after the job was accepted"),
    "hang_before": ("submit", "no answer, nothing was accepted"),
    "hang_after": ("submit", "no answer, though the job was accepted"),
    "garbage": ("submit", "a success whose body is nonsense, though the job was accepted"),
    "unauthorized": ("submit", "the key is refused"),
    "no_credit": ("submit", "the account has no credit left"),
    "refused": ("submit", "the prompt is refused by the content policy at once"),
    "policy": ("submit", "the job is accepted, and fails by the content policy"),
    "audio_filtered": ("submit", "the job is accepted, and its sound is filtered"),
    "broken": ("submit", "the job is accepted, and fails by the provider's own fault"),
    "no_video": ("submit", "the job is accepted, and done without a video"),
    "stuck": ("submit", "the job is accepted, and never ends"),
    "backwards": ("submit", "the job's progress goes back before it ends"),
    "truncated": ("download", "the video ends early, though its length is announced"),
    "cut_short": ("download", "the video ends early, and its length is announced as such"),
    "corrupt": ("download", "the video's bytes are damaged"),
    "html": ("download", "a page is sent in place of the video"),
    "redirect": ("download", "the answer leads to another host, which records what it is sent"),
    "expired": ("download", "the link has expired"),
    "drip": ("download", "the video comes VALUE bytes a second"),
    "no_range": ("download", "a wish for a part is answered with the whole"),
    "duplicate_webhook": ("submit", "the provider's notice is sent twice"),
    "missing_webhook": ("submit", "the provider's notice is never sent"),
}
"""Every fault by name: the step at which it strikes unless another is named, and what it does."""

OF_A_JOB: Final = frozenset(
    {"policy", "audio_filtered", "broken", "no_video", "stuck", "backwards", "duplicate_webhook", "missing_webhook"}
)
"""Faults that are a property of the accepted job."""


@dataclass(slots=True)
class Fault:
    """One fault, waiting for its requests."""

    name: str
    step: Step
    value: float | None = None
    times: int = 1

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read "cut_after" or "rate_limited=3"; it strikes whatever step the request that says so is.

        Raises:
            ValueError: no such fault, or a value that is no number.
        """
        name, equals, value = text.strip().partition("=")
        return cls.of(name, value=float(value) if equals else None)

    @classmethod
    def of(cls, name: str, *, step: str | None = None, value: float | None = None, times: int = 1) -> "Fault":
        """Build a fault; without a step, the one it is about.

        Raises:
            ValueError: no such fault or step.
        """
        if name not in FAULTS:
            raise ValueError(f"fault `{name}` is unknown: choose {', '.join(FAULTS)}")
        found = next((known for known in get_args(Step) if known == step), None)
        if step is not None and found is None:
            raise ValueError(f"step `{step}` is unknown: choose {', '.join(get_args(Step))}")
        return cls(name, found or FAULTS[name][0], value, times)


class Faults:
    """The faults that wait for their requests, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def inject(self, name: str, *, step: str | None = None, value: float | None = None, times: int = 1) -> None:
        """Let the next `times` requests of a step meet a fault.

        Raises:
            ValueError: no such fault or step.
        """
        self._waiting.append(Fault.of(name, step=step, value=value, times=times))

    def clear(self) -> None:
        """Forget every fault that waits."""
        self._waiting.clear()

    def take(self, step: Step) -> Fault | None:
        """Return the fault that a request of `step` meets, and count it."""
        for fault in self._waiting:
            if fault.step == step:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
