"""Files of prompts, comparisons and films over both kinds of client: the same results, the same places, paid once."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from video_gen import Client, InvalidRequestError, SpendLimitError, UnknownModelError
from video_gen.media.frames import last_frame
from video_gen.media.probe import probe

TINY = {"model": "local", "duration": 0.5, "size": "64x64", "fps": 6, "seed": 0}
PAID = {"model": "openai/sora-2-pro", "duration": 4}


def paid_for(services, prompt: str) -> list[str]:
    """A prompt as often as the provider would charge for it."""
    accepted = [str(render.request["prompt"]) for render in services.emulators["openai"].world.accepted()]
    return [each for each in accepted if each == prompt]


def test_rows_are_made_where_they_are_wanted_and_paid_once(connect, services, tmp_path):
    films = tmp_path / "films"
    rows = [
        {"prompt": "rain on tin", "out": "rain.mp4", **TINY},
        {"prompt": "paid snow", **PAID},
        {"prompt": "x", "model": "nothing-of-the-kind"},
        {"prompt": "hail on tin", "out": "deep/", **TINY},
    ]
    told, moved, before = [], [], paid_for(services, "paid snow")
    with connect() as client:
        with pytest.raises(InvalidRequestError, match="line 3: there is no model"):
            client.batch(rows, out=films)
        assert client.jobs.list(search="rain on tin") == []
        with pytest.raises(SpendLimitError, match="the whole costs up to"):
            client.batch(rows, out=films, skip_bad=True, max_cost_total="0.01")
        first = client.batch(
            rows, out=films, skip_bad=True, results=tmp_path / "r.csv", on_row=told.append,
            on_progress=lambda item, job: moved.append((item.line, job.status)),
        )  # fmt: skip
        assert [row.status for row in first.rows] == ["completed", "completed", "bad", "completed"]
        assert {row.line for row in told} == {1, 2, 3, 4}
        assert {(line, "completed") for line in (1, 2, 4)} <= set(moved)
        paths = [Path(row.files[0]) for row in first.completed]
        assert paths[0] == films / "rain.mp4"
        assert [path.parent for path in paths[1:]] == [films, films / "deep"]
        assert sorted(path for path in films.rglob("*") if path.is_file()) == sorted(paths), "nothing lies beside them"
        assert probe(paths[0]).width == 64
        assert first.cost == client.jobs.get(first.rows[1].job_id).cost > 0
        assert client.batch(rows, out=films, skip_bad=True) == first
    assert paid_for(services, "paid snow") == [*before, "paid snow"]


def test_models_are_compared_side_by_side(connect, tmp_path):
    with connect() as client:
        asked = {"out": tmp_path / "films", **TINY, "model": None}
        made = client.compare("a calm sea", ["local", "local/draft"], **asked)
        again = client.compare("a calm sea", ["local", "local/draft"], **asked)
    assert [video.asked for video in made.videos] == ["local", "local/draft"]
    for video in made.videos:
        assert video.made
        assert [artifact.path for artifact in video.job.artifacts] == [*video.files]
        assert Path(video.files[0]).parent == tmp_path / "films"
    with Image.open(made.sheet) as picture:
        assert picture.width == 640
    assert (again.videos, again.cost) == (made.videos, made.cost)


def test_what_is_missing_here_is_brought_again_and_nothing_else(served, tmp_path):
    rows = [{"prompt": "wide river", "out": "wide.mp4"}, {"prompt": "deep river", "out": "deep.mp4"}]
    with Client(base_url=served.url) as client:
        client.batch(rows, out=tmp_path, **TINY)
        stands = (tmp_path / "deep.mp4").stat().st_ino
        (tmp_path / "wide.mp4").unlink()
        done = client.batch(rows, out=tmp_path, **TINY)
        assert [row.files for row in done.rows] == [(str(tmp_path / "wide.mp4"),), (str(tmp_path / "deep.mp4"),)]
        assert (tmp_path / "deep.mp4").stat().st_ino == stands
        (tmp_path / "deep.mp4").write_bytes(b"mine now")
        done = client.batch(rows, out=tmp_path, **TINY)
        assert done.rows[1].files == (str(tmp_path / "deep_2.mp4"),)
        assert (tmp_path / "deep.mp4").read_bytes() == b"mine now"
        done = client.batch(rows, out=tmp_path, overwrite=True, **TINY)
        assert done.rows[1].files == (str(tmp_path / "deep.mp4"),)
        assert (tmp_path / "deep.mp4").read_bytes() == (tmp_path / "deep_2.mp4").read_bytes()
        assert len(client.jobs.list(search=" river")) == 2


def test_a_film_goes_on_from_shot_to_shot_and_is_made_once(connect, tmp_path):
    board = {
        **{name: said for name, said in TINY.items() if name != "model"},
        "shots": [
            {"prompt": "sea", "audio": True},
            {"prompt": "closer", "camera_motion": "zoom in"},
            {"prompt": "between", "chain": "first_last"},
            {"prompt": "land", "chain": "none", "transition": "crossfade 0.2"},
        ],
    }
    out, told = tmp_path / "far.mp4", []
    with connect() as client:
        for wrong, error, words in (
            ([{"prompt": "a"}, {"model": "Nope"}], UnknownModelError, r"shot 2: there is no model `Nope`"),
            ([{"prompt": "a"}, {"chain": "extend"}], InvalidRequestError, r"name one of .*`google/veo-3\.1"),
        ):
            with pytest.raises(error, match=words):
                client.sequence.plan({"model": "local", "shots": wrong})
        plan = client.sequence.plan(board, draft=True)
        film = client.sequence(board, out=out, draft=True, on_progress=told.append)
        assert [shot.link.chain for shot in plan.shots] == ["none", "last_frame", "first_last", "none"]
        assert {(step.shot, step.fraction) for step in told} >= {(0, 1.0), (3, 1.0)}
        assert told[-1].label == "joining"
        assert probe(out).audio is not None
        clips = [Path(shot.path) for shot in film.shots]
        assert sorted(path for path in (tmp_path / "far_shots").iterdir()) == sorted(clips)
        assert [Path(shot.job.artifacts[0].path) for shot in film.shots] == clips
        last = last_frame(clips[0], tmp_path / "last.png").read_bytes()
        assert film.shots[1].job.request.first_frame.sha256 == hashlib.sha256(last).hexdigest()
        again = client.sequence(board, out=out, draft=True, overwrite=True)
        assert [shot.job.id for shot in again.shots] == [shot.job.id for shot in film.shots]
        assert client.jobs.get(film.shots[0].job.id).tags == {"film": str(out)}
        with pytest.raises(InvalidRequestError, match="already exists"):
            client.sequence(board, out=out, draft=True)


SCRIPT = """
import os, signal, sys
from video_gen import Client
from video_gen.client import film_studio

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

