"""Lets one at a time do what would disturb itself, such as two who wait for one job and have its file brought."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Turns of one event loop, by name; a name that nobody waits for is forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until nobody else has the turn, and keep it."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            yield
