"""Sequences: chained by their last frames, and never paid twice, however they are interrupted."""

import ast
import base64
import inspect
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from video_gen import Client
from video_gen.config import RunwayConfig, SoraConfig
from video_gen.exceptions import (
    ConfigurationError,
    ContentPolicyError,
    InvalidRequestError,
    MediaNotFoundError,
    SubmissionUnknownError,
)
from video_gen.local.motion import render_motion
from video_gen.media.probe import probe
from video_gen.spec import CameraMotion
from video_gen.testing.emulators.studio import Take
from video_gen.video_generator import (
    extract_last_frame_as_png,
    generate_video_sequence_with_veo3_stitching,
    sequence,
)

PROMPTS = ["Pan right", "Dolly forward", "Pan left"]


@pytest.fixture(autouse=True)
def pauses(monkeypatch) -> list[float]:
    """The pauses asked for between clips; none is made."""
    asked: list[float] = []
    monkeypatch.setattr(sequence, "_pause", asked.append)
    return asked


def accepted(emulator) -> list[str]:
    """The prompts that the provider would charge for."""
    return [render.request["instances"][0]["prompt"] for render in emulator.world.accepted()]


def make(**changes) -> list[str]:
    outs = [f"clip{number}.mp4" for number in (1, 2, 3)]
    return generate_video_sequence_with_veo3_stitching(**{"prompts": PROMPTS, "out_paths": outs, **changes})


def test_the_signature_is_the_documented_one():
    signature = inspect.signature(generate_video_sequence_with_veo3_stitching)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    assert str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty)) == (
        "(prompts, file_paths_list=None, width=1280, height=720, duration_seconds=8, seed=None, out_paths=None, "
        "config=None, model=None, delay_between_clips=10, backend='veo3')"
    )
    assert signature.return_annotation == list[str]


def test_each_clip_begins_where_the_one_before_ended(emulators, picture, pauses):
    references = [[picture("ref1.jpg"), picture("ref2.jpg")]] * 3
    assert make(file_paths_list=references) == ["clip1.mp4", "clip2.mp4", "clip3.mp4"]
    assert accepted(emulators["gemini"]) == PROMPTS
    first, second, third = (render.request["instances"][0] for render in emulators["gemini"].world.accepted())
    assert (len(first["referenceImages"]), "image" in first) == (2, False)
    assert all("image" in each and "referenceImages" not in each for each in (second, third))
    assert pauses == [10, 10]


def test_the_frame_sent_is_the_last_one_to_the_pixel(emulators, tmp_path):
    made = make()
    sent = [render.request["instances"][0] for render in emulators["gemini"].world.accepted()]
    for before, after in zip(made, sent[1:], strict=False):
        frame = Path(extract_last_frame_as_png(before, str(tmp_path)))
        assert base64.b64decode(after["image"]["bytesBase64Encoded"]) == frame.read_bytes()


def test_the_film_stands_beside_the_clips_without_the_frames_that_repeat(emulators, tmp_path, monkeypatch):
    still = tmp_path / "still.mp4"
    shape = {"width": 128, "height": 72, "fps": 8, "seconds": 1}
    render_motion(Image.linear_gradient("L").convert("RGB"), still, camera=CameraMotion(kind="static"), **shape)
    monkeypatch.setattr(
        emulators["gemini"].world.studio, "shoot", lambda _: Take(still, done=lambda: True, share=lambda: 1.0)
    )
    assert [probe(Path(clip)).frames for clip in make()] == [8, 8, 8], "the clips are as they were delivered"
    assert probe(Path("clip1_stitched.mp4")).frames == 8 + 4 + 4, "half a second of a clip is taken for an echo at most"


def test_a_film_that_cannot_be_written_takes_no_clip_away(emulators, caplog):
    Path("clip1_stitched.mp4").mkdir()
    clips = make(prompts=PROMPTS[:2], out_paths=["clip1.mp4", "clip2.mp4"])
    assert all(probe(Path(clip)).seconds > 0 for clip in clips)
    assert "the clips are there, their film" in caplog.text


def test_a_failed_sequence_goes_on_at_the_failed_clip(emulators, pauses):
    emulators["gemini"].world.renders.clear()
    make_first = {"prompts": PROMPTS[:1], "out_paths": ["clip1.mp4"]}
    make(**make_first)
    emulators["gemini"].faults.inject("refused")
    with pytest.raises(ContentPolicyError):
        make()
    assert accepted(emulators["gemini"]) == PROMPTS[:1]
    assert make() == ["clip1.mp4", "clip2.mp4", "clip3.mp4"]
    assert accepted(emulators["gemini"]) == PROMPTS, "the first clip was not asked for again"
    assert pauses == [10], "what was there already needs no pause"


def test_called_again_a_whole_sequence_costs_nothing(emulators, pauses):
    before = make()
    pauses.clear()
    assert make() == before
    assert accepted(emulators["gemini"]) == PROMPTS
    assert pauses == []


def test_a_clip_whose_file_is_gone_is_made_again_and_that_is_said(emulators, caplog):
    make()
    Path("clip3.mp4").unlink()
    make()
    assert accepted(emulators["gemini"]) == [*PROMPTS, PROMPTS[2]]
    assert "clip3.mp4 is no longer there as it was delivered: it is made again" in caplog.text


def test_another_argument_makes_another_sequence(emulators):
    make(prompts=PROMPTS[:1], out_paths=["clip1.mp4"])
    make(prompts=PROMPTS[:1], out_paths=["clip1.mp4"], width=720, height=1280)
    assert accepted(emulators["gemini"]) == [PROMPTS[0]] * 2


