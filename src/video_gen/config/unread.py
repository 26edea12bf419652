"""Finds settings that nobody reads: a name with a slip in it would be passed over in silence."""

import logging
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final

_log = logging.getLogger(__name__)
PREFIX: Final = "VIDEO_GEN_"
"""How the names begin that are this program's alone."""


def warn_of_unread(names: Iterable[str], known: Iterable[str]) -> None:
    """Log each variable that begins as settings do and is none, once in a process."""
    for problem in unread(names, known):
        _warn(problem)


def unread(names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each variable that begins as settings do and is none.

    Args:
        names: The variables that are set.
        known: The settings of the installation; those of the providers are known besides.
    """
    settings = set(known)
    for name in sorted(each for each in names if each.startswith(PREFIX) and each not in settings):
        everything = settings | _of_providers()
        if name not in everything:
            own = [each.removeprefix(PREFIX) for each in everything if each.startswith(PREFIX)]
            near = get_close_matches(name.removeprefix(PREFIX), own, n=1)
            hint = f": did you mean `{PREFIX}{near[0]}`?" if near else " and has no effect"
            yield f"`{name}` is no setting{hint}"


@cache
def _warn(problem: str) -> None:
    _log.warning("%s", problem)


def _of_providers() -> set[str]:
    from video_gen.catalog import load_catalog

    providers = load_catalog().providers.values()
    return {name for provider in providers for names in provider.settings_env.values() for name in names} | {
        name for provider in providers for name in (*provider.key_env, *provider.base_url_env)
    }
