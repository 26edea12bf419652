"""Replicate passes the suite: a lost prediction is found in the account's list."""

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.replicate import ReplicateEmulator


class TestReplicate(ProtocolConformance):
    wire = Wire(
        emulator=ReplicateEmulator,
        environment=lambda emulator: {"REPLICATE_API_TOKEN": KEY, "REPLICATE_BASE_URL": emulator.url},
        text="replicate/google/veo-3.1",
        image="replicate/kwaivgi/kling-v1.6-pro",
    )
