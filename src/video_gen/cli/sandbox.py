"""`video-gen sandbox`: every provider on this machine, emulated."""

import shlex
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from video_gen.cli.output import JsonOption, note, print_json, say
from video_gen.exceptions import InvalidRequestError, StorageError

if TYPE_CHECKING:
    from video_gen.testing.emulators.sandbox import Sandbox


def sandbox(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[PROVIDER]...", help="Which providers to emulate. Default: all.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8090,
    small: Annotated[
        bool, typer.Option("--small", help="Deliver one-second miniatures at once instead of what was asked for.")
    ] = False,
    render_time: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds that a job takes at least, as providers do.")
    ] = 4.0,
    env_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the settings to a file instead of printing them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Emulate the providers on this machine, and print the settings that lead there.

    Works with video-gen and with the vendors' own clients, costs nothing, and reaches no network. Put the settings into
    another terminal, and use any model as if it were the real one. Add the header `X-Emulate: FAULT` to a request, or
    post to /PROVIDER/_control/faults, to see how a program takes a fault; the start page lists them. Ctrl-C ends it.
    """
    from video_gen.testing.emulators.sandbox import sandbox as served

    if env_file is not None and env_file.exists():
        raise InvalidRequestError(f"`{env_file}` already exists: choose another name")
    pace = 0.0 if small else render_time
    with served(port=port, only=tuple(only or ()), size="small" if small else "asked", render_s=pace) as open_:
        if as_json:
            print_json({"url": open_.url, "environment": open_.environment})
        elif env_file is not None:
            _write(env_file, open_)
        else:
            _print(open_)
        note(f"The sandbox is open at {open_.url} until Ctrl-C.")
        threading.Event().wait()


def _print(served: "Sandbox") -> None:
    for booth in served.booths:
        say(f"# {booth.title}" + (f": {booth.note}" if booth.note else ""))
        for name, value in booth.environment(f"{served.url}/{booth.name}").items():
            say(f"export {name}={shlex.quote(value)}")
    example = next((booth.try_model for booth in served.booths if booth.try_model), "")
    if example:
        say(f'# Then, for example: video-gen generate "a paper boat on a quiet lake" --model {example}')


def _write(path: Path, served: "Sandbox") -> None:
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in served.environment.items()]
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"`{path}` cannot be written: {error.strerror}") from None
    note(f"The settings are in {path}.")
