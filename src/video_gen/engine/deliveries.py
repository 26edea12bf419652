"""Deliveries of "advance this job", held by Procrastinate in the shared database. The only importer of Procrastinate.

A running job has one delivery: waiting, or in the hands of a worker, who gives it back when the job has ended. A
delivery is never used twice: one whose worker fell silent is removed, and its job gets another. So whoever was frozen
and still holds the old one can do nothing to the new one.

Procrastinate keeps the deliveries, orders them, locks them, hands them out, and knows its workers by their heartbeats,
all by the database's clock. Its own worker loop is not used: it stops itself when a connection is lost, ends a
delivery without asking whose it is, and has one limit for new work and for work to be taken over.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import psycopg
import psycopg_pool
import sqlalchemy as sa
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from video_gen.engine.delivery_tables import prepare
from video_gen.exceptions import StorageError

AGAIN: Final = "video-gen-again"
"""The queue of jobs that were under way before: they may be paid, so no limit holds them back."""
NEW: Final = "video-gen-new"
TASK: Final = "video_gen.advance"
CONNECTIONS: Final = 4


class Delivery(NamedTuple):
    """A delivery in a worker's hands."""

    id: int
    job_id: str


class Deliveries:
    """This process's way to the deliveries.

    Args:
        url: `postgresql://...`, as libpq takes it.
        shown: The same as it may be shown.
        patience: Seconds to wait for a connection.
    """

    def __init__(self, url: str, shown: str, *, patience: float) -> None:
        self._shown = shown
        self._url = url
        self._connector = PsycopgConnector(
            conninfo=url,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=patience,
            kwargs={"application_name": "video-gen deliveries"},
        )
        self._manager: JobManager = App(connector=self._connector).job_manager

    async def open(self) -> None:
        """Connect, and make or bring up to date what Procrastinate keeps.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._errors():
            await prepare(self._url)
            await self._connector.open_async()

    async def close(self) -> None:
        """Disconnect."""
        with self._errors():
            await self._connector.close_async()

    async def register(self) -> int:
        """Begin as a new worker; return its number."""
        with self._errors():
            return await self._manager.register_worker()

    async def beat(self, worker: int) -> bool:
        """Give a sign of life; False when the others have given this worker up."""
        with self._errors():
            await self._manager.update_heartbeat(worker)
            query = "SELECT count(*) AS found FROM procrastinate_workers WHERE id = %(worker)s"
            return bool((await self._connector.execute_query_one_async(query, worker=worker))["found"])

    async def leave(self, worker: int) -> None:
        """End as a worker."""
        with self._errors():
            await self._manager.unregister_worker(worker)

    async def fetch(self, queue: str, worker: int) -> Delivery | None:
        """Take the next delivery of a queue into a worker's hands; None when there is none."""
        with self._errors():
            job = await self._manager.fetch_job([queue], worker)
        return None if job is None else _delivery(job)

    async def finish(self, delivery: Delivery) -> None:
        """Remove a delivery; one that is gone already was removed by somebody who took its job over."""
        try:
            await self._manager.finish_job_by_id_async(delivery.id, Status.ABORTED, delete_job=True)
        except ConnectorException as error:
            if not _is_gone(error):
                raise self._error(error) from error

    async def held_by(self, worker: int) -> Sequence[Delivery]:
        """Return the deliveries in a worker's hands."""
        with self._errors():
            found = await self._manager.list_jobs_async(worker_id=worker, status=Status.DOING.value)
        return [_delivery(job) for job in found]

    async def abandoned(self, seconds: float) -> Sequence[Delivery]:
        """Give up workers that gave no sign of life for so long; return the deliveries in nobody's hands any more.

        To give a worker up is one step in the database, before or after its next sign of life and never in between: it
        finds out by that sign, and sends nothing until then.
        """
        with self._errors():
            await self._manager.prune_stalled_workers(seconds)
            found = await self._manager.get_stalled_jobs(task_name=TASK, seconds_since_heartbeat=seconds)
        return [_delivery(job) for job in found if job.worker_id is None]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> StorageError:
        words = str(error.__cause__ or error).strip().partition("\n")[0]
        return StorageError(f"the database `{self._shown}` cannot be used: {words}")


def _delivery(job: Job) -> Delivery:
    assert job.id is not None
    return Delivery(job.id, str(job.task_kwargs["job"]))


def _is_gone(error: ConnectorException) -> bool:
    cause = error.__cause__
    return isinstance(cause, psycopg.errors.RaiseException) and "not found" in str(cause)


# --- inside a transaction of the store -------------------------------------------------------------------------------

_DEFERRING: Final = JobManager(SyncPsycopgConnector())
"""Never opened: it speaks over the store's own connection."""


def defer(connection: sa.Connection, job_ids: Sequence[str], queue: str) -> None:
    """Add deliveries, in this order, together with whatever else the transaction does."""
    jobs = [
        Job(queue=queue, task_name=TASK, task_kwargs={"job": job_id}, lock=job_id, queueing_lock=job_id)
        for job_id in job_ids
    ]
    if jobs:
        _DEFERRING.batch_defer_jobs(jobs, connection=connection.connection.driver_connection)
