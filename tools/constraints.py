"""Write constraints.txt: the exact version of everything `make install` puts into an environment.

Give it a Python 3.11 and a newer one; each resolves the ranges of pyproject.toml in an empty environment, and where
the two differ the line gets a marker. No hashes and no addresses: the versions hold for any index and any platform.

    python tools/constraints.py python3.11 python3.13
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Exact versions, written by `make constraints` from the ranges in pyproject.toml.\n"
SPLIT = "3.12"
"""Libraries drop Python versions; today numpy and PyAV ended their support of 3.11 here."""


def requirements() -> list[str]:
    """Return everything pyproject.toml asks for: to run, to develop and to build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [
        *project["project"]["dependencies"],
        *(each for extra in project["project"].get("optional-dependencies", {}).values() for each in extra),
        *(each for group in project["dependency-groups"].values() for each in group),
        *project["build-system"]["requires"],
        "pip>=25.3",
    ]


def resolve(python: str) -> dict[str, str]:
    """Return the newest versions that `python` can have together, by package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--upgrade", *requirements()], check=True)
        frozen = subprocess.run([*pip, "freeze", "--all"], check=True, capture_output=True, text=True).stdout
    pins = dict(line.split("==") for line in frozen.splitlines())
    return {name: version for name, version in pins.items() if name not in {"setuptools", "wheel"}}


def merge(old: dict[str, str], new: dict[str, str]) -> str:
    """Return the constraints for both sides of `SPLIT`."""
    lines = []
    for name in sorted(old.keys() | new.keys(), key=str.lower):
        if old.get(name) == new.get(name):
            lines.append(f"{name}=={old[name]}")
            continue
        lines += [f'{name}=={old[name]} ; python_version < "{SPLIT}"'] if name in old else []
        lines += [f'{name}=={new[name]} ; python_version >= "{SPLIT}"'] if name in new else []
    return HEADER + "\n".join(lines) + "\n"


def main() -> None:
    """Resolve with both interpreters, the older one first whatever the order given."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} PYTHON_3.11 NEWER_PYTHON (found: {sys.argv[1:] or 'none'})")
    ask = "import sys; print(sys.version_info.minor)"
    pythons = sorted(sys.argv[1:], key=lambda python: int(subprocess.check_output([python, "-c", ask])))
    (ROOT / "constraints.txt").write_text(merge(*(resolve(python) for python in pythons)))


if __name__ == "__main__":
    main()