def test_a_lost_answer_waits_for_a_person_and_then_goes_on(emulators):
    make(prompts=PROMPTS[:1], out_paths=["clip1.mp4"])
    emulators["gemini"].faults.inject("cut_after")
    for _ in range(2):
        with pytest.raises(SubmissionUnknownError):
            make()
    assert accepted(emulators["gemini"]) == PROMPTS[:2], "accepted once, its answer lost, never sent again"
    with Client() as client:
        lost = next(job for job in client.jobs.list() if job.error)
        client.jobs.write_off(lost.id)
    assert make() == ["clip1.mp4", "clip2.mp4", "clip3.mp4"]
    assert accepted(emulators["gemini"]) == [*PROMPTS[:2], *PROMPTS[1:]]


SCRIPT = """
from video_gen.client import wiring
from video_gen.testing.conformance.house import QUICK
from video_gen.video_generator import generate_video_sequence_with_veo3_stitching

wiring.policy_of = lambda _: QUICK
print(generate_video_sequence_with_veo3_stitching(
    ["Pan right", "Dolly forward", "Pan left"], out_paths=["clip1.mp4", "clip2.mp4", "clip3.mp4"], delay_between_clips=0
))
"""


def noted(home: Path) -> int:
    """How many submits the store knows the answer of."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'store.db'}?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM attempts WHERE operation IS NOT NULL").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0


@pytest.mark.parametrize("killed_at", [1, 2])
def test_a_killed_sequence_goes_on_and_pays_no_clip_twice(emulators, home, killed_at, monkeypatch):
    """Killed while the provider is at work on a clip."""
    world = emulators["gemini"].world
    monkeypatch.setattr(world, "render_s", 1.0)
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], env=os.environ.copy(), stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while noted(home) < killed_at and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(world.accepted()) == killed_at
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert accepted(emulators["gemini"]) == PROMPTS
    assert all(probe(Path(f"clip{number}.mp4")).seconds > 0 for number in (1, 2, 3))


def test_veo_through_runway_is_chained_alike(emulators, picture):
    made = make(
        backend="runway", file_paths_list=[[picture("ref1.jpg")]] * 3, duration_seconds=4, model="veo3.1", seed=0
    )
    assert made == ["clip1.mp4", "clip2.mp4", "clip3.mp4"]
    bodies = [render.request for render in emulators["runway"].world.accepted()]
    assert [(body["model"], body["duration"], "promptImage" in body) for body in bodies] == [("veo3.1", 4, True)] * 3


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"prompts": []}, InvalidRequestError, "needs at least one"),
        ({"prompts": "Pan right"}, InvalidRequestError, "is a list with a prompt for each clip"),
        ({"prompts": ["Pan right"] * 201}, InvalidRequestError, "at most 200 clips"),
        ({"file_paths_list": [["a.jpg"]]}, InvalidRequestError, "has 1 entries for 3 prompts"),
        ({"out_paths": ["a.mp4"]}, InvalidRequestError, "`out_paths` has 1 entries"),
        ({"out_paths": ["a.mp4", "b.mp4", "./a.mp4"]}, InvalidRequestError, "names a file twice"),
        ({"out_paths": ["a.mp4", "a_stitched.mp4", "b.mp4"]}, InvalidRequestError, "where the film of all clips goes"),
        ({"backend": "sora2"}, InvalidRequestError, "choose veo3 or runway"),
        ({"config": SoraConfig(api_key="k")}, ConfigurationError, "takes a Veo3Config"),
        ({"config": RunwayConfig(api_key="k")}, ConfigurationError, "takes a Veo3Config"),
        ({"file_paths_list": [[], [], ["nowhere.jpg"]]}, MediaNotFoundError, "nowhere.jpg"),
        ({"prompts": ["Pan right", "", "Pan left"]}, InvalidRequestError, "needs a prompt"),
        ({"model": "sora-2"}, ValueError, "no model of google or vertex"),
    ],
)
def test_whatever_is_wrong_is_found_before_the_first_clip_is_paid_for(emulators, asked, error, words):
    with pytest.raises(error, match=words):
        make(**asked)
    assert emulators["gemini"].world.calls == []


EXAMPLE = """
from video_gen.video_generator import generate_video, generate_video_sequence_with_veo3_stitching

# Simple one-off video
path = generate_video(
    prompt="Cinematic ocean waves at sunset",
    backend="sora2",
    width=1920,
    height=1080,
)
print(path)

# Seamless stitched sequence (Veo 3.1)
outputs = generate_video_sequence_with_veo3_stitching(
    prompts=["Pan right", "Dolly forward", "Pan left"],
    file_paths_list=[["ref1.jpg", "ref2.jpg"]] * 3,
    model="veo-3.1-fast-generate-preview",
)
print(outputs)
"""


def test_the_documented_example_runs_as_it_is_written(emulators, capsys, outputs):
    for name in ("ref1.jpg", "ref2.jpg"):
        Image.linear_gradient("L").resize((640, 360)).convert("RGB").save(name)
    exec(EXAMPLE, {})
    path, paths = capsys.readouterr().out.splitlines()
    files = [Path(path), *map(Path, ast.literal_eval(paths))]
    assert [file.parent for file in files] == [outputs] * 4
    assert all(probe(file).seconds > 0 for file in files)
    assert (len(emulators["openai"].world.accepted()), accepted(emulators["gemini"])) == (1, PROMPTS)
