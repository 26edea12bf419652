"""Following many jobs at once: what happens to all of an owner's, as it is stored."""

from collections.abc import AsyncGenerator
from typing import Final

from video_gen.engine.feed import Feed
from video_gen.engine.ownership import Whose
from video_gen.engine.store import Store
from video_gen.spec.job import Event

LATE: Final = 50
"""How many numbers back an event may still turn up. Where several processes write to PostgreSQL, one that took its
number first may be committed last; within one job the order always holds."""
PAGE: Final = 200
"""Events read at once."""


class News:
    """What happens to jobs, over a store."""

    def __init__(self, store: Store, feed: Feed) -> None:
        """Read from a store, whenever a feed says that something happened."""
        self._store = store
        self._feed = feed

    async def history(self, whose: Whose, *, after: int = 0, limit: int = 1000) -> list[Event]:
        """Return what happened to an owner's jobs after an event's number, oldest first."""
        return await self._store.events(after=after, limit=limit, whose=whose)

    async def follow(self, whose: Whose, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Yield each event of an owner's jobs once, without an end.

        Args:
            whose: The owner.
            after: Number of the last event seen; None begins with what happens from now on.
        """
        last = begin = (await self._store.touched(after=None))[0] if after is None else after
        shown: set[int] = set()
        with self._feed.follow_all() as nudge:
            while True:
                nudge.clear()
                found = await self._store.events(after=max(begin, last - LATE), limit=PAGE + LATE, whose=whose)
                fresh = [event for event in found if event.seq not in shown]
                for event in fresh:
                    yield event
                last = max([last, *(event.seq for event in fresh)])
                shown = {seq for seq in shown.union(event.seq for event in fresh) if seq > last - LATE}
                if not fresh:
                    await nudge.wait()
