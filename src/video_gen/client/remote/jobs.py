"""A server's jobs: those of the key that asks, or everyone's where the key may see them."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final, Unpack

from video_gen.client.remote.wanted import Wanted
from video_gen.client.remote.wire import Wire, value, values
from video_gen.client.words import Out
from video_gen.engine.ceilings import Standing
from video_gen.engine.ledger import Balance
from video_gen.engine.listing import Listing
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.query import Page
from video_gen.engine.resolving import Resubmit, Retry, WriteOff
from video_gen.engine.spending import Grouping, Spending
from video_gen.exceptions import InvalidRequestError, JobNotFoundError, WaitTimeoutError
from video_gen.spec import Attempt, Call, Event, Job

_WHOLE: Final = re.compile(r"[0-9a-f]{16}")


class RemoteJobs:
    """The jobs of a server; satisfies `JobSource`."""

    def __init__(self, wire: Wire, wanted: Wanted) -> None:
        self._wire, self._wanted = wire, wanted

    async def id_of(self, beginning: str) -> str:
        """Return the whole id of the one job whose id begins so."""
        if _WHOLE.fullmatch(beginning):
            return beginning
        page = await self.page(text=beginning, limit=100) if beginning else Page(jobs=())
        found = [job.id for job in page.jobs if job.id.startswith(beginning)]
        if not found:
            raise JobNotFoundError(f"there is no job `{beginning[:80]}` at `{self._wire.url}`")
        if len(found) > 1:
            raise InvalidRequestError(f"`{beginning}` could be any of {', '.join(found[:4])} ...: give more of the id")
        return found[0]

    # --- looking ---------------------------------------------------------------------------------------------------

    async def get(self, job_id: str) -> Job:
        """Return a job."""
        return value(Job, await self._wire.get(f"/jobs/{job_id}"))

    async def page(self, **which: Unpack[Listing]) -> Page:
        """Return jobs, newest first."""
        asked: dict[str, Any] = {**which}
        self._own(asked.pop("owner", EVERYONE))
        return value(Page, await self._wire.get("/jobs", **asked))

    async def ahead(self) -> Mapping[str, int]:
        """Return how many jobs start before each one of the asker's that waits."""
        found: dict[str, int] = await self._wire.get("/line")
        return found

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """Return a job's history after an event's number, oldest first."""
        return values(Event, await self._wire.get(f"/jobs/{job_id}/events", after=after))

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts, oldest first."""
        return values(Attempt, await self._wire.get(f"/jobs/{job_id}/attempts"))

    async def watch(self, job_id: str) -> AsyncIterator[Event | Job]:
        """Yield the job whenever it looks different, and at last the ended job."""
        job, tag = None, ""
        while job is None or not job.status.terminal:
            seen, tag = await self._news(job_id, tag)
            if seen is not None:
                job = seen
                yield job

    async def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job when it has ended, however it ended."""
        now = asyncio.get_running_loop().time
        end = math.inf if timeout_s is None else now() + timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    call = Call(path=f"/jobs/{job_id}", query={"until": "end"})
                    job = value(Job, (await self._wire.held(call, end - now())).body)
                    if job.status.terminal:
                        return job
        except TimeoutError:
            raise WaitTimeoutError(
                f"job `{job_id}` did not end within {timeout_s:g} s; it goes on at `{self._wire.url}`: wait again"
            ) from None

    async def _news(self, job_id: str, tag: str) -> tuple[Job | None, str]:
        """Return a job that looks different from what was seen, and how to name what is seen now."""
        call = Call(path=f"/jobs/{job_id}", headers={"If-None-Match": tag} if tag else {})
        reply = await (self._wire.held(call) if tag else self._wire.patiently(call))
        if reply.status == 304:
            return None, tag
        return value(Job, reply.body), reply.headers.get("etag", "")

    # --- changing one's mind ---------------------------------------------------------------------------------------

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop."""
        return value(Job, await self._wire.post(f"/jobs/{job_id}/cancel"))

    async def resume(self, job_id: str, *, out: Out = None) -> Job:
        """Let a job go on."""
        kind = "video" if out is None else (await self.get(job_id)).request.kind
        place = await self._wanted.place(out, overwrite=False, known=False, kind=kind)
        return self._wanted.note(value(Job, await self._wire.post(f"/jobs/{job_id}/resume")), place)

    async def retry(self, job_id: str) -> Retry:
        """Try an ended job again: the lost answer of a retry is not asked for again, it may have made a job."""
        told = await self._wire.ask(Call(method="POST", path=f"/jobs/{job_id}/retry", body={}))
        return Retry(self._wanted.note(value(Job, told["job"]), self._wanted.of(job_id)), resumed=told["resumed"])

    async def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with this operation as what a lost submit became."""
        return await self._decide(f"/jobs/{job_id}/adopt", {"operation_id": operation_id})

    async def resolve(self, job_id: str, decision: Resubmit | WriteOff) -> Job:
        """Settle a submit of unknown outcome as a person decided."""
        if isinstance(decision, Resubmit):
            return await self._decide(f"/jobs/{job_id}/resubmit", {})
        return await self._decide(f"/jobs/{job_id}/write-off", {"cost": decision.cost})

    async def _decide(self, path: str, body: dict[str, Any]) -> Job:
        """Send a decision, once: the second time there is nothing to decide any more."""
        return value(Job, await self._wire.ask(Call(method="POST", path=path, body=body)))

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job."""
        query = {"files": "true"} if files else {}
        return value(Job, await self._wire.ask(Call(method="DELETE", path=f"/jobs/{job_id}", query=query, free=True)))

    # --- money -----------------------------------------------------------------------------------------------------

    async def balance(self, job_id: str | None = None) -> Balance:
        """Return what is held and spent, in micro-USD: for one job, or in all."""
        return value(Balance, await self._wire.get("/balance", job_id=job_id))

    async def standing(self, owner: str | None) -> Standing:
        """Return where the key that asks stands today."""
        self._own(EVERYONE if owner is None else owner)
        return value(Standing, await self._wire.get("/standing"))

    async def standings(self) -> list[Standing]:
        """Return where the key that asks stands today."""
        return [await self.standing(None)]

    async def spending(self, since: datetime, by: Grouping, *, owner: Whose = EVERYONE) -> list[Spending]:
        """Return what was spent from a moment on, by UTC day, provider, model or key."""
        self._own(owner)
        return values(Spending, await self._wire.get("/spending", since=since.isoformat(), by=by))

    def _own(self, owner: Whose) -> None:
        if owner is not EVERYONE:
            raise InvalidRequestError(
                f"`{self._wire.url}` shows what the key may see: leave `owner` out, or ask with that owner's key"
            )
