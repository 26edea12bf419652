"""Films: each shot is paid once, however often the film is interrupted, and goes on where the one before ended."""

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from video_gen import Client
from video_gen.exceptions import (
    ConfigurationError,
    InvalidRequestError,
    SpendLimitError,
    SubmissionUnknownError,
    UnknownModelError,
    VideoGenerationError,
)
from video_gen.media.frames import last_frame
from video_gen.media.probe import probe

TINY = {"size": "128x72", "fps": 12, "duration": 1, "seed": 0}
PAID = {"model": "gen4.5", "size": "1280x720", "duration": 5}
PRICE = 600_000  # 5 s of gen4.5
CHAIN = ["Pan right", "Dolly forward", "Pan left"]


def accepted(emulator) -> list[str]:
    """The prompts that the provider would charge for."""
    return [render.request["promptText"] for render in emulator.world.accepted()]


def frame_of(render) -> bytes:
    """The picture that a submit begins with."""
    picture = render.request["promptImage"]
    uri = picture if isinstance(picture, str) else picture[0]["uri"]
    head, _, data = uri.partition(",")
    return base64.b64decode(data) if head.endswith("base64") else unquote_to_bytes(data)


def board(*shots: dict, **look) -> dict:
    return {**look, "shots": list(shots)}


# --- drawn here -----------------------------------------------------------------------------------------------------


def test_a_film_of_the_embedded_renderer(tmp_path):
    said = board(
        {"prompt": "a calm ocean at sunset", "audio": True},
        {"prompt": "closer", "camera_motion": "zoom in"},
        {"prompt": "night", "chain": "none", "transition": "crossfade 0.25"},
        **TINY,
    )
    with Client() as client:
        plan = client.sequence.plan(said)
        film = client.sequence(said, out=tmp_path / "film.mp4")
        again = client.sequence(said, out=tmp_path / "film.mp4", overwrite=True)
        jobs = client.jobs.list()
    assert [shot.link.chain for shot in plan.shots] == ["none", "last_frame", "none"]
    assert (plan.quote.high, plan.seconds) == (0, 2.75)
    assert len(jobs) == 3, "what is there is not made again"
    assert [shot.job.id for shot in again.shots] == [shot.job.id for shot in film.shots]
    info = probe(Path(film.path))
    assert (info.width, info.height, info.fps) == (128, 72, 12)
    assert info.frames in range(33 - 6, 34), "no more than half a second is taken for an echo"
    assert info.audio is not None
    assert info.audio.seconds == pytest.approx(info.seconds, abs=0.01)
    assert {job.tags["film"] for job in jobs} == {film.path}
    assert {Path(shot.path).parent.name for shot in film.shots} == {"film_shots"}


def test_a_shot_between_two_begins_and_ends_with_their_frames(tmp_path):
    said = board({"prompt": "sea"}, {"prompt": "between", "chain": "first_last"}, {"prompt": "land"}, chain="none")
    with Client() as client:
        film = client.sequence({**said, **TINY}, out=tmp_path / "film.mp4")
    sea, between, land = film.shots
    assert max(sea.job.created_at, land.job.created_at) < between.job.created_at
    asked = between.job.request
    assert asked.first_frame is not None
    assert asked.last_frame is not None
    assert asked.first_frame.sha256 != asked.last_frame.sha256


def test_a_draft_is_free_whatever_the_storyboard_says(tmp_path):
    said = board({"prompt": "a", "model": "veo-3.1-fast"}, {"prompt": "b", "chain": "extend"}, **{**TINY, **PAID})
    with Client() as client:
        plan = client.sequence.plan({**said, "duration": 1, "model": "veo-3.1-fast"}, draft=True)
    assert {shot.plan.model for shot in plan.shots} == {"local/draft"}
    assert plan.quote.high == 0
    assert plan.shots[1].link.chain == "last_frame"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (board({"prompt": "a", "chain": "last_frame"}), InvalidRequestError, "shot 1 (a): `chain: last_frame` needs"),
        (board({"prompt": "a"}, {"prompt": "b", "chain": "extend"}), InvalidRequestError, "not known to extend videos"),
        (
            board({"prompt": "a"}, {"name": "b", "chain": "first_last"}),
            InvalidRequestError,
            "shot 2 (b): `chain: first",
        ),
        (board({"prompt": "a"}, {"model": "nope"}), UnknownModelError, "shot 2: there is no model `nope`"),
        (board({"prompt": "a"}, {"camera_motion": "fly"}), InvalidRequestError, "shot 2: camera motion `fly`"),
        (board({"prompt": "a"}, {"image": "no.png"}), ValueError, "shot 2: `no.png` does not exist"),
        (board({"prompt": "a"}, {"transition": "crossfade 4"}), InvalidRequestError, "shot 1 (a), which lasts 5 s"),
        (board({"prompt": "a"}, {"image": "a.png", "chain": "last_frame"}), InvalidRequestError, "give one of the two"),
        ([], InvalidRequestError, "`shots: []`: give 1 or more"),
    ],
)
def test_what_cannot_be_is_said_with_its_shot(said, error, words):
    with Client() as client, pytest.raises(error) as caught:
        client.sequence.plan(said)
    assert words in str(caught.value)


