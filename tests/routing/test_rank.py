"""Which models are ranked, in which order, and what is said of the others."""

from itertools import permutations

import pytest
from cast import DRAFT, TODAY, model
from hypothesis import given
from hypothesis import strategies as st

from video_gen.exceptions import ConfigurationError, InvalidRequestError, SpendLimitError
from video_gen.routing import analyze, choose, fallbacks, rank
from video_gen.spec import Health, MediaRef, Request

PICTURE = MediaRef(sha256="a" * 64, media_type="image/png", bytes=1000, width=1600, height=900)
ENDS = {"first_frame": PICTURE, "last_frame": PICTURE}
POLICIES = ("balanced", "cheapest", "fastest", "best")


def names(decision):
    return [each.model for each in decision.ranked]


def why(decision):
    return {each.model: each.reason for each in decision.excluded}


# --- the order -----------------------------------------------------------------------------------------------------


def test_each_policy_wants_something_else(decide):
    cheap = model("acme/cheap", "0.02", tier="draft", typical_seconds=200)
    quick = model("acme/quick", "0.30", tier="fast", typical_seconds=20)
    fine = model("acme/fine", "0.40", tier="premium", typical_seconds=300)
    assert names(decide(cheap, quick, fine, policy="cheapest"))[0] == "acme/cheap"
    assert names(decide(cheap, quick, fine, policy="fastest"))[0] == "acme/quick"
    assert names(decide(cheap, quick, fine, policy="best"))[0] == "acme/fine"


def test_balanced_goes_by_what_the_prompt_demands(decide):
    cheap, fine = model("acme/cheap", "0.05", tier="fast"), model("acme/fine", "0.20", tier="premium")
    assert names(decide(cheap, fine))[0] == "acme/cheap"
    hard = decide(cheap, fine, prompt="Two samurai fighting in the rain, cinematic tracking shot")
    assert (names(hard)[0], hard.demand) == ("acme/fine", "high")
    assert "samurai" in hard.demand_because


def test_equal_models_keep_the_order_of_their_names(decide):
    three = [model(f"acme/{name}") for name in "bca"]
    orders = {tuple(names(decide(*order, policy=policy))) for order in permutations(three) for policy in POLICIES}
    assert orders == {("acme/a", "acme/b", "acme/c")}


def test_what_was_measured_here_wins_over_what_is_assumed(decide):
    one, other = model("acme/one", tier="fast"), model("acme/other", tier="premium")
    measured = {"acme/one": Health(usual_seconds=400), "acme/other": Health(usual_seconds=40)}
    decision = decide(one, other, policy="fastest", health=measured)
    assert names(decision) == ["acme/other", "acme/one"]
    assert decision.ranked[0].wait == "40 s"
    assert decide(one, other, policy="fastest").ranked[0].wait == "~60 s (assumed)"


def test_a_model_whose_provider_is_down_is_tried_after_all_others(decide):
    bad, good = model("acme/bad", "0.01"), model("zeta/good", "0.50")
    assert names(decide(bad, good, policy="cheapest"))[0] == "acme/bad"
    down = decide(bad, good, policy="cheapest", health={"acme/bad": Health(state="down", submits=5, failed=5)})
    assert names(down) == ["zeta/good", "acme/bad"]
    assert "left alone" in down.ranked[1].notes[0]


def test_failures_count_once_there_are_a_few(decide):
    bad, good = model("acme/bad", "0.10"), model("zeta/good", "0.12")
    once = {"acme/bad": Health(submits=1, failed=1)}
    often = {"acme/bad": Health(submits=4, failed=2)}
    assert names(decide(bad, good, policy="cheapest", health=once))[0] == "acme/bad"
    decision = decide(bad, good, policy="cheapest", health=often)
    assert names(decision)[0] == "zeta/good"
    assert "2 of its last 4 submits failed" in decision.ranked[1].notes


def test_an_unknown_price_comes_last_whatever_the_policy(decide):
    unknown, dear = model("acme/unknown", None, tier="premium"), model("zeta/dear", "9", tier="draft")
    for policy in POLICIES:
        assert names(decide(unknown, dear, policy=policy)) == ["zeta/dear", "acme/unknown"]


def test_a_shorter_video_is_not_a_cheaper_one(decide):
    whole = model("acme/whole", "0.10", durations=[5])
    short = model("acme/short", "0.11", durations=[4])
    assert names(decide(short, whole, seconds=5, policy="cheapest")) == ["acme/whole", "acme/short"]


