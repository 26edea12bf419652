"""Write docs/reference/errors.md from video_gen.exceptions."""

import inspect
from http import HTTPStatus

from _generate import publish, table

from video_gen import exceptions
from video_gen.exceptions import VideoGenerationError

HEAD = """\
# Errors

<!-- Written by tools/errors_table.py from src/video_gen/exceptions.py; `make docs` writes it again. -->

Everything video-gen raises on purpose is a `VideoGenerationError`; each class can be imported from `video_gen`. A
program decides by class or by `code`, a shell script by the exit code of `video-gen`, and an HTTP client by the status.
`retryable` says that the same call may work later; where the provider said when, `retry_after` holds the seconds.

The exit code is 0 when what was asked was done.
"""


def classes(root: type[VideoGenerationError] = VideoGenerationError) -> list[type[VideoGenerationError]]:
    """Return the tree, parents before children, in the order of the file."""
    below = [each for child in root.__subclasses__() for each in classes(child)]
    return [root, *below]


def tree() -> str:
    """Return the tree as the module docstring draws it."""
    lines = inspect.cleandoc(exceptions.__doc__ or "").splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines if line.startswith("    "))


def section(each: type[VideoGenerationError]) -> str:
    """Return one class's entry; its heading is the anchor other pages link to."""
    parents = ", ".join(f"`{base.__name__}`" for base in each.__bases__)
    again = "yes" if each.retryable else "no"
    status = f"{each.http_status} {HTTPStatus(each.http_status).phrase}"
    facts = f"Exit code {each.exit_code} · HTTP {status} · retryable: {again}"
    return f"## {each.code}\n\n`{each.__name__}`, a kind of {parents}. {inspect.getdoc(each)}\n\n{facts}\n"


def page() -> str:
    """Return the whole page."""
    found = classes()
    by_exit = [
        [str(number), ", ".join(f"[`{each.code}`](#{each.code})" for each in found if each.exit_code == number)]
        for number in sorted({each.exit_code for each in found})
    ]
    parts = [HEAD, table(["exit code", "errors"], by_exit), f"\n```text\n{tree()}\n```\n"]
    return "\n".join([*parts, *(section(each) for each in found)])


if __name__ == "__main__":
    publish("errors.md", page())