def test_a_film_is_written_where_it_may(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"mine")
    with Client() as client:
        with pytest.raises(InvalidRequestError, match="already exists"):
            client.sequence(["a"], out=tmp_path / "film.mp4", **TINY)
        with pytest.raises(InvalidRequestError, match=r"name it `film\.mp4`"):
            client.sequence(["a"], out=tmp_path / "film.webm", **TINY)
        assert client.jobs.list() == []


# --- paid -----------------------------------------------------------------------------------------------------------


def test_each_shot_begins_with_the_very_last_frame_of_the_one_before(emulators, tmp_path):
    with Client() as client:
        film = client.sequence(CHAIN, out=tmp_path / "film.mp4", max_cost=1.8, **PAID)
    renders = emulators["runway"].world.accepted()
    assert accepted(emulators["runway"]) == CHAIN
    assert film.cost == 3 * PRICE
    for before, after in zip(film.shots, renders[1:], strict=False):
        frame = last_frame(Path(before.path), tmp_path / "last.png")
        assert frame_of(after) == frame.read_bytes()


def test_shots_that_depend_on_nothing_do_not_wait(emulators, tmp_path):
    said = board({"prompt": "one"}, {"prompt": "two"}, {"prompt": "three", "chain": "none"}, **PAID)
    with Client() as client:
        client.sequence(said, out=tmp_path / "film.mp4")
    assert accepted(emulators["runway"])[2] == "two"


def test_a_failed_film_goes_on_at_the_shot_that_failed(emulators, tmp_path):
    with Client() as client:
        client.sequence.plan(CHAIN, **PAID)
        client.sequence(CHAIN[:1], out=tmp_path / "film.mp4", **PAID)
        emulators["runway"].faults.inject("refused")
        with pytest.raises(VideoGenerationError) as caught:
            client.sequence(CHAIN, out=tmp_path / "film.mp4", overwrite=True, **PAID)
        assert str(caught.value).startswith("shot 2 (Dolly forward): ")
        assert "1 of 3 shots are there" in str(caught.value)
        film = client.sequence(CHAIN, out=tmp_path / "film.mp4", overwrite=True, **PAID)
    assert accepted(emulators["runway"]) == CHAIN
    assert film.cost == 3 * PRICE


def test_a_lost_answer_waits_for_a_person_and_is_not_sent_again(emulators, tmp_path):
    out = tmp_path / "film.mp4"
    with Client() as client:
        emulators["runway"].faults.inject("cut_after")
        for _ in range(2):
            with pytest.raises(SubmissionUnknownError, match=r"shot 1 \(Pan right\)"):
                client.sequence(CHAIN, out=out, **PAID)
        assert accepted(emulators["runway"]) == CHAIN[:1]
        lost = next(job for job in client.jobs.list() if job.error)
        client.jobs.write_off(lost.id)
        client.sequence(CHAIN, out=out, **PAID)
    assert accepted(emulators["runway"]) == [CHAIN[0], *CHAIN]


def test_a_film_that_may_cost_too_much_costs_nothing(emulators, tmp_path):
    with Client() as client:
        with pytest.raises(SpendLimitError, match=r"costs up to \$1.80: above the ceiling of \$1.79"):
            client.sequence(CHAIN, out=tmp_path / "film.mp4", max_cost="1.79", **PAID)
        assert client.jobs.list() == []
        assert emulators["runway"].world.calls == []
        client.sequence(CHAIN[:2], out=tmp_path / "film.mp4", **PAID)
        with pytest.raises(SpendLimitError, match=r"\$1.80"):
            client.sequence(CHAIN, out=tmp_path / "film.mp4", overwrite=True, max_cost="0.7", **PAID)
    assert accepted(emulators["runway"]) == CHAIN[:2], "what is paid counts too"


