"""Planning: what is rounded, dropped, refused and warned about, and in which words."""

from contextlib import nullcontext
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.catalog import Range
from video_gen.exceptions import (
    ConfigurationError,
    InvalidRequestError,
    ModelRetiredError,
    UnsupportedOptionError,
)

PAN = {"kind": "pan", "direction": "left"}


def reasons(plan) -> str:
    return "\n".join(change.reason for change in plan.adjustments)


class TestSeconds:
    @pytest.mark.parametrize(
        ("asked", "sent"),
        [(1, 4), (4, 4), (5, 4), (6, 4), (6.01, 8), (7, 8), (8, 8), (10, 8), (10.5, 12), (12, 12), (60, 12)],
    )
    def test_the_nearest_length_is_sent_and_a_tie_goes_to_the_shorter(self, card_of, plan_of, asked, sent):
        plan = plan_of(card_of(durations=[4, 8, 12]), seconds=asked)
        assert plan.settings.seconds == sent
        assert bool(plan.adjustments) == (asked != sent)

    def test_sora_makes_five_seconds_four(self, plan_named):
        plan = plan_named("sora-2", seconds=5)
        assert plan.settings.seconds == 4
        assert reasons(plan) == "seconds 5 becomes 4: `openai/sora-2` takes 4, 8 or 12 s"

    @pytest.mark.parametrize(("asked", "sent"), [(1, 4), (5, 4), (5.5, 6), (7, 6), (7.5, 8), (30, 8)])
    def test_veo_takes_the_nearest_of_four_six_and_eight(self, plan_named, asked, sent):
        assert plan_named("veo-3.1-generate-preview", seconds=asked).settings.seconds == sent

    def test_strict_names_the_value_the_limits_and_the_way_out(self, plan_named):
        with pytest.raises(UnsupportedOptionError) as refused:
            plan_named("openai/sora-2", seconds=5, strict=True)
        assert str(refused.value) == (
            "`seconds=5` is not offered by `openai/sora-2`: it takes 4, 8 or 12 s; change it, "
            "or leave out --strict to use 4"
        )

    def test_strict_names_every_difference_at_once(self, plan_named):
        with pytest.raises(UnsupportedOptionError) as refused:
            plan_named("openai/sora-2", seconds=5, seed=1, width=1920, height=1080, strict=True)
        lines = str(refused.value).splitlines()
        assert [line.split("=")[0] for line in lines] == ["`size", "`seconds", "`seed"]
        assert lines[-1].endswith("it takes no seed; leave it out, or leave out --strict to go without it")

    def test_strict_accepts_what_is_offered(self, plan_named):
        assert plan_named("openai/sora-2", seconds=8, width=1280, height=720, strict=True).settings.seconds == 8

    def test_a_range_clamps_and_steps(self, card_of, plan_of):
        card = card_of(durations={"min": 6, "max": 120, "step": 6})
        assert plan_of(card, seconds=9).settings.seconds == 6
        assert plan_of(card, seconds=9.5).settings.seconds == 12
        assert (
            reasons(plan_of(card, seconds=500)) == "seconds 500 becomes 120: `acme/one` takes 6 to 120 s in steps of 6"
        )

    def test_nothing_asked_sends_the_usual_length_or_nothing(self, card_of, plan_of):
        assert plan_of(card_of(durations=[4, 8], duration_default=8)).settings.seconds == 8
        assert plan_of(card_of(durations=[4, 8])).settings.seconds is None

    def test_a_model_without_a_length_option_is_sent_none(self, card_of, plan_of):
        plan = plan_of(card_of(durations=[]), seconds=5)
        assert plan.settings.seconds is None
        assert reasons(plan) == "seconds 5 is not sent: `acme/one` takes no length"

    def test_unknown_lengths_pass_with_a_warning(self, card_of, plan_of):
        plan = plan_of(card_of(), seconds=7.5)
        assert (plan.settings.seconds, plan.adjustments) == (7.5, ())
        assert plan.warnings == ("it is unknown which lengths `acme/one` takes: yours is sent as it is",)

    def test_a_rule_decides_by_resolution_and_says_why(self, plan_named):
        plan = plan_named("google/veo-3.1-generate-preview", seconds=4, resolution="1080p")
        assert plan.settings.seconds == 8
        assert reasons(plan).endswith("takes 8 s (1080p and 4k need 8 s)")
        assert plan_named("google/veo-3.1-generate-preview", seconds=4, resolution="720p").adjustments == ()

    def test_a_rule_moves_the_usual_length_too(self, card_of, plan_of):
        rule = {"when": {"resolution": ["1080p"]}, "durations": [8], "because": "1080p needs 8 s"}
        card = card_of(resolutions=["720p", "1080p"], durations=[4, 8], duration_default=4, rules=[rule])
        assert plan_of(card, resolution="1080p").settings.seconds == 8
        assert plan_of(card, resolution="720p").settings.seconds == 4

    def test_a_rule_that_takes_the_length_away_takes_the_usual_one_too(self, card_of, plan_of, clip):
        rule = {"when": {"task": ["video_to_video"]}, "durations": [], "because": "the video keeps its length"}
        card = card_of(durations=[4, 8], duration_default=4, source_video="optional", rules=[rule])
        assert plan_of(card, source_video=clip()).settings.seconds is None

    @given(
        asked=st.floats(0.1, 200),
        low=st.integers(1, 20),
        span=st.integers(0, 50),
        step=st.sampled_from([None, 1, 3, 0.5]),
    )
    def test_a_range_gives_an_allowed_value_and_none_is_nearer(self, asked, low, span, step):
        allowed = Range(min=low, max=low + span, step=step)
        chosen = allowed.nearest(asked)
        assert low <= chosen <= low + span
        assert allowed.nearest(chosen) == chosen
        if step is not None:
            grid = [low + step * count for count in range(int(span / step) + 1)]
            assert chosen == min(grid, key=lambda value: (round(abs(value - asked), 9), value))


