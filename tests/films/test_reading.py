"""A storyboard is read as a person wrote it, and what is wrong in it is said with its place and the way out."""

import json
import re
from pathlib import Path

import pytest

from video_gen.exceptions import InvalidRequestError, MediaNotFoundError
from video_gen.films import Shot, Storyboard, Transition, parse, read

WHOLE = """
title: A day
model: local/draft
aspect_ratio: 16:9
duration: 5s
audio: yes
seed: 0
style: film grain
references: [look.png]
transition: crossfade
shots:
  - prompt: The sea.
    name: sea
    image: sea.png
  - prompt: Closer
    duration: 2.5
    chain: last_frame
    transition: cut
    extra: {steps: 4, mode: "on", since: 2026-01-01}
  - prompt: Night
    image: https://example.com/night.png
    transition: {crossfade: 0.25}
"""


def test_what_is_said_for_all_holds_for_each_that_says_nothing(storyboard):
    path = storyboard(WHOLE)
    board = read(path)
    assert board.words(0) == {
        "model": "local/draft",
        "aspect_ratio": "16:9",
        "duration": "5s",
        "audio": True,
        "seed": 0,
        "references": (str(path.parent / "look.png"),),
        "image": str(path.parent / "sea.png"),
    }
    assert board.prompt(0) == "The sea. film grain"
    assert board.words(1)["duration"] == 2.5
    assert board.words(1)["extra"] == {"steps": 4, "mode": "on", "since": "2026-01-01"}
    assert board.words(2)["image"] == "https://example.com/night.png"
    assert [board.transition_into(index).crossfade for index in range(3)] == [0.5, 0.0, 0.25]
    assert [board.label(index) for index in range(3)] == ["shot 1 (sea)", "shot 2 (Closer)", "shot 3 (Night)"]


def test_json_says_the_same(storyboard):
    said = {"size": "320x180", "shots": [{"prompt": "a", "duration": 2}, {"prompt": "b", "resolution": "720p"}]}
    board = read(storyboard(json.dumps(said), "film.json"))
    assert board.words(0) == {"size": "320x180", "duration": 2}
    assert board.words(1) == {"resolution": "720p"}, "a shape of its own replaces the pixels of all"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("shots:\n  - prompt: a\n   name: b", "a.yaml", "a.yaml, line 3: expected"),
        ("shots:\n  - prompt: a\n    prompt: b", "a.yaml", "a.yaml, line 3: `prompt` stands here twice"),
        ('{"shots": [\n{"prompt": 5}}', "a.json", "a.json, line 2: this is no JSON"),
        ("shots:\n  - prompt: a\n  - promt: b", "a.yaml", "shot 2: there is no `promt`: did you mean `prompt`?"),
        ("modle: x\nshots:\n  - prompt: a", "a.yaml", "there is no `modle`: did you mean `model`?"),
        ("shots:\n  - prompt: a\n    zzzz: 1", "a.yaml", "there is no `zzzz`: it takes model, duration"),
        ("shots:\n  - name: x\n    transition: fade", "a.yaml", "shot 1 (x): `transition: 'fade'`: choose `cut`"),
        ("shots:\n  - transition: crossfade -1", "a.yaml", "give 0 or more"),
        ("shots:\n  - transition: crossfade slow", "a.yaml", "give a number"),
        ("shots:\n  - chain: first", "a.yaml", "`chain: 'first'`: choose 'last_frame', 'first_last', 'extend' or"),
        ("shots:\n  - seed: 1.5", "a.yaml", "`seed: 1.5`: give a whole number"),
        ("shots:\n  - prompt: [a]", "a.yaml", "shot 1: `prompt: ['a']`: give a text"),
        ("shots: []", "a.yaml", "`shots: []`: give 1 or more of them"),
        ("title: a", "a.yaml", "`shots` is missing"),
        ("shots:\n  - {name: a}\n  - {name: a}", "a.yaml", "two shots are named `a`"),
        ("a, b", "a.yaml", "is no storyboard: it takes `shots:`"),
        ("", "a.yaml", "is no storyboard"),
        ("a: !!python/object:os.system x", "a.yaml", "could not determine a constructor"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(storyboard, text, name, words):
    with pytest.raises(InvalidRequestError) as caught:
        read(storyboard(text, name))
    assert words in str(caught.value)


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(MediaNotFoundError, match="--example"):
        read(tmp_path / "nowhere.yaml")
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "film.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(InvalidRequestError, match="save it as UTF-8"):
        read(tmp_path / "film.yaml")
    (tmp_path / "film.yaml").write_bytes(b"a" * 1_000_001)
    with pytest.raises(InvalidRequestError, match="at most 1,000,000"):
        read(tmp_path / "film.yaml")


def test_a_transition_reads_back_as_it_is_written():
    for said in ("cut", "crossfade 0.5", "crossfade 2"):
        assert str(Transition.model_validate(Transition.parse(said))) == said
    assert parse({"shots": [{"transition": "cross-fade 1s"}]}).transition_into(0).crossfade == 1


def test_the_example_is_a_storyboard():
    import video_gen.films

    board = read(Path(video_gen.films.__file__).with_name("example.yaml"))
    assert [shot.name for shot in board.shots] == ["morning", "closer", "night"]


def test_the_page_on_storyboards_names_all_that_one_may_say():
    page = (Path(__file__).parents[2] / "docs/how-to/make-a-longer-film.md").read_text(encoding="utf-8")
    tables = page.partition("## What a storyboard may say")[2].partition("## From Python")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE))
    assert named == {*Shot.model_fields, *Storyboard.model_fields}
