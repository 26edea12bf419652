"""Starting is cheap: neither the package nor its help loads a library of the work itself.

Counted in modules, which say the same on a loaded machine; `benchmarks/startup.py` measures the time.
"""

import json
import subprocess
import sys

import pytest

HEAVY = {"aiohttp", "alembic", "av", "cv2", "fastapi", "numpy", "PIL", "pydantic", "sqlalchemy", "uvicorn"}
LIST_MODULES = "import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
BARE = "pass"
PACKAGE = "import video_gen"
HELP = """
import sys
sys.argv = ["video-gen", "--help"]
from video_gen.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def modules_after(code: str) -> set[str]:
    """Return the modules a fresh interpreter holds after running `code`."""
    script = f"{code}\n{LIST_MODULES}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(("code", "budget"), [(PACKAGE, 20), (HELP, 400)], ids=["import", "help"])
def test_starting_loads_few_modules_and_none_of_the_heavy_ones(code: str, budget: int):
    added = modules_after(code) - modules_after(BARE)
    assert {name.partition(".")[0] for name in added} & HEAVY == set()
    assert "video_gen" in added
    assert len(added) <= budget


def test_the_script_is_the_function_measured_here():
    done = subprocess.run([f"{sys.prefix}/bin/video-gen", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "generate" in done.stdout
