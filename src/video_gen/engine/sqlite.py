"""The embedded database: one SQLite file. The only place that knows SQLite.

Write-ahead logging lets readers go on while one thread writes; `synchronous=FULL` means that what was committed is
still there after a power cut, and group commit makes that cheap.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from video_gen.engine.migrate import migrate, revision_of
from video_gen.engine.schema import HEAD
from video_gen.engine.threaded import READERS, ThreadedDatabase
from video_gen.engine.writer import Writer
from video_gen.exceptions import StorageError

BUSY_SECONDS: Final = 10.0


class SqliteDatabase(ThreadedDatabase):
    """One SQLite file, opened for any number of readers and one writer of this process; others may have it open too."""

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        super().__init__(
            writing=_engine(path, busy_seconds, begin="BEGIN IMMEDIATE", writes=True),
            reading=_engine(path, busy_seconds, begin="BEGIN", writes=False),
        )
        self.path = path
        self._busy = busy_seconds
        self._seen: int | None = None

    @classmethod
    async def open(cls, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open the file, make it where it is missing, and bring it to this version's tables.

        Raises:
            StorageError: it cannot be opened, read or written.
            ConfigurationError: a newer version made it.
        """
        return await cls(path, busy_seconds=busy_seconds).connected()

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = self._connect()
        except (DBAPIError, OSError) as error:
            raise self._translated(error) from error
        self._raw: Any = self._connection.connection.dbapi_connection
        self._look()
        self._writer = Writer(
            self._connection, translate=self._translated, look=self._look, committed=self.changes.announce
        )

    def _connect(self) -> sa.Connection:
        connection = self._write_engine.connect()
        try:
            if self._is_current():  # looking needs no lock, and another process may be writing all the time
                return connection
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sa.Connection) -> None:
        # A step may have to make a table anew; while foreign keys hold, dropping the old one drops what hangs on it.
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            migrate(connection, str(self.path))
        raw.execute("PRAGMA foreign_keys=ON")

    def _is_current(self) -> bool:
        with self._read_engine.connect() as connection, connection.begin():
            return revision_of(connection) == HEAD

    def _begin_reading(self, connection: sa.Connection) -> None:
        """Do nothing more: its engine opens the transaction, and its connections cannot write."""

    def _look(self) -> None:
        """Announce a commit of another process: the writer's own commits do not change its `data_version`."""
        try:
            version: int = self._raw.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:  # a later write meets the same trouble, and somebody waits for that one
            return
        if self._seen is not None and version != self._seen:
            self.changes.announce()
        self._seen = version

    def _translated(self, error: Exception) -> Exception:
        cause = _cause(error)
        if isinstance(cause, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return error  # a fault of this program, not of the disk
        if isinstance(cause, sqlite3.Error):
            return _storage_error(cause, self.path, self._busy)
        if isinstance(cause, OSError):
            return StorageError(f"`{self.path}` cannot be used: {cause.strerror or cause}; {_ELSEWHERE}")
        return error


def _cause(error: BaseException) -> BaseException:
    """Return what the driver said, in its own words.

    After a full disk it has also forgotten its savepoints, and complains of that instead: then what came before counts.
    """
    said: list[BaseException] = []
    before: BaseException | None = error
    while before is not None:
        if isinstance(before, sqlite3.Error):
            said.append(before)
        before = before.__context__
    telling = [each for each in said if getattr(each, "sqlite_errorname", "") not in {"", "SQLITE_ERROR"}]
    return next(iter([*telling, *said]), error)


def _engine(path: Path, busy_seconds: float, *, begin: str, writes: bool) -> sa.Engine:
    # isolation_level=None leaves transactions to us; the driver would begin them late and in its own way.
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": busy_seconds},
        pool_size=1 if writes else READERS,
        max_overflow=0,
    )

    def on_connect(connection: sqlite3.Connection, _: Any) -> None:
        pragmas = ["foreign_keys=ON"]
        pragmas += ["journal_mode=WAL", "synchronous=FULL"] if writes else ["query_only=ON"]
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


_ELSEWHERE: Final = "or set VIDEO_GEN_HOME to another folder"

_WORDS: Final = {
    "SQLITE_FULL": f"the disk is full: `{{path}}` cannot grow; free some space, {_ELSEWHERE}",
    "SQLITE_READONLY": f"`{{path}}` is read-only: give write permission to it and its folder, {_ELSEWHERE}",
    "SQLITE_BUSY": "`{path}` stayed locked by another process for {busy:g} s: end that process, or try again later",
    "SQLITE_LOCKED": "`{path}` stayed locked by another process for {busy:g} s: end that process, or try again later",
    "SQLITE_CANTOPEN": f"`{{path}}` cannot be opened: check that its folder exists and is writable, {_ELSEWHERE}",
    "SQLITE_CORRUPT": f"`{{path}}` is damaged: restore it from a backup, {_ELSEWHERE}",
    "SQLITE_NOTADB": f"`{{path}}` is no store of video-gen: move it away, {_ELSEWHERE}",
    "SQLITE_IOERR": f"the disk refused to read or write `{{path}}`: check its space and health, {_ELSEWHERE}",
}
"""What an SQLite error means to a person, by the beginning of its name."""


def _storage_error(error: sqlite3.Error, path: Path, busy_seconds: float) -> StorageError:
    name = getattr(error, "sqlite_errorname", None) or ""
    words = next((text for prefix, text in _WORDS.items() if name.startswith(prefix)), None)
    return StorageError(words.format(path=path, busy=busy_seconds) if words else f"`{path}` cannot be used: {error}")
