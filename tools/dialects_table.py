"""Write docs/reference/dialects.md from tests/data/dialects.toml and the catalog: what the server speaks, and to whom.

tests/server/test_dialect_matrix.py goes through the same two, cell by cell, so the page claims nothing that does not
pass there. Here is checked that who judges a dialect is who the page says, at the version that is installed.
"""

import json
import re
import sys
import tomllib
from typing import Any, Final

from _generate import ROOT, publish, table

from video_gen.catalog import load_catalog

PAGE: Final = "dialects.md"
Dialect = dict[str, Any]

HEAD: Final = """\
# Dialects

<!-- Written by tools/dialects_table.py from tests/data/dialects.toml and the catalog; `make docs` writes it again. -->

The server speaks the shapes that programs know already. Point a client there by its own setting; it is not changed, and
every model of every provider is reached by it: by the names that the client knows, or as `provider/name`.

The clients below, unmodified and at these versions, judge the server in every run of the tests; those for Node where
`make node` installed them.
"""
MATRIX: Final = """\
## Every dialect, every provider

In each cell a video was asked for, followed to its end and downloaded by the dialect's own requests, and is that job's
MP4; no provider, emulated, had accepted more than one job for it
([the test](../../tests/server/test_dialect_matrix.py)).
"""


def described() -> list[Dialect]:
    """Return what is said of each dialect."""
    text = (ROOT / "tests/data/dialects.toml").read_text(encoding="utf-8")
    found: list[Dialect] = tomllib.loads(text)["dialect"]
    return found


def version_of(judge: Dialect) -> str:
    """Return the version of a client that is installed here."""
    if judge.get("node"):
        wanted: dict[str, str] = json.loads((ROOT / "tests/node/package.json").read_text(encoding="utf-8"))[
            "dependencies"
        ]
        return wanted[judge["client"]]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    name = re.sub("[-_]", "[-_]", judge["client"])
    found = re.search(rf"^{name}==(\S+)$", pins, re.MULTILINE)
    if found is None:
        sys.exit(f"constraints.txt names no version of `{judge['client']}`, which {judge['file']} uses")
    return found[1]


def check_used(judge: Dialect) -> None:
    """Check that a file of tests uses the client that it is said to use."""
    code = (ROOT / judge["file"]).read_text(encoding="utf-8")
    used = "openai.mjs" if judge.get("node") else rf"^(?:import|from) {judge['module']}\b"
    if not re.search(used, code, re.MULTILINE):
        sys.exit(f"{judge['file']} does not use `{judge['client']}`")


def judged_by(judge: Dialect) -> str:
    """Return a judge in words: the client, its version, and where it judges."""
    link = f"../../{judge['file']}"
    if "client" not in judge:
        return f"[plain HTTP]({link})"
    check_used(judge)
    return f"[`{judge['client']}`{' for Node' if judge.get('node') else ''}]({link}) {version_of(judge)}"


def page() -> str:
    """Return the whole page."""
    dialects = described()
    spoken = [
        [
            f"[{each['title']}](../how-to/{each['page']})",
            f"`{each['mount']}`",
            f"`{each['point']}`",
            ", ".join(judged_by(judge) for judge in each["judges"]),
        ]
        for each in dialects
    ]
    cells = [[f"`{provider}`", *("yes" for _ in dialects)] for provider in sorted(load_catalog().providers)]
    return "\n".join(
        [
            HEAD,
            table(["dialect", "paths", "point it here", "judged by"], spoken),
            "",
            MATRIX,
            table(["provider", *(each["title"] for each in dialects)], cells),
            "",
        ]
    )


if __name__ == "__main__":
    publish(PAGE, page())
