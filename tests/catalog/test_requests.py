"""Requests as documents of this field show them, each with what its plan sends."""

from typing import Any

import pytest

WIDE, TALL = {"width": 1280, "height": 720}, {"width": 720, "height": 1280}
FULL = {"width": 1920, "height": 1080}


def sent(plan: Any) -> tuple[Any, ...]:
    settings = plan.settings
    size = f"{settings.width}x{settings.height}" if settings.width else None
    return settings.seconds, size, settings.aspect_ratio


class TestText:
    @pytest.mark.parametrize(
        ("model", "asked", "made", "changed"),
        [
            ("veo-3.1-generate-preview", {"seconds": 8, "aspect_ratio": "9:16"}, (8, "720x1280", "9:16"), []),
            ("veo-2", {"seconds": 8, "aspect_ratio": "9:16"}, (8, "720x1280", "9:16"), []),
            ("google/veo-2.0-generate-001", {"seconds": 6, "aspect_ratio": "16:9"}, (6, "1280x720", "16:9"), []),
            ("google/veo-3.0-generate-001", {"seconds": 8, "audio": True}, (8, "1280x720", "16:9"), []),
            (
                "google/veo-3.1-generate-preview",
                {"seconds": 8, "aspect_ratio": "16:9", "audio": True, "negative_prompt": "blurry"},
                (8, "1280x720", "16:9"),
                [],
            ),
            ("sora-2", {"seconds": 8, **TALL}, (8, "720x1280", "9:16"), []),
            ("openai/sora-2", {"seconds": 4, **WIDE}, (4, "1280x720", "16:9"), []),
            ("openai/sora-2-pro", {"seconds": 8, "width": 1792, "height": 1024}, (8, "1792x1024", "16:9"), []),
            ("openai/sora-2", {"seconds": 4, "fps": 24, "seed": 42, **WIDE}, (4, "1280x720", "16:9"), ["fps", "seed"]),
            ("sora-2", {"seconds": 8, "fps": 24, **FULL}, (8, "1280x720", "16:9"), ["size", "fps"]),
            ("azure-sora", {"seconds": 8, "fps": 24, **WIDE}, (8, "1280x720", "16:9"), ["fps"]),
            ("runway/veo3.1", {"seconds": 5, **WIDE}, (4, "1280x720", "16:9"), ["seconds"]),
            ("amazon/nova-reel", {"seconds": 6, "fps": 24, "seed": 7, **WIDE}, (6, "1280x720", "16:9"), []),
            ("kling-2.6-pro-text-to-video", {"seconds": 5, "audio": True}, (5, None, "16:9"), []),
            ("kling-2.5-turbo-pro-text-to-video", {"seconds": 10, "aspect_ratio": "9:16"}, (10, None, "9:16"), []),
            (
                "wan-2.5-preview-text-to-video",
                {"seconds": 10, "resolution": "1080p", "aspect_ratio": "16:9"},
                (10, "1920x1080", "16:9"),
                [],
            ),
            ("longcat-text-to-video", {"seconds": 5, "resolution": "720p"}, (5, "1280x720", "16:9"), []),
        ],
    )
    def test_what_is_sent_and_what_is_changed(self, plan_named, model, asked, made, changed):
        plan = plan_named(model, **asked)
        assert sent(plan) == made
        assert [change.option for change in plan.adjustments] == changed


class TestPictures:
    @pytest.mark.parametrize("model", ["veo_3_1", "veo_3_1-fast", "local"])
    def test_a_picture_alone_is_enough(self, plan_named, picture, model):
        plan = plan_named(model, prompt="", first_frame=picture())
        assert plan.task == "image_to_video"
        assert plan.settings.seconds in {None, 5}  # the relay's model decides

    @pytest.mark.parametrize("camera", ["pan", "tilt", "zoom", "static"])
    def test_the_embedded_renderer_takes_every_option_as_it_is(self, plan_named, picture, camera):
        asked = {"seconds": 5, "fps": 30, "motion_strength": 0.5, "camera": {"kind": camera}, **FULL}
        plan = plan_named("local", first_frame=picture(), **asked, strict=True)
        assert sent(plan) == (5, "1920x1080", "16:9")
        assert (plan.settings.fps, plan.settings.motion_strength, plan.settings.camera.kind) == (30, 0.5, camera)

    def test_a_relay_hears_of_the_camera_in_the_prompt(self, plan_named, picture):
        asked = {"seconds": 5, "fps": 30, "motion_strength": 0.5, "camera": {"kind": "pan"}, **FULL}
        plan = plan_named("veo_3_1", first_frame=picture(), **asked)
        assert plan.settings.prompt == "a calm ocean. Camera: pan."
        assert [change.option for change in plan.adjustments] == ["camera motion", "fps", "motion strength"]

    def test_references_and_interpolation(self, plan_named, picture):
        references = plan_named("google/veo-3.1-generate-preview", seconds=8, references=[picture()] * 3, **WIDE)
        assert (references.task, len(references.settings.references)) == ("reference_to_video", 3)
        between = plan_named("google/veo-3.1-fast-generate-preview", first_frame=picture(), last_frame=picture())
        assert between.task == "first_last_frame"

    @pytest.mark.parametrize("model", ["gen4_turbo", "gen4"])
    @pytest.mark.parametrize("seconds", [5, 10])
    def test_runways_picture_models(self, plan_named, picture, model, seconds):
        plan = plan_named(model, seconds=seconds, first_frame=picture(), **WIDE)
        assert (sent(plan), plan.adjustments) == ((seconds, "1280x720", "16:9"), ())

    @pytest.mark.parametrize(
        "model",
        ["kling-2.6-pro-image-to-video", "sora-2-image-to-video", "veo3-full-image-to-video",
         "wan-2.5-preview-image-to-video", "ltx-2-full-image-to-video"],
    )  # fmt: skip
    def test_venices_picture_models(self, plan_named, picture, model):
        assert plan_named(model, first_frame=picture()).task == "image_to_video"


class TestDefaults:
    """What is sent where nothing is asked, so that the price is known before it is paid."""

    @pytest.mark.parametrize(
        ("model", "asked", "seconds", "resolution", "audio"),
        [
            ("seedance-2.0", {}, 5, "720p", True),
            ("doubao-seedance-2.0", {}, 5, "720p", True),
            ("seedance-1.5-pro", {}, 5, "720p", True),
            ("seedance-1-0-pro-250528", {}, 5, "1080p", None),
            ("kling-v3", {}, 5, "720p", False),
            ("kling-v2-6", {}, 5, "720p", False),
            ("kling-v2-6", {"audio": True}, 5, "1080p", True),
        ],
    )
    def test_the_providers_own(self, plan_named, model, asked, seconds, resolution, audio):
        settings = plan_named(model, **asked).settings
        assert (settings.seconds, settings.resolution, settings.audio) == (seconds, resolution, audio)

    @pytest.mark.parametrize("model", ["doubao-seedance-2.0", "seedance-2.0"])
    def test_an_open_ratio_leaves_a_narrow_range(self, plan_named, model):
        quote = plan_named(model).quote
        assert quote.high < quote.low * 1.01
        assert quote.note == "the price depends on ratio, which is left to the provider"
