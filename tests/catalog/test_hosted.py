"""Facts of fal, Replicate, Kling, MiniMax, Luma and Seedance's services, each as a plan that follows from it."""

import pytest

from video_gen.exceptions import UnsupportedOptionError
from video_gen.spec import micro

HOSTS = ("ark", "fal", "kling", "luma", "luma-dream-machine", "minimax", "replicate", "volcengine")
FIELDS = {"first_frame", "last_frame", "references", "source_video", "audio", "fps", "seconds_as", "from_image"}
EXTRA_FIELDS = {
    "replicate": {"mode_720p", "mode_1080p"},
    "minimax": {"api"},
    "luma": {"api"},
    "luma-dream-machine": {"api"},
}
"""The words that each provider's file explains for its protocol."""


def usd(amount: str) -> int:
    return micro(amount)


class TestWireOptions:
    @pytest.mark.parametrize("host", HOSTS)
    def test_only_words_that_the_file_explains(self, cards_of, host):
        for card in cards_of(host):
            assert card.wire_options.keys() <= FIELDS | EXTRA_FIELDS.get(host, set()), card.id
            assert card.wire_options.get("seconds_as", "number") in {"number", "suffixed"}, card.id

    @pytest.mark.parametrize("host", ["fal", "replicate"])
    def test_a_hosts_own_name_works_unless_it_names_another_provider(self, catalog, cards_of, host):
        for card in cards_of(host):
            first = card.wire.partition("/")[0]
            assert (card.wire in card.aliases) == (first not in catalog.providers), card.id

    def test_hosts_sign_as_they_ask(self, catalog):
        fal, kling = catalog.providers["fal"], catalog.providers["kling"]
        assert (fal.signing, fal.key_header, fal.key_format) == ("header", "Authorization", "Key {key}")
        assert kling.signing == "jwt"
        assert "access_key" in kling.settings_env

    def test_two_services_of_one_protocol_do_not_share_a_key(self, catalog):
        keys = [set(catalog.providers[name].key_env) for name in ("ark", "volcengine", "luma", "luma-dream-machine")]
        assert not keys[0] & keys[1]
        assert not keys[2] & keys[3]


class TestSeedance:
    @pytest.mark.parametrize(
        ("ratio", "resolution", "size"),
        [
            ("16:9", "480p", (864, 496)),
            ("1:1", "480p", (640, 640)),
            ("4:3", "720p", (1112, 834)),
            ("21:9", "720p", (1470, 630)),
            ("9:16", "1080p", (1080, 1920)),
            ("3:4", "1080p", (1248, 1664)),
        ],
    )
    def test_ark_makes_the_frames_it_publishes(self, plan_named, ratio, resolution, size):
        plan = plan_named("doubao-seedance-2-0-260128", aspect_ratio=ratio, resolution=resolution)
        assert (plan.settings.width, plan.settings.height) == size
        assert plan.adjustments == ()

    def test_a_size_it_makes_is_found_again(self, plan_named):
        settings = plan_named("dreamina-seedance-2-0-260128", width=1112, height=834).settings
        assert (settings.aspect_ratio, settings.resolution) == ("4:3", "720p")

    def test_the_newest_has_480p_of_its_own(self, plan_named):
        settings = plan_named("doubao-seedance-2-5-260628", aspect_ratio="16:9", resolution="480p", seconds=30).settings
        assert (settings.width, settings.height, settings.seconds) == (854, 480, 30)

    def test_ark_charges_pixels_by_the_second(self, plan_named):
        quote = plan_named("doubao-seedance-2-0-260128", aspect_ratio="16:9", resolution="720p", seconds=5).quote
        tokens = 1280 * 720 * 24 * 5 // 1024
        assert quote.exact
        assert quote.high == pytest.approx(tokens * 46 / 7, abs=5)  # 46 CNY for a million tokens, 7 to the dollar

    def test_another_shape_costs_its_own_pixels(self, plan_named):
        wide, square = (
            plan_named("doubao-seedance-2-0-260128", aspect_ratio=ratio, resolution="4k", seconds=4).quote.high
            for ratio in ("16:9", "1:1")
        )
        assert square / wide == pytest.approx(3840 / 2160, rel=1e-4)

    @pytest.mark.parametrize("name", ["doubao-seedance-2-5-260628", "dreamina-seedance-2-0-260128"])
    def test_a_video_that_is_no_link_cannot_be_handed_in(self, plan_named, clip, name):
        with pytest.raises(UnsupportedOptionError, match="takes no source video"):
            plan_named(name, source_video=clip(), seconds=5, resolution="720p")

    def test_a_seed_is_taken_by_the_models_before_2(self, plan_named):
        assert plan_named("seedance-1-5-pro-251215", seed=0).settings.seed == 0
        assert plan_named("dreamina-seedance-2-0-260128", seed=0).settings.seed is None

    def test_fal_adds_its_share(self, plan_named):
        plan = plan_named("fal/bytedance/seedance-2.0/text-to-video", resolution="720p", aspect_ratio="16:9", seconds=5)
        assert plan.quote.high == 5 * usd("0.3034")

    def test_a_length_out_of_reach_is_brought_near(self, plan_named):
        assert plan_named("seedance-2.0", seconds=60).settings.seconds == 15
        assert plan_named("seedance-2.0", seconds=1).settings.seconds == 4


