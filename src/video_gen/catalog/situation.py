"""What planning has settled so far, and which rules and prices that makes true."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from video_gen.catalog.card import ModelCard, Rule

Situation = dict[str, Any]
"""Settled values by the names that `when` uses; None or missing: not known."""


def matches(when: Mapping[str, tuple[Any, ...]], situation: Mapping[str, Any]) -> Literal["yes", "no", "maybe"]:
    """Say whether every condition holds; "maybe" when that hangs on something unknown."""
    answer: Literal["yes", "maybe"] = "yes"
    for name, allowed in when.items():
        value = situation.get(name)
        if value is None:
            answer = "maybe"
        elif not any(_same(value, option) for option in allowed):
            return "no"
    return answer


def _same(value: Any, option: Any) -> bool:
    if isinstance(value, bool) or isinstance(option, bool):
        return value is option
    if isinstance(value, str) and isinstance(option, str):
        return value.lower() == option.lower()
    return bool(value == option)


def effective(card: ModelCard, field: str, situation: Situation) -> tuple[Any, str]:
    """Return a field's value in this situation, and the reason where a rule sets it."""
    rule = _first_rule(card.rules, field, situation)
    return (getattr(card, field), "") if rule is None else (getattr(rule, field), rule.because)


def _first_rule(rules: Iterable[Rule], field: str, situation: Situation) -> Rule | None:
    return next(
        (rule for rule in rules if getattr(rule, field) is not None and matches(rule.when, situation) == "yes"), None
    )
