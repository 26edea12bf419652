"""The functions against emulators, as programs call them; only the settings lead there."""

from pathlib import Path

import pytest
from PIL import Image

from video_gen.client import wiring
from video_gen.testing.conformance.house import QUICK
from video_gen.testing.emulators.sandbox import sandbox

SERVICES = ("azure", "gemini", "kuai", "openai", "runway", "vertex")


@pytest.fixture(scope="session")
def services():
    with sandbox(port=0, only=SERVICES, size="small", queue_s=0.0, render_s=0.05) as served:
        yield served


@pytest.fixture
def emulators(services, monkeypatch):
    """Every emulator by its name, empty, with the settings that lead to it."""
    for name, value in services.environment.items():
        if name != "VEO3_BASE_URL":
            monkeypatch.setenv(name, value)
    for emulator in services.emulators.values():
        emulator.world.renders.clear()
        emulator.world.calls.clear()
        emulator.faults.clear()
    return services.emulators


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Ask often: nothing here takes long."""
    monkeypatch.setattr(wiring, "policy_of", lambda _: QUICK)


@pytest.fixture
def picture(tmp_path: Path):
    def make(name: str = "picture.jpg", size: tuple[int, int] = (800, 600)) -> str:
        path = tmp_path / name
        Image.linear_gradient("L").resize(size).convert("RGB").save(path)
        return str(path)

    return make
