"""`client.batch`: checked and priced as a whole, each row paid once however often it is run, one failure alone."""

import asyncio
import csv
import json
from pathlib import Path

import pytest

from video_gen import AsyncClient, Client
from video_gen.client.batch.lanes import each
from video_gen.client.batch.reading import BadRow, read_batch
from video_gen.exceptions import InvalidRequestError, SpendLimitError, VideoGenerationError
from video_gen.testing.emulators.openai import OpenAIEmulator

TINY = {"size": "64x64", "duration": 0.5, "fps": 6, "seed": 0}
SORA = {"model": "sora-2", "duration": 4, "size": "1280x720"}
PRICE = 400_000
"""Micro-USD of such a video."""


def accepted(emulator: OpenAIEmulator) -> list[str]:
    return sorted(str(render.request["prompt"]) for render in emulator.world.accepted())


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_spreadsheet_is_read_as_it_is_saved():
    Path("rows.csv").write_bytes(
        b"\xef\xbb\xbfPrompt;Seconds;aspect-ratio;reference;reference;extra;_mine\r\n"
        b'"rain; ""hard""\r\non a roof";5s;9:16;a.png;b.png;"{""a"": 1}";x\r\n'
        b";;;;;;\r\n"
        b"snow;;;;;;\r\n"
    )
    first, second = read_batch("rows.csv")
    assert first == (
        2,
        {
            "prompt": 'rain; "hard"\non a roof',
            "duration": "5s",
            "aspect_ratio": "9:16",
            "references": ["a.png", "b.png"],
            "extra": {"a": 1},
        },
    )
    assert second == (5, {"prompt": "snow"})


