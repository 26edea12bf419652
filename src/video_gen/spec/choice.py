"""How a model is chosen where a request says `auto`, and what came of it, with every reason."""

from typing import Final, Literal

from pydantic import Field

from video_gen.spec.money import usd
from video_gen.spec.value import Value

AUTO: Final = "auto"
"""The model's name that lets the gateway choose."""

PolicyName = Literal["balanced", "cheapest", "fastest", "best"]
"""What counts: the lowest price, the shortest wait, the best quality, or all three, weighed by the prompt."""
Tier = Literal["low", "medium", "high"]
"""How much a prompt demands of a model."""
Reason = Literal["filter", "key", "retired", "cannot", "price", "draft"]
"""Why a model is left out: by the caller's own filter, not reachable as configured, switched off, not able to do what
is asked, above the ceiling, or only the embedded renderer's draft."""


class Choice(Value):
    """How a model is to be chosen."""

    policy: PolicyName = "balanced"
    providers: tuple[str, ...] = ()
    """Only models of these; () for all."""
    allow: tuple[str, ...] = ()
    """Only models whose id, family or alias fits one of these patterns (`*` for anything); () for all."""
    deny: tuple[str, ...] = ()
    """Never models that fit one of these patterns; wins over `allow`."""
    fallbacks: int = Field(default=2, ge=0, le=8)
    """How many of the next best are tried when the first cannot be had."""


class Ranked(Value):
    """A model that can do it."""

    model: str
    score: float
    """Higher is better; what `parts` come to under the decision's weights."""
    parts: dict[str, float]
    """0 to 1 each: "price", "quality" and "speed", which are weighed; "fit" and "health", which multiply."""
    low: int
    """Micro-USD."""
    high: int | None
    """Micro-USD; None: no upper bound is known."""
    seconds: float
    """How long it is expected to take."""
    seconds_by: Literal["measured", "catalog", "assumed"]
    quality: str
    """The tier its owner positions it in, or "unknown"."""
    notes: tuple[str, ...] = ()
    """What a person should know: an end that is announced, a length that differs."""

    @property
    def price(self) -> str:
        """The price in words: "$0.40", "$0.40 to $0.60", "$0.40 or more", or "unknown"."""
        if self.high is None:
            return f"{usd(self.low)} or more" if self.low else "unknown"
        return usd(self.high) if self.low == self.high else f"{usd(self.low)} to {usd(self.high)}"

    @property
    def wait(self) -> str:
        """The wait in words: "60 s", "~90 s", "~120 s (assumed)"."""
        if self.seconds_by == "measured":
            return f"{self.seconds:.0f} s"
        return f"~{self.seconds:.0f} s" + (" (assumed)" if self.seconds_by == "assumed" else "")


class Excluded(Value):
    """A model that is left out."""

    model: str
    reason: Reason
    because: str
    """A sentence, or half of one, for a person."""
    cost: int | None = None
    """Micro-USD it would cost, where that is the reason and known."""


class Decision(Value):
    """Which model was chosen, and why no other one."""

    policy: PolicyName
    demand: Tier
    """How much the prompt demands."""
    demand_because: str
    """What in the prompt says so."""
    weights: dict[str, float]
    """How much each part counts."""
    ranked: tuple[Ranked, ...]
    """The best first."""
    excluded: tuple[Excluded, ...] = ()
    left_out: int = 0
    """How many models were left out; more than `excluded` where that was cut."""
    note: str = ""
    """What a person must know of the whole choice."""

    def brief(self, ranked: int = 8, excluded: int = 12) -> "Decision":
        """Return the same decision with fewer lines, fit to be kept with a job: those that came close stay."""
        close = sorted(self.excluded, key=lambda each: _FAR.index(each.reason))
        return self.model_copy(update={"ranked": self.ranked[:ranked], "excluded": tuple(close[:excluded])})

    def __str__(self) -> str:
        """Return the decision in a sentence or two."""
        if not self.ranked:
            return f"No model is left of {self.left_out}."
        first, others = self.ranked[0], [each.model for each in self.ranked[1:4]]
        facts = f"{first.price}, {first.wait}, quality {first.quality}"
        then = f" Ranked next: {', '.join(others)}." if others else ""
        note = f" {self.note}" if self.note else ""
        return (
            f"{first.model} is chosen as {_WORDS[self.policy]} ({facts}; the prompt demands "
            f"{self.demand} skill).{then} {self.left_out} left out.{note}"
        )


_WORDS: Final[dict[PolicyName, str]] = {
    "balanced": "the best balance of price, quality and speed",
    "cheapest": "the cheapest",
    "fastest": "the fastest",
    "best": "the best",
}
_FAR: Final[tuple[Reason, ...]] = ("price", "cannot", "retired", "draft", "filter", "key")
"""The reasons, those first that a person can do something about with this very request."""
