"""fal passes the suite, with a model that takes a seed and one that takes a picture."""

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.fal import FalEmulator


class TestFal(ProtocolConformance):
    wire = Wire(
        emulator=FalEmulator,
        environment=lambda emulator: {"FAL_KEY": KEY, "FAL_BASE_URL": emulator.url},
        text="fal/fal-ai/veo3.1/fast",
        image="fal/fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
    )
