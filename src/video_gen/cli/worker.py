"""`video-gen worker`: carries jobs out until told to stop."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from video_gen.cli.output import JsonOption, note, print_json, say

if TYPE_CHECKING:
    from video_gen.client import AsyncClient
    from video_gen.spec import Job

GRACE: Final = 120.0
"""Seconds for what may not be broken off: a submit that is under way, and noting its answer."""


def worker(
    concurrency: Annotated[
        int, typer.Option("--concurrency", "-c", min=1, max=10_000, help="Jobs to have under way here at once.")
    ] = 1000,
    drain: Annotated[
        bool, typer.Option("--drain", help="When told to stop, finish the jobs under way first; begin no new ones.")
    ] = False,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Leave when no job is unfinished.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Carry jobs out until told to stop. With a shared database, run as many as you like, on any machine.

    Ctrl-C or SIGTERM: what may not be broken off is finished, such as a submit that is under way, and the rest goes to
    other workers at once, or waits for the next start. A second one leaves at once.
    """
    asyncio.run(_work(concurrency, drain=drain, until_idle=until_idle, as_json=as_json))


async def _work(concurrency: int, *, drain: bool, until_idle: bool, as_json: bool) -> None:
    from video_gen.client import AsyncClient

    client = AsyncClient.here()
    async with client:
        with _told_to_stop() as told:
            client.engine.run(concurrency=concurrency, report=_print_json if as_json else _print)
            _say_where(client)
            await _first(told, client, until_idle=until_idle)
            if told.is_set():
                elsewhere = "goes to other workers" if client.engine.shared else "goes on with the next start"
                note(f"stopping: what is under way {'is finished first' if drain else elsewhere}")
            await client.close(drain=drain and told.is_set(), grace=GRACE)


async def _first(told: asyncio.Event, client: "AsyncClient", *, until_idle: bool) -> None:
    """Return when told to stop, or idle where that is asked for; raise what ended the work."""
    waits = [asyncio.create_task(told.wait()), asyncio.create_task(client.engine.stopped())]
    if until_idle:
        waits.append(asyncio.create_task(client.run_until_idle()))
    done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    for task in done:
        task.result()


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """Turn the first SIGINT or SIGTERM into an event; the next one does what it always does."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)

    def first() -> None:
        for each in signals:
            loop.remove_signal_handler(each)
        told.set()

    for each in signals:
        loop.add_signal_handler(each, first)
    try:
        yield told
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


def _say_where(client: "AsyncClient") -> None:
    engine = client.engine
    if not engine.shared:
        note(f"working for the store in {client.config.home}; Ctrl-C stops")
        return
    note("working for the shared database; Ctrl-C stops")
    if not client.config.object_store:
        note(
            f"files are kept in {engine.files.where}: every machine must see that same folder, or set "
            "VIDEO_GEN_OBJECT_STORE"
        )


def _print(job: "Job") -> None:
    now = datetime.now().astimezone()
    say(f"{now:%H:%M:%S}  {job.id}  {job.status.value:<9}  {job.model_used or job.plan.model}{_outcome(job)}")
    sys.stdout.flush()


def _outcome(job: "Job") -> str:
    if job.artifacts:
        return f"  {job.artifacts[0].path}"
    return f"  {job.error.message}" if job.error else ""


def _print_json(job: "Job") -> None:
    from video_gen.cli.follow import as_object

    print_json(as_object(job))
