"""What is known of a model's quality and speed, and what is taken for it where nothing is known.

Quality is the tier a model's owner positions it in, from the card with its source and date. It is no measurement, and
none is made up here: a model without a tier borrows that of the same model at another provider, where all of those
agree, and is "unknown" otherwise. An unknown one counts little, so that it never beats a known good one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from video_gen.catalog import ModelCard
from video_gen.spec import Health

UNKNOWN: Final = "unknown"
QUALITY: Final[Mapping[str, float]] = {"draft": 0.25, "fast": 0.5, "standard": 0.75, "premium": 1.0, UNKNOWN: 0.5}
"""How much each tier counts, 0 to 1."""
ASSUMED_SECONDS: Final[Mapping[str, float]] = {"draft": 60, "fast": 60, "standard": 120, "premium": 180, UNKNOWN: 180}
"""Seconds taken for a model that neither the catalog nor this installation has timed: an assumption, no fact, that
puts what its owner calls fast before the rest. Five jobs of the model replace it by their median."""


class Speed(NamedTuple):
    """How long a model is expected to take."""

    seconds: float
    by: Literal["measured", "catalog", "assumed"]


def family_tiers(cards: Iterable[ModelCard]) -> dict[str, str]:
    """Return the tier of each family whose cards agree on it."""
    found: dict[str, set[str]] = defaultdict(set)
    for card in cards:
        if card.family and card.tier is not None:
            found[card.family].add(card.tier)
    return {family: next(iter(tiers)) for family, tiers in found.items() if len(tiers) == 1}


def quality_of(card: ModelCard, families: Mapping[str, str]) -> str:
    """Return the tier of a card, by its own owner or by its family's; "unknown" without either."""
    return card.tier or families.get(card.family, UNKNOWN)


def speed_of(card: ModelCard, quality: str, health: Health | None) -> Speed:
    """Return how long the model is expected to take: as measured here, as the catalog says, or as assumed."""
    if health is not None and health.usual_seconds is not None:
        return Speed(health.usual_seconds, "measured")
    if card.typical_seconds is not None:
        return Speed(card.typical_seconds, "catalog")
    return Speed(ASSUMED_SECONDS[quality], "assumed")