def test_json_lines_say_the_same_and_zero_is_a_seed():
    Path("rows.jsonl").write_text(
        '{"prompt": "rain", "seed": 0, "fps": null, "references": "a.png"}\n\n{"prompt":"x"}\n'
    )
    first, second = read_batch(Path("rows.jsonl"))
    assert first == (1, {"prompt": "rain", "seed": 0, "references": ["a.png"]})
    assert second.line == 3


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "holds no rows"),
        ("a.csv", b"prompt,seed\n\n", "holds no rows"),
        ("a.csv", b"promt\nx\n", "did you mean `prompt`"),
        ("a.csv", b"prompt,prompt\nx,y\n", "the column `prompt` twice"),
        ("a.csv", b'prompt,seed\n"x,1\n', "no CSV in line 2"),
        ("a.csv", "prompt\nfür\n".encode("latin-1"), "not UTF-8 in line 2"),
        ("a.txt", b"x", "let it end in .csv"),
        ("none.csv", None, "there is no file"),
    ],
)
def test_a_file_that_is_none_is_told(name: str, content: bytes | None, words: str):
    if content is not None:
        Path(name).write_bytes(content)
    with pytest.raises(InvalidRequestError, match=words):
        read_batch(name)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('{"prompt": "x" "seed": 1}', "it is no JSON"),
        ("[1]", "it is no object"),
        ('{"prompt": 5}', "`prompt=5`: give a text"),
        ('{"size": [1]}', "give a text"),
        ('{"extra": "fast"}', "options by name"),
        ('{"duratoin": 4}', "did you mean `duration`"),
        ('{"seconds": 4, "duration": 5}', "said twice"),
        ("[" * 100_000, "it is no JSON"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_line(said: str, words: str):
    Path("a.jsonl").write_text(f'{{"prompt": "fine"}}\n{said}\n')
    fine, bad = read_batch("a.jsonl")
    assert fine.words == {"prompt": "fine"}
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert words in bad.problem


# --- planning --------------------------------------------------------------------------------------------------------


def test_all_wrong_rows_are_told_together_and_nothing_is_begun():
    rows = [
        {"prompt": "fine"},
        {"prompt": "x", "seed": "abc"},
        {"prompt": "x", "model": "nope"},
        {"prompt": "x", "seed": "abc"},
        {"prompt": "x", "image": "nowhere.png"},
        {"prompt": "x", "model": "runway/gen4.5"},
        {"prompt": "one", "out": "same.mp4"},
        {"prompt": "two", "out": "same"},
        {"prompt": "x", "out": "kept.mp4"},
    ]
    Path("films").mkdir()
    Path("films/kept.mp4").write_text("precious")
    with Client() as client:
        with pytest.raises(InvalidRequestError) as caught:
            client.batch(rows, out="films", **TINY)
        said = caught.value.message
        assert "7 of 9 rows cannot be made, so nothing was begun" in said
        assert "lines 2, 4: `seed='abc'`: give a whole number" in said
        for words in ("line 3: there is no model", "line 5: `nowhere.png`", "line 6: `runway`", "line 8: ", "line 9: "):
            assert words in said
        assert client.jobs.list() == []
        done = client.batch(rows, out="films", skip_bad=True, **TINY)
    assert [row.status for row in done.rows] == ["completed", *["bad"] * 5, "completed", "bad", "bad"]
    assert Path("films/kept.mp4").read_text() == "precious"
    assert Path("films/same.mp4").exists()


def test_a_row_says_otherwise_and_what_clashes_with_it_has_no_say():
    with Client() as client:
        rows = [{"prompt": "x"}, {"prompt": "x", "aspect_ratio": "9:16"}, {"prompt": "x", "model": "auto"}]
        first, second, third = client.batch.plan(rows, model="local", size="640x360", seed=3).items
    assert (first.plan.settings.width, first.plan.settings.seed) == (640, 3)
    assert second.plan.settings.width < second.plan.settings.height
    assert third.plan.decision is not None


def test_ten_thousand_rows_are_planned_and_have_files_of_their_own():
    Path("many.csv").write_text("prompt\n" + "".join(f"a wave {number % 7000}\n" for number in range(10_000)))
    with Client() as client:
        plan = client.batch.plan("many.csv")
    assert (len(plan.items), plan.ahead, plan.bad) == (10_000, 0, ())
    assert len({item.out for item in plan.items}) == 10_000


async def test_a_few_at_a_time_and_in_order():
    under_way, most = 0, 0

    async def work(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (number % 3))
        under_way -= 1
        return number * 2

    assert await each(range(20), work, at_once=3) == [number * 2 for number in range(20)]
    assert most == 3


# --- paid once -------------------------------------------------------------------------------------------------------


def test_run_again_with_lines_moved_added_and_doubled_only_the_new_ones_are_paid(paid):
    with Client() as client:
        client.batch([{"prompt": "rain"}, {"prompt": "snow"}], **SORA)
        again = [{"prompt": "snow"}, {"prompt": "hail"}, {"prompt": "rain"}, {"prompt": "rain"}]
        plan = client.batch.plan(again, **SORA)
        assert [item.made for item in plan.items] == [True, False, True, False]
        assert (plan.spent, plan.ahead) == (2 * PRICE, 2 * PRICE)
        done = client.batch(again, **SORA, priority=5, max_cost=1, give_up_after=900)
    assert accepted(paid) == ["hail", "rain", "rain", "snow"]
    assert len({row.files for row in done.rows}) == 4
    assert done.cost == 4 * PRICE


def test_another_folder_is_another_batch_and_a_moved_picture_the_same_one(paid, tmp_path):
    from PIL import Image

    Image.new("RGB", (1280, 720), "navy").save("one.png")
    with Client() as client:
        client.batch([{"prompt": "rain", "image": "one.png"}], **SORA)
        Path("one.png").rename("two.png")
        client.batch([{"prompt": "rain", "image": "two.png"}], **SORA)
        assert len(accepted(paid)) == 1
        client.batch([{"prompt": "rain", "image": "two.png"}], out=tmp_path / "other", **SORA)
    assert len(accepted(paid)) == 2


def test_a_ceiling_for_the_whole_is_kept_before_anything_is_sent(paid):
    rows = [{"prompt": "rain"}, {"prompt": "snow"}, {"prompt": "hail"}]
    with Client() as client:
        with pytest.raises(SpendLimitError, match=r"the whole costs up to \$1\.20: above the ceiling of \$1\.00"):
            client.batch(rows, max_cost_total="1.00", **SORA)
        assert accepted(paid) == []
        client.batch(rows[:2], max_cost_total=1, **SORA)
        with pytest.raises(SpendLimitError, match=r"up to \$0\.40, on top of \$0\.80 of earlier runs"):
            client.batch(rows, max_cost_total=1, **SORA)
        assert client.batch(rows, max_cost_total=1.2, **SORA).cost == 3 * PRICE
    assert accepted(paid) == ["hail", "rain", "snow"]


def test_one_that_fails_leaves_the_others_alone_and_is_tried_again(paid):
    rows = [{"prompt": "rain"}, {"prompt": "snow"}]
    paid.faults.inject("broken")
    with Client() as client:
        first = client.batch(rows, at_once=1, results="r.jsonl", **SORA)
        assert [row.status for row in first.rows] == ["failed", "completed"]
        assert len(accepted(paid)) == 2
        second = client.batch(rows, at_once=1, **SORA)
    assert [row.status for row in second.rows] == ["completed", "completed"]
    assert accepted(paid) == ["rain", "rain", "snow"]
    shown = [json.loads(line) for line in Path("r.jsonl").read_text().splitlines()]
    assert [(row["row"], row["status"], bool(row["error"])) for row in shown] == [
        (1, "failed", True),
        (2, "completed", False),
    ]


def test_refused_content_and_a_lost_answer_are_not_sent_again(paid):
    rows = [{"prompt": "rain"}, {"prompt": "snow"}]
    paid.faults.inject("policy")
    with Client() as client:
        client.batch(rows[:1], **SORA)
        paid.faults.inject("cut_after")
        paid.faults.inject("unavailable", step="find", times=1000)
        for _ in range(2):
            done = client.batch(rows, give_up_after=2, **SORA)
    codes = [row.error.code for row in done.rows]
    assert codes[0] == "content_policy_violation"
    assert codes[1] != codes[0]
    assert len(accepted(paid)) == 2


# --- what is told ----------------------------------------------------------------------------------------------------


def test_the_results_are_written_as_they_come_and_replace_only_results():
    rows = [{"prompt": "rain, hard"}, {"prompt": "x", "seed": "abc"}, {"prompt": "snow"}]
    Path("rows.csv").write_text("prompt\nprecious\n")
    seen = []
    with Client() as client:
        for name in ("rows.csv", "rows.txt"):
            with pytest.raises(InvalidRequestError, match="results"):
                client.batch(rows, results=name, skip_bad=True, **TINY)
        assert client.jobs.list() == []
        for _ in range(2):
            done = client.batch(
                rows,
                results="r.csv",
                skip_bad=True,
                on_row=lambda row: seen.append((row.line, Path("r.csv").read_text().count("\n"))),
                **{**TINY, "seed": None},
            )
    assert Path("rows.csv").read_text() == "prompt\nprecious\n"
    assert [count for _, count in seen] == [2, 3, 4, 2, 3, 4]
    with Path("r.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["row"], row["status"], row["cost_usd"]) for row in table] == [
        ("1", "completed", "0"),
        ("2", "bad", "0"),
        ("3", "completed", "0"),
    ]
    assert table[0]["file"] == done.rows[0].files[0]
    assert (table[0]["seconds"], table[1]["error"]) == ("0.5", "`seed='abc'`: give a whole number")


@pytest.mark.parametrize("terms", [{"at_once": 0}, {"max_cost_total": "cheap"}, {"duratoin": 3}])
def test_what_is_said_of_the_whole_is_checked_too(terms: dict[str, object]):
    with Client() as client:
        with pytest.raises(VideoGenerationError):
            client.batch([{"prompt": "x"}], **TINY, **terms)
        assert client.jobs.list() == []


async def test_the_same_without_blocking():
    async with AsyncClient() as client:
        plan = await client.batch.plan([{"prompt": "rain"}], **TINY)
        done = await client.batch.carry_out(plan)
    assert [row.status for row in done.completed] == ["completed"]
    assert done.missing == ()
