"""Where jobs rest: every question to the rows and every change of them, by name."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self, Unpack

from video_gen.engine import budget, desk, dispatch, health, hooks, line, query, record, resolving, spending, waitlist
from video_gen.engine.admission import Lane, Limits
from video_gen.engine.ceilings import Ceilings, Standing
from video_gen.engine.database import Changes, Database
from video_gen.engine.keyring import Keyring
from video_gen.engine.keys import Keys
from video_gen.engine.ledger import Balance, Entry
from video_gen.engine.listing import Listing
from video_gen.engine.ownership import EVERYONE, Whose
from video_gen.engine.policy import Bounds
from video_gen.engine.query import Page
from video_gen.engine.record import Record
from video_gen.engine.rows import Note, Row
from video_gen.engine.sqlite import SqliteDatabase
from video_gen.engine.tally import Tally, tally
from video_gen.engine.waitlist import Attention
from video_gen.engine.webhooks import Webhooks
from video_gen.spec.health import Health
from video_gen.spec.job import Attempt, Event, Job

_NO_KEYS: Final[Mapping[str, str]] = {}


class Store:
    """Jobs, attempts, events, ledger and artifacts in one database.

    Every method is one transaction. Each may raise `StorageError` when the database refuses; then nothing happened.
    """

    def __init__(self, database: Database, ceilings: Ceilings | None = None) -> None:
        self._database = database
        self._ceilings = ceilings or Ceilings()
        self.keys = Keys(database)
        """The API keys of those who may ask."""

    @classmethod
    async def open(cls, path: Path, ceilings: Ceilings | None = None) -> Self:
        """Open the store of an SQLite file, and make it where it is missing.

        Raises:
            StorageError: the file cannot be opened, read or written.
            ConfigurationError: a newer version made it.
        """
        return cls(await SqliteDatabase.open(path), ceilings)

    @classmethod
    async def connect(cls, url: str, ceilings: Ceilings | None = None) -> Self:
        """Open the store of a PostgreSQL database.

        Raises:
            StorageError: it cannot be reached, read or written.
            ConfigurationError: the URL is wrong, the driver is missing, or a newer version made the tables.
        """
        from video_gen.engine.postgres import PostgresDatabase

        return cls(await PostgresDatabase.open(url), ceilings)

    def webhooks(self, keyring: Keyring, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Webhooks:
        """Return the webhooks, their secrets sealed by a keyring."""
        return Webhooks(self._database, keyring, now=now)

    async def close(self) -> None:
        """Finish what is being written and close the database."""
        await self._database.close()

    @property
    def changes(self) -> Changes:
        """Word of commits, by this process and others."""
        return self._database.changes

    # --- for callers -----------------------------------------------------------------------------------------------

    async def create(
        self,
        job: Job,
        request_hash: str,
        notes: Sequence[Note],
        *,
        sealed: Mapping[str, str] = _NO_KEYS,
        callback: Row | None = None,
        bounds: Bounds | None = None,
        same_since: datetime | None = None,
    ) -> Job:
        """Store a new job; an idempotency key that its owner has used returns the job it made.

        Args:
            job: The job.
            request_hash: What it asks for, in short.
            notes: Its first events.
            sealed: The keys its caller brought, by provider; see `Keyring`.
            callback: Whom it is told of; see `callback_row`.
            bounds: How many jobs may wait; None: as many as come.
            same_since: Return the job that the same owner's identical request made since then, unless it failed or was
                cancelled; only where neither has an idempotency key.

        Raises:
            JobStateError: the key was used for another request.
            QueueFullError: too many jobs wait.
            SpendLimitError: `DailyLimitError` where a ceiling of the day is reached.
        """
        conditions = desk.Conditions(same_since=same_since, bounds=bounds, ceilings=self._ceilings)
        return await self._database.write(
            lambda db: desk.create(
                db, job, request_hash, notes, sealed=sealed, callback=callback, conditions=conditions
            )
        )

    async def of_key(
        self, idempotency_key: str, request_hash: str | None = None, *, owner: str | None = None
    ) -> Job | None:
        """Return the job an owner's idempotency key made; without a hash, whatever it asks for.

        Raises:
            JobStateError: the key was used for another request.
        """
        return await self._database.read(lambda db: desk.of_key(db, owner, idempotency_key, request_hash))

    async def owner_of(self, job_id: str) -> str | None:
        """Return whose a job is: an API key's id, or None for the installation itself.

        Raises:
            JobNotFoundError: there is no such job.
        """
        return await self._database.read(lambda db: query.owner_of(db, job_id))

    async def get(self, job_id: str) -> Job:
        """Return a job with its artifacts.

        Raises:
            JobNotFoundError: there is none.
        """
        return await self._database.read(lambda db: query.job(db, job_id))

    async def ended(self, job_id: str) -> bool:
        """Whether a job has ended.

        Raises:
            JobNotFoundError: there is none.
        """
        return await self._database.read(lambda db: query.ended(db, job_id))

    async def id_of(self, beginning: str) -> str:
        """Return the whole id of the one job whose id begins so.

        Raises:
            JobNotFoundError: there is none.
            InvalidRequestError: there are several.
        """
        return await self._database.read(lambda db: query.id_of(db, beginning))

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts, oldest first."""
        return await self._database.read(lambda db: record.attempts_of(db, job_id))

    async def page(self, **which: Unpack[Listing]) -> Page:
        """Return jobs, newest first or the other way round.

        Raises:
            InvalidRequestError: a limit out of range, or no page's end.
        """
        return await self._database.read(lambda db: query.page(db, which))

    async def events(
        self, job_id: str | None = None, *, after: int = 0, limit: int = 1000, whose: Whose = EVERYONE
    ) -> list[Event]:
        """Return events after a number, oldest first; of one job, or of all of an owner's."""
        return await self._database.read(lambda db: query.history(db, job_id, after=after, limit=limit, whose=whose))

    async def touched(self, *, after: int | None) -> tuple[int, frozenset[str]]:
        """Return the last event's number, and which jobs have events after a number; None: only the number."""
        return await self._database.read(lambda db: query.touched(db, after))

    async def cancel(self, job_id: str, at: datetime) -> Job:
        """Ask a job to stop. One that nothing is under way for is cancelled at once.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has ended.
        """
        return await self._database.write(lambda db: desk.cancel(db, job_id, at))

    async def reopen(self, job_id: str, at: datetime) -> Job:
        """Let an ended job go on with the attempt it ended with.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it holds nothing to go on with.
        """
        return await self._database.write(lambda db: desk.reopen(db, job_id, at))

    async def move(self, job_id: str, out: str, at: datetime) -> Job:
        """Have the video of a job that is not completed go elsewhere.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it is completed.
        """
        return await self._database.write(lambda db: desk.move(db, job_id, out, at))

    async def resolve(self, job_id: str, decision: resolving.Decision, at: datetime) -> Job:
        """Settle a submit of unknown outcome as a person decided.

        Raises:
            JobNotFoundError: there is no such job.
            JobStateError: it has no such submit.
        """
        return await self._database.write(lambda db: resolving.resolve(db, job_id, decision, at))

    async def delete(self, job_id: str) -> desk.Deleted:
        """Forget an ended job; what it cost stays on the books.

        Raises:
            JobNotFoundError: there is none.
            JobStateError: it has not ended, or nobody knows yet whether it is paid.
        """
        return await self._database.write(lambda db: desk.delete(db, job_id))

    async def balance(self, job_id: str | None = None, *, whose: Whose = EVERYONE) -> Balance:
        """Return what is held and spent, for one job or for all of an owner."""
        return await self._database.read(lambda db: query.balance(db, job_id, whose))

    async def standing(self, owner: str | None, at: datetime) -> Standing:
        """Return where the installation stands on the UTC day of a moment, or the key of that id."""
        return await self._database.read(lambda db: budget.standing(db, owner, at, self._ceilings))

    async def standings(self, at: datetime) -> list[Standing]:
        """Return where the installation stands, then each key that has a ceiling."""
        return await self._database.read(lambda db: budget.standings(db, at, self._ceilings))

    async def usual_seconds(self, model: str) -> float | None:
        """Return how long the last jobs of a model took at its provider; None where too few did."""
        return await self._database.read(lambda db: health.usual_seconds(db, model))

    async def health(self, now: datetime) -> dict[str, Health]:
        """Return how each model has been doing that was used lately, by its id."""
        return await self._database.read(lambda db: health.health(db, now))

    async def spending(
        self, since: datetime, by: spending.Grouping, *, whose: Whose = EVERYONE
    ) -> list[spending.Spending]:
        """Return what was booked from a moment on, by day, provider, model or key."""
        return await self._database.read(lambda db: spending.spending(db, since, by, whose))

    async def entries(self, job_id: str) -> list[Entry]:
        """Return a job's ledger entries, oldest first."""
        return await self._database.read(lambda db: query.entries(db, job_id))

    # --- for runs of jobs ------------------------------------------------------------------------------------------

    async def claim(self, job_id: str, at: datetime) -> tuple[Job, list[Attempt]] | None:
        """Begin a new run of a job, which displaces older ones; None when it has ended or is gone."""
        return await self._database.write(lambda db: record.claim(db, job_id, at))

    async def record(self, step: Record) -> bool:
        """Store one step of a run; return whether the caller has asked the job to stop.

        Raises:
            DisplacedError: a newer run has begun.
            SpendLimitError: the step reserves more than is left of the day.
        """
        return await self._database.write(lambda db: record.store_record(db, step, self._ceilings))

    async def show_progress(self, steps: Iterable[Job]) -> None:
        """Store how far jobs have come."""
        listed = list(steps)
        await self._database.write(lambda db: record.show_progress(db, listed))

    async def sealed_key(self, job_id: str, provider: str) -> str | None:
        """Return the sealed key that a job's caller brought for a provider; None where there is none."""
        return await self._database.read(lambda db: query.sealed_key(db, job_id, provider))

    async def neighbours(self, attempt: Attempt) -> tuple[frozenset[str], bool]:
        """Return which operations are other attempts', and whether one being sent asks for the very same."""
        return await self._database.read(lambda db: query.neighbours(db, attempt))

    async def delivered(self, below: str) -> frozenset[str]:
        """Return the paths of artifacts that begin with `below`."""
        return await self._database.read(lambda db: query.delivered(db, below))

    async def tally(self) -> Tally:
        """Return how many jobs and attempts there are, by where they stand."""
        return await self._database.read(tally)

    # --- for the engine --------------------------------------------------------------------------------------------

    async def running(self) -> list[tuple[str, Lane]]:
        """Return the id and lane of each job a run was under way for, those the provider may have first."""
        return await self._database.read(query.running)

    async def cancels(self) -> Sequence[str]:
        """Return the running jobs whose callers want them stopped."""
        return await self._database.read(waitlist.cancels)

    async def start_next(
        self, limits: Limits, served: Mapping[Lane, datetime], *, now: datetime, defer: dispatch.Defer
    ) -> Sequence[Lane]:
        """Choose queued jobs that start now, and have them delivered; return their lanes; see `dispatch`."""
        return await self._database.write(lambda db: dispatch.start_next(db, limits, served, now=now, defer=defer))

    async def deliver_again(self, defer: dispatch.Defer) -> Sequence[str]:
        """Have each running job delivered that nobody delivers; return which."""
        if not await self._database.read(dispatch.undelivered):
            return ()
        return await self._database.write(lambda db: dispatch.deliver_again(db, defer))

    async def workers(self, seconds: float) -> int:
        """Return how many workers have given a sign of life within so many seconds."""
        return await self._database.read(lambda db: dispatch.workers(db, seconds))

    async def holds_keys(self) -> bool:
        """Whether a job has a key that its caller brought."""
        return await self._database.read(query.holds_keys)

    async def needed(self, keys: Collection[str]) -> frozenset[str]:
        """Return which idempotency keys belong to attempts that may still need their files."""
        return await self._database.read(lambda db: query.needed(db, keys))

    async def inputs_used(self) -> frozenset[str]:
        """Return the sha256 of every media input that a job uses."""
        return await self._database.read(query.inputs_used)

    async def ahead(self, now: datetime) -> Mapping[str, int]:
        """Return how many jobs start before each one that waits; see `line.ahead`."""
        return await self._database.read(lambda db: line.ahead(db, now))

    async def hear(self, attempt_id: str) -> bool:
        """Note that there may be news of an attempt; False where no job waits for it."""
        return await self._database.write(lambda db: hooks.hear(db, attempt_id))

    async def heard(self) -> frozenset[str]:
        """Return the running jobs that there may be news of."""
        return await self._database.read(waitlist.heard)

    async def heeded(self, job_ids: frozenset[str]) -> None:
        """Note that those jobs are about to be asked for."""
        await self._database.write(lambda db: hooks.heeded(db, job_ids))

    async def attention(
        self, free: Callable[[str], int], *, now: datetime, besides: frozenset[str] = frozenset()
    ) -> Attention:
        """Return what an engine has to look after.

        Args:
            free: How many more jobs of a provider may start.
            now: The time.
            besides: Queued jobs that are taken care of.
        """
        return await self._database.read(lambda db: waitlist.attention(db, free, now=now, besides=besides))
