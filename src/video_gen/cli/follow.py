"""Waits for jobs in front of a person: progress, Ctrl-C, the final words and the exit code."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from video_gen.cli.output import note, print_json, say
from video_gen.cli.progress import Board, board

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.spec import Job

_DOING: Final = {
    "submitting": "sending",
    "generating": "generating",
    "collecting": "fetching",
    "verifying": "checking",
    "reconciling": "asking the provider what became of it",
}

_ENDED_BY: Final = 128
"""Added to a signal's number, the exit code of a process that it has ended."""


async def follow(
    client: "AsyncClient",
    jobs: Sequence["Job"],
    *,
    as_json: bool,
    cancel_on_interrupt: bool = True,
    bring: bool = False,
) -> int:
    """Run or watch `jobs` to their ends, print each result, and return the exit code.

    With `cancel_on_interrupt` the first Ctrl-C asks the jobs to stop; the next one leaves at once, and the jobs can be
    resumed. SIGTERM leaves in order: what is being sent is answered and noted first. With `bring`, videos that are kept
    for many machines are brought to where they were wanted.

    Raises:
        typer.Exit: SIGTERM came.
    """
    asked = asyncio.Event()
    with board() as shown, terminates(), _interrupts(asked) if cancel_on_interrupt else nullcontext():
        stopping = asyncio.create_task(_cancel_when(client, jobs, asked))
        try:
            ended = await asyncio.gather(*(_watch(client, job, shown, len(jobs)) for job in jobs))
        finally:
            stopping.cancel()
    for job in ended:
        result(await client.brought_home(job) if bring else job, as_json=as_json)
    return next((code for code in map(exit_code, ended) if code), 0)


async def run_and_follow(client: "AsyncClient", jobs: Sequence["Job"], *, as_json: bool) -> int:
    """Carry jobs out and follow them to their ends; what else is unfinished then goes on in the background."""
    await say_unattended(client)
    async with client.running():
        code = await follow(client, jobs, as_json=as_json, bring=True)
        await go_on_in_background(client)
    return code


async def stopped(client: "AsyncClient", job: "Job") -> "Job":
    """Return a job that was asked to stop when it has; as it is, where that is left to other processes."""
    if job.status.terminal or client.engine.shared or (await client.engine.attended() and not client.engine.runs):
        return job
    async with client.running(begin=False):
        return await client.engine.wait(job.id)


async def go_on_in_background(client: "AsyncClient") -> None:
    """Leave what else is unfinished to a process of its own, where this one has carried jobs out."""
    others = await client.jobs.unfinished()
    if others and client.engine.runs:
        client.run_in_background()
        note(f"in the background it goes on with {len(others)} other job{'' if len(others) == 1 else 's'}")


async def say_unattended(client: "AsyncClient") -> None:
    """Tell that nobody carries jobs out over a shared database, where that is so."""
    if client.engine.shared and not await client.engine.attended():
        note("no worker is alive: the job waits until one is started with `video-gen worker`")


async def _watch(client: "AsyncClient", job: "Job", shown: Board, total: int) -> "Job":
    name = short_prompt(job) if total > 1 else ""
    newest = job
    async for newest in client.jobs.watch(job.id):
        show_job(shown, newest, name)
    return newest


def show_job(shown: Board, job: "Job", name: str) -> None:
    """Show how far a job is, or how it ended; `name` tells it from others beside it."""
    if job.status.terminal:
        shown.end(job.id, _line(job, name))
    else:
        shown.show(job.id, _line(job, name), job.progress)


async def _cancel_when(client: "AsyncClient", jobs: Sequence["Job"], asked: asyncio.Event) -> None:
    await asked.wait()
    note("stopping (Ctrl-C again leaves at once) ...")
    for job in jobs:
        await client.jobs.cancel(job.id)


@contextmanager
def _interrupts(asked: asyncio.Event) -> Iterator[None]:
    """Turn the first SIGINT into `asked`; the second one interrupts as usual."""
    loop = asyncio.get_running_loop()

    def first() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        asked.set()

    loop.add_signal_handler(signal.SIGINT, first)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextmanager
def terminates(
    way_on: str = "`video-gen jobs resume` goes on with what is unfinished",
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM,),
) -> Iterator[None]:
    """Have the first of some signals end the waiting, so that the store is closed in order; the next one acts as usual.

    Raises:
        typer.Exit: one came, and the way on was said.
    """
    loop, here = asyncio.get_running_loop(), asyncio.current_task()
    assert here is not None
    told = list[signal.Signals]()

    def forget() -> None:
        for each in signals:
            loop.remove_signal_handler(each)

    def first(which: signal.Signals) -> None:
        forget()
        told.append(which)
        here.cancel()

    for each in signals:
        loop.add_signal_handler(each, first, each)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
        here.uncancel()
        note(f"stopped; {way_on}")
        raise typer.Exit(_ENDED_BY + told[0]) from None
    finally:
        forget()


def _line(job: "Job", name: str) -> str:
    return " ".join(part for part in (job.id, f"[{name}]" if name else "", doing(job)) if part)


def doing(job: "Job") -> str:
    """Return what a job is doing, in a word or a few."""
    return _DOING.get(job.phase or "", job.status.value) if job.status == "running" else job.status.value


def short_prompt(job: "Job", limit: int = 32) -> str:
    """Return a prompt fit for a line."""
    text = " ".join(job.request.prompt.split()) or "(picture)"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def exit_code(job: "Job") -> int:
    """Return the exit code that a job's end stands for."""
    from video_gen.engine.faults import class_of
    from video_gen.exceptions import JobCancelledError

    if job.status == "cancelled":
        return JobCancelledError.exit_code
    return class_of(job.error.code).exit_code if job.error else 0


def result(job: "Job", *, as_json: bool) -> None:
    """Print a job's end: its files on stdout, or what went wrong and the way on, on stderr."""
    if as_json:
        print_json(as_object(job))
    elif job.status == "completed":
        for artifact in job.artifacts:
            say(relative(artifact.path))
    if job.status == "cancelled":
        note(job.error.message if job.error else f"job `{job.id}` was cancelled")
        note(f"`video-gen jobs retry {job.id}` makes it anew")
    elif job.error is not None and job.error.code == "submission_unknown":
        note(f"error: {job.error.message}")
        note(f"`video-gen jobs resolve {job.id}` settles it: --adopt OPERATION, --resubmit or --write-off")
    elif job.error is not None:
        note(f"error: {job.error.message}")
        note(f"`video-gen jobs show {job.id}` tells its history; `video-gen jobs retry {job.id}` tries again")


def relative(path: str) -> str:
    """Return a path as seen from the working directory, where it lies below it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def as_object(job: "Job") -> dict[str, Any]:
    """Return a job for a program: the main facts first, money in dollars."""
    from video_gen.spec.money import MICRO

    return {
        "id": job.id,
        "status": job.status.value,
        "phase": job.phase.value if job.phase else None,
        "progress": job.progress,
        "path": job.artifacts[0].path if job.artifacts else None,
        "model": job.model_used or job.plan.model,
        "prompt": job.request.prompt,
        "cost_usd": job.cost / MICRO,
        "quote_usd": None if job.plan.quote.high is None else job.plan.quote.high / MICRO,
        "error": job.error.model_dump() if job.error else None,
        "owner": job.owner,
        "created_at": job.created_at.isoformat(),
        "updated_at": job.updated_at.isoformat(),
        "adjustments": [change.reason for change in job.plan.adjustments],
        "artifacts": [
            {"path": item.path, "sha256": item.sha256, **item.info.model_dump(mode="json")} for item in job.artifacts
        ],
    }
