"""Makes a film: every shot that is not made yet, those that depend on nothing side by side, and then the whole."""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from video_gen.exceptions import InvalidRequestError, VideoGenerationError
from video_gen.films.blame import about
from video_gen.films.chaining import chained
from video_gen.films.cutting import cut
from video_gen.films.planning import FilmPlan, ShotPlan, check_ceiling, total
from video_gen.films.studio import Studio
from video_gen.films.takes import Take, clip_of, shot_key, standing
from video_gen.spec import Job, MediaInfo, Quote, Request, Value

_TAG: Final = "film"


class MadeShot(Value):
    """A shot that is made."""

    label: str
    job: Job
    path: str
    """Of its own clip."""


class Film(Value):
    """A finished film."""

    path: str
    info: MediaInfo
    shots: tuple[MadeShot, ...]

    @property
    def cost(self) -> int:
        """What all shots cost, in micro-USD, whenever they were paid."""
        return sum(shot.job.cost for shot in self.shots)


class Step(Value):
    """How far a film is."""

    label: str
    """The shot's; of joining them, "joining"."""
    shot: int | None = None
    """The shot's place; None: the shots are being joined."""
    job: Job | None = None
    fraction: float = 0.0
    """Of this shot, or of joining, 0..1."""


OnStep = Callable[[Step], None]


class Standing(Value):
    """What is there of a film."""

    takes: tuple[Take, ...]
    quote: Quote
    """What the shots cost that no job is there for."""
    committed: int
    """Micro-USD that the others have cost, or may."""

    @property
    def missing(self) -> int:
        """How many shots no job is there for."""
        return sum(take.job is None for take in self.takes)

    @property
    def whole(self) -> Quote:
        """What the film costs in all, what is paid included."""
        high = self.quote.high
        low = self.quote.low + self.committed
        return self.quote.model_copy(update={"low": low, "high": None if high is None else high + self.committed})


async def survey(film: FilmPlan, studio: Studio, out: Path) -> Standing:
    """Return what is there already of a film that is to be written to `out`. Spends nothing.

    Raises:
        SubmissionUnknownError: a shot may be paid though nobody knows: a person has to say first.
    """
    keys, takes, seen = dict[int, str](), dict[int, Take](), list[str]()
    links = [shot.link for shot in film.shots]
    for index in sorted(range(len(links)), key=lambda each: (bool(links[each].needs), each)):
        shot = film.shots[index]
        needs = [takes[each].key for each in links[index].needs]
        plain = shot_key(str(out), shot, needs, 0)
        keys[index] = shot_key(str(out), shot, needs, seen.count(plain))
        seen.append(plain)
        with about(shot.label):
            takes[index] = await standing(studio, keys[index], partial(clip_of, out, index))
    known = [take.job for take in takes.values() if take.job is not None]
    return Standing(
        takes=tuple(takes[index] for index in range(len(links))),
        quote=total([shot.plan.quote for index, shot in enumerate(film.shots) if takes[index].job is None]),
        committed=sum(job.cost if job.status.terminal else job.plan.quote.high or 0 for job in known),
    )