def test_quality_is_borrowed_from_the_same_model_elsewhere_if_those_agree(decide):
    bare = model("acme/bare", family="kite-2")
    twin = model("zeta/twin", family="kite-2", tier="premium")
    assert {each.model: each.quality for each in decide(bare, twin).ranked}["acme/bare"] == "premium"
    other = model("zeta/other", family="kite-2", tier="fast")
    assert {each.model: each.quality for each in decide(bare, twin, other).ranked}["acme/bare"] == "unknown"


# --- who is left out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "asked", "said"),
    [
        ({"audio": "never", "audio_default": None}, {"audio": True}, "makes silent videos"),
        ({"audio": None, "audio_default": None}, {"audio": True}, "unknown whether"),
        ({"ratios": ["16:9"]}, {"aspect_ratio": "9:16"}, "takes 16:9"),
        ({"ratios": ["16:9"]}, {"width": 720, "height": 1280}, "another shape"),
        ({"durations": [3, 5]}, {"seconds": 10}, "makes 5 s at most"),
        ({"durations": None}, {"seconds": 10}, "unknown which lengths"),
        ({"resolutions": ["720p"], "resolution_default": None}, {"resolution": "1080p"}, "makes 720 pixels"),
        ({"last_frame": "no"}, ENDS, "takes no last frame"),
        ({"last_frame": "no"}, {**ENDS, "drop_inputs": True}, "takes no last frame"),
        ({}, {"references": [PICTURE], "drop_inputs": True}, "takes no reference pictures"),
        ({}, {"references": [PICTURE]}, "cannot make a video from reference pictures"),
        ({"prompt_max": 5}, {}, "12 characters"),
        ({}, {"count": 3}, "makes one video a call"),
    ],
)
def test_a_model_that_would_make_something_else_is_left_out_with_the_reason(decide, facts, asked, said):
    decision = decide(model("acme/one", **{"ratio_default": None, **facts}), **asked)
    assert names(decision) == []
    assert why(decision) == {"acme/one": "cannot"}
    assert said in decision.excluded[0].because
    with pytest.raises(InvalidRequestError, match="no model that can be reached"):
        choose(decision)


def test_more_than_was_asked_is_no_loss(decide):
    assert decide(model("acme/one", durations=[8]), seconds=5).ranked[0].parts["fit"] == 1
    assert decide(model("acme/one", durations=[4]), seconds=5).ranked[0].parts["fit"] == 0.8
    assert decide(model("acme/one", seed=False), seed=0).ranked[0].parts["fit"] == 0.9


def test_a_size_that_is_asked_for_is_made_by_those_who_are_known_to_make_it(decide):
    silent = model("acme/silent", "0.09", resolutions=[], resolution_default=None)
    known = model("zeta/known", "0.11")
    assert names(decide(silent, known))[0] == "acme/silent"
    assert names(decide(silent, known, resolution="1080p"))[0] == "zeta/known"
    assert names(decide(silent, resolution="1080p")) == ["acme/silent"]


def test_a_dead_model_is_never_ranked_unless_a_relay_serves_it(decide):
    gone = {"lifecycle": {"status": "retired", "retires": "2026-09-24", "replacement": "acme/new"}}
    past = {"lifecycle": {"status": "deprecated", "retires": "2026-11-17"}}
    soon = {"lifecycle": {"status": "deprecated", "retires": "2026-12-01", "replacement": "acme/new"}}
    decision = decide(model("acme/gone", **gone), model("acme/past", **past), model("acme/soon", **soon))
    assert names(decision) == ["acme/soon"]
    assert any("2026-12-01" in note for note in decision.ranked[0].notes)
    assert why(decision) == {"acme/gone": "retired", "acme/past": "retired"}
    assert "acme/new" in decision.excluded[0].because
    assert names(decide(model("acme/gone", relayed=True, **gone))) == ["acme/gone"]


def test_filters_leave_out_and_say_so(decide):
    models = (model("acme/kite-1", family="kite"), model("acme/bird", aliases=["eagle"]), model("zeta/kite-2"))
    assert names(decide(*models, providers=["zeta"])) == ["zeta/kite-2"]
    assert names(decide(*models, allow=["*KITE*"])) == ["acme/kite-1", "zeta/kite-2"]
    assert names(decide(*models, allow=["*kite*"], deny=["zeta/*"])) == ["acme/kite-1"]
    assert names(decide(*models, allow=["eagle"])) == ["acme/bird"]
    assert set(why(decide(*models, deny=["kite"])).values()) == {"filter"}


