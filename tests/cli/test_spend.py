from datetime import UTC, datetime, timedelta

import pytest

from video_gen.cli.app import app
from video_gen.cli.spend import bar
from video_gen.exceptions import InvalidRequestError


@pytest.fixture
def run(here):
    return here


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


def test_days_are_utc_days_and_only_those_asked_for(run, small) -> None:
    run("generate", "a calm sea", *small)
    header, row, _ = run("spend", "--since", "7d").out.splitlines()
    assert header.split("\t") == ["day (UTC)", "submits", "spent", "held"]
    assert row.split("\t")[0] in {str(datetime.now(UTC).date()), str(datetime.now(UTC).date() - timedelta(days=1))}
    [found] = run("spend", "--by", "key", "--json").objects
    assert (found["name"], found["key"]) == ("(no key)", None)


def test_what_is_left_of_today_is_shown_of_everyone_and_of_each_key(run, monkeypatch) -> None:
    monkeypatch.setenv("VIDEO_GEN_MAX_COST_PER_DAY", "20")
    key = run("keys", "create", "bob", "--max-jobs-per-day", "50", "--json").objects[0]
    *_, header, everyone, bob = run("spend").out.splitlines()
    assert header.split("\t") == ["whose", "spent", "held", "promised", "ceiling", "left", "jobs"]
    assert everyone.split("\t") == ["everyone", "$0.00", "$0.00", "$0.00", "$20.00", "$20.00", "0"]
    assert bob.split("\t") == ["bob", "$0.00", "$0.00", "$0.00", "none", "", "0 of 50"]
    [of_bob] = run("spend", "--key", "bob", "--json").objects
    assert (of_bob["today"]["owner"], of_bob["today"]["jobs_left"]) == (key["id"], 50)


def test_the_settings_ceiling_stops_a_job_with_its_own_exit_code(run, small, monkeypatch, stored_jobs) -> None:
    monkeypatch.setenv("VIDEO_GEN_MAX_JOBS_PER_DAY", "1")
    run("generate", "a calm sea", *small)
    refused = run("generate", "a calm sea", *small, "--json", code=7)
    assert "1 of 1 jobs a day are made" in refused.err
    assert refused.objects[0]["error"]["code"] == "daily_limit"
    assert stored_jobs() == 1


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--by", "week"), "choose day, provider, model or key"),
        (("--since", "yesterday"), "write it like 2026-11-01, 7d or 4w"),
        (("--since", "2999-01-01"), "is still to come"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(words, problem) -> None:
    with pytest.raises(InvalidRequestError, match=problem):
        app(["spend", *words], standalone_mode=False)


def test_a_bar_is_exact_to_an_eighth() -> None:
    assert bar(0, 0, 100, width=40) == ""
    assert bar(100, 0, 100, width=40) == "█" * 40
    assert bar(50, 0, 100, width=40) == "█" * 20
    assert bar(1, 0, 320, width=40) == "▏"


def test_what_is_held_is_hatched_and_nothing_is_too_small_to_be_seen() -> None:
    assert bar(50, 50, 100, width=10) == "█████░░░░░"
    assert bar(0, 100, 100, width=10) == "░" * 10
    assert bar(1, 1, 10**9, width=10) == "▏░"
    assert bar(10**9, 1, 10**9 + 1, width=10) == "█" * 10
