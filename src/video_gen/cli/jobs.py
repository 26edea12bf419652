"""`video-gen jobs`: every job there was and is, and what can be done with one."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from video_gen.cli.output import JsonOption, facts, note, print_json, say, table
from video_gen.cli.session import with_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from video_gen.client import AsyncClient
    from video_gen.spec import Job, Status

app = typer.Typer(help="List, watch, resume, cancel, retry, resolve and delete jobs.", no_args_is_help=True)

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="A job's id, or enough of its beginning.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A job's id, or enough of its beginning.")]


@app.command("list")
def list_jobs(
    status: Annotated[
        str | None, typer.Option("--status", "-s", help="Only queued, running, completed, failed or cancelled jobs.")
    ] = None,
    search: Annotated[str | None, typer.Option("--search", help="Only jobs whose prompt holds this.")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="Only jobs of this API key.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List jobs, newest first."""
    from video_gen.cli.follow import as_object, relative, short_prompt
    from video_gen.engine.ownership import EVERYONE

    wanted = _status(status)

    async def work(client: "AsyncClient") -> "tuple[list[Job], Mapping[str, int]]":
        owner = EVERYONE if key is None else (await client.keys.get(key)).id
        found = await client.jobs.list(status=wanted, search=search, owner=owner, limit=limit)
        return found, await client.jobs.ahead()

    jobs, ahead = with_client(work)
    if as_json:
        for job in jobs:
            print_json(as_object(job) | _place(job, ahead))
        return
    if not jobs:
        note(
            'no jobs yet: video-gen generate "a calm ocean at sunset"'
            if not (status or search or key)
            else "no job fits"
        )
        return
    table(
        ("id", "status", "created", "model", "prompt", "file"),
        [
            (
                job.id,
                _state(job, ahead),
                f"{job.created_at.astimezone():%Y-%m-%d %H:%M}",
                job.model_used or job.plan.model,
                short_prompt(job, 40),
                relative(job.artifacts[0].path) if job.artifacts else "",
            )
            for job in jobs
        ],
    )


def _status(text: str | None) -> "Status | None":
    from video_gen.exceptions import InvalidRequestError
    from video_gen.spec import Status

    if text is None:
        return None
    if text not in set(Status):
        raise InvalidRequestError(f"`--status {text}` is unknown: choose {', '.join(Status)}")
    return Status(text)


def _place(job: "Job", ahead: "Mapping[str, int]") -> dict[str, int]:
    return {"ahead": ahead[job.id]} if job.id in ahead else {}


