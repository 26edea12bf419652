"""A card in words."""

from datetime import date

import pytest

from video_gen.catalog import load_catalog
from video_gen.catalog.describe import describe, durations, price, sizes, sound, status


@pytest.mark.parametrize(
    ("life", "words"),
    [
        ({}, "active"),
        ({"status": "preview"}, "preview"),
        ({"status": "retired"}, "retired"),
        ({"status": "retired", "retires": date(2026, 9, 24)}, "retired 2026-09-24"),
        ({"status": "deprecated", "retires": date(2026, 12, 1)}, "ends 2026-12-01"),
        ({"status": "deprecated", "retires": date(2026, 11, 17)}, "was to end 2026-11-17"),
    ],
)
def test_status(card_of, life, words):
    assert status(card_of(lifecycle=life)) == words


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "unknown"),
        ({"durations": [4, 8]}, "4, 8"),
        ({"durations": []}, "fixed"),
        ({"durations": {"min": 0.5, "max": 60}}, "0.5 to 60"),
        ({"durations": {"min": 4, "max": 15, "step": 1}}, "4 to 15"),
        ({"durations": {"min": 6, "max": 120, "step": 6}}, "6 to 120 in steps of 6"),
    ],
)
def test_lengths(card_of, facts, words):
    assert durations(card_of(**facts)) == words


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "unknown"),
        ({"sizes": ["1280x720", "720x1280"]}, "1280x720, 720x1280"),
        ({"ratios": ["16:9"], "resolutions": ["720p", "4k"]}, "720p, 4k; 16:9"),
        ({"ratios": [], "resolutions": []}, "fixed"),
        ({"free_size": {"min_side": 64, "max_side": 4096}}, "any, 64 to 4096 pixels a side"),
    ],
)
def test_sizes(card_of, facts, words):
    assert sizes(card_of(**facts)) == words


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ([], "unknown"),
        ([{"usd_per_video": "0"}], "free"),
        ([{"usd_per_second": "0.10"}], "$0.10/s"),
        ([{"usd_per_video": "0.35"}], "$0.35/video"),
        ([{"usd_per_second": "0.10", "up_to": "0.30"}], "$0.10 to $0.30/s"),
        ([{"usd_per_second": "0.10", "open_ended": True}], "$0.10/s or more"),
        (
            [{"usd_per_second": "0.10"}, {"usd_per_video": "0.30", "up_to": "0.50"}],
            "$0.10/s or $0.30 to $0.50/video",
        ),
        ([{"usd_per_second": "0.10"}, {"usd_per_second": "0", "open_ended": True}], "$0.10/s, some unknown"),
        ([{"usd_per_video": "0", "open_ended": True}], "unknown"),
        ([{"usd_per_second": "0"}, {"usd_per_second": "0.20"}], "$0.00 to $0.20/s"),
    ],
)
def test_price(card_of, prices, words):
    assert price(card_of(prices=prices)) == words


def test_a_price_row_names_its_conditions_and_its_extras(card_of):
    row = {"when": {"audio": [False], "resolution": ["720p"]}, "usd_per_second": "0.1"}
    row |= {"usd_per_image": "0.04", "free_images": 5, "usd_minimum": "0.56"}
    facts = dict(describe(card_of(prices=[row])))
    assert facts["price 1"] == "$0.10 a second, $0.04 a picture beyond 5, at least $0.56 (audio off, resolution 720p)"


def test_a_price_nobody_published_is_unknown_not_nothing(card_of):
    row = {"when": {"resolution": ["4k"]}, "usd_per_second": "0", "open_ended": True}
    assert dict(describe(card_of(prices=[row])))["price 1"] == "unknown (resolution 4k)"


def test_the_embedded_renderer_is_no_ai_model_and_says_so(catalog):
    assert dict(describe(catalog.card("local")))["kind"] == "no AI model"
    assert dict(describe(catalog.card("sora-2")))["kind"] == ""


def test_what_its_owner_says_of_it(card_of):
    facts = dict(describe(card_of(tier="draft", typical_seconds=90, max_count=4, lifecycle={"released": "2026-01-02"})))
    assert (facts["tier"], facts["usual wait"], facts["videos a call"]) == ("draft", "about 90 s", "up to 4")
    assert facts["released"] == "2026-01-02"


@pytest.mark.parametrize(("most", "words"), [(None, "unknown"), (0, "no"), (3, "up to 3")])
def test_references(card_of, most, words):
    assert dict(describe(card_of(references_max=most)))["references"] == words


def test_sound_is_said_or_unknown(card_of):
    assert (sound(card_of(audio="never")), sound(card_of())) == ("never", "unknown")


@pytest.mark.parametrize("owner", sorted(load_catalog().providers))
def test_every_card_is_described_with_where_its_facts_come_from(cards_of, owner):
    for card in cards_of(owner):
        facts = dict(describe(card))
        assert facts["model"] == card.id
        assert str(card.checked) in facts["facts from"], card.id
