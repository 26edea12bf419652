"""What planning has settled so far, and which rules and prices that makes true."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from video_gen.catalog.card import ModelCard, Rule
from video_gen.spec import Task

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


def said(when: Mapping[str, tuple[Any, ...]]) -> str:
    """Return conditions in words: "resolution 720p/1080p, audio off"."""
    return ", ".join(f"{name} {'/'.join(map(_word, values))}" for name, values in when.items())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def effective(card: ModelCard, field: str, situation: Situation) -> tuple[Any, str]:
    """Return a field's value in this situation, and the reason where a rule sets it."""
    rule = _first_rule(card.rules, field, situation)
    return (getattr(card, field), "") if rule is None else (getattr(rule, field), rule.because)


def sound_of(card: ModelCard, task: Task, chosen: bool | None) -> bool | None:  # noqa: FBT001 - None is a third answer
    """Return whether the video will have sound; None where that is left to the provider."""
    mode, _ = effective(card, "audio", {"task": task})
    return {"always": True, "never": False}.get(mode or "", chosen)


def _first_rule(rules: Iterable[Rule], field: str, situation: Situation) -> Rule | None:
    return next(
        (rule for rule in rules if getattr(rule, field) is not None and matches(rule.when, situation) == "yes"), None
    )
