"""Venice, over real HTTP and with the real engine: a model answered with the video, and one with an address of it."""

import asyncio

from video_gen.spec import Status
from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.house import at_home
from video_gen.testing.conformance.suite import assert_delivered
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

    async def test_a_process_that_ends_while_the_video_comes_loses_nothing(self, emulator, tmp_path):
        """The answer that is the video is asked for again: its deletion was never asked for, and no second was made."""
        emulator.faults.inject("drip", value=25_000.0)
        async with at_home(self.wire, emulator, tmp_path / "home") as first:
            job = await first.start(await first.plan())
            while emulator.faults._waiting:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            assert (await first.jobs.get(job.id)).status is Status.RUNNING
        async with at_home(self.wire, emulator, tmp_path / "home") as second:
            await assert_delivered(second, await second.end_of(job))
        assert not any(b"delete_media_on_completion" in call.body for call in emulator.world.calls)


class TestVenicePrivate(ProtocolConformance):
    wire = Wire(
        emulator=VeniceEmulator,
        environment=environment,
        text="venice/grok-imagine-text-to-video-private",
        image="venice/grok-imagine-image-to-video-private",
        cancels=False,
        without={"no_video": "the address is given before the video is made; what it lacks shows at the download"},
    )
