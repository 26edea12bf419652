"""What an emulated provider remembers: the jobs it accepted, how they stand, and every call it was sent."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from video_gen.testing.emulators.faults import Step
from video_gen.testing.emulators.studio import Film, Studio, Take

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@dataclass
class Render:
    """A job the provider has accepted: from here on it may charge for it."""

    id: str
    number: int
    model: str
    film: Film
    take: Take
    request: Mapping[str, Any]
    """The body as it came in, or what stands for it."""
    key: str
    """The idempotency key or token of the client, empty where none was sent."""
    account: str
    """The credential it was accepted under."""
    accepted_at: float
    """Seconds since the epoch."""
    faults: frozenset[str] = frozenset()
    """Names out of `faults.OF_A_JOB`."""
    callback: str = ""
    """Where the provider's notice is to be sent."""
    cancelled_at: float | None = None
    deleted: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    """Whatever else a wire needs to remember of it."""
    asked: int = 0
    """How often its state was looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a render stands at a moment."""

    state: State
    progress: float
    """0 to 1."""
    error: Literal["", "policy", "audio_filtered", "broken"] = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One call the emulator was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    step: Step


@dataclass
class World:
    """The provider's memory. `queue_s` and `render_s` are the seconds a job waits and takes at least."""

    studio: Studio = field(default_factory=Studio)
    queue_s: float = 0.05
    render_s: float = 0.15
    now: Callable[[], float] = time.time
    renders: dict[str, Render] = field(default_factory=dict)
    calls: list[Seen] = field(default_factory=list)

    def accept(
        self,
        render_id: str,
        model: str,
        film: Film,
        request: Mapping[str, Any],
        *,
        key: str = "",
        account: str = "",
        faults: frozenset[str] = frozenset(),
        callback: str = "",
    ) -> Render:
        """Accept a job."""
        render = Render(
            id=render_id,
            number=len(self.renders) + 1,
            model=model,
            film=film,
            take=self.studio.shoot(film),
            request=request,
            key=key,
            account=account,
            accepted_at=self.now(),
            faults=faults,
            callback=callback,
        )
        self.renders[render_id] = render
        return render

    def accepted(self) -> list[Render]:
        """Return every job accepted so far, oldest first: what the provider would charge for."""
        return sorted(self.renders.values(), key=lambda render: render.number)

    def find(self, render_id: str) -> Render | None:
        """Return a job that was not deleted."""
        render = self.renders.get(render_id)
        return None if render is None or render.deleted else render

    def standing(self, render: Render) -> Standing:
        """Return how a job stands now."""
        render.asked += 1
        if render.cancelled_at is not None:
            return Standing("cancelled", self._share(render, render.cancelled_at))
        age = self.now() - render.accepted_at
        if age < self.queue_s:
            return Standing("queued", 0.0)
        share = self._share(render, self.now())
        if "backwards" in render.faults and share < 1:
            share = share if render.asked % 2 else share / 2
        if share < 1 or "stuck" in render.faults:
            return Standing("running", min(share, 0.99))
        for error in ("policy", "audio_filtered", "broken"):
            if error in render.faults:
                return Standing("failed", 0.99, error)
        return Standing("succeeded", 1.0)

    def cancel(self, render: Render) -> bool:
        """Stop a job that has not ended; False when it has."""
        if self.standing(render).state in {"succeeded", "failed", "cancelled"}:
            return False
        render.cancelled_at = self.now()
        return True

    def _share(self, render: Render, at: float) -> float:
        done = (at - render.accepted_at - self.queue_s) / self.render_s if self.render_s else 1.0
        drawn = 1.0 if render.take.done() else min(render.take.share(), 0.99)
        return max(0.0, min(done, drawn, 1.0))
