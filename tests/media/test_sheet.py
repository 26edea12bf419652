from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from video_gen.exceptions import InvalidRequestError, VerificationError
from video_gen.media import opening
from video_gen.media.preview import preview
from video_gen.media.reader import FrameReader
from video_gen.media.sheet import contact_sheet

GAP = 4


def tiles(path: Path, columns: int, rows: int) -> list[np.ndarray]:
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    height, width = (pixels.shape[0] - GAP) // rows - GAP, (pixels.shape[1] - GAP) // columns - GAP
    return [
        pixels[GAP + r * (height + GAP) :][:height, GAP + c * (width + GAP) :][:, :width]
        for r in range(rows)
        for c in range(columns)
    ]


@pytest.mark.parametrize("options", [(("g", "250"), ("bf", "3")), (("g", "6"),)])
@pytest.mark.parametrize("suffix", [".png", ".webp", ".jpg"])
def test_a_sheet_shows_the_middles_of_equal_parts(make_clip, tmp_path, number_in, options, suffix):
    clip = make_clip(frames=48, options=options)
    out = contact_sheet(clip, tmp_path / f"sheet{suffix}", columns=3, rows=2)
    found = []
    for index, tile in enumerate(tiles(out, 3, 2)):
        Image.fromarray(tile).save(tmp_path / f"tile{index}.png")
        found.append(number_in(tmp_path / f"tile{index}.png"))
    assert found == [4, 12, 20, 28, 36, 44]


def test_each_frame_of_a_sheet_carries_its_time(make_clip, tmp_path):
    clip = make_clip()
    first = tiles(contact_sheet(clip, tmp_path / "sheet.png", columns=2, rows=1), 2, 1)[0]
    corner = first[-30:, :60]
    assert (corner.min() < 20, corner.max() > 240) == (True, True)


def test_a_sheet_of_more_frames_than_the_video_has_repeats_them(make_clip, tmp_path):
    with Image.open(contact_sheet(make_clip(frames=2), tmp_path / "s.png", columns=3, rows=3)) as picture:
        assert picture.size == (3 * 324 + 4, 3 * 184 + 4)


@pytest.mark.parametrize(("columns", "rows"), [(0, 1), (1, -1), (30, 30), (60, 1)])
def test_a_senseless_sheet_is_refused(make_clip, tmp_path, columns, rows):
    with pytest.raises(InvalidRequestError, match="choose"):
        contact_sheet(make_clip(frames=2), tmp_path / "s.png", columns=columns, rows=rows)


def test_key_frames_are_sought_where_that_spares_decoding(make_clip):
    clip = make_clip(frames=240, size=(96, 64), options=(("g", "12"), ("bf", "0")))

    def packets_read(stride: float) -> int:
        with opening.open_video(clip) as video:
            reader, moments = FrameReader(video), np.arange(0, 10, stride)
            before = [reader.at(float(moment)).pts for moment in moments]
            assert before == [round(float(moment) * 24) * round(1 / 24 / video.time_base) for moment in moments]
            return reader.packets_read

    assert packets_read(2.5) < 4 * 40
    assert packets_read(1 / 24) < 300


@pytest.mark.parametrize(("suffix", "kind"), [(".webp", "WEBP"), (".gif", "GIF")])
def test_a_preview_moves_through_the_start_of_the_video(make_clip, tmp_path, number_in, suffix, kind):
    clip = make_clip(frames=96)
    out = preview(clip, tmp_path / f"p{suffix}", fps=12, seconds=3, max_side=240)
    with Image.open(out) as picture:
        assert (picture.format, picture.size, picture.n_frames, picture.info["loop"]) == (kind, (240, 135), 36, 0)
        found, durations = [], []
        for index in (0, 5, 17, 35):
            picture.seek(index)
            picture.load()
            picture.convert("RGB").save(tmp_path / "one.png")
            found.append(number_in(tmp_path / "one.png"))
            durations.append(picture.info["duration"])
    assert found == [0, 10, 34, 70]
    assert all(70 <= duration <= 90 for duration in durations)


def test_a_preview_never_has_more_frames_than_the_video(make_clip, tmp_path):
    with Image.open(preview(make_clip(frames=10), tmp_path / "p.webp", fps=50, seconds=60)) as picture:
        assert picture.n_frames == 10


def test_a_preview_is_upright(make_clip, tmp_path):
    with Image.open(preview(make_clip(frames=4, rotation=90), tmp_path / "p.webp")) as picture:
        assert picture.size == (180, 320)


@pytest.mark.parametrize("fields", [{"fps": 0}, {"fps": 100}, {"seconds": 0}, {"seconds": 90}, {"max_side": 5}])
def test_a_senseless_preview_is_refused(make_clip, tmp_path, fields):
    with pytest.raises(InvalidRequestError, match="out of range"):
        preview(make_clip(frames=2), tmp_path / "p.webp", **fields)


def test_another_ending_is_refused(make_clip, tmp_path):
    with pytest.raises(InvalidRequestError, match=r"\.webp or \.gif"):
        preview(make_clip(frames=2), tmp_path / "p.mp4")


def test_damage_is_blamed_on_the_video_not_on_the_preview(make_clip, tmp_path):
    clip = make_clip(faststart=True, options=(("g", "250"), ("crf", "6")))
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle:] = bytes(len(data) - middle)
    clip.write_bytes(data)
    for out in (tmp_path / "p.webp", tmp_path / "p.gif"):
        with pytest.raises(VerificationError, match=r"clip\.mp4.*damaged"):
            preview(clip, out)
        assert not out.exists()
