"""Recognising, in a list of generations, the one that a submit without an answer has made.

The wire takes no mark of ours, so it is recognised by what was asked for and when. One that agrees in every field and
was created as soon after the intent as a submit arrives is adopted; if there are several, or some that may be it but do
not quite agree, nobody can tell them apart, and none is. The user's other generations of the same prompt, made at the
same moment, are therefore a reason to leave the question to a person.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from video_gen.spec.answers import at, words_at

PAGE: Final = 50
AHEAD: Final = 5.0
"""Seconds by which the provider's clock may be behind ours without a doubt."""
SKEW: Final = 300.0
"""Seconds by which it may be behind at all; also the last a list is read back before the intent."""
TRAVEL: Final = 900.0
"""Seconds after the intent in which a submit arrives."""


@dataclass
class Lookup:
    """Reads a list page by page; newest first, as far as the pages themselves bear it out."""

    asked: dict[str, Any]
    intent_at: float
    taken: frozenset[str] = frozenset()
    """Generations that are other submits'."""
    ended: bool = False
    sure: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def found(self) -> str | None:
        """The one generation it must be."""
        return self.sure[0] if self.sure else None

    def doubt(self) -> str:
        """Return why it cannot be told, in words that follow "lists"; empty where it can."""
        if len(self.sure) > 1:
            return (
                f"{len(self.sure)} generations that were asked for alike ({', '.join(self.sure)}): which is this one?"
            )
        if self.unsure and not self.sure:
            return f"what may be this one, though not quite alike or too early: {', '.join(self.unsure)}"
        return ""

    def read(self, generations: list[Any], *, more: Any) -> None:
        """Take in a page; `more`: whether the provider has further ones. What comes twice counts once."""
        fresh = [each for each in generations if words_at(each, "id") not in self._seen]
        self._seen |= {words_at(each, "id") for each in fresh} - {""}
        for each in fresh:
            self._sort(each)
        self.ended = more is False or not fresh or self._past(generations)

    def _sort(self, generation: Any) -> None:
        created, request = _created(generation), at(generation, "request")
        if created is not None and not -SKEW <= created - self.intent_at <= TRAVEL:
            return
        if isinstance(request, dict) and _plain(request.get("prompt")) != _plain(self.asked.get("prompt")):
            return
        name = words_at(generation, "id")
        if name in self.taken:
            return
        alike = isinstance(request, dict) and all(request.get(key) == value for key, value in self.asked.items())
        certain = name and alike and created is not None and created >= self.intent_at - AHEAD
        (self.sure if certain else self.unsure).append(name or "one without an id")

    def _past(self, generations: list[Any]) -> bool:
        """Whether the pages have come to times before the intent; asked of pages that do go back in time."""
        times = [_created(each) for each in generations]
        known = [time for time in times if time is not None]
        back = len(known) == len(times) > 1 and all(one >= two for one, two in pairwise(known))
        return back and known[-1] < self.intent_at - SKEW


def _created(generation: Any) -> float | None:
    """Return when a generation was created, in seconds since the epoch; a time without a zone is UTC."""
    try:
        created = datetime.fromisoformat(words_at(generation, "created_at"))
    except ValueError:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp()


def _plain(prompt: Any) -> Any:
    """Return a prompt without what a service may tidy up."""
    return " ".join(prompt.split()) if isinstance(prompt, str) else prompt
