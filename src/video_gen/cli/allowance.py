"""The options that say what an API key may do, declared once for every command that takes them."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from video_gen.engine.api_key import Allowance

NONE: Final = "none"
_PANEL: Final = "Limits (`none` takes one away)"
_SPANS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", metavar="SCOPE", help="generate, read or admin; may be repeated. Default: generate, read."),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", metavar="PATTERN", help="Only these models, like `openai/*`; may be repeated."),
]
MaxCostPerDay = Annotated[
    str | None,
    typer.Option("--max-cost-per-day", metavar="USD", help="What its jobs may cost a UTC day.", rich_help_panel=_PANEL),
]
MaxJobsPerDay = Annotated[
    str | None,
    typer.Option("--max-jobs-per-day", metavar="N", help="Jobs it may make a UTC day.", rich_help_panel=_PANEL),
]
MaxConcurrent = Annotated[
    str | None,
    typer.Option("--max-concurrent", metavar="N", help="Jobs under way at once.", rich_help_panel=_PANEL),
]
RequestsPerMinute = Annotated[
    str | None,
    typer.Option("--requests-per-minute", metavar="N", help="Requests to the server.", rich_help_panel=_PANEL),
]
Expires = Annotated[
    str | None,
    typer.Option("--expires", metavar="WHEN", help="30d, 12h, or a day like 2030-12-31 (UTC).", rich_help_panel=_PANEL),
]


def allowance(given: dict[str, Any]) -> "Allowance":
    """Return a command's arguments as what a key may do, without those that were not given."""
    from video_gen.engine.api_key import Allowance

    found = Allowance()
    if given["scope"]:
        found["scopes"] = _scopes(given["scope"])
    if given["model"]:
        found["models"] = _models(given["model"])
    if given["max_cost_per_day"] is not None:
        found["max_cost_per_day"] = _amount(given["max_cost_per_day"])
    for name in ("max_jobs_per_day", "max_concurrent", "requests_per_minute"):
        if given[name] is not None:
            found[name] = _number(name, given[name])
    if given["expires"] is not None:
        found["expires_at"] = _moment(given["expires"], datetime.now(UTC))
    return found


def _scopes(given: list[str]) -> "frozenset[Any]":
    from video_gen.engine.api_key import Scope

    unknown = [each for each in given if each not in set(Scope)]
    if unknown:
        raise InvalidRequestError(f"`--scope {unknown[0]}` is unknown: choose {', '.join(Scope)}")
    return frozenset(map(Scope, given))


def _models(given: list[str]) -> tuple[str, ...]:
    """Return patterns as they are compared: an alias by the id it stands for, `none` for no limit."""
    from video_gen.catalog import load_catalog

    if given == [NONE]:
        return ()
    catalog = load_catalog()
    return tuple(each if set(each) & set("*?[") else catalog.card(each).id for each in given)


def _amount(given: str) -> int | None:
    from video_gen.spec import micro

    return None if given == NONE else micro(given)


def _number(name: str, given: str) -> int | None:
    if given == NONE:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise InvalidRequestError(f"`--{name.replace('_', '-')} {given}`: give a whole number, or `{NONE}`")
    return int(given)


def _moment(given: str, now: datetime) -> datetime | None:
    if given == NONE:
        return None
    if span := re.fullmatch(r"(\d{1,4})([hdw])", given):
        return now + int(span[1]) * _SPANS[span[2]]
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise InvalidRequestError(f"`--expires {given}`: write it like 30d, 12h, 2030-12-31 or `{NONE}`") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
