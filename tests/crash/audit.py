"""What has to be true of a home and of the providers' books, whatever happened in between."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from world import Accepted

from video_gen.client import AsyncClient
from video_gen.config import Config
from video_gen.engine.ledger import Entry, EntryKind
from video_gen.exceptions import SubmissionUnknownError
from video_gen.media.verify import verify
from video_gen.spec import Attempt, AttemptState, Event, Guarantee, Job, Status
from video_gen.transport.work_files import PREFIX


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A job, and all its rows."""

    job: Job
    attempts: Sequence[Attempt]
    events: Sequence[Event]
    entries: Sequence[Entry]

    @property
    def unknown(self) -> bool:
        """It waits for a person."""
        return any(attempt.state is AttemptState.UNKNOWN for attempt in self.attempts)


def kept(environment: Mapping[str, str]) -> list[Kept]:
    """Return what a home's store holds, oldest job first."""

    async def read() -> list[Kept]:
        config = Config.from_environment(environment, dotenv=Path("no-dotenv"))
        async with AsyncClient(config) as client:
            found = [await _kept(client, job) for job in await client.jobs.list()]
        return found[::-1]

    return asyncio.run(read())


async def _kept(client: AsyncClient, job: Job) -> Kept:
    return Kept(
        job=job,
        attempts=await client.engine.attempts(job.id),
        events=await client.jobs.events(job.id),
        entries=await client.engine._store.entries(job.id),
    )


def strays(home: Path) -> list[str]:
    """Return what lies in the work folder; an answer that nobody came to fetch is kept there for a day."""
    return sorted(path.name for path in home.joinpath("work").rglob("*") if not path.name.startswith(PREFIX))


@dataclass
class Audit:
    """Collects what is wrong with the end of one schedule."""

    guarantee: Guarantee
    price: int
    """What the provider charges for each job it accepts, in micro-USD."""
    sha256: str
    """Of the video, which is the same each time."""
    clock: bool
    """Nobody has moved it."""
    orderly: bool
    """Every life ended in order, so that nothing is in doubt."""
    wrong: list[str] = field(default_factory=list)

    def check(
        self, prompts: Sequence[str], jobs: Sequence[Kept], accepted: Sequence[Accepted] | None, home: Path
    ) -> None:
        """Look at everything; `accepted` are the provider's jobs, None where nobody is paid."""
        self._must(sorted(each.job.request.prompt for each in jobs) == sorted(prompts), "a job is lost or there twice")
        for each in jobs:
            self._job(each)
            self._money(each)
            self._history(each)
        self._files(jobs, home)
        if accepted is not None:
            self._provider(jobs, accepted)

    def _must(self, true: bool, otherwise: str) -> None:  # noqa: FBT001
        if not true:
            self.wrong.append(otherwise)

    def _job(self, kept: Kept) -> None:
        job, states = kept.job, [attempt.state for attempt in kept.attempts]
        if job.status is Status.COMPLETED:
            self._must(states[-1] is AttemptState.SUCCEEDED, f"completed, and its attempts are {states}")
            self._must({*states[:-1]} <= {AttemptState.REJECTED}, f"more than one attempt was taken: {states}")
            self._must((job.progress, job.error, len(job.artifacts)) == (1.0, None, 1), "completed, and not quite")
            return
        self._must(job.status is Status.FAILED, f"it is {job.status}")
        self._must(
            job.error is not None and job.error.code == SubmissionUnknownError.code, f"it ended with {job.error}"
        )
        self._must(states[-1] in {AttemptState.UNKNOWN, AttemptState.FAILED}, f"its attempts are {states}")

    def _money(self, kept: Kept) -> None:
        for attempt in kept.attempts:
            legs = [entry for entry in kept.entries if entry.attempt_id == attempt.id]
            opened = [leg for leg in legs if leg.kind is EntryKind.RESERVE]
            open_still = attempt.state is AttemptState.UNKNOWN
            self._must(len(opened) == 1 and opened[0].held == attempt.reserved, f"reserved as {opened}")
            self._must(len(legs) == (1 if open_still else 2), f"booked as {legs}")
            held, spent = sum(leg.held for leg in legs), sum(leg.spent for leg in legs)
            self._must(held == (attempt.reserved if open_still else 0), f"{held} micro-USD stay held")
            self._must(spent == (attempt.cost or 0), f"{spent} micro-USD are booked for a cost of {attempt.cost}")
        booked = sum(entry.spent for entry in kept.entries)
        self._must(kept.job.cost == booked, f"the job's cost is {kept.job.cost}, and {booked} are booked")

    def _history(self, kept: Kept) -> None:
        kinds = [event.kind for event in kept.events]
        self._must(all(one.seq < two.seq for one, two in pairwise(kept.events)), "events are out of order")
        if self.clock:
            self._must(all(one.at <= two.at for one, two in pairwise(kept.events)), "events go back in time")
        done = 1 if kept.job.status is Status.COMPLETED else 0
        doubtful = (self.guarantee is Guarantee.NONE or not self.clock) and not self.orderly
        self._must(doubtful or "attempt.unknown" not in kinds, "there was no reason to leave it to a person")
        once = {"job.queued": 1, "attempt.intent": len(kept.attempts), "artifact.stored": done, "job.completed": done}
        for kind, times in once.items():
            self._must(kinds.count(kind) == times, f"`{kind}` is told {kinds.count(kind)} times, not {times}")
        self._must(not done or kinds[-1] == "job.completed", f"it is completed, and then {kinds[-1]}")

    def _files(self, jobs: Sequence[Kept], home: Path) -> None:
        promised = {item.path: item for each in jobs for item in each.job.artifacts}
        places = (*home.parent.joinpath("outputs").rglob("*"), *home.joinpath("files", "videos").rglob("*"))
        there = {str(path): path for path in places if path.is_file()}
        self._must(promised.keys() == there.keys(), f"promised: {sorted(promised)}; there: {sorted(there)}")
        for name in promised.keys() & there.keys():
            sha256 = hashlib.sha256(there[name].read_bytes()).hexdigest()
            self._must(sha256 == promised[name].sha256 == self.sha256, f"{name} is not the video it should be")
            verify(there[name])
        self._must(not strays(home), f"left in the work folder: {strays(home)}")

    def _provider(self, jobs: Sequence[Kept], accepted: Sequence[Accepted]) -> None:
        asked = [each.prompt for each in accepted]
        for each in jobs:
            paid = asked.count(each.job.request.prompt)
            taken = sum(attempt.state is not AttemptState.REJECTED for attempt in each.attempts)
            known = [attempt.operation.id for attempt in each.attempts if attempt.operation is not None]
            self._must(len(known) <= paid <= taken, f"{paid} jobs are paid for {taken} attempts, known as {known}")
            if not each.unknown:
                charged, booked = self.price * paid, each.job.cost
                self._must(charged == booked, f"{charged} micro-USD are charged, and {booked} are booked")
        strange = set(asked) - {each.job.request.prompt for each in jobs}
        self._must(not strange, f"nobody asked for {strange}")
