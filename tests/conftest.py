"""What every test gets: a home of its own, no keys, no network beyond this machine."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None, print_blob=True)
settings.load_profile("suite")

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TERM", "SYSTEMROOT", "PYTHONHASHSEED", "PYTHONPATH", "VIRTUAL_ENV")
"""The variables a test may see of the machine it runs on; whatever holds a key is thereby out."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test, and every process it starts, an empty home and working directory; returns VIDEO_GEN_HOME."""
    for name in set(os.environ).difference(KEPT):
        if not name.startswith(("PYTEST_", "COV_")):
            monkeypatch.delenv(name)
    machine, work = tmp_path / "machine", tmp_path / "work"
    for name, path in {
        "HOME": machine,
        "XDG_CACHE_HOME": machine / "cache",
        "XDG_CONFIG_HOME": machine / "config",
        "XDG_DATA_HOME": machine / "data",
        "XDG_STATE_HOME": machine / "state",
        "VIDEO_GEN_HOME": tmp_path / "home",
        "OUTPUTS_DIR": tmp_path / "outputs",
    }.items():
        monkeypatch.setenv(name, str(path))
    machine.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path / "home"


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """The folder finished videos go to."""
    return tmp_path / "outputs"