class TestKling:
    @pytest.mark.parametrize(("asked", "made"), [(1, 5), (7, 5), (7.5, 5), (8, 10), (30, 10)])
    def test_older_models_make_5_or_10_s(self, plan_named, asked, made):
        assert plan_named("kling-v2-5-turbo", seconds=asked).settings.seconds == made

    def test_the_newest_makes_every_second_to_15(self, plan_named):
        assert plan_named("kling-v3", seconds=13).settings.seconds == 13
        assert plan_named("kling-v3", seconds=16).settings.seconds == 15

    def test_sound_needs_the_pro_mode(self, plan_named):
        plan = plan_named("kling-v2-6", audio=True, resolution="720p")
        assert (plan.settings.audio, plan.settings.resolution) == (True, "1080p")
        assert "sound needs the pro mode" in plan.adjustments[0].reason

    def test_a_last_frame_excludes_sound(self, plan_named, picture):
        plan = plan_named("kling-v2-6", first_frame=picture(), last_frame=picture(), audio=True)
        assert plan.settings.audio is None
        assert "a last frame excludes sound" in plan.adjustments[0].reason

    def test_its_price_follows_mode_and_sound(self, plan_named):
        price = {
            (tier, audio): plan_named("kling-v3", seconds=5, resolution=tier, audio=audio).quote.high
            for tier in ("720p", "1080p", "4k")
            for audio in (True, False)
        }
        assert price["720p", False] == usd("0.42")
        assert price["1080p", True] == usd("0.84")
        assert price["4k", True] == price["4k", False] == usd("2.10")

    def test_fal_calls_the_last_frame_a_tail_once(self, catalog):
        old, new = (
            catalog.card(f"fal-ai/kling-video/{version}/pro/image-to-video") for version in ("v2.5-turbo", "v2.6")
        )
        assert old.wire_options["last_frame"] == "tail_image_url"
        assert new.wire_options["first_frame"] == "start_image_url"


class TestMiniMax:
    def test_some_pictures_are_free(self, plan_named, picture):
        five, seven = (
            plan_named("MiniMax-H3", seconds=5, resolution="768p", references=[picture()] * count).quote.high
            for count in (5, 7)
        )
        assert five == usd("0.40")
        assert seven == usd("0.40") + 2 * usd("0.04")

    def test_a_text_needs_a_ratio(self, plan_named, picture):
        assert plan_named("MiniMax-H3").settings.aspect_ratio == "16:9"
        drawn = plan_named("MiniMax-H3", first_frame=picture(900, 1600))
        assert (drawn.settings.aspect_ratio, drawn.wire_options["from_image"]) == (None, "adaptive")

    def test_1080p_is_6_s_long(self, plan_named):
        plan = plan_named("MiniMax-Hailuo-2.3", seconds=10, resolution="1080p")
        assert plan.settings.seconds == 6
        assert "1080p is 6 s long" in plan.adjustments[0].reason
        assert plan_named("MiniMax-Hailuo-2.3", seconds=10, resolution="768p").settings.seconds == 10

    def test_a_subject_is_no_first_frame(self, plan_named, picture):
        assert plan_named("S2V-01", references=[picture()]).task == "reference_to_video"
        with pytest.raises(UnsupportedOptionError):
            plan_named("S2V-01", first_frame=picture())


class TestOthers:
    def test_an_edit_is_as_long_as_its_source(self, plan_named, clip):
        plan = plan_named("ray-3.2", source_video=clip(), seconds=10)
        assert plan.settings.seconds is None
        assert "an edit is as long as its source" in plan.adjustments[0].reason

    def test_ten_seconds_from_pictures_need_keyframes(self, plan_named, picture):
        assert plan_named("ray-3.2", seconds=10).settings.seconds == 10
        assert plan_named("ray-3.2", seconds=10, first_frame=picture()).settings.seconds == 5

    def test_long_ltx_clips_are_1080p_at_25_fps(self, plan_named):
        name = "fal-ai/ltx-2.3/text-to-video/fast"
        assert plan_named(name, seconds=20, resolution="1080p", fps=50).settings.fps == 25
        assert plan_named(name, seconds=20, resolution="4k").settings.seconds == 10
        assert plan_named(name, seconds=8, resolution="4k", fps=50).quote.high == 8 * usd("0.16")

    def test_a_price_by_length_is_no_price_by_the_second(self, plan_named):
        name = "fal-ai/minimax/hailuo-2.3/standard/text-to-video"
        assert [plan_named(name, seconds=length).quote.high for length in (6, 10)] == [usd("0.28"), usd("0.56")]

    def test_reference_pictures_of_veo_need_8_s_and_16_9(self, plan_named, picture):
        asked = {"seconds": 4, "aspect_ratio": "9:16", "references": [picture()]}
        settings = plan_named("replicate/google/veo-3.1", **asked).settings
        assert (settings.seconds, settings.aspect_ratio) == (8, "16:9")

    def test_grok_charges_the_picture_too(self, plan_named, picture):
        plan = plan_named(
            "xai/grok-imagine-video/v1.5/image-to-video", first_frame=picture(), seconds=5, resolution="720p"
        )
        assert plan.quote.high == 5 * usd("0.14") + usd("0.01")

    def test_an_unknown_price_says_so(self, plan_named):
        quote = plan_named("replicate/minimax/hailuo-02").quote
        assert (quote.low, quote.high) == (0, None)
        assert quote.note == "the catalog has no price for it"
