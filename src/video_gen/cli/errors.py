"""Prints an error the way the caller reads: a sentence for a person, an object for a program."""

import re
import sys
from collections.abc import Sequence
from typing import Final

from video_gen.exceptions import VideoGenerationError

_WORD: Final = re.compile(r"`(\w+)=([^`]*)`")
"""How a message begins that is about one word of a request."""
_OPTIONS: Final = {
    "seconds": ("--duration", "-d"),
    "duration": ("--duration", "-d"),
    "count": ("--count", "-n"),
    "at_once": ("--width",),
}
"""Words whose options are not named by them alone."""


def report(error: VideoGenerationError) -> int:
    """Print `error` on stderr (with `--json`, as an object on stdout too) and return its exit code."""
    error.message = as_typed(error.message, sys.argv)
    if "--json" in sys.argv:
        from video_gen.cli.output import print_json

        print_json({"error": as_object(error)})
    print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a terminal is the place
    return error.exit_code


def as_object(error: VideoGenerationError) -> dict[str, object]:
    """Return an error's facts for a program."""
    facts = {"code": error.code, "message": error.message, "retryable": error.retryable, "exit_code": error.exit_code}
    return facts if error.retry_after is None else {**facts, "retry_after": error.retry_after}


def as_typed(message: str, arguments: Sequence[str]) -> str:
    """Return a message about a word of a request with the option that was typed for it.

    >>> as_typed("`priority=101`: give 100 or less", ["video-gen", "generate", "x", "--priority", "101"])
    '`--priority 101`: give 100 or less'
    """
    found = _WORD.match(message)
    if found is None:
        return message
    word, value = found.groups()
    for option in _OPTIONS.get(word, (f"--{word.replace('_', '-')}",)):
        if any(each == option or each.startswith(f"{option}=") for each in arguments):
            return f"`{option} {value}`{message[found.end() :]}"
    return message
