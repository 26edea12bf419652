"""Gemini Omni passes the suite at both of its places; on Google Cloud it also delivers without a bucket."""

from google_settings import cloud, cloud_with_bucket, gemini, house_of

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.suite import assert_delivered
from video_gen.testing.emulators.google.gemini import GeminiEmulator
from video_gen.testing.emulators.google.omni import TOKENS
from video_gen.testing.emulators.google.vertex import VertexEmulator

WITHOUT = {"audio_filtered": "Omni is not known to filter sound apart from the picture"}


class TestOmniAtTheGeminiApi(ProtocolConformance):
    wire = Wire(
        emulator=GeminiEmulator,
        environment=gemini,
        text="gemini/gemini-omni-1.1-flash",
        image="gemini/gemini-omni-1.2-flash",
        words={"seconds": 4},
        without=WITHOUT,
    )

    async def test_the_price_is_that_of_the_tokens(self, house):
        job = await house.make()
        video = TOKENS * 4 * 17.5
        assert video < job.cost < video * 1.02


class TestOmniOnGoogleCloud(ProtocolConformance):
    wire = Wire(
        emulator=VertexEmulator,
        environment=cloud_with_bucket,
        text="vertex-omni/gemini-omni-1.2-flash",
        image="vertex-omni/gemini-omni-1.2-flash",
        without=WITHOUT,
    )


async def test_without_a_bucket_the_video_comes_in_the_answer(tmp_path):
    wire = Wire(emulator=VertexEmulator, environment=cloud, text="vertex-omni/gemini-omni-1.2-flash")
    async with house_of(wire, tmp_path / "home") as house:
        await assert_delivered(house, await house.make())
        assert b'"delivery":"inline"' in house.emulator.world.calls[0].body


async def test_a_video_whose_file_is_still_being_written_is_waited_for(tmp_path):
    async with house_of(TestOmniAtTheGeminiApi.wire, tmp_path / "home") as house:
        files, looks = house.emulator.files, []
        state = files.state

        def slowly(file):
            looks.append(file)
            return "PROCESSING" if len(looks) < 4 else state(file)

        files.state = slowly
        await assert_delivered(house, await house.make())
        assert len(looks) >= 4