class TestSound:
    @pytest.mark.parametrize(
        ("mode", "asked", "sent", "says"),
        [
            ("optional", True, True, ""),
            ("optional", False, False, ""),
            ("optional", None, None, ""),
            ("always", None, None, ""),
            ("always", True, None, ""),
            ("always", False, None, "audio off becomes on: `acme/one` always makes sound"),
            ("never", None, None, ""),
            ("never", False, None, ""),
            ("never", True, None, "audio on becomes off: `acme/one` makes silent videos"),
        ],
    )
    def test_every_mode(self, card_of, plan_of, mode, asked, sent, says):
        plan = plan_of(card_of(audio=mode), audio=asked)
        assert plan.settings.audio is sent
        assert reasons(plan) == says

    def test_the_usual_sound_is_sent_where_there_is_a_choice(self, card_of, plan_of):
        assert plan_of(card_of(audio="optional", audio_default=True)).settings.audio is True

    def test_an_unknown_mode_passes_the_choice_on_with_a_warning(self, card_of, plan_of):
        plan = plan_of(card_of(), audio=False)
        assert plan.settings.audio is False
        assert plan.warnings == ("it is unknown whether `acme/one` lets you choose sound: your choice is sent",)
        assert plan_of(card_of()).warnings == ()

    def test_a_rule_about_lengths_may_depend_on_sound_that_is_no_choice(self, card_of, plan_of):
        rule = {"when": {"audio": [True]}, "durations": [8], "because": "sound needs 8 s"}
        assert plan_of(card_of(audio="always", durations=[4, 8], rules=[rule]), seconds=4).settings.seconds == 8


