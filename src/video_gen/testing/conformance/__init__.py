"""The suite that every protocol passes, over real HTTP against an emulator of its provider and with the real engine.

A test module of a protocol is one class:

    from video_gen.testing.conformance import ProtocolConformance, Wire

    class TestAcme(ProtocolConformance):
        wire = Wire(
            emulator=AcmeEmulator,
            environment=lambda emulator: {"ACME_API_KEY": KEY, "ACME_BASE_URL": emulator.url},
            text="acme/fast",
            image="acme/fast",
        )

It needs pytest and pytest-asyncio (`asyncio_mode = "auto"`). A fault that the wire cannot have is named in
`Wire.without`, with the reason.

Belongs here: what holds for every provider. Does not belong here: what only one wire does.
"""

from video_gen.testing.conformance.house import House
from video_gen.testing.conformance.suite import ProtocolConformance
from video_gen.testing.conformance.wire import Wire

__all__ = ["House", "ProtocolConformance", "Wire"]
