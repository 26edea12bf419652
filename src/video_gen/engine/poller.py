"""Waits for many jobs at once: for each provider a heap of due times, and nothing on disk.

Each job is asked for when it is due. What to ask, and how long to wait after an answer that is none, its caller
decides; here is only who is next.
"""

import asyncio
import heapq
import math
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from video_gen.spec import Done, Failed

HINT_GAP: Final = 5.0
"""Seconds between two questions for one job that hints of strangers cause: as many as are asked anyway."""

Verdict = Done | Failed
Ask = Callable[[], Awaitable[Verdict | float]]
"""Asks once: what became of the job, or the seconds until it should be asked again."""


class Poller:
    """The jobs that wait, by provider.

    Args:
        width: Questions to one provider under way at once.
        gap_of: Seconds at least between two questions to a provider, by its id.
        monotonic: Seconds that never go back.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        *,
        width: int = 32,
        gap_of: Callable[[str], float] = lambda _: 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._width = width
        self._gap_of = gap_of
        self._monotonic = monotonic
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}
        self._waiting: dict[str, tuple[_Lane, _Waiting]] = {}

    async def wait(self, job_id: str, provider: str, ask: Ask, *, first: float = 0.0) -> Verdict:
        """Return what became of a job, asking first after `first` seconds.

        Whatever `ask` raises is raised here. Cancelling the caller ends the waiting.
        """
        lane = self._lanes.get(provider)
        if lane is None:
            lane = self._lanes[provider] = _Lane(self._width, self._gap_of(provider), self._monotonic, self._sleep)
        waiting = _Waiting(ask)
        self._waiting[job_id] = (lane, waiting)
        lane.put(waiting, first)
        try:
            return await waiting.future
        finally:
            self._waiting.pop(job_id, None)
            if waiting.asking is not None:
                waiting.asking.cancel()

    def wake(self, job_id: str) -> None:
        """Ask for a waiting job at once: a person wants to know."""
        found = self._waiting.get(job_id)
        if found is not None:
            lane, waiting = found
            lane.hurry(waiting)

    def hint(self, job_id: str) -> None:
        """Ask for a waiting job soon: somebody says that there is news, who is not to be trusted.

        However often that is said, questions are `HINT_GAP` seconds apart.
        """
        found = self._waiting.get(job_id)
        if found is not None:
            lane, waiting = found
            lane.hurry(waiting, gap=HINT_GAP)

    async def close(self) -> None:
        """End the tasks; nobody may be waiting."""
        for lane in self._lanes.values():
            await lane.close()
        self._lanes.clear()


class _Waiting:
    """One job that waits."""

    __slots__ = ("again", "ask", "asked", "asking", "due", "future")

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.due = 0.0
        self.asked = -math.inf
        """When the last question was begun."""
        self.again = False
        """News came while the question was under way: its answer may be older than the news."""
        self.asking: asyncio.Task[None] | None = None
        self.future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()


class _Lane:
    """The jobs that wait for one provider; its task lives while any does."""

    def __init__(
        self,
        width: int,
        gap: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._gap = gap
        self._next = 0.0
        """When the next question may be asked."""
        self._monotonic = monotonic
        self._sleep = sleep
        self._slots = asyncio.Semaphore(width)
        self._heap: list[tuple[float, int, _Waiting]] = []
        self._order = count()
        self._earlier = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def put(self, waiting: _Waiting, delay: float) -> None:
        """Ask for a job after `delay` seconds; its older place in the heap is void."""
        waiting.due = self._monotonic() + delay
        heapq.heappush(self._heap, (waiting.due, next(self._order), waiting))
        if self._heap[0][2] is waiting:
            self._earlier.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def hurry(self, waiting: _Waiting, *, gap: float = 0.0) -> None:
        """Ask for a job at once, or so many seconds after the last question; never later than it is due."""
        now = self._monotonic()
        if waiting.asking is not None:
            waiting.again = waiting.again or not gap
        elif (soon := max(now, waiting.asked + gap)) < waiting.due:
            self.put(waiting, soon - now)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._heap:
            due, _, waiting = self._heap[0]
            void = waiting.future.done() or waiting.due != due
            delay = max(due, self._next) - self._monotonic()
            if not void and delay > 0:
                await self._nap(delay)
                continue
            heapq.heappop(self._heap)
            if not void and waiting.asking is None:
                await self._slots.acquire()
                if waiting.future.done():
                    self._slots.release()
                    continue
                waiting.asked = self._monotonic()
                self._next = waiting.asked + self._gap
                waiting.asking = asyncio.create_task(self._ask(waiting))

    async def _nap(self, delay: float) -> None:
        """Sleep, but not past the moment something earlier comes in."""
        self._earlier.clear()
        sleeping = asyncio.ensure_future(self._sleep(delay))
        earlier = asyncio.create_task(self._earlier.wait())
        try:
            await asyncio.wait({sleeping, earlier}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            earlier.cancel()

    async def _ask(self, waiting: _Waiting) -> None:
        try:
            answer = await waiting.ask()
        except Exception as error:  # noqa: BLE001 (raised again where the job waits)
            if not waiting.future.done():
                waiting.future.set_exception(error)
        else:
            waiting.asking = None
            if waiting.future.done():
                return
            if isinstance(answer, Done | Failed):
                waiting.future.set_result(answer)
            else:
                self.put(waiting, 0.0 if waiting.again else answer)
                waiting.again = False
        finally:
            self._slots.release()