async def _start(client: "AsyncClient", job: "Job", ahead: int | None) -> str:
    """Say when a job that waits starts, where it is known how long others take."""
    if ahead is not None and not await client.engine.attended():
        return f"when somebody carries jobs out: `video-gen {'worker' if client.engine.shared else 'jobs resume'}` does"
    known = (await client.engine.health()).get(job.plan.model)
    usual = known.usual_seconds if known and known.usual_seconds else job.plan.usual_seconds
    if ahead is None or usual is None:
        return ""
    at_once = client.catalog.provider(job.plan.provider).concurrency or client.config.max_concurrent
    minutes = (ahead // at_once + 1) * usual / 60
    return f"within about {minutes:.0f} min, at {at_once} at once" if minutes >= 1 else "within about a minute"


def _state(job: "Job", ahead: "Mapping[str, int]") -> str:
    if job.status == "running":
        return f"{job.phase or 'running'} {job.progress:.0%}"
    if job.id in ahead:
        return f"queued, {ahead[job.id] or 'none'} ahead"
    return job.status.value


@app.command()
def show(job_id: Id, as_json: JsonOption = False) -> None:
    """Show one job: its settings, its files, its money and its history."""
    from video_gen.cli.follow import as_object
    from video_gen.spec import usd

    async def work(client: "AsyncClient") -> None:
        job = await client.jobs.get(job_id)
        events, ahead = await client.jobs.events(job.id), await client.jobs.ahead()
        if as_json:
            print_json(
                {**as_object(job), **_place(job, ahead), "events": [event.model_dump(mode="json") for event in events]}
            )
            return
        settings = job.plan.settings
        facts(
            [
                ("job", job.id),
                ("status", _state(job, ahead)),
                ("starts", await _start(client, job, ahead.get(job.id))),
                ("model", job.model_used or job.plan.model),
                ("prompt", job.request.prompt),
                ("shape", f"{settings.width}x{settings.height}, {settings.seconds} s"),
                ("priority", str(job.priority) if job.priority else ""),
                ("deadline", f"{job.deadline.astimezone():%Y-%m-%d %H:%M:%S}" if job.deadline else ""),
                ("cost", usd(job.cost)),
                ("key", "" if job.owner is None else (await client.keys.get(job.owner)).name),
                ("error", job.error.message if job.error else ""),
                *(("file", f"{item.path}  sha256 {item.sha256}") for item in job.artifacts),
            ]
        )
        for adjustment in job.plan.adjustments:
            say(f"adjusted: {adjustment.reason}")
        say()
        for event in events:
            say(f"{event.at.astimezone():%H:%M:%S}  {event.message}")

    with_client(work)


@app.command()
def watch(ids: Ids, as_json: JsonOption = False) -> None:
    """Follow jobs to their ends; runs them when no other process does. Ctrl-C stops watching, not the job."""
    _follow(ids, as_json=as_json, cancel_on_interrupt=False)


@app.command()
def resume(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Jobs to resume. Default: every unfinished one.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE|FOLDER/", help="Where the video of one job is to go instead."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with unfinished jobs: those a killed process left, and failed ones whose paid video can still be had."""
    from video_gen.exceptions import InvalidRequestError

    if out is not None and len(ids or ()) != 1:
        raise InvalidRequestError("--out goes with one job: name it, `video-gen jobs resume ID --out FILE`")

    async def work(client: "AsyncClient") -> int:
        from video_gen.cli.follow import run_and_follow

        if ids:
            jobs = [await client.jobs.resume(job_id, out=out) for job_id in ids]
        else:
            jobs = await client.jobs.unfinished()
        if not jobs:
            note("nothing to resume")
            return 0
        return await run_and_follow(client, jobs, as_json=as_json)

    raise typer.Exit(with_client(work))


@app.command()
def cancel(ids: Ids, as_json: JsonOption = False) -> None:
    """Stop jobs. Where no other process carries jobs out, this one does what is needed to stop them."""

    async def work(client: "AsyncClient") -> None:
        from video_gen.cli.follow import say_unattended, stopped

        asked = [await client.jobs.cancel(job_id) for job_id in ids]
        await say_unattended(client)
        for job in asked:
            now = await stopped(client, job)
            done = now.status.value if now.status.terminal else "asked to stop"
            if as_json:
                print_json({"id": now.id, "status": now.status.value, "done": done})
            else:
                say(f"{now.id} {done}" if now.error is None else now.error.message)

    with_client(work)


@app.command()
def retry(
    ids: Ids,
    detach: Annotated[bool, typer.Option("--detach", help="Run in the background and return at once.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make ended jobs anew, from the same request."""

    async def work(client: "AsyncClient") -> int:
        from video_gen.cli.follow import run_and_follow

        retries = [await client.jobs.retry(job_id) for job_id in ids]
        for old, (job, resumed) in zip(ids, retries, strict=True):
            note(f"{old}: {'goes on with what its provider already made' if resumed else f'made anew as {job.id}'}")
        jobs = [job for job, _ in retries]
        if detach:
            client.run_in_background()
            for job in jobs:
                say(job.id)
            return 0
        return await run_and_follow(client, jobs, as_json=as_json)

    raise typer.Exit(with_client(work))


@app.command()
def resolve(
    job_id: Id,
    adopt: Annotated[
        str | None, typer.Option(metavar="OPERATION", help="The provider has it under this id: go on with that.")
    ] = None,
    resubmit: Annotated[
        bool, typer.Option("--resubmit", help="The provider does not have it: send it again. It costs anew.")
    ] = False,
    write_off: Annotated[
        bool, typer.Option("--write-off", help="Give it up, and book what is held for it as spent.")
    ] = False,
    cost: Annotated[
        str | None, typer.Option(metavar="USD", help="With --write-off: what it really cost, 0 for nothing.")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Go on in the background and return at once.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Settle a job whose submit may have been paid though its answer was lost: look at the provider's list first.

    `jobs show ID` tells what to look for: the time and the key of the submit.
    """
    from video_gen.exceptions import InvalidRequestError
    from video_gen.spec import micro, usd

    if (adopt is not None) + resubmit + write_off != 1:
        raise InvalidRequestError("say what became of it: one of --adopt OPERATION, --resubmit, --write-off")
    if cost is not None and not write_off:
        raise InvalidRequestError("--cost goes with --write-off")
    booked = None if cost is None else micro(cost)

    async def work(client: "AsyncClient") -> int:
        from video_gen.cli.follow import as_object, run_and_follow

        if write_off:
            job = await client.jobs.write_off(job_id, cost=booked)
            if as_json:
                print_json(as_object(job))
            else:
                say(f"{job.id} written off; {usd(job.cost)} spent on it in all")
            return 0
        job = await (client.jobs.adopt(job_id, adopt) if adopt is not None else client.jobs.resubmit(job_id))
        if detach:
            client.run_in_background()
            say(job.id)
            return 0
        return await run_and_follow(client, [job], as_json=as_json)

    raise typer.Exit(with_client(work))


@app.command()
def fetch(
    job_id: Id,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE|FOLDER/", help="Where to. Default: named by date in OUTPUTS_DIR."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace the file if it exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Copy a finished job's videos to this machine, from wherever they are kept."""
    from video_gen.cli.follow import result

    async def work(client: "AsyncClient") -> None:
        result(await client.fetch(job_id, out, overwrite=force), as_json=as_json)

    with_client(work)


@app.command()
def delete(
    ids: Ids,
    files: Annotated[bool, typer.Option("--files", help="Delete the videos too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Forget ended jobs; their videos stay unless --files is given."""
    done = "deleted with its files" if files else "deleted"
    _each(ids, lambda client, job_id: client.jobs.delete(job_id, files=files), done, as_json=as_json)


def _each(ids: list[str], action: "Callable[[AsyncClient, str], Awaitable[Job]]", done: str, *, as_json: bool) -> None:
    async def work(client: "AsyncClient") -> None:
        for job_id in ids:
            job = await action(client, job_id)
            if as_json:
                print_json({"id": job.id, "status": job.status.value, "done": done})
            else:
                say(f"{job.id} {done}")

    with_client(work)


def _follow(ids: list[str], *, as_json: bool, cancel_on_interrupt: bool) -> None:
    async def work(client: "AsyncClient") -> int:
        from video_gen.cli.follow import follow

        jobs = [await client.jobs.get(job_id) for job_id in ids]
        async with client.running():
            return await follow(client, jobs, as_json=as_json, cancel_on_interrupt=cancel_on_interrupt)

    raise typer.Exit(with_client(work))