class TestOptions:
    def test_seed_zero_survives(self, card_of, plan_of):
        assert plan_of(card_of(seed=True), seed=0).settings.seed == 0
        assert reasons(plan_of(card_of(seed=False), seed=0)) == "seed 0 is not sent: `acme/one` takes no seed"

    def test_an_unsupported_option_is_dropped_with_a_word(self, card_of, plan_of):
        plan = plan_of(card_of(negative_prompt=False), negative_prompt="x" * 60)
        assert plan.settings.negative_prompt is None
        assert reasons(plan) == f"negative prompt {'x' * 37}... is not sent: `acme/one` takes no negative prompt"

    def test_unknown_options_pass_with_a_warning(self, card_of, plan_of):
        plan = plan_of(card_of(), seed=7, negative_prompt="blur")
        assert (plan.settings.seed, plan.settings.negative_prompt) == (7, "blur")
        assert len(plan.warnings) == 2

    def test_motion_strength_goes_only_where_it_is_known(self, card_of, plan_of):
        assert plan_of(card_of(motion_strength=True), motion_strength=0.0).settings.motion_strength == 0.0
        assert plan_of(card_of(), motion_strength=0.5).settings.motion_strength is None

    def test_an_empty_negative_prompt_is_none(self, card_of, plan_of):
        assert plan_of(card_of(negative_prompt=False), negative_prompt="").adjustments == ()

    def test_fps_is_sent_only_where_it_is_selectable(self, card_of, plan_of):
        fixed = card_of(fps=[24])
        assert plan_of(fixed, fps=24).adjustments == ()
        assert plan_of(fixed, fps=24).settings.fps is None
        assert reasons(plan_of(fixed, fps=60)) == "fps 60 is not sent: `acme/one` always makes 24 fps"
        assert reasons(plan_of(card_of(), fps=60)) == "fps 60 is not sent: `acme/one` takes no frame rate"
        free = card_of(fps={"min": 1, "max": 120}, fps_default=24, fps_selectable=True)
        assert plan_of(free).settings.fps == 24
        assert plan_of(free, fps=29.97).settings.fps == 29.97
        assert reasons(plan_of(free, fps=200)) == "fps 200 becomes 120: `acme/one` takes 1 to 120 fps"
        assert plan_of(card_of(fps_selectable=True), fps=50).settings.fps == 50

    def test_count_is_capped(self, card_of, plan_of):
        plan = plan_of(card_of(), count=3)
        assert plan.settings.count == 1
        assert reasons(plan) == "count 3 becomes 1: `acme/one` makes one video a call"
        assert reasons(plan_of(card_of(max_count=4), count=9)).endswith("makes up to 4 videos a call")

    def test_extras_pass_through_unchanged(self, card_of, plan_of):
        assert plan_of(card_of(), extra={"person_generation": "allow_all"}).settings.extra == {
            "person_generation": "allow_all"
        }


class TestCamera:
    def test_a_move_the_wire_takes_is_an_option(self, card_of, plan_of):
        plan = plan_of(card_of(camera=["pan", "zoom"]), camera=PAN)
        assert str(plan.settings.camera) == "pan left"
        assert plan.settings.prompt == "a calm ocean"

    def test_another_move_is_said_in_the_prompt(self, card_of, plan_of):
        plan = plan_of(card_of(camera=[]), camera=PAN)
        assert plan.settings.camera is None
        assert plan.settings.prompt == "a calm ocean. Camera: pan left."
        assert reasons(plan) == (
            "camera motion pan left becomes words of the prompt: `acme/one` takes no camera option"
        )
        assert reasons(plan_of(card_of(camera=["zoom", "tilt"]), camera=PAN)).endswith("takes zoom or tilt")

    @pytest.mark.parametrize("end", [".", "!", "?", ",", '"'])
    def test_a_sentence_that_has_an_end_gets_no_second_one(self, card_of, plan_of, end):
        plan = plan_of(card_of(), prompt=f"a calm ocean{end} ", camera=PAN)
        assert plan.settings.prompt == f"a calm ocean{end} Camera: pan left."

    def test_a_full_prompt_has_no_room_for_it(self, card_of, plan_of):
        plan = plan_of(card_of(prompt_max=15), camera=PAN)
        assert plan.settings.prompt == "a calm ocean"
        assert plan.adjustments[0].used is None

    def test_the_request_itself_is_kept_as_it_was(self, card_of, plan_of):
        assert plan_of(card_of(), camera=PAN).request.prompt == "a calm ocean"


