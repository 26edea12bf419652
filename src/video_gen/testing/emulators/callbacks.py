"""Tells a job's callback that the job has ended, as often as its faults say; the wire says in what words.

How a notice is signed is the wire's, too.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from video_gen.testing.emulators.world import Render, World

LOOK: float = 0.05
"""Seconds between two looks at a job."""
TRIES: int = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, ready to be sent."""

    body: bytes
    headers: dict[str, str]


class Callbacks:
    """Sends notices from tasks of the server's own loop, until `stopping` is set."""

    def __init__(self, world: World, stopping: asyncio.Event) -> None:
        """Watch the jobs of `world`."""
        self._world, self._stopping = world, stopping
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, render: Render, notice: Callable[[Render], Notice]) -> None:
        """Send `notice` of a job to its callback when it has ended."""
        if not render.callback or "missing_webhook" in render.faults:
            return
        task = asyncio.get_running_loop().create_task(self._tell(render, notice))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, render: Render, notice: Callable[[Render], Notice]) -> None:
        while self._world.standing(render).state in {"queued", "running"}:
            if self._stopping.is_set():
                return
            await asyncio.sleep(LOOK)
        for _ in range(2 if "duplicate_webhook" in render.faults else 1):
            await self._post(render.callback, notice(render))

    async def _post(self, url: str, notice: Notice) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
            for failures in range(1, TRIES + 1):
                try:
                    async with http.post(url, data=notice.body, headers=notice.headers) as answer:
                        if answer.ok or failures == TRIES:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    if failures == TRIES:
                        return
                await asyncio.sleep(LOOK * failures)
