"""A command a person types, with a row for every provider, against the sandbox: a verified video each time."""

import json
import os
import subprocess
import sys
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
    """How the row of each model ended; what the command said."""
    folder = tmp_path_factory.mktemp("made")
    rows = folder / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for model, task in (case.values for case in CASES):
            image = {"image": str(picture)} if task == "image_to_video" else {}
            print(json.dumps({"prompt": "a paper boat on a quiet lake", "model": model, **image}), file=file)
    words = (str(rows), "--out", str(folder / "videos"), "--width", str(AT_ONCE), "--json")
    done = run(settings, folder / "home", "batch", *words)
    results = (folder / "rows.results.jsonl").read_text(encoding="utf-8").splitlines()
    return dict(zip((case.values for case in CASES), map(json.loads, results), strict=True)), done


@pytest.mark.parametrize(("model", "task"), CASES)
def test_a_verified_video_is_delivered(made, model, task):
    row = made[0][model, task]
    assert (row["status"], row["model"]) == ("completed", model), row["error"]
    assert verify(Path(row["file"])).info.seconds > 0


def test_a_command_tells_no_key(made):
    assert made[1].returncode == 0
    assert "emulated-key" not in made[1].stdout + made[1].stderr


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
