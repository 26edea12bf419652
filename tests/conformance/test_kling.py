"""Kling passes the suite."""

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.house import at_home
from video_gen.testing.conformance.suite import assert_delivered, photo
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.kling.emulator import ACCESS_KEY, KlingEmulator


class TestKling(ProtocolConformance):
    wire = Wire(
        emulator=KlingEmulator,
        environment=lambda served: {
            "KLING_BASE_URL": served.url,
            "KLING_ACCESS_KEY": ACCESS_KEY,
            "KLING_SECRET_KEY": KEY,
        },
        text="kling/kling-v3",
        image="kling/kling-v2-1",
        cancels=False,
    )

    async def test_it_costs_what_kling_says(self, house):
        job = await house.make(seconds=3, resolution="720p", audio=False)
        await assert_delivered(house, job)
        assert job.cost == 252_000  # 1.8 units
        assert job.plan.quote.high == 252_000

    async def test_a_failed_task_is_not_charged(self, house):
        house.emulator.faults.inject("policy")
        assert (await house.make()).cost == 0

    async def test_references(self, house, tmp_path):
        picture = tmp_path / "picture.jpg"
        picture.write_bytes(photo())
        one = (await house.plan(model="kling/kling-v1-6", picture=picture)).settings.first_frame
        plan = await house.plan(model="kling/kling-v1-6", references=(one, one))
        await assert_delivered(house, await house.end_of(await house.start(plan)))
        (render,) = house.emulator.world.accepted()
        assert render.data["kind"] == "multi-image2video"

    async def test_links_lead_elsewhere_without_the_token(self, emulator, tmp_path):
        async with at_home(self.wire, emulator, tmp_path / "home") as house:
            await assert_delivered(house, await house.make())
        fetched = [call for call in emulator.world.calls if call.step == "download"]
        assert fetched
        assert not any("authorization" in call.headers for call in fetched)