class TestInputs:
    def test_tasks_follow_from_the_inputs(self, card_of, plan_of, picture, clip):
        card = card_of(first_frame="optional", last_frame="optional", references_max=3, source_video="optional")
        assert plan_of(card).task == "text_to_video"
        assert plan_of(card, first_frame=picture()).task == "image_to_video"
        assert plan_of(card, first_frame=picture(), last_frame=picture()).task == "first_last_frame"
        assert plan_of(card, references=(picture(),)).task == "reference_to_video"
        assert plan_of(card, source_video=clip()).task == "video_to_video"

    @pytest.mark.parametrize(
        ("facts", "asked", "says"),
        [
            ({"first_frame": "no"}, "first_frame", "takes no first frame: leave out --image, or choose a model"),
            ({"source_video": "no"}, "source_video", "takes no source video: leave out --video, or choose a model"),
            ({"references_max": 0}, "references", "takes no reference pictures: leave out --reference, or choose"),
        ],
    )
    def test_an_input_that_cannot_be_used_is_refused_not_dropped(
        self, card_of, plan_of, picture, clip, facts, asked, says
    ):
        given_ = {"source_video": clip(), "references": (picture(),)}.get(asked, picture())
        with pytest.raises(UnsupportedOptionError, match=says):
            plan_of(card_of(**facts), **{asked: given_})

    def test_what_the_video_is_made_from_is_never_dropped(self, card_of, plan_of, picture, clip):
        card = card_of(first_frame="no", source_video="no", references_max=0)
        for made_from in ({"first_frame": picture()}, {"source_video": clip()}):
            with pytest.raises(UnsupportedOptionError, match="takes no"):
                plan_of(card, drop_inputs=True, references=(picture(),), **made_from)

    def test_a_dropped_last_frame_is_told_loudly(self, card_of, plan_of, picture):
        plan = plan_of(card_of(last_frame="no"), drop_inputs=True, first_frame=picture(), last_frame=picture())
        assert plan.task == "image_to_video"
        assert reasons(plan) == "last frame image/png is not sent: `acme/one` takes no last frame"
        assert "the video will not end with the last frame that was given: `acme/one` takes none" in plan.warnings

    def test_dropped_references_do_not_stand_in_for_a_prompt(self, card_of, plan_of, picture):
        card = card_of(references_max=0, prompt_required=False)
        with pytest.raises(InvalidRequestError, match="needs a prompt or a picture"):
            plan_of(card, prompt="", drop_inputs=True, references=(picture(),))

    def test_a_missing_input_says_how_to_give_it(self, plan_named):
        with pytest.raises(InvalidRequestError, match="needs a first frame: give one with --image"):
            plan_named("runway/gen4_turbo")

    def test_a_last_frame_needs_a_first_one(self, card_of, plan_of, picture):
        with pytest.raises(InvalidRequestError, match="a last frame needs a first frame"):
            plan_of(card_of(last_frame="optional"), last_frame=picture())

    def test_a_task_the_model_does_not_do_is_refused(self, card_of, plan_of, picture):
        card = card_of(tasks=["image_to_video", "first_last_frame"])
        with pytest.raises(UnsupportedOptionError) as refused:
            plan_of(card)
        assert str(refused.value) == (
            "`acme/one` cannot make a video from a prompt alone: it takes a first frame (--image) or a first and a "
            "last frame (--image, --last-frame); change the inputs, or choose another model (`video-gen models`)"
        )

    def test_unknown_inputs_pass_with_a_warning(self, card_of, plan_of, picture, clip):
        plan = plan_of(card_of(), first_frame=picture(), last_frame=picture(), references=(picture(),))
        assert len(plan.warnings) == 3
        assert len(plan.settings.media) == 3
        assert "whether `acme/one` takes a source video" in plan_of(card_of(), source_video=clip()).warnings[0]

    def test_too_many_references_are_cut(self, card_of, plan_of, picture):
        plan = plan_of(card_of(references_max=3), references=(picture(),) * 5)
        assert len(plan.settings.references) == 3
        assert reasons(plan) == "references 5 becomes 3: `acme/one` takes up to 3 reference pictures"

    def test_a_prompt_is_needed_and_may_be_too_long(self, card_of, plan_of, picture):
        with pytest.raises(InvalidRequestError, match="`acme/one` needs a prompt: say what the video should show"):
            plan_of(card_of(first_frame="optional"), prompt="  ", first_frame=picture())
        with pytest.raises(InvalidRequestError, match="needs a prompt or a picture"):
            plan_of(card_of(prompt_required=False), prompt="")
        card = card_of(prompt_required=False, first_frame="optional")
        assert plan_of(card, prompt="", first_frame=picture()).settings.prompt == ""
        with pytest.raises(InvalidRequestError, match="has 12 characters, `acme/one` takes 10: shorten it"):
            plan_of(card_of(prompt_max=10))


class TestCeiling:
    @pytest.mark.parametrize(
        ("prices", "ceiling", "warning"),
        [
            ([{"usd_per_video": "0.60"}], 600_000, None),
            (
                [{"usd_per_video": "0.60"}],
                100_000,
                "the price is up to $0.60, your ceiling is $0.10: this video would be refused",
            ),
            ([], 100_000, "the price has no known limit, your ceiling is $0.10: this video would be refused"),
            ([{"usd_per_video": "0"}], 0, None),
        ],
    )
    def test_a_quote_above_it_is_said(self, card_of, plan_of, prices, ceiling, warning):
        plan = plan_of(card_of(prices=prices), max_cost=ceiling)
        assert plan.warnings == (() if warning is None else (warning,))


