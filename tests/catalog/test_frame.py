"""The size a model will make: nearest ratio, then nearest resolution, and a word about every difference."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_gen.exceptions import InvalidRequestError, UnsupportedOptionError
from video_gen.spec import parse_ratio

SORA = ("720x1280", "1280x720")
GRID = {
    "ratios": ("16:9", "9:16", "1:1", "21:9"),
    "ratio_default": "16:9",
    "resolutions": ("480p", "720p", "1080p"),
    "resolution_default": "720p",
    "frame_sizes": {"16:9 480p": "864x496", "1:1 480p": "640x640", "1:1 720p": "960x960", "21:9 720p": "1470x630"},
}


def size(plan) -> str | None:
    settings = plan.settings
    return None if settings.width is None else f"{settings.width}x{settings.height}"


def reasons(plan) -> str:
    return "\n".join(change.reason for change in plan.adjustments)


class TestListedSizes:
    def test_a_listed_size_is_taken_as_it_is(self, card_of, plan_of):
        made = plan_of(card_of(sizes=SORA), width=720, height=1280)
        assert (size(made), made.adjustments) == ("720x1280", ())
        assert (made.settings.aspect_ratio, made.settings.resolution) == ("9:16", "720p")

    @pytest.mark.parametrize(
        ("asked", "made"),
        [
            ((1920, 1080), "1280x720"),  # the size that the generic default asks of a 720p model
            ((1080, 1920), "720x1280"),
            ((640, 360), "1280x720"),
            ((1000, 999), "1280x720"),
            ((999, 1000), "720x1280"),
        ],
    )
    def test_another_size_becomes_the_nearest(self, card_of, plan_of, asked, made):
        plan = plan_of(card_of(sizes=SORA), width=asked[0], height=asked[1])
        assert size(plan) == made
        assert plan.adjustments[0].option == "size"
        assert reasons(plan) == f"size {asked[0]}x{asked[1]} becomes {made}: `acme/one` takes 720x1280 or 1280x720"

    def test_the_ratio_counts_before_the_pixels(self, card_of, plan_of):
        plan = plan_of(card_of(sizes=("640x640", "1920x1080")), width=700, height=394)
        assert size(plan) == "1920x1080"

    def test_nearly_the_same_ratio_counts_as_the_same(self, card_of, plan_of):
        plan = plan_of(card_of(sizes=("864x496", "1280x720", "1920x1080")), aspect_ratio="16:9", resolution="480p")
        assert size(plan) == "864x496"
        assert reasons(plan) == "resolution 480p becomes 864x496: `acme/one` takes 864x496, 1280x720 or 1920x1080"

    def test_a_tie_goes_to_the_smaller(self, card_of, plan_of):
        plan = plan_of(card_of(sizes=("1440x1440", "360x360")), width=720, height=720)
        assert size(plan) == "360x360"

    def test_nothing_asked_gives_the_usual_size_or_leaves_it_to_the_provider(self, card_of, plan_of):
        assert size(plan_of(card_of(sizes=SORA, size_default="720x1280"))) == "720x1280"
        assert size(plan_of(card_of(sizes=SORA))) is None

    def test_a_ratio_alone_keeps_the_usual_resolution(self, card_of, plan_of):
        card = card_of(sizes=("1280x720", "720x1280", "1920x1080", "1080x1920"), size_default="1280x720")
        assert size(plan_of(card, aspect_ratio="9:16")) == "720x1280"
        assert size(plan_of(card, resolution="1080p")) == "1920x1080"

    def test_an_unknown_ratio_is_named(self, card_of, plan_of):
        assert reasons(plan_of(card_of(sizes=SORA), aspect_ratio="4:3")).startswith("aspect ratio 4:3 becomes 16:9: ")

    def test_pro_sizes_are_a_fact_of_the_model(self, plan_named):
        assert plan_named("openai/sora-2-pro", width=1792, height=1024).adjustments == ()
        assert size(plan_named("openai/sora-2", width=1792, height=1024)) == "1280x720"


class TestRatioAndResolution:
    @pytest.mark.parametrize(
        ("asked", "made"),
        [
            ({}, ("16:9", "720p", "1280x720")),
            ({"aspect_ratio": "9:16"}, ("9:16", "720p", "720x1280")),
            ({"aspect_ratio": "portrait", "resolution": "1080p"}, ("9:16", "1080p", "1080x1920")),
            ({"aspect_ratio": "1:1"}, ("1:1", "720p", "960x960")),
            ({"width": 1280, "height": 720}, ("16:9", "720p", "1280x720")),
            ({"width": 864, "height": 496}, ("16:9", "480p", "864x496")),
            ({"width": 1470, "height": 630}, ("21:9", "720p", "1470x630")),
        ],
    )
    def test_what_is_offered_is_taken_without_a_word(self, card_of, plan_of, asked, made):
        plan = plan_of(card_of(**GRID), **asked)
        assert (plan.settings.aspect_ratio, plan.settings.resolution, size(plan)) == made
        assert plan.adjustments == ()

    @pytest.mark.parametrize(
        ("asked", "reason"),
        [
            ({"aspect_ratio": "4:3"}, "aspect ratio 4:3 becomes 16:9: `acme/one` takes 16:9, 9:16, 1:1 or 21:9"),
            ({"resolution": "4k"}, "resolution 4k becomes 1080p: `acme/one` takes 480p, 720p or 1080p"),
            (
                {"width": 1920, "height": 800},
                "size 1920x800 becomes 1470x630: `acme/one` takes 16:9, 9:16, 1:1 or 21:9 at 480p, 720p or 1080p",
            ),
        ],
    )
    def test_what_is_not_becomes_the_nearest(self, card_of, plan_of, asked, reason):
        assert reasons(plan_of(card_of(**GRID), **asked)) == reason

    @pytest.mark.parametrize(
        ("said", "named"),
        [("21:9", "21:9"), ("21/9", "21:9"), ("9x21", "9:21"), ("2.39:1", "2.39:1"), ("landscape", "16:9")],
    )
    def test_a_ratio_keeps_the_callers_words(self, card_of, plan_of, said, named):
        assert plan_of(card_of(), aspect_ratio=said).settings.aspect_ratio == named
        assert reasons(plan_of(card_of(ratios=("1:1",)), aspect_ratio=said)).startswith(f"aspect ratio {named} becomes")

    def test_a_size_is_one_adjustment_not_three(self, card_of, plan_of):
        assert len(plan_of(card_of(**GRID), width=3000, height=1000).adjustments) == 1

    def test_without_the_option_nothing_is_sent(self, card_of, plan_of):
        card = card_of(ratios=(), resolutions=())
        plan = plan_of(card, aspect_ratio="16:9", resolution="720p")
        assert (plan.settings.aspect_ratio, plan.settings.resolution) == (None, None)
        assert [change.used for change in plan.adjustments] == [None, None]
        assert reasons(plan_of(card, width=640, height=360)) == "size 640x360 is not sent: `acme/one` takes no size"

    def test_one_reason_is_said_once(self, card_of, plan_of):
        rule = {"when": {"task": ["text_to_video"]}, "ratios": [], "resolutions": [], "because": "so it is"}
        plan = plan_of(card_of(**GRID, rules=[rule]), width=640, height=360)
        assert reasons(plan) == "size 640x360 is not sent: `acme/one` takes no size (so it is)"

    def test_unknown_facts_pass_with_a_warning(self, card_of, plan_of):
        plan = plan_of(card_of(), aspect_ratio="4:3", resolution="900p")
        assert (plan.settings.aspect_ratio, plan.settings.resolution) == ("4:3", "900p")
        assert len(plan.warnings) == 2
        assert plan.adjustments == ()
        exact = plan_of(card_of(), width=854, height=480)
        assert size(exact) == "854x480"
        assert exact.warnings == ("it is unknown which sizes `acme/one` takes: yours is sent as it is",)

    @pytest.mark.parametrize(
        ("narrowed", "made"),
        [
            ({"resolutions": ["1080p"]}, ("16:9", "1080p")),
            ({"resolutions": ["480p", "1080p"]}, ("16:9", "480p")),
            ({"ratios": ["9:16", "1:1"]}, ("1:1", "720p")),
            ({"ratios": []}, (None, "720p")),
        ],
    )
    def test_a_rule_moves_the_usual_choice_too(self, card_of, plan_of, clip, narrowed, made):
        rule = {"when": {"task": ["text_to_video"]}, "because": "so", **narrowed}
        plan = plan_of(card_of(**GRID, rules=[rule]))
        assert (plan.settings.aspect_ratio, plan.settings.resolution, plan.adjustments) == (*made, ())

    def test_a_rule_moves_the_usual_size_too(self, card_of, plan_of):
        rule = {"when": {"task": ["text_to_video"]}, "sizes": ["1920x1080", "640x640"], "because": "so"}
        plan = plan_of(card_of(sizes=(*SORA, "1920x1080", "640x640"), size_default="1280x720", rules=[rule]))
        assert (size(plan), plan.adjustments) == ("1920x1080", ())

    def test_a_rule_narrows_the_choice_and_says_why(self, card_of, plan_of, clip):
        rule = {
            "when": {"task": ["video_to_video"]},
            "resolutions": ["720p"],
            "because": "extending a video needs 720p",
        }
        card = card_of(**GRID, source_video="optional", rules=[rule])
        plan = plan_of(card, resolution="1080p", source_video=clip())
        assert reasons(plan) == ("resolution 1080p becomes 720p: `acme/one` takes 720p (extending a video needs 720p)")
        assert plan_of(card, resolution="1080p").adjustments == ()


class TestPictures:
    @pytest.mark.parametrize(("shape", "ratio"), [((1600, 900), "16:9"), ((900, 1600), "9:16"), ((1000, 1010), "1:1")])
    def test_the_picture_decides_the_ratio_where_nobody_else_does(self, card_of, plan_of, picture, shape, ratio):
        plan = plan_of(card_of(**GRID, first_frame="optional"), first_frame=picture(*shape))
        assert (plan.settings.aspect_ratio, plan.adjustments) == (ratio, ())

    def test_a_word_of_the_caller_wins_over_the_picture(self, card_of, plan_of, picture):
        plan = plan_of(card_of(**GRID, first_frame="optional"), first_frame=picture(900, 1600), aspect_ratio="16:9")
        assert plan.settings.aspect_ratio == "16:9"

    def test_an_odd_picture_takes_the_nearest_ratio_without_a_word(self, card_of, plan_of, picture):
        plan = plan_of(card_of(sizes=SORA, first_frame="optional"), first_frame=picture(4000, 100))
        assert (size(plan), plan.adjustments) == ("1280x720", ())

    @pytest.mark.parametrize(
        ("shape", "warning"),
        [
            ((1920, 1080), ()),
            ((1904, 1072), ()),
            (
                (1000, 1000),
                ("the first frame is 1000x1000, the video will be 9:16: `acme/one` may crop, stretch or refuse it",),
            ),
            ((None, None), ()),
        ],
    )
    def test_a_picture_of_another_shape_than_the_video_is_warned_about(self, card_of, plan_of, picture, shape, warning):
        plan = plan_of(card_of(sizes=SORA, first_frame="optional"), first_frame=picture(*shape))
        assert plan.warnings == warning

    def test_a_video_that_takes_the_pictures_shape_needs_no_warning(self, card_of, plan_of, picture):
        card = card_of(**GRID, first_frame="optional", ratio_from_image=True)
        assert plan_of(card, first_frame=picture(1000, 300)).warnings == ()

    def test_a_picture_of_unknown_size_decides_nothing(self, card_of, plan_of, picture):
        plan = plan_of(card_of(**GRID, first_frame="optional"), first_frame=picture(None, None))
        assert plan.settings.aspect_ratio == "16:9"

    def test_a_model_that_follows_the_picture_is_sent_no_ratio(self, card_of, plan_of, picture):
        card = card_of(**GRID, first_frame="optional", ratio_from_image=True)
        plan = plan_of(card, first_frame=picture(), aspect_ratio="9:16", resolution="1080p")
        assert (plan.settings.aspect_ratio, plan.settings.resolution, size(plan)) == (None, "1080p", None)
        assert reasons(plan) == (
            "aspect ratio 9:16 is not sent: `acme/one` takes no aspect ratio (the video takes the picture's ratio)"
        )
        assert plan_of(card, aspect_ratio="9:16").settings.aspect_ratio == "9:16"


class TestFreeSize:
    LIMITS: ClassVar = {"free_size": {"min_side": 64, "max_side": 4096, "max_pixels": 8_847_360, "multiple_of": 2}}

    @pytest.mark.parametrize(
        ("asked", "made"),
        [
            ({"width": 1920, "height": 1080}, "1920x1080"),
            ({"width": 333, "height": 777}, "332x776"),
            ({"resolution": "1080p", "aspect_ratio": "2.39:1"}, "2582x1080"),
            ({"aspect_ratio": "1:1"}, "720x720"),
            ({"width": 8000, "height": 4000}, "4096x2048"),
            ({"width": 20, "height": 10}, "128x64"),
            ({}, "1280x720"),
        ],
    )
    def test_any_size_within_limits(self, card_of, plan_of, asked, made):
        assert size(plan_of(card_of(**self.LIMITS), **asked)) == made

    @given(width=st.integers(1, 16384), height=st.integers(1, 16384), step=st.sampled_from([1, 2, 8, 16]))
    def test_the_limits_always_hold(self, card_of, plan_of, width, height, step):
        limits = {"min_side": 64, "max_side": 4096, "max_pixels": 8_847_360, "multiple_of": step}
        made = plan_of(card_of(free_size=limits), width=width, height=height).settings
        assert min(made.width, made.height) >= 64
        assert max(made.width, made.height) <= 4096
        assert made.width * made.height <= 8_847_360
        assert made.width % step == made.height % step == 0


class TestContradictions:
    @pytest.mark.parametrize(
        "asked",
        [
            {"width": 1280, "height": 720, "aspect_ratio": "9:16"},
            {"width": 1280, "height": 720, "resolution": "1080p"},
        ],
    )
    def test_a_size_that_contradicts_itself_is_refused(self, card_of, plan_of, asked):
        with pytest.raises(InvalidRequestError, match=r"size 1280x720 is not .*: give one of the two"):
            plan_of(card_of(sizes=SORA), **asked)

    def test_the_same_said_twice_is_fine(self, card_of, plan_of):
        asked = {"width": 1280, "height": 720, "aspect_ratio": "16:9", "resolution": "720p"}
        assert plan_of(card_of(sizes=SORA), **asked).adjustments == ()

    def test_strict_names_the_value_the_limit_and_the_way_out(self, card_of, plan_of):
        with pytest.raises(UnsupportedOptionError) as refused:
            plan_of(card_of(sizes=SORA), width=1920, height=1080, strict=True)
        assert str(refused.value) == (
            "`size=1920x1080` is not offered by `acme/one`: it takes 720x1280 or 1280x720; change it, "
            "or leave out --strict to use 1280x720"
        )


@given(
    ratio=st.sampled_from(["16:9", "9:16", "1:1", "4:3", "21:9", "2.39:1", "1:2"]),
    tier=st.sampled_from(["360p", "480p", "720p", "1080p", "1440p", "4k"]),
)
def test_the_chosen_ratio_is_never_farther_than_another_offered(card_of, plan_of, ratio, tier):
    made = plan_of(card_of(**GRID), aspect_ratio=ratio, resolution=tier).settings
    asked = float(parse_ratio(ratio))

    def apart(name: str) -> float:
        found = float(parse_ratio(name))
        return max(found / asked, asked / found)

    assert apart(made.aspect_ratio) == min(apart(name) for name in GRID["ratios"])
