"""Venice's cards against its own list of models and its own quotes, both copied beside this file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from video_gen.catalog import ModelCard, load_catalog
from video_gen.catalog.describe import describe
from video_gen.exceptions import InvalidRequestError, ModelRetiredError, UnsupportedOptionError
from video_gen.spec import micro

HERE = Path(__file__).parent
LISTED = (HERE / "venice_ids.txt").read_text(encoding="utf-8").split()
QUOTES = tomllib.loads((HERE / "venice_quotes.toml").read_text(encoding="utf-8"))["quotes"]
CARDS = [card for card in load_catalog().cards.values() if card.provider == "venice"]
ALIVE = [card for card in CARDS if card.lifecycle.status != "retired"]
CENT = micro("0.01")
TASKS = {
    "-text-to-video": "text_to_video",
    "-image-to-video": "image_to_video",
    "-first-last-frame-to-video": "first_last_frame",
    "-transition": "first_last_frame",
    "-reference-to-video": "reference_to_video",
    "-video-to-video": "video_to_video",
}
HALF_CENTS = {("grok-imagine-1-5-text-to-video-private", "1080p"), ("minimax-h3-max-turbo", "480P")}
"""Where Venice's own arithmetic falls to either side of half a cent."""


def _questions() -> Iterator[Any]:
    for model in sorted({model for group in QUOTES for model in group["models"]}):
        yield pytest.param(model, [group for group in QUOTES if model in group["models"]], id=model)


@pytest.fixture(scope="session")
def inputs(picture, clip):
    """What a card cannot do without."""

    def give(card: ModelCard) -> dict[str, Any]:
        given = {
            "first_frame": picture() if card.first_frame == "required" else None,
            "last_frame": picture() if card.last_frame == "required" else None,
            "source_video": clip() if card.source_video == "required" else None,
            "references": [picture()] if card.tasks and "reference_to_video" in card.tasks else [],
        }
        return {name: value for name, value in given.items() if value}

    return give


class TestList:
    def test_every_listed_model_has_a_card_under_its_own_name(self, catalog):
        assert [catalog.card(name).id for name in LISTED] == [f"venice/{name}" for name in LISTED]

    def test_the_list_is_whole(self):
        assert len(LISTED) == len(set(LISTED)) == 116

    @pytest.mark.parametrize(("word", "task"), TASKS.items())
    def test_a_name_that_tells_the_task_tells_the_truth(self, word, task):
        assert [card.id for card in CARDS if word in card.wire and task not in card.tasks] == []

    def test_tasks_of_one_model_share_a_family(self, catalog):
        family = {catalog.card(f"kling-2.6-pro-{task}-to-video").family for task in ("text", "image")}
        assert family == {"kling-2.6-pro"}

    def test_what_left_the_list_is_retired(self, plan_of, catalog):
        card = catalog.card("ltx-2-full-text-to-video")
        with pytest.raises(ModelRetiredError, match="use `venice/ltx-2-v2-3-full-text-to-video` instead"):
            plan_of(card, catalog.provider_of(card))
        assert catalog.card("sora-2-pro-image-to-video").lifecycle.retires.isoformat() == "2026-09-24"
        assert {card.wire for card in CARDS} - {card.wire for card in ALIVE} == {
            *(f"{model}-{task}-to-video" for model in ("sora-2", "sora-2-pro") for task in ("text", "image")),
            *(f"ltx-2-full-{task}-to-video" for task in ("text", "image")),
            "wan-2.1-pro-image-to-video",
            "wan-2.2-a14b-text-to-video",
        }


