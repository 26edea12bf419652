import random

import av
import pytest

from video_gen.exceptions import VerificationError
from video_gen.media.verify import Expectation, verify

SEEDED = random.Random(5)
LONG_GOP = (("g", "250"), ("bf", "2"), ("crf", "8"))


def test_a_clip_as_promised_has_no_differences(make_clip):
    found = verify(make_clip(tone=440.0), Expectation(seconds=2, width=320, height=180, fps=24, audio=True))
    assert found.as_promised
    assert found.require() is found.info


@pytest.mark.parametrize(
    "expected",
    [
        Expectation(seconds=2.25),  # 1.97 for 2, 5.04 for 5
        Expectation(width=324, height=184),
        Expectation(fps=23.976),
        Expectation(audio=False),
        Expectation(),
    ],
)
def test_what_models_round_is_within_tolerance(make_clip, expected):
    assert verify(make_clip(), expected).as_promised


@pytest.mark.parametrize(
    ("expected", "what", "words"),
    [
        (Expectation(seconds=5), "seconds", "promised 5 s, delivered 2.00 s"),
        (Expectation(width=640, height=360), "size", "promised 640x360, delivered 320x180"),
        (Expectation(width=180, height=320), "size", "promised 180x320, delivered 320x180"),
        (Expectation(fps=30), "fps", "promised 30 fps, delivered 24 fps"),
        (Expectation(audio=True), "audio", "promised sound, delivered no sound"),
    ],
)
def test_a_broken_promise_is_a_fact_not_an_error(make_clip, expected, what, words):
    found = verify(make_clip(), expected)
    assert [difference.what for difference in found.differences] == [what]
    assert str(found.differences[0]) == words
    with pytest.raises(VerificationError, match=words):
        found.require()


def test_every_broken_promise_is_listed(make_clip):
    found = verify(make_clip(), Expectation(seconds=8, width=1280, height=720, fps=60, audio=True))
    assert [difference.what for difference in found.differences] == ["seconds", "size", "fps", "audio"]


def damaged(path, change):
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path


def cut(data):
    del data[-100:]


def zero_end(data):
    data[-500:] = bytes(500)


def zero_middle(data):
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)


def random_middle(data):
    middle = len(data) // 2
    data[middle : middle + 4000] = SEEDED.randbytes(4000)


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("change", [cut, zero_end, zero_middle, random_middle])
def test_damage_is_found(make_clip, change, thorough):
    clip = damaged(make_clip(faststart=True, options=LONG_GOP), change)
    with pytest.raises(VerificationError, match=r"truncated|damaged"):
        verify(clip, thorough=thorough)


def test_damage_before_the_last_group_of_pictures_is_found_when_thorough(make_clip):
    clip = make_clip(faststart=True, frames=96, options=(("g", "12"), ("crf", "8")))
    damaged(clip, lambda data: data.__setitem__(slice(len(data) // 3, len(data) // 3 + 3000), bytes(3000)))
    verify(clip)
    with pytest.raises(VerificationError, match="damaged"):
        verify(clip, thorough=True)


def test_a_thorough_look_at_a_good_clip_finds_nothing(make_clip):
    for fields in ({"tone": 440.0}, {"shift": 10}, {"fragmented": True}):
        assert verify(make_clip(**fields), thorough=True).as_promised


def test_damaged_sound_is_found_when_thorough(make_clip):
    clip = make_clip(tone=440.0)
    with av.open(str(clip)) as container:
        sound = [(packet.pos, packet.size) for packet in container.demux(audio=0) if packet.size]
    data = bytearray(clip.read_bytes())
    for position, size in sound[10:14]:
        data[position : position + size] = b"\xff" * size
    clip.write_bytes(data)
    verify(clip)
    with pytest.raises(VerificationError, match="damaged"):
        verify(clip, thorough=True)
