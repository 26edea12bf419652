"""`client.compare`: each model once, a failure alone, and the truth about what was delivered."""

from pathlib import Path

import pytest
from PIL import Image

from video_gen import Client
from video_gen.client.comparison.entry import differences
from video_gen.exceptions import InvalidRequestError, SpendLimitError
from video_gen.spec import MediaInfo, Request
from video_gen.spec.media import AudioInfo

TINY = {"duration": 0.5, "size": "128x72", "fps": 6}


def test_one_that_fails_leaves_the_others_alone_and_another_model_is_all_that_is_paid(paid, outputs):
    paid.faults.inject("policy")
    with Client() as client:
        first = client.compare("rain", ["local", "sora-2"], max_cost=1, duration=0.5)
        assert [video.made for video in first.videos] == [True, False]
        assert first.videos[1].error.code == "content_policy_violation"
        assert Path(first.sheet).parent == outputs
        second = client.compare("rain", ["local", "sora-2", "sora-2-pro"], duration=0.5)
        jobs = client.jobs.list()
    assert [video.made for video in second.videos] == [True, False, True]
    assert [video.asked for video in second.videos] == ["local", "sora-2", "sora-2-pro"]
    assert second.videos[0].job.id == first.videos[0].job.id
    assert len(paid.world.accepted()) == 2
    assert len(jobs) == 3
    assert second.cost == sum(video.cost for video in second.videos) > 0
    assert second.videos[2].took > 0
    assert second.videos[2].differences[0].endswith("for 0.5 s")


def test_a_model_named_twice_makes_two_and_the_picture_shows_both(tmp_path):
    with Client() as client:
        made = client.compare(
            "a calm sea", ["local", "local"], out=tmp_path / "films", sheet=tmp_path / "both.png", frames=2, **TINY
        )
    assert len({video.files for video in made.videos}) == 2
    assert {Path(path).parent for video in made.videos for path in video.files} == {tmp_path / "films"}
    assert [video.differences for video in made.videos] == [(), ()]
    with Image.open(made.sheet) as picture:
        assert picture.size == (640, 2 * (36 + 76) + 4)


def test_nothing_is_begun_when_a_model_cannot_take_part_or_all_cost_too_much(paid, tmp_path):
    (tmp_path / "kept.png").write_text("precious")
    with Client() as client:
        for models in ("local", ["local"], []):
            with pytest.raises(InvalidRequestError, match="two models or more"):
                client.compare("rain", models)
        with pytest.raises(InvalidRequestError, match=r"2 of 3 models cannot take part") as caught:
            client.compare("rain", ["local", "nope", "runway/gen4.5"])
        assert "nope: there is no model" in caught.value.message
        with pytest.raises(SpendLimitError, match=r"the whole costs up to .* above the ceiling of \$0\.10"):
            client.compare("rain", ["local", "sora-2"], max_cost="0.10")
        with pytest.raises(InvalidRequestError, match="already exists"):
            client.compare("rain", ["local", "local"], sheet=tmp_path / "kept.png")
        with pytest.raises(InvalidRequestError, match="does not name a picture"):
            client.compare("rain", ["local", "local"], sheet=tmp_path / "a.gif")
        assert client.jobs.list() == []
    assert paid.world.accepted() == []
    assert (tmp_path / "kept.png").read_text() == "precious"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, []),
        ({"seconds": 4.05, "width": 1280, "height": 720, "fps": 24.0, "audio": True}, []),
        ({"seconds": 5}, ["4 s for 5 s"]),
        ({"width": 1920, "height": 1080}, ["1280x720 for 1920x1080"]),
        ({"resolution": "720p", "aspect_ratio": "16:9"}, []),
        ({"resolution": "1080p", "aspect_ratio": "9:16"}, ["1280x720 for 1080p", "1280x720 for 9:16"]),
        ({"fps": 30, "audio": False}, ["24 fps for 30 fps", "sound, though none was asked for"]),
    ],
)
def test_what_was_not_said_nothing_differs_from(asked: dict[str, object], told: list[str]):
    info = MediaInfo(
        container="mp4", bytes=1, seconds=4.0, width=1280, height=720, fps=24, codec="h264", pixel_format="yuv420p",
        audio=AudioInfo(codec="aac", rate=48000, channels=2),
    )  # fmt: skip
    assert list(differences(Request.of(prompt="x", **asked), info)) == told


def test_missing_sound_is_told():
    info = MediaInfo(
        container="mp4", bytes=1, seconds=4.0, width=64, height=64, fps=24, codec="h264", pixel_format="yuv420p"
    )
    assert list(differences(Request.of(prompt="x", audio=True), info)) == ["no sound"]
