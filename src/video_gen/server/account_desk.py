"""Who asks, its jobs by their ids, and what they cost: the half of a gateway that is about one caller's account."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from video_gen.engine.ceilings import Standing
from video_gen.engine.ledger import Balance
from video_gen.engine.owned import OwnedJobs
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.resolving import Resubmit, WriteOff
from video_gen.engine.service import Jobs
from video_gen.engine.spending import Grouping, Spending
from video_gen.exceptions import JobNotFoundError
from video_gen.server.auth import Caller
from video_gen.server.file_desk import FileDesk
from video_gen.server.ids import job_id_of, no_job
from video_gen.server.services import Services
from video_gen.spec import Job


class Usage(NamedTuple):
    """What a caller has spent."""

    balance: Balance
    """Ever, in micro-USD."""
    models: Sequence[Spending]
    """By model, the dearest first."""
    today: Standing
    """Where it stands in this UTC day."""


class AccountDesk(FileDesk):
    """The half of a gateway that is about a caller's account."""

    def __init__(self, services: Services, caller: Caller, base_url: str) -> None:
        super().__init__(services, base_url)
        self.caller = caller

    @property
    def _jobs(self) -> OwnedJobs | Jobs:
        return self._client.engine if self.caller.sees_all else self._client.jobs_of(self.caller.id)

    @property
    def _whose(self) -> Whose:
        return EVERYONE if self.caller.sees_all else self.caller.id

    async def job(self, job_id: str) -> Job:
        """Return a job."""
        try:
            return await self._jobs.get(job_id_of(job_id))
        except JobNotFoundError:
            raise no_job(job_id) from None

    async def usage(self) -> Usage:
        """Return what the caller has spent, and where it stands today."""
        jobs = self._client.jobs_of(self.caller.id)
        spending = await jobs.spending(datetime.min.replace(tzinfo=UTC), "model")
        return Usage(await jobs.balance(), spending, await jobs.standing())

    async def balance(self, job_id: str | None = None) -> Balance:
        """Return what is held and spent, in micro-USD: for one of the caller's jobs, or for all."""
        return await self._jobs.balance(None if job_id is None else (await self.job(job_id)).id)

    async def spending(self, since: datetime, by: Grouping) -> Sequence[Spending]:
        """Return what the caller's jobs cost from a moment on, by UTC day, provider, model or key."""
        return await self._jobs.spending(since, by)

    async def standing(self) -> Standing:
        """Return where the caller stands today (a UTC day)."""
        return await self._client.jobs_of(self.caller.id).standing()

    # --- what a lost submit cost -----------------------------------------------------------------------------------

    async def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with what a lost submit became, by the id the provider knows it by; errors as of `resolve`."""
        return await self._jobs.adopt((await self.job(job_id)).id, operation_id)

    async def resolve(self, job_id: str, decision: Resubmit | WriteOff) -> Job:
        """Settle a submit of unknown outcome as a person decided.

        Raises:
            JobStateError: the job has none.
        """
        return await self._jobs.resolve((await self.job(job_id)).id, decision)
