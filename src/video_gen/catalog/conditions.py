"""Checks the conditions of a card's rules and prices: that each can hold, and that every video has a price."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, get_args

from video_gen.catalog.card import ModelCard
from video_gen.catalog.situation import effective, matches, said
from video_gen.spec import Task
from video_gen.spec.geometry import tier_name

_When = Mapping[str, Sequence[Any]]
_NAMES: Final = frozenset({"task", "audio", "resolution", "size", "ratio", "seconds"})


def check_rules(card: ModelCard) -> Iterator[str]:
    """Yield what is wrong with the rules of a card."""
    for rule in card.rules:
        yield from (f"has a rule ({rule.because}) {problem}" for problem in _never(rule.when, card))


def check_prices(card: ModelCard) -> Iterator[str]:
    """Yield what is wrong with the prices of a card."""
    for number, row in enumerate(card.prices, 1):
        yield from (f"has price {number} {problem}" for problem in _never(row.when, card))
        if any(_covers(earlier.when, row.when) for earlier in card.prices[: number - 1]):
            yield f"has price {number}, which an earlier one always wins over"
    if card.prices and all(row.when for row in card.prices):
        yield from _gaps(card)


def _never(when: _When, card: ModelCard) -> Iterator[str]:
    for name, values in when.items():
        if name not in _NAMES:
            yield f"that depends on `{name}`, which planning does not know"
            continue
        domain = _domain(name, card)
        for value in values:
            if domain is not None and not _holds(value, domain):
                yield f"for {said({name: (value,)})}, which never happens"


def _holds(value: Any, known: Sequence[Any]) -> bool:
    return matches({"x": tuple(known)}, {"x": value}) == "yes"


def _domain(name: str, card: ModelCard) -> Sequence[Any] | None:
    """Return the values a condition's name can have on this card; None where that is not known."""
    if name == "resolution" and card.sizes:
        return [tier_name(size.short_side) for size in card.geometries]
    if name == "seconds":
        return card.durations if isinstance(card.durations, tuple) else None
    domains: dict[str, Sequence[Any] | None] = {
        "task": card.tasks or get_args(Task),
        "audio": _sounds(card),
        "size": card.sizes,
        "ratio": card.ratios,
        "resolution": card.resolutions,
    }
    return domains[name]


def _sounds(card: ModelCard) -> Sequence[bool] | None:
    modes = [card.audio, *(rule.audio for rule in card.rules if rule.audio)]
    known = {"always": [True], "never": [False], "optional": [True, False]}
    return None if None in modes else [sound for mode in modes for sound in known[mode or ""]]


def _covers(earlier: _When, later: _When) -> bool:
    """Say whether the earlier conditions hold wherever the later ones do."""
    return all(
        name in later and all(_holds(value, values) for value in later[name]) for name, values in earlier.items()
    )


def _gaps(card: ModelCard) -> Iterator[str]:
    names = sorted({name for row in card.prices for name in row.when})
    domains = [_domain(name, card) for name in names]
    if any(domain is None for domain in domains):
        yield f"has prices that depend on {' and '.join(names)}, and no last one for whatever else there is"
        return
    for values in product(*(domain or () for domain in domains)):
        situation = dict(zip(names, values, strict=True))
        if _possible(card, situation) and all(matches(row.when, situation) == "no" for row in card.prices):
            yield f"has no price for {said({name: (value,) for name, value in situation.items()})}"


def _possible(card: ModelCard, situation: Mapping[str, Any]) -> bool:
    """Say whether the card's rules let these settings meet."""
    for name, field in (("resolution", "resolutions"), ("size", "sizes"), ("ratio", "ratios")):
        allowed, _ = effective(card, field, dict(situation))
        if name in situation and allowed and not _holds(situation[name], allowed):
            return False
    return True
