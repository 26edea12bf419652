"""Which models are tried when the chosen one cannot be had."""

from typing import Final

from video_gen.spec import Decision, Request
from video_gen.spec.money import MICRO

_DEARER: Final = (2, MICRO // 2)
"""Without a ceiling, a model may cost this many times the chosen one, or this many micro-USD more, to be tried in its
place."""


def fallbacks(decision: Decision, request: Request) -> tuple[str, ...]:
    """Return the models to try after the chosen one, the best first: those the caller named, or else the next ranked.

    Nobody has looked at the price of a model that the gateway takes by itself. The ceiling keeps it, since models above
    it are not ranked; without one, nothing of unknown price and nothing far dearer than the chosen one is taken.
    One place goes to another provider where there is one, since a provider's trouble takes all of its models.
    """
    if request.fallback:
        return request.fallback
    chosen, *others = decision.ranked
    if request.max_cost is None and chosen.high is not None:
        times, more = _DEARER
        limit = max(chosen.high * times, chosen.high + more)
        others = [each for each in others if each.high is not None and each.high <= limit]
    taken = [each.model for each in others[: request.choice.fallbacks]]
    elsewhere = [each.model for each in others if not _same_provider(each.model, chosen.model)]
    if taken and elsewhere and all(_same_provider(model, chosen.model) for model in taken):
        taken[-1] = elsewhere[0]
    return tuple(taken)


def _same_provider(one: str, other: str) -> bool:
    return one.partition("/")[0] == other.partition("/")[0]
