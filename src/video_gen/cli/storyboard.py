"""Shows a film in front of a person: its plan and price, how far its shots are, and what came of it."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from video_gen.cli.output import facts, note, say, table
from video_gen.cli.progress import board

if TYPE_CHECKING:
    from video_gen.films import Film, FilmPlan, ShotPlan, Step
    from video_gen.films.making import Standing
    from video_gen.spec import Job, Quote

_COLUMNS = ("shot", "what", "seconds", "size", "model", "begins", "joined by", "price")


def print_plan(film: "FilmPlan", there: "Standing", out: Path) -> None:
    """Print a film's plan on stdout."""
    from video_gen.cli.catalog import price_text

    rows = [_row(index, film, there) for index in range(len(film.shots))]
    table(_COLUMNS, rows, numbers={"seconds", "price"})
    for line in _changes(film):
        say(line)
    facts(
        [
            ("film", str(out)),
            ("length", "" if film.seconds is None else f"about {film.seconds:g} s"),
            ("cost of all", price_text(there.whole)),
            ("still to pay", price_text(there.quote) if there.missing < len(film.shots) else ""),
            *(("not known yet", words) for words in film.unknown),
        ]
    )


def _row(index: int, film: "FilmPlan", there: "Standing") -> tuple[str, ...]:
    from video_gen.cli.catalog import price_text

    shot = film.shots[index]
    settings, said = shot.plan.settings, film.storyboard.shots[index]
    job = there.takes[index].job
    return (
        str(index + 1),
        said.name or said.prompt or "(picture)",
        "" if settings.seconds is None else f"{settings.seconds:g}",
        _size(shot),
        shot.plan.model,
        shot.begins,
        _transition(shot) if index else "",
        price_text(shot.plan.quote) if job is None else _there(job),
    )


def _there(job: "Job") -> str:
    return "made" if job.status == "completed" else "under way"


def _transition(shot: "ShotPlan") -> str:
    return f"crossfade {shot.crossfade:g}" if shot.crossfade else "cut"


def _size(shot: "ShotPlan") -> str:
    settings = shot.plan.settings
    if settings.width and settings.height:
        return f"{settings.width}x{settings.height}"
    return " ".join(part for part in (settings.aspect_ratio, settings.resolution) if part)


def say_changes(film: "FilmPlan", there: "Standing") -> None:
    """Tell on stderr what the plans changed and what is to be paid, before anything is."""
    from video_gen.cli.catalog import price_text

    for line in _changes(film):
        note(line)
    for shot, take in zip(film.shots, there.takes, strict=True):
        if take.job is None and take.lost is not None:
            note(f"{shot.label}: {take.lost} is no longer there as it was delivered: it is made again")
    made = len(film.shots) - there.missing
    if made:
        note(f"{made} of {len(film.shots)} shots are there already")
    if there.quote.high != 0:
        note(f"quote: {price_text(there.quote)} for {there.missing} shots")


def _changes(film: "FilmPlan") -> list[str]:
    lines = [
        f"{shot.label}: {kind}: {words}"
        for shot in film.shots
        for kind, words in (
            *(("adjusted", each.reason) for each in shot.plan.adjustments),
            *(("warning", each) for each in shot.plan.warnings),
        )
    ]
    return list(dict.fromkeys(lines))


class Shown:
    """A board with a line for each shot that is being made."""

    def __init__(self, film: "FilmPlan") -> None:
        self._count = len(film.shots)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the board."""
        self._board = self._stack.enter_context(board())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._stack.__exit__(kind, error, trace)

    def step(self, step: "Step") -> None:
        """Show how far the film is."""
        from video_gen.cli.follow import doing

        key = "joining" if step.shot is None else str(step.shot)
        if step.job is None:
            return self._board.show(key, f"joining {self._count} shots", step.fraction)
        line = f"{step.label} {doing(step.job)}"
        return self._board.end(key, line) if step.job.status.terminal else self._board.show(key, line, step.fraction)


def as_object(film: "FilmPlan", there: "Standing", out: Path) -> dict[str, Any]:
    """Return a film's plan for a program, money in dollars."""
    return {
        "out": str(out),
        "seconds": film.seconds,
        **_dollars(there.whole, "quote"),
        **_dollars(there.quote, "to_pay"),
        "unknown": list(film.unknown),
        "shots": [
            {
                "label": shot.label,
                "prompt": shot.request.prompt,
                "model": shot.plan.model,
                "chain": shot.link.chain,
                "crossfade": shot.crossfade,
                "settings": shot.plan.settings.model_dump(mode="json", exclude_none=True, include=_SETTINGS),
                **_dollars(shot.plan.quote, "quote"),
                "adjustments": [change.reason for change in shot.plan.adjustments],
                "warnings": list(shot.plan.warnings),
                "job": None if take.job is None else take.job.id,
                "status": None if take.job is None else take.job.status.value,
            }
            for shot, take in zip(film.shots, there.takes, strict=True)
        ],
    }


_SETTINGS = {"seconds", "width", "height", "aspect_ratio", "resolution", "fps", "audio", "seed"}


def _dollars(quote: "Quote", name: str) -> dict[str, float | None]:
    from video_gen.spec.money import MICRO

    return {
        f"{name}_usd_low": quote.low / MICRO,
        f"{name}_usd_high": None if quote.high is None else quote.high / MICRO,
    }


def film_object(film: "Film") -> dict[str, Any]:
    """Return a finished film for a program, money in dollars."""
    from video_gen.spec.money import MICRO

    return {
        "path": film.path,
        "cost_usd": film.cost / MICRO,
        **film.info.model_dump(mode="json"),
        "shots": [
            {
                "label": shot.label,
                "path": shot.path,
                "job": shot.job.id,
                "model": shot.job.model_used or shot.job.plan.model,
                "cost_usd": shot.job.cost / MICRO,
            }
            for shot in film.shots
        ],
    }