@pytest.mark.parametrize("choice", [{"allow": ["sroa*"]}, {"deny": ["kit"]}, {"providers": ["runwy"]}])
def test_a_filter_that_fits_nothing_is_an_error(decide, choice):
    (slip,) = next(iter(choice.values()))
    with pytest.raises(InvalidRequestError, match=slip.replace("*", r"\*")):
        decide(model("acme/kite"), **choice)


def test_an_unknown_policy_names_those_there_are(decide):
    with pytest.raises(InvalidRequestError, match=r"`policy='cheap'`: choose .*cheapest"):
        decide(model("acme/kite"), policy="cheap")


# --- the embedded renderer -----------------------------------------------------------------------------------------


def test_a_draft_is_not_taken_where_a_hosted_model_can_be_had(decide):
    for policy in POLICIES:
        decision = decide(DRAFT, model("acme/one", "5"), policy=policy)
        assert names(decision) == ["acme/one"]
        assert why(decision) == {"local/draft": "draft"}
        assert decision.note == ""


def test_a_draft_is_not_taken_either_where_a_hosted_model_is_merely_too_dear(decide):
    decision = decide(DRAFT, model("acme/one", "5"), max_cost=1000)
    assert names(decision) == []
    with pytest.raises(SpendLimitError, match=r"`acme/one`, would cost up to \$25\.00"):
        choose(decision)


def test_models_of_images_are_no_matter_for_a_video(decide):
    picture = model("acme/picture", tasks=["text_to_image"], durations=[], first_frame="no", last_frame="no")
    decision = decide(DRAFT, picture)
    assert (names(decision), decision.left_out) == (["local/draft"], 0)


def test_with_no_key_at_all_a_draft_is_what_is_left_and_is_called_one(decide):
    decision = decide(DRAFT, model("acme/one", problem="set ACME_KEY"))
    assert names(decision) == ["local/draft"]
    assert "no work of an AI model" in str(decision)
    assert why(decision) == {"acme/one": "key"}


def test_a_draft_that_was_asked_for_needs_no_excuse(decide):
    decision = decide(DRAFT, model("acme/one"), providers=["local"])
    assert (names(decision), decision.note) == (["local/draft"], "")


def test_without_anything_left_the_missing_key_is_named(decide):
    decision = decide(model("acme/one", problem="set ACME_KEY"))
    with pytest.raises(ConfigurationError, match="set ACME_KEY"):
        choose(decision)


# --- what is tried next --------------------------------------------------------------------------------------------


def chain(decide, *models, **asked):
    names = {"fallback", "fallbacks"} & asked.keys()
    request = Request.of(
        prompt="x",
        fallback=asked.get("fallback", ()),
        max_cost=asked.get("max_cost"),
        choice={"fallbacks": asked["fallbacks"]} if "fallbacks" in asked else {},
    )
    fields = {name: value for name, value in asked.items() if name not in names}
    return fallbacks(decide(*models, **fields), request)


def test_the_next_ranked_are_tried_next(decide):
    models = [model(f"acme/m{number}", f"0.1{number}") for number in range(5)]
    assert chain(decide, *models, policy="cheapest") == ("acme/m1", "acme/m2")
    assert chain(decide, *models, policy="cheapest", fallbacks=0) == ()
    assert chain(decide, *models, policy="cheapest", fallbacks=4) == ("acme/m1", "acme/m2", "acme/m3", "acme/m4")
    assert chain(decide, *models, fallback=("local",)) == ("local",)


def test_one_of_those_tried_next_is_another_providers(decide):
    models = [model(f"acme/m{number}", f"0.1{number}") for number in range(4)]
    assert chain(decide, *models, model("zeta/a", "0.18"), policy="cheapest") == ("acme/m1", "zeta/a")
    assert chain(decide, *models, model("zeta/a", "0.18"), policy="cheapest", fallbacks=1) == ("zeta/a",)
    early = model("zeta/a", "0.105")
    assert chain(decide, *models, early, policy="cheapest") == ("zeta/a", "acme/m1")


