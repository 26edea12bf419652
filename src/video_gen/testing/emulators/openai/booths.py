"""The places of this wire in the sandbox."""

from typing import Final

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.openai.azure import AzureEmulator
from video_gen.testing.emulators.openai.emulator import OpenAIEmulator

SANDBOX: Final = (
    Booth(
        name="openai",
        title="OpenAI Videos",
        make=OpenAIEmulator,
        settings={"OPENAI_API_KEY": "{key}", "OPENAI_BASE_URL": "{url}/v1"},
        note="openai.OpenAI() reads both; its videos.* methods warn that the service has ended.",
        try_model="openai/sora-2",
    ),
    Booth(
        name="azure",
        title="Azure's Sora",
        make=AzureEmulator,
        settings={
            "AZURE_OPENAI_API_KEY": "{key}",
            "AZURE_OPENAI_ENDPOINT": "{url}",
            "AZURE_OPENAI_BASE_URL": "{url}/openai/v1",
        },
        note="Its Sora 2 speaks to openai.OpenAI too, at AZURE_OPENAI_BASE_URL.",
        try_model="azure/sora-2",
    ),
    Booth(
        name="kuai",
        title="Kuai relay",
        make=lambda world: OpenAIEmulator(world, dialect="kuai"),
        settings={"KUAI_API_KEY": "{key}", "VEO3_BASE_URL": "{url}"},
        note="It reads forms only.",
        try_model="kuai/veo_3_1",
    ),
)
