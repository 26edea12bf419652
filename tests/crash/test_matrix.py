"""A slice of the crash matrix, another one each time; `matrix.py` has the whole, and plays any part of it again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MATRIX = Path(__file__).with_name("matrix.py")


def test_commands_killed_at_any_step_pay_once_and_lose_nothing():
    options = ("--wires", "each", "--sample", "1", "--random", "1")
    # NumPy would keep threads, and a process with threads should not fork.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", MATRIX, *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *_, total, _, summary = done.stdout.splitlines()
    assert summary.endswith(" 0 wrong")
    assert int(total.split()[2]) > 10, "hardly anybody was killed"
