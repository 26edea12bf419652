import re
from datetime import UTC, datetime, timedelta

import pytest

from video_gen.cli.allowance import allowance
from video_gen.client import Client
from video_gen.exceptions import VideoGenerationError


@pytest.fixture
def run(here):
    return here


def test_a_key_is_printed_once_and_only_its_beginning_after_that(run) -> None:
    made = run("keys", "create", "bob", "--max-cost-per-day", "5", "-m", "local", "-m", "opnai/*", "--expires", "30d")
    assert "no model of the catalog fits `opnai/*`" in made.err
    secret = made.out.strip()
    assert re.fullmatch(r"vg_\w{40}", secret), "alone on stdout: KEY=$(video-gen keys create bob)"
    assert "shown this once: generate, read; local/draft, opnai/*; $5.00 cost a day; until" in made.err
    shown, listed = run("keys", "show", "bob").out, run("keys", "list").out
    assert f"{secret[:11]}..." in shown
    assert "0 jobs; $0.00 spent, $0.00 held" in shown
    assert f"{secret[:11]}..." in listed
    assert secret not in shown + listed
    assert secret not in run("keys", "show", secret).out, "also where somebody pastes it"


def test_limits_are_changed_and_taken_away(run) -> None:
    run("keys", "create", "bob", "--max-jobs-per-day", "3", "--scope", "read")
    [changed] = run("keys", "limit", "bob", "--max-jobs-per-day", "none", "--max-concurrent", "2", "--json").objects
    assert (changed["max_jobs_per_day"], changed["max_concurrent"], changed["scopes"]) == (None, 2, ["read"])
    run("keys", "rename", "bob", "alice")
    assert "there is no key `bob`" in run("keys", "show", "bob", code=4).err


def test_a_key_is_revoked_when_somebody_means_it(run) -> None:
    run("keys", "create", "bob")
    assert "say --yes" in run("keys", "revoke", "bob", code=2).err
    assert run("keys", "list", "--json").objects[0]["state"] == "active"
    assert run("keys", "revoke", "bob", "--yes").out == "bob revoked\n"
    assert "no keys yet" in run("keys", "list").err
    assert [key["state"] for key in run("keys", "list", "--all", "--json").objects] == ["revoked"]


OPTIONS = dict.fromkeys(
    ("scope", "model", "max_cost_per_day", "max_jobs_per_day", "max_concurrent", "requests_per_minute", "expires")
)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"scope": ["root"]}, "`--scope root` is unknown: choose generate, read, admin"),
        ({"max_jobs_per_day": "1.5"}, "`--max-jobs-per-day 1.5`: give a whole number, or `none`"),
        ({"max_cost_per_day": "-3"}, "not an amount of US dollars"),
        ({"expires": "tomorrow"}, "write it like 30d, 12h, 2030-12-31 or `none`"),
        ({"model": ["sora-99"]}, "there is no model `sora-99`"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(words, problem) -> None:
    with pytest.raises(VideoGenerationError, match=problem):
        allowance(OPTIONS | words)


def test_what_is_said_is_what_is_allowed() -> None:
    assert allowance(OPTIONS) == {}
    assert allowance(OPTIONS | {"max_cost_per_day": "none", "model": ["none"]}) == {
        "max_cost_per_day": None,
        "models": (),
    }
    assert allowance(OPTIONS | {"expires": "2030-12-31"}) == {"expires_at": datetime(2030, 12, 31, tzinfo=UTC)}
    found = allowance(OPTIONS | {"expires": "12h", "max_cost_per_day": "0.5", "model": ["openai/*", "local"]})
    assert timedelta(hours=11, minutes=59) < found["expires_at"] - datetime.now(UTC) <= timedelta(hours=12)
    assert (found["max_cost_per_day"], found["models"]) == (500_000, ("openai/*", "local/draft"))


def test_a_keys_jobs_are_listed_and_shown_as_its(run) -> None:
    key = run("keys", "create", "bob", "--json").objects[0]
    with Client() as client:
        plan = client.plan("a calm sea", size="128x72", duration=0.5, fps=12)
        job = client.submit(plan, owner=key["id"])
        client.submit(plan)
    assert [each["id"] for each in run("jobs", "list", "--key", "bob", "--json").objects] == [job.id]
    assert re.search(r"^key: +bob$", run("jobs", "show", job.id).out, re.MULTILINE)
