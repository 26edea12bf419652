"""Killed at every step, a job is paid once, delivered once, and on the books once."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from paid_world import PRICE

from video_gen.spec import Guarantee

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("crash_matrix.py")


def schedules(folder: Path, video: Path, *arguments: object) -> list[dict]:
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, folder, video, *map(str, arguments)],
        # NumPy would keep threads, and a process with threads should not fork.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(result: dict, guarantee: Guarantee) -> None:
    assert result["work"] == [], "nothing is left in the work folder"
    assert result["accepted"] <= 1, "never paid twice"
    if result["status"] == "failed":
        # Only where nobody can tell: the intent is stored, and the answer never was.
        assert guarantee is Guarantee.NONE
        assert result["code"] == "submission_unknown"
        assert result["states"] == ["unknown"]
        assert (result["held"], result["spent"], result["cost"]) == (PRICE, 0, 0)
        assert (result["promised"], result["files"]) == ([], {})
    else:
        assert result["status"] == "completed"
        assert result["accepted"] == 1
        assert result["states"] == ["succeeded"]
        assert (result["held"], result["spent"], result["cost"], result["progress"]) == (0, PRICE, PRICE, 1.0)
        assert list(result["files"].values()) == result["promised"], "one file, the one promised"
        assert len(result["promised"]) == 1


@pytest.mark.parametrize("guarantee", list(Guarantee))
@pytest.mark.parametrize("lose", [0, 1], ids=["answered", "answer-lost"])
def test_a_kill_at_any_step_costs_nothing_and_loses_nothing(
    tmp_path: Path, video: Path, guarantee: Guarantee, lose: int
):
    results = schedules(tmp_path, video, guarantee, lose)
    undisturbed, killed = results[0], results[1:]
    assert undisturbed["kills"] == 0
    assert len(killed) >= (6 if lose else 20)
    assert [result["ends"][0] for result in killed] == list(range(len(undisturbed["steps"])))[-len(killed) :]
    assert [each["kills"] for each in killed] == [1] * len(killed), "each schedule killed once"
    for result in results:
        check(result, guarantee)
    if not lose:
        unknown = [result for result in killed if result["status"] == "failed"]
        # Between storing the intent and storing the answer lie few steps; anywhere else nothing is in doubt.
        assert len(unknown) == (4 if guarantee is Guarantee.NONE else 0)


@pytest.mark.parametrize("guarantee", list(Guarantee))
def test_kill_after_kill_after_kill(tmp_path: Path, video: Path, guarantee: Guarantee):
    results = schedules(tmp_path, video, guarantee, 1, 20261121, 4, 8)
    assert sum(result["kills"] for result in results) > 8
    for result in results:
        check(result, guarantee)


@pytest.mark.soak
@pytest.mark.parametrize("lose", [0, 1], ids=["answered", "answer-lost"])
@pytest.mark.parametrize("guarantee", list(Guarantee))
def test_hundreds_of_deaths(tmp_path: Path, video: Path, guarantee: Guarantee, lose: int):
    results = schedules(tmp_path, video, guarantee, lose, random.randrange(2**32), 6, 150)
    for result in results:
        check(result, guarantee)
