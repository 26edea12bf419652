"""Group commit: one thread writes for everybody, and many writes share one trip to the disk.

Each write runs between savepoints, so one that fails is undone alone. Results are handed out after the commit: who
has an answer can rely on it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

import sqlalchemy as sa

from video_gen.engine.database import T, Work
from video_gen.exceptions import StorageError

MAX_GROUP: Final = 500
TRIES: Final = 5
"""Times a single write is tried that other processes got in the way of."""
LOOK_EVERY: Final = 0.1
"""Seconds between looks for commits of other processes, while there is nothing to write."""


@dataclass(slots=True, eq=False)
class _Write:
    work: Work[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = field(default=None)

    def resolve(self) -> None:
        if self.future.done():  # the caller was cancelled; the write happened all the same
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """The writing thread.

    Args:
        connection: Used by this thread alone.
        translate: Turns the database's error into one of ours.
        outdone: Whether an error means that another process was in the way: the same write may succeed next time.
        look: Called in this thread when nothing was written for a while.
        committed: Called in this thread after each commit.
    """

    def __init__(
        self,
        connection: sa.Connection,
        *,
        translate: Callable[[Exception], Exception],
        outdone: Callable[[Exception], bool] = lambda _: False,
        look: Callable[[], None],
        committed: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._translate = translate
        self._outdone = outdone
        self._look = look
        self._committed = committed
        self._queue: SimpleQueue[_Write | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="video-gen-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Work[T]) -> T:
        """Have `work` run in the thread; return what it returned once it is committed.

        Raises:
            StorageError: the database refused, or is closed.
        """
        if self._closed:
            raise StorageError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Write(work, loop, future))
        return await future

    def close(self) -> None:
        """Write what is queued, then end the thread."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            try:
                first = self._queue.get(timeout=LOOK_EVERY)
            except Empty:
                self._look()
                continue
            group, more = self._group(first)
            if group:
                self._commit(group)
                _hand_out(group)
                self._look()
                self._committed()

    def _group(self, first: _Write | None) -> tuple[list[_Write], bool]:
        group: list[_Write] = []
        write = first
        while write is not None:
            group.append(write)
            if len(group) == MAX_GROUP:
                return group, True
            try:
                write = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _commit(self, group: list[_Write], tries: int = TRIES) -> None:
        try:
            transaction = self._connection.begin()
        except Exception as error:  # noqa: BLE001 (each caller gets it)
            for write in group:  # nobody else would get in either, and each would wait as long
                write.error = self._translate(error)
            return
        try:
            with transaction:
                for write in group:
                    self._run_one(write, alone=len(group) == 1)
        except Exception as error:  # noqa: BLE001 (each caller gets it)
            if len(group) > 1:  # the whole transaction is gone: whoever can be written alone, will be
                for write in group:
                    self._commit([write])
            elif tries > 1 and self._outdone(error):
                self._commit(group, tries - 1)
            else:
                group[0].error = self._translate(error)

    def _run_one(self, write: _Write, *, alone: bool) -> None:
        write.error = None
        if alone:
            write.result = write.work(self._connection)
            return
        savepoint = self._connection.begin_nested()
        try:
            write.result = write.work(self._connection)
        except Exception as error:
            savepoint.rollback()  # raises where the database gave up the whole transaction
            if self._outdone(error):
                raise  # the others hold locks that somebody waits for
            write.error = self._translate(error)
        else:
            savepoint.commit()


def _hand_out(group: list[_Write]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[_Write]] = defaultdict(list)
    for write in group:
        loops[write.loop].append(write)
    for loop, writes in loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody is waiting there
            loop.call_soon_threadsafe(_resolve, writes)


def _resolve(writes: list[_Write]) -> None:
    for write in writes:
        write.resolve()
