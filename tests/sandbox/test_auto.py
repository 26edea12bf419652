"""A model that the gateway chooses, and what happens when it cannot be had: by the command a person types."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from video_gen.testing.emulators.sandbox import sandbox

COMMAND = Path(sys.executable).with_name("video-gen")
ASKED = (
    "a paper boat",
    "--duration",
    "5",
    "--aspect-ratio",
    "16:9",
    "--policy",
    "cheapest",
    "--max-cost",
    "2",
    "--json",
)


@pytest.fixture(scope="module")
def hosts():
    with sandbox(port=0, only=("runway", "luma-dream-machine"), size="small", queue_s=0.0, render_s=0.05) as opened:
        yield opened


def run(hosts, *arguments):
    environment = {**os.environ, **hosts.environment}
    done = subprocess.run(
        [COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr
    return done


def test_the_next_ranked_of_another_provider_makes_it_when_the_chosen_one_has_no_credit(hosts, outputs):
    hosts.emulators["runway"].faults.inject("no_credit", times=9)
    done = run(hosts, "generate", *ASKED)
    hosts.emulators["runway"].faults.clear()
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)
    assert job["model"].startswith("luma-dream-machine/")
    assert Path(job["path"]).exists()
    events = json.loads(run(hosts, "jobs", "show", job["id"], "--json").stdout)["events"]
    kinds = [event["kind"] for event in events]
    assert kinds.index("routing.chosen") < kinds.index("routing.fallback")
    chosen = events[kinds.index("routing.chosen")]
    assert chosen["message"].startswith("runway/")
    assert job["model"] in [each["model"] for each in chosen["data"]["ranked"]]
    ranked = json.loads(run(hosts, "route", *ASKED).stdout)["ranked"]
    noted = next(each for each in ranked if each["model"] == chosen["data"]["ranked"][0]["model"])
    assert "1 of its last 1 submits failed" in noted["notes"]


def test_without_fallbacks_the_failure_is_the_answer(hosts):
    hosts.emulators["runway"].faults.inject("no_credit", times=9)
    done = run(hosts, "generate", *ASKED, "--fallbacks", "0")
    hosts.emulators["runway"].faults.clear()
    assert done.returncode == 7
    assert json.loads(done.stdout)["status"] == "failed"
