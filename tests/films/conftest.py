"""Storyboards in a few words, and the services that make their shots."""

from collections.abc import Callable
from pathlib import Path

import pytest

from video_gen.client import wiring
from video_gen.testing.conformance.house import QUICK
from video_gen.testing.emulators.sandbox import sandbox


@pytest.fixture
def storyboard(tmp_path: Path) -> Callable[..., Path]:
    """Write a storyboard; returns its path."""

    def write(text: str, name: str = "film.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def services():
    with sandbox(port=0, only=("gemini", "runway"), size="small", queue_s=0.0, render_s=0.05) as served:
        yield served


@pytest.fixture
def emulators(services, monkeypatch):
    """Every emulator by its name, empty, with the settings that lead to it."""
    for name, value in services.environment.items():
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
