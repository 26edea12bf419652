"""Looks through a list of jobs for the one that a lost submit may have made.

The wire has no place for a name of ours, so a job is known by its time and by what it was asked for. Two mistakes cost
money: taking another job for ours, and not seeing ours. A job is therefore ours only when its prompt is the same, all
it says agrees, and it was made no earlier than the intent; it is certainly not ours only when it is older or its prompt
is another. Whatever lies between is a doubt, and a doubt is left to a person: services rename models and round lengths.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from video_gen.exceptions import ApiRequestError
from video_gen.spec import Context

CLOCKS: Final = 300.0
"""Seconds by which the service's clock may be behind ours: an older job is not ours."""
CLOSE: Final = 3.0
"""Seconds by which a job may seem older than its intent and still be surely ours; services cut times to seconds."""

Likeness = Literal["same", "doubt", "other"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the lost job was asked for."""

    prompt: str
    model: str
    intent_at: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    """More fields as they were sent; None was not sent."""


@dataclass(slots=True)
class Found:
    """The listed jobs that may be ours, by their ids."""

    same: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def add(self, jobs: Iterable[dict[str, Any]], wanted: Wanted) -> None:
        """Look at some listed jobs."""
        for job in jobs:
            likeness = compare(job, wanted)
            if likeness == "same":
                self.same.append(str(job.get("id")))
            elif likeness == "doubt":
                self.doubts.append(str(job.get("id")))

    def only(self, context: Context) -> str | None:
        """Return the id of the one job that is surely ours, None when there certainly is none.

        Raises:
            ApiRequestError: it cannot be told.
        """
        same = [job for job in self.same if job not in context.taken]
        doubts = [job for job in self.doubts if job not in context.taken]
        if len(same) == 1:
            return same[0]
        if not same and not doubts:
            return None
        ids = ", ".join((same or doubts)[:5])
        raise ApiRequestError(
            f"`{context.provider.id}` lists jobs that may be this one, and does not say enough to tell: {ids}",
            provider=context.provider.id,
        )


def compare(job: dict[str, Any], wanted: Wanted) -> Likeness:
    """Say whether a listed job is the wanted one."""
    made = made_at(job)
    if made is not None and made < wanted.intent_at - CLOCKS:
        return "other"
    prompt = job.get("prompt")
    said = " ".join(prompt.split()) if isinstance(prompt, str) else ""
    asked = " ".join(wanted.prompt.split())
    if said and not asked.startswith(said):
        return "other"
    certain = made is not None and made >= wanted.intent_at - CLOSE and said == asked and said != ""
    return "same" if certain and _agrees(job, wanted) else "doubt"


def made_at(job: dict[str, Any]) -> float | None:
    """Return when a job was made, seconds since the epoch; None where it does not say."""
    made = job.get("created_at", job.get("created"))
    return made if isinstance(made, int | float) and not isinstance(made, bool) else None


def _agrees(job: dict[str, Any], wanted: Wanted) -> bool:
    facts = {"model": wanted.model, **wanted.facts}
    return all(
        value is None or job.get(name) is None or _plain(job[name]) == _plain(value) for name, value in facts.items()
    )


def _plain(value: Any) -> str:
    """Return 8, 8.0, "8" and "8.0" as one."""
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return str(value)
