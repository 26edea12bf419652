from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.luma import LumaAgentsEmulator


class TestLumaAgents(ProtocolConformance):
    wire = Wire(
        emulator=LumaAgentsEmulator,
        environment=lambda emulator: {"LUMA_AGENTS_API_KEY": KEY, "LUMA_BASE_URL": f"{emulator.url}/v1"},
        text="luma/ray-3.2",
        image="luma/ray-3.2",
        cancels=False,
    )
