"""Blocking work in threads, which goes on when whoever waits for it is cancelled."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def to_its_end(work: Callable[..., T], *arguments: Any) -> T:
    """Run blocking work in a thread, and return when it has ended: a caller that is cancelled hears of it then.

    A thread cannot be broken off. Whoever went on without waiting would close or write a file that it is still at.
    """
    task = asyncio.ensure_future(asyncio.to_thread(partial(work, *arguments)))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, though the cancellation is what is raised
        raise
