"""Prints an error the way the caller reads: a sentence for a person, an object for a program."""

import sys

from video_gen.exceptions import VideoGenerationError


def report(error: VideoGenerationError) -> int:
    """Print `error` on stderr (with `--json`, as an object on stdout too) and return its exit code."""
    if "--json" in sys.argv:
        from video_gen.cli.output import print_json

        print_json({"error": as_object(error)})
    print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a terminal is the place
    return error.exit_code


def as_object(error: VideoGenerationError) -> dict[str, object]:
    """Return an error's facts for a program."""
    facts = {"code": error.code, "message": error.message, "retryable": error.retryable, "exit_code": error.exit_code}
    return facts if error.retry_after is None else {**facts, "retry_after": error.retry_after}
