"""A schedule: one or more videos, asked for by a person who goes on after each death until they are there.

The person types what the project's documentation says: `generate`, after a crash `jobs resume`, and where nobody can
tell what became of a submit, looks at the provider's list and types `jobs resolve`.
"""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from audit import Audit, Kept, kept, strays
from databases import IN_THE_HOME, Stores
from lives import TERMINATED, How, Life, Living, Plot
from points import Moment
from world import Accepted, Providers

from video_gen.catalog import load_catalog
from video_gen.client.wiring import load_protocol
from video_gen.spec import Guarantee, micro

LIVES = 12
FETCHED = ("verify", "link", "flush the name", "store job.completed", "tidy up")
"""Steps at which the video is there already: nothing is fetched any more."""
FREE = "local"
"""The provider that nobody is paid for: it is no other's emulator."""


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A provider, by one of its models."""

    provider: str
    protocol: str
    model: str
    guarantee: Guarantee

    @property
    def words(self) -> Sequence[str]:
        """What its commands say besides the prompt."""
        small = ("--duration", "1", "--size", "64x64", "--seed", "0") if self.provider == FREE else ()
        return ("--model", self.model, *small)


def wires() -> dict[str, Wire]:
    """Return a wire for each provider that makes a video from a prompt."""
    catalog, found = load_catalog(), dict[str, Wire]()
    for name, provider in catalog.providers.items():
        cards = [
            card for card in catalog.cards.values() if card.provider == name and "text_to_video" in (card.tasks or ())
        ]
        alive = [card for card in cards if card.lifecycle.status != "retired"] or cards
        if alive:
            unlisted = provider.settings.get("lists") == "no"
            guarantee = Guarantee.NONE if unlisted else load_protocol(provider.protocol).guarantee
            found[name] = Wire(provider=name, protocol=provider.protocol, model=alive[0].id, guarantee=guarantee)
    return found


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What befalls one run of a wire."""

    wire: Wire
    plots: tuple[Plot, ...] = ()
    """How each life ends, one after the other; those after the last end by themselves."""
    lost: str = ""
    """The fault by which the answer to the first submit is lost."""
    broken: str = ""
    """The fault that the first download meets."""
    videos: int = 1
    gives_up: bool = False
    """The person writes a doubtful submit off, instead of settling what became of it."""

    @property
    def kills(self) -> bool:
        """Somebody is to die in it, in any case."""
        return any(plot.end is not None and plot.how in {How.KILLED, How.FROZEN} for plot in self.plots)

    @property
    def late(self) -> bool:
        """Whatever befalls it comes when the video is there already."""
        return bool(self.plots) and not self.broken and all(str(plot.end).endswith(FETCHED) for plot in self.plots)

    def __str__(self) -> str:
        faults = ", ".join(each for each in (self.lost, self.broken) if each)
        ends = "; ".join(map(str, self.plots))
        return f"{self.wire.provider}: {self.videos} videos, faults: {faults or 'none'}, lives end at: {ends or '-'}"


@dataclass(frozen=True, kw_only=True)
class Story:
    """What became of a schedule."""

    schedule: Schedule
    lives: tuple[tuple[Moment, ...], ...]
    """The points that each life passed which came to its natural end."""
    kills: int
    told: int
    accepted: int
    attempts: int
    downloads: int
    missing: int
    """Videos that were asked for, and that no job is about."""
    resolved: Counter[str]
    """How doubtful submits were settled, by decision."""
    price: int
    sha256: str
    wrong: Sequence[str]


@dataclass
class Home:
    """A folder for one schedule, and the settings that lead there."""

    folder: Path
    settings: Mapping[str, str]
    environment: dict[str, str] = field(init=False)

    @property
    def state(self) -> Path:
        """The folder that VIDEO_GEN_HOME names."""
        return self.folder / "home"

    def __post_init__(self) -> None:
        own = {"VIDEO_GEN_HOME": self.state, "OUTPUTS_DIR": self.folder / "outputs", "HOME": self.folder}
        plain = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.environment = plain | dict(self.settings) | {name: str(path) for name, path in own.items()}


class Person:
    """Plays schedules, each in a fresh home made from a blank one."""

    def __init__(self, providers: Providers, folder: Path, stores: Stores = IN_THE_HOME) -> None:
        self._providers = providers
        self._stores = stores
        self._folder = folder
        self._played = 0
        self._blank = folder / "blank"
        kept(Home(self._blank, {}).environment)  # opening a home makes its store

    def play(self, schedule: Schedule, usual: Story | None = None) -> Story:
        """Play a schedule to its end, and look at what is left behind.

        Args:
            schedule: What befalls it.
            usual: The same wire undisturbed, which says what is to be expected; None: this is that one.
        """
        with self.stage(schedule, usual) as play:
            return play.run()

    @contextmanager
    def stage(self, schedule: Schedule, usual: Story | None = None) -> Iterator["Play"]:
        """Give a schedule that is not played yet, in its home; see `play`."""
        self._played += 1
        home = Home(self._folder / f"case-{self._played}", self._providers.environment | self._stores.fresh())
        shutil.copytree(self._blank, home.folder)
        try:
            yield Play(schedule, self._providers, home, self._played, usual, self._stores)
        finally:
            shutil.rmtree(home.folder)


