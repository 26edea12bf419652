"""`video-gen image`: as `generate`, with a picture at the end."""

from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.slow


def test_a_prompt_becomes_a_picture_where_it_was_wanted(run, outputs: Path) -> None:
    done = run("image", "a harbour at dusk", "--size", "320x180", "--seed", "0", "-o", "dusk.png")
    assert done.out == "dusk.png\n"
    with Image.open("dusk.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (320, 180))
    several = run("image", "a forest", "a lake", "--size", "64x64", "--json").objects
    assert [job["prompt"] for job in several] == ["a forest", "a lake"]
    assert {Path(job["path"]).parent for job in several} == {outputs}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), 'say what it should show, like: video-gen image "a harbour at dusk"'),
        (("x", "--model", "local/draft"), "makes videos and was asked for an image"),
        (("x", "-o", "x.mp4"), "name it `x.png`"),
        (("x", "y", "-o", "x.png"), "one file for 2 images"),
        (("x", "-o", "kept.png"), "already exists"),
    ],
)
def test_wrong_input_is_a_sentence_and_nothing_is_made(run, stored_jobs, arguments: tuple[str, ...], words: str):
    Path("kept.png").write_bytes(b"precious")
    assert words in run("image", *arguments, code=2).err
    assert Path("kept.png").read_bytes() == b"precious"
    assert stored_jobs() == 0
