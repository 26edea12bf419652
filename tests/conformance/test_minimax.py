"""MiniMax, over real HTTP and with the real engine: each version of its interface."""

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.minimax import MiniMaxEmulator
from video_gen.testing.emulators.world import World


def environment(emulator):
    return {"MINIMAX_API_KEY": KEY, "MINIMAX_API_HOST": emulator.url}


class TestVersion2(ProtocolConformance):
    wire = Wire(
        emulator=lambda: MiniMaxEmulator(World(queue_s=0)),
        environment=environment,
        text="minimax/MiniMax-H3",
        image="minimax/MiniMax-H3-Max",
        cancels=False,
    )


class TestVersion2WhileItWaits:
    """What is not being drawn yet can be taken back."""

    wire = Wire(emulator=lambda: MiniMaxEmulator(World(queue_s=60)), environment=environment, text="minimax/MiniMax-H3")
    emulator = ProtocolConformance.emulator
    house = ProtocolConformance.house
    test_cancel = ProtocolConformance.test_cancel


class TestVersion1(ProtocolConformance):
    wire = Wire(
        emulator=MiniMaxEmulator,
        environment=environment,
        text="minimax/MiniMax-Hailuo-2.3",
        image="minimax/MiniMax-Hailuo-2.3-Fast",
        cancels=False,
    )