def test_a_key_that_is_missing_is_missed_before_the_first_shot_is_paid(emulators, tmp_path, monkeypatch):
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    said = board({"prompt": "one"}, {"prompt": "two", "model": "veo-3.1-fast"}, **PAID)
    with Client() as client:
        with pytest.raises(ConfigurationError, match=r"shot 2 \(two\): .* needs a key"):
            client.sequence(said, out=tmp_path / "film.mp4")
        assert client.jobs.list() == []
    assert emulators["runway"].world.calls == []


def test_a_changed_shot_is_made_anew_with_those_that_go_on_from_it(emulators, tmp_path):
    out = tmp_path / "film.mp4"
    with Client() as client:
        client.sequence(CHAIN, out=out, **PAID)
        client.sequence([CHAIN[0], "Dolly back", CHAIN[2]], out=out, overwrite=True, **PAID)
        client.sequence(CHAIN, out=out, overwrite=True, **PAID)
        Path(client.jobs.list()[0].artifacts[0].path).unlink()
        client.sequence([CHAIN[0], "Dolly back", CHAIN[2]], out=out, overwrite=True, **PAID)
    assert accepted(emulators["runway"]) == [*CHAIN, "Dolly back", CHAIN[2], CHAIN[2]]


def test_its_provider_makes_a_video_longer(emulators, tmp_path):
    said = board({"prompt": "one"}, {"prompt": "two", "chain": "extend"}, model="veo-3.1-fast", duration=8)
    with Client() as client:
        film = client.sequence(said, out=tmp_path / "film.mp4", aspect_ratio="16:9")
    first, second = (render.request["instances"][0] for render in emulators["gemini"].world.accepted())
    assert ("video" in first, "video" in second, "image" in second) == (False, True, False)
    sent = base64.b64decode(second["video"].get("encodedVideo") or second["video"]["bytesBase64Encoded"])
    assert sent == Path(film.shots[0].path).read_bytes()


SCRIPT = """
import os, signal, sys
from video_gen.cli.app import main
from video_gen.client import film_studio, wiring
from video_gen.engine import workflow
from video_gen.films import making
from video_gen.testing.conformance.house import QUICK

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

wiring.policy_of = lambda _: QUICK
where = os.environ.get("DIE", "")
if where == "between two shots":
    film_studio._frame = die
if where == "in the middle of a shot":
    waits, wait = [], workflow.wait

    async def die_at_the_second(run):
        waits.append(run.job.id)
        await (die() if len(set(waits)) == 2 else wait(run))

    workflow.wait = die_at_the_second
if where == "while joining":
    making.cut = die
sys.argv = ["video-gen", "sequence", "film.yaml", "-o", "film.mp4", "--yes"]
main()
"""


def start(die: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "DIE": die},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("died", ["between two shots", "in the middle of a shot", "while joining"])
def test_a_killed_film_goes_on_and_pays_no_shot_twice(emulators, storyboard, died):
    shots = "".join(f"  - prompt: {prompt}\n" for prompt in CHAIN)
    Path("film.yaml").write_text(f"model: gen4.5\nsize: 1280x720\nduration: 5\nshots:\n{shots}")
    process = start(died)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    paid = {"between two shots": 1, "in the middle of a shot": 2, "while joining": 3}[died]
    assert accepted(emulators["runway"]) == CHAIN[:paid]
    assert not Path("film.mp4").exists()
    again = start()
    out, err = again.communicate(timeout=120)
    assert (again.returncode, out) == (0, "film.mp4\n"), err
    assert accepted(emulators["runway"]) == CHAIN
    assert probe(Path("film.mp4")).seconds > 0


def test_left_by_a_signal_it_says_how_to_go_on(emulators, monkeypatch):
    world = emulators["runway"].world
    Path("film.yaml").write_text("model: gen4.5\nsize: 1280x720\nduration: 5\nshots:\n  - prompt: Pan right\n")
    monkeypatch.setattr(world, "render_s", 2.0)
    process = start()
    end = time.monotonic() + 60
    while not world.accepted() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert "stopped; `video-gen sequence film.yaml -o film.mp4 --yes` goes on with what is there" in err
    assert "Traceback" not in err
