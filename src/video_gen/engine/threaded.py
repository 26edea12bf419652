"""What every database here shares: one thread writes for everybody, a few read, the event loop waits for neither."""

import asyncio
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from video_gen.engine.database import Changes, T, Work
from video_gen.engine.writer import Writer

READERS: Final = 4


class ThreadedDatabase(ABC):
    """A `Database` over two engines: one with a single connection that writes, one with `READERS` that read."""

    _connection: sa.Connection
    _writer: Writer

    def __init__(self, *, writing: sa.Engine, reading: sa.Engine) -> None:
        self.changes = Changes()
        self._write_engine, self._read_engine = writing, reading
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="video-gen-reader")

    async def write(self, work: Work[T]) -> T:
        """Run `work` in the writing thread; see `Database`."""
        return await self._writer.write(work)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a reading connection; see `Database`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)

    async def close(self) -> None:
        """End the threads and let go of the database."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    async def connected(self) -> Self:
        """Return it when it is ready for work; nothing stays open where that fails."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._open)
        except BaseException:
            await asyncio.to_thread(self._dispose)
            raise
        return self

    @abstractmethod
    def _open(self) -> None:
        """Connect, bring the tables up to date, and start the writer."""

    @abstractmethod
    def _translated(self, error: Exception) -> Exception:
        """Return a database's error as one of ours, or as it is."""

    @abstractmethod
    def _begin_reading(self, connection: sa.Connection) -> None:
        """Do what has to come first in a reading transaction."""

    def _close(self) -> None:
        self._writer.close()
        self._connection.close()
        self._dispose()

    def _dispose(self) -> None:
        self._pool.shutdown()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def _read(self, work: Work[T]) -> T:
        try:
            with self._read_engine.connect() as connection, connection.begin():
                self._begin_reading(connection)
                return work(connection)
        except DBAPIError as error:
            raise self._translated(error) from error
