"""Finds what is wrong in a catalog that loads: facts that contradict each other, or that nobody vouches for.

The schema refuses what has no meaning; these checks find what has a wrong one. Each problem is a sentence.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from video_gen.catalog.card import ModelCard, Range
from video_gen.catalog.conditions import check_prices, check_rules
from video_gen.catalog.load import Catalog, Chain
from video_gen.spec import Provider, parse_tier

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]*")


def problems(catalog: Catalog) -> list[str]:
    """Return every problem found, in the order of the catalog; none is the wish."""
    found: list[str] = []
    for provider in catalog.providers.values():
        found += [f"provider `{provider.id}` {problem}" for problem in _provider(provider)]
    for card in catalog.cards.values():
        found += [f"`{card.id}` {problem}" for check in _CHECKS for problem in check(card)]
        found += [f"`{card.id}` {problem}" for problem in _lifecycle(card, catalog)]
        unknown = _unknown_settings(card.wire, catalog.provider_of(card))
        found += [f"`{card.id}` has a wire name with `{name}`, which is no setting of its provider" for name in unknown]
    for chain in catalog.chains.values():
        found += [f"try-order `{chain.name}` {problem}" for problem in _chain(chain, catalog)]
    return found


def _chain(chain: Chain, catalog: Catalog) -> Iterator[str]:
    if any(chain.name in {card.id, *card.aliases} for card in catalog.cards.values()):
        yield "has the name of a model"
    for model in chain.models:
        if model not in catalog.cards:
            yield f"names `{model}`, which is no card"


def _provider(provider: Provider) -> Iterator[str]:
    if not provider.source:
        yield "names no source"
    if not _is_date(provider.checked):
        yield f"was checked on `{provider.checked}`, which is no date"
    for name in _unknown_settings(provider.base_url, provider):
        yield f"has no setting `{name}` for its base URL"
    for name in provider.needs:
        if name not in provider.settings_env:
            yield f"needs the setting `{name}`, and no variable sets it"
    if provider.signing == "header" and not provider.key_header:
        yield "signs by a header and does not say which"
    if provider.signing in {"bearer", "header"} and not provider.key_env:
        yield "needs a key and names no variable that may hold it"
    for name in sorted((provider.key_needs.keys() | provider.key_unless.keys()) - set(provider.key_env)):
        yield f"has a condition for `{name}`, which is no variable of its key"


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _unknown_settings(template: str, provider: Provider) -> list[str]:
    known = provider.settings.keys() | provider.settings_env.keys()
    return [name for name in _PLACEHOLDER.findall(template) if name not in known]


def _origin(card: ModelCard) -> Iterator[str]:
    if not card.source:
        yield "names no source"
    if card.prices and not card.price_source:
        yield "has prices and does not say where they were read"


def _names(card: ModelCard) -> Iterator[str]:
    for alias in card.aliases:
        if alias.lower() == "auto":
            yield "has the alias `auto`, which lets the gateway choose"
        elif not _PLAIN_NAME.fullmatch(alias):
            yield f"has the alias `{alias}`, which nobody can type plainly"


def _lifecycle(card: ModelCard, catalog: Catalog) -> Iterator[str]:
    life = card.lifecycle
    if life.status == "retired" and life.retires is None and not life.note:
        yield "is retired with neither a day nor a note"
    if life.status == "retired" and life.retires is not None and life.retires > card.checked:
        yield f"is retired as of {life.retires}, after it was checked"
    if life.replacement is None:
        return
    replacement = catalog.cards.get(life.replacement)
    if replacement is None:
        yield f"is replaced by `{life.replacement}`, which is no card"
    elif replacement.lifecycle.status == "retired":
        yield f"is replaced by `{life.replacement}`, which is retired"


def _order(card: ModelCard) -> Iterator[str]:
    lists: list[tuple[str, object]] = [
        ("durations", card.durations),
        ("fps", card.fps),
        ("resolutions", tuple(parse_tier(name) for name in card.resolutions or ())),
        *((f"durations when {rule.because}", rule.durations) for rule in card.rules),
    ]
    for name, values in lists:
        if isinstance(values, tuple) and list(values) != sorted(set(values)):
            yield f"has {name} that do not rise"


def _defaults(card: ModelCard) -> Iterator[str]:
    for name, value, choices in (
        ("length", card.duration_default, card.durations),
        ("frame rate", card.fps_default, card.fps),
    ):
        if value is not None and not _among(value, choices):
            yield f"has the usual {name} {value:g}, which is not among its own"
    for name, default, offered in (
        ("size", card.size_default, card.sizes or card.free_size),
        ("aspect ratio", card.ratio_default, card.ratios),
        ("resolution", card.resolution_default, card.resolutions),
    ):
        if default is not None and not offered:
            yield f"has a usual {name} and names none that it takes"
    if card.audio_default is not None and card.audio != "optional":
        yield "has a usual sound although there is no choice"


def _among(value: float, choices: tuple[float, ...] | Range | None) -> bool:
    if isinstance(choices, Range):
        return choices.nearest(value) == value
    return choices is not None and value in choices


def _geometry(card: ModelCard) -> Iterator[str]:
    if card.sizes and card.free_size:
        yield "has both listed sizes and a free size"
    if card.fps_selectable and card.fps is None:
        yield "lets one choose a frame rate and names none"
    for name in card.frame_sizes:
        ratio, _, tier = name.partition(" ")
        if ratio not in (card.ratios or ()) or tier not in (card.resolutions or ()):
            yield f"lists pixels for `{name}`, which it does not take"


def _inputs(card: ModelCard) -> Iterator[str]:
    tasks = set(card.tasks or ())
    if not tasks:
        return
    if "text_to_image" in tasks and len(tasks) > 1:
        yield "makes both images and videos: give each a card of its own"
    for name, presence, uses in (
        ("first frame", card.first_frame, {"image_to_video", "first_last_frame"}),
        ("last frame", card.last_frame, {"first_last_frame"}),
        ("source video", card.source_video, {"video_to_video"}),
    ):
        if presence is None and tasks & uses:
            yield f"makes videos from a {name} and does not say whether it needs one"
        if presence == "no" and tasks & uses:
            yield f"makes videos from a {name} and takes none"
        if presence in {"optional", "required"} and not tasks & uses:
            yield f"takes a {name} and makes no video from it"
        if presence == "required" and "text_to_video" in tasks:
            yield f"needs a {name} and makes videos from a prompt alone"
    if card.references_max == 0 and "reference_to_video" in tasks:
        yield "makes videos from reference pictures and takes none"


_CHECKS: Final = (_origin, _names, _order, _defaults, _geometry, _inputs, check_rules, check_prices)
