"""What the generators share: write the page, or with `--check` say whether it still is what the code says."""

import sys
from difflib import unified_diff
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"


def publish(name: str, text: str) -> None:
    """Write a reference page, or with `--check` on the command line compare it and exit 1 where it differs."""
    path = REFERENCE / name
    where = path.relative_to(ROOT)
    if "--check" not in sys.argv[1:]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    if found != text:
        titles = (f"{where}, as it is", "as the code says")
        lines = unified_diff(found.splitlines(), text.splitlines(), *titles, lineterm="")
        print("\n".join(lines))
        sys.exit(f"{where} is not what the code says: type `make docs` and commit it")


def table(headings: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; an empty cell stays empty."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
