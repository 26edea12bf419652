"""The jobs of a store, as callers see them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from video_gen.client.bringing import brought_home
from video_gen.client.generations import looked_at
from video_gen.client.handed import A_JOB_ID, expect
from video_gen.client.installation import Installation
from video_gen.client.words import Out
from video_gen.engine.ceilings import Standing
from video_gen.engine.faults import error_of
from video_gen.engine.ledger import Balance
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.resolving import Resubmit, Retry, WriteOff
from video_gen.engine.spending import Grouping, Spending
from video_gen.exceptions import InvalidRequestError, WaitTimeoutError
from video_gen.spec import Attempt, Event, Job, Status

Found = list[Job]
History = list[Event]
Attempts = list[Attempt]
Sums = list[Spending]
Standings = list[Standing]
_KEYS_AT_ONCE: Final = 500
"""How many keys are asked for in one question: databases take so many parameters and no more."""


class JobsView:
    """Every job there was and is. An id may be cut to any length that still names one job."""

    def __init__(self, installation: Installation, outputs: Path) -> None:
        self._installation = installation
        self._jobs = installation.jobs
        self._outputs = outputs

    async def __call__(self, job_id: str) -> dict[str, Any]:
        """Return where a job stands as a dictionary, as programs for IndoxRouter read it.

        It has `job_id`, `status` ("queued", "processing", "completed", "failed"), `progress` in percent, `created_at`,
        `model`, `error` (a sentence or None) and `result`: once completed, its `data` lists the files, each with a
        `url` that opens until the client closes.

        Raises:
            JobNotFoundError: there is none, or several begin so.
        """
        job = await self.get(job_id)
        return looked_at(job, [await self._installation.link(each) for each in job.artifacts])

    async def _id(self, beginning: str) -> str:
        return await self._jobs.id_of(expect(beginning, str, A_JOB_ID))

    async def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFoundError: there is none, or several begin so.
        """
        return await self._jobs.get(await self._id(job_id))

    async def list(
        self,
        *,
        status: Status | None = None,
        model: str | None = None,
        search: str | None = None,
        owner: Whose = EVERYONE,
        limit: int = 20,
    ) -> list[Job]:
        """Return jobs, newest first.

        Args:
            status: Only jobs in this state.
            model: Only jobs for this model, by its card's id.
            search: Only jobs whose prompt holds this.
            owner: Only jobs of this API key, by its id, or of the installation itself (None).
            limit: How many at most.
        """
        found: list[Job] = []
        after: str | None = None
        while len(found) < limit:
            page = await self._jobs.page(
                status=status,
                model=model,
                text=search,
                owner=owner,
                limit=min(limit - len(found), 200),
                after=after,
            )
            found += page.jobs
            after = page.next
            if after is None:
                break
        return found

    async def of_keys(self, keys: Sequence[str]) -> Mapping[str, Job]:
        """Return the asker's own jobs that were handed in with these idempotency keys, by their keys."""
        found: dict[str, Job] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            jobs = await self._installation.of_keys(keys[start : start + _KEYS_AT_ONCE])
            found |= {job.idempotency_key: job for job in jobs if job.idempotency_key is not None}
        return found

    async def ahead(self) -> Mapping[str, int]:
        """Return about how many jobs start before each one that waits, by its id; those far behind are left out."""
        return await self._jobs.ahead()

    async def unfinished(self) -> Found:
        """Return every job that is queued or running, oldest first."""
        found = [
            job for status in (Status.RUNNING, Status.QUEUED) for job in await self.list(status=status, limit=10_000)
        ]
        return sorted(found, key=lambda job: job.created_at)

    async def events(self, job_id: str, *, after: int = 0) -> History:
        """Return a job's history after an event's number, oldest first."""
        return await self._jobs.events(await self._id(job_id), after=after)

    async def attempts(self, job_id: str) -> Attempts:
        """Return a job's attempts, oldest first."""
        return await self._jobs.attempts(await self._id(job_id))

    async def watch(self, job_id: str) -> AsyncGenerator[Job]:
        """Yield the job whenever it looks different, and at last the ended job.

        Raises:
            StorageError: this process carries the job out, and the disk refuses; the job goes on later.
        """
        async for news in self._jobs.watch(await self._id(job_id)):
            if isinstance(news, Job):
                yield await self._home(news)

    async def look(self, job_id: str, *, within_s: float) -> Job:
        """Return the job as soon as it has ended, or as it stands when so many seconds are over.

        Raises:
            JobNotFoundError: there is none, or it was deleted meanwhile.
        """
        try:
            return await self._home(await self._jobs.wait(await self._id(job_id), timeout_s=within_s))
        except WaitTimeoutError:
            async with aclosing(
                self.watch(job_id)
            ) as news:  # whose first is how it stands; a server may be away a while
                return await anext(news)

    async def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the completed job, or raise what ended it.

        A server's video comes to the `out` that its job was handed in with by this client; that takes its own time.

        Raises:
            WaitTimeoutError: the time is over; the job goes on.
            VideoGenerationError: the job failed or was cancelled.
        """
        job = await self._jobs.wait(await self._id(job_id), timeout_s=timeout_s)
        if job.error is not None:
            raise error_of(job.error)
        return await self._home(job)

    async def _home(self, job: Job) -> Job:
        """Return a job with its files where they are wanted, once it has any."""
        place = self._installation.wanted(job.id) if job.artifacts else None
        if place is None:
            return job
        return await brought_home(self._installation, job.model_copy(update=place._asdict()), self._outputs)

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop.

        Raises:
            JobStateError: it has ended.
        """
        return await self._jobs.cancel(await self._id(job_id))

    async def resume(self, job_id: str, *, out: Out = None) -> Job:
        """Let a job go on where it stood; an ended one with what its provider already made.

        Args:
            job_id: Which job.
            out: Where its video is to go from now on; None: where it was to go. As of `submit` over a server.

        Raises:
            JobStateError: it is completed, or holds nothing to go on with.
            InvalidRequestError: `out` cannot be written as asked.
        """
        return await self._jobs.resume(await self._id(job_id), out=out)

    async def retry(self, job_id: str) -> Retry:
        """Try a failed or cancelled job again: with what its provider already made, else as a new job.

        Raises:
            JobStateError: it has not failed, or may be paid though nobody knows.
        """
        return await self._jobs.retry(await self._id(job_id))

    async def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with what a lost submit became, by the id the provider knows it by.

        What became of a lost submit is the installation's to say, whose money it was: a server that asks for keys takes
        this, `resubmit` and `write_off` by one with the scope `admin` alone.

        Raises:
            JobStateError: the job has no submit of unknown outcome.
        """
        return await self._jobs.adopt(await self._id(job_id), operation_id)

    async def resubmit(self, job_id: str) -> Job:
        """Send a lost submit again: the provider does not have it, as its caller has made sure.

        Raises:
            JobStateError: the job has no submit of unknown outcome.
        """
        return await self._resolve(job_id, Resubmit())

    async def write_off(self, job_id: str, *, cost: int | None = None) -> Job:
        """Give a lost submit up, and book what it cost in micro-USD; None: all that is held for it.

        Raises:
            JobStateError: the job has no submit of unknown outcome.
            InvalidRequestError: a cost below 0 is none.
        """
        if cost is not None and cost < 0:
            raise InvalidRequestError(
                f"`cost={cost}` is below 0: give micro-USD, 0 for what the provider did not charge"
            )
        return await self._resolve(job_id, WriteOff(cost))

    async def _resolve(self, job_id: str, decision: Resubmit | WriteOff) -> Job:
        return await self._jobs.resolve(await self._id(job_id), decision)

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job; with `files`, its videos too.

        Raises:
            JobStateError: it has not ended.
        """
        return await self._jobs.delete(await self._id(job_id), files=files)

    async def balance(self, job_id: str | None = None) -> Balance:
        """Return what is held and spent, in micro-USD: for one job, or in all."""
        return await self._jobs.balance(job_id)

    async def spending(self, since: datetime, by: Grouping = "day", *, owner: Whose = EVERYONE) -> Sums:
        """Return what was spent and is held from a moment on, by UTC day, provider, model or key, in micro-USD."""
        return list(await self._jobs.spending(since, by, owner=owner))

    async def standings(self) -> Standings:
        """Return where the installation stands today (a UTC day), then each key that has a ceiling."""
        return list(await self._jobs.standings())
