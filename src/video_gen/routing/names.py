"""Patterns for models: `veo*`, `runway/*`, `kling-3.0`."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from video_gen.catalog import ModelCard
from video_gen.exceptions import InvalidRequestError
from video_gen.spec import Choice


def fits(card: ModelCard, patterns: Iterable[str]) -> bool:
    """Whether the card's id, family or an alias fits one of the patterns, in any case."""
    names = [name.lower() for name in (card.id, card.family, *card.aliases) if name]
    return any(fnmatchcase(name, pattern.strip().lower()) for pattern in patterns for name in names)


def check_names(choice: Choice, cards: Sequence[ModelCard]) -> None:
    """Refuse a pattern or a provider that fits no model: a slip there would change the choice in silence.

    Raises:
        InvalidRequestError: names it.
    """
    for name, patterns in (("allow", choice.allow), ("deny", choice.deny)):
        for pattern in patterns:
            if not any(fits(card, [pattern]) for card in cards):
                raise InvalidRequestError(
                    f"`{name}={pattern}` fits no model: write an id, a family or an alias, with `*` for anything "
                    "(`video-gen models` lists them)"
                )
    known = sorted({card.provider for card in cards})
    for provider in choice.providers:
        if provider not in known:
            raise InvalidRequestError(f"there is no provider `{provider}`: choose {', '.join(known)}")
