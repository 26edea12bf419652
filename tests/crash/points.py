"""The moments of a life at which it can be killed, by name: each step of a job, before it and after it.

    before store attempt.intent      the price is held and the intent is about to be stored
    before send submit               nothing has left yet
    sent submit                      the request has left, and nothing of the answer was read
    after send submit                the answer is here, and nothing of it is noted
    ...

A point is met once or several times in a life: `("before send poll", 2)` is the second poll.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from video_gen.client import wiring
from video_gen.engine import artifacts, ports
from video_gen.engine.store import Store
from video_gen.local import draft
from video_gen.transport.caller import Caller
from video_gen.transport.driver import HttpDriver
from video_gen.transport.part_file import PartFile


class Moment(NamedTuple):
    """A point, and which time it is met."""

    point: str
    time: int = 1

    def __str__(self) -> str:
        return f"{self.point} ({self.time})" if self.time > 1 else self.point


class Points:
    """Notes each point a life meets; sends it a signal at one of them, and moves its clock at another."""

    def __init__(
        self, end: Moment | None, by: signal.Signals = signal.SIGKILL, jump: tuple[Moment, float] | None = None
    ) -> None:
        self._end = end
        self._by = by
        self._jump = jump
        self._met: Counter[str] = Counter()
        self.moments: list[Moment] = []
        self.offset = 0.0
        """Seconds by which the clock of this life is wrong."""

    def __call__(self, point: str) -> None:
        self._met[point] += 1
        moment = Moment(point, self._met[point])
        if moment == self._end:
            os.kill(os.getpid(), self._by)
        if self._jump is not None and moment == self._jump[0]:
            self.offset = self._jump[1]
        self.moments.append(moment)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)


def install(points: Points) -> None:
    """Have every step of this process's jobs pass its points."""
    _store(points)
    _wire(points)
    _files(points)
    _around(points, wiring, "check", "verify")
    _around(points, draft, "draw", "draw")
    # The clock that the jobs read, where it is read.
    ports.datetime = type("Shifted", (), {"now": lambda _zone: points.now()})


def _around(points: Points, owner: Any, name: str, said: str, only: Callable[..., bool] = lambda *_: True) -> None:
    plain = getattr(owner, name)

    def passed(*arguments: Any, **named: Any) -> Any:
        if not only(*arguments):
            return plain(*arguments, **named)
        points(f"before {said}")
        result = plain(*arguments, **named)
        points(f"after {said}")
        return result

    setattr(owner, name, passed)


def _store(points: Points) -> None:
    for name in ("create", "claim", "resolve"):
        _around_async(points, Store, name, lambda *_, said=f"store {name}": said)
    _around_async(points, Store, "record", lambda _, step: f"store {step.notes[-1].kind}")


def _around_async(points: Points, owner: Any, name: str, say: Callable[..., str]) -> None:
    plain = getattr(owner, name)

    async def passed(*arguments: Any, **named: Any) -> Any:
        said = say(*arguments)
        points(f"before {said}")
        result = await plain(*arguments, **named)
        points(f"after {said}")
        return result

    setattr(owner, name, passed)


_doing: ContextVar[str] = ContextVar("doing", default="download")


def _wire(points: Points) -> None:
    drive, start = HttpDriver.drive, aiohttp.ClientResponse.start

    async def named(driver: HttpDriver, flow: Any, provider: Any) -> Any:
        token = _doing.set(flow.gi_frame.f_locals.get("flow", flow).__name__)  # the engine listens in on some
        try:
            return await drive(driver, flow, provider)
        finally:
            _doing.reset(token)

    async def sent(response: aiohttp.ClientResponse, connection: Any) -> Any:
        for _ in range(20):  # the body leaves by a task of its own
            await asyncio.sleep(0)
        points(f"sent {_doing.get()}")
        return await start(response, connection)

    HttpDriver.drive = named
    aiohttp.ClientResponse.start = sent
    _around_async(points, Caller, "_exchange", lambda *_: f"send {_doing.get()}")


def _files(points: Points) -> None:
    for name, said in {"restart": "begin the part", "write": "write the part", "adopt": "adopt the answer"}.items():
        _around(points, PartFile, name, said)
    _around(points, PartFile, "publish", "keep the download")
    _around(points, Path, "replace", "move a file", lambda path, _: path.parent.name == "work")
    _around(points, os, "link", "link")
    _around(points, artifacts, "flush_folder", "flush the name")
    _around(points, Path, "unlink", "tidy up", lambda path, **_: path.parent.name == "work" and path.suffix == ".mp4")
