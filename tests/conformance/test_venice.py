"""Venice, over real HTTP and with the real engine: a model answered with the video, and one with an address of it."""

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.venice import VeniceEmulator


def environment(emulator):
    return {"VENICE_API_KEY": KEY, "VENICE_BASE_URL": f"{emulator.url}/api/v1"}


class TestVenice(ProtocolConformance):
    wire = Wire(
        emulator=VeniceEmulator,
        environment=environment,
        text="venice/wan-2.5-preview-text-to-video",
        image="venice/wan-2.5-preview-image-to-video",
        cancels=False,
    )


class TestVenicePrivate(ProtocolConformance):
    wire = Wire(
        emulator=VeniceEmulator,
        environment=environment,
        text="venice/grok-imagine-text-to-video-private",
        image="venice/grok-imagine-image-to-video-private",
        cancels=False,
        without={"no_video": "the address is given before the video is made; what it lacks shows at the download"},
    )
