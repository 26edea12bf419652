from datetime import date

import pytest

from video_gen.catalog import Candidate, load_catalog, plan_chain
from video_gen.exceptions import InvalidRequestError, ModelRetiredError, UnsupportedOptionError
from video_gen.spec import MediaRef, Request

TODAY = date(2026, 11, 21)
PICTURE = MediaRef(sha256="0" * 64, media_type="image/png", bytes=10, width=1280, height=720)


def chain(*names, **fields):
    catalog = load_catalog()
    cards = [catalog.card(name) for name in names]
    request = Request.of(prompt="a boat", model=names[0], fallback=names[1:], **fields)
    return plan_chain(request, [Candidate(card, catalog.provider_of(card)) for card in cards], today=TODAY)


def test_the_plan_carries_what_is_tried_next_in_order():
    plan = chain("runway/gen4.5", "local", "venice/wan-2-7-text-to-video")
    assert plan.model == "runway/gen4.5"
    assert [each.model for each in plan.alternatives] == ["local/draft", "venice/wan-2-7-text-to-video"]
    assert all(each.alternatives == () for each in plan.alternatives)
    assert plan.instead_of is None


def test_a_model_that_is_switched_off_makes_room_and_is_named():
    plan = chain("openai/sora-2", "local")
    assert (plan.model, plan.instead_of) == ("local/draft", "openai/sora-2")
    assert any("openai/sora-2" in warning for warning in plan.warnings)


def test_the_try_order_of_veo_is_all_switched_off_by_now():
    with pytest.raises(ModelRetiredError, match=r"veo-3\.1-generate-preview"):
        chain("veo-3.1-generate-preview", "veo-3.1-fast-generate-preview", "veo-2")


def test_an_alternative_that_cannot_do_it_is_left_out_and_named():
    plan = chain("runway/gen4.5", "venice/wan-2-7-text-to-video", "local", first_frame=PICTURE)
    assert [each.model for each in plan.alternatives] == ["local/draft"]
    assert any("wan-2-7" in warning for warning in plan.warnings)


def test_an_alternative_drops_no_input_that_the_first_takes():
    ends = {"first_frame": PICTURE, "last_frame": PICTURE, "drop_inputs": True}
    plan = chain("local", "runway/gen4.5", **ends)
    assert plan.alternatives == ()
    assert "left out of the chain: `runway/gen4.5` takes no last frame" in plan.warnings
    assert [each.model for each in chain("runway/gen4.5", "local", **ends).alternatives] == ["local/draft"]


def test_what_the_first_cannot_do_is_an_error_whatever_follows():
    with pytest.raises(InvalidRequestError):
        chain("venice/wan-2-7-text-to-video", "local", first_frame=PICTURE)


def test_strict_leaves_no_alternative_out_in_silence():
    with pytest.raises(UnsupportedOptionError):
        chain("runway/gen4.5", "venice/wan-2-7-text-to-video", first_frame=PICTURE, strict=True, seconds=5)


def test_a_model_is_tried_once():
    assert chain("local", "local", "local/draft").alternatives == ()
