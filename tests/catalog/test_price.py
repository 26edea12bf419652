"""Quotes: exact where the price is known, a range where it hangs on something left open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.spec import micro, usd

BY_RESOLUTION = {
    "ratios": ("16:9",),
    "resolutions": ("720p", "1080p", "4k"),
    "durations": {"min": 4, "max": 12},
    "prices": [
        {"when": {"resolution": ["4k"]}, "usd_per_second": "0.60"},
        {"when": {"resolution": ["1080p"]}, "usd_per_second": "0.25"},
        {"usd_per_second": "0.10"},
    ],
    "price_source": "a test, 2026-11-21",
}


def quote(plan) -> tuple[str, str | None]:
    found = plan.quote
    return usd(found.low), None if found.high is None else usd(found.high)


def test_a_known_price_is_exact_and_shows_how_it_comes_about(card_of, plan_of):
    found = plan_of(card_of(**BY_RESOLUTION), resolution="1080p", seconds=6).quote
    assert found.exact
    assert (found.low, found.note, found.source) == (micro("1.50"), "", "a test, 2026-11-21")
    line = found.breakdown[0]
    assert (line.label, line.quantity, line.unit) == ("video (resolution 1080p)", 6, "second")
    assert (line.unit_price, line.amount) == (micro("0.25"), micro("1.50"))


def test_an_open_resolution_gives_a_range_and_says_why(card_of, plan_of):
    found = plan_of(card_of(**BY_RESOLUTION), seconds=10).quote
    assert (found.low, found.high) == (micro("1.00"), micro("6.00"))
    assert found.note == "the price depends on resolution, which is left to the provider"
    assert sum(line.amount for line in found.breakdown) == found.high


def test_an_open_length_gives_a_range_and_says_why(card_of, plan_of):
    plan = plan_of(card_of(**BY_RESOLUTION), resolution="720p")
    assert quote(plan) == ("$0.40", "$1.20")
    assert plan.quote.note == "the length is left to the provider"


def test_a_rule_about_lengths_narrows_the_quote(card_of, plan_of):
    rule = {"when": {"resolution": ["1080p"]}, "durations": [8], "because": "1080p needs 8 s"}
    assert quote(plan_of(card_of(**BY_RESOLUTION, rules=[rule]), resolution="1080p")) == ("$2.00", "$2.00")


def test_sound_changes_the_price(card_of, plan_of):
    prices = [{"when": {"audio": [False]}, "usd_per_second": "0.20"}, {"usd_per_second": "0.40"}]
    card = card_of(audio="optional", durations=[5], duration_default=5, prices=prices)
    assert quote(plan_of(card, audio=False)) == ("$1.00", "$1.00")
    assert quote(plan_of(card, audio=True)) == ("$2.00", "$2.00")
    assert quote(plan_of(card)) == ("$1.00", "$2.00")
    assert plan_of(card).quote.note == "the price depends on audio, which is left to the provider"


@pytest.mark.parametrize(("mode", "price"), [("always", "$2.00"), ("never", "$1.00")])
def test_sound_that_is_no_choice_is_known(card_of, plan_of, mode, price):
    prices = [{"when": {"audio": [False]}, "usd_per_second": "0.20"}, {"usd_per_second": "0.40"}]
    assert quote(plan_of(card_of(audio=mode, durations=[5], prices=prices), seconds=5)) == (price, price)


def test_a_price_for_each_video(card_of, plan_of):
    card = card_of(max_count=4, prices=[{"usd_per_video": "0.35"}])
    assert quote(plan_of(card, count=3)) == ("$1.05", "$1.05")


def test_a_published_range_is_quoted_as_one(card_of, plan_of):
    plan = plan_of(card_of(durations=[10], prices=[{"usd_per_second": "0.10", "up_to": "0.30"}]), seconds=10)
    assert quote(plan) == ("$1.00", "$3.00")
    assert plan.quote.note == "the price is published as a range"


def test_a_lowest_price_alone_has_no_upper_bound(card_of, plan_of):
    plan = plan_of(card_of(durations=[10], prices=[{"usd_per_second": "0.10", "open_ended": True}]), seconds=10)
    assert quote(plan) == ("$1.00", None)
    assert plan.quote.note == "only a lowest price is published"


def test_only_what_is_left_open_is_said_to_be(card_of, plan_of):
    prices = [
        {"when": {"resolution": [tier], "seconds": [seconds]}, "usd_per_video": price}
        for tier, seconds, price in (("720p", 5, "0.5"), ("720p", 9, "0.9"), ("4k", 5, "2"), ("4k", 9, "4"))
    ]
    card = card_of(resolutions=["720p", "4k"], durations=[5, 9], prices=prices)
    plan = plan_of(card, seconds=5)
    assert quote(plan) == ("$0.50", "$2.00")
    assert plan.quote.note == "the price depends on resolution, which is left to the provider"
    plan = plan_of(card)
    assert plan.quote.note == (
        "the price depends on resolution, which is left to the provider; the length is left to the provider"
    )


def test_several_open_things_are_said_together(card_of, plan_of):
    prices = [
        {"when": {"resolution": ["4k"], "audio": [True]}, "usd_per_video": "2"},
        {"usd_per_video": "1"},
    ]
    card = card_of(resolutions=["720p", "4k"], audio="optional", prices=prices)
    assert plan_of(card).quote.note == "the price depends on audio and resolution, which are left to the provider"


def test_a_price_that_is_not_published_is_no_lowest_price(card_of, plan_of):
    prices = [{"when": {"resolution": ["720p"]}, "usd_per_video": "1"}, {"usd_per_video": "0", "open_ended": True}]
    card = card_of(resolutions=["720p", "4k"], prices=prices)
    assert quote(plan_of(card, resolution="720p")) == ("$1.00", "$1.00")
    found = plan_of(card, resolution="4k").quote
    assert (found.low, found.high, found.breakdown) == (0, None, ())
    assert found.note == "the catalog has no price for it"
    assert plan_of(card).quote.note.endswith("left to the provider; the catalog has no price for some of these")


def test_an_unknown_price_says_so(card_of, plan_of):
    plan = plan_of(card_of())
    assert quote(plan) == ("$0.00", None)
    assert plan.quote.note == "the catalog has no price for it"


def test_an_unknown_length_has_no_upper_bound(card_of, plan_of):
    plan = plan_of(card_of(prices=[{"usd_per_second": "0.10"}]))
    assert quote(plan) == ("$0.00", None)
    assert plan.quote.note == "the length is left to the provider"


def test_pictures_cost_extra_beyond_the_free_ones(card_of, plan_of, picture):
    row = {"usd_per_second": "0.10", "usd_per_image": "0.04", "free_images": 1}
    card = card_of(durations=[5], references_max=9, first_frame="optional", prices=[row])
    assert quote(plan_of(card, seconds=5, first_frame=picture())) == ("$0.50", "$0.50")
    plan = plan_of(card, seconds=5, references=(picture(),) * 3)
    assert quote(plan) == ("$0.58", "$0.58")
    assert [line.label for line in plan.quote.breakdown] == ["video", "pictures handed in"]
    both = card.model_copy(update={"max_count": 2})
    assert quote(plan_of(both, seconds=5, references=(picture(),) * 3, count=2)) == ("$1.16", "$1.16")


def test_a_minimum_lifts_a_short_video(card_of, plan_of):
    card = card_of(durations=[2, 10], prices=[{"usd_per_second": "0.10", "usd_minimum": "0.56"}])
    assert quote(plan_of(card, seconds=10)) == ("$1.00", "$1.00")
    plan = plan_of(card, seconds=2)
    assert quote(plan) == ("$0.56", "$0.56")
    assert sum(line.amount for line in plan.quote.breakdown) == plan.quote.high


@pytest.mark.parametrize(("seconds", "price"), [(4.0, ("$1.12", "$1.12")), (4.2, ("$1.176", "$1.40"))])
def test_without_a_length_option_the_source_video_decides(card_of, plan_of, clip, seconds, price):
    card = card_of(durations=[], source_video="required", prices=[{"usd_per_second": "0.28"}])
    assert quote(plan_of(card, source_video=clip(seconds))) == price


@given(seconds=st.floats(1, 60), longer=st.floats(0, 60), count=st.integers(1, 4), rate=st.decimals(0, 5, places=4))
def test_longer_and_more_never_cost_less(card_of, plan_of, seconds, longer, count, rate):
    card = card_of(durations={"min": 1, "max": 120}, max_count=4, prices=[{"usd_per_second": str(rate)}])
    one = plan_of(card, seconds=seconds, count=count).quote
    other = plan_of(card, seconds=seconds + longer, count=4).quote
    assert one.exact
    assert one.low <= other.low


@given(count=st.integers(1, 4), seconds=st.sampled_from([4, 8, 12]), size=st.sampled_from(["720x1280", "1920x1080"]))
def test_the_breakdown_adds_up(plan_named, count, seconds, size):
    width, height = map(int, size.split("x"))
    found = plan_named("openai/sora-2-pro", seconds=seconds, width=width, height=height, count=count).quote
    assert sum(line.amount for line in found.breakdown) == found.high == found.low


@pytest.mark.parametrize(
    ("name", "asked", "price"),
    [
        ("openai/sora-2", {"seconds": 8}, ("$0.80", "$0.80")),
        ("openai/sora-2-pro", {"seconds": 4, "width": 1792, "height": 1024}, ("$2.00", "$2.00")),
        ("google/veo-3.1-generate-preview", {"seconds": 8, "resolution": "4k"}, ("$4.80", "$4.80")),
        ("google/veo-3.1-fast-generate-preview", {"resolution": "1080p"}, ("$0.96", "$0.96")),
        ("gemini/gemini-omni-1.2-flash", {"seconds": 10}, ("$0.695", "$0.695")),
        ("gemini/gemini-omni-1.2-flash", {}, ("$0.2085", "$1.0425")),
        ("runway/veo3.1", {"seconds": 8, "audio": False}, ("$1.60", "$1.60")),
        ("runway/seedance2", {"seconds": 5, "resolution": "4k"}, ("$7.50", "$7.50")),
        ("bedrock/amazon.nova-reel-v1:0", {}, ("$0.48", "$0.48")),
        ("local", {"seconds": 60}, ("$0.00", "$0.00")),
    ],
)
def test_shipped_prices(plan_named, name, asked, price):
    assert quote(plan_named(name, **asked)) == price


def test_pictures_and_minimums_of_shipped_prices(plan_named, picture, clip):
    grok = plan_named("runway/grok_imagine_1_5", seconds=6, resolution="720p", first_frame=picture())
    assert quote(grok) == ("$0.97", "$0.97")
    assert quote(plan_named("runway/aleph2", source_video=clip(1.0))) == ("$0.56", "$0.56")
    assert quote(plan_named("runway/aleph2", source_video=clip(10.0))) == ("$2.80", "$2.80")
    assert quote(plan_named("runway/aleph2", source_video=clip(None))) == ("$0.56", None)
