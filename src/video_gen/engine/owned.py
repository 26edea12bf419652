"""The jobs of one owner: whatever else the store holds does not exist here."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Unpack

from pydantic import SecretStr

from video_gen.engine.ceilings import Standing
from video_gen.engine.intake import Terms
from video_gen.engine.ledger import Balance
from video_gen.engine.listing import Listing
from video_gen.engine.query import Page, no_job
from video_gen.engine.resolving import Decision, Retry
from video_gen.engine.service import Jobs
from video_gen.engine.spending import Grouping, Spending
from video_gen.spec import Attempt, Event, Job, Plan


class OwnedJobs:
    """What `Jobs` offers, of one owner's jobs alone.

    Every method that takes a job's id raises `JobNotFoundError` for another owner's job, in the words of one that never
    was: nobody learns that it exists. Whoever serves callers with keys goes through this alone.
    """

    def __init__(self, jobs: Jobs, owner: str | None) -> None:
        self._jobs = jobs
        self.owner = owner
        """An API key's id; None: the installation itself."""

    async def _own(self, job_id: str) -> str:
        # An id is never used again and a job never changes hands, so what was looked up here stays true.
        if await self._jobs.owner_of(job_id) != self.owner:
            raise no_job(job_id)
        return job_id

    async def create(self, plan: Plan, *, key: SecretStr | None = None, **terms: Unpack[Terms]) -> Job:
        """Store a job of this owner, whatever the terms say of one; see `Jobs.create`."""
        terms["owner"] = self.owner
        return await self._jobs.create(plan, key=key, **terms)

    # --- looking ---------------------------------------------------------------------------------------------------

    async def get(self, job_id: str) -> Job:
        """Return a job."""
        return await self._jobs.get(await self._own(job_id))

    async def page(self, **which: Unpack[Listing]) -> Page:
        """Return jobs of this owner, whatever is said of one, newest first; see `Store.page`."""
        which["owner"] = self.owner
        return await self._jobs.page(**which)

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts, oldest first."""
        return await self._jobs.attempts(await self._own(job_id))

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """Return a job's events after a number, oldest first."""
        return await self._jobs.events(await self._own(job_id), after=after)

    async def balance(self, job_id: str | None = None) -> Balance:
        """Return what is held and spent, in micro-USD: for one job, or in all."""
        if job_id is not None:
            await self._own(job_id)
        return await self._jobs.balance(job_id, owner=self.owner)

    async def standing(self) -> Standing:
        """Return where the owner stands today (a UTC day): its key, or the whole installation."""
        return await self._jobs.standing(self.owner)

    async def spending(self, since: datetime, by: Grouping) -> Sequence[Spending]:
        """Return what was spent from a moment on, by UTC day, provider or model."""
        return await self._jobs.spending(since, by, owner=self.owner)

    async def watch(self, job_id: str, *, after: int = 0) -> AsyncIterator[Event | Job]:
        """Follow a job to its end; see `Jobs.watch`."""
        async for news in self._jobs.watch(await self._own(job_id), after=after):
            yield news

    async def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job when it has ended; see `Jobs.wait`."""
        return await self._jobs.wait(await self._own(job_id), timeout_s=timeout_s)

    # --- changing one's mind ---------------------------------------------------------------------------------------

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; see `Jobs.cancel`."""
        return await self._jobs.cancel(await self._own(job_id))

    async def resume(self, job_id: str) -> Job:
        """Let a job go on; see `Jobs.resume`."""
        return await self._jobs.resume(await self._own(job_id))

    async def retry(self, job_id: str, *, plan: Plan | None = None) -> Retry:
        """Try a failed or cancelled job again; see `Jobs.retry`."""
        return await self._jobs.retry(await self._own(job_id), plan=plan)

    async def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with what a lost submit became; see `Jobs.adopt`."""
        return await self._jobs.adopt(await self._own(job_id), operation_id)

    async def resolve(self, job_id: str, decision: Decision) -> Job:
        """Settle a submit of unknown outcome; see `Jobs.resolve`."""
        return await self._jobs.resolve(await self._own(job_id), decision)

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job; see `Jobs.delete`."""
        return await self._jobs.delete(await self._own(job_id), files=files)
