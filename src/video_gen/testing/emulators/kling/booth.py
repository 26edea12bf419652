"""Kling's place in the sandbox."""

from typing import Final

from video_gen.testing.emulators.booth import Booth
from video_gen.testing.emulators.kling.emulator import ACCESS_KEY, KlingEmulator

KLING: Final = Booth(
    name="kling",
    title="Kling AI",
    make=KlingEmulator,
    settings={"KLING_BASE_URL": "{url}", "KLING_ACCESS_KEY": ACCESS_KEY, "KLING_SECRET_KEY": "{key}"},
    note="Kling publishes no client for Python: sign a token with both keys.",
    try_model="kling/kling-v3",
)
