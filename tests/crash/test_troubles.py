"""Trouble with the disk and the store at the worst moments; `troubles.py` causes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("troubles.py")
APART = ("unshare", "--user", "--map-root-user", "--mount")
"""Gives a process file systems of its own, where the machine lets a user have them."""
ON_DISKS = (
    "a_home_that_is_full_at_the_start",
    "a_home_that_is_full_when_the_answer_comes",
    "a_home_that_is_full_when_the_video_comes",
    "outputs_that_are_full",
    "a_home_that_is_read_only",
)
ANYWHERE = (
    "a_store_that_is_locked_at_the_start",
    "a_store_that_is_locked_when_the_answer_comes",
    "a_download_that_another_process_goes_on_with",
)
DISKS = not subprocess.run([*APART, "true"], capture_output=True, check=False).returncode
SCENES = (*ON_DISKS, *ANYWHERE) if DISKS else ANYWHERE


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [*(APART if DISKS else ()), sys.executable, "-W", "error", SCRIPT, *SCENES],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {line["scene"]: line["wrong"] for line in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_lost_and_nothing_paid_twice(shown: dict[str, str], scene: str):
    assert shown[scene] == ""


def test_every_scene_is_played(shown: dict[str, str]):
    assert set(shown) == set(SCENES)
