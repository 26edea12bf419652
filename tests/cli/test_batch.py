"""`video-gen batch`: what a person sees, and what a stop in the middle costs: nothing."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import OpenAIEmulator
from video_gen.testing.emulators.serve import serving
from video_gen.testing.emulators.studio import Studio
from video_gen.testing.emulators.world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def paid(monkeypatch):
    with serving(OpenAIEmulator(World(studio=Studio(size="small")))) as (emulator,):
        monkeypatch.setenv("OPENAI_BASE_URL", f"{emulator.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield emulator


def test_a_file_of_prompts_becomes_a_folder_of_videos_and_a_file_of_results(run, small):
    Path("waves.csv").write_text('prompt,seed,out\na calm sea,0,\n"rain, on a lake",1,rain\n')
    shown = run("batch", "waves.csv", *small, "-o", "films", "--dry-run")
    assert [line.split("\t")[0] for line in shown.out.splitlines()] == ["row", "2", "3"]
    assert not Path("films").exists()
    done = run("batch", "waves.csv", *small, "-o", "films")
    assert done.out == "waves.results.csv\n"
    assert "2 of 2 rows made; cost $0.00" in done.err
    assert Path("films/rain.mp4").exists()
    again = run("batch", "waves.csv", *small, "-o", "films", "--json")
    assert [row["status"] for row in again.objects] == ["completed", "completed"]
    assert "2 rows, 2 made before" in again.err
    assert len(run("jobs", "list", "--json").objects) == 2


def test_wrong_rows_are_told_together_and_can_be_left_out(run, stored_jobs, small):
    Path("rows.jsonl").write_text(
        '{"prompt": "x", "duratoin": 1}\n{"prompt": "snow"}\n{"prompt": "y", "fps": "fast"}\n'
    )
    refused = run("batch", "rows.jsonl", *small, code=2)
    assert "2 of 3 rows cannot be made, so nothing was begun" in refused.err
    assert "line 1: there is no `duratoin`: did you mean `duration`?" in refused.err
    assert stored_jobs() == 0
    run("batch", "rows.jsonl", *small, "--skip-bad", code=2)
    rows = [json.loads(line) for line in Path("rows.results.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows] == ["bad", "completed", "bad"]


def test_interrupted_and_killed_it_goes_on_and_pays_nothing_twice(run, start, paid):
    Path("paid.csv").write_text("prompt\n" + "".join(f"wave {number}\n" for number in range(4)))
    command = ("batch", "paid.csv", "--model", "sora-2", "--size", "1280x720", "--width", "2", "--max-cost-total", "2")

    def accepted(count: int) -> None:
        end = time.monotonic() + 60
        while len(paid.world.accepted()) < count:
            assert time.monotonic() < end, f"{len(paid.world.accepted())} of {count} were accepted"
            time.sleep(0.02)

    first = start(*command)
    accepted(1)
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=30)
    assert first.returncode == 130
    assert "the same command goes on where it stopped" in err
    second = start(*command)
    accepted(3)
    os.kill(second.pid, signal.SIGKILL)
    second.wait()
    done = run(*command, "--json")
    assert [row["status"] for row in sorted(done.objects, key=lambda row: row["row"])] == ["completed"] * 4
    assert len(paid.world.accepted()) == 4
    assert "4 of 4 rows made; cost $1.60" in done.err
