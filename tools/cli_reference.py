"""Write docs/reference/cli.md from the commands of `video-gen`."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer.main
from _generate import publish, table

from video_gen.cli.app import app

HEAD = """\
# The command line

<!-- Written by tools/cli_reference.py from src/video_gen/cli; `make docs` writes it again. -->

`video-gen COMMAND --help` says the same in a terminal. Results go to standard output and everything else to standard
error, so a result can be piped; with `--json` it is JSON, one document for each result. [Exit codes](errors.md) name
the kind of failure.
"""


def commands(command: Any, path: str, parent: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """Walk the tree: each command that does something, with its full name and context."""
    context = typer.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    children = getattr(command, "commands", {})
    if not children:
        yield path, command, context
    for name, child in children.items():
        if not child.hidden:
            yield from commands(child, f"{path} {name}", context)


def parameters(command: Any, context: Any, kind: str) -> list[list[str]]:
    """Return the rows of a command's arguments or options."""
    records = [each.get_help_record(context) for each in command.get_params(context) if each.param_type_name == kind]
    names = [(re.sub(r"( <list\[\w+\]>)$", "", record[0]), record[1]) for record in records if record]
    return [[f"`{name}`", " ".join(text.split())] for name, text in names]


def section(path: str, command: Any, context: Any) -> str:
    """Return one command's entry."""
    usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
    parts = [f"## {path.removeprefix('video-gen ')}", f"```text\n{usage}\n```", prose(command.help)]
    for kind in ("argument", "option"):
        rows = parameters(command, context, kind)
        if rows:
            parts.append(table([kind, "meaning"], rows))
    return "\n\n".join(part for part in parts if part) + "\n"


def prose(text: str | None) -> str:
    """Return a command's help without the marks that are for the terminal alone."""
    return re.sub(r"[\b\f]", "", inspect.cleandoc(text or ""))


def entry(path: str, command: Any) -> str:
    """Return a command's line in the list of all."""
    anchor = path.removeprefix("video-gen ").replace(" ", "-")
    return f"- [`{path}`](#{anchor}): {prose(command.help).splitlines()[0]}"


def page() -> str:
    """Return the whole page."""
    root = typer.main.get_command(app)
    found = list(commands(root, "video-gen"))
    index = "\n".join(entry(path, command) for path, command, _ in found)
    return "\n".join([HEAD, index, "", *(section(*each) for each in found)])


if __name__ == "__main__":
    publish("cli.md", page())
