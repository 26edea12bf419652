"""`client.sequence`: films of several shots."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from video_gen.client.film_studio import ClientStudio, Maker
from video_gen.client.handed import expect
from video_gen.client.words import Out
from video_gen.films import Film, FilmPlan, Step, Storyboard, make, parse, plan, read
from video_gen.films.chaining import chained
from video_gen.films.cutting import cut
from video_gen.films.making import Standing, place, survey
from video_gen.spec import MediaInfo, Plan, micro

DRAFT: Final = "local/draft"
Board = Storyboard | Mapping[str, Any] | Sequence[str] | str | PathLike[str]
"""A storyboard, the mapping that describes one, a prompt for each shot, or the path of a YAML or JSON file."""
OnStep = Callable[[Step], None]


class SequenceView:
    """Films of several shots, each paid once."""

    def __init__(self, client: Maker, outputs: Path) -> None:
        """Speak for a client; films whose callers name no place go to `outputs`."""
        self._client, self._outputs = client, outputs
        self._studio = ClientStudio(client)

    async def __call__(
        self,
        storyboard: Board,
        *,
        out: Out = None,
        overwrite: bool = False,
        draft: bool = False,
        max_cost: float | str | Decimal | None = None,
        on_progress: OnStep | None = None,
        **look: Any,
    ) -> Film:
        """Make a film and return it; `film.path` is the file.

        Called again with the same storyboard and `out`, after it failed, was cancelled or was killed, it goes on with
        what is there: no shot is paid twice. A shot that was changed is made anew, with those that go on from it.

        Args:
            storyboard: What is wanted: a prompt for each shot, a mapping, or a file.
            out: The MP4 to write; default: named after the storyboard's file, or film.mp4, in the outputs folder. The
                clips of the shots go to a folder beside it.
            overwrite: A file that stands at `out` may be replaced.
            draft: Have every shot drawn by the embedded renderer, for free.
            max_cost: US dollars that the film may cost in all; more is refused before anything is spent.
            on_progress: Told how far each shot is.
            look: What the storyboard may say for all shots: `model`, `duration`, `chain`, `transition` ...

        Raises:
            VideoGenerationError: one of its kinds, when the film cannot be made as asked, or a shot fails.
        """
        path = place(self.place(storyboard, out, draft=draft), overwrite=overwrite)
        film = await self.plan(storyboard, draft=draft, **look)
        return await self.carry_out(film, path, max_cost=max_cost, on_progress=on_progress)

    async def plan(self, storyboard: Board, *, draft: bool = False, **look: Any) -> FilmPlan:
        """Return every shot's plan and what all cost, before anything is spent; errors as of a call."""
        board = await asyncio.to_thread(board_of, storyboard, look, draft=draft)
        with self._client.long_work():
            return await plan(board, self._studio)

    async def survey(self, film: FilmPlan, out: Path) -> Standing:
        """Return what is there already of a film that is to be written to `out`. Spends nothing."""
        return await survey(film, self._studio, out)

    async def plan_shot(self, film: FilmPlan, index: int, clips: Sequence[Path]) -> Plan:
        """Return the plan of one shot, begun where the clips before it end. Spends nothing.

        For whoever makes the shots one by one, each as a job of their own; `carry_out` makes them all.

        Args:
            film: From `plan`.
            index: The shot's place.
            clips: Of the shots before it, in order.
        """
        return await self._studio.plan(await chained(film.shots[index], dict(enumerate(clips)), self._studio))

    async def cut(self, film: FilmPlan, clips: Sequence[Path], out: Path) -> MediaInfo:
        """Join the clips of a film, in order, as it was planned; what stands at `out` is replaced.

        Raises:
            VideoGenerationError: one of its kinds, when a clip cannot be read, or `out` cannot be written.
        """
        return await asyncio.to_thread(cut, film, clips, out)

    async def carry_out(
        self,
        film: FilmPlan,
        out: Path,
        *,
        max_cost: float | str | Decimal | None = None,
        on_progress: OnStep | None = None,
    ) -> Film:
        """Make a film as it was planned; what stands at `out` is replaced. Errors as of a call."""
        expect(film, FilmPlan, "a film: hand in what `sequence.plan` returned, or call `sequence` with the storyboard")
        self._client.run()
        ceiling = None if max_cost is None else micro(max_cost)
        with self._client.long_work():
            return await make(film, self._studio, out, max_cost=ceiling, on_step=on_progress)

    def place(self, storyboard: Board, out: Out, *, draft: bool) -> str:
        """Return where a film goes, by default in the outputs folder under its storyboard's name."""
        if out is not None:
            return fspath(out)
        name = Path(storyboard).stem if isinstance(storyboard, str | PathLike) else "film"
        return str(self._outputs / f"{name}{'_draft' if draft else ''}.mp4")


