from video_gen.cli.spend import bar


def test_nothing_spent_is_said(run) -> None:
    assert "nothing was spent since" in run("spend").err


def test_a_free_draft_is_listed_at_no_cost(run, small) -> None:
    run("generate", "a calm sea", *small)
    header, row, total = run("spend", "--by", "model").out.splitlines()
    assert header.split("\t") == ["model", "submits", "spent", "held"]
    assert row.split("\t") == ["local/draft", "1", "$0.00", "$0.00"]
    assert total == "in all: $0.00 spent"
    [found] = run("spend", "--by", "provider", "--json").objects
    assert found == {"name": "local", "attempts": 1, "spent": 0, "held": 0}


def test_an_unknown_grouping_is_refused(run) -> None:
    assert "choose day, provider or model" in run("spend", "--by", "week", code=2).err


def test_a_bar_is_exact_to_an_eighth() -> None:
    assert bar(0, 100) == ""
    assert bar(100, 100) == "█" * 40
    assert bar(50, 100) == "█" * 20
    assert bar(1, 320) == "▏"