class TestLifecycle:
    def test_a_retired_model_is_refused_with_a_way_out(self, card_of, plan_of, provider):
        life = {"status": "retired", "retires": date(2026, 9, 24), "replacement": "acme/two"}
        card = card_of(lifecycle=life)
        with pytest.raises(ModelRetiredError) as refused:
            plan_of(card, provider.model_copy(update={"base_url_env": ("ACME_BASE_URL",)}))
        assert str(refused.value) == (
            "`acme/one` was switched off by its owner on 2026-09-24: use `acme/two` instead; where another service "
            "still serves it, set ACME_BASE_URL to that service's URL"
        )
        plan = plan_of(card, allow_retired=True)
        assert plan.warnings == ("`acme/one` was switched off by its owner on 2026-09-24: use `acme/two` instead",)

    @pytest.mark.parametrize(
        ("life", "warning"),
        [
            ({"status": "active"}, None),
            ({"status": "preview"}, None),
            ({"status": "deprecated"}, "`acme/one` is deprecated: its owner names no replacement"),
            (
                {"status": "active", "retires": date(2026, 12, 1), "replacement": "acme/two"},
                "`acme/one` will be switched off on 2026-12-01: use `acme/two` instead",
            ),
            (
                {"status": "deprecated", "retires": date(2026, 11, 17)},
                "`acme/one` was announced to end on 2026-11-17 and may be gone: its owner names no replacement",
            ),
        ],
    )
    def test_an_end_is_announced(self, card_of, plan_of, life, warning):
        assert plan_of(card_of(lifecycle=life)).warnings == (() if warning is None else (warning,))

    def test_strict_does_not_refuse_a_warning(self, card_of, plan_of):
        assert plan_of(card_of(lifecycle={"status": "deprecated"}), seconds=5, strict=True).warnings


class TestWire:
    def test_a_wire_name_may_hold_a_setting(self, card_of, plan_of, provider):
        card = card_of(wire="{deployment}", wire_options={"geometry": "names"})
        service = provider.model_copy(update={"settings": {"deployment": "my-sora"}})
        plan = plan_of(card, service)
        assert (plan.wire_model, plan.wire_options) == ("my-sora", {"geometry": "names"})
        assert (plan.model, plan.provider, plan.protocol) == ("acme/one", "acme", "openai")

    def test_a_missing_setting_names_its_variable(self, card_of, plan_of, provider):
        service = provider.model_copy(update={"settings_env": {"deployment": ("ACME_DEPLOYMENT",)}})
        with pytest.raises(ConfigurationError, match="needs the setting `deployment` of Acme: set ACME_DEPLOYMENT"):
            plan_of(card_of(wire="{deployment}"), service)


def test_a_plan_survives_json(card_of, plan_of, picture):
    plan = plan_of(card_of(durations=[4], seed=True), seconds=5, seed=0, first_frame=picture(), camera=PAN)
    assert type(plan).model_validate_json(plan.model_dump_json()) == plan


@given(
    seconds=st.none() | st.floats(0.1, 3600),
    tier=st.none() | st.sampled_from(["480p", "720p", "1080p", "4k"]),
    audio=st.none() | st.booleans(),
    seed=st.none() | st.integers(0, 2**32),
    count=st.integers(1, 16),
)
def test_planning_the_plan_again_changes_nothing(plan_named, seconds, tier, audio, seed, count):
    """What a plan sends is what the model offers: asked for exactly that, strict has nothing to refuse."""
    asked = {"seconds": seconds, "resolution": tier, "audio": audio, "seed": seed, "count": count}
    for name in ("openai/sora-2-pro", "vertex/veo-3.1-generate-001", "runway/seedance2", "local/draft"):
        sent = plan_named(name, **asked).settings
        again = {"seconds": sent.seconds, "width": sent.width, "height": sent.height, "audio": sent.audio}
        strict = plan_named(name, **again, seed=sent.seed, count=sent.count, fps=sent.fps, strict=True)
        assert strict.settings == sent


@given(seconds=st.floats(0.1, 3600), width=st.integers(1, 16384), height=st.integers(1, 16384))
def test_strict_refuses_exactly_what_would_be_adjusted(plan_named, seconds, width, height):
    asked = {"seconds": seconds, "width": width, "height": height}
    adjusted = plan_named("openai/sora-2", **asked).adjustments
    with pytest.raises(UnsupportedOptionError) if adjusted else nullcontext() as refused:
        plan_named("openai/sora-2", **asked, strict=True)
    if adjusted:
        assert str(refused.value).count("is not offered by `openai/sora-2`: it takes") == len(adjusted)
