"""The OpenAI wire in each of its dialects, through the real driver and the real engine."""

from typing import ClassVar

import pytest

from video_gen.testing.conformance import ProtocolConformance, Wire
from video_gen.testing.conformance.house import House
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.openai import AzureEmulator, OpenAIEmulator

NO_SIGN = {"no_video": "a completed job has no field that says whether there is a video: /content answers 404"}



def openai_at(path: str, **more: str):
    return lambda emulator: {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{emulator.url}{path}", **more}


def wire(dialect: str, environment, *, model: str = "openai/sora-2", image: str | None = "openai/sora-2", **more) -> Wire:
    return Wire(
        emulator=lambda: OpenAIEmulator(dialect=dialect),
        environment=environment,
        text=model,
        image=image,
        **{"cancels": False, **more},
    )


class TestOpenAI(ProtocolConformance):
    wire = wire("openai", openai_at("/v1"), without=NO_SIGN)


class Unlisted(ProtocolConformance):
    """A service without a list: nobody can tell what became of a lost submit."""

    wire: ClassVar[Wire]

    def findable(self, house: House) -> bool:
        return False


class TestKuai(Unlisted):
    wire = wire(
        "kuai",
        lambda emulator: {"KUAI_API_KEY": KEY, "VEO3_BASE_URL": emulator.url},
        model="kuai/veo_3_1",
        image="kuai/veo_3_1",
    )


def azure(emulator) -> dict[str, str]:
    return {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": emulator.url}


class TestAzureJobs(ProtocolConformance):
    wire = Wire(
        emulator=AzureEmulator,
        environment=azure,
        text="azure-jobs/sora",
        image="azure-jobs/sora",
        cancels=False,
    )
