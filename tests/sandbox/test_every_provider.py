"""The command a person types, for every provider, against the sandbox: a verified video each time."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from video_gen.catalog import load_catalog
from video_gen.media.verify import verify
from video_gen.testing.emulators.sandbox import sandbox

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("video-gen")
CATALOG = load_catalog()
AT_ONCE = 6


def model_of(provider: str, task: str) -> str | None:
    """A model that lives, or else one that relays still serve."""
    cards = [card for card in CATALOG.cards.values() if card.provider == provider and task in (card.tasks or ())]
    alive = [card for card in cards if card.lifecycle.status != "retired"] or cards
    return alive[0].id if alive else None


CASES = [
    pytest.param(model, task, id=f"{provider}-{task}")
    for provider in CATALOG.providers
    for task in ("text_to_video", "image_to_video")
    if provider != "local" and (model := model_of(provider, task)) is not None
]


@pytest.fixture(scope="module")
def settings():
    with sandbox(port=0, size="small", queue_s=0.05, render_s=0.1) as opened:
        yield opened.environment


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "picture.jpg"
    Image.linear_gradient("L").resize((1280, 720)).convert("RGB").save(path)
    return path


def run(settings, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings, "VIDEO_GEN_HOME": str(home)}
    return subprocess.run(
        [COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.fixture(scope="module")
def made(settings, picture, tmp_path_factory):
    """Every video, each by a command of its own; several at once, since most of the time is waiting."""

    def make(model, task):
        folder = tmp_path_factory.mktemp("made")
        image = ("--image", str(picture)) if task == "image_to_video" else ()
        words = ("a paper boat on a quiet lake", "--model", model, *image, "-o", str(folder / "video.mp4"), "--json")
        return run(settings, folder / "home", "generate", *words), folder / "video.mp4"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {case.values: pool.submit(make, *case.values) for case in CASES}


@pytest.mark.parametrize(("model", "task"), CASES)
def test_generate_delivers_a_verified_video(made, model, task):
    done, out = made[model, task].result()
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)
    assert (job["status"], job["model"]) == ("completed", model)
    assert verify(out).info.seconds > 0
    assert "emulated-key" not in done.stdout + done.stderr


def test_every_provider_of_the_catalog_is_emulated(settings):
    """A provider in the catalog that nobody can try is none."""
    covered = {case.values[0].partition("/")[0] for case in CASES}
    assert covered == set(CATALOG.providers) - {"local"}


def test_a_fault_asked_for_from_outside_meets_the_next_job(settings, tmp_path):
    base = settings["RUNWAYML_BASE_URL"]
    script = (
        "import sys, urllib.request as r;"
        'r.urlopen(r.Request(sys.argv[1] + \'/_control/faults\', data=b\'{"name": "no_credit", "times": 9}\','
        " headers={'Content-Type': 'application/json'}, method='POST'))"
    )
    subprocess.run([sys.executable, "-c", script, base], check=True, timeout=20)
    done = run(settings, tmp_path / "home", "generate", "x", "--model", "runway/gen4.5")
    subprocess.run(
        [sys.executable, "-c", script.replace("method='POST'", "method='DELETE'"), base], check=True, timeout=20
    )
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr
