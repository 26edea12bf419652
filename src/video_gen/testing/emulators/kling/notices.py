"""Notices: a task's state is sent to the address its caller named, whenever it changes."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from video_gen.testing.emulators.world import Render

EVERY: Final = 0.02
_ENDS: Final = frozenset({"succeed", "failed"})


class Notices:
    """Watches the tasks whose callers want to be told. Kling signs no notice (docs: Callback Protocol)."""

    def __init__(self, view: Callable[[Render], dict[str, Any]]) -> None:
        """Show tasks by `view`."""
        self._view = view
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, render: Render) -> None:
        """Tell the caller of a task what becomes of it."""
        if render.callback and "missing_webhook" not in render.faults:
            task = asyncio.create_task(self._follow(render))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Watch no more."""
        for task in self._tasks:
            task.cancel()

    async def _follow(self, render: Render) -> None:
        told = "submitted"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while told not in _ENDS:
                await asyncio.sleep(EVERY)
                seen = self._view(render)
                if seen["task_status"] == told:
                    continue
                told = seen["task_status"]
                for _ in range(2 if "duplicate_webhook" in render.faults else 1):
                    await self._send(session, render.callback, seen)

    @staticmethod
    async def _send(session: aiohttp.ClientSession, address: str, body: dict[str, Any]) -> None:
        try:
            async with session.post(address, json=body):
                pass
        except (aiohttp.ClientError, TimeoutError):
            return  # whoever is not there is not told
