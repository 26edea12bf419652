"""Jobs as a program sees them: hand one in, look, wait, cancel, try again.

Works in any process that opens the store; one of them carries the jobs out.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final, Self, Unpack

from pydantic import SecretStr

from video_gen.engine import discard, intake, lifecycle, watching
from video_gen.engine.artifacts import destination
from video_gen.engine.callback import callback_row
from video_gen.engine.ceilings import Ceilings, Standing
from video_gen.engine.engines import engine_of, store_of
from video_gen.engine.faults import words_of
from video_gen.engine.feed import Feed
from video_gen.engine.following import News
from video_gen.engine.health import with_breaker
from video_gen.engine.intake import Out, Terms
from video_gen.engine.lease import Lease
from video_gen.engine.ledger import Balance, check_ceiling
from video_gen.engine.listing import Listing
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.places import Places
from video_gen.engine.policy import Policy
from video_gen.engine.poller import Poller
from video_gen.engine.ports import MAX_RUNNING, DriverOf, Engine, Ports, Verify
from video_gen.engine.progress import ProgressBoard
from video_gen.engine.query import Page
from video_gen.engine.resolving import Adopt, Decision, Retry
from video_gen.engine.signal import Signal
from video_gen.engine.spending import Grouping, Spending
from video_gen.engine.workflow import advance
from video_gen.exceptions import JobNotFoundError, JobStateError, VideoGenerationError
from video_gen.spec import Attempt, Event, Job, Plan, Protocol, Provider, Status
from video_gen.spec.health import Health

GRACE: Final = 10.0


class Jobs:
    """The jobs of one home.

    `open` it, `run` it where this process should carry jobs out (of the processes that do, one is at work and the
    others stand by), and `close` it.
    """

    def __init__(self, places: Places, ports: Ports, engine: Engine, feed: Feed) -> None:
        self._ports, self._store = ports, ports.store
        self._engine, self._feed, self._hooks = engine, feed, places.hooks
        self.places = places
        """Where things are."""
        self.blobs = places.blobs
        """Media handed in, by content."""
        self.keys = ports.store.keys
        """The API keys of those who may ask."""
        self.of_key = ports.store.of_key
        """The job that was handed in with a key, if there is one."""
        self.tally = ports.store.tally
        """How many jobs and attempts there are, by where they stand."""
        self.files = places.files
        """Opens the videos that artifacts name."""
        self.news = News(ports.store, feed)
        """What happens to all of an owner's jobs."""
        self.webhooks = ports.store.webhooks(places.keyring)
        """Who is told of it, and how that went."""
        self.shared = places.shared is not None
        """Other machines work over the same store."""
        self._runner: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        places: Places,
        *,
        driver_of: DriverOf,
        protocol_of: Callable[[str], Protocol],
        provider_of: Callable[[str], Provider],
        verify: Verify,
        limit: Callable[[str], int | None],
        policy: Policy | None = None,
        ceilings: Ceilings | None = None,
    ) -> Self:
        """Open the store of some places, and make it where it is missing.

        Args:
            places: Where the store, inputs, work files and videos are.
            driver_of: Who carries calls to a provider.
            protocol_of: A protocol by its name.
            provider_of: A provider by its id.
            verify: Checks a finished file against its plan.
            limit: How many jobs of a provider, by its id, may be under way at once; None: no limit.
            policy: How patient the workflow is.
            ceilings: What the installation allows for a day; None: everything.

        Raises:
            StorageError: the home or the database cannot be used.
            ConfigurationError: a newer version made the store, or the database is named wrongly.
        """
        policy, shared = policy or Policy(), places.shared
        lease = None if shared is None else Lease(shared.lease_seconds)
        store = await store_of(places, ceilings)
        ports = Ports(
            store=store,
            keyring=places.keyring,
            work=places.work,
            outputs=places.outputs,
            blobs=places.blobs,
            vault=places.vault,
            driver_of=driver_of,
            protocol_of=protocol_of,
            provider_of=provider_of,
            verify=verify,
            policy=policy,
            callback_of=places.hooks.url,
            poller=Poller(
                width=policy.poll_width, gap_of=lambda each: policy.poll_gap(provider_of(each).polls_per_minute)
            ),
            board=ProgressBoard(store),
            may_submit=lambda: lease is None or lease.fresh,
        )
        feed = Feed(store)
        return cls(places, ports, engine_of(places, ports, feed, lease, limit), feed)

    async def derived_secret(self, purpose: str) -> bytes:
        """Return the home's secret for a purpose; see `Keyring.derived`."""
        return await asyncio.to_thread(self._ports.keyring.derived, purpose)

    def run(self, *, concurrency: int = MAX_RUNNING, report: Callable[[Job], None] | None = None) -> None:
        """Carry jobs out in the background: as soon as no other process does, or beside others over a shared store.

        Args:
            concurrency: New jobs are begun while fewer are under way here.
            report: Told of each job as it is taken up, and as it is left.
        """
        if self._runner is None:
            handler = self._advance if report is None else partial(self._reported, report)
            running = self._engine.run(handler, concurrency=concurrency)
            self._runner = asyncio.create_task(running, name="video-gen runner")
            self._runner.add_done_callback(lambda _: self._feed.nudge_all())

    async def stopped(self) -> None:
        """Return when this process no longer carries jobs out, or raise what ended that."""
        if self._runner is not None:
            await asyncio.shield(self._runner)

    async def attended(self) -> bool:
        """Whether any process carries jobs out just now."""
        return await self._engine.attended()

    @property
    def runs(self) -> bool:
        """This process carries the jobs out."""
        return self._engine.runs

    async def close(self, *, drain: bool = False, grace: float = GRACE) -> None:
        """Stop carrying jobs out and close the store; jobs that are not finished go on at the next start.

        Args:
            drain: Finish the jobs under way first, however long they take.
            grace: Seconds for what may not be broken off, such as noting a provider's answer.
        """
        if self._runner is not None:
            await self._engine.stop(drain=drain)
            _, late = await asyncio.wait([self._runner], timeout=None if drain else grace)
            for runner in late:
                runner.cancel()
                await asyncio.wait([runner])
        await self._feed.close()
        await self._ports.board.close()
        await self._ports.poller.close()
        await self._store.close()

    async def _advance(self, job_id: str, signal: Signal) -> None:
        await advance(job_id, self._ports, signal)

    async def _reported(self, report: Callable[[Job], None], job_id: str, signal: Signal) -> None:
        with suppress(JobNotFoundError):
            report(await self._store.get(job_id))
            await self._advance(job_id, signal)
            report(await self._store.get(job_id))

    # --- handing in ------------------------------------------------------------------------------------------------

    async def create(self, plan: Plan, *, key: SecretStr | None = None, **terms: Unpack[Terms]) -> Job:
        """Store a job; it is carried out by the process that runs the store's jobs.

        Args:
            plan: What to do; its media must be in `blobs`.
            key: The caller's own key for the plan's provider; kept sealed, and only as long as the job needs it.
            terms: How; see `Terms`.

        Raises:
            SpendLimitError: the plan may cost more than its request allows.
            DailyLimitError: it may cost more than is left of the day, or the day's number of jobs is made.
            InvalidRequestError: `out`, the idempotency key or the callback cannot be taken as asked.
            JobStateError: the idempotency key was used for another request.
            QueueFullError: too many jobs wait already.
            MediaNotFoundError: a media input is not in `blobs`.
        """
        callback, owner = terms.get("callback"), terms.get("owner")
        request_hash = intake.hash_of(plan.request, callback)
        idempotency_key = terms.get("idempotency_key")
        intake.check_idempotency_key(idempotency_key)
        if idempotency_key is not None:
            known = await self._store.of_key(idempotency_key, request_hash, owner=owner)
            if known is not None:
                return known
        check_ceiling(plan)
        out, overwrite, kind = terms.get("out"), terms.get("overwrite", False), plan.request.kind
        path = await asyncio.to_thread(partial(destination, out, self._ports.outputs, overwrite=overwrite, kind=kind))
        await asyncio.to_thread(intake.check_media, plan, self.blobs)
        at = self._ports.now()
        job = intake.new_job(self._ports.new_id(), plan, terms, out=path, at=at, own_key=key is not None)
        sealed = {} if key is None else {plan.provider: await asyncio.to_thread(self._ports.keyring.seal, key)}
        told = None if callback is None else await asyncio.to_thread(callback_row, callback, job, self._ports.keyring)
        since = intake.window_start(at, terms.get("same_within_s"))
        bounds, notes = self._ports.policy.queue, intake.first_notes(plan)
        job = await self._store.create(
            job, request_hash, notes, sealed=sealed, callback=told, bounds=bounds, same_since=since
        )
        self._engine.enqueue(job.id)
        return job

    # --- looking ---------------------------------------------------------------------------------------------------

    async def get(self, job_id: str) -> Job:
        """Return a job, or raise `JobNotFoundError`."""
        return self._ports.board.shown(await self._store.get(job_id))

    async def owner_of(self, job_id: str) -> str | None:
        """Return whose a job is, or raise `JobNotFoundError`; see `Store.owner_of`."""
        return await self._store.owner_of(job_id)

    async def id_of(self, beginning: str) -> str:
        """Return the whole id of the one job whose id begins so; see `Store.id_of`."""
        return await self._store.id_of(beginning)

    async def page(self, **which: Unpack[Listing]) -> Page:
        """Return jobs, newest first; see `Store.page`."""
        page = await self._store.page(**which)
        return page.model_copy(update={"jobs": tuple(self._ports.board.shown(job) for job in page.jobs)})

    async def ahead(self) -> Mapping[str, int]:
        """Return how many jobs start before each one that waits; see `line.ahead`."""
        return await self._store.ahead(self._ports.now())

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts, oldest first."""
        return await self._store.attempts(job_id)

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """Return a job's events after a number, oldest first."""
        return await self._store.events(job_id, after=after)

    async def balance(self, job_id: str | None = None, *, owner: Whose = EVERYONE) -> Balance:
        """Return what is held and spent, in micro-USD: for one job, or in all."""
        return await self._store.balance(job_id, whose=owner)

    async def standings(self) -> Sequence[Standing]:
        """Return where the installation stands today (a UTC day), then each key that has a ceiling."""
        return await self._store.standings(self._ports.now())

    async def standing(self, owner: str | None) -> Standing:
        """Return where the installation stands today, or the key of that id."""
        return await self._store.standing(owner, self._ports.now())

    async def spending(self, since: datetime, by: Grouping, *, owner: Whose = EVERYONE) -> Sequence[Spending]:
        """Return what was spent from a moment on, by UTC day, provider, model or key."""
        return await self._store.spending(since, by, whose=owner)

    async def health(self) -> dict[str, Health]:
        """Return how each model has been doing that was used lately, by its id."""
        return with_breaker(await self._store.health(self._ports.now()), self._ports.breaker.down_for)

    def watch(self, job_id: str, *, after: int = 0) -> AsyncIterator[Event | Job]:
        """Follow a job to its end: each event once, and the job whenever it looks different; see `watching.watch`."""
        trouble = partial(self._trouble, job_id)
        return watching.watch(self._store, self._feed, self._ports.board, job_id, after=after, trouble=trouble)

    async def wait(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job when it has ended, however it ended.

        Raises:
            WaitTimeoutError: the time is over; the job goes on.
            JobNotFoundError: there is no such job, or it was deleted meanwhile.
            StorageError: this process carries the job out, and the disk refuses; the job goes on later.
        """
        trouble = partial(self._trouble, job_id)
        return await watching.wait(self._store, self._feed, job_id, timeout_s=timeout_s, trouble=trouble)

    def _trouble(self, job_id: str) -> Exception | None:
        fault: BaseException | None = self._engine.faults.get(job_id)
        if self._runner is not None and self._runner.done() and not self._runner.cancelled():
            fault = self._runner.exception() or fault
        if fault is None or isinstance(fault, VideoGenerationError):
            return fault
        return VideoGenerationError(f"job `{job_id}` cannot go on just now: {words_of(fault)}")

    # --- changing one's mind ---------------------------------------------------------------------------------------

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; one that nothing is under way for is cancelled at once.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has ended.
        """
        job = await self._store.cancel(job_id, self._ports.now())
        self._engine.enqueue(job_id)
        return job

    async def heard(self, provider: str, token: str) -> bool:
        """Have a job asked for soon: somebody posted to the address that its provider was told; see `hooks`.

        Returns False where no job waits for that: the token is wrong, or its job has ended.
        """
        attempt_id = self._hooks.attempt_of(provider, token)
        return attempt_id is not None and await self._store.hear(attempt_id)

    async def resume(self, job_id: str, *, out: Out = None) -> Job:
        """Let a job go on: one that waits is looked at now; an ended one fetches what its provider already made.

        With `out`, its video goes there from now on.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it is completed, or holds nothing to go on with.
            InvalidRequestError: `out` cannot be written as asked.
        """
        job = await self._store.get(job_id)
        if job.status is Status.COMPLETED:
            raise JobStateError(f"job `{job_id}` is completed: its video is {job.artifacts[0].path}")
        if out is not None:
            to = partial(destination, out, self._ports.outputs, overwrite=False, kind=job.request.kind)
            job = await self._store.move(job_id, await asyncio.to_thread(to), self._ports.now())
        if job.status.terminal:
            job = await self._store.reopen(job_id, self._ports.now())
        self._engine.enqueue(job_id)
        self._engine.wake(job_id)
        return job

    async def retry(self, job_id: str, *, plan: Plan | None = None) -> Retry:
        """Try a failed or cancelled job again: with what its provider already made, else as a new job.

        Args:
            job_id: Which job.
            plan: For the new job; None: the old one's.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has not ended, is completed, or may be paid though nobody knows.
        """
        job, attempts = await self._store.get(job_id), await self._store.attempts(job_id)
        lifecycle.check_retry(job, attempts)
        if lifecycle.resumable(job, attempts):
            return Retry(await self.resume(job_id), resumed=True)
        terms = Terms(out=job.out, overwrite=job.overwrite, priority=job.priority, owner=job.owner)
        terms["tags"] = {**job.tags, "retry_of": job_id}
        return Retry(await self.create(plan or job.plan, **terms), resumed=False)

    async def resolve(self, job_id: str, decision: Decision) -> Job:
        """Settle a submit of unknown outcome as a person decided; adopted or sent again, the job goes on.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has no such submit.
        """
        job = await self._store.resolve(job_id, decision, self._ports.now())
        if not job.status.terminal:
            self._engine.enqueue(job_id)
        return job

    async def adopt(self, job_id: str, operation_id: str) -> Job:
        """Go on with the provider's `operation_id` as what a lost submit became; errors as of `resolve`."""
        return await self.resolve(job_id, Adopt(partial(self._ports.operation_of, operation_id)))

    async def delete(self, job_id: str, *, files: bool = False) -> Job:
        """Forget an ended job; what it cost stays on the books.

        Args:
            job_id: Which job.
            files: Remove its videos too, where they are still as they were delivered.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has not ended, or may be paid though nobody knows.
            StorageError: the job is forgotten, and a file could not be removed.
        """
        deleted = await self._store.delete(job_id)
        await asyncio.to_thread(discard.leftovers, deleted, self._ports.work, self.blobs)
        if files:
            await asyncio.to_thread(discard.videos, deleted.job, self.files)
        return deleted.job