class TestWire:
    """Its wire asks for a length and, where a model lists ratios, for a ratio; the rest it refuses."""

    @pytest.mark.parametrize("card", ALIVE, ids=lambda card: card.wire)
    def test_what_every_model_of_it_is_sent(self, plan_named, inputs, card):
        plan = plan_named(card.id, seed=7, **inputs(card))
        assert (plan.settings.seconds is None) == (card.source_video == "required")
        stands_for_the_ratio = plan.wire_options.get("from_image") or plan.settings.aspect_ratio
        assert bool(stands_for_the_ratio) == bool(card.ratios)
        assert plan.settings.seed is None

    def test_sound_is_sent_only_where_it_may_be_chosen(self, plan_named):
        assert plan_named("kling-2.6-pro-text-to-video").settings.audio is True
        assert plan_named("wan-2.5-preview-text-to-video", audio=False).settings.audio is None

    def test_a_picture_keeps_its_ratio(self, plan_named, picture):
        portrait = picture(1080, 1920)
        plan = plan_named("wan-3-0-image-to-video", first_frame=portrait, aspect_ratio="16:9")
        assert plan.settings.aspect_ratio is None
        assert plan.wire_options == {"from_image": "adaptive"}
        assert "the video takes the picture's ratio" in plan.adjustments[0].reason


class TestInputs:
    def test_a_picture_for_a_text_model_is_refused(self, plan_named, picture):
        with pytest.raises(UnsupportedOptionError, match="takes no first frame"):
            plan_named("kling-2.6-pro-text-to-video", first_frame=picture())

    def test_an_image_model_asks_for_its_picture(self, plan_named):
        with pytest.raises(InvalidRequestError, match="needs a first frame"):
            plan_named("kling-2.6-pro-image-to-video")

    def test_a_transition_asks_for_both_frames(self, plan_named, picture):
        with pytest.raises(InvalidRequestError, match="needs a last frame"):
            plan_named("pixverse-c1-transition", first_frame=picture())

    def test_too_many_references_are_left_out(self, plan_named, picture):
        plan = plan_named("gemini-omni-flash-reference-to-video", references=[picture()] * 4)
        assert len(plan.settings.references) == 3
        assert [(note.option, note.asked, note.used) for note in plan.adjustments] == [("references", 4, 3)]

    def test_motion_control_needs_a_picture_and_a_film(self, plan_named, picture, clip):
        plan = plan_named("kling-v3-pro-motion-control", first_frame=picture(), source_video=clip())
        assert plan.task == "video_to_video"
        with pytest.raises(InvalidRequestError, match="needs a source video"):
            plan_named("kling-v3-pro-motion-control", first_frame=picture())


class TestQuotes:
    @pytest.mark.parametrize(("model", "groups"), list(_questions()))
    def test_ours_are_venices_own(self, plan_named, inputs, catalog, model, groups):
        given = inputs(catalog.card(model))
        for group in groups:
            asked = {name: group[name] for name in ("resolution", "audio") if name in group}
            tie = any(model.startswith(name) and asked.get("resolution") == tier for name, tier in HALF_CENTS)
            for seconds, price in group["usd"].items():
                quote = plan_named(model, seconds=float(seconds), **asked, **given).quote
                assert quote.exact, (asked, seconds)
                assert abs(quote.high - micro(price)) <= (CENT if tie else 0), (asked, seconds)

    def test_the_bill_says_how_it_was_rounded(self, plan_named):
        lines = plan_named("kling-2.6-pro-text-to-video", seconds=5, audio=False).quote.breakdown
        assert [(line.label, line.amount) for line in lines] == [("video (audio off)", 385_000), ("rounding", 5_000)]

    def test_the_card_says_that_cents_are_rounded(self, catalog):
        facts = dict(describe(catalog.card("ovi-image-to-video")))
        assert facts["price 1"] == "$0.044 a second, rounded to $0.01"

    def test_without_a_resolution_the_price_is_a_range(self, plan_named):
        quote = plan_named("wan-3-0-text-to-video", seconds=10).quote
        assert (quote.low, quote.high) == (micro("0.52"), micro("2.08"))
        assert "resolution" in quote.note

    def test_sound_costs_more_where_it_does(self, plan_named):
        silent, loud = (plan_named("kling-v3-pro-text-to-video", audio=audio).quote.high for audio in (False, True))
        assert (silent, loud) == (micro("0.62"), micro("0.92"))
