"""One life: a command as a person types it, in a process of its own, to its natural end or until it is killed.

The process is forked from this one, which has everything imported and no thread, so that hundreds of lives cost
seconds. What it runs is the command line itself; only the waits between its steps are short.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from points import Moment, Points, install

import video_gen
from video_gen.catalog import load_catalog
from video_gen.client import wiring
from video_gen.config import Config
from video_gen.testing.conformance.house import LIMITS, PATIENCE, QUICK, TIMEOUTS
from video_gen.transport import download, driver

TERMINATED = 128 + signal.SIGTERM
"""The exit code of a life that was told to end."""
LATEST = 60.0
"""Seconds after which a life that neither ends nor dies has gone wrong."""


class How(StrEnum):
    """What befalls a life at its end."""

    KILLED = "is killed"
    TOLD = "is told to end"
    WAKES = "is frozen, and wakes up"
    FROZEN = "is frozen, and killed"


SIGNALS = {
    How.KILLED: signal.SIGKILL,
    How.TOLD: signal.SIGTERM,
    How.WAKES: signal.SIGSTOP,
    How.FROZEN: signal.SIGSTOP,
}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """How a life is to end, and what befalls it."""

    end: Moment | float | None = None
    """The point, or the seconds after its start, at which it ends; None: it ends by itself."""
    how: How = How.KILLED
    jump: tuple[Moment, float] | None = None
    """The point at which its clock is moved, and by how many seconds."""

    def __str__(self) -> str:
        end = f"{self.end:.3f} s" if isinstance(self.end, float) else str(self.end or "its natural end")
        words = f"{self.how} at {end}" if self.end else end
        return words if self.jump is None else f"{words}, its clock moved by {self.jump[1]:+g} s at {self.jump[0]}"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What is left of a life."""

    code: int | None
    """Its exit code; None: it was killed."""
    moments: tuple[Moment, ...]
    """The points it passed; of a killed life nobody knows."""
    said: str
    """Its stdout and stderr."""


def prepare() -> None:
    """Import whatever a life may need, so that none has to."""
    for module in walk_packages(video_gen.__path__, "video_gen."):
        if not module.name.startswith(("video_gen.engine.migrations", "video_gen.__main__")):
            import_module(module.name)
    load_catalog()
    threads = len(list(Path("/proc/self/task").iterdir()))
    assert threads == 1, f"a process of {threads} threads must not fork: set OPENBLAS_NUM_THREADS=1"


class Living:
    """A life that goes on."""

    def __init__(self, folder: Path, environment: Mapping[str, str], arguments: list[str], plot: Plot) -> None:
        self._plot = plot
        self._begun = time.monotonic()
        self._status: int | None = None
        self._said, self._passed = (folder / f"{name}-{len(list(folder.iterdir()))}" for name in ("said", "passed"))
        self._said.touch()
        self._child = os.fork()
        if self._child == 0:
            _be(self._said, self._passed, environment, arguments, plot)

    def frozen(self) -> bool:
        """Return when it is frozen, or has ended without."""
        return self._waited(os.WUNTRACED)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self._child, number)

    def end(self) -> Life:
        """Return what is left of it when it has ended."""
        self._waited(0)
        assert self._status is not None
        code = os.waitstatus_to_exitcode(self._status)
        if code == -signal.SIGTERM:  # as a shell says it: it was told before it had anything to finish
            code = TERMINATED
        assert code >= 0 or code == -signal.SIGKILL, code
        moments = [Moment(*each) for each in json.loads(self._passed.read_text())] if self._passed.exists() else []
        return Life(
            code=None if code < 0 else code,
            moments=tuple(moments),
            said=self._said.read_text(),
        )

    def _waited(self, options: int) -> bool:
        """Wait for its end, or with `WUNTRACED` until it is frozen; return whether it is frozen."""
        after = self._plot.end if isinstance(self._plot.end, float) else None
        while self._status is None:
            found, status = os.waitpid(self._child, os.WNOHANG | options)
            if found and os.WIFSTOPPED(status):
                return True
            if found:
                self._status = status
            elif time.monotonic() - self._begun > (LATEST if after is None else after):
                self.send(signal.SIGKILL)
                assert after is not None, f"a life did not end within {LATEST:g} s: {self._said.read_text()}"
            else:
                time.sleep(0.005)
        return False


def _be(said: Path, passed: Path, environment: Mapping[str, str], arguments: list[str], plot: Plot) -> None:
    code = 70
    try:
        output = os.open(said, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(said.parent)
        random.seed()
        points = Points(plot.end if isinstance(plot.end, Moment) else None, SIGNALS[plot.how], plot.jump)
        install(points)
        _hurry()
        code = _command(arguments)
        passed.write_text(json.dumps(points.moments))
    except BaseException:  # noqa: BLE001 (a child that goes wrong must say so, and must not go on)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _command(arguments: list[str]) -> int:
    from video_gen.cli import main

    sys.argv = ["video-gen", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 70
    return 0


def _hurry() -> None:
    """Wait shortly, and write in small pieces: the same steps, more of them, in less time."""
    plain, at_once = Config.configured, {"submits_per_minute": None, "polls_per_minute": None}
    Config.configured = lambda config, provider: plain(config, provider.model_copy(update=at_once))
    wiring.policy_of = lambda _: QUICK
    driver.Timeouts, driver.Patience, driver.Limits = lambda: TIMEOUTS, lambda: PATIENCE, lambda: LIMITS
    download._BATCH = 1024
