"""Says in this project's words what is wrong with a command line that could not be read: value, limit, way out."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final

import typer
from pydantic import ValidationError

from video_gen.exceptions import InvalidRequestError
from video_gen.spec.request import in_words

_WORDS: Final = (
    (re.compile(r"Option '(.*)' does not take a value\."), "`{0}` takes no value: write it alone"),
    (re.compile(r"Option '(.*)' requires an argument\."), "`{0}` needs a value behind it: `{0} VALUE`"),
    (re.compile(r"Option '(.*)' requires (\d+) arguments\."), "`{0}` needs {1} values behind it: {help} says which"),
    (
        re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.DOTALL),
        "`{0}` has no place here: put what belongs together in quotes; {help} says what it takes",
    ),
)
"""What typer says, and what this project says instead."""
_COMMAND: Final = re.compile(r"No such command '(.*?)'\.")


def problem_of(error: typer.TyperException, arguments: Sequence[str]) -> InvalidRequestError:
    """Return what typer found wrong, with the option as it stands among `arguments`."""
    context: Any = getattr(error, "ctx", None)
    help_ = f"`{context.command_path if context else 'video-gen'} -h`"
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return InvalidRequestError(_of_value(error, error.param, arguments, help_))
    return InvalidRequestError(_unknown(error, context, help_) or _reworded(error.message, help_))


def typed(options: Sequence[str], arguments: Sequence[str]) -> str | None:
    """Return which of an option's spellings was typed.

    >>> typed(["--port", "-p"], ["video-gen", "serve", "-p99999"])
    '-p'
    """
    for option in options:
        beginning = f"{option}=" if option.startswith("--") else option
        if any(each == option or each.startswith(beginning) for each in arguments):
            return option
    return None


def _of_value(error: typer.BadParameter, parameter: Any, arguments: Sequence[str], help_: str) -> str:
    spellings = parameter.opts if parameter.param_type_name == "option" else [parameter.display_name_raw]
    name = typed(spellings, arguments) or spellings[0]
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        return f"`{name} {first['input']}`: {in_words(first)}"
    said = error.message.rstrip(".")
    return f"`{name}`: {said}; {help_} says more" if said else f"`{name}` is missing: {help_} says what it is"


def _unknown(error: typer.TyperException, context: Any, help_: str) -> str:
    """Return what to say of a name that there is not; empty where it is something else."""
    if (found := _COMMAND.match(error.message)) is not None:
        kind, name, known = "command", found[1], list(context.command.commands)
    elif error.message.startswith("No such option"):
        kind, name = "option", error.message.rpartition(" ")[2]
        known = [each for parameter in context.command.params for each in parameter.opts]
    else:
        return ""
    near = get_close_matches(name, known, n=1)
    meant = f"did you mean `{near[0]}`? " if near else ""
    return f"there is no {kind} `{name}`: {meant}{help_} lists what there is"


def _reworded(message: str, help_: str) -> str:
    for pattern, words in _WORDS:
        if (found := pattern.fullmatch(message)) is not None:
            return words.format(*found.groups(), help=help_)
    return f"{message[:1].lower()}{message[1:].rstrip('.')}: {help_} says what it takes"
