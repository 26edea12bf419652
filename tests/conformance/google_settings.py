"""The settings that lead to Google's emulated hosts, and a customer of one."""

from contextlib import asynccontextmanager

from video_gen.testing.conformance.house import at_home
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.google.vertex import BUCKET, PROJECT
from video_gen.testing.emulators.serve import serving


def gemini(served):
    return {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": served.url}


def cloud(served):
    return {
        "GOOGLE_VERTEX_BASE_URL": served.url,
        "GOOGLE_OAUTH_ACCESS_TOKEN": KEY,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "STORAGE_EMULATOR_HOST": served.url,
    }


def cloud_with_bucket(served):
    return {**cloud(served), "VIDEO_GEN_GCS_URI": f"gs://{BUCKET}/videos"}


@asynccontextmanager
async def house_of(wire, home):
    with serving(wire.emulator()) as (emulator,):
        async with at_home(wire, emulator, home) as house:
            yield house
