import pytest
from PIL import Image

from video_gen.exceptions import InvalidRequestError
from video_gen.local.still import draw_still


@pytest.mark.parametrize("name", ["still.png", "still.jpg", "still.webp"])
def test_a_prompt_becomes_a_picture_of_the_asked_size(tmp_path, name):
    with Image.open(draw_still("a harbour at dusk", tmp_path / name, width=640, height=360)) as picture:
        assert picture.size == (640, 360)
        assert max(high - low for low, high in picture.convert("RGB").getextrema()) > 100, "it shows something"


def test_a_seed_is_a_picture(tmp_path):
    first, again, other = (
        draw_still("a harbour", tmp_path / f"{number}.png", width=320, height=180, seed=seed).read_bytes()
        for number, seed in enumerate((0, 0, 1))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(("name", "width"), [("still.gif", 320), ("still.png", 321)])
def test_what_cannot_be_drawn_is_refused(tmp_path, name, width):
    with pytest.raises(InvalidRequestError):
        draw_still("a harbour", tmp_path / name, width=width, height=180)
    assert not list(tmp_path.glob("still*"))
