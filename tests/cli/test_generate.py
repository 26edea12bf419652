import base64
import io
import json
import os
import re
import signal
from pathlib import Path

import pytest
from PIL import Image

from video_gen.media.probe import probe

pytestmark = pytest.mark.slow


def _picture(path: Path, size: tuple[int, int] = (64, 48), kind: str = "PNG") -> Path:
    Image.linear_gradient("L").resize(size).convert("RGB").save(path, kind)
    return path


def test_a_prompt_becomes_a_video_named_by_date(run, outputs: Path, small) -> None:
    done = run("generate", "a calm ocean at sunset", *small)
    path = Path(done.out.strip())
    assert path.parent == outputs
    assert re.fullmatch(r"local_\d{8}_\d{6}\.mp4", path.name)
    info = probe(path)
    assert (info.width, info.height, info.seconds, info.fps) == (128, 72, 0.5, 12)
    assert "not" in " ".join(info.tags.values())
    assert "AI" in " ".join(info.tags.values())


def test_two_videos_of_one_second_do_not_overwrite_each_other(run, small) -> None:
    done = run("generate", "rain", "snow", *small)
    paths = done.out.split()
    assert len(set(paths)) == 2
    assert all(Path(path).exists() for path in paths)


def test_the_same_seed_gives_the_same_bytes(run, tmp_path: Path, small) -> None:
    for name in ("a.mp4", "b.mp4"):
        run("generate", "a forest in fog", *small, "-o", name)
    assert Path("a.mp4").read_bytes() == Path("b.mp4").read_bytes()


@pytest.mark.parametrize("form", ["path", "data", "base64"])
def test_a_picture_becomes_a_video(run, form: str, small) -> None:
    picture = _picture(Path("picture.bin"))
    text = base64.b64encode(picture.read_bytes()).decode()
    source = {"path": "picture.bin", "data": f"data:image/png;base64,{text}", "base64": text}[form]
    run("generate", "--image", source, "--camera-motion", "zoom in", *small, "-o", "out.mp4")
    assert probe(Path("out.mp4")).width == 128


def test_a_picture_sets_the_ratio_when_none_is_named(run) -> None:
    _picture(Path("tall.png"), (90, 160))
    run(
        "generate",
        "--image",
        "tall.png",
        "--resolution",
        "96p",
        "--duration",
        "0.5",
        "--fps",
        "6",
        "-o",
        "out.mp4",
        code=None,
    )
    plan = run("plan", "--image", "tall.png", "--resolution", "480p", "--json").objects[0]
    assert (plan["settings"]["width"], plan["settings"]["height"]) == (480, 854)


def test_first_and_last_frame_make_a_transition(run, small) -> None:
    _picture(Path("one.png"))
    Image.new("RGB", (64, 48), "navy").save("two.png")
    run("generate", "--image", "one.png", "--last-frame", "two.png", *small, "-o", "out.mp4")
    assert probe(Path("out.mp4")).frames == 6


def test_a_video_is_gone_on_from_and_delivered_with_it(run, small) -> None:
    run("generate", "a calm ocean at sunset", *small, "-o", "first.mp4")
    run("generate", "night falls", "--extend", "first.mp4", "--duration", "1", "--fps", "12", "-o", "both.mp4")
    both = probe(Path("both.mp4"))
    assert (both.width, both.height) == (128, 72), "of the size it goes on from"
    assert 1.0 < both.seconds <= 1.51
    refused = run("generate", "x", "--extend", "first.mp4", "--image", "first.mp4", code=2)
    assert "either `image` or `extend`" in refused.err


def test_sound_comes_when_asked(run, small) -> None:
    run("generate", "waves", "--audio", *small, "-o", "out.mp4")
    audio = probe(Path("out.mp4")).audio
    assert audio is not None
    assert audio.rate == 48000


def test_json_is_one_object_for_each_video_on_stdout(run, small) -> None:
    done = run("generate", "a", "b", *small, "--json")
    assert [job["status"] for job in done.objects] == ["completed", "completed"]
    assert all(len(job["artifacts"][0]["sha256"]) == 64 for job in done.objects)


def test_a_prompt_may_come_from_stdin(run, small) -> None:
    for arguments in ((), ("-",)):
        done = run("generate", *arguments, *small, "--json", stdin="a desert\nat noon\n")
        assert done.objects[0]["prompt"] == "a desert\nat noon"


def test_a_folder_takes_several_videos(run, small) -> None:
    done = run("generate", "a", "b", *small, "-o", "films/")
    assert {Path(path).parent.name for path in done.out.split()} == {"films"}
    run("generate", "a", "b", *small, "-o", "one.mp4", code=2)


