"""One life: a command as a person types it, in a process of its own, to its natural end or until it is killed.

The process is forked from this one, which has everything imported and no thread, so that hundreds of lives cost
seconds. What it runs is the command line itself; only the waits between its steps are short.
"""

import json
import os
import random
import select
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from points import Moment, Points, install

import video_gen
from video_gen.catalog import load_catalog
from video_gen.engine import service
from video_gen.testing.conformance.house import LIMITS, PATIENCE, QUICK, TIMEOUTS
from video_gen.transport import download, driver

LATEST = 60.0
"""Seconds after which a life that neither ends nor dies has gone wrong."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """How a life is to end, and what befalls it."""

    end: Moment | float | None = None
    """The point, or the seconds after its start, at which it is killed; None: it ends by itself."""
    jump: tuple[Moment, float] | None = None
    """The point at which its clock is moved, and by how many seconds."""

    def __str__(self) -> str:
        end = f"{self.end:.3f} s" if isinstance(self.end, float) else str(self.end or "its natural end")
        return end if self.jump is None else f"{end}, its clock moved by {self.jump[1]:+g} s at {self.jump[0]}"


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


def live(folder: Path, environment: Mapping[str, str], arguments: list[str], plot: Plot) -> Life:
    """Run a command once."""
    said, passed = folder / "said", folder / "passed"
    passed.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        _be(folder, environment, arguments, plot)
    code = _end_of(child, plot.end if isinstance(plot.end, float) else None)
    moments = [Moment(*each) for each in json.loads(passed.read_text())] if passed.exists() else []
    return Life(code=code, moments=tuple(moments), said=said.read_text())


def _end_of(child: int, after: float | None) -> int | None:
    """Return the exit code of a child that may end by itself until `after`; None when it was killed."""
    watched = os.pidfd_open(child)
    try:
        ended, _, _ = select.select([watched], [], [], LATEST if after is None else after)
        if not ended:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(watched)
    _, status = os.waitpid(child, 0)
    assert after is not None or ended, f"a life did not end within {LATEST:g} s"
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return None
    return os.waitstatus_to_exitcode(status)


def _be(folder: Path, environment: Mapping[str, str], arguments: list[str], plot: Plot) -> None:
    code = 70
    try:
        output = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        random.seed()
        points = Points(plot.end if isinstance(plot.end, Moment) else None, plot.jump)
        install(points)
        _hurry()
        code = _command(arguments)
        (folder / "passed").write_text(json.dumps(points.moments))
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
    service.Policy = lambda: QUICK
    driver.Timeouts, driver.Patience, driver.Limits = lambda: TIMEOUTS, lambda: PATIENCE, lambda: LIMITS
    download._BATCH = 1024
