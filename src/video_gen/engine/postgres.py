"""The shared database: PostgreSQL, for any number of processes on any number of machines. The only place that knows it.

Writes of this process share transactions as with SQLite; two processes that get into each other's way are told apart by
row locks, and a group that lost a deadlock is written again one by one. Each commit notifies every listening process.
"""

import threading
from contextlib import suppress
from typing import Final, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError

from video_gen.engine.migrate import migrate
from video_gen.engine.threaded import READERS, ThreadedDatabase
from video_gen.engine.writer import Writer
from video_gen.exceptions import ConfigurationError, StorageError

CONNECT_SECONDS: Final = 10
CHANNEL: Final = "video_gen"
RECONNECT_SECONDS: Final = 1.0
_MIGRATING: Final = 0x76_69_64_65_6F  # "video": one number for one purpose among the database's advisory locks
_OURS: Final = frozenset({"23", "42", "22"})
"""SQLSTATE classes that are a fault of this program: integrity, syntax, data."""
_OUTDONE: Final = frozenset({"40P01", "40001"})
"""Deadlock, and a view that another process changed."""


class PostgresDatabase(ThreadedDatabase):
    """One PostgreSQL database, opened for any number of readers and one writer of this process."""

    def __init__(self, url: str) -> None:
        """Name the database: `postgresql://user:password@host:port/name`.

        Raises:
            ConfigurationError: the URL is none of PostgreSQL, or the driver is not installed.
        """
        self._url = url_of(url)
        super().__init__(writing=_engine(self._url, writes=True), reading=_engine(self._url, writes=False))
        self.shown = shown(self._url)
        """The URL as it may be shown."""
        self._closing = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="video-gen-listener", daemon=True)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the database to this version's tables.

        Raises:
            StorageError: it cannot be reached, read or written.
            ConfigurationError: the URL is wrong, or a newer version made the tables.
        """
        return await cls(url).connected()

    def _open(self) -> None:
        try:
            self._connection = self._migrated(self._write_engine.connect())
        except DBAPIError as error:
            raise self._translated(error) from error
        event.listen(self._write_engine, "commit", _notify)
        self._writer = Writer(
            self._connection,
            translate=self._translated,
            outdone=lambda error: _state(error) in _OUTDONE,
            look=lambda: None,
            committed=self.changes.announce,
        )
        self._listener.start()

    def _migrated(self, connection: sa.Connection) -> sa.Connection:
        try:
            with connection.begin():
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
                migrate(connection, self.shown)
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin_reading(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    def _close(self) -> None:
        self._closing.set()
        self._listener.join()
        super()._close()

    def _listen(self) -> None:
        """Announce the commits of every process, and connect anew when the connection is lost."""
        import psycopg

        while not self._closing.is_set():
            with suppress(psycopg.Error):
                self._hear()
            self.changes.announce()  # whatever was missed meanwhile
            self._closing.wait(RECONNECT_SECONDS)

    def _hear(self) -> None:
        import psycopg

        with psycopg.connect(libpq(self._url), autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._closing.is_set():
                for _ in connection.notifies(timeout=0.2, stop_after=1):
                    self.changes.announce()

    def _translated(self, error: Exception) -> Exception:
        if not isinstance(error, DBAPIError):
            return error
        if _state(error)[:2] in _OURS:
            return error
        words = str(error.orig or error).strip().partition("\n")[0]
        return StorageError(f"the database `{self.shown}` cannot be used: {words}")


def _state(error: Exception) -> str:
    """Return the SQLSTATE of a database's error, empty where it has none."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def libpq(url: sa.URL) -> str:
    """Return a URL as PostgreSQL's own library takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def shown(url: sa.URL) -> str:
    """Return a URL as it may be shown: without its password."""
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def url_of(text: str) -> sa.URL:
    """Return the URL of a PostgreSQL database.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise ConfigurationError(
            "VIDEO_GEN_DATABASE_URL is no URL: write it like postgresql://user:password@host:5432/name"
        ) from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigurationError(
            f"VIDEO_GEN_DATABASE_URL names `{url.drivername}`: only postgresql:// is served; without it, an SQLite "
            "file in VIDEO_GEN_HOME is used"
        )
    return url.set(drivername="postgresql+psycopg")


def _engine(url: sa.URL, *, writes: bool) -> sa.Engine:
    try:
        return sa.create_engine(
            url,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "video-gen"},
            isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
            pool_size=1 if writes else READERS,
            max_overflow=0,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            "PostgreSQL needs its driver: pip install 'video-gen[postgres]', or leave VIDEO_GEN_DATABASE_URL out"
        ) from None


def _notify(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
