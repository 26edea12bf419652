"""Bedrock passes the suite, signed for with the machine's credentials, in both models' forms."""

from dataclasses import replace

import pytest

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.house import at_home
from video_gen.testing.conformance.suite import assert_delivered
from video_gen.testing.emulators.bedrock.emulator import ACCESS_KEY, BUCKET, BedrockEmulator
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.serve import serving

WITHOUT = {
    "no_video": "Completed is all Bedrock says; what lies in the bucket is seen when it is fetched",
    "audio_filtered": "the models make silent videos",
}


def wire(model: str, region: str) -> Wire:
    return Wire(
        emulator=BedrockEmulator,
        environment=lambda served: {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": served.url,
            "AWS_ENDPOINT_URL_S3": f"{served.url}/s3",
            "AWS_REGION": region,
            "VIDEO_GEN_S3_URI": f"s3://{BUCKET}/films",
        },
        text=model,
        image=model,
        without=WITHOUT,
        cancels=False,
    )


@pytest.fixture(autouse=True)
def _credentials_of_this_machine(monkeypatch, tmp_path):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class TestLumaRay(ProtocolConformance):
    wire = wire("bedrock/luma.ray-v2:0", "us-west-2")


class TestNovaReel(ProtocolConformance):
    wire = wire("bedrock/amazon.nova-reel-v1:1", "us-east-1")


class TestBucket:
    """Whoever starts the video, the bucket is opened by the machine's credentials."""

    @pytest.fixture
    def emulator(self):
        with serving(BedrockEmulator()) as (emulator,):
            yield emulator

    async def test_a_bedrock_key_starts_it_and_does_not_open_the_bucket(self, emulator, tmp_path):
        keyed = replace(
            TestLumaRay.wire,
            environment=lambda served: {**TestLumaRay.wire.environment(served), "AWS_BEARER_TOKEN_BEDROCK": KEY},
        )
        async with at_home(keyed, emulator, tmp_path / "home") as house:
            await assert_delivered(house, await house.make())
            assert KEY.encode() not in await house.stored_bytes()
        sent = {
            call.path.partition("/")[2].partition("/")[0]: call.headers["authorization"]
            for call in emulator.world.calls
        }
        assert sent["async-invoke"] == f"Bearer {KEY}"
        assert sent["s3"].startswith("AWS4-HMAC-SHA256 Credential=" + ACCESS_KEY)

    async def test_a_film_that_is_not_in_the_bucket_is_said_to_be_missing(self, emulator, tmp_path):
        emulator.faults.inject("no_video")
        async with at_home(TestLumaRay.wire, emulator, tmp_path / "home") as house:
            job = await house.make()
            story = await house.story(job)
            assert job.error is not None, story
            assert "NoSuchKey" in job.error.message, story
