"""What the pages show is run, and what they link to is there.

A fence says after its language what happens to it here: `run` (it must succeed), `run output` (and print what the
page shows, where `...` stands for anything), or `norun` (it needs a key, a server or a choice by the reader). The
blocks of one page run in order, in one empty folder, with the installed `video-gen` on the path.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from video_gen.catalog.load import parse_catalog_file

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    marks: tuple[str, ...]
    text: str

    def commands(self) -> str:
        """The script: what follows `$ `, with its continuations after `> `, or all of it where there is no prompt."""
        if self.language == "bash":
            return self.text
        return "\n".join(line[2:] for line in self.text.splitlines() if line.startswith(("$ ", "> ")))

    def shown(self) -> str:
        return "\n".join(line for line in self.text.splitlines() if not line.startswith(("$ ", "> ")))


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        language, *marks = found["info"].split()
        yield Block(page, text.count("\n", 0, found.start()) + 1, language, tuple(marks), found["text"])


RUNNABLE = [block for page in PAGES for block in blocks(page) if block.language in {"python", "bash", "console"}]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def execute(block: Block, folder: Path) -> str:
    """Run a block as a reader would; return what it printed."""
    if block.language == "python":
        command = [sys.executable, "-W", "error", "-c", block.text]
    else:
        command = ["bash", "-euo", "pipefail", "-c", block.commands()]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{name(block.page)}:{block.line} failed:\n{block.text}\n{done.stdout}"
    return done.stdout


def matches(shown: str, printed: str) -> bool:
    """Whether `printed` is `shown`, where `...` in it stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.mark.parametrize("page", sorted({block.page for block in RUNNABLE if "run" in block.marks}), ids=name)
def test_the_examples_of_a_page_work(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OUTPUTS_DIR")
    folder = tmp_path / "reader"
    folder.mkdir()
    for block in blocks(page):
        if "run" not in block.marks:
            continue
        printed = execute(block, folder)
        if "output" in block.marks:
            assert matches(block.shown(), printed), f"{name(page)}:{block.line} prints something else:\n{printed}"


def test_the_card_shown_for_a_new_model_is_a_valid_one():
    page = ROOT / "docs/how-to/add-a-model.md"
    provider = '[provider]\nid = "acme"\ntitle = "Acme"\nprotocol = "openai"\nbase_url = "https://acme.example"\n'
    card = "".join(block.text for block in blocks(page) if "card" in block.marks)
    (model,) = parse_catalog_file(provider + card, "acme.toml").model
    assert model.rules[0].durations == (8,)


def test_every_example_says_whether_it_is_run():
    known = {("run",), ("run", "output"), ("norun",)}
    assert [f"{name(block.page)}:{block.line}" for block in RUNNABLE if block.marks not in known] == []
    assert [block for block in RUNNABLE if "run" in block.marks], "not one example is run"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(page: Path):
    dead = []
    for found in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = found["target"].partition("#")
        if ":" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(found["target"])
    assert dead == []


def test_every_page_of_the_docs_can_be_reached_from_their_index():
    index = ROOT / "docs/index.md"
    reached, waiting = {index}, [index]
    while waiting:
        page = waiting.pop()
        for found in LINK.finditer(page.read_text(encoding="utf-8")):
            there = (page.parent / found["target"].partition("#")[0]).resolve()
            if there.suffix == ".md" and there.exists() and there not in reached:
                reached.add(there)
                waiting.append(there)
    assert [name(page) for page in (ROOT / "docs").rglob("*.md") if page not in reached] == []
