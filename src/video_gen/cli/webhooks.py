"""`video-gen webhooks`: which addresses a server over this installation tells what happens to jobs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from video_gen.cli.output import JsonOption, note, print_json, say, table
from video_gen.cli.session import with_client
from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from datetime import datetime

    from video_gen.client import AsyncClient
    from video_gen.engine.webhook import Webhook

app = typer.Typer(help="Have addresses told what happens to jobs, by a server that runs.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="WEBHOOK", help="A webhook's id.")]
Delivery = Annotated[str, typer.Argument(metavar="DELIVERY", help="A delivery's id.")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to post.")],
    event: Annotated[
        list[str] | None,
        typer.Option("--event", "-e", help="A kind of event or a pattern like `job.*`; repeat it. Default: the ends."),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Tell of this key's jobs; without it, of those made without a key.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Add a webhook and print the secret its messages are signed with. It is shown this once."""

    async def work(client: "AsyncClient") -> None:
        _check(url, allow_private=client.config.allow_private_urls)
        owner = None if key is None else (await client.keys.get(key)).id
        webhook, secret = await client.engine.webhooks.add(url, kinds=event or (), owner=owner)
        if as_json:
            print_json({**_as_object(webhook), "secret": secret.get_secret_value()})
            return
        say(secret.get_secret_value())
        note(f"the secret of {webhook.id}, shown this once; it is told {', '.join(webhook.kinds)} by `video-gen serve`")

    with_client(work)


def _check(url: str, *, allow_private: bool) -> None:
    from video_gen.transport.address import UnsafeUrlError, check_url

    try:
        check_url(url, allow_private=allow_private)
    except UnsafeUrlError as error:
        raise InvalidRequestError(f"the address cannot be posted to: {error}") from None


@app.command("list")
def list_webhooks(
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="The callbacks of this job instead.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the webhooks, or one job's callbacks, oldest first."""

    async def work(client: "AsyncClient") -> None:
        job_id = None if job is None else await client.engine.id_of(job)
        found = await client.engine.webhooks.list(job_id=job_id)
        if as_json:
            for each in found:
                print_json(_as_object(each))
            return
        if not found:
            note("no webhooks yet: video-gen webhooks add URL" if job is None else f"job {job} was given no callback")
            return
        rows = [
            (each.id, each.url, each.owner or "", ", ".join(each.kinds), "disabled" if each.disabled_at else "active")
            for each in found
        ]
        table(("id", "address", "key", "events", "state"), rows)

    with_client(work)


@app.command()
def remove(which: Which) -> None:
    """Forget a webhook, and what it was to be told."""

    async def work(client: "AsyncClient") -> None:
        webhook = await client.engine.webhooks.remove(which)
        say(f"{webhook.id} removed")

    with_client(work)


@app.command()
def test(which: Which) -> None:
    """Have a running server send a message that tells of nothing."""

    async def work(client: "AsyncClient") -> None:
        message = await client.engine.webhooks.test(which)
        say(message.id)
        note(f"a running `video-gen serve` sends it; how that went: video-gen webhooks deliveries {which}")

    with_client(work)


@app.command()
def deliveries(
    which: Which,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many at most.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List what a webhook was and is to be told, newest first, each with how its last sending went."""

    async def work(client: "AsyncClient") -> None:
        webhooks = client.engine.webhooks
        found = await webhooks.messages(which, limit=limit)
        tries = {each.id: await webhooks.tries(each.id) for each in found}
        if as_json:
            for each in found:
                log = [one.model_dump(mode="json") for one in tries[each.id]]
                print_json({**each.model_dump(mode="json"), "log": log})
            return
        rows = []
        for each in found:
            last = tries[each.id][-1] if tries[each.id] else None
            went = "" if last is None else last.error or f"{last.status} in {last.ms} ms"
            rows.append((each.id, each.kind, each.job_id or "", each.state, str(each.tries), _when(each.at), went))
        table(("id", "event", "job", "state", "tries", "happened", "last try"), rows)

    with_client(work)


@app.command()
def redeliver(which: Delivery) -> None:
    """Have a delivery sent again, with the id it had."""

    async def work(client: "AsyncClient") -> None:
        message = await client.engine.webhooks.redeliver(which)
        say(f"{message.id} is sent again by a running `video-gen serve`")

    with_client(work)


def _as_object(webhook: "Webhook") -> dict[str, Any]:
    return webhook.model_dump(mode="json")


def _when(moment: "datetime") -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
