"""The providers, in a process of their own that outlives its customers.

As a script it serves every emulator, says on stdout which settings lead there, and then answers one question a line
until stdin ends. `Providers` is its other side.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.request import urlopen

from video_gen.testing.emulators.sandbox import sandbox
from video_gen.testing.emulators.world import World


class Accepted(NamedTuple):
    """A job that its provider may charge for."""

    id: str
    prompt: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the providers have seen so far."""

    accepted: tuple[Accepted, ...] = ()
    """Oldest first."""
    submits: int = 0
    downloads: int = 0
    rests: int = 0
    """Downloads that asked for the rest of a video."""


class Providers:
    """Every provider of the catalog but the embedded one."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.environment: dict[str, str] = json.loads(self._heard())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:  # its stdin ends, and with that the process
            pass

    def seen(self) -> Seen:
        """Return what the providers have seen."""
        found = self._ask({})
        return Seen(accepted=tuple(Accepted(*each) for each in found.pop("accepted")), **found)

    def cause(self, *faults: str) -> None:
        """Have the next request that each fault is about meet it, and forget those that were not met."""
        self._ask({"faults": faults})

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._heard())

    def _heard(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the emulators have ended"
        return line


def _serve() -> None:
    with sandbox(port=0, size="small", queue_s=0.02, render_s=0.05) as served:
        _say(served.environment)
        for line in sys.stdin:
            question = json.loads(line)
            for emulator in served.emulators.values() if "faults" in question else ():
                emulator.faults.clear()
                for fault in question["faults"]:
                    emulator.faults.inject(fault)
            _calm(served.url)
            _say(_seen([emulator.world for emulator in served.emulators.values()]))


def _calm(url: str) -> None:
    """Return when what has arrived before has been looked at: also the last request of a customer who died."""
    for _ in range(3):
        with urlopen(url) as answer:
            answer.read()


def _seen(worlds: list[World]) -> dict[str, Any]:
    renders = [render for world in worlds for render in world.accepted()]
    calls = [call for world in worlds for call in world.calls]
    steps = Counter(call.step for call in calls)
    return {
        "accepted": [
            (render.id, render.film.prompt) for render in sorted(renders, key=lambda render: render.accepted_at)
        ],
        "submits": steps["submit"],
        "downloads": steps["download"],
        "rests": sum(call.step == "download" and "range" in call.headers for call in calls),
    }


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
