"""`video-gen sequence`: what it costs first, then the film."""

import json
from pathlib import Path

import pytest

PAID = """
model: gen4.5
size: 1280x720
duration: 5
shots:
  - name: lake
    prompt: A lake at dawn
  - prompt: Closer
"""
TINY = """
size: 128x72
fps: 12
duration: 0.5
seed: 0
shots:
  - prompt: a calm ocean
  - prompt: closer
"""


@pytest.fixture
def written():
    def write(text: str, name: str = "film.yaml") -> str:
        Path(name).write_text(text, encoding="utf-8")
        return name

    return write


def test_the_example_can_be_planned(run, written, stored_jobs):
    name = written(run("sequence", "--example").out)
    shown = run("sequence", name, "--dry-run").out
    assert "1\tmorning\t3\t1280x720\tlocal/draft\tanew\t\t$0.00" in shown
    assert "3\tnight\t3\t1280x720\tlocal/draft\tanew\tcrossfade 0.5\t$0.00" in shown
    assert "length:        about 8.5 s" in shown
    assert stored_jobs() == 0


def test_a_dry_run_tells_a_program_what_it_costs(run, written, stored_jobs):
    (plan,) = run("sequence", written(PAID), "--dry-run", "--json").objects
    assert (plan["quote_usd_high"], plan["to_pay_usd_high"], plan["seconds"]) == (1.2, 1.2, 10.0)
    assert [(shot["label"], shot["chain"], shot["job"]) for shot in plan["shots"]] == [
        ("shot 1 (lake)", "none", None),
        ("shot 2 (Closer)", "last_frame", None),
    ]
    assert Path(plan["out"]).name == "film.mp4"
    assert stored_jobs() == 0


def test_nothing_is_spent_that_nobody_agreed_to(run, written, stored_jobs):
    refused = run("sequence", written(PAID), code=None)
    assert refused.code == 2
    assert "2 shots cost $1.20: agree with --yes, or set --max-cost" in refused.err
    refused = run("sequence", "film.yaml", "--max-cost", "1", "--json", code=None)
    assert "the film costs up to $1.20: above the ceiling of $1.00. Nothing was spent" in refused.err
    assert json.loads(refused.out)["error"]["code"] == "spend_limit"
    assert stored_jobs() == 0


def test_a_draft_of_a_paid_film_is_free_and_made_once(run, written, stored_jobs):
    name = written(TINY.replace("seed: 0", "seed: 0\nmodel: gen4.5"))
    made = run("sequence", name, "--draft")
    (path,) = made.out.split()
    assert Path(path).name == "film_draft.mp4"
    assert "shot 2 (closer) completed" in made.err
    again = run("sequence", name, "--draft", "--force", "--json")
    assert "2 of 2 shots are there already" in again.err
    (film,) = again.objects
    assert (film["cost_usd"], film["width"], len(film["shots"])) == (0, 128, 2)
    assert stored_jobs() == 2
    clip = Path(film["shots"][1]["path"])
    clip.unlink()
    once_more = run("sequence", name, "--draft", "--force").err
    assert f"shot 2 (closer): {clip} is no longer there as it was delivered: it is made again" in once_more
    assert stored_jobs() == 3
    assert run("sequence", name, "--draft", code=2).err.count("already exists") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a storyboard: `video-gen sequence --example > film.yaml`"),
        (("nowhere.yaml",), "there is no storyboard `nowhere.yaml`"),
        (("film.yaml", "-o", "film.gif"), "a film is an MP4; name it `film.mp4`"),
        (("film.yaml", "--model", "nope"), "shot 1 (lake): there is no model `nope`"),
    ],
)
def test_what_is_wrong_is_said(run, written, arguments, words):
    written(PAID.replace("model: gen4.5\n", ""))
    refused = run("sequence", *arguments, code=None)
    assert refused.code != 0
    assert words in refused.err
