import io
import os
from dataclasses import replace
from pathlib import Path

from PIL import Image

from video_gen.client.inputs import MediaKeeper, read_inputs
from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.house import at_home
from video_gen.testing.conformance.suite import assert_delivered
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.runway import RunwayEmulator
from video_gen.testing.emulators.serve import serving


class TestRunway(ProtocolConformance):
    wire = Wire(
        emulator=RunwayEmulator,
        environment=lambda emulator: {"RUNWAYML_API_SECRET": KEY, "RUNWAYML_BASE_URL": emulator.url},
        text="runway/gen4.5",
        image="runway/gen4_turbo",
        without={"refused": "Runway moderates a prompt only after it has accepted the task"},
    )

    async def test_what_is_too_large_for_a_data_uri_is_uploaded(self, house, tmp_path):
        noise = Image.frombytes("RGB", (1600, 900), os.urandom(1600 * 900 * 3))
        buffer = io.BytesIO()
        noise.save(buffer, "PNG")
        picture = tmp_path / "noise.png"
        picture.write_bytes(buffer.getvalue())
        job = await house.make(model=self.wire.image, picture=picture)
        await assert_delivered(house, job)
        (upload,) = house.emulator.assets.uploads.values()
        assert upload.data == buffer.getvalue()
        (render,) = house.emulator.world.accepted()
        assert render.request["promptImage"].startswith("runway://")
        stored = next(call for call in house.emulator.world.calls if call.path.startswith("/storage/"))
        assert stored.method == "POST"

    async def test_a_video_is_edited(self, house):
        first = await house.make(seconds=5)
        source = Path(first.artifacts[0].path)
        inputs = await read_inputs(MediaKeeper(house.jobs.blobs, allow_private_urls=False), {"video": source})
        for model in ("runway/aleph2", "runway/klingO3_standard", "runway/gemini_omni_flash_1.1"):
            job = await house.make(model=model, source_video=inputs["source_video"], prompt="make it night")
            edit = house.emulator.world.accepted()[-1]
            assert edit.model == model.partition("/")[2], await house.story(job)
            assert Path(job.artifacts[0].path).read_bytes() == edit.take.path.read_bytes(), await house.story(job)

    async def test_the_price_is_what_the_task_says_it_cost(self, house):
        job = await house.make(seconds=4)
        assert job.cost == 4 * 12 * 10_000
        house.emulator.faults.inject("policy")
        refused = await house.make(seconds=4)
        assert refused.cost == 4 * 12 * 10_000, "a refused input is charged"
        house.emulator.faults.inject("broken")
        assert (await house.make(seconds=4)).cost == 0


async def test_the_base_url_may_name_the_version(tmp_path):
    wire = replace(
        TestRunway.wire,
        environment=lambda emulator: {"RUNWAY_API_KEY": KEY, "RUNWAY_BASE_URL": f"{emulator.url}/v1/"},
        text="runway/veo3.1",
    )
    with serving(RunwayEmulator()) as (emulator,):
        async with at_home(wire, emulator, tmp_path / "home") as house:
            await assert_delivered(house, await house.make())