words = {"duration": 0.5, "size": "64x64", "fps": 6, "seed": 0}
with Client(base_url=sys.argv[2]) as client:
    if sys.argv[1] == "film":
        film_studio._frame = die
        client.sequence(["left sea", "left land"], out="left.mp4", model="local", **words)
    rows = [{"prompt": "left rain", "duration": 8, "size": "320x180"}, {"prompt": "left snow"}]
    words |= {"model": "local", "on_progress": lambda _, job: print(job.id, flush=True)}
    client.batch(rows, out="left", at_once=1, **words)
"""


def program(what: str, served) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, what, served.url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_film_that_is_killed_between_two_shots_goes_on_over_a_server(served):
    killed = program("film", served)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with Client(base_url=served.url) as client:
        [first] = client.jobs.list(search="left sea")
        film = client.sequence(["left sea", "left land"], out="left.mp4", **TINY)
        assert film.shots[0].job.id == first.id
        assert len(client.jobs.list(search="left sea") + client.jobs.list(search="left land")) == 2
    assert probe(Path("left.mp4")).seconds > 0.5


def test_ctrl_c_leaves_the_rows_of_a_server_to_go_on(served):
    left = program("batch", served)
    job_id = left.stdout.readline().strip()
    left.send_signal(signal.SIGINT)
    _, err = left.communicate(timeout=60)
    assert left.returncode in {-signal.SIGINT, 128 + signal.SIGINT}, err
    assert err.strip().endswith("KeyboardInterrupt")
    with Client(base_url=served.url) as client:
        assert not client.jobs.get(job_id).status.terminal, "nobody stopped it"
        rows = [{"prompt": "left rain", "duration": 8, "size": "320x180"}, {"prompt": "left snow"}]
        done = client.batch(rows, out="left", **TINY)
        assert [row.status for row in done.rows] == ["completed", "completed"]
        assert done.rows[0].job_id == job_id
        assert [Path(row.files[0]).parent.name for row in done.rows] == ["left", "left"]
        assert len(client.jobs.list(search="left rain") + client.jobs.list(search="left snow")) == 2


@pytest.mark.parametrize(
    ("hand_in", "says"),
    [
        (lambda client, _: client.submit("a calm ocean"), "`'a calm ocean'` is not a plan: .* let `generate` plan"),
        (lambda client, _: client.carry_out(None), "`None` is not a plan"),
        (lambda client, plan: client.generate(plan), r"prompt=Plan\(.*\.\.\.`: give a text"),
        (lambda client, plan: client.jobs.wait(plan), r"is not a job's id: give the text of `job\.id`"),
        (lambda client, _: client.fetch(None), "is not a job's id"),
        (lambda client, plan: client.batch([plan]), "line 1: .* is no row: give a prompt"),
        (lambda client, _: client.batch("a calm ocean"), "or give a list of prompts"),
        (lambda client, plan: client.batch.carry_out(plan), r"is not a batch: hand in what `batch\.plan` returned"),
        (lambda client, plan: client.compare(plan, ["local", "local"]), "is not a prompt"),
        (lambda client, plan: client.compare.carry_out(plan), "is not a comparison"),
        (lambda client, _: client.sequence(5), "`5` is not a storyboard"),
    ],
)
def test_what_is_handed_in_wrongly_is_told_at_the_door(hand_in, says):
    with Client() as client:
        with pytest.raises(InvalidRequestError, match=says):
            hand_in(client, client.plan("x"))
        assert client.jobs.list() == []


def test_a_list_of_prompts_is_a_batch():
    with Client() as client:
        assert [item.plan.request.prompt for item in client.batch.plan(["rain", "snow"]).items] == ["rain", "snow"]
