"""The page on what is proven says what passed: a failed test is no proof, and a page that lies fails the session."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools/proofs_table.py"
FILE = "tests/conformance/test_runway.py"
PAID_ONCE = f"{FILE}::TestRunway::test_a_lost_answer_is_never_paid_twice"
FACTS = {"provider": "runway", "image": True, "cancels": True, "finds": False}


def noted(*faults: str, passed: bool = True, **facts: object) -> dict:
    return {
        f"{PAID_ONCE}[{fault}]": {"passed": passed, "facts": {**FACTS, "fault": fault, **facts}} for fault in faults
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the tool with a page of its own."""
    folder = tmp_path / "project"
    (folder / "tools").mkdir(parents=True)
    for name in ("proofs_table.py", "_generate.py"):
        shutil.copy(ROOT / "tools" / name, folder / "tools")
    return folder


def tool(project: Path, *arguments: str, results: dict | None = None) -> subprocess.CompletedProcess[str]:
    if results is not None:
        cache = project / ".pytest_cache/v/video_gen/proofs"
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(results))
    command = [sys.executable, project / "tools/proofs_table.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def line(project: Path, provider: str) -> list[str]:
    lines = (project / "docs/reference/proofs.md").read_text().splitlines()
    (found,) = (each for each in lines if each.startswith(f"| `{provider}` |"))
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_what_passed_is_proven_and_the_rest_is_not(project: Path):
    assert tool(project, results=noted("cut_after", "garbage")).returncode == 0
    assert line(project, "runway")[3] == "2"
    assert line(project, "fal")[1:] == ["-"] * 9


def test_one_failure_is_enough(project: Path):
    tool(project, results={**noted("cut_after"), **noted("garbage", passed=False)})
    assert line(project, "runway")[3] == "**not proven**"


def test_a_page_that_claims_more_than_passed_is_caught(project: Path):
    tool(project, results=noted("cut_after", "garbage"))
    assert tool(project, "--results").returncode == 0
    told = tool(project, "--results", results=noted("cut_after"))
    assert told.returncode == 1
    assert "docs/reference/proofs.md" in told.stderr


def test_without_results_the_page_stays(project: Path):
    told = tool(project)
    assert told.returncode == 0
    assert "no results yet" in told.stdout
    assert not (project / "docs").exists()


PYTEST_INI = '[pytest]\naddopts = -m "not soak" -n 2\ntestpaths = tests\nmarkers = soak\n'
PROVING = """
from types import SimpleNamespace

class TestRunway:
    wire = SimpleNamespace(protocol=None, text="runway/gen4.5", image=None, cancels=True)
    def test_cancel(self):
        pass
    def test_other(self):
        pass
"""


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [((), 1, 1), ((), 0, 0), (("-k", "cancel"), 1, 0), (("tests/conformance",), 1, 0)],
)
def test_a_whole_session_ends_with_the_check(tmp_path: Path, arguments: tuple[str, ...], told: int, code: int):
    folder = tmp_path / "project"
    (folder / "tests/conformance").mkdir(parents=True)
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tests/conftest.py", folder / "tests")
    (folder / "pytest.ini").write_text(PYTEST_INI)
    (folder / "tests/conformance/test_runway.py").write_text(PROVING)
    (folder / "tools/proofs_table.py").write_text(f"import sys\nprint('the page lies')\nsys.exit({told})\n")
    command = [sys.executable, "-m", "pytest", *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stdout
    assert ("the page lies" in ran.stdout) == bool(code)
    results = folder / ".pytest_cache/v/video_gen/proofs"
    if "-k" in arguments:
        assert not results.exists()
    else:
        cancel = json.loads(results.read_text())[f"{FILE}::TestRunway::test_cancel"]
        assert cancel["passed"] is True
        assert (cancel["facts"]["provider"], cancel["facts"]["image"]) == ("runway", False)
