from pathlib import Path

from video_gen.client.inputs import MediaKeeper, read_inputs
from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.suite import assert_delivered
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

    async def test_a_video_is_edited(self, house):
        first = await house.make(seconds=5)
        source = Path(first.artifacts[0].path)
        inputs = await read_inputs(MediaKeeper(house.jobs.blobs, allow_private_urls=False), {"video": source})
        job = await house.make(source_video=inputs["source_video"], prompt="make it night")
        edit = house.emulator.world.accepted()[-1]
        assert Path(job.artifacts[0].path).read_bytes() == edit.take.path.read_bytes(), await house.story(job)
        assert edit.request["type"] == "video_edit"
        assert edit.film.seconds == 1.0, "as long as its source"

    async def test_extra_options_reach_the_wire(self, house):
        job = await house.make(extra={"video": {"loop": True}, "user_id": "someone"})
        await assert_delivered(house, job)
        (render,) = house.emulator.world.accepted()
        assert render.request["video"]["loop"] is True
        assert render.request["user_id"] == "someone"
