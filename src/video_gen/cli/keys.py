"""`video-gen keys`: who may use a server over this installation, for what, and how much."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from video_gen.cli import allowance
from video_gen.cli.output import JsonOption, facts, note, print_json, say, table
from video_gen.cli.session import with_client
from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from datetime import datetime

    from video_gen.client import AsyncClient
    from video_gen.engine.api_key import ApiKey
    from video_gen.engine.ceilings import Standing

app = typer.Typer(help="Give people keys to a server, limit and revoke them.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(metavar="KEY", help="A key's name, its id, or the beginning that is shown of it.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom or what it is for.")],
    scope: allowance.Scopes = None,
    model: allowance.Models = None,
    max_cost_per_day: allowance.MaxCostPerDay = None,
    max_jobs_per_day: allowance.MaxJobsPerDay = None,
    max_concurrent: allowance.MaxConcurrent = None,
    requests_per_minute: allowance.RequestsPerMinute = None,
    expires: allowance.Expires = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it. It is shown this once: what is kept is only a hash of it."""
    words = allowance.allowance(locals())
    _warn_of_empty_patterns(words.get("models", ()))

    async def work(client: "AsyncClient") -> None:
        key, secret = await client.keys.create(name, **words)
        if as_json:
            print_json({**as_object(key), "secret": secret.get_secret_value()})
            return
        say(secret.get_secret_value())
        note(f"the key `{key.name}`, shown this once: {_in_words(key)}")

    with_client(work)


def _warn_of_empty_patterns(patterns: tuple[str, ...]) -> None:
    from fnmatch import fnmatchcase

    from video_gen.catalog import load_catalog

    models = load_catalog().cards if patterns else ()
    for pattern in patterns:
        if not any(fnmatchcase(model, pattern) for model in models):
            note(f"warning: no model of the catalog fits `{pattern}` (`video-gen models` lists them)")


@app.command("list")
def list_keys(
    everything: Annotated[bool, typer.Option("--all", "-a", help="Revoked keys too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the keys, oldest first."""

    async def work(client: "AsyncClient") -> None:
        keys = await client.keys.list(revoked=everything)
        if as_json:
            for key in keys:
                print_json(as_object(key))
            return
        if not keys:
            note("no keys yet: video-gen keys create NAME")
            return
        table(
            ("name", "id", "key", "state", "may", "last used"),
            [
                (key.name, key.id, f"{key.prefix}...", state(key), _in_words(key), _when(key.last_used_at))
                for key in keys
            ],
        )

    with_client(work)


@app.command()
def show(which: Key, as_json: JsonOption = False) -> None:
    """Show one key: what it is for, its limits, and when it was last used."""

    async def work(client: "AsyncClient") -> None:
        key = await client.keys.get(which)
        today = await client.engine.standing(key.id)
        _show(key, today, as_json=as_json)

    with_client(work)


@app.command()
def limit(
    which: Key,
    scope: allowance.Scopes = None,
    model: allowance.Models = None,
    max_cost_per_day: allowance.MaxCostPerDay = None,
    max_jobs_per_day: allowance.MaxJobsPerDay = None,
    max_concurrent: allowance.MaxConcurrent = None,
    requests_per_minute: allowance.RequestsPerMinute = None,
    expires: allowance.Expires = None,
    as_json: JsonOption = False,
) -> None:
    """Change what a key may do: what is named, and nothing else. A running server follows within seconds."""
    words = allowance.allowance(locals())
    if not words:
        raise InvalidRequestError("say what to change, like `--max-cost-per-day 5`, or `--max-cost-per-day none`")
    _warn_of_empty_patterns(words.get("models", ()))

    async def work(client: "AsyncClient") -> None:
        _show(await client.keys.limit(which, **words), as_json=as_json)

    with_client(work)


@app.command()
def rename(
    which: Key, name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.")], as_json: JsonOption = False
) -> None:
    """Give a key another name."""

    async def work(client: "AsyncClient") -> None:
        _show(await client.keys.rename(which, name), as_json=as_json)

    with_client(work)


@app.command()
def revoke(
    which: Key,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a key open nothing any more, for good. Jobs that were made with it go on."""

    async def work(client: "AsyncClient") -> None:
        key = await client.keys.get(which)
        if key.revoked_at is None and not yes:
            _confirm(key)
        key = await client.keys.revoke(key.id)
        if as_json:
            print_json(as_object(key))
        else:
            say(f"{key.name} revoked")

    with_client(work)


def _confirm(key: "ApiKey") -> None:
    question = f"Revoke `{key.name}` ({key.prefix}..., last used: {_when(key.last_used_at)})? It cannot be undone"
    if not sys.stdin.isatty():
        raise InvalidRequestError(f"revoking `{key.name}` cannot be undone: say --yes")
    typer.confirm(question, abort=True, err=True)


# --- in words ------------------------------------------------------------------------------------------------------


def as_object(key: "ApiKey") -> dict[str, Any]:
    """Return a key's facts for a program; amounts in micro-USD."""
    return {**key.model_dump(mode="json"), "scopes": sorted(key.scopes), "state": state(key)}


def state(key: "ApiKey") -> str:
    """Return whether a key opens the door, in one word."""
    from datetime import UTC, datetime

    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.usable(datetime.now(UTC)) else "expired"


def _show(key: "ApiKey", today: "Standing | None" = None, *, as_json: bool) -> None:
    if as_json:
        print_json(as_object(key))
        return
    facts(
        [
            ("name", key.name),
            ("id", key.id),
            ("key", f"{key.prefix}..."),
            ("state", state(key)),
            ("scopes", ", ".join(sorted(key.scopes))),
            ("models", ", ".join(key.models) or "all"),
            *_limits(key),
            ("created", _when(key.created_at)),
            ("expires", _when(key.expires_at)),
            ("revoked", _when(key.revoked_at) if key.revoked_at else ""),
            ("last used", _when(key.last_used_at)),
            ("today (UTC)", "" if today is None else _today(today)),
        ]
    )


def _today(standing: "Standing") -> str:
    from video_gen.spec import usd

    money = (
        f"{usd(standing.spent)} spent, {usd(standing.held)} held, {usd(standing.planned)} promised to jobs that wait"
    )
    return f"{standing.jobs} job{'' if standing.jobs == 1 else 's'}; {money}"


def _limits(key: "ApiKey") -> list[tuple[str, str]]:
    from video_gen.spec import usd

    return [
        ("cost a day", "no limit" if key.max_cost_per_day is None else usd(key.max_cost_per_day)),
        ("jobs a day", _count(key.max_jobs_per_day)),
        ("jobs at once", _count(key.max_concurrent)),
        ("requests a minute", _count(key.requests_per_minute)),
    ]


def _count(number: int | None) -> str:
    return "no limit" if number is None else str(number)


def _in_words(key: "ApiKey") -> str:
    """Return what a key may do, in one line."""
    limits = [f"{value} {name}" for name, value in _limits(key) if value != "no limit"]
    models = [", ".join(key.models)] if key.models else []
    until = [f"until {_when(key.expires_at)}"] if key.expires_at else []
    return "; ".join([", ".join(sorted(key.scopes)), *models, *limits, *until])


def _when(moment: "datetime | None") -> str:
    return "never" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
