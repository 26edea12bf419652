"""Which queued jobs start now: pure choices over values, the same on one machine and on many.

The rules, in order:

1. No limit is passed: of a provider, of an owner, of the whole installation.
2. The highest priority goes first. Waiting counts too: each `AGEING` seconds are worth a point, so the lowest priority
   has its turn at last, whatever else comes in.
3. Owners of equal priority take turns: who has fewest jobs under way at a provider, then who was served longest ago.
   A thousand jobs of one owner do not hold back the one job of another.
4. The oldest goes first.

An owner's own jobs wait in one line for each provider, a `Lane`; of two lanes, only the time since they were last
served counts as waiting, or else a long line would grow old together and push everybody aside.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

AGEING: Final = timedelta(minutes=10)
"""The waiting that is worth one point of priority."""


class Lane(NamedTuple):
    """An owner's line at a provider."""

    provider: str
    owner: str | None = None
    """None: the installation itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queued:
    """A job that waits for its start."""

    job_id: str
    lane: Lane
    priority: int
    seq: int
    """Rises with each job that was handed in."""
    since: datetime
    """When it was handed in."""

    @property
    def turn(self) -> tuple[datetime, int]:
        """Orders a lane: a point of priority counts as if the job had come in by `AGEING` earlier."""
        return self.since - self.priority * AGEING, self.seq


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How many jobs may be under way at once; None: as many as there are."""

    provider: Callable[[str], int | None] = lambda _: None
    owner: Callable[[str | None], int | None] = lambda _: None
    room: int
    """How many more may start in all."""


def admit(
    queued: Iterable[Queued],
    *,
    running: Mapping[Lane, int],
    served: Mapping[Lane, datetime],
    limits: Limits,
    now: datetime,
) -> Sequence[Queued]:
    """Return the jobs that start now, in the order they should.

    Args:
        queued: Jobs that wait; of each lane those that are first by priority or age are enough.
        running: How many jobs of each lane are under way.
        served: When a job of the lane was last started; it need not be known of all.
        limits: How many may be under way.
        now: The time.
    """
    tally = _Tally(running, limits)
    lines = {lane: _Line(lane, jobs, served.get(lane), now) for lane, jobs in _by_lane(queued).items()}
    order = [(line.rank(tally), lane) for lane, line in lines.items()]
    heapq.heapify(order)
    chosen: list[Queued] = []
    while order and len(chosen) < limits.room:
        _, lane = heapq.heappop(order)
        if not tally.has_room(lane):  # nor will it have any in this round
            continue
        chosen.append(lines[lane].start(now))
        tally.add(lane)
        if lines[lane]:
            heapq.heappush(order, (lines[lane].rank(tally), lane))
    return chosen


def _by_lane(queued: Iterable[Queued]) -> Mapping[Lane, list[Queued]]:
    lanes: dict[Lane, list[Queued]] = defaultdict(list)
    for job in queued:
        lanes[job.lane].append(job)
    return lanes


class _Tally:
    """What is under way, and whether more may be."""

    def __init__(self, running: Mapping[Lane, int], limits: Limits) -> None:
        self._limits = limits
        self.lanes = Counter(running)
        self._providers: Counter[str] = Counter()
        self._owners: Counter[str | None] = Counter()
        for lane, count in running.items():
            self._providers[lane.provider] += count
            self._owners[lane.owner] += count

    def has_room(self, lane: Lane) -> bool:
        of_provider, of_owner = self._limits.provider(lane.provider), self._limits.owner(lane.owner)
        return (of_provider is None or self._providers[lane.provider] < of_provider) and (
            of_owner is None or self._owners[lane.owner] < of_owner
        )

    def add(self, lane: Lane) -> None:
        self.lanes[lane] += 1
        self._providers[lane.provider] += 1
        self._owners[lane.owner] += 1


Rank = tuple[int, int, bool, datetime, tuple[datetime, int]]


class _Line:
    """The jobs of one lane, those with the earliest turn last."""

    def __init__(self, lane: Lane, jobs: list[Queued], served: datetime | None, now: datetime) -> None:
        self.lane = lane
        self._jobs = sorted(jobs, key=lambda job: job.turn, reverse=True)
        self._served = served
        self._now = now

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def rank(self, tally: _Tally) -> Rank:
        """Return what lanes are ordered by, the smallest first; only this lane's own state is in it."""
        return (
            -self._urgency(),
            tally.lanes[self.lane],
            self._served is not None,
            self._served or self._now,
            self._jobs[-1].turn,
        )

    def _urgency(self) -> int:
        """The priority that counts against other lanes: of the most urgent job, and of the time unserved."""
        oldest = min(job.since for job in self._jobs)
        unserved = self._now - (oldest if self._served is None else max(oldest, self._served))
        return max(job.priority for job in self._jobs) + max(0, unserved // AGEING)

    def start(self, now: datetime) -> Queued:
        self._served = now
        return self._jobs.pop()
