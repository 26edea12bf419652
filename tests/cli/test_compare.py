"""`video-gen compare`: a table, a picture, and clips that stay."""

from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.slow


def test_one_prompt_by_two_models_side_by_side(run, small):
    models = ("-m", "local", "-m", "local/draft")
    shown = run("compare", "a calm sea", *models, *small, "-o", "films", "--dry-run")
    assert [line.split("\t")[1] for line in shown.out.splitlines()] == ["model", "local/draft", "local/draft"]
    assert not Path("films").exists()
    done = run("compare", "a calm sea", *models, *small, "-o", "films", "--sheet", "both.png")
    *table, sheet = done.out.splitlines()
    assert [line.split("\t")[5] for line in table] == ["differs", "as asked", "as asked"]
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"
    again = run("compare", "a calm sea", *models, *small, "-o", "films", "--json").objects[0]
    assert [video["made"] for video in again["videos"]] == [True, True]
    assert len(list(Path("films").glob("*.mp4"))) == 2
    refused = run("compare", "x", "-m", "local", "-m", "nope", code=2)
    assert "1 of 2 models cannot take part, so nothing was begun" in refused.err
