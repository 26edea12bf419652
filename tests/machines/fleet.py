"""Real workers: processes of `video-gen worker`, to be started, frozen and killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.spec import Job

COMMAND = str(Path(sys.executable).with_name("video-gen"))
LEASE = 3


class Worker:
    """One process; its words are in `log`."""

    def __init__(self, settings: Mapping[str, str], home: Path, *options: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "worker.log"
        environment = {**os.environ, **settings, "VIDEO_GEN_HOME": str(home)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "worker", *options], env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def send(self, how: signal.Signals) -> None:
        self.process.send_signal(how)

    def end(self, how: signal.Signals = signal.SIGKILL) -> int:
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(how)
        return self.process.wait(30)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def fleet(settings: Mapping[str, str], folder: Path) -> Iterator[Callable[..., Worker]]:
    """Give a function that starts a worker with a home of its own; all are ended with the block."""
    started: list[Worker] = []

    def start(*options: str) -> Worker:
        started.append(Worker(settings, folder / f"worker-{len(started) + 1}", *options))
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            worker.end()


def client_of(settings: Mapping[str, str], home: Path) -> AsyncClient:
    """A client of the same installation, which carries nothing out."""
    environ = {**settings, "VIDEO_GEN_HOME": str(home), "OUTPUTS_DIR": str(home / "outputs")}
    return AsyncClient(Config.from_environment(environ, dotenv=home / "no-dotenv"))


async def jobs_of(client: AsyncClient) -> list[Job]:
    return await client.jobs.list(limit=1000)


async def until(client: AsyncClient, check: Callable[[list[Job]], bool], seconds: float = 150) -> list[Job]:
    """Return the jobs once they are as they should be."""
    jobs: list[Job] = []
    try:
        async with asyncio.timeout(seconds):
            while not check(jobs := await jobs_of(client)):
                await asyncio.sleep(0.05)
    except TimeoutError:
        states = [(job.id, job.status.value, job.phase, job.epoch, job.error) for job in jobs]
        raise AssertionError(f"not so in {seconds} s: {states}") from None
    return jobs


def ended(jobs: Collection[Job]) -> bool:
    return all(job.status.terminal for job in jobs)