def test_an_existing_file_is_kept_unless_force_is_given(run, stored_jobs, small) -> None:
    Path("out.mp4").write_text("precious")
    refused = run("generate", "a", *small, "-o", "out.mp4", code=2)
    assert "out.mp4" in refused.err
    assert Path("out.mp4").read_text() == "precious"
    assert stored_jobs() == 0
    run("generate", "a", *small, "-o", "out.mp4", "--force")
    assert probe(Path("out.mp4")).width == 128


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("x", "--duration", "lots"), 2, "`--duration lots` is not a number of seconds"),
        (("x", "--duration", "0"), 2, "`--duration 0`: give more than 0"),
        (("x", "--duration", "nan"), 2, "`--duration nan`"),
        (("x", "--size", "huge"), 2, "`huge` is not a size"),
        (("x", "--aspect-ratio", "wide"), 2, "`wide` is not an aspect ratio"),
        (("x", "--resolution", "lots"), 2, "`lots` is not a resolution"),
        (("x", "--size", "1280x720", "--resolution", "1080p"), 2, "give one of the two"),
        (("x", "--camera-motion", "fly"), 2, "camera motion `fly` is unknown"),
        (("x", "--motion-strength", "2"), 2, "`--motion-strength 2`: give 1 or less"),
        (("x", "--seed=-1"), 2, "`--seed -1`: give 0 or more"),
        (("x", "--max-cost", "cheap"), 2, "`cheap` is not an amount"),
        (("x", "--model", "sorra-2"), 2, "did you mean"),
        (("x", "--image", "missing.png"), 2, "missing.png"),
        (("x", "--image", "."), 2, "folder"),
        (("x", "--last-frame", "picture.png"), 2, "a last frame needs a first frame"),
        (("x", "--image", "text.png"), 2, "text.png"),
        (("x", "--image", "http://127.0.0.1:9/x.png"), 2, "private network"),
        (("x", "--extra", "nonsense"), 2, "NAME=VALUE"),
        (("x", "--duration", "90", "--strict"), 2, "leave out --strict"),
        (("x", "--out", "picture.png/x.mp4"), 2, "picture.png"),
        ((), 2, "say what it should show"),
    ],
)
def test_wrong_input_is_a_sentence_and_an_exit_code(
    here, stored_jobs, arguments: tuple[str, ...], code: int, words: str
) -> None:
    _picture(Path("picture.png"))
    Path("text.png").write_text("<html>not a picture</html>")
    done = here("generate", *arguments, code=code)
    assert words in done.err
    assert done.out == ""
    assert stored_jobs() == 0


def test_with_json_an_error_is_an_object_too(run) -> None:
    done = run("generate", "x", "--model", "nope", "--json", code=2)
    assert done.objects[0]["error"]["code"] == "unknown_model"


def test_a_job_that_takes_too_long_is_given_up_when_asked(run, slow) -> None:
    ran = run("generate", "a calm ocean", *slow, "--give-up-after", "3", code=12)
    assert "was not finished within 3 s and was given up: the provider stopped it; cost $0" in ran.err


def test_a_priority_is_shown_with_its_job(run, small) -> None:
    run("generate", "a calm ocean", *small, "--priority", "7", code=0)
    [job] = run("jobs", "list", "--json", code=0).out.splitlines()
    assert re.search(r"priority: +7", run("jobs", "show", json.loads(job)["id"], code=0).out)
    ran = run("generate", "a calm ocean", *small, "--priority", "101", code=2)
    assert "`--priority 101`: give 100 or less" in ran.err


def test_a_retired_model_is_refused_with_its_replacement(run) -> None:
    done = run("generate", "x", "--model", "sora-2", code=2)
    assert "2026-09-24" in done.err


def test_a_provider_without_a_key_is_refused_before_there_is_a_job(run, stored_jobs, monkeypatch) -> None:
    monkeypatch.delenv("RUNWAYML_API_SECRET", raising=False)
    words = ("x", "--model", "runway/gen4.5")
    assert run("plan", *words).out
    done = run("generate", *words, code=3)
    assert "needs a key: set RUNWAYML_API_SECRET or RUNWAY_API_KEY" in done.err
    assert stored_jobs() == 0


def test_a_ceiling_below_the_price_is_refused_with_the_numbers(run) -> None:
    done = run("generate", "x", "--model", "runway/gen4.5", "--duration", "5", "--max-cost", "0.01", code=None)
    assert done.code in {3, 7}


def test_ctrl_c_cancels_and_says_how_to_go_on(run, start, until, outputs: Path, slow) -> None:
    process = start("generate", "storm", *slow)
    until(lambda job: job["status"] == "running" and job["progress"] > 0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "video-gen jobs retry" in err
    assert run("jobs", "list", "--json").objects[0]["status"] == "cancelled"
    assert not list(outputs.glob("*"))


def test_detach_returns_at_once_and_the_job_finishes(run, until, small) -> None:
    done = run("generate", "hills", *small, "--detach")
    job = until(lambda job: job["status"] == "completed")
    assert job["id"] == done.out.strip()
    assert Path(job["path"]).exists()


def test_a_killed_job_finishes_on_the_next_start(run, start, until, home: Path) -> None:
    process = start("generate", "dunes", "--size", "320x180", "--duration", "30", "--fps", "60", "--seed", "0")
    until(lambda job: job["status"] == "running" and job["progress"] > 0)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert run("jobs", "list", "--json").objects[0]["status"] == "running"
    done = run("jobs", "resume", "--json").objects[0]
    assert done["status"] == "completed"
    assert probe(Path(done["path"])).seconds == pytest.approx(30, abs=0.05)
    assert not list((home / "work").glob("*.mp4*"))
    assert len(run("jobs", "list", "--json").objects) == 1


def test_a_second_process_finishes_what_a_killed_runner_left(run, start, until, small) -> None:
    first = start("generate", "city at night", "--size", "320x180", "--duration", "20", "--seed", "0")
    until(lambda job: job["progress"] > 0)
    second = start("generate", "lake", *small, "--json")
    until(lambda job: job["prompt"] == "lake")
    first.kill()
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert '"completed"' in out
    until(lambda job: job["prompt"] == "lake" and job["status"] == "completed")
    assert {job["status"] for job in run("jobs", "resume", "--json", code=None).objects} <= {"completed"}


def test_image_bytes_are_kept_by_content(run, home: Path, small) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(buffer, "PNG")
    Path("red.png").write_bytes(buffer.getvalue())
    for name in ("a.mp4", "b.mp4"):
        run("generate", "--image", "red.png", *small, "-o", name)
    assert len([path for path in (home / "inputs").rglob("*") if path.is_file()]) == 1
