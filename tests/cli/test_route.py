"""Which model would be chosen, and one that is."""

import json

import pytest


@pytest.fixture
def run(here):
    return here


RUNWAY = "RUNWAYML_API_SECRET"


@pytest.fixture
def keyed(monkeypatch):
    monkeypatch.setenv(RUNWAY, "a-key-for-a-test")


def test_route_says_which_model_and_why_no_other(run, keyed, stored_jobs):
    done = run("route", "A woman smiles", "-d", "5", "-a", "9:16", "--policy", "cheapest", "--explain")
    assert done.out.startswith("runway/")
    assert "is chosen as the cheapest" in done.out
    assert "people (woman) +2" in done.out
    lines = {line.partition("\t")[0]: line for line in done.out.splitlines()}
    assert "VENICE_API_KEY" in next(line for name, line in lines.items() if name.startswith("venice:"))
    assert "needs a source video" in lines["runway/aleph2"]
    assert "ended on" in lines["runway/gen3a_turbo"]
    assert "GOOGLE_CLOUD_PROJECT" in done.out
    assert "VIDEO_GEN_S3_URI" in done.out
    assert "a-key-for-a-test" not in done.out + done.err
    assert stored_jobs() == 0


def test_route_in_short_shows_the_best_and_where_to_read_more(run, keyed):
    done = run("route", "a calm ocean")
    assert len(done.out.splitlines()) == 12
    assert "--explain" in done.err


def test_route_for_programs_is_the_decision(run, keyed):
    (decision,) = run("route", "a calm ocean", "-d", "5", "--max-cost", "0.60", "--json").objects
    assert decision["ranked"]
    assert all(each["high"] <= 600_000 for each in decision["ranked"])
    assert {"key", "price", "cannot", "retired", "draft"} >= {each["reason"] for each in decision["excluded"]}
    assert decision["left_out"] == len(decision["excluded"])


def test_route_without_any_key_is_left_with_the_draft_and_says_so(run):
    done = run("route", "a calm ocean")
    assert done.out.startswith("local/draft")
    assert "no work of an AI model" in done.out


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--max-cost", "0.01"), 7, "the cheapest, `runway/"),
        (("--policy", "cheep"), 2, "`--policy 'cheep'`"),
        (("--allow", "sroa*"), 2, "`--allow sroa*` fits no model"),
        (("--provider", "runwy"), 2, "there is no provider `runwy`"),
        (("--provider", "fal"), 3, "FAL_KEY"),
        (("--duration", "100"), 2, "no model that can be reached does what is asked"),
        (("--deny", "*"), 2, "loosen"),
    ],
)
def test_a_route_that_leads_nowhere_says_why(run, keyed, options, code, said):
    assert said in run("route", "a calm ocean", *options, code=code).err


def test_a_named_model_and_a_policy_contradict_each_other(run):
    done = run("generate", "x", "--model", "local", "--policy", "best", code=2)
    assert "`local` is named" in done.err


def test_auto_makes_the_video_and_its_job_remembers_why(run, small):
    done = run("generate", "a calm ocean", "--model", "auto", *small, "--json")
    job = done.objects[0]
    assert (job["status"], job["model"]) == ("completed", "local/draft")
    assert "no work of an AI model" in done.err
    shown = run("jobs", "show", job["id"]).out
    assert "local/draft is chosen as the best balance" in shown
    events = run("jobs", "show", job["id"], "--json").objects[0]["events"]
    chosen = next(event for event in events if event["kind"] == "routing.chosen")
    assert len(json.dumps(chosen["data"])) < 8000, "a job keeps a short form"


def test_a_policy_alone_means_auto(run, keyed):
    plan = run("plan", "a calm ocean", "--policy", "cheapest", "-d", "5", "--json").objects[0]
    assert plan["request"]["model"] == "auto"
    assert plan["decision"]["policy"] == "cheapest"
    first = plan["quote"]["high"]
    assert 1 <= len(plan["alternatives"]) <= 2
    assert all(each["quote"]["high"] <= first + 500_000 for each in plan["alternatives"])
    none = run("plan", "a calm ocean", "--policy", "cheapest", "-d", "5", "--fallbacks", "0", "--json").objects[0]
    assert none["alternatives"] == []


def test_a_try_order_has_a_name(run, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "a-key-for-a-test")
    plan = run("plan", "a calm ocean", "--model", "veo", "--json").objects[0]
    assert (plan["model"], plan["instead_of"]) == ("gemini/gemini-omni-1.2-flash", "google/veo-3.1-generate-preview")
    assert sum("left out of the chain" in warning for warning in plan["warnings"]) == 3
