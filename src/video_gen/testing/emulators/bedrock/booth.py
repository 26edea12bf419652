"""Bedrock's place in the sandbox."""

from typing import Final

from video_gen.testing.emulators.bedrock.emulator import ACCESS_KEY, BUCKET, BedrockEmulator
from video_gen.testing.emulators.booth import Booth

BEDROCK: Final = Booth(
    name="bedrock",
    title="Amazon Bedrock",
    make=BedrockEmulator,
    settings={
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "{url}",
        "AWS_ENDPOINT_URL_S3": "{url}/s3",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": "{key}",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "VIDEO_GEN_S3_URI": f"s3://{BUCKET}/videos",
    },
    note="boto3 reads these settings too; Nova Reel runs in us-east-1 only.",
    try_model="bedrock/luma.ray-v2:0",
)
