"""The tree as it is handed out: nothing of one machine in it, and CI runs what the README says."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A bracket keeps each pattern from finding itself.
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:wor[k]|roo[t]|tm[p]|op[t]/\w+|home/\w+|Users/\w+)/")
REGISTRIES = re.compile(r"\b(?:py[p]i\.org|python[h]osted\.org|registry\.npm[j]s\.)")
SWITCHED_OFF = re.compile(r"\b(?:NotImplemented[E]rror|pytest\.(?:mark\.)?ski[p]|xfai[l]\(|pragma: no [c]over)")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def lines_with(pattern: re.Pattern[str], *, below: str = "") -> list[str]:
    found = []
    for path in tracked():
        if not path.is_relative_to(ROOT / below):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        numbered = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in numbered if pattern.search(line)]
    return found


def test_no_file_knows_the_machine_it_was_written_on():
    assert lines_with(OF_ONE_MACHINE) == []


def test_no_file_names_a_package_registry():
    assert lines_with(REGISTRIES) == []


@pytest.mark.parametrize("folder", ["src", "tests", "tools", "benchmarks"])
def test_nothing_is_unfinished_or_switched_off(folder: str):
    assert lines_with(SWITCHED_OFF, below=folder) == []


def test_ci_runs_the_test_command_of_the_readme():
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:exec )?make \w+", script, re.MULTILINE)
    assert commands == ["make node", "exec make test"], "what only CI must have, then the command itself"


def test_every_pin_is_exact_and_every_dependency_is_pinned():
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    exact = re.compile(r'([\w.-]+)==[\w.]+(?: ; python_version (?:<|>=) "3\.\d+")?')
    pinned = {exact.fullmatch(line).group(1).lower().replace("_", "-") for line in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *(each for group in project["dependency-groups"].values() for each in group if isinstance(each, str)),
        *project["build-system"]["requires"],
    ]
    assert {re.split(r"[\[<>=~ ]", each)[0].lower() for each in asked} - pinned == set()
