"""A server of its own for each module, as a process, and clients that speak to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.testing.emulators.sandbox import Sandbox

COMMAND = Path(sys.executable).with_name("video-gen")
SMALL = {"resolution": "128x72", "duration": 0.5, "fps": 12, "seed": 0, "model": "local"}
"""What is said of a video that takes no time."""
SLOW = {"resolution": "640x360", "duration": 60, "fps": 60, "seed": 0, "model": "local"}
"""What is said of a video that takes long enough to be interrupted."""


@dataclass
class Served:
    """A running `video-gen serve`."""

    folder: Path
    process: subprocess.Popen[str]
    url: str = ""
    client: httpx.Client = field(default_factory=httpx.Client)

    def until(self, task_id: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """Ask for a task until it is as wanted."""
        end = time.monotonic() + seconds
        task: dict[str, Any] = {}
        while time.monotonic() < end:
            task = self.client.get(f"/api/v1/tasks/{task_id}").raise_for_status().json()
            if wanted(task):
                return task
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {task}")

    def ended(self, task_id: str) -> dict[str, Any]:
        return self.until(task_id, lambda task: task["status"] not in {"pending", "processing"})

    def made(self, **words: Any) -> dict[str, Any]:
        """Have a small video made; return its completed task."""
        body = {"prompt": "a calm ocean at sunset", **SMALL, **words}
        created = self.client.post("/api/v1/videos/generate", json=body)
        assert created.status_code == 200, created.text
        task = self.ended(created.json()["task_id"])
        assert task["status"] == "completed", task
        return task

    def stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


@dataclass(frozen=True)
class Backed:
    """A server whose providers are emulated in this process."""

    server: Served
    sandbox: Sandbox

    def order(self, provider: str, fault: str, **how: Any) -> None:
        """Let a provider's next submit, or other step, meet a fault."""
        self.sandbox.emulators[provider].faults.inject(fault, **how)

    def accepted(self, provider: str) -> int:
        """Return how many jobs a provider has accepted so far."""
        return len(self.sandbox.emulators[provider].world.accepted())


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return what a server may see: nothing of this machine but what it needs to run."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH") if name in os.environ}
    homes = {"HOME": str(folder / "machine"), "VIDEO_GEN_HOME": str(folder / "home")}
    return {**kept, **homes, "OUTPUTS_DIR": str(folder / "outputs"), **settings}


def start(folder: Path, *options: str, command: Sequence[str | Path] = (COMMAND,), **settings: str) -> Served:
    """Start a server and wait until it answers."""
    folder.mkdir(exist_ok=True)
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            [*command, "serve", "--port", "0", "--json", *options],
            cwd=folder,
            env=environment(folder, **settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    line = process.stdout.readline() if process.stdout else ""
    served = Served(folder, process)
    if not line:
        process.communicate(timeout=30)
        raise AssertionError((folder / "server.log").read_text())
    served.url = json.loads(line)["url"]
    served.client = httpx.Client(base_url=served.url, timeout=30)
    return served


async def new_key(served_folder: Path, name: str, **allowance: Any) -> str:
    """Make a key in the store of a server's folder; return its secret."""
    config = Config.model_validate({"home": served_folder / "home", "outputs_dir": served_folder / "outputs"})
    async with AsyncClient(config) as client:
        made = await client.keys.create(name, **allowance)
    return made.secret.get_secret_value()
