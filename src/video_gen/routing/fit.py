"""Whether a plan does what was asked, or only something like it.

A caller who names a model gets the nearest it can do, and is told. Where the gateway chooses, there is no need to:
a model that would drop what was asked for is left out, and one that comes close counts for less.
"""

from collections.abc import Iterator
from typing import Final

from video_gen.catalog.wish import SAME_RATIO, apart, wish_of
from video_gen.spec import Plan, parse_ratio
from video_gen.spec.geometry import parse_tier

SHORTEST: Final = 0.75
"""The share of the seconds asked for that a model has to make."""
SMALLEST: Final = 0.9
"""The share of the shorter side asked for."""
_DROPPED: Final = 0.9
"""What each wish that is not sent leaves of a model's score."""
_SIZE_UNKNOWN: Final = 0.6
"""What is left of it where a size is asked for and nobody knows what size comes."""
_MUST: Final = frozenset({"audio", "aspect ratio", "references", "last frame", "source video", "count"})
"""Adjustments that make another video of it."""
_UNSURE: Final = "it is unknown"
"""How a plan's warnings begin where the catalog does not know whether the model takes something."""


def misfit(plan: Plan) -> str:
    """Return why a plan does not do what was asked; empty where it does, or nearly."""
    return next(_misfits(plan), "")


def fit(plan: Plan) -> float:
    """Return how near a plan comes to what was asked: 1 for all of it. More of it than asked is no loss."""
    share = min(1.0, _share_of_seconds(plan)) * min(1.0, _share_of_size(plan))
    if wish_of(plan.request).short_side is not None and _short_side(plan) is None:
        share *= _SIZE_UNKNOWN
    dropped = sum(change.used is None for change in plan.adjustments)
    return share * _DROPPED**dropped


def _misfits(plan: Plan) -> Iterator[str]:
    for change in plan.adjustments:
        if change.option in _MUST:
            yield change.reason
    asked = plan.request
    if _share_of_seconds(plan) < SHORTEST:
        yield f"makes {plan.settings.seconds:g} s at most, {asked.seconds:g} s are asked for"
    if _share_of_size(plan) < SMALLEST:
        yield f"makes {_short_side(plan)} pixels on the shorter side, {wish_of(asked).short_side} are asked for"
    if not _keeps_ratio(plan):
        yield f"makes {plan.settings.aspect_ratio}, another shape is asked for"
    yield from (warning for warning in plan.warnings if warning.startswith(_UNSURE))


def _share_of_seconds(plan: Plan) -> float:
    asked, made = plan.request.seconds, plan.settings.seconds
    return 1.0 if asked is None or made is None else made / asked


def _share_of_size(plan: Plan) -> float:
    asked, made = wish_of(plan.request).short_side, _short_side(plan)
    return 1.0 if asked is None or made is None else made / asked


def _short_side(plan: Plan) -> int | None:
    settings = plan.settings
    if settings.width is not None and settings.height is not None:
        return min(settings.width, settings.height)
    return None if settings.resolution is None else parse_tier(settings.resolution)


def _keeps_ratio(plan: Plan) -> bool:
    wish, made = wish_of(plan.request), plan.settings.aspect_ratio
    if wish.ratio is None or wish.from_picture or made is None:
        return True
    return apart(wish.ratio, parse_ratio(made)) <= SAME_RATIO