class Play:
    """A schedule being played."""

    def __init__(
        self,
        schedule: Schedule,
        providers: Providers,
        home: Home,
        number: int,
        usual: Story | None,
        stores: Stores,
    ) -> None:
        self.schedule = schedule
        self.providers = providers
        self.home = home
        self.usual = usual
        self.stores = stores
        self.plots = iter(schedule.plots)
        # Each schedule asks a provider for something else, since it remembers the others.
        takes = [""] if schedule.wire.provider == FREE else [f", {number}.{n}" for n in range(schedule.videos)]
        self.prompts = [f"a paper boat on a quiet lake{take}" for take in takes]
        seen = providers.seen()
        self.before, self.fetched = len(seen.accepted), seen.downloads
        self.lives: list[Life] = []

    def run(self) -> Story:
        """Go on until there is nothing left to type; return what became of it."""
        self.providers.cause(*(fault for fault in (self.schedule.lost, self.schedule.broken) if fault))
        wrong = list[str]()
        for _ in range(LIVES + len(self.schedule.plots)):
            rows = kept(self.home.environment)
            command = next(self._commands(rows), None)
            if command is None:
                break
            lives = self._live(command, next(self.plots, Plot()))
            self.lives += lives
            self.providers.seen()  # what it sent has arrived before the next life begins
            wrong += [each for life in lives for each in _said_wrong(life)]
        else:
            wrong.append(f"not at its end after so many lives; the last said: {self.lives[-1].said}")
        self.providers.cause()
        return self._story(kept(self.home.environment), wrong)

    def _live(self, command: list[str], plot: Plot) -> list[Life]:
        """Run a command; while it is frozen, somebody else tries to go on."""
        living = self.begin(command, plot)
        if plot.how not in {How.WAKES, How.FROZEN} or not living.frozen():
            return [living.end()]
        other = self.begin([*self.stores.resume], Plot())
        time.sleep(self.stores.frozen)
        living.send(signal.SIGCONT if plot.how is How.WAKES else signal.SIGKILL)
        return [living.end(), other.end()]

    def begin(self, command: list[str], plot: Plot) -> Living:
        """Type a command."""
        return Living(self.home.folder, self.home.environment, command, plot)

    def _commands(self, rows: Sequence[Kept]) -> Iterator[list[str]]:
        """Yield what there is to type, the most pressing first; nothing when all is settled."""
        if any(not each.job.status.terminal for each in rows):
            yield [*self.stores.resume]
        missing = [prompt for prompt in self.prompts if prompt not in {each.job.request.prompt for each in rows}]
        if missing:
            yield self.generate(missing)
        for each in rows:
            if each.unknown:
                yield self._resolve(each)
        if strays(self.home.state):
            yield self._clear(rows[0].job.id)

    def _clear(self, ended: str) -> list[str]:
        """Return a command that carries jobs out, though none is left: it first clears away what the killed left."""
        return ["jobs", "watch", ended] if self.stores.at_hand else [*self.stores.resume]

    def generate(self, prompts: Sequence[str] = ()) -> list[str]:
        """Return the command that asks for videos, by default for all of them."""
        return ["generate", *(prompts or self.prompts), *self.schedule.wire.words, *self.stores.detached]

    def _resolve(self, doubtful: Kept) -> list[str]:
        """Decide as a person who looks at the provider's own list."""
        made = [each.id for each in self._accepted() if each.prompt == doubtful.job.request.prompt]
        assert len(made) <= 1, f"the provider has made {made} for one attempt"
        start = ["jobs", "resolve", doubtful.job.id]
        if self.schedule.gives_up:
            cost = self._price if made else 0
            return [*start, "--write-off", "--cost", f"{cost / micro(1):f}"]
        start += self.stores.detached
        return [*start, "--adopt", made[0]] if made else [*start, "--resubmit"]

    @property
    def _price(self) -> int:
        assert self.usual is not None
        return self.usual.price

    def _accepted(self) -> Sequence[Accepted]:
        return self.providers.seen().accepted[self.before :]

    def _story(self, rows: Sequence[Kept], wrong: list[str]) -> Story:
        accepted = self._accepted()
        usual, first = self.usual, rows[0].job if rows else None
        sha256 = usual.sha256 if usual else first.artifacts[0].sha256 if first and first.artifacts else ""
        price = usual.price if usual else first.cost if first else 0
        audit = Audit(
            guarantee=self.schedule.wire.guarantee,
            price=price,
            sha256=sha256,
            clock=not any(plot.jump for plot in self.schedule.plots),
            orderly=not self.schedule.lost and all(plot.how is How.TOLD for plot in self.schedule.plots),
            wrong=wrong,
        )
        paid = None if self.schedule.wire.provider == FREE else accepted
        audit.check(self.prompts, rows, paid, self.home.state)
        downloads = self.providers.seen().downloads - self.fetched
        late = self.schedule.late and self.stores.at_hand
        if usual and late and downloads > usual.downloads * self.schedule.videos:
            audit.wrong.append(f"the video was fetched {downloads} times, though it was there")
        return Story(
            schedule=self.schedule,
            lives=tuple(life.moments for life in self.lives if life.code is not None),
            kills=sum(life.code is None for life in self.lives),
            told=sum(life.code == TERMINATED for life in self.lives),
            accepted=len(accepted),
            attempts=sum(len(each.attempts) for each in rows),
            downloads=downloads,
            missing=len({*self.prompts} - {each.job.request.prompt for each in rows}),
            resolved=Counter(name for each in rows for name in _settled(each)),
            price=price,
            sha256=sha256,
            wrong=tuple(audit.wrong),
        )


def _settled(kept: Kept) -> list[str]:
    names = {"attempt.adopted": "adopted", "attempt.not_found": "sent again", "attempt.written_off": "written off"}
    by_hand = [event.kind for event in kept.events if "by hand" in event.message]
    return [names[kind] for kind in by_hand if kind in names] + (["open"] if kept.unknown else [])


def _said_wrong(life: Life) -> list[str]:
    """Return what no command may ever say, nor end with."""
    if "Traceback" in life.said or life.code not in {None, 0, 9, TERMINATED}:
        return [f"a command ended with {life.code} and said: {life.said}"]
    return []
