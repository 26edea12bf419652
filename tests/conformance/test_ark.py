"""Ark, over real HTTP and with the real engine: Seedance at BytePlus and at Volcengine."""

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.ark import ArkEmulator
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.world import World


def byteplus(emulator):
    return {"ARK_API_KEY": KEY, "ARK_BASE_URL": f"{emulator.url}/api/v3"}


def volcengine(emulator):
    return {"VOLCENGINE_API_KEY": KEY, "VOLCENGINE_BASE_URL": f"{emulator.url}/api/v3"}


class TestModelArk(ProtocolConformance):
    wire = Wire(
        emulator=lambda: ArkEmulator(World(queue_s=0)),
        environment=byteplus,
        text="ark/dreamina-seedance-2-0-fast-260128",
        image="ark/seedance-1-0-pro-fast-251015",
        cancels=False,
    )


class TestModelArkWithASeed:
    """A model that takes one."""

    wire = Wire(
        emulator=lambda: ArkEmulator(World(queue_s=0)), environment=byteplus, text="ark/seedance-1-5-pro-251215"
    )
    emulator = ProtocolConformance.emulator
    house = ProtocolConformance.house
    test_seed_zero_survives = ProtocolConformance.test_seed_zero_survives


class TestVolcengine:
    """The same wire at another address; what waits can be taken back."""

    wire = Wire(
        emulator=lambda: ArkEmulator(World(queue_s=60)),
        environment=volcengine,
        text="volcengine/doubao-seedance-2-0-260128",
    )
    emulator = ProtocolConformance.emulator
    house = ProtocolConformance.house
    test_cancel = ProtocolConformance.test_cancel
