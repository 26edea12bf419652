"""What a store needs of a database: functions run in a transaction, and word of changes.

SQLite is one implementation (`sqlite.py`). Everything above this line is SQLAlchemy Core and does not know which.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
"""Runs inside a transaction. It may run again after a failed commit, so it changes nothing but the database."""


class Changes:
    """Tells whoever listens, in any event loop, that the store may hold something new."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def announce(self) -> None:
        """Set every listener's event; may be called from any thread."""
        with self._lock:
            listeners = list(self._listeners)
        for loop, event in listeners:
            with suppress(RuntimeError):  # the loop is closed: nobody is waiting there
                loop.call_soon_threadsafe(event.set)

    @contextmanager
    def listen(self, event: asyncio.Event | None = None) -> Iterator[asyncio.Event]:
        """Give an event that is set after each change (or have `event` set): clear it, look, then wait for it."""
        listener = (asyncio.get_running_loop(), event or asyncio.Event())
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener[1]
        finally:
            with self._lock:
                self._listeners.discard(listener)


class Database(Protocol):
    """Where rows live."""

    changes: Changes

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction of its own; when this returns, its changes are on the disk.

        Cancelling the caller does not undo it.

        Raises:
            StorageError: the database refused; nothing of `work` happened.
        """
        ...

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent view; it may not write.

        Raises:
            StorageError: the database refused.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        ...
