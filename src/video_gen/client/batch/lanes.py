"""A few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def each(things: Sequence[T], work: Callable[[T], Awaitable[R]], *, at_once: int) -> list[R]:
    """Return what `work` makes of each thing, in their order; at most `at_once` are worked on at once."""
    made: dict[int, R] = {}
    waiting = iter(enumerate(things))

    async def lane() -> None:
        for number, thing in waiting:
            made[number] = await work(thing)
            await asyncio.sleep(0)  # work that never waits would let nobody else have a turn

    async with asyncio.TaskGroup() as lanes:
        for _ in range(min(at_once, len(things))):
            lanes.create_task(lane())
    return [made[number] for number in range(len(things))]
