import pytest


@pytest.fixture
def run(here):
    return here


def test_models_are_listed_and_retired_ones_on_demand(run) -> None:
    alive = run("models", "--json").objects
    every = run("models", "--all", "--json").objects
    assert {"local/draft"} < {card["id"] for card in alive}
    assert len(every) > len(alive)
    assert all(card.get("lifecycle", {}).get("status") != "retired" for card in alive)
    assert "not an AI model" in run("models", "--provider", "local").out


def test_one_model_is_shown_whole(run) -> None:
    shown = run("models", "veo-3.1-generate-preview").out
    assert "retired 2026-10-22" in shown
    assert "4, 6, 8" in shown


def test_a_try_order_is_shown_by_its_models(run) -> None:
    shown = [card["id"] for card in run("models", "veo", "--json").objects]
    assert (shown[0], shown[-1]) == ("google/veo-3.1-generate-preview", "gemini/gemini-omni-1.2-flash")


def test_plan_says_what_is_adjusted(run) -> None:
    done = run("plan", "x", "--duration", "90", "--size", "641x360")
    assert "adjusted:" in done.out
    plan = run("plan", "x", "--duration", "90", "--json").objects[0]
    assert plan["settings"]["seconds"] == 60
    assert plan["adjustments"][0]["option"] == "seconds"


@pytest.mark.parametrize(("model", "words"), [("local", "$0.00"), ("runway/gen4.5", "$0.60")])
def test_quote_says_the_price(run, model: str, words: str) -> None:
    assert words in run("quote", "--model", model, "--duration", "5").out
    quote = run("quote", "--model", model, "--duration", "5", "--json").objects[0]
    assert quote["exact"] is True


def test_config_shows_settings_and_hides_keys(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAYML_API_SECRET", "key_s3cret")
    for arguments in ((), ("--json",)):
        shown = run("config", *arguments).out
        assert "RUNWAYML_API_SECRET" in shown
        assert "s3cret" not in shown
        assert "environment" in shown


def test_a_wrong_setting_is_named(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_MAX_CONCURRENT", "none")
    for command in (("generate", "x"), ("config",)):
        assert "VIDEO_MAX_CONCURRENT=none" in run(*command, code=3).err


def test_doctor_finds_everything_in_order(run) -> None:
    checks = run("doctor", "--json").objects
    assert all(check["ok"] for check in checks)
    assert {"render", "store", "codecs"} <= {check["check"] for check in checks}


def test_doctor_names_what_is_wrong(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEO_GEN_HOME", "/proc/nowhere")
    done = run("doctor", code=3)
    assert "/proc/nowhere" in done.out


def test_help_and_version_are_there(run) -> None:
    assert run("--version").out.startswith("video-gen ")
    for command in ("generate", "plan", "quote", "models", "jobs", "frames", "stitch", "probe", "doctor", "config"):
        assert "Usage" in run(command, "--help").out
    assert "--installl" in run("generate", "--installl", code=2).err
