"""The import contracts hold, and each of them breaks where it should."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"
PURE = ("spec", "catalog", "protocols", "routing", "engine.lifecycle")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def contracts() -> list[dict]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def exists(room: str) -> bool:
    path = ROOT / "src/video_gen" / room.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_the_contracts_hold():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_every_pure_room_that_exists_is_held_to_it():
    pure = next(each for each in contracts() if each["name"].startswith("the pure rooms"))
    assert {f"video_gen.{room}" for room in PURE if exists(room)} <= set(pure["source_modules"])


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("spec/geometry.py", "from video_gen import catalog", "rooms import downwards only"),
        ("catalog/load.py", "from video_gen import config", "rooms import downwards only"),
        ("transport/__init__.py", "from video_gen import config", "the environment is read by composition roots only"),
        ("helpers.py", "", "every room has its place"),
        ("media/__init__.py", "import aiohttp", "one importer of one HTTP client"),
        ("transport/__init__.py", "import requests", "one importer of one HTTP client"),
        ("catalog/frame.py", "import numpy as np", "films and pixels"),
        ("client/inputs.py", "import sqlalchemy", "rows are written in the engine"),
        ("engine/progress.py", "from rich import print", "the terminal belongs to the command line"),
        ("cli/serve.py", "import uvicorn", "HTTP is served in the server"),
        ("server/links.py", "from video_gen import cli", "rooms import downwards only"),
        ("engine/lifecycle.py", "import os", "the pure rooms do no I/O"),
        ("engine/policy.py", "from video_gen import transport", "rooms import downwards only"),
        ("catalog/plan.py", "import time", "the pure rooms do no I/O"),
        ("spec/request.py", "def later():\n    import random", "the pure rooms do no I/O"),
        ("transport/__init__.py", "from video_gen import __version__", "the package root is for users"),
        ("catalog/price.py", "from video_gen.catalog import plan", "siblings form no circle"),
    ],
)
def test_a_violation_breaks_its_contract(tmp_path: Path, path: str, line: str, contract: str):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "src/video_gen" / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    broken = [each for each in result.stdout.splitlines() if " BROKEN" in each]
    assert [each for each in broken if contract in each], result.stdout


def test_no_module_has_grown_past_reading():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "src").rglob("*.py")}
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > 400} == {}
