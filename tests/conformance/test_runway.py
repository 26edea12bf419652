from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.runway import RunwayEmulator


class TestRunway(ProtocolConformance):
    wire = Wire(
        emulator=RunwayEmulator,
        environment=lambda emulator: {"RUNWAYML_API_SECRET": KEY, "RUNWAYML_BASE_URL": emulator.url},
        text="runway/gen4.5",
        image="runway/gen4_turbo",
        without={"refused": "Runway moderates a prompt only after it has accepted the task"},
    )
