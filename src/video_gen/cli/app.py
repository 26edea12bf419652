"""Builds the command and turns errors into messages and exit codes."""

import gc
import sys
from typing import Annotated

import typer

from video_gen.cli import (
    batch,
    catalog,
    compare,
    doctor,
    frames,
    generate,
    image,
    jobs,
    keys,
    media,
    route,
    sandbox,
    sequence,
    serve,
    settings,
    spend,
    webhooks,
    worker,
)
from video_gen.cli.errors import report
from video_gen.exceptions import VideoGenerationError

app = typer.Typer(
    name="video-gen",
    help="Make videos with any model, from one command: it says what it costs first, never pays twice, and never loses "
    "a paid video. With no key at all it renders drafts by itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"video-gen {version('video-gen')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Make videos with any model."""


app.command("generate")(generate.generate)
app.command("image")(image.image)
app.command("batch")(batch.batch)
app.command("sequence")(sequence.sequence)
app.command("compare")(compare.compare)
app.command("plan")(catalog.plan)
app.command("quote")(catalog.quote)
app.command("route")(route.route)
app.command("models")(catalog.models)
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(frames.app, name="frames")
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("spend")(spend.spend)
app.command("stitch")(media.stitch)
app.command("probe")(media.probe)
app.command("doctor")(doctor.doctor)
app.command("config")(settings.config)
app.command("sandbox")(sandbox.sandbox)


def main() -> None:
    """Run the command line; never show a traceback for a user's mistake."""
    gc.set_threshold(50_000, 20, 20)  # what a start makes stays: to look through it for garbage took 5 % of its time
    try:
        sys.exit(app(standalone_mode=False))
    except VideoGenerationError as error:
        sys.exit(report(error))
    except typer.TyperException as error:
        sys.exit(_misread(error))
    except typer.Abort:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _misread(error: typer.TyperException) -> int:
    """Say what is wrong with a command line, and return the exit code; a name alone has had its help shown instead."""
    if not error.message and not isinstance(error, typer.BadParameter):
        return 2
    from video_gen.cli.usage import problem_of

    return report(problem_of(error, sys.argv))
