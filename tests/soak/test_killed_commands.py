"""Commands killed at any moment: whatever was asked for is delivered once, by the next start.

Each round starts the real command, kills it with SIGKILL after a random while, and lets `jobs resume` finish.
"""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).parent / "video-gen")
ROUNDS = 60


def video_gen(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=300)


def objects(text: str) -> list[dict]:
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def generate(out: Path) -> list[str]:
    size = ("--duration", "2", "--size", "320x180", "--seed", "1")
    return [COMMAND, "generate", "rain over a city at night", *size, "--out", str(out)]


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_job_killed_at_any_moment_is_delivered_once(tmp_path: Path, home: Path):
    start = time.monotonic()
    subprocess.run(generate(tmp_path / "whole.mp4"), check=True, capture_output=True)
    whole = time.monotonic() - start
    expected = (tmp_path / "whole.mp4").read_bytes()
    chance = random.Random(20261121)
    resumed = 0
    for turn in range(ROUNDS):
        film = tmp_path / f"film-{turn}.mp4"
        process = subprocess.Popen(generate(film), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(0, whole * 1.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        before = {job["id"] for job in objects(video_gen("jobs", "list", "--limit", "500", "--json").stdout)}
        again = video_gen("jobs", "resume")
        assert again.returncode == 0, again.stderr
        resumed += "nothing to resume" not in again.stderr
        jobs = objects(video_gen("jobs", "list", "--limit", "500", "--json").stdout)
        assert {job["id"] for job in jobs} == before, "resuming makes no new job"
        assert {job["status"] for job in jobs} == {"completed"}
        own = [job for job in jobs if job["path"] and Path(job["path"]).name == film.name]
        assert [Path(job["path"]).read_bytes() == expected for job in own] in ([], [True])
    assert resumed > ROUNDS / 4, "most of the kills came too late or too early to mean anything"
    left = [path for path in (home / "work").rglob("*") if path.is_file()]
    assert left == []
