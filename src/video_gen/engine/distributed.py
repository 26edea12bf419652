"""The distributed engine: any number of workers over one PostgreSQL database, on any number of machines.

Each worker gives signs of life, takes what is delivered, starts what may start next, and takes over what a silent one
left. Rows stay the truth: a job that is delivered twice is carried out by the run that claimed it last, and no other
one can write.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

from video_gen.engine.admission import Lane, Limits
from video_gen.engine.crew import Crew
from video_gen.engine.deliveries import AGAIN, NEW, Deliveries, Delivery, defer
from video_gen.engine.lease import Lease
from video_gen.engine.poller import Poller
from video_gen.engine.ports import MAX_RUNNING, Handler
from video_gen.engine.store import Store
from video_gen.exceptions import StorageError

SCAN_GAP: Final = 0.1
"""Seconds at least between two looks at the rows."""

_log = logging.getLogger(__name__)


class DistributedEngine:
    """Runs jobs of a shared store in this process, beside other workers.

    Args:
        store: Where the jobs are.
        deliveries: Who is handed which.
        lease: How long this worker may be silent; it also says whether a submit may be sent.
        limit: How many jobs of a provider may be under way at once, in the whole installation; None: no limit.
        poller: Has waiting jobs asked for.
        troubled: Told of a job that met trouble on our side; `faults` says which.
        workplace: Held while this process works.
        now: The time.
    """

    def __init__(
        self,
        store: Store,
        deliveries: Deliveries,
        lease: Lease,
        *,
        limit: Callable[[str], int | None],
        poller: Poller,
        troubled: Callable[[str], None],
        workplace: Callable[[], AbstractAsyncContextManager[None]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._lease = lease
        self._limit = limit
        self._poller = poller
        self._workplace = workplace
        self._now = now
        self._look = asyncio.Event()
        self._crew: Crew[Delivery] = Crew(self._look, troubled=troubled, ended=self._ended)
        self._over: list[Delivery] = []
        """Deliveries whose jobs have ended, still to be given back."""
        self._served: dict[Lane, datetime] = {}
        self._worker: int | None = None
        self._stopping = False

    @property
    def faults(self) -> dict[str, Exception]:
        """What last went wrong here with a job that goes on later."""
        return self._crew.faults

    @property
    def runs(self) -> bool:
        """This process is one of the workers."""
        return self._worker is not None

    async def attended(self) -> bool:
        """Whether any worker is alive."""
        return await self._store.workers(self._lease.seconds) > 0

    def enqueue(self, job_id: str) -> None:
        """Have a stored job delivered; see `Engine`. Its row says it already, and its commit has told the workers."""
        self._crew.hurry(job_id)
        self._look.set()

    def wake(self, job_id: str) -> None:
        """Have a running job look again at once; see `Engine`."""
        self._poller.wake(job_id)
        self._look.set()

    async def run(self, handler: Handler, *, concurrency: int = MAX_RUNNING) -> None:
        """Work until stopped; see `Engine`.

        Raises:
            StorageError: the database cannot be used.
        """
        await self._deliveries.open()
        try:
            async with self._workplace():
                await self._work(handler, concurrency)
        finally:
            self._worker = None
            await self._deliveries.close()

    async def _work(self, handler: Handler, concurrency: int) -> None:
        await self._beat()
        beats = asyncio.create_task(self._beats(), name="video-gen heartbeat")
        try:
            await self._serve(handler, concurrency)
        finally:
            # Signs of life go on until the last job has noted what it must.
            await self._crew.break_off()
            await self._hand_back()
            beats.cancel()

    async def stop(self, *, drain: bool = False) -> None:
        """Stop working; see `Engine`. What is not finished goes to other workers at once."""
        self._stopping = True
        if not drain:
            self._crew.stop()
        self._look.set()

    # --- signs of life ---------------------------------------------------------------------------------------------

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(self._lease.beat)
            try:
                await self._beat()
            except StorageError as error:
                _log.warning("no sign of life could be given: %s", error)
            except Exception:  # noqa: BLE001 (a worker that goes on in silence loses its jobs again and again)
                _log.exception("no sign of life could be given")

    async def _beat(self) -> None:
        asked = self._lease.clock()
        if self._worker is None or not await self._deliveries.beat(self._worker):
            await self._begin_anew()
        self._lease.renew(asked)
        await self._take_over()
        self._look.set()

    async def _begin_anew(self) -> None:
        """Begin as a new worker. What an earlier one here had under way was given to others, who are at work on it."""
        if self._worker is not None:
            _log.warning("this worker was silent for more than %g s, and its jobs went to others", self._lease.seconds)
            await self._crew.break_off()
            self._over.clear()
        self._worker = await self._deliveries.register()

    async def _take_over(self) -> None:
        """Deliver again what was in the hands of workers that fell silent, and what nobody delivers at all."""
        for delivery in await self._deliveries.abandoned(self._lease.seconds):
            await self._deliveries.finish(delivery)
        found = await self._store.deliver_again(partial(defer, queue=AGAIN))
        if found:
            _log.warning("taken over from workers that fell silent: %d jobs", len(found))

    # --- work ------------------------------------------------------------------------------------------------------

    async def _serve(self, handler: Handler, concurrency: int) -> None:
        with self._store.changes.listen(self._look):
            while self._crew.running or not self._stopping:
                self._look.clear()
                try:
                    await self._scan(handler, concurrency)
                except StorageError as error:
                    _log.warning("the rows cannot be read just now: %s", error)
                await asyncio.sleep(SCAN_GAP)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._lease.beat):
                        await self._look.wait()

    async def _scan(self, handler: Handler, concurrency: int) -> None:
        """Give back what is done, tell jobs that their callers want them stopped, and take what is delivered."""
        while self._over:
            await self._deliveries.finish(self._over[-1])
            self._over.pop()
        for job_id in await self._store.cancels():
            self._crew.cancel(job_id)
        await self._heed()
        if self._ready:
            self._crew.start_rested(handler)
        await self._take(AGAIN, MAX_RUNNING, handler)
        await self._take(NEW, concurrency, handler)
        if await self._start_next(concurrency):
            await self._take(NEW, concurrency, handler)

    async def _heed(self) -> None:
        """Have jobs asked for that there may be news of, where this worker has them."""
        heard = frozenset(each for each in await self._store.heard() if self._crew.has(each))
        if heard:
            await self._store.heeded(heard)
        for job_id in heard:
            self._poller.hint(job_id)

    async def _take(self, queue: str, most: int, handler: Handler) -> None:
        while self._ready and len(self._crew.running) < most:
            assert self._worker is not None
            delivery = await self._deliveries.fetch(queue, self._worker)
            if delivery is None:
                return
            if self._crew.has(delivery.job_id):
                self._over.append(delivery)
            else:
                self._crew.start(delivery.job_id, delivery, handler)

    async def _start_next(self, concurrency: int) -> bool:
        room = concurrency - len(self._crew.running)
        if not self._ready or room <= 0:
            return False
        limits, handed = Limits(provider=self._limit, room=room), partial(defer, queue=NEW)
        lanes = await self._store.start_next(limits, self._served, now=self._now(), defer=handed)
        self._served.update(dict.fromkeys(lanes, self._now()))
        return bool(lanes)

    @property
    def _ready(self) -> bool:
        return self._lease.fresh and not self._stopping

    def _ended(self, job_id: str, delivery: Delivery) -> None:  # noqa: ARG002 (told of both)
        self._over.append(delivery)

    async def _hand_back(self) -> None:
        """Leave what is not finished to other workers, at once."""
        assert self._worker is not None
        try:
            for delivery in await self._deliveries.held_by(self._worker):
                await self._deliveries.finish(delivery)
            await self._deliveries.leave(self._worker)
            await self._store.deliver_again(partial(defer, queue=AGAIN))
        except StorageError as error:
            _log.warning("other workers take over in %g s: %s", self._lease.seconds, error)
