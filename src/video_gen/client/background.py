"""Starts a process of its own that carries jobs out until none is unfinished."""

import subprocess
import sys
import threading
from pathlib import Path

from video_gen.config import Config

LOG = "runner.log"
RUNNER = "video_gen.client.runner"


def start_background(config: Config) -> None:
    """Start the process; it outlives this one and writes to `runner.log` in the home."""
    home, outputs = config.home.resolve(), config.outputs_dir.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with Path(home / LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, no words of a stranger
            [sys.executable, "-m", RUNNER, str(home), str(outputs)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # A program that goes on must not keep a dead child; this thread ends with whichever of the two ends first.
    threading.Thread(target=process.wait, name="video-gen background", daemon=True).start()
