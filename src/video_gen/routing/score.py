"""What a model's price, quality, speed, fit and health come to.

Every part is 0 to 1 and hangs on the model alone, never on what it competes with: a model added to the catalog moves
no other one.
"""

from collections.abc import Mapping
from typing import Final

from video_gen.routing.facts import QUALITY, Speed
from video_gen.spec import Health, Plan, PolicyName, Tier
from video_gen.spec.money import MICRO

_HALF_PRICE: Final = 1.0
"""US dollars for a whole request at which the price part is one half."""
_HALF_WAIT: Final = 120.0
"""Seconds of waiting at which the speed part is one half."""
_ENOUGH: Final = 3
"""Recent submits from which on their failures count."""
_DOWN: Final = 0.05
"""What is left of a model's score while submits to it are held back: it is tried after all others."""

Weights = dict[str, float]

_PURE: Final[Mapping[PolicyName, Weights]] = {
    "cheapest": {"price": 1.0, "quality": 0.0, "speed": 0.0},
    "fastest": {"price": 0.0, "quality": 0.0, "speed": 1.0},
    "best": {"price": 0.0, "quality": 1.0, "speed": 0.0},
}
_BALANCED: Final[Mapping[Tier, Weights]] = {
    "low": {"price": 0.6, "quality": 0.15, "speed": 0.25},
    "medium": {"price": 0.4, "quality": 0.4, "speed": 0.2},
    "high": {"price": 0.15, "quality": 0.7, "speed": 0.15},
}
"""A simple prompt looks well in any model, so that price counts; one that demands a lot is worth a better model."""


def weights_of(policy: PolicyName, demand: Tier) -> Weights:
    """Return how much each part counts; `balanced` goes by what the prompt demands."""
    return dict(_BALANCED[demand] if policy == "balanced" else _PURE[policy])


def price_part(plan: Plan) -> float:
    """Return 1 for free, a half for a dollar; 0 where no upper bound is known."""
    high = plan.quote.high
    return 0.0 if high is None else 1 / (1 + high / MICRO / _HALF_PRICE)


def speed_part(speed: Speed) -> float:
    """Return 1 for at once, a half for two minutes."""
    return 1 / (1 + speed.seconds / _HALF_WAIT)


def health_part(health: Health | None) -> float:
    """Return the share of recent submits that went well; next to nothing while the model is left alone."""
    if health is None:
        return 1.0
    if health.state == "down":
        return _DOWN
    return 1.0 - health.error_rate if health.submits >= _ENOUGH else 1.0


def parts_of(plan: Plan, quality: str, speed: Speed, health: Health | None, fit: float) -> dict[str, float]:
    """Return every part, rounded as it is shown and used: a score can be checked by hand."""
    parts = {
        "price": price_part(plan),
        "quality": QUALITY[quality],
        "speed": speed_part(speed),
        "fit": fit,
        "health": health_part(health),
    }
    return {name: round(part, 4) for name, part in parts.items()}


def score_of(parts: Mapping[str, float], weights: Weights) -> float:
    """Return the weighed sum, multiplied by fit and health."""
    weighed = sum(weight * parts[name] for name, weight in weights.items())
    return round(weighed * parts["fit"] * parts["health"], 4)
