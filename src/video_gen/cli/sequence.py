"""`video-gen sequence`: a storyboard in, one film out."""

import asyncio
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from video_gen.cli import options
from video_gen.cli.output import JsonOption, note, print_json, say
from video_gen.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from video_gen.films import FilmPlan
    from video_gen.films.making import Standing


def sequence(
    storyboard: Annotated[
        Path | None, typer.Argument(metavar="STORYBOARD", help="A YAML or JSON file.", show_default=False)
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The MP4 to write. Default: named after the storyboard, in OUTPUTS_DIR."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace the file if it exists.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every shot's plan and what all cost; stop.")] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Have every shot drawn by the embedded renderer, for free.")
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Model of the shots that name none.", show_default=False)
    ] = None,
    max_cost: options.MaxCost = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend what is quoted without asking.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print a storyboard to start from; stop.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a film of several shots, and print where it is.

    Every shot is planned and the whole is quoted before anything is spent. Ctrl-C leaves: the same command goes on with
    what is there, and pays no shot twice. A shot that was changed is made anew, with those that go on from it.
    """
    if example:
        from importlib.resources import files

        return typer.echo((files("video_gen.films") / "example.yaml").read_text(encoding="utf-8"), nl=False)
    if storyboard is None:
        raise InvalidRequestError(
            "name a storyboard: `video-gen sequence --example > film.yaml` writes one to start from"
        )
    work = _Sequence(storyboard, out, model, max_cost, force=force, draft=draft, yes=yes, as_json=as_json)
    return asyncio.run(work.show() if dry_run else work.make())


class _Sequence:
    """One call of the command."""

    def __init__(
        self,
        storyboard: Path,
        out: str | None,
        model: str | None,
        max_cost: str | None,
        *,
        force: bool,
        draft: bool,
        yes: bool,
        as_json: bool,
    ) -> None:
        self._storyboard, self._out, self._max_cost = storyboard, out, max_cost
        self._force, self._draft, self._yes, self._as_json = force, draft, yes, as_json
        self._look = {} if model is None else {"model": model}

    async def show(self) -> None:
        """Print the plan. Spends nothing."""
        from video_gen.cli.storyboard import as_object, print_plan
        from video_gen.client import AsyncClient
        from video_gen.films.making import place

        async with AsyncClient.here() as client:
            film = await client.sequence.plan(self._storyboard, draft=self._draft, **self._look)
            out = place(client.sequence.place(self._storyboard, self._out, draft=self._draft), overwrite=True)
            there = await client.sequence.survey(film, out)
        if self._as_json:
            return print_json(as_object(film, there, out))
        return print_plan(film, there, out)

    async def make(self) -> None:
        """Make the film."""
        from video_gen.cli.follow import relative, say_unattended, terminates
        from video_gen.cli.storyboard import Shown, film_object, say_changes
        from video_gen.client import AsyncClient
        from video_gen.films.making import place

        again = f"`{shlex.join(['video-gen', *sys.argv[1:]])}` goes on with what is there"
        async with AsyncClient.here() as client:
            view = client.sequence
            out = place(view.place(self._storyboard, self._out, draft=self._draft), overwrite=self._force)
            film = await view.plan(self._storyboard, draft=self._draft, **self._look)
            there = await view.survey(film, out)
            say_changes(film, there)
            self._agree(film, there)
            await say_unattended(client)
            with Shown(film) as shown, terminates(again, (signal.SIGINT, signal.SIGTERM)):
                made = await view.carry_out(film, out, max_cost=self._max_cost, on_progress=shown.step)
        if self._as_json:
            return print_json(film_object(made))
        info = made.info
        note(f"{info.seconds:.2f} s, {info.width}x{info.height}, {info.fps:g} fps; the clips are in {out.stem}_shots")
        return say(relative(made.path))

    def _agree(self, film: "FilmPlan", there: "Standing") -> None:
        """Have a person agree to what is spent, unless they have: by --yes, or by a ceiling.

        Raises:
            InvalidRequestError: nobody is there to ask.
            typer.Abort: they do not agree.
        """
        from video_gen.cli.catalog import price_text

        if there.quote.high == 0 or self._yes or self._max_cost is not None:
            return
        price = price_text(there.quote)
        if not sys.stdin.isatty():
            raise InvalidRequestError(f"{there.missing} shots cost {price}: agree with --yes, or set --max-cost")
        shots = f"{there.missing} of {len(film.shots)} shots"
        typer.confirm(f"make {shots} for {price}?", abort=True, err=True)
