"""The page on adding a provider is followed to the letter: its files are written and installed, its commands run.

Installing needs a build backend and an index, so the test lays out what `pip install` would: the package's folder, and
its metadata with the entry points of its pyproject.toml.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from video_gen.media.probe import probe

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs/how-to/add-a-provider.md"
FILE = re.compile(r"^`(?P<path>[\w./-]+)`\n\n```[^\n]+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console norun\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+")
CHOSEN = (
    "becomes or cut_after or error_after or found_again or seed_zero or cancel or policy or garbage or another_host"
)
"""The checks of the page's suite that are run here; the whole takes a minute."""


def section(heading: str) -> str:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert rest, f"the page has no section `{heading}`"
    return rest.partition("\n## ")[0]


class Reader:
    """Does what a section of the page says."""

    def __init__(self, folder: Path, text: str, servers: ExitStack):
        self.folder, self.text, self.servers = folder, text, servers
        self.site = folder / "site"
        self.url = ""
        self.exports: dict[str, str] = {}
        self.installed: list[str] = []

    def follow(self) -> dict[str, str]:
        """Write the files, then run the commands; return what each printed."""
        for found in FILE.finditer(self.text):
            path = self.folder / found["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found["text"], encoding="utf-8")
        printed = {}
        for block in CONSOLE.finditer(self.text):
            lines = block["text"].splitlines()
            commands = [line[2:] for line in lines if line.startswith("$ ")]
            for command in commands:
                printed[command] = self.obey(command)
            shown = "\n".join(line for line in lines if not line.startswith("$ "))
            said = "\n".join(printed[command] for command in commands)
            assert all(part in said for part in re.split(r"\.\.\.|\n", shown)), f"{block['text']}\nprints:\n{said}"
        return printed

    def obey(self, command: str) -> str:
        words = shlex.split(LOOPBACK.sub(self.url, command))
        match words:
            case ["pip", "install", "--group", _]:
                pass  # pytest is running already
            case ["pip", "install", package]:
                self.install(self.folder / package)
            case ["export", *settings]:
                self.exports |= dict(setting.split("=", 1) for setting in settings)
            case ["video-gen", "sandbox", *_]:
                self.url = self.servers.enter_context(self.served([*words, "--port", "0", "--json"]))
            case ["python", "-m", _]:
                self.url = self.servers.enter_context(self.served([sys.executable, *words[1:]]))
            case ["pytest", tests]:
                return self.run([sys.executable, "-W", "error", "-m", "pytest", tests, "-k", CHOSEN])
            case _:
                return self.run(words)
        return ""

    def install(self, source: Path) -> None:
        project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
        (package,) = (path.parent for path in source.glob("*/__init__.py"))
        shutil.copytree(package, self.site / package.name)
        metadata = self.site / f"{package.name}-{project['version']}.dist-info"
        metadata.mkdir()
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (metadata / "METADATA").write_text(head)
        groups = (
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
            for group, points in project["entry-points"].items()
        )
        (metadata / "entry_points.txt").write_text("\n".join(groups))

    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        python_path = os.pathsep.join(filter(None, (str(self.site), os.environ.get("PYTHONPATH"))))
        return {**os.environ, **self.exports, "PATH": path, "PYTHONPATH": python_path, "COLUMNS": "200"}

    def run(self, words: list[str]) -> str:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}"
        return done.stdout

    @contextmanager
    def served(self, words: list[str]) -> Iterator[str]:
        """Run a server of the page for as long as it is needed; gives the address it prints."""
        with subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server:
            try:
                for line in server.stdout:
                    if address := LOOPBACK.search(line):
                        yield address[0]
                        break
                else:
                    pytest.fail(f"{shlex.join(words)} says no address")
            finally:
                server.terminate()


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_service_of_a_known_wire_is_one_file(tmp_path: Path, servers: ExitStack):
    Reader(tmp_path, section("A service that speaks a wire that is known"), servers).follow()
    info = probe(tmp_path / "acme.mp4")
    assert info.seconds > 0.5
    assert info.width > info.height


def test_a_new_wire_is_a_package_that_the_suite_proves(tmp_path: Path, servers: ExitStack):
    printed = Reader(tmp_path, section("A new wire"), servers).follow()
    for film in ("northlight.mp4", "drift.mp4"):
        assert probe(tmp_path / film).seconds == pytest.approx(3, abs=0.1)
    passed = re.search(r"(\d+) passed", printed["pytest northlight"])
    assert int(passed[1]) >= 10, printed["pytest northlight"]