def place(out: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Return the absolute path of the film.

    Raises:
        InvalidRequestError: it is no MP4's, or a file stands there.
    """
    path = Path(out).expanduser().absolute()
    if path.suffix.lower() != ".mp4":
        raise InvalidRequestError(f"`{out}`: a film is an MP4; name it `{path.with_suffix('.mp4').name}`")
    if path.exists() and not overwrite:
        raise InvalidRequestError(f"`{path}` already exists: choose another name, or allow it to be overwritten")
    return path


async def make(
    film: FilmPlan,
    studio: Studio,
    out: Path,
    *,
    max_cost: int | None = None,
    on_step: OnStep | None = None,
) -> Film:
    """Make the shots that are missing, join all, and return the film.

    Cancelling this coroutine, or killing the process, leaves its jobs resumable: made again, the film goes on with
    them. When a shot fails, those under way are waited for, none is begun, and the error says which it was.

    Args:
        film: From `plan`.
        studio: Makes single videos.
        out: Where the film goes, by `place`. Its clips go to a folder beside it, named NAME_shots.
        max_cost: Micro-USD that the film may cost in all, what is paid included.
        on_step: Told how far it is.

    Raises:
        SpendLimitError: it may cost more than `max_cost`. Nothing was spent.
        ConfigurationError: the key of a shot's provider is missing, or a setting. Nothing was spent.
        VideoGenerationError: one of its kinds, when a shot fails.
    """
    there = await survey(film, studio, out)
    check_ceiling(there.whole, max_cost)
    for shot, take in zip(film.shots, there.takes, strict=True):
        if take.job is None:
            with about(shot.label):
                await studio.check(shot.plan)
    crew = _Crew(film, studio, there.takes, out, on_step or (lambda _: None), bounded=max_cost is not None)
    made = await crew.shoot()
    info = await _joined(film, made, out, on_step or (lambda _: None))
    return Film(path=str(out), info=info, shots=tuple(made))


class _Crew:
    """The shots of one film being made."""

    def __init__(
        self, film: FilmPlan, studio: Studio, takes: Sequence[Take], out: Path, on_step: OnStep, *, bounded: bool
    ) -> None:
        self._film, self._studio, self._takes = film, studio, takes
        self._out, self._on_step, self._bounded = out, on_step, bounded
        self._made: dict[int, asyncio.Future[MadeShot]] = {}
        self._failed = False

    async def shoot(self) -> list[MadeShot]:
        """Return all shots.

        Raises:
            VideoGenerationError: what ended the first that failed.
        """
        loop = asyncio.get_running_loop()
        self._made = {index: loop.create_future() for index in range(len(self._film.shots))}
        ended = await asyncio.gather(*(self._shoot(index) for index in self._made), return_exceptions=True)
        errors = [each for each in ended if isinstance(each, BaseException)]
        cause = next((each for each in errors if not isinstance(each, _NotBegunError)), None)
        if cause is not None:
            there = len(ended) - len(errors)
            way_on = (
                f"\n{there} of {len(ended)} shots are there; made again, the film goes on with them" if there else ""
            )
            if isinstance(cause, VideoGenerationError):
                raise type(cause)(f"{cause.message}{way_on}", **cause.facts()) from cause
            raise cause
        return [each for each in ended if isinstance(each, MadeShot)]

    async def _shoot(self, index: int) -> MadeShot:
        try:
            shot = self._film.shots[index]
            before = {each: await self._made[each] for each in shot.link.needs}
            with about(shot.label):
                made = await self._take(index, shot, before)
        except BaseException:
            self._failed = True
            self._made[index].set_exception(_NotBegunError())
            self._made[index].exception()  # looked at: nobody may be waiting for it
            raise
        self._made[index].set_result(made)
        return made

    async def _take(self, index: int, shot: ShotPlan, before: dict[int, MadeShot]) -> MadeShot:
        take, job = self._takes[index], self._takes[index].job
        clip = clip_of(self._out, index, take.key)
        if job is None:
            if self._failed:
                raise _NotBegunError
            plan = await self._studio.plan(await self._request(shot, before))
            job = await self._studio.submit(plan, out=clip, idempotency_key=take.key, tags={_TAG: str(self._out)})
        elif take.resumes:
            job = await self._studio.resume(job.id)
        async for newest in self._studio.watch(job.id):
            self._on_step(Step(label=shot.label, shot=index, job=newest, fraction=newest.progress))
            job = newest
        made = await self._studio.here(job, clip)
        if made is None:
            raise VideoGenerationError(f"job `{job.id}` is {job.status}, and its video is not where it was delivered")
        return MadeShot(label=shot.label, job=made, path=made.artifacts[0].path)

    async def _request(self, shot: ShotPlan, before: dict[int, MadeShot]) -> Request:
        request = await chained(shot, {place: Path(made.path) for place, made in before.items()}, self._studio)
        if not self._bounded or shot.plan.quote.high is None:
            return request
        # What is tried instead of its model costs no more either.
        return request.model_copy(update={"max_cost": shot.plan.quote.high})


class _NotBegunError(Exception):
    """A shot was not begun, because another one failed."""


async def _joined(film: FilmPlan, made: Sequence[MadeShot], out: Path, on_step: OnStep) -> MediaInfo:
    loop, stopped = asyncio.get_running_loop(), threading.Event()

    def progress(fraction: float) -> None:
        loop.call_soon_threadsafe(on_step, Step(label="joining", fraction=fraction))

    paths = [Path(shot.path) for shot in made]
    try:
        return await asyncio.to_thread(cut, film, paths, out, progress=progress, cancelled=stopped.is_set)
    finally:
        stopped.set()