class SequenceCalls:
    """Films, for a program without asyncio; each method as in `SequenceView`, waiting for its answer."""

    def __init__(self, view: Callable[[], SequenceView], call: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        """Speak for a view, by what waits for a coroutine."""
        self._view = view
        self._call = call

    def __call__(
        self,
        storyboard: Board,
        *,
        out: Out = None,
        overwrite: bool = False,
        draft: bool = False,
        max_cost: float | str | Decimal | None = None,
        on_progress: OnStep | None = None,
        **look: Any,
    ) -> Film:
        """Make a film and return it; see `SequenceView`."""
        work = self._view()(
            storyboard, out=out, overwrite=overwrite, draft=draft, max_cost=max_cost, on_progress=on_progress, **look
        )
        film: Film = self._call(work)
        return film

    def plan(self, storyboard: Board, *, draft: bool = False, **look: Any) -> FilmPlan:
        """Return every shot's plan and what all cost, before anything is spent."""
        film: FilmPlan = self._call(self._view().plan(storyboard, draft=draft, **look))
        return film

    def plan_shot(self, film: FilmPlan, index: int, clips: Sequence[Path]) -> Plan:
        """Return the plan of one shot; see `SequenceView.plan_shot`."""
        plan: Plan = self._call(self._view().plan_shot(film, index, clips))
        return plan

    def cut(self, film: FilmPlan, clips: Sequence[Path], out: Path) -> MediaInfo:
        """Join the clips of a film; see `SequenceView.cut`."""
        info: MediaInfo = self._call(self._view().cut(film, clips, out))
        return info


def board_of(storyboard: object, look: Mapping[str, Any], *, draft: bool) -> Storyboard:
    """Return the storyboard that a caller means.

    Raises:
        InvalidRequestError: it is none; the message says where.
        MediaNotFoundError: there is no such file.
    """
    match storyboard:
        case Storyboard():
            board = storyboard
        case str() | PathLike():
            board = read(Path(storyboard))
        case Mapping():
            board = parse(storyboard)
        case Iterable():
            board = parse({"shots": [{"prompt": prompt} for prompt in storyboard]})
        case _:
            board = expect(storyboard, Storyboard, "a storyboard: give a prompt for each shot, a mapping, or a file")
    if look:
        said = board.model_dump(exclude_unset=True)
        board = parse({**said, **{name: value for name, value in look.items() if value is not None}})
    return drafted(board) if draft else board


def drafted(board: Storyboard) -> Storyboard:
    """Return a storyboard whose shots are all drawn by the embedded renderer."""
    own = {"model": None, "fallback": None, "extra": None, "strict": None}
    shots = [
        shot.model_copy(update={**own, "chain": "last_frame" if shot.chain == "extend" else shot.chain})
        for shot in board.shots
    ]
    chain = "last_frame" if board.chain == "extend" else board.chain
    return board.model_copy(update={**own, "model": DRAFT, "chain": chain, "shots": tuple(shots)})
