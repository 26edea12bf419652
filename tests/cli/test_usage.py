"""A command line that cannot be read is told in this project's words: value, limit, way out."""

import json

import pytest

from video_gen.cli import main


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("generate x --seed abc", "`--seed abc`: give a whole number"),
        ("generate x --seed=abc", "`--seed abc`: give a whole number"),
        ("generate x --fps abc", "`--fps abc`: give a number"),
        ("generate x -d lots", "`-d lots` is not a number of seconds: write it like 5 or 5s"),
        ("serve --port 99999", "`--port 99999`: give 65535 or less"),
        ("serve -p99999", "`-p 99999`: give 65535 or less"),
        ("jobs list -n 0", "`-n 0`: give 1 or more"),
        ("generate x --sed 4", "there is no option `--sed`: did you mean `--seed`? `video-gen generate -h`"),
        ("generate x -z", "there is no option `-z`: `video-gen generate -h` lists what there is"),
        ("genrate x", "there is no command `genrate`: did you mean `generate`? `video-gen -h`"),
        ("jobs shwo", "there is no command `shwo`: did you mean `show`? `video-gen jobs -h`"),
        ("generate x --seed", "`--seed` needs a value behind it: `--seed VALUE`"),
        ("generate x --strict=3", "`--strict` takes no value: write it alone"),
        ("probe", "`FILE...` is missing: `video-gen probe -h` says what it is"),
        ("serve foo bar", "`foo bar` has no place here"),
    ],
)
def test_what_is_wrong_is_said_with_the_option_as_it_was_typed(typed, said, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["video-gen", *typed.split()])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith(f"error: {said}")


def test_a_program_is_told_as_an_object(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["video-gen", "generate", "x", "--seed", "abc", "--json"])
    with pytest.raises(SystemExit):
        main()
    told = json.loads(capsys.readouterr().out)["error"]
    assert (told["code"], told["message"], told["exit_code"]) == (
        "invalid_request",
        "`--seed abc`: give a whole number",
        2,
    )


def test_a_group_alone_shows_its_help(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["video-gen", "jobs"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    shown = capsys.readouterr()
    assert "Usage: video-gen jobs" in shown.out + shown.err
    assert "error:" not in shown.err
