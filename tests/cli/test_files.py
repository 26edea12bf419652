import shutil
from pathlib import Path

import pytest
from PIL import Image

from video_gen.local.animatic import render_animatic
from video_gen.media.probe import probe


@pytest.fixture
def run(here):
    return here


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rendered") / "clip.mp4"
    render_animatic("hills", path, width=128, height=72, fps=12, seconds=0.5)
    return path


@pytest.fixture
def clip(rendered: Path) -> Path:
    return Path(shutil.copy(rendered, "clip.mp4"))


def test_probe_tells_what_a_file_is(run, clip: Path) -> None:
    assert "128x72 at 12 fps, h264" in run("probe", str(clip)).out
    facts = run("probe", str(clip), "--thorough", "--json").objects[0]
    assert (facts["width"], facts["frames"], facts["faststart"]) == (128, 6, True)


def test_probe_refuses_what_is_no_video(run, clip: Path) -> None:
    Path("cut.mp4").write_bytes(clip.read_bytes()[:-200])
    Path("page.mp4").write_text("<html></html>")
    assert "cut.mp4" in run("probe", "cut.mp4", code=8).err
    assert "page.mp4" in run("probe", "page.mp4", code=None).err
    assert "none.mp4" in run("probe", "none.mp4", code=2).err


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("last", "clip.mp4"), "clip_last.png"),
        (("at", "clip.mp4", "0.25"), "clip_0.25s.png"),
        (("thumbnail", "clip.mp4", "--max-side", "64"), "clip_thumbnail.webp"),
        (("sheet", "clip.mp4", "--columns", "2", "--rows", "2"), "clip_sheet.webp"),
        (("preview", "clip.mp4"), "clip_preview.webp"),
    ],
)
@pytest.mark.usefixtures("clip")
def test_pictures_come_out_of_a_video(run, arguments: tuple[str, ...], name: str) -> None:
    assert run("frames", *arguments).out.strip() == name
    with Image.open(name) as picture:
        assert picture.width > 0
    assert "--force" in run("frames", *arguments, code=2).err
    run("frames", *arguments, "--force")


def test_a_moment_beyond_the_end_is_said(run, clip: Path) -> None:
    assert "0.5" in run("frames", "at", str(clip), "9", code=2).err


def test_clips_are_stitched(run, clip: Path) -> None:
    run("stitch", str(clip), str(clip), "-o", "both.mp4")
    assert probe(Path("both.mp4")).seconds == pytest.approx(1.0)
    assert "both.mp4" in run("stitch", str(clip), "-o", "both.mp4", code=2).err
    assert "missing.mp4" in run("stitch", str(clip), "missing.mp4", "-o", "more.mp4", code=2).err
    assert not Path("more.mp4").exists()