def test_without_a_ceiling_nothing_far_dearer_is_tried_by_itself(decide):
    models = [model("acme/a", "0.20"), model("acme/b", "0.40"), model("acme/c", "0.50"), model("acme/d", None)]
    assert chain(decide, *models, policy="cheapest") == ("acme/b",)
    assert chain(decide, *models, policy="cheapest", max_cost=10_000_000) == ("acme/b", "acme/c")
    cents = [model("acme/a", "0.01"), model("acme/b", "0.11"), model("acme/c", "0.12")]
    assert chain(decide, *cents, policy="cheapest") == ("acme/b",), "half a dollar more is no surprise"


# --- what always holds ---------------------------------------------------------------------------------------------

CENTS = st.integers(1, 99).map(lambda cents: f"0.{cents:02}")
MODELS = st.lists(
    st.builds(
        lambda number, usd, tier, seconds, problem, retired: (
            f"acme/m{number}",
            usd,
            {
                "tier": tier,
                "typical_seconds": seconds,
                "problem": "set ACME_KEY" if problem else "",
                "lifecycle": {"status": "retired", "note": "x"} if retired else {},
            },
        ),
        st.integers(0, 99),
        st.one_of(st.none(), CENTS),
        st.sampled_from([None, "draft", "fast", "standard", "premium"]),
        st.one_of(st.none(), st.integers(1, 900)),
        st.booleans(),
        st.integers(0, 4).map(lambda roll: roll == 0),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each[0],
)
ASKED = st.fixed_dictionaries(
    {
        "policy": st.sampled_from(POLICIES),
        "max_cost": st.one_of(st.none(), st.integers(0, 5_000_000)),
        "seconds": st.one_of(st.none(), st.integers(1, 15)),
        "prompt": st.sampled_from(["a calm ocean", "two samurai fighting", "a crowd sings, cut to a dancer"]),
    }
)
HEALTH = st.builds(
    lambda submits, failed, seconds, state: Health(
        submits=submits, failed=min(submits, failed), usual_seconds=seconds, state=state
    ),
    st.integers(0, 9),
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(1, 900)),
    st.sampled_from(["up", "down"]),
)


def ranked(models, asked, health):
    fields = {name: value for name, value in asked.items() if name != "policy"}
    request = Request.of(**fields, choice={"policy": asked["policy"]})
    contenders = [model(name, usd, **facts) for name, usd, facts in models]
    return rank(request, contenders, health, demand=analyze(request.prompt), today=TODAY)


@given(models=MODELS, asked=ASKED, data=st.data())
def test_whatever_is_asked(models, asked, data):
    health = data.draw(st.dictionaries(st.sampled_from([name for name, _, _ in models]), HEALTH))
    decision = ranked(models, asked, health)
    left, out = names(decision), [each.model for each in decision.excluded]
    assert sorted([*left, *out]) == sorted(name for name, _, _ in models), "each is ranked or left out, once"
    assert all(each.because for each in decision.excluded)
    known = {name: facts for name, _, facts in models}
    assert not any(known[name]["problem"] or known[name]["lifecycle"] for name in left)
    if asked["max_cost"] is not None:
        assert all(each.high is not None and each.high <= asked["max_cost"] for each in decision.ranked)
    priced = [each.score for each in decision.ranked if each.high is not None]
    assert priced == sorted(priced, reverse=True)
    assert all(0 <= part <= 1 for each in decision.ranked for part in each.parts.values())
    shuffled = data.draw(st.permutations(models))
    assert ranked(shuffled, asked, health) == decision, "the order of the models is no matter"
    assert type(decision).model_validate_json(decision.model_dump_json()) == decision


@given(models=MODELS, asked=ASKED)
def test_a_model_more_or_less_moves_no_other_one(models, asked):
    whole, part = names(ranked(models, asked, {})), names(ranked(models[1:], asked, {})) if models[1:] else []
    assert [name for name in whole if name != models[0][0]] == part


@given(one=CENTS, other=CENTS, tier=st.sampled_from([None, "fast", "premium"]), policy=st.sampled_from(POLICIES))
def test_all_else_equal_the_cheaper_wins_under_every_policy(one, other, tier, policy):
    if one != other:
        decision = ranked(
            [("acme/a", one, {"tier": tier}), ("acme/b", other, {"tier": tier})],
            {"policy": policy, "prompt": "x", "seconds": 5},
            {},
        )
        assert names(decision)[0] == ("acme/a" if one < other else "acme/b")
