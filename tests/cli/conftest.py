import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from video_gen.cli.app import app, main

COMMAND = Path(sys.executable).with_name("video-gen")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="session")
def small() -> tuple[str, ...]:
    """Options of a video that takes no time."""
    return ("--size", "128x72", "--duration", "0.5", "--fps", "12", "--seed", "0")


@pytest.fixture(scope="session")
def slow() -> tuple[str, ...]:
    """Options of a video that takes long enough to be interrupted."""
    return ("--size", "640x360", "--duration", "60", "--fps", "60", "--seed", "0")


@pytest.fixture
def run() -> Callable[..., Ran]:
    """Run `video-gen` as a process of its own, to its end."""

    def run(*arguments: str, stdin: str = "", code: int | None = 0) -> Ran:
        done = subprocess.run(
            [COMMAND, *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `video-gen` in this process, to its end: a start would be all the work of a command that only tells."""

    def here(*arguments: str, stdin: str = "", code: int | None = 0) -> Ran:
        monkeypatch.setattr("sys.argv", ["video-gen", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        try:
            ended: Any = main()
        except SystemExit as left:
            ended = left.code
        printed = capsys.readouterr()
        assert code is None or (ended or 0) == code, f"{ended}: {printed.out}{printed.err}"
        return Ran(ended or 0, printed.out, printed.err)

    return here


@pytest.fixture
def stored_jobs(home: Path) -> Callable[[], int]:
    """Count the jobs in the store without starting a process."""

    def count() -> int:
        store = home / "store.db"
        if not store.exists():
            return 0
        with closing(sqlite3.connect(store)) as database:
            return int(database.execute("SELECT count(*) FROM jobs").fetchone()[0])

    return count


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `video-gen` and leave it running; whatever is left of it is killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ.copy(),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def listed(home: Path) -> Callable[[], list[dict[str, Any]]]:
    """List the jobs of the test's home, newest first, from here: a process for each look would be most of the work."""

    def listed() -> list[dict[str, Any]]:
        looked = CliRunner().invoke(app, ["jobs", "list", "--json"])
        assert looked.exit_code == 0, looked.output
        return [json.loads(line) for line in looked.stdout.splitlines()]

    return listed


@pytest.fixture
def until(listed: Callable[[], list[dict[str, Any]]]) -> Callable[..., dict[str, Any]]:
    """Wait until the newest job satisfies a condition; return it."""

    def until(condition: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        end = time.monotonic() + seconds
        newest: dict[str, Any] = {}
        while time.monotonic() < end:
            newest = next(iter(listed()), {})
            if newest and condition(newest):
                return newest
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {newest}")

    return until
