import asyncio
import json
import re
from pathlib import Path

import pytest

from video_gen import AsyncClient, Client

pytestmark = pytest.mark.slow


def test_an_empty_store_says_how_to_begin(run) -> None:
    done = run("jobs", "list")
    assert done.out == ""
    assert "video-gen generate" in done.err
    assert "nothing to resume" in run("jobs", "resume").err


def test_list_shows_newest_first_and_filters(run, small) -> None:
    for prompt in ("a red moon", "a green sea"):
        run("generate", prompt, *small)
    prompts = [job["prompt"] for job in run("jobs", "list", "--json").objects]
    assert prompts == ["a green sea", "a red moon"]
    assert len(run("jobs", "list", "--search", "moon", "--json").objects) == 1
    assert run("jobs", "list", "--status", "failed", "--json").objects == []
    assert len(run("jobs", "list", "-n", "1", "--json").objects) == 1
    assert "choose queued, running" in run("jobs", "list", "--status", "odd", code=2).err


def test_show_tells_the_history_and_takes_a_short_id(run, small) -> None:
    job = run("generate", "hills", *small, "--json").objects[0]
    shown = run("jobs", "show", job["id"][:14])
    assert job["id"] in shown.out
    assert job["artifacts"][0]["sha256"] in shown.out
    events = run("jobs", "show", job["id"], "--json").objects[0]["events"]
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "job.queued"
    assert kinds[-1] == "job.completed"


@pytest.mark.parametrize("command", ["show", "watch", "cancel", "retry", "delete", "resume"])
def test_an_unknown_id_is_a_sentence(here, command: str) -> None:
    done = here("jobs", command, "job_nope", code=4)
    assert "there is no job `job_nope`" in done.err


def test_what_a_completed_job_does_not_allow_is_said(run, here, small) -> None:
    job = run("generate", "hills", *small, "--json").objects[0]
    for command in ("cancel", "retry", "resume"):
        assert "completed" in here("jobs", command, job["id"], code=2).err


def test_delete_keeps_the_file_unless_told(run, small) -> None:
    kept, gone = run("generate", "a", "b", *small, "--json").objects
    run("jobs", "delete", kept["id"])
    run("jobs", "delete", gone["id"], "--files")
    assert Path(kept["path"]).exists()
    assert not Path(gone["path"]).exists()
    assert run("jobs", "list", "--json").objects == []


def test_cancel_from_another_process_and_retry(run, start, until, slow) -> None:
    process = start("generate", "storm", *slow)
    job = until(lambda job: job["status"] == "running" and job["progress"] > 0)
    run("jobs", "cancel", job["id"])
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert "cancel it before deleting" not in run("jobs", "delete", job["id"]).err


def test_watch_follows_a_job_another_process_runs(run, start, until) -> None:
    start("generate", "meadow", "--size", "320x180", "--duration", "30", "--fps", "60", "--seed", "0")
    job = until(lambda job: job["status"] == "running")
    watched = run("jobs", "watch", job["id"], "--json").objects[0]
    assert watched["status"] == "completed"


def test_what_is_left_when_one_job_is_followed_goes_on_in_the_background(run, start, until, listed) -> None:
    left = start(
        "generate", "one", "two", "three", "--size", "320x180", "--duration", "8", "--fps", "30", "--seed", "0"
    )
    until(lambda job: job["status"] == "running" or job["prompt"] == "three")
    left.kill()
    left.wait()
    first = run("jobs", "list", "--json").objects[-1]
    assert "in the background it goes on with" in run("jobs", "resume", first["id"]).err
    until(lambda _: {job["status"] for job in listed()} == {"completed"})


def test_a_job_that_waits_says_how_many_start_before_it(run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hand_in() -> list[str]:
        async with AsyncClient() as client:
            plans = [await client.plan("a calm ocean", duration=1, size="128x72", priority=n) for n in range(3)]
            return [(await client.submit(plan)).id for plan in plans]

    waiting = asyncio.run(hand_in())
    listed = [json.loads(line) for line in run("jobs", "list", "--json", code=0).out.splitlines()]
    assert {job["id"]: job["ahead"] for job in listed} == dict(zip(waiting, (2, 1, 0), strict=True))
    shown = run("jobs", "show", waiting[0], code=0).out
    assert re.search(r"status: +queued, 2 ahead", shown)
    assert re.search(r"starts: +when somebody carries jobs out", shown)
    monkeypatch.setenv("VIDEO_GEN_MAX_QUEUED", "3")
    refused = json.loads(run("generate", "one more", "--json", code=13).out)["error"]
    assert (refused["code"], refused["retryable"]) == ("queue_full", True)
    assert refused["retry_after"] > 0


def test_how_models_are_doing_is_shown(run, small) -> None:
    assert "nothing was made yet" in run("models", "--health", code=0).err
    run("generate", "a calm ocean", *small, code=0)
    health = json.loads(run("models", "local", "--health", "--json", code=0).out)
    assert (health["model"], health["state"], health["submits"], health["failed"]) == ("local/draft", "up", 1, 0)
    assert re.search(r"local/draft\s+up\s+1\s+0 \(0%\)", run("models", "--health", code=0).out)


@pytest.fixture
def held(run, home: Path, outputs: Path) -> str:
    """The id of a job whose video is made, and whose folder became a file meanwhile."""
    with Client() as client:
        plan = client.plan("a paper boat", model="local/draft", size="128x72", duration=0.5)
        job = client.submit(plan, out=outputs / "d" / "boat.mp4")
    outputs.mkdir(exist_ok=True)
    (outputs / "d").write_text("in the way")
    refused = run("jobs", "resume", job.id, code=10).err
    assert f"the video is made and verified, and waits for its place: `{outputs / 'd' / 'boat.mp4'}`" in refused
    assert f"`video-gen jobs resume {job.id} --out FILE` puts it elsewhere" in refused
    return job.id


def test_a_video_whose_place_is_lost_says_so_and_can_go_elsewhere(run, held, outputs: Path) -> None:
    run("jobs", "resume", held, code=10)
    kinds = [event["kind"] for event in run("jobs", "show", held, "--json").objects[0]["events"]]
    assert kinds.count("artifact.held") == 1, "said once, however often it is tried"
    moved = run("jobs", "resume", held, "--out", str(outputs / "here.mp4"), "--json").objects[0]
    assert (moved["status"], moved["path"]) == ("completed", str(outputs / "here.mp4"))
    assert run("jobs", "resume", "--out", "x.mp4", code=2).err.startswith("error: --out goes with one job")
    assert "is completed" in run("jobs", "resume", held, "--out", "x.mp4", code=None).err


def test_cancel_ends_what_nobody_carries_out_and_begins_nothing_else(run, held) -> None:
    with Client() as client:
        waiting = client.submit(client.plan("another", model="local/draft", size="128x72", duration=0.5))
    assert f"job `{held}` was cancelled: the provider had finished it" in run("jobs", "cancel", held).out
    states = {job["id"]: job["status"] for job in run("jobs", "list", "--json").objects}
    assert states == {held: "cancelled", waiting.id: "queued"}
